/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What devices are and were, what could be checked of them, and when nobody watched.
 */
#include "../store/fixture.h"

#include "../../src/store/migrate.h"
#include "keepwatch/err.h"
#include "keepwatch/fleet.h"
#include "keepwatch/reader_audit.h"
#include "keepwatch/reader_incident.h"
#include "keepwatch/store_audit.h"
#include "keepwatch/store_incident.h"

#include <stdio.h>
#include <string.h>

/* One reading of a probe: NULL for what it does not tell. */
static void
reading(struct fixture *f, uint32_t id, enum probe_id probe, int64_t at_s, const char *model,
	const char *firmware, const char *serial)
{
	struct fact_list list = {0};

	if (model != NULL)
		assert_int_equal(fact_add(&list, FACT_MODEL, NULL, model), 0);
	if (firmware != NULL)
		assert_int_equal(fact_add(&list, FACT_FIRMWARE, NULL, firmware), 0);
	if (serial != NULL)
		assert_int_equal(fact_add(&list, FACT_SERIAL, NULL, serial), 0);
	if (firmware != NULL && probe == PROBE_ONVIF)
		assert_int_equal(
			fact_add(&list, FACT_SOURCE, "firmware", "ONVIF GetDeviceInformation"), 0);
	assert_int_equal(store_batch_facts(f->batch, id, probe, AT(at_s), &list, 0), 0);
	fixture_commit(f);
}

static void
test_units(void **state)
{
	struct fixture *f = *state;
	struct reader_unit_list list;
	const struct reader_unit *unit;
	struct reader *reader;

	assert_int_equal(fixture_declare(f, "cam2", KIND_CAMERA, 1), 1);
	assert_int_equal(fixture_declare(f, "cam1", KIND_CAMERA, 0), 2);
	fixture_commit(f);
	reading(f, 2, PROBE_ONVIF, 10, "P3245", "9.80.1", "ACCC8E");
	reading(f, 2, PROBE_SNMP, 20, "P3245-V", "9.80", NULL);
	reading(f, 2, PROBE_ONVIF, 30, "P3245", "10.1", "ACCC8E");
	reading(f, 1, PROBE_SNMP, 10, NULL, "1.0", NULL);
	reader = fixture_reader(f);
	assert_int_equal(reader_units(reader, NULL, &list), 0);
	assert_int_equal(list.count, 2);
	unit = &list.items[0];
	assert_string_equal(unit->name, "cam1");
	assert_string_equal(unit->site, "hq");
	assert_string_equal(unit->parts[UNIT_FIRMWARE].value, "10.1");
	assert_string_equal(unit->parts[UNIT_FIRMWARE].source, "ONVIF GetDeviceInformation");
	assert_true(unit->parts[UNIT_FIRMWARE].first_seen_ms == AT(10));
	assert_true(unit->parts[UNIT_FIRMWARE].changed_ms == AT(30));
	assert_string_equal(unit->parts[UNIT_MODEL].value, "P3245");
	assert_string_equal(unit->parts[UNIT_MODEL].source, "onvif"); /* names none: the probe */
	assert_string_equal(unit->parts[UNIT_SERIAL].value, "ACCC8E");
	assert_string_equal(unit->parts[UNIT_HARDWARE].value, "");
	assert_string_equal(list.items[1].parts[UNIT_FIRMWARE].source, "snmp");
	reader_unit_list_fini(&list);
	assert_int_equal(reader_units(reader,
				      &(struct reader_filter){.kind = -1, .state = -1, .device = 1},
				      &list),
			 0);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0].name, "cam2");
	reader_unit_list_fini(&list);
	reader_close(reader);
}

static void
check_change(const struct reader_unit_change *c, int64_t after_s, int64_t at_s, const char *from,
	     const char *to, const char *serial_from, const char *serial_to)
{
	assert_true(c->at_ms == AT(at_s));
	assert_true(c->after_ms == AT(after_s));
	assert_string_equal(c->from[UNIT_FIRMWARE], from);
	assert_string_equal(c->to[UNIT_FIRMWARE], to);
	assert_string_equal(c->from[UNIT_SERIAL], serial_from);
	assert_string_equal(c->to[UNIT_SERIAL], serial_to);
}

