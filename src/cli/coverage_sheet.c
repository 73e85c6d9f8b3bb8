/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an audit rests on, as rows of a sheet.
 */
#include "coverage_sheet.h"

#define COVERAGE_COLUMNS(X)                                                                    \
	X(DEVICE, "device", TEXT, "name in the fleet file")                                    \
	X(SITE, "site", TEXT, "site")                                                          \
	X(KIND, "kind", TEXT, "camera, door, switch ...")                                      \
	X(OWNER, "owner", TEXT, "who looks after it")                                          \
	X(STATE, "state", STATE, "state of the device")                                        \
	X(PART, "part", TEXT,                                                                  \
	  "firmware, passwords, users, ports, tls, http, snmp, anonymous, discovery, ntp or "  \
	  "clock")                                                                             \
	X(CHECKED, "checked", TIME, "when it was checked last, to about an hour; none: never") \
	X(CAN, "is_checked", BOOL, "whether it is checked, and nothing is in the way now")     \
	X(REASON, "reason", TEXT, "what is in the way")                                        \
	X(SINCE, "since", TIME, "since when; none: not known")                                 \
	X(ANSWER, "last_answer", TIME, "when the device last answered a probe")

enum coverage_column {
#define X(id, name, type, help) COL_##id,
	COVERAGE_COLUMNS(X)
#undef X
		COL_COUNT
};

#define X(id, name, type, help) {name, name, CELL_##type, COLUMN_SHOWN, help},
const struct column coverage_columns[] = {COVERAGE_COLUMNS(X)};
#undef X
const size_t coverage_column_count = COL_COUNT;

#define DOWNTIME_COLUMNS(X)                                                                  \
	X(FROM, "from", TIME, "last sign of life of the agent")                              \
	X(UNTIL, "until", TIME, "next one; none: it does not run now")                       \
	X(FOR, "duration_ms", DURATION, "how long that was, until now if it goes on, in ms") \
	X(WHAT, "kind", TEXT, "stopped, crashed or silent (suspended; or the clock jumped)")

enum downtime_column {
#define X(id, name, type, help) DOWN_##id,
	DOWNTIME_COLUMNS(X)
#undef X
		DOWN_COUNT
};

#define X(id, name, type, help) {name, name, CELL_##type, COLUMN_SHOWN, help},
const struct column downtime_columns[] = {DOWNTIME_COLUMNS(X)};
#undef X
const size_t downtime_column_count = DOWN_COUNT;

#define ACCEPTANCE_COLUMNS(X)                                                                \
	X(ID, "id", COUNT, "number")                                                         \
	X(DEVICE, "device", TEXT, "device that the finding is about")                        \
	X(SITE, "site", TEXT, "site of the device")                                          \
	X(RULE, "rule", TEXT, "rule, as a name")                                             \
	X(INSTANCE, "instance", TEXT, "which of several: a port, an account, a CVE")         \
	X(IF_INDEX, "if_index", COUNT, "ifIndex of the port that it is about")               \
	X(STATE, "state", TEXT, "in-force, expired, withdrawn or replaced (by a newer one)") \
	X(WHO, "who", TEXT, "who accepted it")                                               \
	X(WHY, "why", TEXT, "and why")                                                       \
	X(AT, "at", TIME, "when")                                                            \
	X(UNTIL, "until", TIME, "until when; none: for ever")                                \
	X(WITHDRAWN, "withdrawn", TIME, "when it was withdrawn")                             \
	X(BY, "withdrawn_by", TEXT, "who did")                                               \
	X(BECAUSE, "withdrawn_why", TEXT, "and why")                                         \
	X(OPEN, "is_found", BOOL, "whether the finding is there now")

enum acceptance_column {
#define X(id, name, type, help) ACC_##id,
	ACCEPTANCE_COLUMNS(X)
#undef X
		ACC_COUNT
};

#define X(id, name, type, help) {name, name, CELL_##type, COLUMN_SHOWN, help},
const struct column acceptance_columns[] = {ACCEPTANCE_COLUMNS(X)};
#undef X
const size_t acceptance_column_count = ACC_COUNT;

void
coverage_sheet_add(struct sheet *sheet, const struct reader_coverage *coverage,
		   enum coverage_part part)
{
	const struct reader_coverage_part *p = &coverage->parts[part];
	struct cell *row = sheet_add(sheet);

	cell_set_text(&row[COL_DEVICE], coverage->name);
	cell_set_text(&row[COL_SITE], coverage->site);
	cell_set_text(&row[COL_KIND], kind_name(coverage->kind));
	cell_set_text(&row[COL_OWNER], coverage->owner);
	cell_set_text(&row[COL_STATE], health_name(coverage->health));
	cell_set_text(&row[COL_PART], coverage_part_name(part));
	cell_set_time(&row[COL_CHECKED], p->checked_ms);
	cell_set_number(&row[COL_CAN], p->checked_ms != 0 && *p->reason == '\0');
	cell_set_text(&row[COL_REASON], p->reason);
	cell_set_time(&row[COL_SINCE], p->since_ms);
	cell_set_time(&row[COL_ANSWER], coverage->answer_ms);
}

void
downtime_sheet_add(const struct cli *cli, struct sheet *sheet,
		   const struct reader_downtime *downtime)
{
	struct cell *row = sheet_add(sheet);

	cell_set_time(&row[DOWN_FROM], downtime->from_ms);
	cell_set_time(&row[DOWN_UNTIL], downtime->until_ms);
	cell_set_age(&row[DOWN_FOR], downtime->from_ms,
		     downtime->until_ms != 0 ? downtime->until_ms : cli->now_ms);
	cell_set_text(&row[DOWN_WHAT], downtime_name(downtime->kind));
}

static const char *
acceptance_state(const struct cli *cli, const struct reader_acceptance *acceptance)
{
	if (acceptance->withdrawn_ms != 0)
		return "withdrawn";
	if (acceptance->is_replaced)
		return "replaced";
	return acceptance->until_ms != 0 && acceptance->until_ms <= cli->now_ms ? "expired"
										: "in-force";
}

void
acceptance_sheet_add(const struct cli *cli, struct sheet *sheet,
		     const struct reader_acceptance *acceptance)
{
	struct cell *row = sheet_add(sheet);

	cell_set_number(&row[ACC_ID], acceptance->id);
	cell_set_text(&row[ACC_DEVICE], acceptance->name);
	cell_set_text(&row[ACC_SITE], acceptance->site);
	cell_set_text(&row[ACC_RULE], acceptance->rule_name);
	cell_set_text(&row[ACC_INSTANCE], acceptance->instance);
	if (acceptance->port != 0)
		cell_set_number(&row[ACC_IF_INDEX], acceptance->port);
	cell_set_text(&row[ACC_STATE], acceptance_state(cli, acceptance));
	cell_set_text(&row[ACC_WHO], acceptance->who);
	cell_set_text(&row[ACC_WHY], acceptance->why);
	cell_set_time(&row[ACC_AT], acceptance->at_ms);
	cell_set_time(&row[ACC_UNTIL], acceptance->until_ms);
	cell_set_time(&row[ACC_WITHDRAWN], acceptance->withdrawn_ms);
	cell_set_text(&row[ACC_BY], acceptance->withdrawn_by);
	cell_set_text(&row[ACC_BECAUSE], acceptance->withdrawn_why);
	cell_set_number(&row[ACC_OPEN], acceptance->is_open);
}
