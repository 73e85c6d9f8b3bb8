/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch: reads the store for people and auditors, and probes one device by itself. Here: the
 * process itself; what it can do is in commands.def.
 */
#include "cli.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * A closed standard stream must not become the number of a file that we open: the database would
 * then receive what was meant for the terminal. Opened the wrong way round, so that using it fails.
 */
static int
guard_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) == -1 && errno == EBADF &&
		    open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			return -1;
	}
	return 0;
}

static int
parse_format(struct cli *cli)
{
	const char *text = args_value(&cli->args, ARG_FORMAT);
	bool can_draw = cli->args.command != NULL && (cli->args.command->groups & ARGS_TOPOLOGY);

	cli->format = SHEET_TABLE;
	if (text == NULL || strcmp(text, "table") == 0)
		return 0;
	if (strcmp(text, "json") == 0)
		cli->format = SHEET_JSON;
	else if (strcmp(text, "csv") == 0)
		cli->format = SHEET_CSV;
	else if (can_draw && strcmp(text, "dot") == 0)
		cli->drawing = CLI_DRAW_DOT;
	else if (can_draw && strcmp(text, "svg") == 0)
		cli->drawing = CLI_DRAW_SVG;
	else
		return cli_usage(cli, "--format %s: expected table, json%s", text,
				 can_draw ? ", csv, dot or svg" : " or csv");
	return 0;
}

static int
parse_color(struct cli *cli)
{
	const char *text = args_value(&cli->args, ARG_COLOR);
	enum term_color color = TERM_COLOR_AUTO;

	if (text != NULL && strcmp(text, "always") == 0)
		color = TERM_COLOR_ALWAYS;
	else if (text != NULL && strcmp(text, "never") == 0)
		color = TERM_COLOR_NEVER;
	else if (text != NULL && strcmp(text, "auto") != 0)
		return cli_usage(cli, "--color %s: expected auto, always or never", text);
	term_detect(&cli->term, STDOUT_FILENO, color);
	term_detect(&cli->err_term, STDERR_FILENO, color);
	return 0;
}

static int
run(struct cli *cli)
{
	int rc = parse_color(cli);

	if (rc == 0)
		rc = parse_format(cli);
	if (rc != 0)
		return rc;
	if (args_has(&cli->args, ARG_VERSION))
		return command_find("version")->run(cli);
	if (cli->args.command == NULL || args_has(&cli->args, ARG_HELP)) {
		if (cli->args.command == NULL && !args_has(&cli->args, ARG_HELP))
			return cli_usage(cli, "no command; expected report, devices, show ...");
		return command_find("help")->run(cli);
	}
	return cli->args.command->run(cli);
}

/* What could not be written is a failure, unless the reader simply had enough (head, a pager). */
static int
finish(struct cli *cli, int code)
{
	int rc = out_finish(cli->out);

	if (rc == 0 || out_errno(cli->out) == EPIPE)
		return code;
	cli_complain(cli, "standard output cannot be written: %s",
		     out_errno(cli->out) != 0 ? strerror(out_errno(cli->out)) : err_text(rc));
	return CLI_UNREADABLE;
}

int
main(int argc, char **argv)
{
	struct cli cli = {0};
	struct buf why;
	int rc, code;

	/* Whatever the command: the configuration that most of them read may hold communities. */
	secret_harden_process();
	if (guard_standard_streams() != 0)
		return CLI_UNREADABLE;
	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C");
	signal(SIGPIPE, SIG_IGN);
	cli.now_ms = clock_wall_ms();
	cli.clock_offset_ms = 5000;
	buf_init(&why, 4096);
	if (out_open_stream(&cli.out, stdout) != 0)
		return CLI_UNREADABLE;
	rc = args_parse(&cli.args, argc, argv, &why);
	if (rc != 0) {
		code = cli_usage(&cli, "%s", why.data != NULL ? why.data : err_text(rc));
	} else {
		code = run(&cli);
		code = finish(&cli, code);
	}
	out_before_first(cli.out, NULL, NULL);
	cli_close_store(&cli);
	out_close(cli.out);
	args_fini(&cli.args);
	buf_fini(&why);
	return code;
}