/* A new version, another unit with another version, an old version back: three readings. */
static void
test_changes(void **state)
{
	struct fixture *f = *state;
	struct store_retention keep = {.keep_events_ms = 1000};
	struct reader_unit_change_list list;
	struct reader *reader;

	assert_int_equal(fixture_declare(f, "cam1", KIND_CAMERA, 0), 1);
	fixture_commit(f);
	reading(f, 1, PROBE_ONVIF, 10, "P3245", "1.0", "A");
	reading(f, 1, PROBE_SNMP, 15, NULL, "1", NULL);
	reading(f, 1, PROBE_ONVIF, 5000, "P3245", "1.0", "A"); /* noted as seen */
	reading(f, 1, PROBE_ONVIF, 5010, "P3245", "1.1", "A");
	reading(f, 1, PROBE_SNMP, 5015, NULL, "1.1", NULL); /* whose word does not count */
	reading(f, 1, PROBE_ONVIF, 5020, "P3245", "2.0", "B");
	reading(f, 1, PROBE_ONVIF, 5030, NULL, "1.0", NULL);
	for (int i = 0; i < 2; i++) {
		reader = fixture_reader(f);
		assert_int_equal(reader_unit_changes(reader, NULL, 0, &list), 0);
		assert_int_equal(list.count, 3);
		check_change(&list.items[0], 5000, 5010, "1.0", "1.1", "A", "A");
		assert_int_equal(list.items[0].changed, 1U << UNIT_FIRMWARE);
		check_change(&list.items[1], 5010, 5020, "1.1", "2.0", "A", "B");
		assert_int_equal(list.items[1].changed, 1U << UNIT_FIRMWARE | 1U << UNIT_SERIAL);
		check_change(&list.items[2], 5020, 5030, "2.0", "1.0", "B", "B");
		assert_string_equal(list.items[2].to[UNIT_MODEL], "P3245");
		assert_string_equal(list.items[2].to[UNIT_VENDOR], "");
		assert_string_equal(list.items[0].name, "cam1");
		assert_string_equal(list.items[0].probe, "onvif");
		reader_unit_change_list_fini(&list);
		assert_int_equal(reader_unit_changes(reader, NULL, AT(5030), &list), 0);
		assert_int_equal(list.count, 1);
		reader_unit_change_list_fini(&list);
		reader_close(reader);
		/* longer than other history */
		fixture_maintain(f, &keep, AT(1000000));
		assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM fact_history"), 0);
	}
}

/* The probe is no longer used, and used again on a newer version; another probe goes for good. */
static void
test_changes_of_gone(void **state)
{
	struct fixture *f = *state;
	struct reader_unit_change_list list;
	struct reader *reader;

	assert_int_equal(fixture_declare(f, "cam1", KIND_CAMERA, 0), 1);
	reading(f, 1, PROBE_SNMP, 10, NULL, "1.0", NULL);
	reading(f, 1, PROBE_SNMP, 20, NULL, "1.1", NULL);
	reading(f, 1, PROBE_ONVIF, 30, NULL, "1.1", NULL);
	assert_int_equal(store_batch_probe_gone(f->batch, 1, PROBE_SNMP, AT(40)), 0);
	assert_int_equal(store_batch_probe_gone(f->batch, 1, PROBE_ONVIF, AT(50)), 0);
	fixture_commit(f);
	reading(f, 1, PROBE_ONVIF, 60, NULL, "1.2", NULL);
	reader = fixture_reader(f);
	assert_int_equal(reader_unit_changes(reader, NULL, 0, &list), 0);
	assert_int_equal(list.count, 2);
	check_change(&list.items[0], 10, 20, "1.0", "1.1", "", "");
	assert_string_equal(list.items[0].probe, "snmp");
	check_change(&list.items[1], 30, 60, "1.1", "1.2", "", "");
	reader_unit_change_list_fini(&list);
	reader_close(reader);
}

static const struct reader_coverage_part *
part_of(const struct reader_coverage_list *list, size_t at, enum coverage_part part)
{
	return &list->items[at].parts[part];
}

static void
probe_state(struct fixture *f, uint32_t id, enum probe_id probe, enum health health,
	    enum reason reason)
{
	struct store_state state = {.health = health, .reason = reason, .since_ms = AT(7)};

	assert_int_equal(store_batch_probe_state(f->batch, id, probe, &state), 0);
}

