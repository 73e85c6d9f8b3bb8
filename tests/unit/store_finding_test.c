/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Findings in the store: one is open of a rule, node and port, and its history keeps what happened.
 */
#include "../store/fixture.h"

#include "keepwatch/reader_incident.h"
#include "keepwatch/store_incident.h"
#include "keepwatch/store_topology.h"

#include <stdio.h>

static struct finding
make(uint32_t node, uint32_t port, int64_t at_s, double value)
{
	struct finding finding = {
		.rule = RULE_PORT_ERRORS,
		.severity = value < 10 ? FINDING_WARNING : FINDING_CRITICAL,
		.node = node,
		.port = port,
		.since_ms = AT(0),
		.confirmed_ms = AT(at_s),
		.value = value,
		.limit = 5,
	};

	snprintf(finding.evidence, sizeof(finding.evidence), "%g errors an hour", value);
	return finding;
}

static void
put(struct fixture *f, struct finding finding, int64_t resolved_s)
{
	finding.resolved_ms = resolved_s == 0 ? 0 : AT(resolved_s);
	assert_int_equal(store_batch_finding(f->batch, &finding, "was-acc1"), 0);
}

static size_t
find(struct fixture *f, const struct reader_finding_query *query, struct reader_finding *first)
{
	struct reader *reader = fixture_reader(f);
	struct reader_finding_list list;
	size_t count;

	if (reader_findings(reader, query, &list) != 0)
		fail_msg("%s", reader_error(reader));
	count = list.count;
	if (first != NULL && count > 0) {
		*first = list.items[0]; /* its strings are gone with the list */
		first->rule_name = first->name = first->site = first->port_name = NULL;
	}
	reader_finding_list_fini(&list);
	reader_close(reader);
	return count;
}

/* Opened, confirmed, worse, better, resolved, opened again; each batch is committed twice. */
static void
test_history(void **state)
{
	struct fixture *f = *state;
	struct reader_finding_query query = READER_FINDINGS_OPEN;
	struct reader_finding_change_list changes;
	struct reader_finding open, past;
	struct reader *reader;
	struct store_batch *batch = f->batch;
	struct finding again = make(1, 7, 600, 8);

	put(f, make(1, 7, 60, 6), 0);
	put(f, make(1, 7, 120, 7), 0);
	put(f, make(1, 7, 180, 20), 0);
	put(f, make(1, 7, 240, 9), 0);
	put(f, make(1, 7, 240, 9), 300);
	again.since_ms = AT(500);
	put(f, again, 0);
	put(f, make(2, 0, 90, 6), 91); /* of one that never was */
	put(f, make(3, 0, 90, 6), 0);
	put(f, make(3, 0, 90, 6), 95); /* and not again */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(store_commit(f->store, batch, f->message, sizeof(f->message)), 0);
		assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM finding"), 3);
		assert_int_equal(find(f, &query, &open), 1);
		assert_true(open.finding.since_ms == AT(500));
		assert_true(open.finding.confirmed_ms == AT(600));
		assert_true(open.finding.value == 8 && open.finding.limit == 5);
		assert_int_equal(open.changes, 1);
		query.with_resolved = true;
		assert_int_equal(find(f, &query, NULL), 3);
		query.since_ms = AT(200);
		query.until_ms = AT(400);
		assert_int_equal(find(f, &query, &past), 1);
		query = READER_FINDINGS_OPEN;
		assert_true(past.finding.resolved_ms == AT(300));
		reader = fixture_reader(f);
		assert_int_equal(reader_finding_changes(reader, past.id, &changes), 0);
		assert_int_equal(changes.count, 4);
		assert_true(changes.items[0].at_ms == AT(60) && changes.items[0].value == 6);
		assert_string_equal(changes.items[0].evidence, "6 errors an hour");
		assert_int_equal(changes.items[1].severity, FINDING_CRITICAL);
		assert_true(changes.items[1].at_ms == AT(180));
		assert_int_equal(changes.items[2].severity, FINDING_WARNING);
		assert_false(changes.items[2].is_resolved);
		assert_true(changes.items[3].is_resolved && changes.items[3].at_ms == AT(300));
		reader_finding_change_list_fini(&changes);
		reader_close(reader);
	}
}

