/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The topology in the store over time: start, an older version, damage, removal, retention.
 */
#include "../store/fixture.h"

#include "keepwatch/err.h"
#include "keepwatch/reader_topology.h"
#include "keepwatch/store_topology.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a start gives back. */
struct loaded {
	struct topo_link links[4];
	struct topo_identity identities[4];
	struct topo_station stations[4];
	size_t link_count, identity_count, station_count;
	int fail;
};

static int
load_link(void *arg, const struct topo_link *link)
{
	struct loaded *loaded = arg;

	assert_true(loaded->link_count < 4);
	loaded->links[loaded->link_count++] = *link;
	return loaded->fail;
}

static int
load_identity(void *arg, const struct topo_identity *identity)
{
	struct loaded *loaded = arg;

	assert_true(loaded->identity_count < 4);
	loaded->identities[loaded->identity_count++] = *identity;
	return 0;
}

static int
load_station(void *arg, const struct topo_station *station)
{
	struct loaded *loaded = arg;

	assert_true(loaded->station_count < 4);
	loaded->stations[loaded->station_count++] = *station;
	return 0;
}

static void
load(struct fixture *f, struct loaded *loaded)
{
	const struct store_topology_handlers handlers = {load_link, load_identity, load_station};

	*loaded = (struct loaded){0};
	if (store_load_topology(f->store, &handlers, loaded, f->message, sizeof(f->message)) != 0)
		fail_msg("%s", f->message);
}

static void
test_load(void **state)
{
	struct fixture *f = *state;
	uint32_t sw = fixture_declare(f, "acc1", KIND_SWITCH, 0);
	uint32_t camera = fixture_declare(f, "cam1", KIND_CAMERA, 0);
	struct topo_link link = fixture_link(camera, sw, 7, 0);
	struct topo_identity identity = {sw, 0x0010f3000001, "00:10:f3:00:00:01", "SN'1"};
	struct topo_station station = {sw, 7, 0x00408c010203, AT(5)};
	const struct store_topology_handlers none = {0}, only = {.link = load_link};
	struct topo_port port = {.if_index = 7, .name = "gi7"};
	struct loaded loaded;

	load(f, &loaded);
	assert_int_equal(loaded.link_count + loaded.identity_count + loaded.station_count, 0);
	assert_int_equal(store_batch_ports(f->batch, sw, AT(0), &port, 1), 0);
	assert_int_equal(store_batch_identity(f->batch, &identity), 0);
	assert_int_equal(store_batch_station(f->batch, &station), 0);
	assert_int_equal(store_batch_link(f->batch, &link), 0);
	fixture_commit(f);
	fixture_reopen(f);
	load(f, &loaded);
	assert_int_equal(loaded.link_count, 1);
	assert_true(topo_link_same(&loaded.links[0], &link));
	assert_int_equal(loaded.identity_count, 1);
	assert_true(loaded.identities[0].bridge_mac == identity.bridge_mac);
	assert_string_equal(loaded.identities[0].chassis_id, identity.chassis_id);
	assert_string_equal(loaded.identities[0].serial, identity.serial);
	assert_int_equal(loaded.station_count, 1);
	assert_memory_equal(&loaded.stations[0], &station, sizeof(station));
	/* the same again costs nothing, even if it is seen first later */
	station.first_seen_ms = AT(900);
	assert_int_equal(store_batch_station(f->batch, &station), 0);
	assert_int_equal(store_batch_identity(f->batch, &identity), 0);
	assert_false(fixture_writes(f));
	snprintf(identity.serial, sizeof(identity.serial), "SN2");
	assert_int_equal(store_batch_identity(f->batch, &identity), 0);
	assert_true(fixture_writes(f));
	load(f, &loaded);
	assert_string_equal(loaded.identities[0].serial, "SN2");
	assert_true(loaded.stations[0].first_seen_ms == AT(5));
	assert_int_equal(store_load_topology(f->store, &none, NULL, f->message, 10), 0);
	loaded = (struct loaded){.fail = ERR_CANCELED};
	assert_int_equal(store_load_topology(f->store, &only, &loaded, f->message, 10),
			 ERR_CANCELED);
}