static void
test_coverage(void **state)
{
	struct fixture *f = *state;
	struct ledger_entry entry = {
		.device = 1, .use = USE_ONVIF, .account = "admin", .last_proven_ms = AT(5)};
	struct reader_coverage_list list;
	const struct reader_coverage_part *p;
	struct reader *reader;

	assert_int_equal(fixture_declare(f, "a-well", KIND_CAMERA, 0), 1);
	assert_int_equal(fixture_declare(f, "b-refused", KIND_CAMERA, 0), 2);
	assert_int_equal(fixture_declare(f, "c-bare", KIND_CAMERA, 0), 3);
	probe_state(f, 1, PROBE_ONVIF, HEALTH_UP, REASON_NONE);
	fixture_commit(f);
	reading(f, 1, PROBE_ONVIF, 10, NULL, "1.0", NULL);
	fixture_fact(f, 1, PROBE_ONVIF, AT(10), FACT_CLOCK_OFFSET_MS, NULL, "12");
	fixture_fact(f, 1, PROBE_ONVIF, AT(10), FACT_AUDITED, "ports", "checked");
	fixture_fact(f, 1, PROBE_ONVIF, AT(10), FACT_AUDITED, "tls", "checked");
	/* of two probes one could: it is checked */
	fixture_fact(f, 1, PROBE_ONVIF, AT(10), FACT_AUDITED, "anonymous", "no rights");
	fixture_fact(f, 1, PROBE_SNMP, AT(10), FACT_AUDITED, "anonymous", "checked");
	fixture_commit(f);
	fixture_fact(f, 1, PROBE_ONVIF, AT(20), FACT_AUDITED, "tls", "no answer on 443");
	assert_int_equal(store_batch_ledger(f->batch, &entry), 0);
	probe_state(f, 2, PROBE_ONVIF, HEALTH_DEGRADED, REASON_AUTH);
	probe_state(f, 2, PROBE_ICMP, HEALTH_UP, REASON_NONE);
	entry.device = 2;
	entry.refused_ms = AT(6);
	assert_int_equal(store_batch_ledger(f->batch, &entry), 0);
	fixture_commit(f);
	reader = fixture_reader(f);
	assert_int_equal(reader_coverage(reader, NULL, &list), 0);
	assert_int_equal(list.count, 3);
	p = part_of(&list, 0, COVERAGE_FIRMWARE);
	assert_true(p->checked_ms == AT(10));
	assert_string_equal(p->reason, "");
	p = part_of(&list, 0, COVERAGE_PASSWORDS);
	assert_true(p->checked_ms == AT(5));
	assert_string_equal(p->reason, "");
	assert_true(part_of(&list, 0, COVERAGE_CLOCK)->checked_ms == AT(10));
	assert_true(part_of(&list, 0, COVERAGE_PORTS)->checked_ms == AT(10));
	p = part_of(&list, 0, COVERAGE_ANONYMOUS);
	assert_true(p->checked_ms == AT(10) && p->since_ms == 0);
	p = part_of(&list, 0, COVERAGE_TLS);
	assert_string_equal(p->reason, "no answer on 443");
	assert_true(p->since_ms == AT(20));
	assert_true(p->checked_ms == AT(20)); /* was checked until then */
	assert_string_equal(part_of(&list, 0, COVERAGE_USERS)->reason, "onvif: not asked yet");
	assert_string_equal(part_of(&list, 0, COVERAGE_SNMP)->reason, "not probed for exposure");
	/* a refused login */
	p = part_of(&list, 1, COVERAGE_FIRMWARE);
	assert_true(p->checked_ms == 0 && p->since_ms == AT(7));
	assert_string_equal(p->reason, "onvif: credential refused");
	p = part_of(&list, 1, COVERAGE_PASSWORDS);
	assert_string_equal(p->reason, "onvif: login of admin refused");
	assert_true(p->since_ms == AT(6) && p->checked_ms == AT(5));
	/* nothing but a ping */
	assert_string_equal(part_of(&list, 2, COVERAGE_PASSWORDS)->reason,
			    "no credential configured");
	assert_string_equal(list.items[2].name, "c-bare");
	for (size_t i = 0; i < list.count; i++) {
		for (int part = 0; part < COVERAGE_PART_COUNT; part++)
			assert_non_null(list.items[i].parts[part].reason);
	}
	reader_coverage_list_fini(&list);
	reader_close(reader);
}

