/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an audit finds, in the store: several of a rule on a device, that they go on, and with which
 * of them a person lives. Batches are committed twice: it must make no difference.
 */
#include "../store/fixture.h"

#include "keepwatch/err.h"
#include "keepwatch/reader_audit.h"
#include "keepwatch/reader_incident.h"
#include "keepwatch/store_audit.h"
#include "keepwatch/store_incident.h"

#include <stdio.h>
#include <string.h>

static struct finding
make(enum finding_rule rule, uint32_t node, const char *instance, int64_t at_s)
{
	struct finding finding = {
		.rule = rule,
		.severity = finding_rule_severity(rule),
		.node = node,
		.since_ms = AT(at_s),
		.confirmed_ms = AT(at_s),
	};

	snprintf(finding.instance, sizeof(finding.instance), "%s", instance);
	snprintf(finding.evidence, sizeof(finding.evidence), "saw %s", instance);
	return finding;
}

static void
put(struct fixture *f, struct finding finding)
{
	assert_int_equal(store_batch_finding(f->batch, &finding, "was"), 0);
}

static void
resolve(struct fixture *f, struct finding finding, int64_t at_s)
{
	finding.resolved_ms = finding.confirmed_ms = AT(at_s);
	put(f, finding);
}

static struct store_acceptance
acceptance(const struct finding *finding, int64_t at_s, int64_t until_s)
{
	return (struct store_acceptance){
		.rule = finding->rule,
		.node = finding->node,
		.port = finding->port,
		.instance = finding->instance,
		.name = "was",
		.who = "auditor",
		.why = "behind a firewall",
		.at_ms = AT(at_s),
		.until_ms = until_s == 0 ? 0 : AT(until_s),
	};
}

static void
accept_it(struct fixture *f, const struct finding *finding, int64_t at_s, int64_t until_s)
{
	struct store_acceptance a = acceptance(finding, at_s, until_s);

	assert_int_equal(store_batch_acceptance(f->batch, &a), 0);
}

static void
withdraw(struct fixture *f, const struct finding *finding, int64_t at_s)
{
	struct store_acceptance a = acceptance(finding, at_s, 0);

	a.who = "chief";
	a.why = "no more";
	assert_int_equal(store_batch_acceptance_withdrawn(f->batch, &a), 0);
}

/* Twice: a failed commit may have succeeded. */
static void
commit(struct fixture *f)
{
	assert_int_equal(store_commit(f->store, f->batch, f->message, sizeof(f->message)), 0);
	fixture_commit(f);
}

static void
read_at(struct fixture *f, int64_t now_s, bool with_resolved, struct reader_finding_list *out)
{
	struct reader *reader = fixture_reader(f);
	struct reader_finding_query query = READER_FINDINGS_OPEN;

	query.now_ms = AT(now_s);
	query.with_resolved = with_resolved;
	if (reader_findings(reader, &query, out) != 0)
		fail_msg("%s", reader_error(reader));
	reader_close(reader);
}

/* The state of the one finding that is open, or of the newest. */
static enum finding_state
state_at(struct fixture *f, int64_t now_s)
{
	struct reader_finding_list list;
	enum finding_state state;

	read_at(f, now_s, true, &list);
	assert_true(list.count > 0);
	state = list.items[0].state;
	assert_int_equal(strcmp(list.items[0].accepted_by, "auditor") == 0,
			 state == FINDING_ACCEPTED);
	reader_finding_list_fini(&list);
	return state;
}

static void
declare(struct fixture *f)
{
	assert_int_equal(fixture_declare(f, "cam1", KIND_CAMERA, 0), 1);
	assert_int_equal(fixture_declare(f, "cam2", KIND_CAMERA, 1), 2);
	fixture_commit(f);
}

static void
test_instances(void **state)
{
	struct fixture *f = *state;
	struct finding telnet = make(RULE_PORT_OPEN, 1, "23", 10);
	struct finding ftp = make(RULE_PORT_OPEN, 1, "21", 20);
	struct reader_finding_list list;

	declare(f);
	put(f, telnet);
	put(f, ftp);
	commit(f);
	read_at(f, 30, false, &list);
	assert_int_equal(list.count, 2);
	assert_string_equal(list.items[0].finding.instance, "21"); /* the newest first */
	assert_string_equal(list.items[1].finding.instance, "23");
	assert_string_equal(list.items[1].finding.evidence, "saw 23");
	assert_int_equal(list.items[1].changes, 1);
	reader_finding_list_fini(&list);
	resolve(f, telnet, 40);
	commit(f);
	read_at(f, 50, false, &list);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0].finding.instance, "21");
	reader_finding_list_fini(&list);
	/* the same again is another finding */
	put(f, make(RULE_PORT_OPEN, 1, "23", 60));
	commit(f);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM finding"), 3);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM finding_change"), 4);
}