/* A device that leaves the fleet takes its links along, and those of what hangs on it. */
static void
test_removed(void **state)
{
	struct fixture *f = *state;
	uint32_t sw = fixture_declare(f, "acc1", KIND_SWITCH, 0);
	uint32_t camera = fixture_declare(f, "cam1", KIND_CAMERA, 0);
	uint32_t other = fixture_declare(f, "cam2", KIND_CAMERA, 0);
	struct topo_identity identity = {sw, 0x0010f3000001, "x", "y"};
	struct topo_station station = {sw, 7, 0x00408c010203, AT(5)};
	struct topo_link link = fixture_link(camera, sw, 7, 0);
	struct store_retention day = {86400000, 86400000, 86400000};
	struct reader_filter filter = READER_FILTER_ANY;
	struct reader_link_list list;
	struct topo_port port = {.if_index = 7, .name = "gi7"};
	struct reader *reader;
	struct loaded loaded;

	assert_int_equal(store_batch_ports(f->batch, sw, AT(0), &port, 1), 0);
	assert_int_equal(store_batch_identity(f->batch, &identity), 0);
	assert_int_equal(store_batch_station(f->batch, &station), 0);
	assert_int_equal(store_batch_link(f->batch, &link), 0);
	link.device = other;
	assert_int_equal(store_batch_link(f->batch, &link), 0);
	fixture_commit(f);
	assert_int_equal(store_batch_device_removed(f->batch, other, AT(100)), 0);
	fixture_commit(f);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM link"), 1);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM link_history"), 1);
	assert_int_equal(store_batch_device_removed(f->batch, sw, AT(200)), 0);
	fixture_commit(f);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM link"), 0);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM link_history"), 2);
	/* it is there no longer for a start, nor for who asks what is declared */
	load(f, &loaded);
	assert_int_equal(loaded.link_count + loaded.identity_count + loaded.station_count, 0);
	reader = fixture_reader(f);
	assert_int_equal(reader_link_history(reader, NULL, 0, 0, &list), 0);
	assert_int_equal(list.count, 1);
	reader_link_list_fini(&list);
	filter.with_removed = true;
	assert_int_equal(reader_link_history(reader, &filter, 0, 0, &list), 0);
	assert_int_equal(list.count, 2);
	reader_link_list_fini(&list);
	reader_close(reader);
	/* it comes back: what a new station would be is known still */
	fixture_declare(f, "acc1", KIND_SWITCH, 0);
	fixture_commit(f);
	load(f, &loaded);
	assert_int_equal(loaded.station_count, 1);
	assert_int_equal(loaded.identity_count, 1);
	/* for good: nothing is left but what retention has not reached */
	assert_int_equal(store_batch_device_removed(f->batch, sw, AT(300)), 0);
	fixture_commit(f);
	fixture_maintain(f, &day, AT(86400 + 301));
	assert_int_equal(fixture_sql_int(f->path, "SELECT (SELECT count(*) FROM port) +"
						  " (SELECT count(*) FROM station) +"
						  " (SELECT count(*) FROM switch)"),
			 0);
}

static void
test_retention(void **state)
{
	struct fixture *f = *state;
	uint32_t sw = fixture_declare(f, "acc1", KIND_SWITCH, 0);
	uint32_t camera = fixture_declare(f, "cam1", KIND_CAMERA, 0);
	const struct store_retention ever = {0, 0, 0}, day = {0, 0, 86400000};

	for (uint32_t i = 1; i <= 1203; i++) {
		struct topo_link link = fixture_link(camera, sw, i, i * 60);

		assert_int_equal(store_batch_link(f->batch, &link), 0);
	}
	fixture_commit(f);
	fixture_maintain(f, &ever, AT(10000000));
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM link_history"), 1202);
	fixture_maintain(f, &day, AT(86400 + 1200 * 60));
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM link_history"), 3);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM link"), 1);
}