static void
check_downtime(const struct reader_downtime *d, int64_t from_s, int64_t until_s, enum downtime kind)
{
	assert_true(d->from_ms == AT(from_s));
	assert_true(d->until_ms == (until_s == 0 ? 0 : AT(until_s)));
	assert_int_equal(d->kind, kind);
}

static void
start(struct fixture *f, int64_t at_s)
{
	struct store_options options = {.create = true, .version = "test", .now_ms = AT(at_s)};

	assert_int_equal(store_open(&f->store, f->path, &options, f->message, sizeof(f->message)),
			 0);
}

static void
beat(struct fixture *f, int64_t from_s, int64_t until_s)
{
	for (int64_t at_s = from_s; at_s <= until_s; at_s += 100) {
		assert_int_equal(store_batch_heartbeat(f->batch, AT(at_s), 0), 0);
		fixture_commit(f);
	}
}

/* at_s 0: without a word. */
static void
stop(struct fixture *f, int64_t at_s)
{
	store_close(f->store, at_s == 0 ? 0 : AT(at_s));
	f->store = NULL;
}

static void
test_downtime(void **state)
{
	struct fixture *f = *state;
	struct reader_downtime_list list;
	struct store_batch *late = store_batch_new();
	struct reader *reader;

	start(f, 1000);
	beat(f, 1000, 2000);
	stop(f, 2010);
	start(f, 3000);
	beat(f, 3000, 4000);
	stop(f, 0);
	start(f, 5000);
	beat(f, 5000, 5100);
	beat(f, 9000, 9000); /* a suspended machine */
	/* a full disk: it watched all the same */
	for (int64_t at_s = 9100; at_s <= 9900; at_s += 100) {
		assert_int_equal(store_batch_heartbeat(late, AT(at_s), 0), 0);
		assert_int_equal(store_batch_append(f->batch, late), 0);
	}
	assert_int_equal(store_commit(f->store, f->batch, f->message, sizeof(f->message)), 0);
	fixture_commit(f);
	reader = fixture_reader(f);
	assert_int_equal(reader_downtimes(reader, 0, AT(9950), &list), 0);
	assert_int_equal(list.count, 3);
	check_downtime(&list.items[0], 2010, 3000, DOWNTIME_STOPPED);
	check_downtime(&list.items[1], 4000, 5000, DOWNTIME_CRASHED);
	check_downtime(&list.items[2], 5100, 9000, DOWNTIME_SILENT);
	reader_downtime_list_fini(&list);
	assert_int_equal(reader_downtimes(reader, AT(3500), AT(4500), &list), 0);
	assert_int_equal(list.count, 1);
	reader_downtime_list_fini(&list);
	assert_int_equal(reader_downtimes(reader, AT(9000), AT(20000), &list), 0);
	assert_int_equal(list.count, 1);
	check_downtime(&list.items[0], 9900, 0, DOWNTIME_CRASHED);
	reader_downtime_list_fini(&list);
	stop(f, 9910);
	assert_int_equal(reader_downtimes(reader, AT(9000), AT(9920), &list), 0);
	assert_int_equal(list.count, 1);
	check_downtime(&list.items[0], 9910, 0, DOWNTIME_STOPPED);
	reader_downtime_list_fini(&list);
	reader_close(reader);
	store_batch_free(late);
}

/* A database of the version before, in use: its findings stand, and what it knew of changes and of
 * the agent is there as if this version had written it. */
