/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Parses the command line by the tables options.def and commands.def. Every complaint names what
 * was written and what was expected; a near miss is suggested.
 */
#include "args.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"
#include "keepwatch/near.h"

#include <stdlib.h>
#include <string.h>

#define ARG(id, name, letter, type, metavar, group, help) \
	[ARG_##id] = {name, letter, ARG_##type, metavar, ARGS_##group, help},
static const struct arg_spec specs[ARG_COUNT] = {
#include "options.def"
};
#undef ARG

enum {
	GLOBAL = ARGS_GLOBAL,
	FORMAT = ARGS_FORMAT,
	COLUMNS = ARGS_COLUMNS,
	FILTER = ARGS_FILTER,
	REPORT = ARGS_REPORT,
	TREE = ARGS_TREE,
	TIME = ARGS_TIME,
	EXPORT = ARGS_EXPORT,
	PROBE = ARGS_PROBE,
	LIMIT = ARGS_LIMIT,
	TOPOLOGY = ARGS_TOPOLOGY,
	SINCE = ARGS_SINCE,
	INCIDENTS = ARGS_INCIDENTS,
	CLOSE = ARGS_CLOSE,
	WHY = ARGS_WHY,
	FINDINGS = ARGS_FINDINGS,
	PACK = ARGS_PACK,
	REPLAY = ARGS_REPLAY,
	AUDIT = ARGS_AUDIT,
	ACCEPT = ARGS_ACCEPT,
	TELL = ARGS_TELL,
	PASSWORD = ARGS_PASSWORD,
	VERIFY = ARGS_VERIFY,
	ROTATE = ARGS_ROTATE,
	ADVISORIES = ARGS_ADVISORIES,
};

#define COMMAND(id, name, arguments, least, most, groups, summary, details) \
	{name, arguments, least, most, groups, summary, details, cmd_##id##_run},
static const struct command commands[] = {
#include "commands.def"
};
#undef COMMAND

const struct command *
command_at(size_t i)
{
	return i < MEM_COUNT(commands) ? &commands[i] : NULL;
}

const struct command *
command_find(const char *name)
{
	for (size_t i = 0; i < MEM_COUNT(commands); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

const struct arg_spec *
arg_spec(enum arg_id id)
{
	return &specs[id];
}

static int
push(struct arg_values *values, const char *item)
{
	if (mem_grow(&values->items, &values->cap, values->count + 1, sizeof(*values->items)) != 0)
		return ERR_NOMEM;
	values->items[values->count++] = item;
	return 0;
}

/* Cuts "a,b" at the commas and pushes the pieces; empty ones are ignored. */
static int
push_list(struct args *args, enum arg_id id, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, ",");
		char *piece = len > 0 ? strndup(text, len) : NULL;

		if (len > 0) {
			if (piece == NULL || push(&args->copies, piece) != 0) {
				free(piece);
				return ERR_NOMEM;
			}
			if (push(&args->given[id], piece) != 0)
				return ERR_NOMEM;
		}
		text += len + (text[len] == ',');
	}
	return 0;
}

/* The groups that count now: before a command is named all are looked at, for the words to say. */
static unsigned
groups_of(const struct args *args)
{
	return args->command != NULL ? args->command->groups : (unsigned)ARGS_GLOBAL;
}

static int
find_long(unsigned groups, const char *name, size_t len)
{
	for (int i = 0; i < ARG_COUNT; i++) {
		if ((specs[i].group & groups) && strlen(specs[i].name) == len &&
		    memcmp(specs[i].name, name, len) == 0)
			return i;
	}
	return -1;
}

static int
find_letter(unsigned groups, char letter)
{
	for (int i = 0; i < ARG_COUNT; i++) {
		if ((specs[i].group & groups) && specs[i].letter == letter)
			return i;
	}
	return -1;
}

static int
complain_option(const struct args *args, const char *name, size_t len, struct buf *why)
{
	struct near_best best;
	char wanted[64];

	buf_puts(why, "unknown option ");
	buf_put_escaped(why, name, len);
	if (args->command == NULL) {
		buf_puts(why, "; the options of a command follow its name");
		return ERR_INVAL;
	}
	if (len > 2 && len < sizeof(wanted)) {
		memcpy(wanted, name + 2, len - 2);
		wanted[len - 2] = '\0';
		near_init(&best, wanted);
		for (int i = 0; i < ARG_COUNT; i++) {
			if (specs[i].group & args->command->groups)
				near_try(&best, specs[i].name);
		}
		if (best.name != NULL)
			buf_printf(why, "; did you mean --%s?", best.name);
	}
	return ERR_INVAL;
}

static int
take(struct args *args, int id, const char *value)
{
	if (specs[id].type == ARG_LIST) {
		/* --set takes its value whole: an option of a probe may hold commas. */
		if (id != ARG_SET)
			return push_list(args, (enum arg_id)id, value);
	} else {
		args->given[id].count = 0;
	}
	return push(&args->given[id], value);
}

/* --name, --name=value, --name value. *i is moved past a value that stands apart. */
static int
parse_long(struct args *args, int argc, char **argv, int *i, struct buf *why)
{
	const char *word = argv[*i] + 2;
	size_t len = strcspn(word, "=");
	int id = find_long(groups_of(args), word, len);

	if (id < 0)
		return complain_option(args, argv[*i], len + 2, why);
	if (specs[id].type == ARG_FLAG) {
		if (word[len] == '=') {
			buf_printf(why, "option --%s takes no value", specs[id].name);
			return ERR_INVAL;
		}
		return take(args, id, "");
	}
	if (word[len] == '=')
		return take(args, id, word + len + 1);
	if (*i + 1 >= argc) {
		buf_printf(why, "option --%s needs a value: --%s %s", specs[id].name,
			   specs[id].name, specs[id].metavar);
		return ERR_INVAL;
	}
	return take(args, id, argv[++*i]);
}

/* -x, -xyz of flags, -cFILE, -c FILE. */
static int
parse_short(struct args *args, int argc, char **argv, int *i, struct buf *why)
{
	for (const char *p = argv[*i] + 1; *p != '\0'; p++) {
		int id = find_letter(groups_of(args), *p);
		int rc;

		if (id < 0) {
			char option[3] = {'-', *p, '\0'};

			return complain_option(args, option, 2, why);
		}
		if (specs[id].type != ARG_FLAG) {
			if (p[1] != '\0')
				return take(args, id, p + 1);
			if (*i + 1 >= argc) {
				buf_printf(why, "option -%c needs a value: -%c %s", *p, *p,
					   specs[id].metavar);
				return ERR_INVAL;
			}
			return take(args, id, argv[++*i]);
		}
		rc = take(args, id, "");
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
name_command(struct args *args, const char *word, struct buf *why)
{
	struct near_best best;

	args->command = command_find(word);
	if (args->command != NULL)
		return 0;
	buf_puts(why, "unknown command '");
	buf_put_escaped(why, word, strlen(word));
	buf_puts(why, "'");
	near_init(&best, word);
	for (size_t i = 0; i < MEM_COUNT(commands); i++)
		near_try(&best, commands[i].name);
	if (best.name != NULL)
		buf_printf(why, "; did you mean %s?", best.name);
	return ERR_INVAL;
}

static int
check_operands(const struct args *args, struct buf *why)
{
	const struct command *command = args->command;
	int count = (int)args->operands.count;

	if (command == NULL || args_has(args, ARG_HELP) || args_has(args, ARG_VERSION))
		return 0;
	if (count < command->least) {
		buf_printf(why, "something is missing: keepwatch %s %s", command->name,
			   command->arguments);
		return ERR_INVAL;
	}
	if (command->most >= 0 && count > command->most) {
		buf_puts(why, "unexpected argument '");
		buf_put_escaped(why, args->operands.items[command->most],
				strlen(args->operands.items[command->most]));
		buf_puts(why, "'");
		return ERR_INVAL;
	}
	return 0;
}

int
args_parse(struct args *args, int argc, char **argv, struct buf *why)
{
	bool options_over = false;
	int rc = 0;

	memset(args, 0, sizeof(*args));
	for (int i = 1; i < argc && rc == 0; i++) {
		const char *word = argv[i];

		if (!options_over && strcmp(word, "--") == 0)
			options_over = true;
		else if (!options_over && word[0] == '-' && word[1] == '-')
			rc = parse_long(args, argc, argv, &i, why);
		else if (!options_over && word[0] == '-' && word[1] != '\0')
			rc = parse_short(args, argc, argv, &i, why);
		else if (args->command == NULL)
			rc = name_command(args, word, why);
		else
			rc = push(&args->operands, word);
	}
	return rc != 0 ? rc : check_operands(args, why);
}

void
args_fini(struct args *args)
{
	for (size_t i = 0; i < args->copies.count; i++)
		free((char *)args->copies.items[i]);
	free(args->copies.items);
	free(args->operands.items);
	for (int i = 0; i < ARG_COUNT; i++)
		free(args->given[i].items);
}

bool
args_has(const struct args *args, enum arg_id id)
{
	return args->given[id].count > 0;
}

const char *
args_value(const struct args *args, enum arg_id id)
{
	const struct arg_values *given = &args->given[id];

	return given->count > 0 ? given->items[given->count - 1] : NULL;
}
