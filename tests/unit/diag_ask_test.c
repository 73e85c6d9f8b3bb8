/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The next best probes: asked for only where they would tell something, the best first, not again
 * and again, and worth what they cost: with them a verdict comes sooner.
 */
#include "diag_world.h"

enum { MOST = 64 };

/* The world goes on without ticks of its own: the test asks by itself. */
static void
conclude(struct world *w)
{
	const struct diag_event *e;

	assert_int_equal(diag_tick(w->diag, w->now_ms), 0);
	while ((e = diag_next(w->diag)) != NULL)
		world_hear(w, e);
}

static struct world *
quiet(void)
{
	struct world *w = world_new();

	w->tick_s = UINT32_MAX;
	return w;
}

static void
test_nothing_wrong_nothing_asked(void **state)
{
	struct world *w = world_new();

	(void)state;
	world_minutes(w, 30);
	assert_int_equal(w->ask_count, 0);
	world_free(w);
}

static void
test_sorted_and_not_above_the_limit(void **state)
{
	struct world *w = quiet();
	struct diag_ask asks[MOST];
	size_t n = 0;

	(void)state;
	w->things[4].is_dead = true;
	for (unsigned s = 0; s < 45 && n < 3; s++) {
		world_run(w, 1);
		conclude(w);
		n = diag_asks(w->diag, asks, MOST);
	}
	assert_true(n >= 3);
	for (size_t i = 0; i < n; i++) {
		assert_true(asks[i].gain > 0);
		assert_true(i == 0 || asks[i - 1].gain >= asks[i].gain);
		for (size_t k = 0; k < i; k++)
			assert_true(asks[k].node != asks[i].node || asks[k].type != asks[i].type);
	}
	world_run(w, 20);
	conclude(w);
	assert_true(diag_asks(w->diag, asks, 2) <= 2);
	assert_int_equal(diag_asks(w->diag, asks, 0), 0);
	world_free(w);
}

static void
test_not_again_within_a_quarter_of_the_cycle(void **state)
{
	struct world *w = quiet();
	int64_t asked[4][WORLD_NODES] = {{0}};
	struct diag_ask asks[MOST];
	size_t all = 0;

	(void)state;
	w->things[4].is_dead = true;
	for (unsigned s = 0; s < 300; s++) {
		size_t n;

		world_run(w, 1);
		conclude(w);
		n = diag_asks(w->diag, asks, MOST);
		for (size_t i = 0; i < n; i++) {
			int64_t *last = &asked[asks[i].type][asks[i].node];

			assert_true(*last == 0 || w->now_ms - *last >= WORLD_CYCLE_S * 1000 / 4);
			*last = w->now_ms;
		}
		all += n;
	}
	assert_true(all > 0);
	world_free(w);
}

static void
test_not_for_what_was_measured(void **state)
{
	struct world *w = quiet();
	struct diag_ask asks[MOST];
	size_t n;

	(void)state;
	/* Everything below switch 10 was measured after it died. */
	w->things[10].is_dead = true;
	world_minutes(w, 1);
	for (uint32_t id = 100; id < 106; id++)
		world_poll(w, id);
	world_poll(w, 10);
	world_poll(w, 4);
	w->now_ms += 1000;
	conclude(w);
	n = diag_asks(w->diag, asks, MOST);
	for (size_t i = 0; i < n; i++) {
		assert_int_not_equal(asks[i].node, 10);
		assert_true(asks[i].type != DIAG_ASK_POLL || asks[i].node < 100 ||
			    asks[i].node > 105);
	}
	world_free(w);
}

static void
test_none_while_the_monitor_is_in_trouble(void **state)
{
	struct world *w = quiet();
	struct diag_ask asks[MOST];

	(void)state;
	w->is_gateway_out = true;
	world_poll(w, 1);
	for (unsigned s = 0; s < 180; s++) {
		world_run(w, 1);
		conclude(w);
		assert_int_equal(diag_asks(w->diag, asks, MOST), 0);
	}
	world_free(w);
}

static void
test_port_row_of_a_silent_device(void **state)
{
	struct world *w = quiet();
	struct diag_ask asks[MOST];
	bool is_asked = false;

	(void)state;
	w->things[102].is_hung = true;
	for (unsigned s = 0; s < 120; s++) {
		size_t n;

		world_run(w, 1);
		conclude(w);
		n = diag_asks(w->diag, asks, MOST);
		for (size_t i = 0; i < n; i++)
			if (asks[i].type == DIAG_ASK_PORTS && asks[i].node == 10)
				is_asked |= asks[i].port == 3;
	}
	assert_true(is_asked);
	world_free(w);
}

static void
test_address_of_a_device_that_answers_strangely(void **state)
{
	struct world *w = quiet();
	struct diag_ask asks[MOST];
	bool is_asked = false;

	(void)state;
	for (unsigned s = 0; s < 900; s++) {
		size_t n;

		/* Now right, now wrong: two may share the address. */
		memcpy(w->things[102].services, s / 60 % 2 ? "oo" : "aa", 2);
		world_run(w, 1);
		conclude(w);
		n = diag_asks(w->diag, asks, MOST);
		for (size_t i = 0; i < n; i++)
			is_asked |= asks[i].type == DIAG_ASK_ARP && asks[i].node == 102;
	}
	assert_true(is_asked);
	world_free(w);
}

/* Seconds from the fault to the verdict. */
static int64_t
seconds_to_verdict(uint32_t dead, bool is_answering)
{
	struct world *w = world_new();
	int64_t from = w->now_ms, took;

	w->tick_s = 1;
	w->is_answering = is_answering;
	w->things[dead].is_dead = true;
	world_minutes(w, 5);
	assert_int_equal(w->told_count, 1);
	assert_int_equal(w->told[0].blame.id, dead);
	took = (w->told[0].opened_ms - from) / 1000;
	world_free(w);
	return took;
}

static void
test_answers_bring_the_verdict_sooner(void **state)
{
	static const uint32_t dead[] = {3, 4, 10, 22};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		int64_t with = seconds_to_verdict(dead[i], true);
		int64_t without = seconds_to_verdict(dead[i], false);

		print_message("%u: %lld s with the probes asked for, %lld s without\n", dead[i],
			      (long long)with, (long long)without);
		assert_true(with < without);
		assert_true(with <= WORLD_CYCLE_S);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_wrong_nothing_asked),
		cmocka_unit_test(test_sorted_and_not_above_the_limit),
		cmocka_unit_test(test_not_again_within_a_quarter_of_the_cycle),
		cmocka_unit_test(test_not_for_what_was_measured),
		cmocka_unit_test(test_none_while_the_monitor_is_in_trouble),
		cmocka_unit_test(test_port_row_of_a_silent_device),
		cmocka_unit_test(test_address_of_a_device_that_answers_strangely),
		cmocka_unit_test(test_answers_bring_the_verdict_sooner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
