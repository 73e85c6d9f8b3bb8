/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The schedule in simulated time: no drift, spread phases, caps, quick retries, back-off.
 */
#include "keepwatch/sched.h"

#include <stdarg.h>
#include <stdlib.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

enum { TICK = 50, PERIOD = 60000 };

static struct sched *
make(uint32_t max_in_flight, const struct sched_site *sites, size_t site_count, size_t devices,
     uint32_t jitter_ms)
{
	struct sched_params params = {
		.tick_ms = TICK,
		.max_in_flight = max_in_flight,
		.jitter_ms = jitter_ms,
		.quick_retries = UINT32_MAX,
		.seed = 42,
	};
	struct sched *sched = sched_new(&params, sites, site_count, devices, 1000000);

	assert_non_null(sched);
	return sched;
}

static sched_id
add(struct sched *sched, uint32_t device, uint16_t site, bool is_exclusive, uint32_t max_pause_ms)
{
	struct sched_item item = {
		.key = device * 7919U + 1,
		.device = device,
		.site = site,
		.is_exclusive = is_exclusive,
		.period_ms = PERIOD,
		.max_pause_ms = max_pause_ms,
	};
	sched_id id = sched_add(sched, &item, PERIOD);

	assert_int_not_equal(id, SCHED_NO_ID);
	return id;
}

/* An item keeps its phase although each run takes long and ends at odd times. */
static void
test_no_drift(void **state)
{
	struct sched *sched = make(0, NULL, 0, 1, 0);
	uint64_t now = 1000000, first = 0, cycles = 0;

	(void)state;
	add(sched, 0, UINT16_MAX, true, 0);
	while (cycles < 500) {
		now += TICK;
		if (sched_next(sched, now) == SCHED_NO_ID)
			continue;
		if (cycles == 0)
			first = now;
		assert_true(now - first >= cycles * PERIOD);
		assert_true(now - first <= cycles * PERIOD + TICK);
		cycles++;
		now += 1234 + cycles * 37;
		assert_int_equal(sched_next(sched, now), SCHED_NO_ID);
		sched_done(sched, 0, now, SCHED_STEADY);
	}
	sched_free(sched);
}

/* In each cycle each item runs once, and no tick starts many of them. */
static void
test_spread(void **state)
{
	enum { ITEMS = 6000, CYCLES = 3 };
	struct sched *sched = make(0, NULL, 0, ITEMS, 1000);
	unsigned *runs = calloc(ITEMS, sizeof(*runs));
	unsigned most = 0, total = 0;

	(void)state;
	for (uint32_t i = 0; i < ITEMS; i++)
		add(sched, i, UINT16_MAX, true, 0);
	for (uint64_t now = 1000000; now <= 1000000 + CYCLES * PERIOD + 2000; now += TICK) {
		unsigned started = 0;
		sched_id id;

		while ((id = sched_next(sched, now)) != SCHED_NO_ID) {
			started++;
			runs[id]++;
			sched_done(sched, id, now, SCHED_STEADY);
		}
		total += started;
		if (started > most)
			most = started;
	}
	for (size_t i = 0; i < ITEMS; i++) {
		assert_true(runs[i] >= CYCLES);
		assert_true(runs[i] <= CYCLES + 1);
	}
	/* 5 a tick on average; a burst would be thousands. */
	assert_true(most <= 25);
	assert_true(total >= ITEMS * CYCLES);
	free(runs);
	sched_free(sched);
}

static void
test_caps(void **state)
{
	const struct sched_site sites[] = {{.max_in_flight = 3, .max_rate = 100000},
					   {.max_in_flight = 100, .max_rate = 100000}};
	struct sched *sched = make(10, sites, 2, 200, 0);
	unsigned in_flight[2] = {0, 0};
	sched_id id, last = SCHED_NO_ID;

	(void)state;
	for (uint32_t i = 0; i < 200; i++)
		add(sched, i, (uint16_t)(i % 2), true, 0);
	/* All are due; the clock jumped a whole period ahead. */
	while ((id = sched_next(sched, 1000000 + 2 * PERIOD)) != SCHED_NO_ID) {
		in_flight[id % 2]++;
		last = id;
	}
	assert_int_equal(in_flight[0], 3);
	assert_int_equal(in_flight[0] + in_flight[1], 10);
	assert_int_equal(sched_stats(sched).waiting, 190);
	sched_done(sched, last, 1000000 + 2 * PERIOD, SCHED_STEADY);
	id = sched_next(sched, 1000000 + 2 * PERIOD + TICK);
	assert_int_not_equal(id, SCHED_NO_ID);
	assert_int_equal(sched_next(sched, 1000000 + 2 * PERIOD + TICK), SCHED_NO_ID);
	sched_free(sched);
}

