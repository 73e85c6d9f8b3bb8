/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Batches: what is written and what is not, ids, load after a restart, events that stay as they
 * are, and strings that want to be something else.
 */
#include "../store/fixture.h"

#include "keepwatch/err.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names that an operator or a device could bring. */
static const char *const hostile[] = {
	"'; DROP TABLE device; --",
	"\" OR 1=1 --",
	"%s%n%x",
	"../../etc/passwd",
	"=cmd|' /C calc'!A0",
	"caf\xc3\xa9 \xf0\x9f\x93\xb7",
	"[a-z]*?",
	"{\"json\": [1, \"}",
	"?1 :name @x $y",
	"line\nbreak\tand \\backslash",
};

static void
test_ids(void **state)
{
	struct fixture *f = *state;
	uint32_t a = store_ids_get(&f->ids, "a"), b = store_ids_get(&f->ids, "b");

	assert_int_equal(a, 1);
	assert_int_equal(b, 2);
	assert_int_equal(store_ids_get(&f->ids, "a"), a);
	assert_int_equal(store_ids_find(&f->ids, "c"), 0);
	for (int i = 0; i < 5000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "device-%d", i);
		assert_int_equal(store_ids_get(&f->ids, name), 3 + i);
	}
	assert_int_equal(store_ids_find(&f->ids, "device-4321"), 4324);
}

static void
test_empty_batch(void **state)
{
	struct fixture *f = *state;
	struct fact_list none = {0};
	struct rollup_acc empty = {0};

	assert_true(store_batch_is_empty(f->batch));
	assert_int_equal(store_batch_facts(f->batch, 1, PROBE_SNMP, AT(0), &none, 0), 0);
	assert_int_equal(store_batch_rollup(f->batch, 1, PROBE_SNMP, AT(0), &empty), 0);
	assert_true(store_batch_is_empty(f->batch));
	fixture_commit(f);
	assert_int_equal(store_batch_heartbeat(f->batch, AT(60), AT(30)), 0);
	assert_false(store_batch_is_empty(f->batch));
	fixture_commit(f);
	assert_true(fixture_sql_int(f->path, "SELECT heartbeat_at FROM agent") == AT(60));
	assert_true(fixture_sql_int(f->path, "SELECT config_loaded_at FROM agent") == AT(30));
}

/* What store_load gave, in short. */
struct seen {
	size_t devices, probes, facts;
	char first[64];
	struct store_state state, probe_state;
	char firmware[64];
	bool is_removed;
};

static int
see(void *arg, const struct store_known *known)
{
	struct seen *seen = arg;

	if (seen->devices++ == 0)
		snprintf(seen->first, sizeof(seen->first), "%s", known->name);
	if (known->id == 1) {
		seen->state = known->state;
		seen->is_removed = known->is_removed;
	}
	for (size_t i = 0; i < known->probe_count; i++) {
		const char *firmware = fact_get(known->probes[i].facts, FACT_FIRMWARE, NULL);

		seen->probes++;
		seen->facts += known->probes[i].facts->count;
		if (known->id == 1 && known->probes[i].probe == PROBE_SNMP) {
			seen->probe_state = known->probes[i].state;
			snprintf(seen->firmware, sizeof(seen->firmware), "%s",
				 firmware == NULL ? "-" : firmware);
		}
	}
	return 0;
}

