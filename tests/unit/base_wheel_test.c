/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The timing wheel against a list that is searched: the same nodes expire at the same calls, in
 * random order of arming, disarming and jumping ahead, from near to beyond the wheel's span.
 */
#include "keepwatch/wheel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

enum { NODES = 300, STEPS = 4000, SEEDS = 40 };

struct item {
	struct wheel_node node;
	uint64_t when_ms; /* as armed */
	uint64_t tick;	  /* at which it is due */
};

struct world {
	struct wheel wheel;
	struct item items[NODES];
	uint64_t random;
	uint32_t tick_ms;
	uint64_t now_ms, collected; /* tick up to which expiries were collected */
};

/* xorshift64: the same sequence on every machine. */
static uint64_t
draw(struct world *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return w->random;
}

/* Mostly near, sometimes far, at times beyond the span of 64^5 ticks. */
static uint64_t
draw_distance(struct world *w)
{
	return draw(w) % ((uint64_t)1 << (1 + draw(w) % 34)) * w->tick_ms + draw(w) % w->tick_ms;
}

static void
arm(struct world *w, struct item *item, uint64_t when_ms)
{
	uint64_t tick = (when_ms + w->tick_ms - 1) / w->tick_ms;

	wheel_arm(&w->wheel, &item->node, when_ms);
	item->when_ms = when_ms;
	item->tick = tick > w->collected ? tick : w->collected + 1;
	assert_true(wheel_is_armed(&item->node));
}

/* Everything that the list says is due, and nothing else. */
static void
collect(struct world *w)
{
	uint64_t target = w->now_ms / w->tick_ms, last = 0;
	struct wheel_node *node;
	size_t expected = 0, seen = 0;

	for (size_t i = 0; i < NODES; i++)
		expected += wheel_is_armed(&w->items[i].node) && w->items[i].tick <= target;
	while ((node = wheel_expire(&w->wheel, w->now_ms)) != NULL) {
		struct item *item =
			(struct item *)(void *)((char *)node - offsetof(struct item, node));

		assert_false(wheel_is_armed(node));
		assert_true(item->tick <= target);
		assert_true(item->tick >= last); /* in the order of time */
		last = item->tick;
		seen++;
	}
	assert_int_equal(seen, expected);
	w->collected = target;
	assert_null(wheel_expire(&w->wheel, w->now_ms));
}

/* Never later than the next expiry; UINT64_MAX exactly if nothing is armed. */
static void
check_next(struct world *w)
{
	uint64_t next = wheel_next_ms(&w->wheel), soonest = UINT64_MAX;

	for (size_t i = 0; i < NODES; i++) {
		if (wheel_is_armed(&w->items[i].node) && w->items[i].tick < soonest)
			soonest = w->items[i].tick;
	}
	if (soonest == UINT64_MAX) {
		assert_int_equal(next, UINT64_MAX);
		return;
	}
	assert_true(next <= soonest * w->tick_ms);
	assert_true(next > w->collected * w->tick_ms);
	/* Exact within the first level's turn. */
	if (soonest / WHEEL_SLOTS == w->collected / WHEEL_SLOTS)
		assert_int_equal(next, soonest * w->tick_ms);
}

static void
run(uint64_t seed, uint32_t tick_ms, uint64_t start_ms)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->random = seed * 0x9e3779b97f4a7c15U + 1;
	w->tick_ms = tick_ms;
	w->now_ms = start_ms;
	w->collected = start_ms / tick_ms;
	wheel_init(&w->wheel, start_ms, tick_ms);
	for (size_t i = 0; i < NODES; i++)
		wheel_node_init(&w->items[i].node);
	assert_int_equal(wheel_next_ms(&w->wheel), UINT64_MAX);
	for (int step = 0; step < STEPS; step++) {
		struct item *item = &w->items[draw(w) % NODES];

		switch (draw(w) % 8) {
		case 0:
			wheel_disarm(&w->wheel, &item->node);
			assert_false(wheel_is_armed(&item->node));
			break;
		case 1:
			w->now_ms += draw_distance(w);
			collect(w);
			break;
		case 2: /* as an agent does: sleep no longer than told */
			if (wheel_next_ms(&w->wheel) != UINT64_MAX) {
				w->now_ms = wheel_next_ms(&w->wheel) > w->now_ms
						    ? wheel_next_ms(&w->wheel)
						    : w->now_ms;
				collect(w);
			}
			break;
		case 3: /* in the past */
			arm(w, item, w->now_ms > 5000 ? w->now_ms - 5000 : 0);
			break;
		default:
			arm(w, item, w->now_ms + draw_distance(w));
			break;
		}
		check_next(w);
	}
	free(w);
}

static void
it_agrees_with_a_list(void **state)
{
	static const uint32_t ticks[] = {1, 10, 50};

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		run(seed, ticks[seed % 3], seed % 2 ? 0 : seed * 123456789);
}

static void
nodes_armed_while_collecting_are_seen(void **state)
{
	struct wheel wheel;
	struct wheel_node a, b, *node;

	(void)state;
	wheel_init(&wheel, 1000, 10);
	wheel_node_init(&a);
	wheel_node_init(&b);
	wheel_arm(&wheel, &a, 1050);
	node = wheel_expire(&wheel, 2000);
	assert_ptr_equal(node, &a);
	wheel_arm(&wheel, &b, 1055); /* due within the same call's time: 1060 */
	wheel_arm(&wheel, &a, 2001);
	assert_ptr_equal(wheel_expire(&wheel, 2000), &b);
	assert_null(wheel_expire(&wheel, 2000));
	assert_null(wheel_expire(&wheel, 2009));
	assert_ptr_equal(wheel_expire(&wheel, 2010), &a);
}

static void
far_times_wait(void **state)
{
	struct wheel wheel;
	struct wheel_node node;

	(void)state;
	wheel_init(&wheel, 0, 1);
	wheel_node_init(&node);
	wheel_arm(&wheel, &node, (uint64_t)1 << 40);
	assert_null(wheel_expire(&wheel, ((uint64_t)1 << 40) - 1));
	assert_ptr_equal(wheel_expire(&wheel, (uint64_t)1 << 40), &node);
	wheel_arm(&wheel, &node, UINT64_MAX);
	assert_null(wheel_expire(&wheel, (uint64_t)1 << 41));
	wheel_disarm(&wheel, &node);
	wheel_disarm(&wheel, &node);
	assert_int_equal(wheel_next_ms(&wheel), UINT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_agrees_with_a_list),
		cmocka_unit_test(nodes_armed_while_collecting_are_seen),
		cmocka_unit_test(far_times_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
