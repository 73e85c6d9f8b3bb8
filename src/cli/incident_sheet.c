/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Incidents as rows of a sheet.
 */
#include "incident_sheet.h"

#include "human.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

enum { WHAT_MAX = 1024 };

#define S COLUMN_SHOWN
#define L COLUMN_LISTED
#define Y COLUMN_YIELDS

#define INCIDENT_COLUMNS(X)                                                                        \
	X(ID, "id", "ID", COUNT, S, "number")                                                      \
	X(SINCE, "since", "SINCE", TIME, S | 3 * Y, "since when: the onset of the fault")          \
	X(FOR, "duration_ms", "FOR", DURATION, S, "how long, until it was closed or now, in ms")   \
	X(WHAT, "what", "TO BLAME", TEXT, S | COLUMN_WRAP, "what is to blame, in words")           \
	X(CLASS, "class", "CLASS", TEXT, 0, "class of the verdict, as a name")                     \
	X(BLAME, "blame", "BLAME", TEXT, 0, "what is blamed: node, site or zone")                  \
	X(NAME, "name", "NAME", TEXT, 0, "name of what is blamed")                                 \
	X(SITE, "site", "SITE", TEXT, S | COLUMN_HIDDEN_IF_EMPTY | COLUMN_TRUNC | 2 * Y,           \
	  "site of what is blamed, or of all that is affected")                                    \
	X(SURE, "sure", "SURE", TEXT, S | L, "how sure, in percent")                               \
	X(CONFIDENCE, "confidence", "SURE", COUNT, 0, "percent: that class and name are right")    \
	X(WHOSE, "whose", "WHOSE JOB", TEXT, S | L | COLUMN_WRAP, "whose job it is, in words")     \
	X(TEAM, "team", "TEAM", TEXT, 0, "whose job it is, as a name")                             \
	X(AFFECTED, "affected", "OUT", TEXT, S | L | 1 * Y,                                        \
	  "affected devices, and how many of them are out")                                        \
	X(DEVICES, "devices", "DEVICES", COUNT, 0, "devices affected")                             \
	X(OUT, "out", "OUT", COUNT, 0, "of these still out")                                       \
	X(SEND, "send", "TECHNICIAN", TEXT, S | L, "whether to send somebody to the devices")      \
	X(INNOCENT, "no_technician", "INNOCENT", BOOL, 0,                                          \
	  "whether the devices are innocent: nobody has to go to them")                            \
	X(NOTED, "noted", "STATE", TEXT, S | L | COLUMN_HIDDEN_IF_EMPTY, "its state, unless open") \
	X(STATE, "state", "STATE", TEXT, 0, "open, healed, closed, adopted or overturned")         \
	X(OPENED, "opened", "OPENED", TIME, 0, "when it was opened")                               \
	X(TOLD, "told", "TOLD", TIME, 0, "when a person was first told")                           \
	X(ALERTS, "alerts", "ALERTS", COUNT, 0, "how often a person was told")                     \
	X(CHANGED, "changed", "CHANGED", TIME, 0, "when the mind was last changed")                \
	X(HEALED, "healed", "HEALED", TIME, 0, "when what is blamed worked again")                 \
	X(CLOSED, "closed", "CLOSED", TIME, 0, "when it was closed")                               \
	X(ADOPTED_BY, "adopted_by", "ADOPTED BY", COUNT, 0, "the incident that explains it")       \
	X(OVERTURNED, "overturned", "OVERTURNED", TIME, 0, "when a person said what it was")       \
	X(CAUSE, "cause", "CAUSE", TEXT, 0, "what that person said, a class")                      \
	X(NOTE, "note", "NOTE", TEXT, 0, "what that person noted")                                 \
	X(BY, "by", "BY", TEXT, 0, "who that was")                                                 \
	X(STEPS, "steps", "STEPS", COUNT, 0, "how often the mind was changed")

enum incident_column {
#define X(id, name, title, type, flags, help) COL_##id,
	INCIDENT_COLUMNS(X)
#undef X
		COL_COUNT
};

#define X(id, name, title, type, flags, help) {name, title, CELL_##type, flags, help},
const struct column incident_columns[] = {INCIDENT_COLUMNS(X)};
#undef X
const size_t incident_column_count = COL_COUNT;

void
incident_put_what(struct buf *buf, enum verdict verdict, const char *blame_name)
{
	buf_puts(buf, verdict_words(verdict));
	if (*blame_name != '\0' && verdict != VERDICT_MONITOR)
		buf_printf(buf, ": %s", blame_name);
}

const char *
incident_blame_type(const struct blame *blame)
{
	static const char *const names[] = {
		[BLAME_NODE] = "node", [BLAME_SITE] = "site", [BLAME_ZONE] = "zone"};

	return blame->type < MEM_COUNT(names) ? names[blame->type] : "node";
}

