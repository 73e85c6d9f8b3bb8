/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The verb `check`: what the plugin of a monitoring core asks. What is asked for is found, counted
 * and judged here; the answer is text, perfdata and exit code.
 */
#include "check.h"

#include "diagnosis.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

enum {
	STALE_PERIODS = 3,
	STALE_GRACE_MS = 30000,
	MAX_AGE_S = INT32_MAX,
};

bool
check_covers(const struct check *check, const struct agent_device *device)
{
	if (check->mode == CHECK_DEVICE)
		return device == check->device;
	return check->mode != CHECK_SITE || device->device->site == check->site;
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

static struct check_counts
count_devices(const struct check *check)
{
	const struct agent_table *table = check->agent->table;
	struct check_counts counts = {0};
	int64_t age_ms;

	for (size_t i = 0; i < table->device_count; i++) {
		const struct agent_device *device = &table->devices[i];
		struct check_view view;

		if (!check_covers(check, device))
			continue;
		view = check_view(check, device);
		counts.total++;
		counts.announced += view.is_announced;
		if (!view.is_announced)
			counts.by_health[view.state]++;
		counts.problems += view.is_problem;
		counts.flapping += device->health.is_flapping;
		if (is_stale(check, device, &age_ms)) {
			counts.stale++;
			if (age_ms > counts.oldest_ms)
				counts.oldest_ms = age_ms;
		}
	}
	return counts;
}

/* The monitor does not trust itself: nothing bad that it says of others counts. */
static bool
is_monitor_in_doubt(const struct check *check)
{
	return check->incident_count > 0 && check->incidents[0]->verdict == VERDICT_MONITOR;
}

static enum check_code
judge_incidents(const struct check *check)
{
	size_t open = 0, critical = 0;

	if (is_monitor_in_doubt(check))
		return CHECK_UNKNOWN;
	for (size_t i = 0; i < check->incident_count; i++) {
		enum check_code code = check_incident_code(check->incidents[i]);

		open += code != CHECK_OK;
		critical += code == CHECK_CRITICAL;
	}
	if (range_alerts(&check->critical, (double)critical))
		return CHECK_CRITICAL;
	return range_alerts(&check->warning, (double)open) ? CHECK_WARNING : CHECK_OK;
}

static enum check_code
judge(const struct check *check, const struct check_counts *counts)
{
	size_t down = counts->by_health[HEALTH_DOWN];
	size_t unknown = counts->by_health[HEALTH_UNKNOWN];
	enum check_code code = CHECK_OK;

	if (check->mode == CHECK_INCIDENT)
		return judge_incidents(check);
	if (counts->problems > 0 && is_monitor_in_doubt(check))
		return CHECK_UNKNOWN;
	if (range_alerts(&check->critical, (double)down))
		code = CHECK_CRITICAL;
	/* More than half of what was asked for is not known: no OK can be said. */
	else if (counts->total > 0 &&
		 (counts->stale * 2 > counts->total || unknown * 2 > counts->total))
		return CHECK_UNKNOWN;
	else if (range_alerts(&check->warning, (double)counts->problems))
		code = CHECK_WARNING;
	if (check->mode == CHECK_DEVICE && code > check->innocent &&
	    check_view(check, check->device).is_innocent)
		code = check->innocent;
	return code;
}

int
check_refuse(struct buf *out, const char *what, const char *value)
{
	buf_puts(out, "KEEPWATCH UNKNOWN - ");
	buf_puts(out, what);
	check_put_text(out, value);
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

static bool
parse_number(const char *text, long long most, long long *out)
{
	char *end;
	long long number = strtoll(text, &end, 10);

	if (end == text || *end != '\0' || number < 0 || number > most)
		return false;
	*out = number;
	return true;
}

static bool
parse_code(const char *text, enum check_code *out)
{
	static const char *const names[] = {"ok", "warning", "critical"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i]) == 0) {
			*out = (enum check_code)i;
			return true;
		}
	}
	return false;
}

/* 0, or CHECK_UNKNOWN with the reason in `out`. */
static int
find_incident(struct check *check, struct buf *out)
{
	const struct open_incidents *open = agent_diagnosis_open_incidents(check->agent);
	long long id;

	if (open == NULL)
		return check_refuse(out, "there is no diagnosis: it is switched off", "");
	if (check->name[0] == '\0')
		return 0;
	if (!parse_number(check->name, UINT32_MAX - 1, &id) || id == 0 ||
	    id >= open_incidents_next(open))
		return check_refuse(out, "no such incident: ", check->name);
	check->incident = open_incidents_find(open, (uint32_t)id);
	check->is_one_incident = true;
	return 0;
}

/* What is asked for. 0, or CHECK_UNKNOWN with the reason in `out`. */
static int
read_request(struct check *check, const struct control_request *request, struct buf *out)
{
	const struct agent_table *table = check->agent->table;
	const char *mode = field_or(request, "mode", "fleet");
	const char *innocent = field_or(request, "innocent", "critical");
	long long max_age_s;

	if (!parse_number(field_or(request, "max_age", "0"), MAX_AGE_S, &max_age_s))
		return check_refuse(out,
				    "not a number of seconds: ", control_field(request, "max_age"));
	check->max_age_ms = max_age_s * 1000;
	if (range_parse(check->warning_text, &check->warning) != 0)
		return check_refuse(out, "not a range: ", check->warning_text);
	if (range_parse(check->critical_text, &check->critical) != 0)
		return check_refuse(out, "not a range: ", check->critical_text);
	if (!parse_code(innocent, &check->innocent))
		return check_refuse(out, "not ok, warning or critical: ", innocent);
	if (strcmp(mode, "device") == 0) {
		check->mode = CHECK_DEVICE;
		check->device = agent_find(table, check->name);
		if (check->device == NULL)
			return check_refuse(out, "no such device: ", check->name);
	} else if (strcmp(mode, "site") == 0) {
		check->mode = CHECK_SITE;
		if (find_site(table, check->name, &check->site) != 0)
			return check_refuse(out, "no such site: ", check->name);
	} else if (strcmp(mode, "incident") == 0) {
		check->mode = CHECK_INCIDENT;
		return find_incident(check, out);
	} else if (strcmp(mode, "audit") == 0) {
		check->mode = CHECK_AUDIT;
	} else if (strcmp(mode, "fleet") != 0) {
		return check_refuse(out, "no such mode: ", mode);
	}
	return 0;
}

int
agent_check(struct agent *agent, const struct control_request *request, struct buf *out)
{
	struct check check = {
		.agent = agent,
		.name = field_or(request, "name", ""),
		.warning_text = field_or(request, "warning", "0"),
		.critical_text = field_or(request, "critical", "0"),
		.now_ms = clock_wall_ms(),
	};
	struct check_counts counts = {0};
	int code = read_request(&check, request, out);

	if (code != 0)
		return code;
	if (check.mode == CHECK_AUDIT)
		return check_audit(&check, request, out);
	if (check_incidents_find(&check) != 0) {
		check_incidents_fini(&check);
		return check_refuse(out, "out of memory", "");
	}
	if (check.mode != CHECK_INCIDENT)
		counts = count_devices(&check);
	code = (int)judge(&check, &counts);
	check_put_summary(&check, out, &counts, (enum check_code)code);
	check_put_perfdata(&check, out, &counts);
	buf_puts(out, "\n");
	check_put_details(&check, out, &counts);
	check_incidents_fini(&check);
	return code;
}
