/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Accumulators and packed rows: sums, merges, round trips, refusals, and how many bytes a series
 * costs.
 */
#include "../store/fixture.h"

#include "../../src/store/pack.h"
#include "../../src/store/series.h"
#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

static void
test_periods(void **state)
{
	(void)state;
	assert_int_equal(rollup_start_ms(ROLLUP_5MIN, 0), 0);
	assert_int_equal(rollup_start_ms(ROLLUP_5MIN, 299999), 0);
	assert_int_equal(rollup_start_ms(ROLLUP_5MIN, 300000), 300000);
	assert_int_equal(rollup_start_ms(ROLLUP_HOUR, 3600000 * 5 + 17), 3600000 * 5);
	assert_int_equal(rollup_start_ms(ROLLUP_5MIN, -1), -300000);
}

static void
test_add(void **state)
{
	struct rollup_acc acc = {0};
	struct rollup_point point;

	(void)state;
	assert_true(rollup_is_empty(&acc));
	rollup_add(&acc, true, 3, 1, 400);
	rollup_add(&acc, true, 3, 0, 200);
	rollup_add(&acc, false, 3, 3, RTT_NONE);
	assert_false(rollup_is_empty(&acc));
	rollup_to_point(&acc, 300000, &point);
	assert_int_equal(point.start_ms, 300000);
	assert_int_equal(point.runs, 3);
	assert_int_equal(point.up, 2);
	assert_int_equal(point.sent, 9);
	assert_int_equal(point.lost, 4);
	assert_int_equal(point.rtt_count, 2);
	assert_int_equal(point.rtt_min_us, 200);
	assert_int_equal(point.rtt_avg_us, 300);
	assert_int_equal(point.rtt_max_us, 400);
}

static void
test_saturates(void **state)
{
	struct rollup_acc acc = {0};
	struct rollup_point point, sum;

	(void)state;
	for (int i = 0; i < 70000; i++)
		rollup_add(&acc, true, 60000, 60001, UINT32_MAX - 1);
	rollup_to_point(&acc, 0, &point);
	assert_int_equal(point.runs, 65535);
	assert_int_equal(point.up, 65535);
	assert_int_equal(point.sent, 65535);
	assert_int_equal(point.lost, 65535); /* never more than was sent */
	assert_int_equal(point.rtt_avg_us, UINT32_MAX - 1);
	sum = point;
	for (int i = 0; i < 70000; i++)
		rollup_merge(&sum, &point);
	assert_int_equal(sum.runs, UINT32_MAX);
	assert_int_equal(sum.rtt_avg_us, UINT32_MAX - 1);
}

static void
test_merge(void **state)
{
	struct rollup_point a = {0, 5, 5, 5, 0, 5, 100, 200, 300};
	struct rollup_point none = {0, 2, 0, 2, 2, 0, 0, 0, 0};
	struct rollup_point b = {0, 1, 1, 1, 0, 1, 800, 800, 800};

	(void)state;
	rollup_merge(&none, &a);
	assert_int_equal(none.runs, 7);
	assert_int_equal(none.up, 5);
	assert_int_equal(none.rtt_min_us, 100);
	rollup_merge(&none, &b);
	assert_int_equal(none.rtt_count, 6);
	assert_int_equal(none.rtt_avg_us, 300);
	assert_int_equal(none.rtt_max_us, 800);
	assert_int_equal(none.lost, 2);
}

/* A random but valid point. */
static struct rollup_point
random_point(void)
{
	struct rollup_point p = {.runs = 1 + (uint32_t)random() % 5};

	p.up = (uint32_t)random() % (p.runs + 1);
	p.sent = random() % 10 == 0 ? (uint32_t)random() : p.runs;
	p.lost = p.sent == 0 ? 0 : (uint32_t)random() % p.sent;
	p.rtt_count = p.up;
	if (p.rtt_count > 0) {
		p.rtt_min_us = random() % 10 == 0 ? UINT32_MAX - 10 : (uint32_t)random() % 5000;
		p.rtt_avg_us = p.rtt_min_us + (uint32_t)random() % 6;
		p.rtt_max_us = p.rtt_avg_us + (uint32_t)random() % 6;
	}
	return p;
}

