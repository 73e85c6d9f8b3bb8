/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Incidents in the store: what is written is what is read, a step that comes again changes nothing,
 * logs stay bounded, and what was open is open after a start.
 */
#include "../store/fixture.h"

#include "keepwatch/err.h"
#include "keepwatch/reader_incident.h"
#include "keepwatch/store_incident.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MONITOR = 4000000000U }; /* a node that is no device */

static const struct evidence_line silent[] = {
	{AT(40), 1, 0, 9.5F, "2 of 2 cameras on acc1 silent within 40 s"},
	{0, 1, 7, -1.25F, "acc1's port on core is up"},
};
static const struct evidence_line decider[] = {{0, 1, 0, 0, "sysUpTime of acc1 on return"}};
static const struct store_alt alts[] = {
	{{VERDICT_UPLINK, {BLAME_NODE, 1}, 0.25F}, "acc1"},
	{{VERDICT_POWER_LOSS, {BLAME_ZONE, 3}, 0.125F}, NULL},
};

/* A switch, id 1, at hq, with cameras 2 and 3 at hq and 4 at lab. */
static void
declare(struct fixture *f)
{
	assert_int_equal(fixture_declare(f, "acc1", KIND_SWITCH, 0), 1);
	assert_int_equal(fixture_declare(f, "cam1", KIND_CAMERA, 0), 2);
	assert_int_equal(fixture_declare(f, "cam2", KIND_CAMERA, 0), 3);
	assert_int_equal(fixture_declare(f, "cam3", KIND_CAMERA, 1), 4);
	fixture_commit(f);
}

/* A step that blames acc1, with all that a step can have but devices. */
static struct store_incident
make(uint32_t incident, enum incident_step step, int64_t at_s)
{
	return (struct store_incident){
		.incident = incident,
		.step = step,
		.at_ms = AT(at_s),
		.verdict = VERDICT_SWITCH_DOWN,
		.blame = {BLAME_NODE, 1},
		.blame_name = "acc1",
		.team = TEAM_IT_NETWORK,
		.confidence = 0.75F,
		.since_ms = AT(30),
		.evidence = silent,
		.evidence_count = 2,
		.deciders = decider,
		.decider_count = 1,
		.alts = alts,
		.alt_count = 2,
	};
}

static void
put(struct fixture *f, const struct store_incident *step)
{
	assert_int_equal(store_batch_incident(f->batch, step), 0);
}

static struct reader_incident_query
any_query(void)
{
	return READER_INCIDENTS_ALL;
}

/* How many a query finds, the id of the first in *id (0 if there is none; may be NULL). */
static size_t
find(struct fixture *f, const struct reader_incident_query *query, uint32_t *id)
{
	struct reader *reader = fixture_reader(f);
	struct reader_incident_list list;
	size_t count;

	if (reader_incidents(reader, query, &list) != 0)
		fail_msg("%s", reader_error(reader));
	count = list.count;
	if (id != NULL)
		*id = count == 0 ? 0 : list.items[0].id;
	reader_incident_list_fini(&list);
	reader_close(reader);
	return count;
}

static void
check_line(const struct evidence_line *got, const struct evidence_line *want)
{
	assert_true(got->at_ms == want->at_ms);
	assert_int_equal(got->node, want->node);
	assert_int_equal(got->port, want->port);
	assert_true(got->weight == want->weight);
	assert_string_equal(got->text, want->text);
}

/* The lines of a step: their count, and the first one's text. */
static void
check_lines(struct reader *reader, uint32_t id, uint32_t step, enum incident_lines which,
	    size_t count, const char *first)
{
	struct evidence_line_list list;

	assert_int_equal(reader_incident_lines(reader, id, step, which, &list), 0);
	assert_int_equal(list.count, count);
	if (count > 0)
		assert_string_equal(list.items[0].text, first);
	evidence_line_list_fini(&list);
}

/* Everything of one incident that was opened with two devices. */
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
		TEST(test_written_and_read), TEST(test_life),	 TEST(test_to_and_fro),
		TEST(test_overturned),	     TEST(test_queries), TEST(test_long_log),
		TEST(test_lines_kept_once),  TEST(test_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
