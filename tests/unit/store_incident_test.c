/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Incidents in the store: what is written is what is read, a step that comes again changes nothing,
 * logs stay bounded, and what was open is open after a start.
 */
#include "store_incident_steps.h"

static void
test_written_and_read(void **state)
{
	struct fixture *f = *state;
	const struct incident_device devices[] = {{2, AT(30), 0}, {3, AT(31), AT(50)}};
	struct store_incident step = make(7, INCIDENT_OPENED, 60);
	struct reader_incident_device_list outages;
	struct reader_incident_alt_list others;
	struct reader_incident_step_list steps;
	struct evidence_line_list lines;
	struct reader_incident_list list;
	struct reader_incident *i;
	struct reader *reader;

	declare(f);
	step.is_alert = true;
	step.devices = devices;
	step.device_count = 2;
	put(f, &step);
	fixture_commit(f);
	reader = fixture_reader(f);
	assert_int_equal(reader_incident(reader, 7, &list), 0);
	i = &list.items[0];
	assert_int_equal(list.count, 1);
	assert_int_equal(i->id, 7);
	assert_int_equal(i->verdict, VERDICT_SWITCH_DOWN);
	assert_int_equal(i->blame.type, BLAME_NODE);
	assert_int_equal(i->blame.id, 1);
	assert_string_equal(i->blame_name, "acc1");
	assert_string_equal(i->site, "hq");
	assert_int_equal(i->team, TEAM_IT_NETWORK);
	assert_true(i->confidence == 0.75F);
	assert_true(i->since_ms == AT(30) && i->opened_ms == AT(60) && i->changed_ms == AT(60));
	assert_true(i->healed_ms == 0 && i->closed_ms == 0 && i->overturned_ms == 0);
	assert_true(i->told_ms == AT(60));
	assert_int_equal(i->told_count, 1);
	assert_int_equal(i->devices, 2);
	assert_int_equal(i->out, 1);
	assert_int_equal(i->steps, 1);
	assert_string_equal(i->note, "");
	reader_incident_list_fini(&list);

	assert_int_equal(reader_incident_devices(reader, 7, &outages), 0);
	assert_int_equal(outages.count, 2);
	assert_int_equal(outages.items[1].outage.device, 3);
	assert_true(outages.items[1].outage.since_ms == AT(31));
	assert_true(outages.items[1].outage.until_ms == AT(50));
	assert_string_equal(outages.items[1].name, "cam2");
	assert_string_equal(outages.items[1].site, "hq");
	assert_int_equal(outages.items[1].kind, KIND_CAMERA);
	reader_incident_device_list_fini(&outages);

	assert_int_equal(reader_incident_alts(reader, 7, &others), 0);
	assert_int_equal(others.count, 2);
	assert_int_equal(others.items[1].alt.verdict, VERDICT_POWER_LOSS);
	assert_int_equal(others.items[1].alt.blame.type, BLAME_ZONE);
	assert_int_equal(others.items[1].alt.blame.id, 3);
	assert_true(others.items[1].alt.share == 0.125F);
	assert_string_equal(others.items[0].name, "acc1");
	assert_string_equal(others.items[1].name, "");
	reader_incident_alt_list_fini(&others);

	assert_int_equal(reader_incident_steps(reader, 7, &steps), 0);
	assert_int_equal(steps.count, 1);
	assert_int_equal(steps.items[0].number, 1);
	assert_int_equal(steps.items[0].step, INCIDENT_OPENED);
	assert_int_equal(steps.items[0].verdict, VERDICT_SWITCH_DOWN);
	assert_int_equal(steps.items[0].devices, 2);
	assert_true(steps.items[0].is_alert && steps.items[0].has_new_lines);
	reader_incident_step_list_fini(&steps);

	assert_int_equal(reader_incident_lines(reader, 7, 0, INCIDENT_EVIDENCE, &lines), 0);
	assert_int_equal(lines.count, 2);
	check_line(&lines.items[0], &silent[0]);
	check_line(&lines.items[1], &silent[1]);
	evidence_line_list_fini(&lines);
	check_lines(reader, 7, 1, INCIDENT_DECIDERS, 1, decider[0].text);

	assert_int_equal(reader_incident(reader, 8, &list), ERR_NOTFOUND);
	assert_string_equal(reader_error(reader), "there is no incident 8");
	assert_int_equal(reader_incident_devices(reader, 8, &outages), 0);
	assert_int_equal(outages.count, 0);
	reader_close(reader);
}