static void
test_from_version_6(void **state)
{
	struct fixture *f = *state;
	struct reader_finding_query query = READER_FINDINGS_OPEN;
	struct reader_unit_change_list changes;
	struct reader_downtime_list downtimes;
	struct reader_finding_list findings;
	const struct migration *all;
	struct reader *reader;
	size_t count;

	assert_int_equal(fixture_sql(f->path, "PRAGMA auto_vacuum = 2;"
					      "PRAGMA application_id = 0x4b574442;"
					      "PRAGMA journal_mode = WAL"),
			 0);
	all = migrations(&count);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(fixture_sql(f->path, all[i].sql), 0);
	assert_int_equal(
		fixture_sql(
			f->path,
			"PRAGMA user_version = 6;"
			"INSERT INTO device VALUES (1, 'cam1', '', 'camera', '', '', '', '', '{}',"
			" 1, 0);"
			"INSERT INTO probe VALUES (1, 'onvif'), (2, 'snmp');"
			"INSERT INTO finding (rule, severity, node, port, name, since, confirmed,"
			" value, bound, evidence) VALUES ('clock-drift', 'warning', 1, 0, 'cam1',"
			" 10, 20, 1, 2, 'words'), ('clock-drift', 'warning', 2, 7, 'x', 10, 20, 1,"
			" 2, 'words');"
			"INSERT INTO fact VALUES (1, 1, 'firmware', '', '3.0', 10, 900, 300, 0),"
			" (1, 1, 'serial', '', 'B', 10, 900, 300, 0),"
			" (1, 1, 'mac', 'eth0', 'x', 10, 900, 300, 0);"
			"INSERT INTO fact_history (device, probe, key, instance, value, since,"
			" until, ended) VALUES (1, 1, 'firmware', '', '1.0', 10, 100, 'changed'),"
			" (1, 1, 'firmware', '', '2.0', 100, 200, 'gone'),"
			" (1, 1, 'serial', '', 'A', 10, 300, 'changed'),"
			" (1, 1, 'mac', 'eth0', 'y', 10, 300, 'changed'),"
			" (9, 1, 'firmware', '', '1.0', 10, 100, 'changed');"
			"INSERT INTO event (at, type, reason) VALUES (5, 'agent-start', 'NONE'),"
			" (50, 'agent-stop', 'NONE'), (60, 'agent-start', 'NONE'),"
			" (90, 'config-reload', 'NONE'), (120, 'agent-start', 'NONE')"),
		0);
	assert_int_equal(fixture_open(f), 0);
	reader = fixture_reader(f);
	query.now_ms = 1000;
	assert_int_equal(reader_findings(reader, &query, &findings), 0);
	assert_int_equal(findings.count, 2);
	assert_string_equal(findings.items[1].finding.instance, "");
	assert_string_equal(findings.items[1].finding.evidence, "words");
	assert_true(findings.items[1].finding.confirmed_ms == 20);
	assert_int_equal(findings.items[1].state, FINDING_OPEN);
	assert_int_equal(reader_unit_changes(reader, NULL, 0, &changes), 0);
	assert_int_equal(changes.count, 2);
	assert_true(changes.items[0].at_ms == 100 && changes.items[0].after_ms == 0);
	assert_string_equal(changes.items[0].from[UNIT_FIRMWARE], "1.0");
	assert_string_equal(changes.items[0].to[UNIT_FIRMWARE], "2.0");
	assert_string_equal(changes.items[0].to[UNIT_SERIAL], "A");
	assert_true(changes.items[1].at_ms == 300 && changes.items[1].after_ms == 200);
	assert_string_equal(changes.items[1].to[UNIT_FIRMWARE], "3.0");
	assert_string_equal(changes.items[1].from[UNIT_SERIAL], "A");
	assert_string_equal(changes.items[1].to[UNIT_SERIAL], "B");
	assert_int_equal(reader_downtimes(reader, 0, AT(1), &downtimes), 0);
	assert_int_equal(downtimes.count, 2);
	assert_true(downtimes.items[0].from_ms == 50 && downtimes.items[0].until_ms == 60);
	assert_int_equal(downtimes.items[0].kind, DOWNTIME_STOPPED);
	assert_true(downtimes.items[1].from_ms == 90 && downtimes.items[1].until_ms == 120);
	assert_int_equal(downtimes.items[1].kind, DOWNTIME_CRASHED);
	reader_downtime_list_fini(&downtimes);
	reader_unit_change_list_fini(&changes);
	reader_finding_list_fini(&findings);
	reader_close(reader);
	/* and it goes on where it was: the same finding is not opened twice */
	assert_int_equal(store_batch_finding(f->batch,
					     &(struct finding){.rule = RULE_CLOCK_DRIFT,
							       .severity = FINDING_WARNING,
							       .node = 1,
							       .since_ms = 10,
							       .confirmed_ms = 30},
					     "cam1"),
			 0);
	fixture_commit(f);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM finding"), 2);
	assert_int_equal(fixture_sql_int(f->path, "SELECT max(confirmed) FROM finding"), 30);
}

int
main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_units),	    TEST(test_changes),
		TEST(test_changes_of_gone), TEST(test_coverage),
#undef TEST
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup_dir, fixture_teardown)
		TEST(test_downtime),	    TEST(test_from_version_6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
