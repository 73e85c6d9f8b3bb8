/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tree and time: what is late, out of order or told twice, how often a tick comes, nodes that
 * come, go and change their place, and what is refused.
 */
#include "diag_world.h"

static uint32_t
draw(uint64_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return (uint32_t)(*random >> 32);
}

/* What happens in the tests of time: one of each sort, one after the other. */
static void
story(struct world *w)
{
	world_tell(w);
	world_minutes(w, 10);
	w->things[10].is_dead = true;
	world_minutes(w, 6);
	w->things[10].is_dead = false;
	w->things[10].boot_ms = w->now_ms;
	world_minutes(w, 10);
	w->things[124].is_poe_fault = true;
	world_minutes(w, 10);
	w->things[22].is_cut = true;
	world_minutes(w, 6);
	w->things[22].is_cut = false;
	w->things[124].is_poe_fault = false;
	world_minutes(w, 10);
	for (uint32_t id = 113; id <= 115; id++)
		w->things[id].is_poe_denied = true;
	world_minutes(w, 10);
	w->things[135].real_parent[0] = 12;
	w->things[135].real_port = 20;
	w->things[135].link_ms = w->now_ms;
	world_minutes(w, 10);
	for (uint32_t id = 113; id <= 115; id++)
		w->things[id].is_poe_denied = false;
	world_minutes(w, 10);
}

static const char story_says[] = "1 switch_down 10 [100-105] it_network closed\n"
				 "2 poe_port 124 [124] it_network closed\n"
				 "3 wan 22 [300-305] it_network closed\n"
				 "4 poe_budget 11 [113-115] it_network closed\n"
				 "5 moved 135 [135] physical_security open\n";

static void
test_story(void **state)
{
	struct world *w = world_plan();

	(void)state;
	story(w);
	assert_string_equal(world_says(w), story_says);
	world_free(w);
}

static void
test_same_bytes_twice(void **state)
{
	struct world *a = world_plan(), *b = world_plan();

	(void)state;
	story(a);
	story(b);
	assert_true(strlen(a->log) > 0);
	assert_string_equal(a->log, b->log);
	world_free(a);
	world_free(b);
}

static void
test_how_often_a_tick_comes_does_not_matter(void **state)
{
	struct world *slow = world_plan(), *fast = world_plan();

	(void)state;
	fast->tick_s = 1;
	story(slow);
	story(fast);
	assert_string_equal(world_says(slow), story_says);
	assert_string_equal(world_says(fast), story_says);
	for (size_t i = 0; i < slow->told_count; i++) {
		const struct told *x = &slow->told[i], *y = &fast->told[i];

		assert_true(y->opened_ms <= x->opened_ms);
		assert_true(x->opened_ms - y->opened_ms <= 30000);
		assert_true(x->closed_ms == 0 || llabs(x->closed_ms - y->closed_ms) <= 30000);
		assert_int_equal(x->since_ms / 1000, y->since_ms / 1000);
	}
	world_free(slow);
	world_free(fast);
}

struct delayed {
	int64_t at_ms;
	uint32_t index;
};

