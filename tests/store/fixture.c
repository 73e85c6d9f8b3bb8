/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The database that the tests of the store work on.
 */
#include "fixture.h"

#include "keepwatch/err.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
make_fleet(struct fixture *f)
{
	f->fleet = fleet_new();
	assert_non_null(f->fleet);
	f->fleet->sites = fleet_alloc(f->fleet, 2 * sizeof(*f->fleet->sites));
	assert_non_null(f->fleet->sites);
	f->fleet->sites[0].name = fleet_strdup(f->fleet, "hq");
	f->fleet->sites[1].name = fleet_strdup(f->fleet, "lab");
	f->fleet->site_count = 2;
	assert_int_equal(fleet_seal(f->fleet), 0);
}

int
fixture_setup_dir(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	snprintf(f->dir, sizeof(f->dir), "%s/kw-store-XXXXXX", tmp == NULL ? "/tmp" : tmp);
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/kw.db", f->dir);
	store_ids_init(&f->ids);
	make_fleet(f);
	f->batch = store_batch_new();
	assert_non_null(f->batch);
	*state = f;
	return 0;
}

int
fixture_open(struct fixture *f)
{
	struct store_options options = {.create = true, .version = "test", .now_ms = AT(0)};

	return store_open(&f->store, f->path, &options, f->message, sizeof(f->message));
}

int
fixture_setup(void **state)
{
	struct fixture *f;

	fixture_setup_dir(state);
	f = *state;
	if (fixture_open(f) != 0)
		fail_msg("%s", f->message);
	return 0;
}

void
fixture_close(struct fixture *f)
{
	store_close(f->store, AT(1));
	f->store = NULL;
}

void
fixture_reopen(struct fixture *f)
{
	fixture_close(f);
	if (fixture_open(f) != 0)
		fail_msg("%s", f->message);
}

int
fixture_teardown(void **state)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", ".lock"};
	struct fixture *f = *state;
	char name[320];

	fixture_close(f);
	store_batch_free(f->batch);
	store_ids_fini(&f->ids);
	fleet_free(f->fleet);
	for (size_t i = 0; i < MEM_COUNT(suffixes); i++) {
		snprintf(name, sizeof(name), "%s%s", f->path, suffixes[i]);
		unlink(name);
	}
	snprintf(name, sizeof(name), "%s/new", f->dir); /* a folder that a test had made */
	rmdir(name);
	rmdir(f->dir);
	free(f);
	return 0;
}

uint32_t
fixture_declare(struct fixture *f, const char *name, enum device_kind kind, uint16_t site)
{
	uint32_t id = store_ids_get(&f->ids, name);
	struct device device = {
		.name = name,
		.address = "10.0.0.1",
		.kind = kind,
		.site = site,
		.owner = "it",
	};

	assert_true(id > 0);
	assert_int_equal(store_batch_device(f->batch, id, f->fleet, &device, AT(0)), 0);
	return id;
}

void
fixture_event(struct fixture *f, uint32_t id, enum event_type type, int64_t at_ms,
	      const char *detail)
{
	struct store_event event = {
		.at_ms = at_ms,
		.type = type,
		.device = id,
		.probe = -1,
		.detail = detail,
	};

	assert_int_equal(store_batch_event(f->batch, &event), 0);
}

void
fixture_fact(struct fixture *f, uint32_t id, enum probe_id probe, int64_t at_ms, enum fact_key key,
	     const char *instance, const char *value)
{
	struct fact_list list = {0};

	assert_int_equal(fact_add(&list, key, instance, value), 0);
	assert_int_equal(store_batch_facts(f->batch, id, probe, at_ms, &list, 0), 0);
}

void
fixture_state(struct fixture *f, uint32_t id, enum health health, int64_t since_ms)
{
	struct store_state state = {
		.health = health,
		.reason = health == HEALTH_DOWN ? REASON_TIMEOUT : REASON_NONE,
		.since_ms = since_ms,
		.detail = "3 of 3 lost",
	};

	assert_int_equal(store_batch_device_state(f->batch, id, &state), 0);
}