static void
test_rate(void **state)
{
	const struct sched_site site = {.max_in_flight = 1000, .max_rate = 100};
	struct sched *sched = make(0, &site, 1, 1000, 0);
	unsigned started = 0;
	uint64_t now = 1000000 + 2 * PERIOD;
	sched_id id;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		add(sched, i, 0, true, 0);
	for (unsigned tick = 0; tick < 100; tick++, now += TICK) {
		while ((id = sched_next(sched, now)) != SCHED_NO_ID) {
			started++;
			sched_done(sched, id, now, SCHED_STEADY);
		}
	}
	/* 100 a second for five seconds, and the burst of the first moment. */
	assert_in_range(started, 480, 530);
	sched_free(sched);
}

static void
test_one_run_a_device(void **state)
{
	struct sched *sched = make(0, NULL, 0, 1, 0);
	uint64_t now = 1000000 + 2 * PERIOD;
	sched_id first, second;

	(void)state;
	add(sched, 0, UINT16_MAX, true, 0);
	add(sched, 0, UINT16_MAX, true, 0);
	add(sched, 0, UINT16_MAX, false, 0);
	first = sched_next(sched, now);
	second = sched_next(sched, now);
	assert_int_not_equal(first, SCHED_NO_ID);
	assert_int_not_equal(second, SCHED_NO_ID);
	assert_int_equal(sched_next(sched, now), SCHED_NO_ID);
	/* The one that is not exclusive, and one of the two that are. */
	assert_true(first == 2 || second == 2);
	sched_done(sched, first == 2 ? second : first, now, SCHED_STEADY);
	assert_int_not_equal(sched_next(sched, now), SCHED_NO_ID);
	sched_free(sched);
}

static uint64_t
run_once(struct sched *sched, uint64_t *now, enum sched_verdict verdict)
{
	for (unsigned ticks = 0; ticks < 100000; ticks++, *now += TICK) {
		sched_id id = sched_next(sched, *now);

		if (id != SCHED_NO_ID) {
			sched_done(sched, id, *now, verdict);
			return *now;
		}
	}
	fail_msg("never due");
	return 0;
}

static void
test_quick_retries_then_backoff(void **state)
{
	struct sched *sched = make(0, NULL, 0, 1, 0);
	uint64_t now = 1000000, at[8], grid;

	(void)state;
	add(sched, 0, UINT16_MAX, true, 4 * PERIOD);
	grid = run_once(sched, &now, SCHED_STEADY);
	at[0] = run_once(sched, &now, SCHED_UNSETTLED);
	at[1] = run_once(sched, &now, SCHED_UNSETTLED);
	at[2] = run_once(sched, &now, SCHED_UNSETTLED);
	at[3] = run_once(sched, &now, SCHED_FAILING);
	assert_int_equal(at[0] - grid, PERIOD);
	assert_int_equal(at[1] - at[0], 1000);
	assert_int_equal(at[2] - at[1], 2000);
	assert_int_equal(at[3] - at[2], 4000);
	at[4] = run_once(sched, &now, SCHED_FAILING);
	at[5] = run_once(sched, &now, SCHED_FAILING);
	at[6] = run_once(sched, &now, SCHED_FAILING);
	/* Longer each time, no longer than the limit, and always on the grid. */
	assert_int_equal((at[4] - grid) % PERIOD, 0);
	assert_int_equal(at[5] - at[4], 4 * PERIOD);
	assert_int_equal(at[6] - at[5], 4 * PERIOD);
	at[7] = run_once(sched, &now, SCHED_STEADY);
	assert_int_equal(at[7] - at[6], 4 * PERIOD);
	assert_int_equal(run_once(sched, &now, SCHED_STEADY) - at[7], PERIOD);
	sched_free(sched);
}

static void
test_expedite(void **state)
{
	struct sched *sched = make(0, NULL, 0, 1, 0);
	uint64_t now = 1000000, grid, next;

	(void)state;
	add(sched, 0, UINT16_MAX, true, 0);
	grid = run_once(sched, &now, SCHED_STEADY);
	now += 5000;
	assert_int_equal(sched_next(sched, now), SCHED_NO_ID);
	sched_expedite(sched, 0);
	assert_true(sched_wanted_ms(sched, now) <= now + TICK);
	next = run_once(sched, &now, SCHED_STEADY);
	assert_true(next - grid <= 5000 + TICK);
	assert_int_equal(run_once(sched, &now, SCHED_STEADY) - grid, PERIOD);
	sched_free(sched);
}

/* The first look at a slow fleet does not wait for its period. */
static void
test_first_within(void **state)
{
	struct sched *sched = make(0, NULL, 0, 100, 0);
	uint64_t now = 1000000;
	unsigned started = 0;

	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		struct sched_item item = {
			.key = i, .device = i, .site = UINT16_MAX, .period_ms = 3600000};
		assert_int_not_equal(sched_add(sched, &item, 10000), SCHED_NO_ID);
	}
	for (; now <= 1000000 + 10000 + TICK; now += TICK) {
		while (sched_next(sched, now) != SCHED_NO_ID)
			started++;
	}
	assert_int_equal(started, 100);
	sched_free(sched);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_drift),
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_one_run_a_device),
		cmocka_unit_test(test_quick_retries_then_backoff),
		cmocka_unit_test(test_expedite),
		cmocka_unit_test(test_first_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
