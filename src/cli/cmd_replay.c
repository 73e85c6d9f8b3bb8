/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch replay: recordings of an agent as one stream, or scenarios of the diagnosis benchmark,
 * each by itself and several at a time in processes of their own.
 */
#include "replay.h"

#include "cli.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { JOBS_MAX = 256, TICK_MIN_MS = 100, TICK_MAX_MS = 3600000, PATH_MAX_BYTES = 4096 };

struct choices {
	const char *dir; /* NULL: standard output */
	unsigned jobs;
	int64_t tick_ms;
	bool is_scenario, has_stats;
};

/* Shared between the processes of one replay. */
struct shared {
	_Atomic size_t next; /* file that nobody has begun */
	struct replay_stats stats[];
};

static int
read_tick(const struct cli *cli, struct choices *choices)
{
	const char *text = args_value(&cli->args, ARG_TICK);
	char *end;

	choices->tick_ms = choices->is_scenario ? 15000 : 1000;
	if (text == NULL)
		return 0;
	/* A number alone is seconds. */
	choices->tick_ms = strtol(text, &end, 10) * 1000;
	if ((*end != '\0' && clock_parse_duration(text, &choices->tick_ms) != 0) ||
	    choices->tick_ms < TICK_MIN_MS || choices->tick_ms > TICK_MAX_MS)
		return cli_usage(cli, "--tick %s: expected a duration from 100ms to 1h", text);
	return 0;
}

static int
read_choices(const struct cli *cli, struct choices *choices)
{
	const char *jobs = args_value(&cli->args, ARG_JOBS);
	size_t files = cli->args.operands.count;
	unsigned long count = 1;
	char *end = "";

	choices->is_scenario = args_has(&cli->args, ARG_SCENARIO);
	choices->has_stats = args_has(&cli->args, ARG_STATS);
	choices->dir = args_value(&cli->args, ARG_REPLAY_DIR);
	if (jobs != NULL)
		count = strtoul(jobs, &end, 10);
	if (count < 1 || count > JOBS_MAX || *end != '\0')
		return cli_usage(cli, "--jobs %s: expected 1 to %d", jobs, JOBS_MAX);
	choices->jobs = count < files ? (unsigned)count : (unsigned)files;
	if (cli->format == SHEET_CSV)
		return cli_usage(cli, "--format csv: verdicts are lines of text or JSON");
	if (!choices->is_scenario && (choices->dir != NULL || jobs != NULL))
		return cli_usage(cli, "--output and --jobs are for scenarios; recordings are one "
				      "stream");
	if (choices->is_scenario && choices->dir == NULL && files > 1)
		return cli_usage(cli, "more than one scenario needs --output DIR");
	return read_tick(cli, choices);
}

static void
set_up(struct replay *replay, const struct cli *cli, const struct choices *choices)
{
	*replay = (struct replay){
		.cli = cli,
		.format = choices->is_scenario ? EVIDENCE_SCENARIO : EVIDENCE_RECORDING,
		.is_json = cli->format == SHEET_JSON,
		.has_stats = choices->has_stats,
		.tick_ms = choices->tick_ms,
	};
}

/* The file of verdicts beside its fellows in --output; never the scenario itself. */
static int
open_verdicts(const struct cli *cli, const char *dir, const char *path, struct out **out)
{
	const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
	struct stat from, to;
	char name[PATH_MAX_BYTES];
	int len = snprintf(name, sizeof(name), "%s/%s", dir, base);
	int rc = len < 0 || (size_t)len >= sizeof(name) ? ERR_TOOBIG : 0;

	if (rc == 0 && stat(path, &from) == 0 && stat(name, &to) == 0 && from.st_dev == to.st_dev &&
	    from.st_ino == to.st_ino) {
		cli_complain(cli, "%s: the verdicts would take its place; choose another folder",
			     path);
		return CLI_USAGE;
	}
	if (rc == 0)
		rc = out_open_file(out, name);
	if (rc != 0) {
		cli_complain(cli, "%s/%s: %s", dir, base, err_text(rc));
		return CLI_UNREADABLE;
	}
	return 0;
}

static int
commit(const struct cli *cli, const char *path, struct out *out)
{
	int rc = out_finish(out);

	if (rc == 0)
		rc = out_commit(out);
	if (rc == 0)
		return 0;
	cli_complain(cli, "the verdicts of %s cannot be written: %s", path, err_text(rc));
	return CLI_UNREADABLE;
}