static void
test_load(void **state)
{
	struct fixture *f = *state;
	uint32_t a = fixture_declare(f, "a", KIND_CAMERA, 0);
	uint32_t b = fixture_declare(f, "b", KIND_SWITCH, 1);
	struct store_state probe = {
		.health = HEALTH_DEGRADED,
		.reason = REASON_AUTH,
		.since_ms = AT(9),
		.is_flapping = true,
		.was_up = true,
		.flips = 0xdeadbeef,
		.detail = "refused",
	};
	struct store_ids ids;
	struct seen seen = {0};

	fixture_state(f, a, HEALTH_DOWN, AT(5));
	assert_int_equal(store_batch_probe_state(f->batch, a, PROBE_SNMP, &probe), 0);
	assert_int_equal(store_batch_probe_state(f->batch, b, PROBE_ICMP, &probe), 0);
	fixture_fact(f, a, PROBE_SNMP, AT(5), FACT_FIRMWARE, NULL, "1.2.3");
	fixture_fact(f, a, PROBE_ONVIF, AT(5), FACT_FIRMWARE, NULL, "other");
	fixture_fact(f, b, PROBE_ICMP, AT(5), FACT_HOSTNAME, NULL, "b");
	fixture_commit(f);
	fixture_reopen(f);
	store_ids_init(&ids);
	if (store_load(f->store, &ids, see, &seen, f->message, sizeof(f->message)) != 0)
		fail_msg("%s", f->message);
	assert_int_equal(seen.devices, 2);
	assert_int_equal(seen.probes, 3);
	assert_int_equal(seen.facts, 3);
	assert_string_equal(seen.first, "a");
	assert_int_equal(seen.state.health, HEALTH_DOWN);
	assert_int_equal(seen.state.reason, REASON_TIMEOUT);
	assert_true(seen.state.since_ms == AT(5));
	assert_string_equal(seen.state.detail, "3 of 3 lost");
	assert_int_equal(seen.probe_state.health, HEALTH_DEGRADED);
	assert_int_equal(seen.probe_state.reason, REASON_AUTH);
	assert_true(seen.probe_state.is_flapping);
	assert_true(seen.probe_state.was_up);
	assert_int_equal(seen.probe_state.flips, 0xdeadbeef);
	assert_string_equal(seen.firmware, "1.2.3");
	assert_int_equal(store_ids_find(&ids, "b"), b);
	assert_int_equal(store_ids_get(&ids, "c"), 3);
	store_ids_fini(&ids);
}

/* An id that was forgotten is not given again. */
static void
test_ids_not_reused(void **state)
{
	struct store_retention keep = {3600000, 3600000, 3600000};
	struct fixture *f = *state;
	uint32_t a = fixture_declare(f, "a", KIND_CAMERA, 0);
	uint32_t b = fixture_declare(f, "b", KIND_CAMERA, 0);
	struct store_ids ids;

	assert_true(a < b);
	fixture_commit(f);
	assert_int_equal(store_batch_device_removed(f->batch, b, AT(10)), 0);
	fixture_commit(f);
	assert_true(fixture_sql_int(f->path, "SELECT removed_at FROM device WHERE id = 2") ==
		    AT(10));
	fixture_maintain(f, &keep, AT(20 * 3600));
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM device"), 1);
	store_ids_init(&ids);
	assert_int_equal(store_load(f->store, &ids, NULL, NULL, f->message, sizeof(f->message)), 0);
	assert_int_equal(store_ids_find(&ids, "b"), 0);
	assert_int_equal(store_ids_get(&ids, "b"), 3);
	store_ids_fini(&ids);
}

/* A change writes the row and brings a removed one back; the same again writes nothing. */
static void
test_declare(void **state)
{
	struct fixture *f = *state;
	struct store_size before, after;

	fixture_declare(f, "a", KIND_CAMERA, 0);
	fixture_commit(f);
	fixture_declare(f, "a", KIND_CAMERA, 1);
	assert_int_equal(store_batch_device_removed(f->batch, 1, AT(1)), 0);
	fixture_commit(f);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM device WHERE site = 'lab'"
						  " AND removed_at > 0"),
			 1);
	fixture_declare(f, "a", KIND_DOOR, 1);
	fixture_commit(f);
	assert_int_equal(fixture_sql_int(f->path,
					 "SELECT count(*) FROM device WHERE kind = 'door'"
					 " AND removed_at = 0 AND declared_at = 1700000000000"),
			 1);
	store_get_size(f->store, &before);
	for (int i = 0; i < 10; i++) {
		fixture_declare(f, "a", KIND_DOOR, 1);
		fixture_commit(f);
	}
	store_get_size(f->store, &after);
	assert_int_equal(before.wal_bytes, after.wal_bytes);
}