static void
test_queries(void **state)
{
	struct fixture *f = *state;
	struct reader_finding_query query = READER_FINDINGS_OPEN;
	struct topo_port port = {.if_index = 7, .name = "gi7"};
	struct finding other = make(99, 0, 60, 20);
	struct reader_finding_list list;
	struct reader_finding first;
	struct reader *reader;

	assert_int_equal(fixture_declare(f, "acc1", KIND_SWITCH, 0), 1);
	assert_int_equal(fixture_declare(f, "acc2", KIND_SWITCH, 1), 2);
	assert_int_equal(store_batch_ports(f->batch, 1, AT(0), &port, 1), 0);
	put(f, make(1, 7, 60, 6), 0);
	put(f, make(2, 0, 60, 20), 0);
	other.rule = RULE_REBOOTS; /* of what is no device */
	put(f, other, 0);
	put(f, make(1, 8, 60, 6), 0);
	put(f, make(1, 8, 60, 6), 70);
	fixture_commit(f);
	assert_int_equal(find(f, &query, &first), 3);
	assert_int_equal(first.finding.severity, FINDING_CRITICAL);
	query.min_severity = FINDING_CRITICAL;
	assert_int_equal(find(f, &query, NULL), 2);
	query.limit = 1;
	assert_int_equal(find(f, &query, NULL), 1);
	query = READER_FINDINGS_OPEN;
	query.rules = UINT64_C(1) << RULE_REBOOTS;
	assert_int_equal(find(f, &query, &first), 1);
	assert_int_equal(first.finding.node, 99);
	query = READER_FINDINGS_OPEN;
	query.devices.site = "lab";
	assert_int_equal(find(f, &query, &first), 1);
	assert_int_equal(first.finding.node, 2);
	query = READER_FINDINGS_OPEN;
	query.devices.device = 1;
	assert_int_equal(find(f, &query, &first), 1);
	query.with_resolved = true;
	assert_int_equal(find(f, &query, &first), 2);
	query.since_ms = AT(71);
	assert_int_equal(find(f, &query, &first), 1);
	/* names as they are now, else as they were */
	reader = fixture_reader(f);
	query = READER_FINDINGS_OPEN;
	assert_int_equal(reader_findings(reader, &query, &list), 0);
	assert_string_equal(list.items[0].name, "was-acc1");
	assert_string_equal(list.items[0].site, "");
	assert_string_equal(list.items[1].name, "acc2");
	assert_string_equal(list.items[2].name, "acc1");
	assert_string_equal(list.items[2].site, "hq");
	assert_string_equal(list.items[2].port_name, "gi7");
	assert_int_equal(list.items[2].kind, KIND_SWITCH);
	assert_string_equal(list.items[2].rule_name, "port-errors");
	reader_finding_list_fini(&list);
	reader_close(reader);
}

/* One that goes to and fro for ever does not fill the disk. */
static void
test_long_history(void **state)
{
	struct fixture *f = *state;

	for (int i = 1; i <= 1000; i++)
		put(f, make(1, 0, i, i % 2 == 0 ? 6 : 20), 0);
	fixture_commit(f);
	assert_int_equal(fixture_sql_int(f->path, "SELECT changes FROM finding"), 1000);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM finding_change"), 200);
	assert_int_equal(fixture_sql_int(f->path, "SELECT min(number) FROM finding_change"), 1);
	assert_int_equal(fixture_sql_int(f->path, "SELECT max(number) FROM finding_change"), 1000);
}

int
main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_history),
		TEST(test_queries),
		TEST(test_long_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