/* One scenario from its first line to its last verdict. */
static int
replay_scenario(struct cli *cli, const struct choices *choices, const char *path,
		struct replay_stats *stats)
{
	struct replay replay;
	struct out *out = NULL;
	int code = 0;

	set_up(&replay, cli, choices);
	if (replay_init(&replay) != 0) {
		cli_complain(cli, "%s", err_text(ERR_NOMEM));
		return CLI_UNREADABLE;
	}
	if (choices->dir != NULL)
		code = open_verdicts(cli, choices->dir, path, &out);
	replay.out = choices->dir != NULL ? out : cli->out;
	if (code == 0 && (!replay_file(&replay, path) || !replay_finish(&replay)))
		code = CLI_UNREADABLE;
	if (code == 0 && out != NULL)
		code = commit(cli, path, out);
	out_close(out);
	replay_stats_add(stats, &replay.stats);
	replay_fini(&replay);
	return code;
}

/* Takes files that nobody else has taken, to the last. The worst exit code. */
static int
work(struct cli *cli, const struct choices *choices, struct shared *shared, size_t worker)
{
	const struct arg_values *files = &cli->args.operands;
	int worst = 0;
	size_t i;

	while ((i = atomic_fetch_add(&shared->next, 1)) < files->count) {
		int code = replay_scenario(cli, choices, files->items[i], &shared->stats[worker]);

		worst = code > worst ? code : worst;
	}
	return worst;
}

/* Workers 1 and up are processes; this one is worker 0. */
static int
work_in_processes(struct cli *cli, const struct choices *choices, struct shared *shared)
{
	pid_t pids[JOBS_MAX] = {0};
	int worst, status;

	fflush(NULL);
	for (unsigned i = 1; i < choices->jobs; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(work(cli, choices, shared, i));
		/* Fewer do it, too. */
		if (pids[i] < 0)
			cli_complain(cli, "note: one process less: %m");
	}
	worst = work(cli, choices, shared, 0);
	for (unsigned i = 1; i < choices->jobs; i++) {
		if (pids[i] < 0)
			continue;
		if (waitpid(pids[i], &status, 0) < 0 || !WIFEXITED(status)) {
			cli_complain(cli, "a process of the replay ended before its time");
			worst = CLI_UNREADABLE;
		} else if (WEXITSTATUS(status) > worst) {
			worst = WEXITSTATUS(status);
		}
	}
	return worst;
}

static int
replay_scenarios(struct cli *cli, const struct choices *choices)
{
	size_t size = sizeof(struct shared) + choices->jobs * sizeof(struct replay_stats);
	struct shared *shared =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int code;

	if (shared == MAP_FAILED) {
		cli_complain(cli, "%s", err_text(ERR_NOMEM));
		return CLI_UNREADABLE;
	}
	code = work_in_processes(cli, choices, shared);
	for (unsigned i = 1; i < choices->jobs; i++)
		replay_stats_add(&shared->stats[0], &shared->stats[i]);
	if (choices->has_stats)
		replay_stats_print(&shared->stats[0]);
	munmap(shared, size);
	return code;
}

/* All files, one after the other, through one core. */
static int
replay_recordings(struct cli *cli, const struct choices *choices)
{
	struct replay replay;
	int code = 0;

	set_up(&replay, cli, choices);
	replay.out = cli->out;
	if (replay_init(&replay) != 0) {
		cli_complain(cli, "%s", err_text(ERR_NOMEM));
		return CLI_UNREADABLE;
	}
	for (size_t i = 0; i < cli->args.operands.count && code == 0; i++) {
		if (!replay_file(&replay, cli->args.operands.items[i]))
			code = CLI_UNREADABLE;
	}
	if (code == 0 && !replay_finish(&replay))
		code = CLI_UNREADABLE;
	if (choices->has_stats)
		replay_stats_print(&replay.stats);
	replay_fini(&replay);
	return code;
}

int
cmd_replay_run(struct cli *cli)
{
	struct choices choices;
	int rc = read_choices(cli, &choices);

	if (rc != 0)
		return rc;
	return choices.is_scenario ? replay_scenarios(cli, &choices)
				   : replay_recordings(cli, &choices);
}