static void
test_hostile_strings(void **state)
{
	struct fixture *f = *state;
	struct reader_event_list events;
	struct reader_device_list found;
	struct reader_fact_list facts;
	struct reader *reader;

	for (size_t i = 0; i < MEM_COUNT(hostile); i++) {
		uint32_t id = fixture_declare(f, hostile[i], KIND_CAMERA, 0);

		fixture_event(f, id, EVENT_DEVICE_ADDED, AT(i), hostile[i]);
		fixture_fact(f, id, PROBE_ONVIF, AT(i), FACT_MODEL, hostile[i], hostile[i]);
	}
	fixture_commit(f);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM device"),
			 MEM_COUNT(hostile));
	reader = fixture_reader(f);
	for (size_t i = 0; i < MEM_COUNT(hostile); i++) {
		struct reader_filter by_owner = READER_FILTER_ANY;

		assert_int_equal(reader_find(reader, hostile[i], &found), 0);
		assert_int_equal(found.count, 1);
		assert_string_equal(found.items[0].name, hostile[i]);
		reader_device_list_fini(&found);
		by_owner.owner = hostile[i];
		assert_int_equal(reader_devices(reader, &by_owner, &found), 0);
		assert_int_equal(found.count, 0);
	}
	assert_int_equal(reader_events(reader,
				       &(struct reader_event_query){.devices = READER_FILTER_ANY},
				       &events),
			 0);
	assert_int_equal(events.count, MEM_COUNT(hostile));
	for (size_t i = 0; i < events.count; i++)
		assert_string_equal(events.items[i].detail, hostile[i]);
	reader_event_list_fini(&events);
	assert_int_equal(reader_facts(reader, NULL, 0, false, &facts), 0);
	assert_int_equal(facts.count, MEM_COUNT(hostile));
	reader_fact_list_fini(&facts);
	reader_close(reader);
}

static void
test_tags(void **state)
{
	const struct tag tags[] = {{"rack", "A\"1"}, {"note", "x\\y"}};
	const struct device device = {
		.name = "a",
		.address = "a.example",
		.kind = KIND_SWITCH,
		.site = SITE_NONE,
		.owner = "",
		.upstream_switch = "core",
		.upstream_port = "p1",
		.tag_count = 2,
		.tags = tags,
	};
	struct reader_device_list found;
	struct fixture *f = *state;
	struct reader *reader;

	assert_int_equal(
		store_batch_device(f->batch, store_ids_get(&f->ids, "a"), f->fleet, &device, AT(0)),
		0);
	fixture_commit(f);
	reader = fixture_reader(f);
	assert_int_equal(reader_find(reader, "a.example", &found), 0);
	assert_string_equal(found.items[0].tags, "{\"rack\":\"A\\\"1\",\"note\":\"x\\\\y\"}");
	assert_string_equal(found.items[0].upstream_switch, "core");
	assert_string_equal(found.items[0].upstream_port, "p1");
	assert_string_equal(found.items[0].owner, "");
	reader_device_list_fini(&found);
	reader_close(reader);
}

static void
test_events_stay(void **state)
{
	struct store_retention keep = {0, 0, 3600000};
	struct fixture *f = *state;

	fixture_event(f, 0, EVENT_AGENT_START, AT(0), NULL);
	fixture_event(f, 0, EVENT_AGENT_STOP, AT(10000), NULL);
	fixture_commit(f);
	assert_int_not_equal(fixture_sql(f->path, "UPDATE event SET detail = 'x'"), SQLITE_OK);
	assert_int_not_equal(fixture_sql(f->path, "DELETE FROM event"), SQLITE_OK);
	assert_int_not_equal(fixture_sql(f->path, "DELETE FROM event WHERE id = 1"), SQLITE_OK);
	assert_int_not_equal(fixture_sql(f->path, "REPLACE INTO event (id, at, type, reason)"
						  " VALUES (1, 2, 'x', 'NONE')"),
			     SQLITE_OK);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM event"), 2);
	/* retention may, but only the old one */
	fixture_maintain(f, &keep, AT(10001));
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM event"), 1);
	assert_int_equal(fixture_sql_int(f->path, "SELECT id FROM event"), 2);
	assert_int_not_equal(fixture_sql(f->path, "DELETE FROM event"), SQLITE_OK);
	assert_int_not_equal(fixture_sql(f->path, "UPDATE event_horizon SET before = 0"),
			     SQLITE_OK);
}