/* Opened, grown, another mind, healed, closed: as batches that may each be committed twice. */
static struct store_batch *
life(uint32_t id)
{
	static const struct incident_device two[] = {{2, AT(30), 0}, {3, AT(31), 0}};
	static const struct incident_device other[] = {{2, AT(30), 0}, {4, AT(33), 0}};
	static const struct incident_device back[] = {{2, AT(30), AT(90)}, {4, AT(33), AT(95)}};
	static const struct evidence_line again[] = {{AT(70), 1, 0, 3, "acc1 answers"}};
	struct store_batch *batch = store_batch_new();
	struct store_incident step = make(id, INCIDENT_OPENED, 60);

	assert_non_null(batch);
	step.devices = two;
	step.device_count = 2;
	step.is_alert = true;
	assert_int_equal(store_batch_incident(batch, &step), 0);
	step = make(id, INCIDENT_REBLAMED, 70);
	step.verdict = VERDICT_WAN;
	step.blame = (struct blame){BLAME_NODE, MONITOR};
	step.blame_name = "wan of hq";
	step.evidence = again;
	step.evidence_count = 1;
	step.decider_count = 0;
	step.alt_count = 1;
	step.devices = other;
	step.device_count = 2;
	step.is_alert = true;
	assert_int_equal(store_batch_incident(batch, &step), 0);
	step.step = INCIDENT_HEALED;
	step.at_ms = AT(100);
	step.is_alert = false;
	step.devices = back;
	/* nothing new to tell: what was told stands */
	step.evidence_count = 0;
	step.alt_count = 0;
	assert_int_equal(store_batch_incident(batch, &step), 0);
	step.step = INCIDENT_CLOSED;
	step.at_ms = AT(160);
	step.device_count = 0;
	assert_int_equal(store_batch_incident(batch, &step), 0);
	return batch;
}

static void
check_life(struct fixture *f, uint32_t id)
{
	struct reader *reader = fixture_reader(f);
	struct reader_incident_device_list outages;
	struct reader_incident_alt_list others;
	struct reader_incident_step_list steps;
	struct reader_incident_list list;
	struct reader_incident *i;

	assert_int_equal(reader_incident(reader, id, &list), 0);
	i = &list.items[0];
	assert_int_equal(i->verdict, VERDICT_WAN);
	assert_int_equal(i->blame.id, MONITOR);
	assert_string_equal(i->site, ""); /* cameras of two sites, behind what is no device */
	assert_true(i->opened_ms == AT(60) && i->healed_ms == AT(100) && i->closed_ms == AT(160));
	assert_true(i->changed_ms == AT(160) && i->told_ms == AT(60));
	assert_int_equal(i->told_count, 2);
	assert_int_equal(i->devices, 2);
	assert_int_equal(i->out, 0);
	assert_int_equal(i->steps, 4);
	reader_incident_list_fini(&list);

	assert_int_equal(reader_incident_devices(reader, id, &outages), 0);
	assert_int_equal(outages.count, 3);
	assert_int_equal(outages.items[0].outage.device, 2);
	assert_true(outages.items[0].outage.until_ms == AT(90) && outages.items[0].left_ms == 0);
	assert_int_equal(outages.items[1].outage.device, 4);
	assert_int_equal(outages.items[2].outage.device, 3);
	assert_true(outages.items[2].left_ms == AT(70));
	reader_incident_device_list_fini(&outages);

	assert_int_equal(reader_incident_steps(reader, id, &steps), 0);
	assert_int_equal(steps.count, 4);
	assert_int_equal(steps.items[0].verdict, VERDICT_SWITCH_DOWN);
	assert_int_equal(steps.items[1].verdict, VERDICT_WAN);
	assert_string_equal(steps.items[1].blame_name, "wan of hq");
	assert_int_equal(steps.items[3].step, INCIDENT_CLOSED);
	assert_int_equal(steps.items[3].devices, 2);
	assert_true(steps.items[0].has_new_lines && steps.items[1].has_new_lines);
	assert_false(steps.items[2].has_new_lines || steps.items[3].has_new_lines);
	reader_incident_step_list_fini(&steps);

	check_lines(reader, id, 1, INCIDENT_EVIDENCE, 2, silent[0].text);
	check_lines(reader, id, 2, INCIDENT_EVIDENCE, 1, "acc1 answers");
	check_lines(reader, id, 0, INCIDENT_EVIDENCE, 1, "acc1 answers");
	check_lines(reader, id, 0, INCIDENT_DECIDERS, 0, NULL);
	assert_int_equal(reader_incident_alts(reader, id, &others), 0);
	assert_int_equal(others.count, 1);
	reader_incident_alt_list_fini(&others);
	reader_close(reader);
}

