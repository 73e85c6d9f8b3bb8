/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The words of the check plugin's answer: the culprit first, then how many devices are how, then
 * those that nothing explains; performance data; and a line for each incident or probe.
 */
#include "check.h"

#include "keepwatch/clock.h"

#include <string.h>

enum {
	NAMED_IN_LINE = 5,   /* devices named in the first line */
	NAMED_IN_TEXT = 100, /* and in the long output; also incidents */
	PER_CENT = 100,
	ALT_WORTH = 20, /* per cent from which an alternative is named */
};

void
check_put_text(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		buf_put(out, *text == '|' || *text == '\n' ? "/" : text, 1);
}

/* How long ago, to the second: nobody reads milliseconds in a status line. */
static const char *
format_age(int64_t ms, char *out, size_t size)
{
	return clock_format_duration(ms / 1000 * 1000, out, size);
}

static int
per_cent(float share)
{
	return (int)(share * PER_CENT + 0.5F);
}

/* ---- incidents */
/* "6 cameras", if they are all of one kind; else devices. */
static void
put_affected(const struct check *check, struct buf *out, const struct open_incident *incident)
{
	static const char *const nouns[KIND_COUNT][2] = {
		[KIND_CAMERA] = {"camera", "cameras"},
		[KIND_DOOR] = {"door controller", "door controllers"},
		[KIND_NVR] = {"recorder", "recorders"},
		[KIND_INTERCOM] = {"intercom", "intercoms"},
		[KIND_ENCODER] = {"encoder", "encoders"},
		[KIND_SWITCH] = {"switch", "switches"},
		[KIND_ROUTER] = {"router", "routers"},
		[KIND_SERVER] = {"server", "servers"},
		[KIND_UPS] = {"UPS", "UPS"},
		[KIND_OTHER] = {"device", "devices"},
	};
	enum device_kind kind = KIND_COUNT;

	for (size_t i = 0; i < incident->device_count; i++) {
		const struct agent_device *device =
			check_device(check, incident->devices[i].device);

		if (device == NULL)
			continue;
		if (kind != KIND_COUNT && kind != device->device->kind) {
			kind = KIND_OTHER;
			break;
		}
		kind = device->device->kind;
	}
	if (kind == KIND_COUNT)
		kind = KIND_OTHER;
	buf_printf(out, "%zu %s", incident->out_count, nouns[kind][incident->out_count != 1]);
}

static void
put_name(struct buf *out, const struct open_incident *incident, const struct blame *blame,
	 const char *name)
{
	if (blame->type == BLAME_SITE)
		buf_puts(out, "site ");
	else if (blame->type == BLAME_ZONE)
		buf_puts(out, "power zone ");
	check_put_text(out, name[0] != '\0' ? name : incident->name);
}

/* What it is, and how surely: "hq-acc-3: switch down (97 %)". */
static void
put_cause(struct buf *out, const struct open_incident *incident, const char *subject)
{
	if (incident->verdict != VERDICT_MONITOR &&
	    (subject == NULL || strcmp(subject, incident->name) != 0)) {
		put_name(out, incident, &incident->blame, incident->name);
		buf_puts(out, ": ");
	}
	buf_printf(out, "%s (%d %%)", verdict_words(incident->verdict),
		   per_cent(incident->confidence));
	if (per_cent(incident->alt.share) < ALT_WORTH)
		return;
	buf_puts(out, " or ");
	if (incident->alt_name[0] != '\0' && strcmp(incident->alt_name, incident->name) != 0) {
		put_name(out, incident, &incident->alt.blame, incident->alt_name);
		buf_puts(out, ": ");
	}
	buf_puts(out, verdict_words(incident->alt.verdict));
}

/* What follows from it: " - do not dispatch - IT network". No semicolons: Nagios makes colons of
 * them. */
static void
put_advice(struct buf *out, const struct open_incident *incident)
{
	if (verdict_is_device_innocent(incident->verdict))
		buf_puts(out, " - do not dispatch");
	if (incident->team != TEAM_NONE)
		buf_printf(out, " - %s", team_words(incident->team));
}

static void
put_incident(const struct check *check, struct buf *out, const struct open_incident *incident)
{
	put_cause(out, incident, NULL);
	if (incident->device_count > 1 ||
	    (incident->device_count == 1 && (incident->blame.type != BLAME_NODE ||
					     incident->devices[0].device != incident->blame.id))) {
		buf_puts(out, ", ");
		if (incident->out_count > 0)
			put_affected(check, out, incident);
		else
			buf_puts(out, "nothing out now");
	}
	if (incident->is_healed)
		buf_puts(out, ", recovering");
	put_advice(out, incident);
}

/* ---- devices */
static void
put_device(const struct check *check, struct buf *out, const struct agent_device *device)
{
	char age[CLOCK_DURATION_SIZE];

	check_put_text(out, device->device->name);
	buf_printf(out, " %s", health_name((enum health)device->health.state));
	if (device->health.since_ms != 0)
		buf_printf(out, " %s",
			   format_age(check->now_ms - device->health.since_ms, age, sizeof(age)));
	if (device->health.reason != REASON_NONE)
		buf_printf(out, " (%s)", reason_text((enum reason)device->health.reason));
	if (device->health.is_flapping)
		buf_puts(out, " flapping");
}

/* Names devices with problems that no incident explains, the worst first; at most `most`, one a
 * line or in a row. */
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
			struct check_view view;

			if (device->health.state != order[pass] || !check_covers(check, device))
				continue;
			view = check_view(check, device);
			if (!view.is_problem || view.incident != NULL)
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

