/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ledger of passwords as rows of a sheet.
 */
#include "password_sheet.h"

#include "keepwatch/conf.h"
#include "keepwatch/mem.h"
#include "keepwatch/name_find.h"

#define ACCOUNT_COLUMNS(X)                                                               \
	X(DEVICE, "device", TEXT, "name in the fleet file")                              \
	X(SITE, "site", TEXT, "site")                                                    \
	X(KIND, "kind", TEXT, "camera, door, switch ...")                                \
	X(OWNER, "owner", TEXT, "who looks after it")                                    \
	X(ACCOUNT, "account", TEXT, "account on the device; community: of SNMP v1, v2c") \
	X(USE, "use", TEXT, "by which door it was tried: onvif, http, snmp")

#define PASSWORD_COLUMNS(X)                                                                        \
	ACCOUNT_COLUMNS(X)                                                                         \
	X(STATUS, "status", TEXT, "proven, refused, default or unproven")                          \
	X(FIRST, "first_proven", TIME, "first login with this password")                           \
	X(LAST, "last_proven", TIME, "last login with it, to about an hour")                       \
	X(CHANGE, "change", TEXT, "how its change is known: never, proven, rotated, attested")     \
	X(AFTER, "changed_after", TIME, "it came into force after this")                           \
	X(BEFORE, "changed_before", TIME, "and before this")                                       \
	X(REFUSED, "refused_since", TIME, "since when the device refuses it")                      \
	X(GROUP, "shared_group", COUNT, "number of the group of devices that have the same one")   \
	X(SHARED, "shared_devices", COUNT, "how many devices have the same one, this included")    \
	X(DEFAULT, "default_found", TIME, "when it was found that the device takes a default one") \
	X(WHO, "who", TEXT, "of an attested change: who said so")                                  \
	X(WHY, "why", TEXT, "and why")

enum password_column {
#define X(id, name, type, help) COL_##id,
	PASSWORD_COLUMNS(X)
#undef X
		COL_COUNT
};

#define X(id, name, type, help) {name, name, CELL_##type, COLUMN_SHOWN, help},
const struct column password_columns[] = {PASSWORD_COLUMNS(X)};
#undef X
const size_t password_column_count = COL_COUNT;

#define AGE_COLUMNS(X)                                                                         \
	ACCOUNT_COLUMNS(X)                                                                     \
	X(LEAST, "age_least_days", COUNT, "full days that it is old for certain")              \
	X(MOST, "age_most_days", COUNT,                                                        \
	  "full days that it may be old; none: nobody saw it change")                          \
	X(LIMIT, "limit_days", COUNT, "days that policy allows; none: any")                    \
	X(STATUS, "status", TEXT, "ok, unsure, overdue, no-limit or unproven")                 \
	X(CHANGE, "change", TEXT, "how its change is known: never, proven, rotated, attested") \
	X(AFTER, "changed_after", TIME, "it came into force after this")                       \
	X(BEFORE, "changed_before", TIME, "and before this")                                   \
	X(LAST, "last_proven", TIME, "last login with it, to about an hour")

enum age_column {
#define X(id, name, type, help) AGE_##id,
	AGE_COLUMNS(X)
#undef X
		AGE_COUNT
};

/* `password status` shows them to people: title, and what else the column is. */
#define S COLUMN_SHOWN
#define E COLUMN_HIDDEN_IF_EMPTY

