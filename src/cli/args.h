/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command line: commands and options as tables, and what the user wrote, parsed by them.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct cli;

/* Options come in groups; a command names those that it takes. */
enum arg_group {
	ARGS_GLOBAL = 1 << 0,
	ARGS_FORMAT = 1 << 1,
	ARGS_COLUMNS = 1 << 2,
	ARGS_FILTER = 1 << 3,
	ARGS_REPORT = 1 << 4,
	ARGS_TREE = 1 << 5,
	ARGS_TIME = 1 << 6,
	ARGS_EXPORT = 1 << 7,
	ARGS_PROBE = 1 << 8,
	ARGS_LIMIT = 1 << 9,
	ARGS_TOPOLOGY = 1 << 10,
	ARGS_SINCE = 1 << 11,
	ARGS_INCIDENTS = 1 << 12,
	ARGS_CLOSE = 1 << 13,
	ARGS_WHY = 1 << 14,
	ARGS_FINDINGS = 1 << 15,
	ARGS_PACK = 1 << 16,
	ARGS_REPLAY = 1 << 17,
	ARGS_AUDIT = 1 << 18,
	ARGS_ACCEPT = 1 << 19,
	ARGS_TELL = 1 << 20,
	ARGS_PASSWORD = 1 << 21,
	ARGS_VERIFY = 1 << 26,
	ARGS_ROTATE = 1 << 22,
	ARGS_ADVISORIES = 1 << 25,
};

enum arg_type {
	ARG_FLAG,
	ARG_VALUE, /* the last one counts */
	ARG_LIST,  /* may be repeated, and holds several values with commas between */
};

enum arg_id {
#define ARG(id, name, letter, type, metavar, group, help) ARG_##id,
#include "options.def"
#undef ARG
	ARG_COUNT
};

struct arg_spec {
	const char *name;
	char letter; /* 0: none */
	enum arg_type type;
	const char *metavar;
	unsigned group;
	const char *help;
};

struct command {
	const char *name;
	const char *arguments;
	int least, most; /* arguments; most -1: any number */
	unsigned groups;
	const char *summary; /* a few words */
	const char *details; /* paragraphs; NULL if the summary says it all */
	int (*run)(struct cli *cli);
};

#define COMMAND(id, name, arguments, least, most, groups, summary, details) \
	int cmd_##id##_run(struct cli *cli);
#include "commands.def"
#undef COMMAND

struct arg_values {
	const char **items; /* borrowed from argv, or from args->copies */
	size_t count, cap;
};

struct args {
	const struct command *command; /* NULL if none was named */
	struct arg_values given[ARG_COUNT];
	struct arg_values operands;
	struct arg_values copies; /* pieces of lists, owned */
};

/* The i-th row, NULL past the end. */
const struct command *command_at(size_t i);
const struct command *command_find(const char *name);
const struct arg_spec *arg_spec(enum arg_id id);

/*
 * Parses argv. 0; ERR_INVAL with a complaint in words in `why`; ERR_NOMEM. args_fini is due in
 * any case. Options may stand before and after the command and its arguments; "--" ends them.
 */
int args_parse(struct args *args, int argc, char **argv, struct buf *why);
void args_fini(struct args *args);

bool args_has(const struct args *args, enum arg_id id);
/* The value, or NULL if it was not given. */
const char *args_value(const struct args *args, enum arg_id id);

#endif