/* ---- the first line */
static void
put_device_summary(const struct check *check, struct buf *out)
{
	struct check_view view = check_view(check, check->device);

	put_device(check, out, check->device);
	if (view.incident == NULL)
		return;
	buf_puts(out, " - ");
	put_cause(out, view.incident, check->device->device->name);
	if (view.is_innocent && !view.is_announced &&
	    (view.incident->blame.type != BLAME_NODE ||
	     view.incident->blame.id != check->device->id))
		buf_puts(out, " - the device is innocent");
	put_advice(out, view.incident);
}

static void
put_incidents_summary(const struct check *check, struct buf *out)
{
	if (check->incident_count == 0) {
		if (check->name[0] == '\0') {
			buf_puts(out, "no open incident");
		} else {
			buf_puts(out, "incident ");
			check_put_text(out, check->name);
			buf_puts(out, " is not open");
		}
		return;
	}
	put_incident(check, out, check->incidents[0]);
	if (check->incident_count > 1)
		buf_printf(out, " - %zu more incident%s", check->incident_count - 1,
			   check->incident_count == 2 ? "" : "s");
}

void
check_put_summary(const struct check *check, struct buf *out, const struct check_counts *counts,
		  enum check_code code)
{
	static const char *const words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
	char age[CLOCK_DURATION_SIZE];

	buf_printf(out, "KEEPWATCH %s - ", words[code]);
	if (check->mode == CHECK_INCIDENT) {
		put_incidents_summary(check, out);
		return;
	}
	if (check->mode == CHECK_DEVICE) {
		put_device_summary(check, out);
	} else {
		if (check->mode == CHECK_SITE) {
			buf_puts(out, "site ");
			check_put_text(out, check->name);
			buf_puts(out, ": ");
		}
		if (check->incident_count > 0) {
			put_incidents_summary(check, out);
			buf_puts(out, " - ");
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
		if (counts->announced > 0)
			buf_printf(out, ", %zu in maintenance", counts->announced);
	}
	if (counts->stale > 0)
		buf_printf(out, ", %zu not probed lately (oldest result %s old)", counts->stale,
			   format_age(counts->oldest_ms, age, sizeof(age)));
	if (check->mode != CHECK_DEVICE)
		put_problems(check, out, NAMED_IN_LINE, ": ", ", ");
}

/* ---- performance data */
static void
put_probe_perfdata(const struct check *check, struct buf *out)
{
	for (size_t i = 0; i < check->device->probe_count; i++) {
		const struct agent_probe *probe =
			&check->agent->table->probes[check->device->first_probe + i];

		if (probe->rtt_us != RTT_NONE && probe->health.state != HEALTH_DOWN)
			buf_printf(out, " %s_rtt=%.6fs;;;0",
				   probe_spec(probe->target.settings->probe)->name,
				   probe->rtt_us / 1e6);
	}
}

void
check_put_perfdata(const struct check *check, struct buf *out, const struct check_counts *counts)
{
	size_t down = counts->by_health[HEALTH_DOWN], degraded = counts->by_health[HEALTH_DEGRADED];
	size_t out_count = 0, critical = 0;

	if (check->mode == CHECK_INCIDENT) {
		for (size_t i = 0; i < check->incident_count; i++) {
			out_count += check->incidents[i]->out_count;
			critical += check_incident_code(check->incidents[i]) == CHECK_CRITICAL;
		}
		buf_printf(out, "| incidents=%zu;%s;;0 critical=%zu;;%s;0 out=%zu;;;0",
			   check->incident_count, check->warning_text, critical,
			   check->critical_text, out_count);
		return;
	}
	buf_printf(
		out,
		"| problems=%zu;%s;;0;%zu down=%zu;;%s;0;%zu degraded=%zu;;;0;%zu up=%zu;;;0;%zu "
		"unknown=%zu;;;0;%zu flapping=%zu;;;0;%zu stale=%zu;;;0;%zu incidents=%zu;;;0 "
		"announced=%zu;;;0;%zu",
		counts->problems, check->warning_text, counts->total, down, check->critical_text,
		counts->total, degraded, counts->total, counts->by_health[HEALTH_UP], counts->total,
		counts->by_health[HEALTH_UNKNOWN], counts->total, counts->flapping, counts->total,
		counts->stale, counts->total, check->incident_count, counts->announced,
		counts->total);
	if (check->mode == CHECK_DEVICE)
		put_probe_perfdata(check, out);
}

/* ---- the lines after it */
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
			check_put_text(out, probe->detail);
		}
		buf_puts(out, "\n");
	}
}

void
check_put_details(const struct check *check, struct buf *out, const struct check_counts *counts)
{
	char age[CLOCK_DURATION_SIZE];

	if (check->mode == CHECK_DEVICE)
		put_probes(check, out);
	for (size_t i = 0; i < check->incident_count && i < NAMED_IN_TEXT; i++) {
		const struct open_incident *incident = check->incidents[i];

		buf_printf(out, "incident %u: ", incident->id);
		put_incident(check, out, incident);
		buf_printf(out, " - for %s",
			   format_age(check->now_ms - incident->since_ms, age, sizeof(age)));
		if (incident->why[0] != '\0') {
			buf_puts(out, " - ");
			check_put_text(out, incident->why);
		}
		buf_puts(out, "\n");
	}
	if (check->incident_count > NAMED_IN_TEXT)
		buf_printf(out, "and %zu more incidents\n", check->incident_count - NAMED_IN_TEXT);
	if ((check->mode == CHECK_FLEET || check->mode == CHECK_SITE) &&
	    counts->problems > NAMED_IN_LINE) {
		size_t before = out->len;

		put_problems(check, out, NAMED_IN_TEXT, "", "\n");
		if (out->len > before)
			buf_puts(out, "\n");
	}
}
