/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What every command of `keepwatch` is given: the command line, the terminal, the output, and the
 * store opened for reading.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "args.h"
#include "out.h"
#include "sheet.h"
#include "term.h"

#include "keepwatch/reader.h"

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct conf;
struct jsonw;

/* Exit codes; `keepwatch help exit-codes` says them in words. */
enum cli_exit {
	CLI_OK = 0,
	CLI_BAD_NEWS = 1,   /* asked whether all is well, and it is not */
	CLI_USAGE = 2,	    /* the command line is wrong */
	CLI_UNREADABLE = 3, /* configuration, store or output failed */
	CLI_NO_DEVICE = 4,  /* no such device, port or incident */
};

/* What a topology can be, beside the formats of all commands. */
enum cli_drawing { CLI_DRAW_NONE, CLI_DRAW_DOT, CLI_DRAW_SVG };

struct cli {
	struct args args;
	struct term term;     /* of standard output */
	struct term err_term; /* of standard error */
	struct out *out;      /* standard output */
	enum sheet_format format;
	enum cli_drawing drawing;
	int64_t now_ms;
	int64_t clock_offset_ms; /* a larger one is reported */

	/* filled by cli_open_store */
	struct progress *progress;
	char *database;
	struct conf *conf; /* without secrets and fleet; NULL: only the database was named */
	struct reader *reader;
	bool has_agent; /* one ran on this database at some time */
	struct reader_agent agent;
};

enum {
	/* The agent writes a heartbeat every few seconds; silence beyond this is said loudly. */
	CLI_STALE_MS = 120000,
};

/* What stands in the way, to standard error: "keepwatch COMMAND: ...". */
void cli_complain(const struct cli *cli, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The same and how to get help; returns CLI_USAGE. */
int cli_usage(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The last call of the reader failed: says so; returns CLI_UNREADABLE. */
int cli_reader_failed(const struct cli *cli, int rc);

/*
 * Opens the database that --database or the configuration names, and begins a snapshot. 0, or an
 * exit code after complaining. cli_close_store is due in any case.
 */
int cli_open_store(struct cli *cli);
void cli_close_store(struct cli *cli);
/* Path of the configuration: -c, else $KEEPWATCH_CONFIG, else the default. */
const char *cli_config_path(const struct cli *cli);

enum cli_freshness { CLI_FRESH, CLI_STALE, CLI_STOPPED, CLI_NEVER };
enum cli_freshness cli_freshness(const struct cli *cli);
/* Age of the last heartbeat in ms; -1 if there never was one. */
int64_t cli_data_age_ms(const struct cli *cli);
/* Above a part of the screen, with a blank line before it. */
void cli_put_title(struct cli *cli, const char *title);
/* On standard output, above a table: a loud line if the data is stale. */
void cli_put_staleness(struct cli *cli);

/* A time of the past: a duration back from now, or a time. ERR_SYNTAX, ERR_RANGE. */
int cli_parse_when(const struct cli *cli, const char *text, int64_t *out);
/* --limit, or `fallback`; 0 is no limit. An exit code after complaining. */
int cli_limit(const struct cli *cli, size_t fallback, size_t *out);

/*
 * Writes a sheet as --format, --columns, --sort and --no-header ask. name: the key of the rows in
 * JSON, and of the schema. Returns an exit code.
 */
int cli_write_sheet(struct cli *cli, struct sheet *sheet, const char *name);
/* A sheet of the command's own, with the columns that it shows by default. Frees it. */
void cli_put_table(struct cli *cli, struct sheet *sheet);
void cli_put_csv(struct cli *cli, struct sheet *sheet);
/* The members that every JSON document begins with: schema, times, agent. */
void cli_put_json_head(const struct cli *cli, struct jsonw *json, const char *schema);
/* A document with that head on standard output; `buf` is the caller's until cli_end_json. */
void cli_begin_json(struct cli *cli, struct jsonw *json, struct buf *buf, const char *schema);
void cli_end_json(struct cli *cli, struct jsonw *json);
/* `--columns help`: prints them and returns true. */
bool cli_asked_columns(struct cli *cli, const struct column *columns, size_t count);

#endif