const char *
incident_send(enum verdict verdict)
{
	if (verdict_is_device_innocent(verdict))
		return "no";
	if (verdict == VERDICT_UNDETERMINED)
		return "wait";
	return verdict == VERDICT_DEVICE_HW || verdict == VERDICT_CABLE_PORT ? "yes" : "";
}

const char *
incident_state(const struct reader_incident *incident)
{
	if (incident->overturned_ms != 0)
		return "overturned";
	if (incident->adopted_by != 0)
		return "adopted";
	if (incident->closed_ms != 0)
		return "closed";
	return incident->healed_ms != 0 ? "healed" : "open";
}

bool
incident_parse_id(const char *text, uint32_t *id)
{
	unsigned long long number;
	char *end;

	text += *text == '#';
	if (*text < '0' || *text > '9')
		return false;
	number = strtoull(text, &end, 10);
	if (*end != '\0' || number == 0 || number > UINT32_MAX)
		return false;
	*id = (uint32_t)number;
	return true;
}

static void
set_words(struct sheet *sheet, struct cell *cell, const struct buf *buf)
{
	cell_set_copy(sheet, cell, buf->data != NULL ? buf->data : "");
	if (buf->error != 0)
		sheet->error = ERR_NOMEM;
}

/* The cells that are only for the eye. */
static void
set_listed(struct sheet *sheet, struct cell *row, const struct reader_incident *incident)
{
	struct buf buf;

	buf_init(&buf, WHAT_MAX);
	incident_put_what(&buf, incident->verdict, incident->blame_name);
	set_words(sheet, &row[COL_WHAT], &buf);
	buf_reset(&buf);
	buf_printf(&buf, "%d %%", human_share(incident->confidence));
	set_words(sheet, &row[COL_SURE], &buf);
	buf_reset(&buf);
	if (incident->closed_ms == 0)
		buf_printf(&buf, "%u of ", incident->out);
	buf_printf(&buf, "%u", incident->devices);
	set_words(sheet, &row[COL_AFFECTED], &buf);
	buf_fini(&buf);
	cell_set_text(&row[COL_WHOSE], team_words(incident->team));
	cell_set_text(&row[COL_SEND], incident_send(incident->verdict));
	if (strcmp(incident_state(incident), "open") != 0)
		cell_set_text(&row[COL_NOTED], incident_state(incident));
}

void
incident_sheet_add(const struct cli *cli, struct sheet *sheet,
		   const struct reader_incident *incident)
{
	struct cell *row = sheet_add(sheet);
	int64_t until_ms = incident->closed_ms != 0 ? incident->closed_ms : cli->now_ms;

	cell_set_number(&row[COL_ID], incident->id);
	cell_set_time(&row[COL_SINCE], incident->since_ms);
	cell_set_age(&row[COL_FOR], incident->since_ms, until_ms);
	cell_set_text(&row[COL_CLASS], verdict_name(incident->verdict));
	cell_set_text(&row[COL_BLAME], incident_blame_type(&incident->blame));
	cell_set_text(&row[COL_NAME], incident->blame_name);
	cell_set_text(&row[COL_SITE], incident->site);
	cell_set_percent(&row[COL_CONFIDENCE], incident->confidence);
	cell_set_text(&row[COL_TEAM], team_name(incident->team));
	cell_set_number(&row[COL_DEVICES], incident->devices);
	cell_set_number(&row[COL_OUT], incident->out);
	cell_set_number(&row[COL_INNOCENT], verdict_is_device_innocent(incident->verdict));
	cell_set_text(&row[COL_STATE], incident_state(incident));
	cell_set_time(&row[COL_OPENED], incident->opened_ms);
	cell_set_time(&row[COL_TOLD], incident->told_ms);
	cell_set_number(&row[COL_ALERTS], incident->told_count);
	cell_set_time(&row[COL_CHANGED], incident->changed_ms);
	cell_set_time(&row[COL_HEALED], incident->healed_ms);
	cell_set_time(&row[COL_CLOSED], incident->closed_ms);
	if (incident->adopted_by != 0)
		cell_set_number(&row[COL_ADOPTED_BY], incident->adopted_by);
	cell_set_time(&row[COL_OVERTURNED], incident->overturned_ms);
	if (incident->overturned_ms != 0)
		cell_set_text(&row[COL_CAUSE], verdict_name(incident->cause));
	cell_set_text(&row[COL_NOTE], incident->note);
	cell_set_text(&row[COL_BY], incident->by);
	cell_set_number(&row[COL_STEPS], incident->steps);
	row[COL_WHAT].tint = incident->closed_ms == 0 ? TINT_BAD : TINT_NONE;
	set_listed(sheet, row, incident);
}