#define AGE_SHOWN_DEVICE			   "DEVICE", S
#define AGE_SHOWN_SITE				   "SITE", S | E
#define AGE_SHOWN_KIND				   "KIND", 0
#define AGE_SHOWN_OWNER				   "OWNER", 0
#define AGE_SHOWN_ACCOUNT			   "ACCOUNT", S
#define AGE_SHOWN_USE				   "USE", S
#define AGE_SHOWN_LEAST				   "DAYS OLD", S
#define AGE_SHOWN_MOST				   "AT MOST", S | E
#define AGE_SHOWN_LIMIT				   "ALLOWED", S | E
#define AGE_SHOWN_STATUS			   "STATUS", S
#define AGE_SHOWN_CHANGE			   "CHANGE", S
#define AGE_SHOWN_AFTER				   "CHANGED AFTER", S | E
#define AGE_SHOWN_BEFORE			   "AND BEFORE", S | E
#define AGE_SHOWN_LAST				   "LAST PROVEN", S
#define AGE_COLUMN(name, type, title, flags, help) {name, title, CELL_##type, flags, help},
#define AGE_COLUMN_OF(name, type, shown, help)	   AGE_COLUMN(name, type, shown, help)
#define X(id, name, type, help)			   AGE_COLUMN_OF(name, type, AGE_SHOWN_##id, help)
const struct column password_age_columns[] = {AGE_COLUMNS(X)};
#undef X
#undef S
#undef E
const size_t password_age_column_count = AGE_COUNT;

#define EVENT_COLUMNS(X)                                                                   \
	X(DEVICE, "device", TEXT, "name in the fleet file")                                \
	X(SITE, "site", TEXT, "site")                                                      \
	X(ACCOUNT, "account", TEXT, "account on the device")                               \
	X(USE, "use", TEXT, "by which door: onvif, http, snmp")                            \
	X(AT, "time", TIME, "when it was seen or said")                                    \
	X(EVENT, "event", TEXT,                                                            \
	  "first-proven, changed, refused, accepted, attested, rotated, default-found or " \
	  "default-gone")                                                                  \
	X(AFTER, "changed_after", TIME, "of a change: it came into force after this")      \
	X(BEFORE, "changed_before", TIME, "and before this")                               \
	X(WHO, "who", TEXT, "who said or did it")                                          \
	X(WHY, "why", TEXT, "and why")

enum event_column {
#define X(id, name, type, help) EVENT_COL_##id,
	EVENT_COLUMNS(X)
#undef X
		EVENT_COL_COUNT
};

#define X(id, name, type, help) {name, name, CELL_##type, COLUMN_SHOWN, help},
const struct column password_event_columns[] = {EVENT_COLUMNS(X)};
#undef X
const size_t password_event_column_count = EVENT_COL_COUNT;

static const char *const state_names[] = {
#define X(name, text) text,
	PASSWORD_STATES(X)
#undef X
};
static const char *const age_names[] = {
#define X(name, text) text,
	PASSWORD_AGES(X)
#undef X
};

const char *
password_state_name(enum password_state state)
{
	return name_of(state_names, MEM_COUNT(state_names), (int)state);
}

const char *
password_age_name(enum password_age age)
{
	return name_of(age_names, MEM_COUNT(age_names), (int)age);
}

enum password_state
password_state_of(const struct ledger_entry *entry)
{
	if (entry->default_found_ms != 0)
		return PASSWORD_DEFAULT;
	if (entry->refused_ms != 0)
		return PASSWORD_REFUSED;
	return entry->last_proven_ms != 0 ? PASSWORD_PROVEN : PASSWORD_UNPROVEN;
}

int64_t
password_age_limit(const struct cli *cli, enum device_kind kind)
{
	return cli->conf == NULL ? 0 : cli->conf->audit->kinds[kind].password_max_age_ms;
}

enum password_age
password_age_of(const struct cli *cli, const struct reader_ledger *ledger)
{
	int64_t limit_ms = password_age_limit(cli, ledger->kind), least_ms, most_ms;

	ledger_age(&ledger->entry, cli->now_ms, &least_ms, &most_ms);
	if (most_ms == 0)
		return PASSWORD_AGE_NONE;
	if (limit_ms == 0)
		return PASSWORD_AGE_ANY;
	if (least_ms > limit_ms)
		return PASSWORD_AGE_OVERDUE;
	return most_ms > limit_ms ? PASSWORD_AGE_UNSURE : PASSWORD_AGE_FINE;
}