/* A batch with a bug in it changes nothing at all, and the store goes on. */
static void
test_all_or_nothing(void **state)
{
	struct fixture *f = *state;
	struct store_batch *good = store_batch_new();

	fixture_state(f, fixture_declare(f, "a", KIND_CAMERA, 0), HEALTH_UP, AT(0));
	fixture_event(f, 0, EVENT_AGENT_START, AT(0), "lost with the rest");
	fixture_state(f, 77, HEALTH_UP, AT(0)); /* never declared */
	assert_int_equal(store_commit(f->store, f->batch, f->message, sizeof(f->message)),
			 ERR_INVAL);
	assert_non_null(strstr(f->message, f->path));
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM device"), 0);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM state"), 0);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM event"), 0);
	assert_false(store_batch_is_empty(f->batch));
	assert_int_equal(store_batch_heartbeat(good, AT(9), 0), 0);
	assert_int_equal(store_commit(f->store, good, f->message, sizeof(f->message)), 0);
	store_batch_free(good);
}

static void
test_append(void **state)
{
	struct store_batch *later = store_batch_new(), *empty = store_batch_new();
	struct fixture *f = *state;
	struct store_batch *first = f->batch;
	uint32_t a = fixture_declare(f, "a", KIND_CAMERA, 0);
	size_t bytes;

	fixture_state(f, a, HEALTH_DOWN, AT(1));
	f->batch = later;
	fixture_state(f, a, HEALTH_UP, AT(2));
	fixture_event(f, a, EVENT_DEVICE_STATE, AT(2), "up");
	bytes = store_batch_bytes(first);
	assert_int_equal(store_batch_append(first, later), 0);
	assert_true(store_batch_is_empty(later));
	assert_true(store_batch_bytes(first) > bytes);
	assert_int_equal(store_batch_append(first, empty), 0);
	/* the emptied one can be used again */
	fixture_event(f, a, EVENT_DEVICE_STATE, AT(3), "again");
	assert_int_equal(store_batch_append(first, later), 0);
	f->batch = first;
	fixture_commit(f);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM event"), 2);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM state WHERE health = 'up'"),
			 1);
	store_batch_free(later);
	store_batch_free(empty);
}

static void
test_probe_gone(void **state)
{
	struct store_state probe = {.health = HEALTH_UP, .since_ms = AT(1)};
	struct fixture *f = *state;
	uint32_t a = fixture_declare(f, "a", KIND_CAMERA, 0);

	assert_int_equal(store_batch_probe_state(f->batch, a, PROBE_HTTP, &probe), 0);
	fixture_fact(f, a, PROBE_HTTP, AT(1), FACT_HTTP_SERVER, NULL, "nginx");
	fixture_fact(f, a, PROBE_SNMP, AT(1), FACT_HOSTNAME, NULL, "a");
	fixture_commit(f);
	assert_int_equal(store_batch_probe_gone(f->batch, a, PROBE_HTTP, AT(5)), 0);
	fixture_commit(f);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM state"), 0);
	assert_true(fixture_sql_int(f->path, "SELECT gone_at FROM fact"
					     " WHERE key = 'http_server'") == AT(5));
	assert_int_equal(
		fixture_sql_int(f->path, "SELECT gone_at FROM fact WHERE key = 'hostname'"), 0);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM fact_history"), 1);
	/* it is our doing, not the device's */
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM event"), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_ids),
		TEST(test_empty_batch),
		TEST(test_load),
		TEST(test_ids_not_reused),
		TEST(test_declare),
		TEST(test_hostile_strings),
		TEST(test_tags),
		TEST(test_events_stay),
		TEST(test_all_or_nothing),
		TEST(test_append),
		TEST(test_probe_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
