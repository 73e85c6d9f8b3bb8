/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the control socket's verbs answer: the check plugin's text, perfdata and exit code, and the
 * agent's own state.
 */
#include "agent.h"
#include "traps.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/range.h"

#include <stdlib.h>
#include <string.h>

enum check_code { CHECK_OK, CHECK_WARNING, CHECK_CRITICAL, CHECK_UNKNOWN };

enum {
	NAMED_IN_LINE = 5,   /* devices named in the first line */
	NAMED_IN_TEXT = 100, /* and in the long output */
	STALE_PERIODS = 3,
	STALE_GRACE_MS = 30000,
	MAX_AGE_S = INT32_MAX,
};

struct check {
	struct agent *agent;
	const char *mode;
	const struct agent_device *device; /* mode device */
	uint16_t site;			   /* mode site */
	const char *name;
	const char *warning_text, *critical_text;
	struct range warning, critical;
	int64_t max_age_ms; /* 0: by the poll intervals */
	int64_t now_ms;
};

struct counts {
	size_t total, by_health[HEALTH_COUNT], problems, flapping, stale;
	int64_t oldest_ms; /* age of the oldest result among the stale */
};

/* Text of a person's or device's in a line where '|' begins the perfdata. */
static void
put_text(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		buf_put(out, *text == '|' || *text == '\n' ? "/" : text, 1);
}

static bool
is_covered(const struct check *check, const struct agent_device *device)
{
	if (check->device != NULL)
		return device == check->device;
	return strcmp(check->mode, "site") != 0 || device->device->site == check->site;
}

/* Age of the device's newest result, and how old it may be. */
static bool
is_stale(const struct check *check, const struct agent_device *device, int64_t *age_ms)
{
	int64_t newest_ms = check->agent->started_ms, limit_ms = check->max_age_ms;

	for (size_t i = 0; i < device->probe_count; i++) {
		const struct agent_probe *probe =
			&check->agent->table->probes[device->first_probe + i];
		int64_t periods_ms = (int64_t)probe->target.settings->interval_ms * STALE_PERIODS +
				     STALE_GRACE_MS;

		if (probe->run_ms > newest_ms)
			newest_ms = probe->run_ms;
		if (check->max_age_ms == 0 && periods_ms > limit_ms)
			limit_ms = periods_ms;
	}
	*age_ms = check->now_ms - newest_ms;
	return device->probe_count > 0 && *age_ms > limit_ms;
}

static bool
is_problem(const struct agent_device *device)
{
	return device->health.state == HEALTH_DOWN || device->health.state == HEALTH_DEGRADED ||
	       device->health.is_flapping;
}

static struct counts
count_devices(const struct check *check)
{
	const struct agent_table *table = check->agent->table;
	struct counts counts = {0};
	int64_t age_ms;

	for (size_t i = 0; i < table->device_count; i++) {
		const struct agent_device *device = &table->devices[i];

		if (!is_covered(check, device))
			continue;
		counts.total++;
		counts.by_health[device->health.state]++;
		counts.problems += is_problem(device);
		counts.flapping += device->health.is_flapping;
		if (is_stale(check, device, &age_ms)) {
			counts.stale++;
			if (age_ms > counts.oldest_ms)
				counts.oldest_ms = age_ms;
		}
	}
	return counts;
}

/* How long ago, to the second: nobody reads milliseconds in a status line. */
static const char *
format_age(int64_t ms, char *out, size_t size)
{
	return clock_format_duration(ms / 1000 * 1000, out, size);
}

static void
put_device(const struct check *check, struct buf *out, const struct agent_device *device)
{
	char age[CLOCK_DURATION_SIZE];

	put_text(out, device->device->name);
	buf_printf(out, " %s", health_name((enum health)device->health.state));
	if (device->health.since_ms != 0)
		buf_printf(out, " %s",
			   format_age(check->now_ms - device->health.since_ms, age, sizeof(age)));
	if (device->health.reason != REASON_NONE)
		buf_printf(out, " (%s)", reason_text((enum reason)device->health.reason));
	if (device->health.is_flapping)
		buf_puts(out, " flapping");
}

/* Names devices with problems, the worst first; at most `most`, one a line or in a row. */
static void
put_problems(const struct check *check, struct buf *out, size_t most, const char *before,
	     const char *between)
{
	static const enum health order[] = {HEALTH_DOWN, HEALTH_DEGRADED, HEALTH_UP,
					    HEALTH_UNKNOWN};
	const struct agent_table *table = check->agent->table;
	size_t named = 0, left = 0;

	for (size_t pass = 0; pass < sizeof(order) / sizeof(order[0]); pass++) {
		for (size_t i = 0; i < table->device_count; i++) {
			const struct agent_device *device = &table->devices[i];

			if (device->health.state != order[pass] || !is_problem(device) ||
			    !is_covered(check, device))
				continue;
			if (named == most) {
				left++;
				continue;
			}
			buf_puts(out, named++ == 0 ? before : between);
			put_device(check, out, device);
		}
	}
	if (left > 0)
		buf_printf(out, "%sand %zu more", between, left);
}