/* The columns that both tables begin with. */
static void
set_account(struct cell *row, const struct reader_ledger *ledger)
{
	cell_set_text(&row[COL_DEVICE], ledger->name);
	cell_set_text(&row[COL_SITE], ledger->site);
	cell_set_text(&row[COL_KIND], kind_name(ledger->kind));
	cell_set_text(&row[COL_OWNER], ledger->owner);
	cell_set_text(&row[COL_ACCOUNT], ledger->entry.account);
	cell_set_text(&row[COL_USE], ledger_use_name(ledger->entry.use));
}

void
password_sheet_add(struct sheet *sheet, const struct reader_ledger *ledger)
{
	const struct ledger_entry *entry = &ledger->entry;
	struct cell *row = sheet_add(sheet);

	set_account(row, ledger);
	cell_set_text(&row[COL_STATUS], password_state_name(password_state_of(entry)));
	cell_set_time(&row[COL_FIRST], entry->first_proven_ms);
	cell_set_time(&row[COL_LAST], entry->last_proven_ms);
	cell_set_text(&row[COL_CHANGE], ledger_change_name(entry->change));
	cell_set_time(&row[COL_AFTER], entry->changed_after_ms);
	cell_set_time(&row[COL_BEFORE], entry->changed_before_ms);
	cell_set_time(&row[COL_REFUSED], entry->refused_ms);
	if (ledger->group != 0)
		cell_set_number(&row[COL_GROUP], ledger->group);
	if (ledger->group_devices != 0)
		cell_set_number(&row[COL_SHARED], ledger->group_devices);
	cell_set_time(&row[COL_DEFAULT], entry->default_found_ms);
	cell_set_text(&row[COL_WHO], entry->who);
	cell_set_text(&row[COL_WHY], entry->why);
}

static int64_t
days(int64_t ms)
{
	return ms < 0 ? 0 : ms / 86400000;
}

void
password_age_sheet_add(const struct cli *cli, struct sheet *sheet,
		       const struct reader_ledger *ledger)
{
	int64_t limit_ms = password_age_limit(cli, ledger->kind), least_ms, most_ms;
	struct cell *row = sheet_add(sheet);

	ledger_age(&ledger->entry, cli->now_ms, &least_ms, &most_ms);
	set_account(row, ledger);
	if (most_ms != 0)
		cell_set_number(&row[AGE_LEAST], days(least_ms));
	if (most_ms != 0 && most_ms != INT64_MAX)
		cell_set_number(&row[AGE_MOST], days(most_ms));
	if (limit_ms != 0)
		cell_set_number(&row[AGE_LIMIT], days(limit_ms));
	cell_set_text(&row[AGE_STATUS], password_age_name(password_age_of(cli, ledger)));
	cell_set_text(&row[AGE_CHANGE], ledger_change_name(ledger->entry.change));
	cell_set_time(&row[AGE_AFTER], ledger->entry.changed_after_ms);
	cell_set_time(&row[AGE_BEFORE], ledger->entry.changed_before_ms);
	cell_set_time(&row[AGE_LAST], ledger->entry.last_proven_ms);
}

void
password_event_sheet_add(struct sheet *sheet, const struct reader_ledger_event *event)
{
	struct cell *row = sheet_add(sheet);

	cell_set_text(&row[EVENT_COL_DEVICE], event->name);
	cell_set_text(&row[EVENT_COL_SITE], event->site);
	cell_set_text(&row[EVENT_COL_ACCOUNT], event->account);
	cell_set_text(&row[EVENT_COL_USE], ledger_use_name(event->use));
	cell_set_time(&row[EVENT_COL_AT], event->at_ms);
	cell_set_text(&row[EVENT_COL_EVENT], event->event_name);
	cell_set_time(&row[EVENT_COL_AFTER], event->after_ms);
	cell_set_time(&row[EVENT_COL_BEFORE], event->before_ms);
	cell_set_text(&row[EVENT_COL_WHO], event->who);
	cell_set_text(&row[EVENT_COL_WHY], event->why);
}
