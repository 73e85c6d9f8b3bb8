/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Evidence from files through the core of diagnosis: the same calls as the agent makes, with the
 * times that the files tell. Beside `probe` the only command that leaves the rooms of the CLI.
 */
#ifndef CLI_REPLAY_H
#define CLI_REPLAY_H

#include "out.h"

#include "keepwatch/diag.h"
#include "keepwatch/evidence_line.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct cli;

/* What it took; sums over files, but for the worst. */
struct replay_stats {
	uint64_t files, lines, pieces, polls, ticks, events, devices, refused;
	double cpu_s;		      /* in all */
	double tick_s, worst_tick_s;  /* in diag_tick */
	double write_s;		      /* words and output of events */
	double parse_part, take_part; /* of sampled lines, in s: how the rest is shared */
	double worst_bytes;	      /* most that the core held for each device of a file */
};

void replay_stats_add(struct replay_stats *sum, const struct replay_stats *more);
void replay_stats_print(const struct replay_stats *stats);

struct replay {
	const struct cli *cli;
	enum evidence_format format;
	bool is_json;	/* events of recordings as JSON lines */
	bool has_stats; /* measured */
	int64_t tick_ms;

	struct out *out; /* of this file; borrowed */
	struct evidence_reader *reader;
	struct diag *diag;
	bool is_new_file; /* its header is not yet read */
	int64_t next_ms;  /* the next tick */
	int64_t now_ms;	  /* the last tick */
	struct replay_stats stats;
};

/* replay is zeroed but for the first block. ERR_NOMEM. */
int replay_init(struct replay *replay);
void replay_fini(struct replay *replay);
/* All of one file; false after complaining with the line's number. */
bool replay_file(struct replay *replay, const char *path);
/* The ticks that are left, when the files have been read. False after complaining. */
bool replay_finish(struct replay *replay);

/* One event as the benchmark's verdict, as a JSON line, or in words. */
void replay_put_verdict(struct replay *replay, struct buf *out, const struct diag_event *event);
void replay_put_json(struct replay *replay, struct buf *out, const struct diag_event *event);
void replay_put_words(struct replay *replay, struct buf *out, const struct diag_event *event);

/* Lines of a file. */
struct replay_lines;
/* NULL after complaining. */
struct replay_lines *replay_lines_open(const struct cli *cli, const char *path);
void replay_lines_close(struct replay_lines *lines); /* NULL is fine */
/*
 * 1: *line of len bytes, without its end, until the next call; 2: the same, and the file stops
 * before the line's end; 0: no more; else ERR_IO or ERR_TOOBIG.
 */
int replay_lines_next(struct replay_lines *lines, const char **line, size_t *len);

#endif