static int
count_finding(void *arg, const struct finding *finding)
{
	int64_t *confirmed = arg;

	assert_true(finding->node >= 1 && finding->node <= 2);
	if (finding->rule == RULE_PORT_OPEN)
		assert_string_equal(finding->instance, "23");
	confirmed[finding->rule == RULE_PORT_OPEN      ? 0
		  : finding->rule == RULE_FIRMWARE_OLD ? 1
						       : 2] = finding->confirmed_ms;
	return 0;
}

/* When each was seen last, as the agent starts with it: port, firmware, early warning. */
static void
check_confirmed(struct fixture *f, int64_t port_s, int64_t firmware_s, int64_t warning_s)
{
	const struct store_incident_handlers handlers = {.finding = count_finding};
	int64_t confirmed[3] = {0};

	assert_int_equal(store_load_incidents(f->store, &handlers, confirmed, NULL, f->message,
					      sizeof(f->message)),
			 0);
	assert_true(confirmed[0] == AT(port_s));
	assert_true(confirmed[1] == AT(firmware_s));
	assert_true(confirmed[2] == AT(warning_s));
}

/* One row a device says that all of its findings go on; early warnings are none of it. */
static void
test_confirmed(void **state)
{
	struct fixture *f = *state;
	struct finding port = make(RULE_PORT_OPEN, 1, "23", 10);
	struct reader_finding_list list;
	int64_t seen_s;

	declare(f);
	put(f, port);
	put(f, make(RULE_FIRMWARE_OLD, 1, "", 10));
	put(f, make(RULE_LOSS_RISING, 1, "", 10));
	fixture_commit(f);
	assert_int_equal(store_batch_findings_confirmed(f->batch, 1, STORE_AUDIT_RULES, AT(100)),
			 0);
	assert_int_equal(store_batch_findings_confirmed(f->batch, 77, STORE_AUDIT_RULES, AT(100)),
			 0); /* is no device */
	commit(f);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM finding_confirmed"), 1);
	check_confirmed(f, 100, 100, 10);
	assert_int_equal(
		store_batch_findings_confirmed(f->batch, 1, UINT64_C(1) << RULE_PORT_OPEN, AT(200)),
		0);
	assert_int_equal(store_batch_findings_confirmed(f->batch, 1, 0, AT(300)), 0);
	commit(f);
	check_confirmed(f, 200, 100, 10);
	/* nothing goes back, and the same again writes nothing */
	assert_int_equal(store_batch_findings_confirmed(f->batch, 1, STORE_AUDIT_RULES, AT(50)), 0);
	assert_int_equal(store_batch_findings_confirmed(f->batch, 1, STORE_AUDIT_RULES, AT(100)),
			 0);
	assert_false(fixture_writes(f));
	/* what is resolved was seen last when its row says so */
	resolve(f, port, 250);
	assert_int_equal(store_batch_findings_confirmed(f->batch, 1, STORE_AUDIT_RULES, AT(400)),
			 0);
	commit(f);
	read_at(f, 500, true, &list);
	assert_int_equal(list.count, 3);
	for (size_t i = 0; i < 3; i++) {
		seen_s = list.items[i].finding.rule == RULE_PORT_OPEN	   ? 250
			 : list.items[i].finding.rule == RULE_FIRMWARE_OLD ? 400
									   : 10;
		assert_true(list.items[i].finding.confirmed_ms == AT(seen_s));
	}
	reader_finding_list_fini(&list);
}