static void
put_perfdata(const struct check *check, struct buf *out, const struct counts *counts)
{
	size_t down = counts->by_health[HEALTH_DOWN], degraded = counts->by_health[HEALTH_DEGRADED];

	buf_printf(
		out,
		"| problems=%zu;%s;;0;%zu down=%zu;;%s;0;%zu degraded=%zu;;;0;%zu up=%zu;;;0;%zu "
		"unknown=%zu;;;0;%zu flapping=%zu;;;0;%zu stale=%zu;;;0;%zu",
		counts->problems, check->warning_text, counts->total, down, check->critical_text,
		counts->total, degraded, counts->total, counts->by_health[HEALTH_UP], counts->total,
		counts->by_health[HEALTH_UNKNOWN], counts->total, counts->flapping, counts->total,
		counts->stale, counts->total);
	if (check->device == NULL)
		return;
	for (size_t i = 0; i < check->device->probe_count; i++) {
		const struct agent_probe *probe =
			&check->agent->table->probes[check->device->first_probe + i];

		if (probe->rtt_us != RTT_NONE && probe->health.state != HEALTH_DOWN)
			buf_printf(out, " %s_rtt=%.6fs;;;0",
				   probe_spec(probe->target.settings->probe)->name,
				   probe->rtt_us / 1e6);
	}
}

static enum check_code
judge(const struct check *check, const struct counts *counts)
{
	size_t down = counts->by_health[HEALTH_DOWN];
	size_t unknown = counts->by_health[HEALTH_UNKNOWN];

	if (range_alerts(&check->critical, (double)down))
		return CHECK_CRITICAL;
	/* More than half of what was asked for is not known: no OK can be said. */
	if (counts->total > 0 && (counts->stale * 2 > counts->total || unknown * 2 > counts->total))
		return CHECK_UNKNOWN;
	if (range_alerts(&check->warning, (double)counts->problems))
		return CHECK_WARNING;
	return CHECK_OK;
}

static void
put_summary(const struct check *check, struct buf *out, const struct counts *counts,
	    enum check_code code)
{
	static const char *const words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
	char age[CLOCK_DURATION_SIZE];

	buf_printf(out, "KEEPWATCH %s - ", words[code]);
	if (check->device != NULL) {
		put_device(check, out, check->device);
	} else {
		if (strcmp(check->mode, "site") == 0) {
			buf_puts(out, "site ");
			put_text(out, check->name);
			buf_puts(out, ": ");
		}
		buf_printf(out, "%zu of %zu devices up", counts->by_health[HEALTH_UP],
			   counts->total);
		for (int h = HEALTH_DOWN; h >= HEALTH_UNKNOWN; h--) {
			if (h != HEALTH_UP && counts->by_health[h] > 0)
				buf_printf(out, ", %zu %s", counts->by_health[h],
					   health_name((enum health)h));
		}
		if (counts->flapping > 0)
			buf_printf(out, ", %zu flapping", counts->flapping);
	}
	if (counts->stale > 0)
		buf_printf(out, ", %zu not probed lately (oldest result %s old)", counts->stale,
			   format_age(counts->oldest_ms, age, sizeof(age)));
	if (check->device == NULL)
		put_problems(check, out, NAMED_IN_LINE, ": ", ", ");
}

/* The probes of one device, a line each. */
static void
put_probes(const struct check *check, struct buf *out)
{
	for (size_t i = 0; i < check->device->probe_count; i++) {
		const struct agent_probe *probe =
			&check->agent->table->probes[check->device->first_probe + i];

		buf_printf(out, "%s: %s", probe_spec(probe->target.settings->probe)->name,
			   health_name((enum health)probe->health.state));
		if (probe->health.reason != REASON_NONE)
			buf_printf(out, " (%s)", reason_text((enum reason)probe->health.reason));
		if (probe->detail != NULL && probe->health.state != HEALTH_UP) {
			buf_puts(out, " ");
			put_text(out, probe->detail);
		}
		buf_puts(out, "\n");
	}
}

static int
refuse(struct buf *out, const char *what, const char *value)
{
	buf_puts(out, "KEEPWATCH UNKNOWN - ");
	buf_puts(out, what);
	put_text(out, value);
	buf_puts(out, "\n");
	return CHECK_UNKNOWN;
}

static int
find_site(const struct agent_table *table, const char *name, uint16_t *out)
{
	for (size_t i = 0; i < table->conf->fleet->site_count; i++) {
		if (strcmp(table->conf->fleet->sites[i].name, name) == 0) {
			*out = (uint16_t)i;
			return 0;
		}
	}
	return ERR_NOTFOUND;
}

