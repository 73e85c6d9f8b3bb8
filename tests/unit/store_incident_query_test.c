/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Incidents as they are asked for, and how much of one is kept: long logs, many lines, many
 * devices.
 */
#include "store_incident_steps.h"

static void
test_queries(void **state)
{
	struct fixture *f = *state;
	const struct incident_device cam1 = {2, AT(30), 0}, cam3 = {4, AT(30), 0};
	struct reader_incident_query query = any_query();
	struct store_incident step = make(1, INCIDENT_OPENED, 60);
	uint32_t id;

	declare(f);
	assert_int_equal(find(f, &query, NULL), 0);
	step.devices = &cam1;
	step.device_count = 1;
	put(f, &step); /* 1: acc1, cam1 */
	step = make(2, INCIDENT_OPENED, 100);
	step.since_ms = AT(90);
	step.verdict = VERDICT_WAN;
	step.blame = (struct blame){BLAME_SITE, 2};
	step.blame_name = "lab";
	step.devices = &cam3;
	step.device_count = 1;
	put(f, &step); /* 2: site lab, cam3 */
	step = make(3, INCIDENT_OPENED, 110);
	step.since_ms = AT(110);
	step.verdict = VERDICT_DEVICE_HW;
	step.team = TEAM_INTEGRATOR;
	step.blame = (struct blame){BLAME_ZONE, 2};
	step.devices = &cam1;
	step.device_count = 1;
	put(f, &step); /* 3: cam1, adopted by 1 */
	step.step = INCIDENT_ADOPTED;
	step.at_ms = AT(120);
	step.other = 1;
	put(f, &step);
	fixture_commit(f);
	assert_int_equal(find(f, &query, &id), 3);
	assert_int_equal(id, 3);
	assert_int_equal(fixture_sql_int(f->path, "SELECT adopted_by FROM incident WHERE id = 3"),
			 1);
	query.limit = 2;
	assert_int_equal(find(f, &query, NULL), 2);
	query = any_query();
	query.only_open = true;
	assert_int_equal(find(f, &query, &id), 2);
	assert_int_equal(id, 2);
	query.verdicts = 1U << VERDICT_SWITCH_DOWN;
	assert_int_equal(find(f, &query, &id), 1);
	assert_int_equal(id, 1);
	query = any_query();
	query.teams = 1U << TEAM_INTEGRATOR;
	assert_int_equal(find(f, &query, &id), 1);
	assert_int_equal(id, 3);
	/* of a device: that it is affected by, or that blame it */
	query = any_query();
	query.devices.device = 2;
	assert_int_equal(find(f, &query, &id), 2);
	query.devices.device = 1;
	assert_int_equal(find(f, &query, &id), 1);
	assert_int_equal(id, 1);
	query.devices.device = 3;
	assert_int_equal(find(f, &query, &id), 0);
	query = any_query();
	query.devices.site = "lab";
	assert_int_equal(find(f, &query, &id), 1);
	assert_int_equal(id, 2);
	/* in a time */
	query = any_query();
	query.until_ms = AT(100);
	assert_int_equal(find(f, &query, NULL), 2);
	query = any_query();
	query.since_ms = AT(121);
	assert_int_equal(find(f, &query, NULL), 2);
	query.since_ms = AT(120);
	assert_int_equal(find(f, &query, NULL), 3);
}