/* A database of the version before, in use: all of it is there afterwards. */
static void
test_from_version_4(void **state)
{
	struct fixture *f = *state;
	struct reader_device_list devices;
	struct reader_event_list events;
	struct reader_fact_list facts;
	struct reader *reader;
	uint32_t camera = fixture_declare(f, "cam1", KIND_CAMERA, 0);

	fixture_fact(f, camera, PROBE_SNMP, AT(0), FACT_MODEL, "", "P3245");
	fixture_event(f, camera, EVENT_DEVICE_STATE, AT(0), "what");
	fixture_state(f, camera, HEALTH_DOWN, AT(0));
	fixture_rollup(f, camera, PROBE_ICMP, AT(0), 5, 4, 100);
	fixture_commit(f);
	fixture_close(f);
	assert_int_equal(fixture_sql(f->path, "DROP TABLE link; DROP TABLE link_history;"
					      "DROP TABLE port; DROP TABLE switch;"
					      "DROP TABLE station"),
			 0);
	fixture_drop_incidents(f, 4);
	assert_int_equal(fixture_open(f), 0);
	assert_true(fixture_sql_int(f->path, "PRAGMA user_version") >= 5);
	reader = fixture_reader(f);
	assert_int_equal(reader_devices(reader, NULL, &devices), 0);
	assert_int_equal(devices.count, 1);
	assert_int_equal(devices.items[0].health, HEALTH_DOWN);
	assert_int_equal(reader_facts(reader, NULL, 0, false, &facts), 0);
	assert_int_equal(facts.count, 1);
	assert_int_equal(reader_events(reader,
				       &(struct reader_event_query){.devices = READER_FILTER_ANY},
				       &events),
			 0);
	assert_int_equal(events.count, 1);
	reader_device_list_fini(&devices);
	reader_fact_list_fini(&facts);
	reader_event_list_fini(&events);
	reader_close(reader);
	assert_int_equal(
		store_batch_link(f->batch, &(struct topo_link){.device = camera, .if_index = 1}),
		0);
	fixture_commit(f);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM link"), 1);
}

/* Rows that somebody edited, or that a later version wrote: no harm, and the next commit heals. */
static void
test_odd_rows(void **state)
{
	struct fixture *f = *state;
	uint32_t sw = fixture_declare(f, "acc1", KIND_SWITCH, 0);
	uint32_t camera = fixture_declare(f, "cam1", KIND_CAMERA, 0);
	struct topo_link link = fixture_link(camera, sw, 7, 0);
	struct topo_port port = {.if_index = 9, .name = "gi9"};
	struct reader_link_list list;
	struct reader_port_list ports;
	struct loaded loaded;
	struct reader *reader;

	fixture_commit(f);
	assert_int_equal(
		fixture_sql(f->path,
			    "INSERT INTO link VALUES (2, 0, 1, -5, x'00ff', 'x', 9, 7,"
			    " 'telepathy', NULL || '', 1000, 'yes', -3, 'x', '', 70000, -1,"
			    " 'zz', '', 1, 'never')"),
		SQLITE_CONSTRAINT);
	assert_int_equal(fixture_sql(f->path,
				     "INSERT INTO link VALUES (2, 0, 1, -5, x'00ff', 'x', 9, 7,"
				     " 'telepathy', '', 1000, 'yes', -3, 'x', '', 70000, -1,"
				     " 'zz', '', 1, 'never');"
				     "INSERT INTO link SELECT device, spare, 0, 3, port, device_if,"
				     " device_port, hex(zeroblob(500)), source, via, confidence,"
				     " contradicted, 1 << 40, 9, hex(zeroblob(500)), vlan,"
				     " shared, mac, hex(zeroblob(500)),"
				     " first_seen, confirmed FROM link;"
				     "INSERT INTO port VALUES (1, 9, 1e300, '', 'hub', 'perhaps',"
				     " '', -4, 'half', 1, 'x', 99999, '?', 200, 1e10, 0, 0, 0,"
				     " hex(zeroblob(999)));"
				     "INSERT INTO station VALUES (1, 9, 'no mac', 1)"),
			 SQLITE_OK);
	load(f, &loaded);
	assert_int_equal(loaded.link_count, 1); /* no more than one that holds */
	assert_int_equal(loaded.links[0].device, camera);
	assert_int_equal(loaded.links[0].source, TOPO_NONE);
	assert_int_equal(loaded.station_count, 0);
	reader = fixture_reader(f);
	assert_int_equal(reader_links(reader, NULL, &list), 0);
	assert_int_equal(list.count, 2);
	reader_link_list_fini(&list);
	assert_int_equal(reader_ports(reader, NULL, &ports), 0);
	assert_int_equal(ports.count, 1);
	assert_int_equal(ports.items[0].port.role, ROLE_UNKNOWN);
	assert_int_equal(ports.items[0].port.duplex, DUPLEX_HALF);
	assert_int_equal(ports.items[0].port.poe_class, -1);
	assert_int_equal(ports.items[0].port.poe_mw, VIEW_UNKNOWN_MW);
	assert_int_equal(strlen(ports.items[0].port.neighbour), VIEW_LONG_TEXT - 1);
	reader_port_list_fini(&ports);
	reader_close(reader);
	assert_int_equal(store_batch_link(f->batch, &link), 0);
	assert_int_equal(store_batch_ports(f->batch, sw, AT(0), &port, 1), 0);
	fixture_commit(f);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM link"), 1);
	assert_int_equal(fixture_sql_int(f->path, "SELECT if_index FROM link"), 7);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM port WHERE name = 'gi9'"
						  " AND role = 'unknown'"),
			 1);
}