static void
test_life(void **state)
{
	struct fixture *f = *state;
	struct store_batch *batch = life(5);
	char dump[] = "SELECT (SELECT count(*) FROM incident_step) * 1000000"
		      " + (SELECT count(*) FROM incident_line) * 10000"
		      " + (SELECT count(*) FROM incident_device) * 100"
		      " + (SELECT count(*) FROM incident_alt)";
	int64_t rows;

	declare(f);
	assert_int_equal(store_commit(f->store, batch, f->message, sizeof(f->message)), 0);
	check_life(f, 5);
	rows = fixture_sql_int(f->path, dump);
	/* a batch of which nobody knows whether it was stored */
	assert_int_equal(store_commit(f->store, batch, f->message, sizeof(f->message)), 0);
	check_life(f, 5);
	assert_true(fixture_sql_int(f->path, dump) == rows);
	store_batch_free(batch);
	/* closed is closed, whatever still comes */
	put(f, &(struct store_incident){.incident = 5, .step = INCIDENT_GROWN, .at_ms = AT(200)});
	fixture_commit(f);
	assert_true(fixture_sql_int(f->path, "SELECT closed FROM incident") == AT(160));
	assert_true(fixture_sql_int(f->path, "SELECT healed FROM incident") == AT(100));
	/* the steps of two incidents may be mixed, and appended */
	batch = life(6);
	put(f, &(struct store_incident){.incident = 5, .step = INCIDENT_REFINED, .at_ms = AT(210)});
	assert_int_equal(store_batch_append(f->batch, batch), 0);
	store_batch_free(batch);
	fixture_commit(f);
	check_life(f, 6);
}

/* What heals and breaks again, and a device that is thought elsewhere for a while. */
static void
test_to_and_fro(void **state)
{
	struct fixture *f = *state;
	static const struct incident_device both[] = {{2, AT(30), 0}, {3, AT(30), 0}};
	struct store_incident step = make(1, INCIDENT_OPENED, 60);

	declare(f);
	step.devices = both;
	step.device_count = 2;
	put(f, &step);
	step.step = INCIDENT_HEALED;
	step.at_ms = AT(70);
	step.device_count = 1;
	put(f, &step);
	fixture_commit(f);
	assert_true(fixture_sql_int(f->path, "SELECT healed FROM incident") == AT(70));
	assert_int_equal(fixture_sql_int(f->path, "SELECT devices FROM incident"), 1);
	step.step = INCIDENT_GROWN;
	step.at_ms = AT(80);
	step.device_count = 2;
	put(f, &step);
	fixture_commit(f);
	assert_true(fixture_sql_int(f->path, "SELECT healed FROM incident") == 0);
	assert_int_equal(fixture_sql_int(f->path, "SELECT devices FROM incident"), 2);
	assert_int_equal(fixture_sql_int(f->path, "SELECT max(left_at) FROM incident_device"), 0);
}

/* A person says what it was, of one that is open and of one that was closed. */
static void
test_overturned(void **state)
{
	struct fixture *f = *state;
	struct reader_incident_query query = any_query();
	struct store_incident step = make(1, INCIDENT_OPENED, 60);
	struct store_incident said = {.incident = 1,
				      .step = INCIDENT_OVERTURNED,
				      .at_ms = AT(300),
				      .cause = VERDICT_CABLE_PORT,
				      .note = "found it's chewed; \"mice\"",
				      .by = "operator (uid 1000)"};
	struct reader_incident_step_list steps;
	struct reader_incident_list list;
	struct reader *reader;

	declare(f);
	put(f, &step);
	put(f, &said);
	step.incident = said.incident = 2;
	put(f, &step);
	put(f, &(struct store_incident){.incident = 2, .step = INCIDENT_CLOSED, .at_ms = AT(90)});
	put(f, &said);
	step.incident = 3;
	put(f, &step);
	fixture_commit(f);
	query.only_overturned = true;
	assert_int_equal(find(f, &query, NULL), 2);
	reader = fixture_reader(f);
	for (uint32_t id = 1; id <= 2; id++) {
		assert_int_equal(reader_incident(reader, id, &list), 0);
		assert_int_equal(list.items[0].cause, VERDICT_CABLE_PORT);
		assert_true(list.items[0].overturned_ms == AT(300));
		assert_true(list.items[0].closed_ms == (id == 1 ? AT(300) : AT(90)));
		assert_string_equal(list.items[0].note, said.note);
		assert_string_equal(list.items[0].by, said.by);
		reader_incident_list_fini(&list);
	}
	/* what it had said stays beside it, with what it was said from */
	assert_int_equal(reader_incident(reader, 1, &list), 0);
	assert_int_equal(list.items[0].verdict, VERDICT_SWITCH_DOWN);
	assert_string_equal(list.items[0].blame_name, "acc1");
	reader_incident_list_fini(&list);
	assert_int_equal(reader_incident_steps(reader, 1, &steps), 0);
	assert_int_equal(steps.count, 2);
	assert_int_equal(steps.items[1].step, INCIDENT_OVERTURNED);
	assert_int_equal(steps.items[1].verdict, VERDICT_CABLE_PORT);
	assert_string_equal(steps.items[1].by, said.by);
	reader_incident_step_list_fini(&steps);
	check_lines(reader, 1, 0, INCIDENT_EVIDENCE, 2, silent[0].text);
	reader_close(reader);
}

/* Which incidents a question finds. */

int
main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_written_and_read),
		TEST(test_life),
		TEST(test_to_and_fro),
		TEST(test_overturned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
