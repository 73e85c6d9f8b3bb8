/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Events of the core as lines: as verdicts of the diagnosis benchmark, as JSON with the names and
 * times of our exports, and in words.
 */
#include "replay.h"

#include "cli.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"

#include <inttypes.h>
#include <string.h>

enum { NAMES_SHOWN = 6 };

static const char *
name(const struct replay *replay, enum blame_type type, uint32_t id)
{
	return evidence_reader_name(replay->reader, type, id);
}

static const char *
blame_name(const struct replay *replay, const struct blame *blame)
{
	return name(replay, (enum blame_type)blame->type, blame->id);
}

static void
put_text(struct buf *out, const char *key, const char *text)
{
	buf_printf(out, ",\"%s\":", key);
	buf_put_json_string(out, text, strlen(text));
}

static void
put_devices(const struct replay *replay, struct buf *out, const struct diag_event *event)
{
	buf_puts(out, ",\"devices\":[");
	for (size_t i = 0; i < event->device_count; i++) {
		const char *device = name(replay, BLAME_NODE, event->devices[i].device);

		if (i > 0)
			buf_puts(out, ",");
		buf_put_json_string(out, device, strlen(device));
	}
	buf_puts(out, "]");
}

static void
put_reasons(const struct replay *replay, struct buf *out, const char *key,
	    const struct diag_reason *reasons, size_t count, int64_t zero_ms)
{
	char text[EVIDENCE_TEXT_SIZE];

	buf_printf(out, ",\"%s\":[", key);
	for (size_t i = 0; i < count; i++) {
		diag_words(&reasons[i], evidence_reader_name, replay->reader, zero_ms, text,
			   sizeof(text));
		if (i > 0)
			buf_puts(out, ",");
		buf_put_json_string(out, text, strlen(text));
	}
	buf_puts(out, "]");
}

static void
put_alts(const struct replay *replay, struct buf *out, const struct diag_event *event)
{
	buf_puts(out, ",\"alts\":[");
	for (size_t i = 0; i < event->alt_count; i++) {
		const char *node = blame_name(replay, &event->alts[i].blame);

		buf_printf(out, "%s[\"%s\",", i > 0 ? "," : "",
			   verdict_name(event->alts[i].verdict));
		buf_put_json_string(out, node, strlen(node));
		buf_puts(out, "]");
	}
	buf_puts(out, "]");
}

void
replay_put_verdict(struct replay *replay, struct buf *out, const struct diag_event *event)
{
	static const char *const words[INCIDENT_STEP_COUNT] = {
		[INCIDENT_OPENED] = "open",	[INCIDENT_GROWN] = "update",
		[INCIDENT_REBLAMED] = "update", [INCIDENT_REFINED] = "update",
		[INCIDENT_HEALED] = "update",	[INCIDENT_CLOSED] = "close",
		[INCIDENT_ADOPTED] = "close",	[INCIDENT_OVERTURNED] = "close",
	};
	int64_t t_ms = event->at_ms - EVIDENCE_SCENARIO_ZERO_MS;

	buf_printf(out, "{\"t\":%" PRId64 ".%03" PRId64 ",\"inc\":\"i%u\",\"event\":\"%s\"",
		   t_ms / 1000, t_ms % 1000, event->incident, words[event->step]);
	put_text(out, "class", verdict_name(event->verdict));
	put_text(out, "node", blame_name(replay, &event->blame));
	buf_printf(out, ",\"conf\":%.3f", (double)event->confidence);
	put_text(out, "team", team_name(event->team));
	put_devices(replay, out, event);
	buf_printf(out, ",\"alert\":%s", event->is_alert ? "true" : "false");
	put_reasons(replay, out, "evidence", event->reasons, event->reason_count,
		    EVIDENCE_SCENARIO_ZERO_MS);
	put_alts(replay, out, event);
	buf_puts(out, "}\n");
}