/* Chained batches keep their order; one that cannot be written leaves nothing behind. */
static void
test_all_or_nothing(void **state)
{
	struct fixture *f = *state;
	uint32_t sw = fixture_declare(f, "acc1", KIND_SWITCH, 0);
	uint32_t camera = fixture_declare(f, "cam1", KIND_CAMERA, 0);
	struct topo_station station = {sw, 7, 0x00408c010203, AT(5)};
	struct store_batch *later = store_batch_new();
	struct topo_link link = fixture_link(camera, sw, 7, 0);
	struct topo_port port = {.if_index = 9, .name = "gi9"};

	assert_non_null(later);
	fixture_commit(f);
	assert_int_equal(store_batch_link(f->batch, &link), 0);
	assert_int_equal(store_batch_ports(f->batch, sw, AT(0), &port, 1), 0);
	link = fixture_link(camera, sw, 8, 60);
	assert_int_equal(store_batch_link(later, &link), 0);
	assert_int_equal(store_batch_station(later, &station), 0);
	assert_int_equal(store_batch_append(f->batch, later), 0);
	assert_true(store_batch_is_empty(later));
	assert_int_equal(store_batch_append(f->batch, later), 0);
	link = fixture_link(77, sw, 9, 60); /* a device that was never declared */
	assert_int_equal(store_batch_link(later, &link), 0);
	assert_int_equal(store_batch_append(f->batch, later), 0);
	assert_int_equal(store_commit(f->store, f->batch, f->message, sizeof(f->message)),
			 ERR_INVAL);
	assert_int_equal(fixture_sql_int(f->path, "SELECT (SELECT count(*) FROM link) +"
						  " (SELECT count(*) FROM link_history) +"
						  " (SELECT count(*) FROM port) +"
						  " (SELECT count(*) FROM station) +"
						  " (SELECT count(*) FROM switch)"),
			 0);
	/* the same batch, with the device declared by somebody */
	assert_int_equal(fixture_sql(f->path, "INSERT INTO device VALUES (77, 'late', '', 'camera',"
					      " '', '', '', '', '{}', 1, 0)"),
			 SQLITE_OK);
	fixture_commit(f);
	assert_int_equal(fixture_sql_int(f->path, "SELECT if_index FROM link WHERE device = 2"), 8);
	assert_int_equal(fixture_sql_int(f->path, "SELECT if_index FROM link_history"), 7);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM station"), 1);
	store_batch_free(later);
}

/* Made-up addresses on one port do not fill the database. */
static void
test_many_stations(void **state)
{
	struct fixture *f = *state;
	uint32_t sw = fixture_declare(f, "acc1", KIND_SWITCH, 0);

	for (uint32_t i = 0; i < 5000; i++) {
		struct topo_station station = {sw, 7, 0x020000000000 + i, AT(i)};

		assert_int_equal(store_batch_station(f->batch, &station), 0);
	}
	assert_int_equal(store_batch_station(f->batch, &(struct topo_station){sw, 8, 0x5, AT(1)}),
			 0);
	fixture_commit(f);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM station"), 4097);
}

int
main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_load),	   TEST(test_removed),	TEST(test_retention),
		TEST(test_from_version_4), TEST(test_odd_rows), TEST(test_all_or_nothing),
		TEST(test_many_stations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