static int
by_arrival(const void *a, const void *b)
{
	const struct delayed *x = a, *y = b;

	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* All that was measured in `from` comes late by up to 90 s, and some of it twice. */
static void
deliver_late(struct world *from, struct world *to, uint64_t seed)
{
	size_t n = 0;
	struct delayed *order = calloc(2 * from->past_count, sizeof(*order));
	int64_t end;

	assert_non_null(order);
	for (uint32_t i = 0; i < from->past_count; i++) {
		const struct evidence *e = &from->past[i];
		int64_t late = e->kind == EVIDENCE_NODE ? 0 : draw(&seed) % 90000;

		order[n++] = (struct delayed){e->at_ms + late, i};
		if (e->kind != EVIDENCE_NODE && draw(&seed) % 8 == 0)
			order[n++] = (struct delayed){e->at_ms + late + draw(&seed) % 20000, i};
	}
	qsort(order, n, sizeof(*order), by_arrival);
	end = order[n - 1].at_ms;
	for (size_t i = 0; to->now_ms <= end + 60000;) {
		to->now_ms += 1000;
		for (; i < n && order[i].at_ms <= to->now_ms; i++)
			assert_int_equal(diag_take(to->diag, &from->past[order[i].index]), 0);
		if ((to->now_ms - WORLD_START) / 1000 % to->tick_s == 0)
			world_tick(to);
	}
	free(order);
}

static int
by_line(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Incidents as lines without their numbers, in an order of their own. */
static void
put_sorted(struct world *w, char *out, size_t size)
{
	char *lines[WORLD_INCIDENTS], *save = NULL;
	size_t n = 0, used = 0;

	world_says(w);
	for (char *l = strtok_r(w->says, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		lines[n++] = strchr(l, ' ') + 1;
	qsort(lines, n, sizeof(*lines), by_line);
	out[0] = '\0';
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(out + used, size - used, "%s\n", lines[i]);
}

static void
test_late_out_of_order_and_twice(void **state)
{
	struct world *w = world_plan();
	char expected[4096], got[4096];

	(void)state;
	w->past = calloc(WORLD_EVIDENCE, sizeof(*w->past));
	assert_non_null(w->past);
	story(w);
	put_sorted(w, expected, sizeof(expected));
	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct world *late = world_plan();

		deliver_late(w, late, seed * 0x9e3779b97f4a7c15);
		put_sorted(late, got, sizeof(got));
		if (strcmp(got, expected) != 0)
			print_error("seed %u\n%s", (unsigned)seed, late->log);
		assert_string_equal(got, expected);
		world_free(late);
	}
	world_free(w);
}

static void
test_silence_that_comes_late_is_history(void **state)
{
	struct world *w = world_new();
	struct evidence e = {.kind = EVIDENCE_POLL, .node = 102, .poll = {.sent = 3}};

	(void)state;
	/* It answered a moment ago; what comes now was lost before that. */
	world_poll(w, 102);
	for (int64_t late = 1; late <= 4; late++) {
		e.at_ms = w->now_ms - late * 12000;
		world_take(w, e);
		world_tick(w);
	}
	world_minutes(w, 10);
	assert_string_equal(w->log, "");
	assert_int_equal(w->ask_count, 0);
	world_free(w);
}

static void
test_row_that_comes_late_is_history(void **state)
{
	struct world *w = world_new();
	struct evidence before = world_port(w, 102);

	(void)state;
	w->things[102].is_poe_fault = true;
	for (uint32_t i = 0; i < 8; i++) {
		world_run(w, 40);
		world_take(w, before); /* link and power, as it was */
		world_run(w, 20);
	}
	assert_string_equal(world_says(w), "1 poe_port 102 [102] it_network open\n");
	world_free(w);
}

static void
test_parent_waits_for_each_child(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->things[4].is_cut = true;
	w->things[102].is_hung = true;
	world_minutes(w, 5);
	assert_int_equal(w->told_count, 1);
	assert_int_equal(w->told[0].device_count, 12);
	w->things[4].is_cut = false;
	world_minutes(w, 12);
	/* All are back but one, which has a fault of its own: known only now. */
	assert_int_equal(w->told[0].last, INCIDENT_CLOSED);
	assert_int_equal(w->told_count, 2);
	assert_int_equal(w->told[1].verdict, VERDICT_DEVICE_HW);
	assert_int_equal(w->told[1].blame.id, 102);
	assert_int_equal(w->told[1].device_count, 1);
	assert_true(w->told[1].opened_ms > w->told[0].opened_ms);
	world_free(w);
}

static void
test_larger_cause_takes_over(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->things[10].is_dead = true;
	world_minutes(w, 4);
	assert_int_equal(w->told_count, 1);
	w->things[3].is_cut = true;
	world_minutes(w, 6);
	/* The older fault has its own number, and is not told again when the larger one is over. */
	assert_int_equal(w->told_count, 2);
	w->things[3].is_cut = false;
	world_minutes(w, 12);
	assert_int_equal(w->told_count, 2);
	assert_int_equal(w->told[0].closed_ms, 0);
	assert_int_equal(w->told[0].blame.id, 10);
	assert_int_not_equal(w->told[1].closed_ms, 0);
	world_free(w);
}

static void
gone(struct world *w, uint32_t id)
{
	struct evidence e = {.kind = EVIDENCE_GONE, .node = id, .at_ms = w->now_ms};

	w->things[id].exists = false;
	world_take(w, e);
}

static void
test_device_is_no_longer_watched(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->things[102].is_hung = true;
	world_minutes(w, 8);
	assert_int_equal(w->told_count, 1);
	gone(w, 102);
	world_minutes(w, 3);
	assert_int_equal(w->told[0].last, INCIDENT_CLOSED);
	/* One of a larger incident. */
	w->things[11].is_dead = true;
	world_minutes(w, 4);
	gone(w, 113);
	world_minutes(w, 3);
	w->things[11].is_dead = false;
	world_minutes(w, 10);
	assert_int_equal(w->told_count, 2);
	assert_int_equal(w->told[1].last, INCIDENT_CLOSED);
	assert_int_equal(w->told[1].device_count, 5);
	world_free(w);
}

static void
test_switch_is_no_longer_watched(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->things[10].is_dead = true;
	world_minutes(w, 4);
	gone(w, 10);
	world_minutes(w, 15);
	assert_int_equal(w->told[0].last, INCIDENT_CLOSED);
	/* And comes back under the same id. */
	w->things[10].exists = true;
	w->things[10].is_dead = false;
	world_take(w, world_node(w, 10));
	for (uint32_t id = 100; id < 106; id++)
		world_take(w, world_node(w, id));
	world_minutes(w, 15);
	for (size_t i = 0; i < w->told_count; i++)
		assert_int_not_equal(w->told[i].closed_ms, 0);
	world_free(w);
}

static void
test_place_changes_amid_an_outage(void **state)
{
	struct world *w = world_new();
	struct evidence e = {.kind = EVIDENCE_PLACE, .node = 102};

	(void)state;
	w->things[10].is_dead = true;
	world_minutes(w, 4);
	e.at_ms = w->now_ms;
	e.place.parent = (struct evidence_parent){.node = 12, .port = 9};
	e.place.is_seen = true;
	world_take(w, e);
	e.node = 12; /* a switch, too: from one distribution switch to the other */
	e.place.parent = (struct evidence_parent){.node = 4, .port = 12};
	world_take(w, e);
	world_minutes(w, 4);
	w->things[10].is_dead = false;
	w->things[10].boot_ms = w->now_ms;
	world_minutes(w, 15);
	assert_int_equal(w->told[0].last, INCIDENT_CLOSED);
	for (size_t i = 0; i < w->told_count; i++)
		assert_true(w->told[i].closed_ms != 0 || w->told[i].verdict == VERDICT_MOVED);
	world_free(w);
}

static void
test_documents_change(void **state)
{
	struct world *w = world_new();

	(void)state;
	/* Switch 12 is re-wired to 4, and so is written down. */
	w->things[12].parents[0] = (struct evidence_parent){.node = 4, .port = 12};
	w->things[12].real_parent[0] = 4;
	world_take(w, world_node(w, 12));
	world_minutes(w, 5);
	w->things[4].is_dead = true;
	world_minutes(w, 5);
	assert_int_equal(w->told_count, 1);
	assert_int_equal(w->told[0].blame.id, 4);
	assert_int_equal(w->told[0].device_count, 18);
	world_free(w);
}

static void
refuse(struct world *w, struct evidence e, int rc)
{
	e.at_ms = w->now_ms;
	assert_int_equal(diag_take(w->diag, &e), rc);
}

static void
test_what_is_refused(void **state)
{
	struct world *w = world_new();
	struct evidence node = world_node(w, 4);

	(void)state;
	for (uint8_t kind = 0; kind < EVIDENCE_KIND_COUNT; kind++)
		if (kind != EVIDENCE_NODE && kind != EVIDENCE_ARP && kind != EVIDENCE_MONITOR)
			refuse(w, (struct evidence){.kind = kind, .node = 250}, ERR_NOTFOUND);
	refuse(w, (struct evidence){.kind = EVIDENCE_KIND_COUNT, .node = 4}, ERR_RANGE);
	refuse(w, (struct evidence){.kind = EVIDENCE_POLL, .node = 100, .poll = {2, 3, {0}, 0}},
	       ERR_RANGE);
	refuse(w,
	       (struct evidence){.kind = EVIDENCE_POLL,
				 .node = 100,
				 .poll = {3, 3, {SERVICE_STATE_COUNT}, 0}},
	       ERR_RANGE);
	refuse(w,
	       (struct evidence){
		       .kind = EVIDENCE_PORT, .node = 10, .port = {.poe = POE_STATE_COUNT}},
	       ERR_RANGE);
	refuse(w,
	       (struct evidence){.kind = EVIDENCE_TRAP, .node = 10, .trap = {TRAP_HINT_COUNT, 0}},
	       ERR_RANGE);
	/* A poll of a switch, management of a camera. */
	refuse(w, (struct evidence){.kind = EVIDENCE_POLL, .node = 10}, ERR_NOTFOUND);
	refuse(w, (struct evidence){.kind = EVIDENCE_SWITCH, .node = 100}, ERR_NOTFOUND);
	/* A switch does not become a camera; there is one monitor, and it stays. */
	node.info.role = NODE_DEVICE;
	refuse(w, node, ERR_RANGE);
	node.info.role = NODE_MONITOR;
	refuse(w, node, ERR_RANGE);
	node.node = 200;
	refuse(w, node, ERR_RANGE);
	refuse(w, (struct evidence){.kind = EVIDENCE_GONE, .node = 1}, ERR_NOTFOUND);
	node = world_node(w, 1);
	node.info.role = NODE_CORE;
	refuse(w, node, ERR_RANGE);
	world_minutes(w, 10);
	assert_string_equal(w->log, "");
	world_free(w);
}

static void
test_times_from_nowhere(void **state)
{
	static const int64_t times[] = {INT64_MIN, INT64_MIN / 2, -1, 0, INT64_MAX / 2, INT64_MAX};
	struct world *w = world_new();

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct evidence e = {.kind = EVIDENCE_BOOT, .node = 102, .at_ms = times[i]};

		e.boot_ms = times[i];
		world_take(w, e);
		e.kind = EVIDENCE_MAINTENANCE;
		e.window = (struct evidence_window){times[i], times[i]};
		world_take(w, e);
		e.kind = EVIDENCE_TRAP;
		e.node = 10;
		e.trap = (struct evidence_trap){.hint = TRAP_HINT_DYING_GASP};
		world_take(w, e);
	}
	world_minutes(w, 10);
	assert_string_equal(w->log, "");
	world_free(w);
}

static void
test_rings_are_cut(void **state)
{
	struct world *w = world_new();

	(void)state;
	/* The monitor hangs on an access switch, and two distribution switches on each other. */
	w->things[1].parents[0] = (struct evidence_parent){.node = 10, .port = 9};
	w->things[4].parents[0].node = 5;
	w->things[5].parents[0].node = 4;
	world_take(w, world_node(w, 1));
	world_take(w, world_node(w, 4));
	world_take(w, world_node(w, 5));
	w->things[11].is_dead = true;
	world_minutes(w, 5);
	assert_string_equal(world_says(w), "1 switch_down 11 [110-115] it_network open\n");
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_story),
		cmocka_unit_test(test_same_bytes_twice),
		cmocka_unit_test(test_how_often_a_tick_comes_does_not_matter),
		cmocka_unit_test(test_late_out_of_order_and_twice),
		cmocka_unit_test(test_silence_that_comes_late_is_history),
		cmocka_unit_test(test_row_that_comes_late_is_history),
		cmocka_unit_test(test_parent_waits_for_each_child),
		cmocka_unit_test(test_larger_cause_takes_over),
		cmocka_unit_test(test_device_is_no_longer_watched),
		cmocka_unit_test(test_switch_is_no_longer_watched),
		cmocka_unit_test(test_place_changes_amid_an_outage),
		cmocka_unit_test(test_documents_change),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_times_from_nowhere),
		cmocka_unit_test(test_rings_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