/* One that changes its mind for days does not fill the disk, and keeps what matters. */
static void
test_long_log(void **state)
{
	struct fixture *f = *state;
	struct evidence_line line = {0, 1, 0, 1, ""};
	struct store_incident step = make(1, INCIDENT_OPENED, 0);
	struct reader_incident_step_list steps;
	struct reader *reader;
	unsigned others = 0;

	declare(f);
	step.evidence = &line;
	step.evidence_count = 1;
	for (int i = 1; i <= 3 * STORE_INCIDENT_STEPS; i++) {
		snprintf(line.text, sizeof(line.text), "reason %d", i / 2);
		step.at_ms = AT(i);
		step.step = i == 1	  ? INCIDENT_GROWN
			    : i % 50 == 0 ? INCIDENT_REBLAMED
					  : INCIDENT_REFINED;
		step.is_alert = i == 77;
		put(f, &step);
	}
	fixture_commit(f);
	reader = fixture_reader(f);
	assert_int_equal(reader_incident_steps(reader, 1, &steps), 0);
	assert_int_equal(steps.count, STORE_INCIDENT_STEPS);
	assert_int_equal(steps.items[0].number, 1);
	assert_int_equal(steps.items[steps.count - 1].number, 3 * STORE_INCIDENT_STEPS);
	for (size_t i = 0; i < steps.count; i++)
		others += steps.items[i].step == INCIDENT_REBLAMED || steps.items[i].number == 77;
	assert_int_equal(others, 3 * STORE_INCIDENT_STEPS / 50 + 1);
	/* every step that is left still has its lines, and none are kept for nobody */
	for (size_t i = 0; i < steps.count; i++) {
		snprintf(line.text, sizeof(line.text), "reason %u", steps.items[i].number / 2);
		check_lines(reader, 1, steps.items[i].number, INCIDENT_EVIDENCE, 1, line.text);
	}
	reader_incident_step_list_fini(&steps);
	reader_close(reader);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(DISTINCT step) FROM incident_line"
						  " WHERE step NOT IN (SELECT lines FROM"
						  " incident_step)"),
			 0);
	assert_int_equal(fixture_sql_int(f->path, "SELECT steps FROM incident"),
			 3 * STORE_INCIDENT_STEPS);
}

/* Weights that move a little are no news; others, and other words, are. */
static void
test_lines_kept_once(void **state)
{
	struct fixture *f = *state;
	struct evidence_line lines[2] = {silent[0], silent[1]};
	struct store_incident step = make(1, INCIDENT_OPENED, 0);
	const char *steps = "SELECT count(DISTINCT step) FROM incident_line";

	declare(f);
	step.evidence = lines;
	put(f, &step);
	step.step = INCIDENT_REFINED;
	step.at_ms = AT(1);
	lines[0].weight += 0.25F;
	put(f, &step);
	fixture_commit(f);
	assert_int_equal(fixture_sql_int(f->path, steps), 1);
	step.at_ms = AT(2);
	lines[0].weight += 2;
	put(f, &step);
	fixture_commit(f);
	assert_int_equal(fixture_sql_int(f->path, steps), 2);
	step.at_ms = AT(3);
	step.decider_count = 0;
	put(f, &step);
	fixture_commit(f);
	assert_int_equal(fixture_sql_int(f->path, steps), 3);
	/* the same two lines, of which one now would decide */
	step.at_ms = AT(4);
	step.evidence_count = 1;
	step.deciders = lines + 1;
	step.decider_count = 1;
	put(f, &step);
	fixture_commit(f);
	assert_int_equal(fixture_sql_int(f->path, steps), 4);
	/* a figure that is none loses neither the step nor what is beside it */
	step.at_ms = AT(5);
	step.confidence = NAN;
	put(f, &step);
	fixture_commit(f);
	assert_int_equal(fixture_sql_int(f->path, "SELECT confidence FROM incident"), 0);
}

/* More lines than are kept, and as many devices as a fleet has. */
static void
test_much(void **state)
{
	struct fixture *f = *state;
	static struct evidence_line many[STORE_INCIDENT_LINES + 5];
	static struct incident_device all[5000];
	static struct store_alt others[INCIDENT_ALTS_MAX + 3];
	struct store_incident step = make(1, INCIDENT_OPENED, 0);
	size_t before = store_batch_bytes(f->batch);

	for (size_t i = 0; i < MEM_COUNT(all); i++)
		all[i] = (struct incident_device){(uint32_t)i + 1, AT(0), 0};
	step.evidence = many;
	step.evidence_count = MEM_COUNT(many);
	step.devices = all;
	step.device_count = MEM_COUNT(all);
	step.alts = others;
	step.alt_count = MEM_COUNT(others);
	put(f, &step);
	assert_true(store_batch_bytes(f->batch) > before + sizeof(all));
	assert_false(store_batch_is_empty(f->batch));
	fixture_commit(f);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM incident_line"),
			 STORE_INCIDENT_LINES + 1);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM incident_alt"),
			 INCIDENT_ALTS_MAX);
	assert_int_equal(fixture_sql_int(f->path, "SELECT devices_out FROM incident"),
			 MEM_COUNT(all));
}

int
main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_queries),
		TEST(test_long_log),
		TEST(test_lines_kept_once),
		TEST(test_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