static void
test_accepted(void **state)
{
	struct fixture *f = *state;
	struct finding port = make(RULE_PORT_OPEN, 1, "23", 10);
	struct reader_finding_list list;

	declare(f);
	put(f, port);
	commit(f);
	assert_int_equal(state_at(f, 15), FINDING_OPEN);
	accept_it(f, &port, 20, 1000);
	commit(f);
	assert_int_equal(state_at(f, 30), FINDING_ACCEPTED);
	read_at(f, 30, false, &list);
	assert_string_equal(list.items[0].accepted_by, "auditor");
	assert_string_equal(list.items[0].accepted_why, "behind a firewall");
	assert_true(list.items[0].accepted_ms == AT(20));
	assert_true(list.items[0].accepted_until_ms == AT(1000));
	assert_true(list.items[0].expired_ms == 0);
	reader_finding_list_fini(&list);
	/* its day is over */
	assert_int_equal(state_at(f, 1000), FINDING_OPEN);
	read_at(f, 1001, false, &list);
	assert_true(list.items[0].expired_ms == AT(1000));
	assert_string_equal(list.items[0].accepted_by, "");
	reader_finding_list_fini(&list);
}

/* It goes and comes again; what was said of it holds, until it is taken back. */
static void
test_comes_again(void **state)
{
	struct fixture *f = *state;
	struct finding port = make(RULE_PORT_OPEN, 1, "23", 10);
	struct finding other = make(RULE_PORT_OPEN, 2, "23", 10);
	struct reader_acceptance_list all;
	struct reader_finding_list list;
	struct reader *reader;

	declare(f);
	put(f, port);
	accept_it(f, &port, 20, 0);
	commit(f);
	resolve(f, port, 100);
	commit(f);
	put(f, make(RULE_PORT_OPEN, 1, "23", 200));
	commit(f);
	assert_int_equal(state_at(f, 300), FINDING_ACCEPTED);
	withdraw(f, &port, 310);
	commit(f);
	assert_int_equal(state_at(f, 320), FINDING_OPEN);
	accept_it(f, &port, 330, 0);
	commit(f);
	assert_int_equal(state_at(f, 340), FINDING_ACCEPTED);
	accept_it(f, &port, 350, 400); /* the newest counts */
	put(f, other);
	commit(f);
	read_at(f, 360, true, &list);
	assert_int_equal(list.count, 3);
	assert_int_equal(list.items[0].finding.node, 2); /* open, accepted, resolved */
	assert_int_equal(list.items[0].state, FINDING_OPEN);
	assert_int_equal(list.items[1].state, FINDING_ACCEPTED);
	assert_true(list.items[1].accepted_until_ms == AT(400));
	assert_int_equal(list.items[2].state, FINDING_RESOLVED);
	/* what held when it was resolved, though it was withdrawn since */
	assert_string_equal(list.items[2].accepted_by, "auditor");
	assert_true(list.items[2].accepted_ms == AT(20));
	reader_finding_list_fini(&list);
	reader = fixture_reader(f);
	assert_int_equal(reader_acceptances(reader, NULL, &all), 0);
	assert_int_equal(all.count, 3);
	assert_true(all.items[0].withdrawn_ms == AT(310));
	assert_string_equal(all.items[0].withdrawn_by, "chief");
	assert_string_equal(all.items[0].withdrawn_why, "no more");
	assert_true(all.items[0].is_replaced && all.items[1].is_replaced);
	assert_false(all.items[2].is_replaced);
	assert_true(all.items[2].is_open && all.items[2].withdrawn_ms == 0);
	assert_string_equal(all.items[2].name, "cam1");
	assert_string_equal(all.items[2].site, "hq");
	assert_string_equal(all.items[2].rule_name, "port-open");
	assert_string_equal(all.items[2].instance, "23");
	reader_acceptance_list_fini(&all);
	assert_int_equal(
		reader_acceptances(reader,
				   &(struct reader_filter){.site = "lab", .kind = -1, .state = -1},
				   &all),
		0);
	assert_int_equal(all.count, 0);
	reader_close(reader);
}

/* To and fro within one batch: committed again it takes nothing back. */
static void
test_to_and_fro(void **state)
{
	struct fixture *f = *state;
	struct finding port = make(RULE_PORT_OPEN, 1, "23", 10);

	declare(f);
	put(f, port);
	accept_it(f, &port, 20, 0);
	withdraw(f, &port, 30);
	accept_it(f, &port, 40, 0);
	commit(f);
	assert_int_equal(state_at(f, 50), FINDING_ACCEPTED);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM finding_acceptance"), 2);
}