static void
test_round_trip(void **state)
{
	struct series_point *in = calloc(SERIES_MAX, sizeof(*in));
	struct series_point *out = calloc(SERIES_MAX, sizeof(*out));

	(void)state;
	srandom(1);
	for (int round = 0; round < 300; round++) {
		unsigned density = 1 + (unsigned)random() % 20;
		size_t n = 0, got = 0;
		struct buf packed;

		for (int s = 0; s < SERIES_MAX; s++) {
			if (random() % density == 0)
				in[n++] = (struct series_point){(uint8_t)(s / SERIES_PROBES),
								(uint8_t)(s % SERIES_PROBES),
								random_point()};
		}
		buf_init(&packed, 1 << 20);
		series_pack(&packed, in, n);
		assert_int_equal(packed.error, 0);
		assert_int_equal(series_unpack(packed.data, packed.len, out, &got), 0);
		assert_int_equal(got, n);
		assert_memory_equal(in, out, n * sizeof(*in));
		/* every cut is refused, or is a shorter list */
		for (size_t cut = 0; cut < packed.len; cut += 1 + packed.len / 50) {
			size_t less = SERIES_MAX + 1;

			if (series_unpack(packed.data, cut, out, &less) == 0)
				assert_true(less < n);
		}
		buf_fini(&packed);
	}
	free(in);
	free(out);
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		int code;
	} rows[] = {
		{"", 0, ERR_PROTO},
		{"\x07", 1, ERR_VERSION},
		{"\x01", 1, ERR_PROTO},					     /* no table */
		{"\x01\x01\x20\x05\x05\x05\x00\x05", 8, ERR_PROTO},	     /* probe 32 */
		{"\x01\x01\x01\x05\x06\x05\x00\x05", 8, ERR_PROTO},	     /* up > runs */
		{"\x01\x01\x01\x05\x05\x05\x06\x05", 8, ERR_PROTO},	     /* lost > sent */
		{"\x01\x00\x02", 3, ERR_PROTO},				     /* no common ones */
		{"\x01\x01\x01\x05\x05\x05\x00\x00\x02\x02", 10, ERR_PROTO}, /* twice the same */
		{"\x01\x01\x01\x05\x05\x05\x00\x00\x82\x20", 10, ERR_PROTO}, /* device 64 */
		{"\x01\x01\x01\x05\x05\x05\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 18,
		 ERR_PROTO},
	};
	struct series_point *out = calloc(SERIES_MAX, sizeof(*out));
	size_t count;

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(rows); i++)
		assert_int_equal(series_unpack(rows[i].bytes, rows[i].len, out, &count),
				 rows[i].code);
	assert_int_equal(series_unpack("\x01\x01\x01\x05\x05\x05\x00\x00\x02", 9, out, &count), 0);
	assert_int_equal(count, 1);
	free(out);
}

static void
test_last_runs(void **state)
{
	struct series_last in[] = {
		{0, 1, {OUTCOME_OK, 250, AT(60), AT(60)}},
		{0, 2, {OUTCOME_FAIL, RTT_NONE, AT(61), AT(1)}},
		{63, 31, {OUTCOME_ERROR, 0, AT(2), 0}},
	};
	struct series_last *out = calloc(SERIES_MAX, sizeof(*out));
	struct series_last later[] = {
		{0, 2, {OUTCOME_FAIL, RTT_NONE, AT(121), 0}},
		{5, 1, {OUTCOME_OK, UINT32_MAX - 1, AT(120), AT(120)}},
	};
	struct buf packed;
	size_t count = 0;

	(void)state;
	buf_init(&packed, 4096);
	series_pack_last(&packed, in, MEM_COUNT(in));
	assert_int_equal(series_unpack_last(packed.data, packed.len, out, &count), 0);
	assert_int_equal(count, 3);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(out[i].device, in[i].device);
		assert_int_equal(out[i].probe, in[i].probe);
		assert_int_equal(out[i].last.outcome, in[i].last.outcome);
		assert_int_equal(out[i].last.rtt_us, in[i].last.rtt_us);
		assert_int_equal(out[i].last.run_ms, in[i].last.run_ms);
		assert_int_equal(out[i].last.answer_ms, in[i].last.answer_ms);
	}
	count = series_merge_last(out, count, later, MEM_COUNT(later));
	assert_int_equal(count, 4);
	assert_int_equal(out[1].last.run_ms, AT(121));
	assert_int_equal(out[1].last.answer_ms, AT(1)); /* not known: the stored one stays */
	assert_int_equal(out[2].device, 5);
	buf_fini(&packed);
	free(out);
}

/* Two probes of 64 devices on a LAN: what a series costs in a row. */
static void
test_size(void **state)
{
	struct series_point *in = calloc(2 * SERIES_DEVICES, sizeof(*in));
	struct buf packed;

	(void)state;
	for (int i = 0; i < 2 * SERIES_DEVICES; i++) {
		uint32_t min = 200 + (uint32_t)(i * 37 % 900);

		in[i] = (struct series_point){(uint8_t)(i / 2),
					      (uint8_t)(1 + i % 2),
					      {0, 5, 5, 5, 0, 5, min, min + 90, min + 400}};
	}
	buf_init(&packed, 65536);
	series_pack(&packed, in, 2 * SERIES_DEVICES);
	assert_true(packed.len <= 2 * SERIES_DEVICES * 6 + 20);
	buf_fini(&packed);
	free(in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_periods),	   cmocka_unit_test(test_add),
		cmocka_unit_test(test_saturates),  cmocka_unit_test(test_merge),
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_last_runs),  cmocka_unit_test(test_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