void
replay_put_json(struct replay *replay, struct buf *out, const struct diag_event *event)
{
	char at[CLOCK_ISO_SIZE], since[CLOCK_ISO_SIZE];

	buf_printf(out, "{\"time\":\"%s\",\"incident\":%u,\"event\":\"%s\"",
		   clock_format_iso(event->at_ms, at, sizeof(at)), event->incident,
		   incident_step_name(event->step));
	put_text(out, "class", verdict_name(event->verdict));
	put_text(out, "blamed", blame_name(replay, &event->blame));
	buf_printf(out, ",\"confidence\":%.3f", (double)event->confidence);
	put_text(out, "team", team_name(event->team));
	buf_printf(out, ",\"alert\":%s,\"since\":", event->is_alert ? "true" : "false");
	if (event->since_ms != 0)
		buf_printf(out, "\"%s\"", clock_format_iso(event->since_ms, since, sizeof(since)));
	else
		buf_puts(out, "null");
	if (event->step == INCIDENT_ADOPTED)
		buf_printf(out, ",\"adopted_by\":%u", event->other);
	put_devices(replay, out, event);
	put_reasons(replay, out, "evidence", event->reasons, event->reason_count, -1);
	put_reasons(replay, out, "deciders", event->deciders, event->decider_count, -1);
	put_alts(replay, out, event);
	buf_puts(out, "}\n");
}

static void
put_name(const struct replay *replay, struct buf *out, const char *text)
{
	term_put_text(replay->cli->term.has_utf8, out, text, strlen(text));
}

static enum term_tint
tint_of(const struct diag_event *event)
{
	switch (event->step) {
	case INCIDENT_OPENED:
	case INCIDENT_REBLAMED:
		return TINT_BAD;
	case INCIDENT_HEALED:
	case INCIDENT_CLOSED:
		return TINT_GOOD;
	default:
		return TINT_NONE;
	}
}

static void
put_reason_lines(const struct replay *replay, struct buf *out, const char *head,
		 const struct diag_reason *reasons, size_t count)
{
	char text[EVIDENCE_TEXT_SIZE];

	for (size_t i = 0; i < count; i++) {
		diag_words(&reasons[i], evidence_reader_name, replay->reader, -1, text,
			   sizeof(text));
		buf_puts(out, head);
		put_name(replay, out, text);
		buf_puts(out, "\n");
	}
}

void
replay_put_words(struct replay *replay, struct buf *out, const struct diag_event *event)
{
	char at[CLOCK_ISO_SIZE], since[CLOCK_ISO_SIZE];
	size_t shown = event->device_count < NAMES_SHOWN ? event->device_count : NAMES_SHOWN;

	buf_printf(out, "%s  incident %u ", clock_format_local(event->at_ms, at, sizeof(at)),
		   event->incident);
	term_put_tinted(&replay->cli->term, out, tint_of(event), incident_step_name(event->step));
	if (event->step == INCIDENT_ADOPTED)
		buf_printf(out, " by incident %u", event->other);
	buf_printf(out, ": %s, ", verdict_words(event->verdict));
	put_name(replay, out, blame_name(replay, &event->blame));
	buf_printf(out, " (%.0f %%), for %s", 100 * (double)event->confidence,
		   team_words(event->team));
	if (event->since_ms != 0)
		buf_printf(out, ", since %s",
			   clock_format_local(event->since_ms, since, sizeof(since)));
	buf_puts(out, "\n");
	if (event->step == INCIDENT_CLOSED || event->step == INCIDENT_ADOPTED)
		return;
	if (event->device_count > 0)
		buf_printf(out, "    %zu %s:", event->device_count,
			   event->device_count == 1 ? "device" : "devices");
	for (size_t i = 0; i < shown; i++) {
		buf_puts(out, i > 0 ? ", " : " ");
		put_name(replay, out, name(replay, BLAME_NODE, event->devices[i].device));
	}
	if (shown < event->device_count)
		buf_printf(out, " and %zu more", event->device_count - shown);
	if (event->device_count > 0)
		buf_puts(out, "\n");
	put_reason_lines(replay, out, "    - ", event->reasons, event->reason_count);
	put_reason_lines(replay, out, "    ? ", event->deciders, event->decider_count);
}