static void
test_states(void **state)
{
	struct fixture *f = *state;
	struct reader_finding_query query = READER_FINDINGS_OPEN;
	struct finding one = make(RULE_PORT_OPEN, 1, "23", 10);
	struct reader *reader;
	struct reader_finding_list list;

	declare(f);
	put(f, one);
	put(f, make(RULE_PORT_OPEN, 1, "21", 10));
	accept_it(f, &one, 20, 0);
	commit(f);
	reader = fixture_reader(f);
	query.now_ms = AT(30);
	query.states = 1U << FINDING_ACCEPTED;
	assert_int_equal(reader_findings(reader, &query, &list), 0);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0].finding.instance, "23");
	query.states = 0;
	query.id = list.items[0].id;
	reader_finding_list_fini(&list);
	assert_int_equal(reader_findings(reader, &query, &list), 0);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0].finding.instance, "23");
	reader_finding_list_fini(&list);
	query.id = 12345;
	assert_int_equal(reader_findings(reader, &query, &list), 0);
	assert_int_equal(list.count, 0);
	reader_close(reader);
}

static int
take_acceptance(void *arg, const struct store_acceptance *a)
{
	int *count = arg;

	assert_int_equal(a->rule, RULE_PORT_OPEN);
	assert_int_equal(a->node, 1);
	assert_string_equal(a->instance, "21");
	assert_string_equal(a->who, "auditor");
	assert_true(a->until_ms == AT(60));
	return ++*count > 1 ? ERR_NOMEM : 0;
}

/* At start: the newest of each that is not withdrawn, also past its day. */
static void
test_load(void **state)
{
	struct fixture *f = *state;
	const struct store_audit_handlers handlers = {.acceptance = take_acceptance};
	struct finding telnet = make(RULE_PORT_OPEN, 1, "23", 10);
	struct finding ftp = make(RULE_PORT_OPEN, 1, "21", 10);
	int count = 0;

	declare(f);
	accept_it(f, &telnet, 20, 0);
	withdraw(f, &telnet, 30);
	accept_it(f, &ftp, 20, 0);
	accept_it(f, &ftp, 40, 60);
	commit(f);
	fixture_reopen(f);
	assert_int_equal(
		store_load_audit(f->store, &handlers, &count, f->message, sizeof(f->message)), 0);
	assert_int_equal(count, 1);
}

/* Retention forgets what was resolved long ago, never what a person said. */
static void
test_retention(void **state)
{
	struct fixture *f = *state;
	struct store_retention keep = {.keep_events_ms = 1000};
	struct reader_finding_list list;
	struct finding port = make(RULE_PORT_OPEN, 1, "23", 10);

	declare(f);
	put(f, port);
	accept_it(f, &port, 20, 0);
	put(f, make(RULE_PORT_OPEN, 2, "23", 10));
	commit(f);
	resolve(f, port, 30);
	assert_int_equal(store_batch_findings_confirmed(f->batch, 1, STORE_AUDIT_RULES, AT(25)), 0);
	commit(f);
	fixture_maintain(f, &keep, AT(1000000));
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM finding"), 1);
	assert_int_equal(fixture_sql_int(f->path, "SELECT node FROM finding"), 2);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM finding_acceptance"), 1);
	/* not by hand either */
	assert_int_not_equal(fixture_sql(f->path, "DELETE FROM finding_acceptance"), 0);
	assert_int_not_equal(fixture_sql(f->path, "UPDATE finding_acceptance SET why = 'x'"), 0);
	withdraw(f, &port, 40);
	commit(f);
	assert_int_not_equal(fixture_sql(f->path, "UPDATE finding_acceptance SET withdrawn = 0"),
			     0);
	/* it holds when the finding opens again years later */
	accept_it(f, &port, 50, 0);
	put(f, make(RULE_PORT_OPEN, 1, "23", 2000000));
	commit(f);
	read_at(f, 3000000, false, &list);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.items[0].state, FINDING_OPEN);
	assert_int_equal(list.items[1].finding.node, 1);
	assert_int_equal(list.items[1].state, FINDING_ACCEPTED);
	reader_finding_list_fini(&list);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM finding_acceptance"), 2);
}

int
main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_instances),	TEST(test_confirmed),  TEST(test_accepted),
		TEST(test_comes_again), TEST(test_to_and_fro), TEST(test_states),
		TEST(test_load),	TEST(test_retention),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
