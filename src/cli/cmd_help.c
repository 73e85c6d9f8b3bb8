/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch help: all of it from the tables that the program itself goes by.
 */
#include "cli.h"

#include "keepwatch/near.h"
#include "keepwatch/probe_spec.h"

#include <string.h>

enum { TEXT_COLUMN = 30, WIDTH_DEFAULT = 80 };

/* Text broken at blanks, from a column on. */
static void
put_wrapped(struct cli *cli, size_t column, const char *text)
{
	size_t width = cli->term.width > 0 ? cli->term.width : WIDTH_DEFAULT;
	size_t at = column, room = width > column + 20 ? width : column + 20;

	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		if (at > column && at + 1 + len > room) {
			out_printf(cli->out, "\n%*s", (int)column, "");
			at = column;
		} else if (at > column) {
			out_puts(cli->out, " ");
			at++;
		}
		out_put(cli->out, text, len);
		at += len;
		text += len;
		text += strspn(text, " ");
	}
	out_puts(cli->out, "\n");
}

static void
put_options(struct cli *cli, unsigned groups)
{
	for (int i = 0; i < ARG_COUNT; i++) {
		const struct arg_spec *spec = arg_spec((enum arg_id)i);
		char left[96];
		int n;

		if (!(spec->group & groups))
			continue;
		n = snprintf(left, sizeof(left), "  %c%c%s --%s%s%s", spec->letter != 0 ? '-' : ' ',
			     spec->letter != 0 ? spec->letter : ' ', spec->letter != 0 ? "," : " ",
			     spec->name, spec->metavar != NULL ? " " : "",
			     spec->metavar != NULL ? spec->metavar : "");
		out_puts(cli->out, left);
		if (n + 2 > TEXT_COLUMN)
			out_printf(cli->out, "\n%*s", TEXT_COLUMN, "");
		else
			out_printf(cli->out, "%*s", TEXT_COLUMN - n, "");
		put_wrapped(cli, TEXT_COLUMN, spec->help);
	}
}

static void
help_command(struct cli *cli, const struct command *command)
{
	out_printf(cli->out, "Usage: keepwatch %s [OPTION...]%s%s\n\n", command->name,
		   *command->arguments != '\0' ? " " : "", command->arguments);
	if (command->details != NULL)
		out_printf(cli->out, "%s\n", command->details);
	else
		out_printf(cli->out, "Shows %s.\n", command->summary);
	out_puts(cli->out, "\nOptions:\n");
	put_options(cli, command->groups & ~(unsigned)ARGS_GLOBAL);
	put_options(cli, ARGS_GLOBAL);
}

static void
put_default_for(struct cli *cli, const struct probe_spec *spec)
{
	static const char *const conditions[] = {
		[NEEDS_NOTHING] = "",
		[NEEDS_SNMP] = " with an SNMP credential",
		[NEEDS_ONVIF] = " with an ONVIF credential",
		[NEEDS_HTTP] = " with an HTTP credential",
		[NEEDS_NEITHER] = " with neither an SNMP nor an ONVIF credential",
	};
	char text[256] = "";
	size_t len = 0;

	if (spec->default_kinds == 0) {
		out_puts(cli->out, "  not by default; ask for it\n");
		return;
	}
	for (int k = 0; k < KIND_COUNT && len < sizeof(text); k++) {
		if (spec->default_kinds & 1U << k)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
						len > 0 ? ", " : "",
						kind_name((enum device_kind)k));
	}
	if (len < sizeof(text))
		snprintf(text + len, sizeof(text) - len, "%s", conditions[spec->needs]);
	out_puts(cli->out, "  by default for: ");
	put_wrapped(cli, 18, text);
}

static void
help_probes(struct cli *cli)
{
	for (int p = 0; p < PROBE_COUNT; p++) {
		const struct probe_spec *spec = probe_spec((enum probe_id)p);

		out_printf(cli->out, "%s%s: %s\n", p > 0 ? "\n" : "", spec->name, spec->summary);
		put_default_for(cli, spec);
		for (size_t i = 0; i < probe_option_count(spec->id); i++) {
			const struct option_spec *option =
				option_spec((enum option_id)(spec->first_option + i));
			char values[160];

			out_printf(cli->out, "  %-18s ", option->name);
			put_wrapped(cli, 21, option->help);
			out_printf(cli->out, "%21s(%s)\n", "",
				   option_describe(option, values, sizeof(values)));
		}
	}
}

static void
help_exit_codes(struct cli *cli)
{
	out_puts(cli->out,
		 "0  done; for 'probe': the device is up\n"
		 "1  bad news that was asked for: 'report --check' found something down,\n"
		 "   degraded or stale; 'probe' found the device degraded or down\n"
		 "2  the command line is wrong\n"
		 "3  configuration, database or output cannot be read or written; 'probe'\n"
		 "   could try nothing\n"
		 "4  no such device, port or incident\n");
}

static void
help_all(struct cli *cli)
{
	const struct command *command;

	out_puts(cli->out, "Usage: keepwatch COMMAND [OPTION...] [ARGUMENT...]\n\n"
			   "Watches over cameras, door controllers and their switches.\n\n"
			   "Commands:\n");
	for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
		out_printf(cli->out, "  %-10s %s", command->name, command->arguments);
		out_printf(cli->out, "%*s%s\n",
			   (int)(strlen(command->arguments) < 28 ? 28 - strlen(command->arguments)
								 : 1),
			   "", command->summary);
	}
	out_puts(cli->out, "\nOptions of all commands:\n");
	put_options(cli, ARGS_GLOBAL);
	out_puts(cli->out, "\nSee 'keepwatch help COMMAND', 'keepwatch help probes', 'keepwatch "
			   "help exit-codes'\nand keepwatch(1).\n");
}

static int
unknown_topic(struct cli *cli, const char *topic)
{
	const struct command *command;
	struct near_best best;

	near_init(&best, topic);
	for (size_t i = 0; (command = command_at(i)) != NULL; i++)
		near_try(&best, command->name);
	near_try(&best, "probes");
	near_try(&best, "exit-codes");
	return cli_usage(cli, "nothing is known about '%s'%s%s%s", topic,
			 best.name != NULL ? "; did you mean " : "",
			 best.name != NULL ? best.name : "", best.name != NULL ? "?" : "");
}

int
cmd_help_run(struct cli *cli)
{
	const struct command *command = cli->args.command;
	const char *topic = cli->args.operands.count > 0 ? cli->args.operands.items[0] : NULL;

	/* `keepwatch report --help` comes here too. */
	if (command != NULL && command->run != cmd_help_run) {
		help_command(cli, command);
		return CLI_OK;
	}
	if (topic == NULL)
		help_all(cli);
	else if (strcmp(topic, "probes") == 0)
		help_probes(cli);
	else if (strcmp(topic, "exit-codes") == 0)
		help_exit_codes(cli);
	else if (command_find(topic) != NULL)
		help_command(cli, command_find(topic));
	else
		return unknown_topic(cli, topic);
	return CLI_OK;
}