void
fixture_rollup(struct fixture *f, uint32_t id, enum probe_id probe, int64_t at_ms, unsigned runs,
	       unsigned up, uint32_t rtt_us)
{
	struct rollup_acc acc = {0};

	for (unsigned i = 0; i < runs; i++)
		rollup_add(&acc, i < up, 1, i >= up, i < up ? rtt_us : RTT_NONE);
	assert_int_equal(store_batch_rollup(f->batch, id, probe, at_ms, &acc), 0);
}

void
fixture_commit(struct fixture *f)
{
	if (store_commit(f->store, f->batch, f->message, sizeof(f->message)) != 0)
		fail_msg("%s", f->message);
	store_batch_free(f->batch);
	f->batch = store_batch_new();
	assert_non_null(f->batch);
}

void
fixture_maintain(struct fixture *f, const struct store_retention *keep, int64_t now_ms)
{
	bool more = true;

	for (int i = 0; more; i++) {
		assert_true(i < 10000);
		if (store_maintain(f->store, keep, now_ms, &more, f->message, sizeof(f->message)) !=
		    0)
			fail_msg("%s", f->message);
	}
}

struct reader *
fixture_reader(struct fixture *f)
{
	struct reader *reader = NULL;

	if (reader_open(&reader, f->path, f->message, sizeof(f->message)) != 0)
		fail_msg("%s", f->message);
	return reader;
}

int
fixture_sql(const char *path, const char *sql)
{
	sqlite3 *db;
	int rc = sqlite3_open(path, &db);

	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
	sqlite3_close(db);
	return rc;
}

int64_t
fixture_sql_int(const char *path, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int64_t value = -1;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return value;
}

struct topo_link
fixture_link(uint32_t device, uint32_t parent, uint32_t if_index, int64_t since_s)
{
	struct topo_link link = {
		.device = device,
		.parent = parent,
		.if_index = if_index,
		.device_if = 3,
		.source = TOPO_FDB,
		.via = VIA_SHARED,
		.confidence = 93,
		.is_contradicted = true,
		.seen_parent = 9,
		.seen_if_index = 10113,
		.seen_port = "Gi1/0/13",
		.vlan = 120,
		.shared = 2,
		.mac = 0x00408c010203,
		.first_seen_ms = AT(since_s),
		.confirmed_ms = AT(since_s),
		.device_port = "eth0",
		.parent_name = "desk \"switch\"",
		.why = "learned on one edge port; caf\xc3\xa9",
	};

	snprintf(link.port, sizeof(link.port), "gi1/0/%u", if_index);
	return link;
}

bool
fixture_writes(struct fixture *f)
{
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;
	int versions[2];

	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA data_version", -1, &stmt, NULL), SQLITE_OK);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
		versions[i] = sqlite3_column_int(stmt, 0);
		sqlite3_reset(stmt);
		if (i == 0)
			fixture_commit(f);
	}
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return versions[0] != versions[1];
}

void
fixture_drop_incidents(struct fixture *f, int version)
{
	char text[600];

	snprintf(text, sizeof(text),
		 "PRAGMA foreign_keys = OFF; DROP TABLE finding_confirmed;"
		 "DROP TABLE finding_acceptance; DROP TABLE password_ledger;"
		 "DROP TABLE password_event; DROP TABLE unit_change; DROP TABLE agent_gap;"
		 "DROP INDEX fact_history_checked; DROP TABLE incident_device; DROP TABLE "
		 "incident_step;"
		 "DROP TABLE incident_line; DROP TABLE incident_alt; DROP TABLE incident;"
		 "DROP TABLE finding_change; DROP TABLE finding; PRAGMA user_version = %d",
		 version);
	assert_int_equal(fixture_sql(f->path, text), 0);
}
