/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is stored of an incident, as rows: lines of evidence, alternatives, changes of mind.
 */
#include "why.h"

#include "human.h"
#include "incident_sheet.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_MS = 24 * 3600 * 1000, TEXT_MAX = 4096 };

#define S COLUMN_SHOWN
#define L COLUMN_LISTED
#define E COLUMN_HIDDEN_IF_EMPTY

#define LINE_COLUMNS(X)                                                                     \
	X(AT, "at", "MEASURED", TEXT, S | L | E, "when it was measured")                    \
	X(TIME, "time", "TIME", TIME, 0, "when it was measured; none: it holds throughout") \
	X(SAYS, "says", "IT SPEAKS", TEXT, S | L | E, "for or against the verdict")         \
	X(WEIGHT, "weight", "WEIGHT", REAL, 0, "nats for the verdict, negative against it") \
	X(NODE, "device", "DEVICE", TEXT, 0, "whom it speaks of")                           \
	X(PORT, "if_index", "IFINDEX", COUNT, 0, "port of that one")                        \
	X(TEXT, "text", "EVIDENCE", TEXT, S | COLUMN_WRAP, "in words")

#define ALT_COLUMNS(X)                                                                    \
	X(WHAT, "what", "IT MAY BE", TEXT, S | L | COLUMN_WRAP, "what is blamed then")    \
	X(CLASS, "class", "CLASS", TEXT, 0, "class, as a name")                           \
	X(BLAME, "blame", "BLAME", TEXT, 0, "node, site or zone")                         \
	X(NAME, "name", "NAME", TEXT, 0, "name of that one")                              \
	X(LIKELY, "likely", "SHARE", TEXT, S | L, "share of the belief")                  \
	X(SHARE, "share", "SHARE", COUNT, 0, "percent of the belief")                     \
	X(SEND, "send", "TECHNICIAN", TEXT, S | L, "whether to send somebody")            \
	X(INNOCENT, "no_technician", "INNOCENT", BOOL, 0, "nobody has to go to a device") \
	X(TEAM, "team", "TEAM", TEXT, 0, "whose job it would be")

#define STEP_COLUMNS(X)                                                                        \
	X(AT, "at", "AT", TEXT, S | L, "when")                                                 \
	X(NUMBER, "number", "NUMBER", COUNT, 0, "number of the step")                          \
	X(TIME, "time", "TIME", TIME, 0, "when")                                               \
	X(STEP, "step", "STEP", TEXT, S, "opened, grown, re-blamed, refined, healed, closed ") \
	X(WHAT, "what", "TO BLAME", TEXT, S | L | COLUMN_WRAP, "what was to blame then")       \
	X(CLASS, "class", "CLASS", TEXT, 0, "class, as a name")                                \
	X(BLAME, "blame", "BLAME", TEXT, 0, "node, site or zone")                              \
	X(NAME, "name", "NAME", TEXT, 0, "name of that one")                                   \
	X(TEAM, "team", "TEAM", TEXT, 0, "whose job it was")                                   \
	X(SURE, "sure", "SURE", TEXT, S | L, "how sure")                                       \
	X(CONFIDENCE, "confidence", "SURE", COUNT, 0, "percent")                               \
	X(DEVICES, "devices", "DEVICES", COUNT, S, "how many were affected")                   \
	X(ALERT, "alert", "TOLD", BOOL, S, "whether a person was told")                        \
	X(OTHER, "other", "OTHER", COUNT, 0, "adopted: by which incident")                     \
	X(NOTE, "note", "NOTE", TEXT, 0, "what a person noted")                                \
	X(BY, "by", "BY", TEXT, 0, "who that was")

#define X(id, name, title, type, flags, help) LINE_##id,
enum line_column { LINE_COLUMNS(X) LINE_COUNT };
#undef X
#define X(id, name, title, type, flags, help) ALT_##id,
enum alt_column { ALT_COLUMNS(X) ALT_COUNT };
#undef X
#define X(id, name, title, type, flags, help) STEP_##id,
enum step_column { STEP_COLUMNS(X) STEP_COUNT };
#undef X

#define X(id, name, title, type, flags, help) {name, title, CELL_##type, flags, help},
const struct column why_line_columns[] = {LINE_COLUMNS(X)};
const struct column why_alt_columns[] = {ALT_COLUMNS(X)};
const struct column why_step_columns[] = {STEP_COLUMNS(X)};
#undef X
const size_t why_line_column_count = LINE_COUNT;
const size_t why_alt_column_count = ALT_COUNT;
const size_t why_step_column_count = STEP_COUNT;

const char *
why_time(const struct why *why, int64_t at_ms, char *out, size_t size)
{
	int64_t apart_ms = at_ms - why->incident->since_ms;
	char text[CLOCK_ISO_SIZE];
	const char *blank;

	*out = '\0';
	if (at_ms == 0)
		return out;
	clock_format_local(at_ms, text, sizeof(text));
	blank = strchr(text, ' ');
	snprintf(out, size, "%s",
		 blank != NULL && apart_ms > -DAY_MS && apart_ms < DAY_MS ? blank + 1 : text);
	return out;
}

