/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the commands read from: finds the database, opens it, and judges how old its content is.
 */
#include "cli.h"

#include "human.h"
#include "progress.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"
#include "keepwatch/conf.h"
#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

static const char default_config[] = "/etc/keepwatch/keepwatch.yaml";

const char *
cli_config_path(const struct cli *cli)
{
	const char *path = args_value(&cli->args, ARG_CONFIG);

	if (path == NULL)
		path = getenv("KEEPWATCH_CONFIG");
	return path != NULL && *path != '\0' ? path : default_config;
}

/* The database's path, and what else the readers take from the settings. */
static int
find_database(struct cli *cli)
{
	const char *database = args_value(&cli->args, ARG_DATABASE);
	struct conf_problems problems = {0};
	struct conf *conf = NULL;
	int rc;

	if (database != NULL) {
		cli->database = mem_strdup(database);
		if (cli->database == NULL)
			return CLI_UNREADABLE;
		if (!args_has(&cli->args, ARG_CONFIG))
			return 0;
	}
	/* Not the secrets, not the fleet: an unprivileged reader may not see the one and does not
	 * need the other. */
	rc = conf_load_with(&conf, cli_config_path(cli), NULL, CONF_NO_SECRETS | CONF_NO_FLEET,
			    &problems);
	if (database != NULL) {
		/* What it says is nice to have. */
		rc = 0;
	} else if (rc != 0) {
		cli_complain(cli,
			     "the configuration cannot be used, so the database is not known%s",
			     problems.count > 0 ? ":" : "");
		conf_problems_print(&problems, stderr);
		fputs("Name the configuration with -c FILE, or the database with --database "
		      "FILE.\n",
		      stderr);
		rc = CLI_UNREADABLE;
	} else {
		cli->database = mem_strdup(conf->database);
		cli->clock_offset_ms = conf->clock_warning_ms;
		rc = cli->database != NULL ? 0 : CLI_UNREADABLE;
	}
	conf_problems_fini(&problems);
	cli->conf = conf;
	return rc;
}

static void
wipe_progress(void *arg)
{
	progress_stop(arg);
}

int
cli_open_store(struct cli *cli)
{
	char message[READER_MESSAGE_SIZE] = "", words[300];
	int rc = find_database(cli);

	if (rc != 0)
		return rc;
	snprintf(words, sizeof(words), "reading %s", cli->database);
	cli->progress = progress_start(words);
	if (cli->progress != NULL)
		out_before_first(cli->out, wipe_progress, cli->progress);
	rc = reader_open(&cli->reader, cli->database, message, sizeof(message));
	if (rc != 0) {
		cli_complain(cli, "%s", message[0] != '\0' ? message : err_text(rc));
		return CLI_UNREADABLE;
	}
	rc = reader_begin(cli->reader);
	if (rc != 0)
		return cli_reader_failed(cli, rc);
	rc = reader_agent(cli->reader, &cli->agent);
	if (rc != 0 && rc != ERR_NOTFOUND)
		return cli_reader_failed(cli, rc);
	cli->has_agent = rc == 0;
	return 0;
}

void
cli_close_store(struct cli *cli)
{
	if (cli->reader != NULL) {
		reader_end(cli->reader);
		reader_close(cli->reader);
	}
	cli->reader = NULL;
	progress_free(cli->progress);
	cli->progress = NULL;
	free(cli->database);
	cli->database = NULL;
	conf_free(cli->conf);
	cli->conf = NULL;
}

int64_t
cli_data_age_ms(const struct cli *cli)
{
	if (!cli->has_agent)
		return -1;
	/* The agent may run on another host, with another clock: the future is now. */
	return cli->now_ms > cli->agent.heartbeat_ms ? cli->now_ms - cli->agent.heartbeat_ms : 0;
}

enum cli_freshness
cli_freshness(const struct cli *cli)
{
	if (!cli->has_agent)
		return CLI_NEVER;
	if (cli->agent.stopped_ms != 0)
		return CLI_STOPPED;
	return cli_data_age_ms(cli) > CLI_STALE_MS ? CLI_STALE : CLI_FRESH;
}

void
cli_put_staleness(struct cli *cli)
{
	char age[HUMAN_SIZE], when[CLOCK_ISO_SIZE], line[512];
	struct buf buf;

	human_age(cli->agent.stopped_ms != 0 ? cli->agent.stopped_ms : cli->agent.heartbeat_ms,
		  cli->now_ms, age, sizeof(age));
	switch (cli_freshness(cli)) {
	case CLI_FRESH:
		return;
	case CLI_NEVER:
		snprintf(line, sizeof(line), "NO DATA: no agent ever ran on %s. Start keepwatchd.",
			 cli->database);
		break;
	case CLI_STOPPED:
		snprintf(
			line, sizeof(line),
			"STALE DATA, %s old: the agent on %s was stopped at %s. All below is as it "
			"was then.",
			age, cli->agent.host,
			clock_format_local(cli->agent.stopped_ms, when, sizeof(when)));
		break;
	case CLI_STALE:
		snprintf(
			line, sizeof(line),
			"STALE DATA, %s old: nothing heard of the agent on %s (process %lld) since "
			"%s. See 'systemctl status keepwatchd' there.",
			age, cli->agent.host, (long long)cli->agent.pid,
			clock_format_local(cli->agent.heartbeat_ms, when, sizeof(when)));
		break;
	}
	buf_init(&buf, 4096);
	term_put_text(cli->term.has_utf8, &buf, line, strlen(line));
	if (buf.data != NULL) {
		struct buf tinted;

		buf_init(&tinted, 4096);
		term_put_tinted(&cli->term, &tinted, TINT_BAD, buf.data);
		out_printf(cli->out, "%s\n\n", tinted.data != NULL ? tinted.data : "");
		buf_fini(&tinted);
	}
	buf_fini(&buf);
}
