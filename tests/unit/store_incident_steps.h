/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Steps of incidents for tests of the store: made, put and compared in few words.
 */
#ifndef TESTS_STORE_INCIDENT_STEPS_H
#define TESTS_STORE_INCIDENT_STEPS_H

#include "../store/fixture.h"

#include "keepwatch/err.h"
#include "keepwatch/reader_incident.h"
#include "keepwatch/store_incident.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MONITOR = 4000000000U }; /* a node that is no device */

static const struct evidence_line silent[] __attribute__((unused)) = {
	{AT(40), 1, 0, 9.5F, "2 of 2 cameras on acc1 silent within 40 s"},
	{0, 1, 7, -1.25F, "acc1's port on core is up"},
};
static const struct evidence_line decider[]
	__attribute__((unused)) = {{0, 1, 0, 0, "sysUpTime of acc1 on return"}};
static const struct store_alt alts[] __attribute__((unused)) = {
	{{VERDICT_UPLINK, {BLAME_NODE, 1}, 0.25F}, "acc1"},
	{{VERDICT_POWER_LOSS, {BLAME_ZONE, 3}, 0.125F}, NULL},
};

/* A switch, id 1, at hq, with cameras 2 and 3 at hq and 4 at lab. */
static inline void
declare(struct fixture *f)
{
	assert_int_equal(fixture_declare(f, "acc1", KIND_SWITCH, 0), 1);
	assert_int_equal(fixture_declare(f, "cam1", KIND_CAMERA, 0), 2);
	assert_int_equal(fixture_declare(f, "cam2", KIND_CAMERA, 0), 3);
	assert_int_equal(fixture_declare(f, "cam3", KIND_CAMERA, 1), 4);
	fixture_commit(f);
}

/* A step that blames acc1, with all that a step can have but devices. */
static inline struct store_incident
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

static inline void
put(struct fixture *f, const struct store_incident *step)
{
	assert_int_equal(store_batch_incident(f->batch, step), 0);
}

static inline struct reader_incident_query
any_query(void)
{
	return READER_INCIDENTS_ALL;
}

/* How many a query finds, the id of the first in *id (0 if there is none; may be NULL). */
static inline size_t
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

static inline void
check_line(const struct evidence_line *got, const struct evidence_line *want)
{
	assert_true(got->at_ms == want->at_ms);
	assert_int_equal(got->node, want->node);
	assert_int_equal(got->port, want->port);
	assert_true(got->weight == want->weight);
	assert_string_equal(got->text, want->text);
}

/* The lines of a step: their count, and the first one's text. */
static inline void
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

#endif
