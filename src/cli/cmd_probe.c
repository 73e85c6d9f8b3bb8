/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch probe DEVICE|ADDRESS: one run of each probe, with what goes on told on standard error
 * as it happens. The only command that reaches the probe rooms.
 */
#include "cli.h"
#include "probe_output.h"
#include "probe_plan.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/log.h"
#include "keepwatch/probe_once.h"

#include <string.h>

struct teller {
	const struct cli *cli;
	uint64_t started_ms;
	bool is_quiet;
};

static void
tell(void *arg, const char *line)
{
	const struct teller *teller = arg;
	struct buf buf, tinted;

	if (teller->is_quiet)
		return;
	buf_init(&buf, 64 << 10);
	buf_init(&tinted, 64 << 10);
	buf_printf(&buf, "%6llu ms  ", (unsigned long long)(clock_mono_ms() - teller->started_ms));
	term_put_text(teller->cli->err_term.has_utf8, &buf, line, strlen(line));
	if (buf.data != NULL)
		term_put_tinted(&teller->cli->err_term, &tinted, TINT_FAINT, buf.data);
	if (tinted.data != NULL)
		fprintf(stderr, "%s\n", tinted.data);
	buf_fini(&buf);
	buf_fini(&tinted);
}

/* Lines of the log belong to what goes on. */
static void
tell_log(void *arg, enum log_level level, const char *tag, const char *message)
{
	char line[1024];

	(void)level;
	snprintf(line, sizeof(line), "%s: %s", tag, message);
	tell(arg, line);
}

static int
run_probes(struct cli *cli, const struct probe_plan *plan, struct teller *teller,
	   struct probe_result *results, size_t *done)
{
	struct probe_once *once = NULL;
	char ip[IPADDR_TEXT_SIZE];
	int rc = probe_once_open(&once, tell, teller);

	for (size_t i = 0; i < plan->count && rc == 0; i++) {
		const struct probe_settings *settings = &plan->settings[i];
		char line[256];

		snprintf(line, sizeof(line), "%s: begins, %s, timeout %u ms, %u retries",
			 probe_spec(settings->probe)->name,
			 ipaddr_format(&plan->ip, ip, sizeof(ip)), settings->timeout_ms,
			 settings->retries);
		tell(teller, line);
		rc = probe_once_run(once, plan->fleet, &plan->device, settings, &plan->ip,
				    &results[i]);
		if (rc != 0)
			break;
		(*done)++;
		snprintf(line, sizeof(line), "%s: %s%s%s%s%s", probe_spec(settings->probe)->name,
			 outcome_name(results[i].outcome),
			 results[i].reason != REASON_NONE ? ": " : "",
			 reason_text(results[i].reason), *results[i].detail != '\0' ? ": " : "",
			 results[i].detail);
		tell(teller, line);
	}
	probe_once_close(once);
	if (rc != 0) {
		cli_complain(cli, "%s", err_text(rc));
		return CLI_UNREADABLE;
	}
	return 0;
}

/* One that fails beside others that do not makes the device degraded; what could not be tried does
 * not count. */
enum health
probe_output_health(const struct probe_result *results, size_t count)
{
	size_t tried = 0, ok = 0, answered = 0;

	for (size_t i = 0; i < count; i++) {
		tried += results[i].outcome != OUTCOME_ERROR;
		ok += results[i].outcome == OUTCOME_OK;
		answered +=
			results[i].outcome == OUTCOME_OK || results[i].outcome == OUTCOME_DEGRADED;
	}
	if (tried == 0)
		return HEALTH_UNKNOWN;
	if (answered == 0)
		return HEALTH_DOWN;
	return ok == tried ? HEALTH_UP : HEALTH_DEGRADED;
}

static int
exit_code(enum health health)
{
	switch (health) {
	case HEALTH_UP:
		return CLI_OK;
	case HEALTH_UNKNOWN:
		return CLI_UNREADABLE;
	default:
		return CLI_BAD_NEWS;
	}
}

int
cmd_probe_run(struct cli *cli)
{
	struct probe_result results[PROBE_COUNT];
	struct teller teller = {.cli = cli,
				.started_ms = clock_mono_ms(),
				.is_quiet = args_has(&cli->args, ARG_QUIET)};
	struct probe_plan plan;
	size_t done = 0;
	int code;

	log_set_sink(tell_log, &teller);
	memset(results, 0, sizeof(results));
	code = probe_plan_make(&plan, cli, cli->args.operands.items[0]);
	if (code == 0 && plan.count == 0)
		code = cli_usage(cli, "no probe is left to run; ask for one with --probe");
	if (code == 0)
		code = run_probes(cli, &plan, &teller, results, &done);
	if (code == 0) {
		probe_output_write(cli, &plan, results);
		code = exit_code(probe_output_health(results, done));
	}
	for (size_t i = 0; i < done; i++)
		result_fini(&results[i]);
	probe_plan_fini(&plan);
	log_set_sink(NULL, NULL);
	return code;
}
