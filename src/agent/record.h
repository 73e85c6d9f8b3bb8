/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records the evidence that diagnosis takes, for `keepwatch replay`: JSON lines in files of one
 * folder, rotated by size and bounded in total, each of which can be replayed alone. A disk that
 * is full or fails ends recording with one warning; it is tried again later. Recordings hold no
 * credentials: evidence has none.
 */
#ifndef AGENT_RECORD_H
#define AGENT_RECORD_H

#include <stdint.h>

struct evidence;
struct record;

struct record_params {
	const char *dir;      /* must exist; files in it are evidence-TIME.jsonl, mode 0640 */
	uint64_t file_bytes;  /* a file is closed beyond it; 0: 64 MiB */
	uint64_t total_bytes; /* oldest files are deleted beyond it; 0: 1 GiB */
	uint32_t cycle_ms;    /* as in struct diag_params */
};

/*
 * Begins a file. ERR_NOTFOUND (no such folder), ERR_PERM, ERR_FULL, ERR_IO, ERR_INVAL (limits: a
 * file of less than 4 KiB, or a total below two files), ERR_NOMEM. What dir points to is copied.
 */
int record_open(struct record **out, const struct record_params *params, int64_t now_ms);
/* Ends the file; NULL is fine. */
void record_close(struct record *record);

/* Keeps one piece of evidence. Nodes and places are remembered, to begin later files with. */
void record_take(struct record *record, const struct evidence *evidence);
/*
 * To be called now and then (each tick): writes out what was taken, rotates, and after a failure
 * tries again once a minute.
 */
void record_tick(struct record *record, int64_t now_ms);

/* For `status`: is it writing, and how much is in the folder. */
struct record_figures {
	int error; /* 0: recording; else why not */
	uint64_t bytes, lines, dropped;
};
void record_describe(const struct record *record, struct record_figures *out);

#endif