static void
set_time(const struct why *why, struct sheet *sheet, struct cell *cell, int64_t at_ms)
{
	char text[WHY_TIME_SIZE];

	cell_set_copy(sheet, cell, why_time(why, at_ms, text, sizeof(text)));
}

static void
set_sure(struct sheet *sheet, struct cell *cell, float share)
{
	char text[16];

	snprintf(text, sizeof(text), "%d %%", human_share(share));
	cell_set_copy(sheet, cell, text);
}

static void
set_what(struct sheet *sheet, struct cell *cell, enum verdict verdict, const char *name,
	 const char *more)
{
	struct buf buf;

	buf_init(&buf, TEXT_MAX);
	incident_put_what(&buf, verdict, name);
	buf_puts(&buf, more);
	cell_set_copy(sheet, cell, buf.data != NULL ? buf.data : "");
	buf_fini(&buf);
}

/* A factor of e^3 is strong, one below e weak. */
static const char *
weight_words(float weight)
{
	if (weight == 0)
		return "";
	if (weight < 0)
		return weight <= -3   ? "strongly against"
		       : weight <= -1 ? "against"
				      : "weakly against";
	return weight >= 3 ? "strongly for" : weight >= 1 ? "for" : "weakly for";
}

void
why_fill_lines(const struct why *why, struct sheet *sheet, const struct evidence_line_list *lines,
	       size_t most)
{
	for (size_t i = 0; i < lines->count && i < most; i++) {
		const struct evidence_line *line = &lines->items[i];
		const struct reader_device *device = why_find_device(why, line->node);
		struct cell *row = sheet_add(sheet);

		set_time(why, sheet, &row[LINE_AT], line->at_ms);
		cell_set_time(&row[LINE_TIME], line->at_ms);
		cell_set_text(&row[LINE_SAYS], weight_words(line->weight));
		row[LINE_SAYS].tint = line->weight < 0 ? TINT_WARN : TINT_NONE;
		cell_set_real(&row[LINE_WEIGHT], (double)line->weight);
		if (device != NULL)
			cell_set_text(&row[LINE_NODE], device->name);
		if (line->port != 0)
			cell_set_number(&row[LINE_PORT], line->port);
		cell_set_text(&row[LINE_TEXT], line->text);
	}
}

void
why_fill_alts(const struct why *why, struct sheet *sheet)
{
	for (size_t i = 0; i < why->alts.count; i++) {
		const struct verdict_alt *alt = &why->alts.items[i].alt;
		bool is_innocent = verdict_is_device_innocent(alt->verdict);
		struct cell *row = sheet_add(sheet);

		set_what(sheet, &row[ALT_WHAT], alt->verdict, why->alts.items[i].name, "");
		cell_set_text(&row[ALT_CLASS], verdict_name(alt->verdict));
		cell_set_text(&row[ALT_BLAME], incident_blame_type(&alt->blame));
		cell_set_text(&row[ALT_NAME], why->alts.items[i].name);
		set_sure(sheet, &row[ALT_LIKELY], alt->share);
		cell_set_percent(&row[ALT_SHARE], (double)alt->share);
		cell_set_text(&row[ALT_SEND], incident_send(alt->verdict));
		cell_set_number(&row[ALT_INNOCENT], is_innocent);
		cell_set_text(&row[ALT_TEAM], team_name(verdict_team(alt->verdict)));
	}
}

void
why_fill_steps(const struct why *why, struct sheet *sheet, size_t first)
{
	for (size_t i = first; i < why->steps.count; i++) {
		const struct reader_incident_step *step = &why->steps.items[i];
		struct cell *row = sheet_add(sheet);
		char more[INCIDENT_NOTE_SIZE * 2 + 32] = "";

		if (step->step == INCIDENT_ADOPTED && step->other != 0)
			snprintf(more, sizeof(more), " (explained by incident %u)", step->other);
		else if (*step->note != '\0' || *step->by != '\0')
			snprintf(more, sizeof(more), " (%s%s%s)", step->by,
				 *step->by != '\0' && *step->note != '\0' ? ": " : "", step->note);
		set_time(why, sheet, &row[STEP_AT], step->at_ms);
		cell_set_number(&row[STEP_NUMBER], step->number);
		cell_set_time(&row[STEP_TIME], step->at_ms);
		cell_set_text(&row[STEP_STEP], incident_step_name(step->step));
		set_what(sheet, &row[STEP_WHAT], step->verdict, step->blame_name, more);
		cell_set_text(&row[STEP_CLASS], verdict_name(step->verdict));
		cell_set_text(&row[STEP_BLAME], incident_blame_type(&step->blame));
		cell_set_text(&row[STEP_NAME], step->blame_name);
		cell_set_text(&row[STEP_TEAM], team_name(step->team));
		set_sure(sheet, &row[STEP_SURE], step->confidence);
		cell_set_percent(&row[STEP_CONFIDENCE], (double)step->confidence);
		cell_set_number(&row[STEP_DEVICES], step->devices);
		cell_set_number(&row[STEP_ALERT], step->is_alert);
		if (step->other != 0)
			cell_set_number(&row[STEP_OTHER], step->other);
		cell_set_text(&row[STEP_NOTE], step->note);
		cell_set_text(&row[STEP_BY], step->by);
	}
}