static const char *
field_or(const struct control_request *request, const char *name, const char *fallback)
{
	const char *value = control_field(request, name);

	return value == NULL ? fallback : value;
}

/* Seconds of any time that there has been a clock. */
static bool
parse_age(const char *text, int64_t *out_ms)
{
	char *end;
	long long seconds = strtoll(text, &end, 10);

	if (end == text || *end != '\0' || seconds < 0 || seconds > MAX_AGE_S)
		return false;
	*out_ms = seconds * 1000;
	return true;
}

static int
answer_check(struct agent *agent, const struct control_request *request, struct buf *out)
{
	struct check check = {
		.agent = agent,
		.mode = field_or(request, "mode", "fleet"),
		.name = field_or(request, "name", ""),
		.warning_text = field_or(request, "warning", "0"),
		.critical_text = field_or(request, "critical", "0"),
		.now_ms = clock_wall_ms(),
	};
	struct counts counts;
	enum check_code code;

	if (!parse_age(field_or(request, "max_age", "0"), &check.max_age_ms))
		return refuse(out, "not a number of seconds: ", control_field(request, "max_age"));
	if (range_parse(check.warning_text, &check.warning) != 0)
		return refuse(out, "not a range: ", check.warning_text);
	if (range_parse(check.critical_text, &check.critical) != 0)
		return refuse(out, "not a range: ", check.critical_text);
	if (strcmp(check.mode, "device") == 0) {
		check.device = agent_find(agent->table, check.name);
		if (check.device == NULL)
			return refuse(out, "no such device: ", check.name);
	} else if (strcmp(check.mode, "site") == 0) {
		if (find_site(agent->table, check.name, &check.site) != 0)
			return refuse(out, "no such site: ", check.name);
	} else if (strcmp(check.mode, "fleet") != 0) {
		return refuse(out, "no such mode: ", check.mode);
	}
	counts = count_devices(&check);
	code = judge(&check, &counts);
	put_summary(&check, out, &counts, code);
	put_perfdata(&check, out, &counts);
	buf_puts(out, "\n");
	if (check.device != NULL)
		put_probes(&check, out);
	else if (counts.problems > NAMED_IN_LINE) {
		put_problems(&check, out, NAMED_IN_TEXT, "", "\n");
		buf_puts(out, "\n");
	}
	return code;
}

static int
answer_status(struct agent *agent, struct buf *out)
{
	struct sched_stats stats = sched_stats(agent->table->sched);

	buf_printf(
		out,
		"{\"version\":\"%s\",\"started_ms\":%lld,\"reloaded_ms\":%lld,\"devices\":%zu,"
		"\"probes\":%zu,\"in_flight\":%u,\"waiting\":%u,\"runs\":%llu,\"late_max_ms\":%u,"
		"\"commits\":%llu,\"commits_failed\":%llu,\"commit_last_us\":%u,"
		"\"commit_worst_us\":%u,\"dropped\":%llu",
		KEEPWATCH_VERSION, (long long)agent->started_ms, (long long)agent->reloaded_ms,
		agent->table->device_count, agent->table->probe_count, stats.in_flight,
		stats.waiting, (unsigned long long)stats.started, stats.late_max_ms,
		(unsigned long long)agent->commits.done, (unsigned long long)agent->commits.failed,
		agent->commits.last_us, agent->commits.worst_us,
		(unsigned long long)agent->dropped);
	agent_topology_describe(agent, out);
	agent_traps_answer(agent, out);
	buf_puts(out, "}\n");
	return 0;
}

static int
answer_probe(struct agent *agent, const struct control_request *request, struct buf *out)
{
	struct agent_device *device = agent_find(agent->table, field_or(request, "name", ""));

	if (device == NULL) {
		buf_puts(out, "no such device\n");
		return 1;
	}
	agent_probe_now(agent, device);
	buf_printf(out, "%u probes started\n", device->probe_count);
	return 0;
}

static int
answer_reload(struct agent *agent, struct buf *out)
{
	char message[1024] = "";
	int rc = agent_reload(agent, message, sizeof(message));

	buf_puts(out, message);
	buf_puts(out, "\n");
	return rc == 0 ? 0 : 1;
}

int
agent_answer(struct agent *agent, const struct control_request *request, struct buf *out)
{
	if (strcmp(request->verb, "check") == 0)
		return answer_check(agent, request, out);
	if (strcmp(request->verb, "status") == 0)
		return answer_status(agent, out);
	if (strcmp(request->verb, "probe") == 0)
		return answer_probe(agent, request, out);
	if (strcmp(request->verb, "reload") == 0)
		return answer_reload(agent, out);
	buf_puts(out, "unknown verb\n");
	return 1;
}
