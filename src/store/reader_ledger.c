/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading the ledger of passwords. Proofs stay here: who reads learns which devices share a
 * password, not what could be compared with proofs from elsewhere.
 */
#include "audit_rows.h"
#include "keepwatch/err.h"
#include "keepwatch/reader_audit.h"
#include "reader.h"

#include <stdio.h>
#include <stdlib.h>

/* Devices with one password. */
struct group {
	char proof[LEDGER_PROOF_SIZE];
	uint32_t number, devices;
};

struct groups {
	struct group *items;
	size_t count, cap;
};

static int
compare_groups(const void *left, const void *right)
{
	return strcmp(((const struct group *)left)->proof, ((const struct group *)right)->proof);
}

static int
read_group(struct sql_call *call, void *item, void *arg)
{
	struct group *out = item;
	uint32_t *number = arg;

	*out = (struct group){.number = ++*number, .devices = (uint32_t)sql_int(call, 1)};
	snprintf(out->proof, sizeof(out->proof), "%s", sql_text(call, 0));
	return 0;
}

/* By proof. */
static int
read_groups(struct reader *reader, struct groups *out)
{
	struct sql_call call = sql_prepare(
		&reader->sql, "SELECT l.proof, count(DISTINCT l.device) AS devices"
			      " FROM password_ledger l JOIN device d ON d.id = l.device"
			      " WHERE d.removed_at = 0 AND l.proof <> '' GROUP BY l.proof"
			      " HAVING devices > 1 ORDER BY devices DESC, min(d.name), l.proof");
	uint32_t number = 0;
	int rc = SQL_COLLECT(&call, out, read_group, &number);

	if (rc == 0 && out->count > 1)
		qsort(out->items, out->count, sizeof(*out->items), compare_groups);
	return rc;
}

/* Says the group of an entry instead of its proof. */
static void
replace_proof(const struct groups *groups, struct reader_ledger *out)
{
	const struct group *found = NULL;
	struct group key = {0};

	if (out->entry.proof[0] == '\0')
		return;
	memcpy(key.proof, out->entry.proof, sizeof(key.proof));
	if (groups->count > 0)
		found = bsearch(&key, groups->items, groups->count, sizeof(key), compare_groups);
	out->group = found == NULL ? 0 : found->number;
	out->group_devices = found == NULL ? 1 : found->devices;
	memset(out->entry.proof, 0, sizeof(out->entry.proof));
	snprintf(out->entry.proof, sizeof(out->entry.proof), "proven");
}

struct ledger_read {
	const struct groups *groups;
	struct reader_ledger_list *list;
};

static int
read_entry(struct sql_call *call, void *item, void *arg)
{
	const struct ledger_read *read = arg;
	struct mem_arena *text = &read->list->text;
	struct reader_ledger *out = item;
	int rc = 0;

	*out = (struct reader_ledger){.kind = reader_kind(sql_text(call, 13))};
	if (ledger_row_read(call, 0, &out->entry) != 0)
		return SQL_SKIP;
	replace_proof(read->groups, out);
	out->name = reader_text(text, call, 14, &rc);
	out->address = reader_text(text, call, 15, &rc);
	out->site = reader_text(text, call, 16, &rc);
	out->owner = reader_text(text, call, 17, &rc);
	return rc;
}

int
reader_ledger(struct reader *reader, const struct reader_filter *filter,
	      struct reader_ledger_list *out)
{
	struct groups groups = {0};
	struct ledger_read read = {&groups, out};
	struct sql_call call;
	int rc = reader_begin(reader);

	*out = (struct reader_ledger_list){0};
	if (rc != 0)
		return rc;
	rc = read_groups(reader, &groups);
	if (rc == 0) {
		call = sql_prepare(
			&reader->sql,
			"SELECT " LEDGER_COLUMNS ", d.kind, d.name, d.address, d.site, d.owner"
			" FROM" READER_FROM "JOIN password_ledger l ON l.device = d.id"
			" WHERE" READER_WHERE "ORDER BY d.site, d.name, l.account, l.use");
		reader_put_filter(&call, filter);
		rc = SQL_COLLECT(&call, out, read_entry, &read);
	}
	reader_end(reader);
	free(groups.items);
	if (rc != 0)
		reader_ledger_list_fini(out);
	return reader_failed(reader, rc, "the ledger of passwords cannot be read");
}

static int
read_event(struct sql_call *call, void *item, void *arg)
{
	struct mem_arena *text = arg;
	struct reader_ledger_event *out = item;
	int rc = 0;

	*out = (struct reader_ledger_event){
		.device = (uint32_t)sql_int(call, 0),
		.event = LEDGER_EVENT_COUNT,
		.at_ms = sql_int(call, 5),
		.after_ms = sql_int(call, 6),
		.before_ms = sql_int(call, 7),
	};
	if (ledger_use_parse(sql_text(call, 1), &out->use) != 0)
		return SQL_SKIP;
	ledger_event_parse(sql_text(call, 2), &out->event);
	out->event_name = reader_text(text, call, 2, &rc);
	out->account = reader_text(text, call, 8, &rc);
	out->name = reader_text(text, call, 3, &rc);
	out->site = reader_text(text, call, 4, &rc);
	out->who = reader_text(text, call, 9, &rc);
	out->why = reader_text(text, call, 10, &rc);
	return rc;
}

int
reader_ledger_events(struct reader *reader, const struct reader_filter *filter, int64_t since_ms,
		     struct reader_ledger_event_list *out)
{
	struct sql_call call = sql_prepare(
		&reader->sql,
		"SELECT e.device, e.use, e.event, d.name, d.site, e.at, e.changed_after,"
		" e.changed_before, e.account, e.who, e.why FROM" READER_FROM
		"JOIN password_event e ON e.device = d.id WHERE" READER_WHERE
		"AND e.at >= ?8 ORDER BY e.at, d.name, e.account, e.use, e.event");
	int rc;

	*out = (struct reader_ledger_event_list){0};
	reader_put_filter(&call, filter);
	sql_put_int(&call, since_ms);
	rc = SQL_COLLECT(&call, out, read_event, &out->text);
	if (rc != 0)
		reader_ledger_event_list_fini(out);
	return reader_failed(reader, rc, "the history of passwords cannot be read");
}
