/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Walks by the command generator of agents that answer in pieces, too big, in circles or not at
 * all.
 */
#include "../snmp/agent.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void
behave_silent(struct lab *lab, const struct asked *asked)
{
	lab->kept = *asked;
}

/* ---- walks of a table with one column: 1.3.6.1.9.1.N */

static const uint32_t column_oid[] = {1, 3, 6, 1, 9, 1};
static const uint32_t behind_oid[] = {1, 3, 6, 1, 9, 2, 0};
static const struct oid_ref column_ref[] = {OID_REF(column_oid)};

static bool
on_row(struct snmpc_walk *walk, size_t column, const struct varbind *vb)
{
	struct lab *lab = (struct lab *)((char *)walk - offsetof(struct lab, walk));

	assert_int_equal(column, 0);
	assert_int_equal(vb->oid[vb->oid_len - 1], lab->rows + 1);
	lab->rows++;
	return true;
}

static void
on_walked(struct snmpc_walk *walk)
{
	struct lab *lab = (struct lab *)((char *)walk - offsetof(struct lab, walk));

	lab->done++;
	lab->reason = walk->reason;
}

static void
walk(struct lab *lab, uint32_t table_rows)
{
	lab->table_rows = table_rows;
	lab->walk = (struct snmpc_walk){
		.peer = lab->peer,
		.columns = column_ref,
		.column_count = 1,
		.timeout_ms = 100,
		.varbind = on_row,
		.done = on_walked,
		.max_varbinds = lab->walk.max_varbinds,
	};
	lab->rows = lab->done = 0;
	assert_int_equal(snmpc_walk_start(&lab->walk), 0);
	lab_run_until(lab, 1);
}

/* The row asked behind: the last octet or two of the OID in the request. */
static uint32_t
cursor_of(const struct asked *asked)
{
	const uint8_t *end = asked->bytes + asked->len - 2; /* before the NULL */

	if (end[-1] == 1 && end[-2] == 9)
		return 0;
	return end[-2] & 0x80 ? (uint32_t)(end[-2] & 0x7f) << 7 | end[-1] : end[-1];
}

static unsigned
repetitions_of(const struct asked *asked)
{
	size_t at = asked->id_at + 4; /* non-repeaters, max-repetitions */

	if (asked->bytes[asked->pdu_at] != 0xa5)
		return 1;
	at += 2 + asked->bytes[at + 1];
	return asked->bytes[at + 1] == 1
		       ? asked->bytes[at + 2]
		       : (unsigned)asked->bytes[at + 2] << 8 | asked->bytes[at + 3];
}

/* Rows [first, first + n) in order, then what is behind the table. */
static void
serve(struct lab *lab, const struct asked *asked, uint32_t first, unsigned n)
{
	struct out out;

	agent_begin(&out);
	for (unsigned i = n; i-- > 0;) {
		uint32_t oid[] = {1, 3, 6, 1, 9, 1, first + i};

		if (first + i <= lab->table_rows)
			agent_put_varbind(&out, oid, MEM_COUNT(oid), VB_INTEGER, i);
		else
			agent_put_varbind(&out, behind_oid, MEM_COUNT(behind_oid), VB_INTEGER, i);
	}
	agent_finish(&out, asked, 0, 0);
	agent_send(lab->fd, asked, &out, sizeof(out.bytes) - out.at);
}

static void
behave_table(struct lab *lab, const struct asked *asked)
{
	unsigned n = repetitions_of(asked);

	if (n > lab->max_asked)
		lab->max_asked = n;
	serve(lab, asked, cursor_of(asked) + 1, n);
}

static void
test_walk(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_table;
	walk(lab, 500);
	assert_int_equal(lab->reason, REASON_NONE);
	assert_true(lab->walk.complete);
	assert_int_equal(lab->rows, 500);
	assert_true(lab->heard < 10); /* it grew */
	assert_true(lab->max_asked > 40);
	walk(lab, 0);
	assert_true(lab->walk.complete);
	assert_int_equal(lab->rows, 0);
	lab->walk.max_varbinds = 100;
	walk(lab, 500);
	assert_false(lab->walk.complete);
	assert_true(lab->walk.was_cut);
	assert_int_equal(lab->rows, 100);
}

static void
behave_v1_table(struct lab *lab, const struct asked *asked)
{
	uint32_t row = cursor_of(asked) + 1;
	struct out out;

	assert_int_equal(asked->bytes[asked->pdu_at], 0xa1);
	if (row <= lab->table_rows) {
		serve(lab, asked, row, 1);
		return;
	}
	agent_begin(&out);
	agent_put_varbind(&out, column_oid, MEM_COUNT(column_oid), VB_NULL, 0);
	agent_finish(&out, asked, SNMPC_NO_SUCH_NAME, 1);
	agent_send(lab->fd, asked, &out, sizeof(out.bytes) - out.at);
}

static void
test_walk_v1(void **state)
{
	struct lab *lab = *state;

	lab_make_peer(lab, SNMP_V1);
	lab->behave = behave_v1_table;
	walk(lab, 20);
	assert_true(lab->walk.complete);
	assert_int_equal(lab->rows, 20);
	assert_int_equal(lab->heard, 21);
}

static void
behave_too_big(struct lab *lab, const struct asked *asked)
{
	unsigned n = repetitions_of(asked);
	struct out out;

	if (n <= 5) {
		behave_table(lab, asked);
		return;
	}
	agent_begin(&out);
	agent_finish(&out, asked, SNMPC_TOO_BIG, 0);
	agent_send(lab->fd, asked, &out, sizeof(out.bytes) - out.at);
}

static void
test_walk_too_big(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_too_big;
	walk(lab, 50);
	assert_true(lab->walk.complete);
	assert_int_equal(lab->rows, 50);
	assert_int_equal(lab->max_asked, 5); /* 40, 20, 10, 5: and it stays there */
}

/* GETBULK is too much for it. */
static void
behave_choking(struct lab *lab, const struct asked *asked)
{
	if (asked->bytes[asked->pdu_at] == 0xa1)
		serve(lab, asked, cursor_of(asked) + 1, 1);
}

static void
test_walk_choking(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_choking;
	walk(lab, 5);
	assert_true(lab->walk.complete);
	assert_int_equal(lab->rows, 5);
	lab->heard = 0;
	walk(lab, 5);
	assert_int_equal(lab->heard, 6); /* remembered */
}

static void
test_walk_silent(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_silent;
	walk(lab, 5);
	assert_int_equal(lab->reason, REASON_TIMEOUT);
	assert_false(lab->walk.complete);
	assert_true(lab->heard <= 3);
}

/* The tenth row again and again. */
static void
behave_circling(struct lab *lab, const struct asked *asked)
{
	uint32_t row = cursor_of(asked) + 1;

	serve(lab, asked, row > 10 ? 10 : row, row > 10 ? 1 : 10);
}

static void
test_walk_circling(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_circling;
	walk(lab, 500);
	assert_int_equal(lab->reason, REASON_BAD_REPLY);
	assert_false(lab->walk.complete);
	assert_int_equal(lab->rows, 10);
}

static void
behave_empty(struct lab *lab, const struct asked *asked)
{
	struct out out;

	agent_begin(&out);
	agent_finish(&out, asked, 0, 0);
	agent_send(lab->fd, asked, &out, sizeof(out.bytes) - out.at);
}

static void
test_walk_empty(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_empty;
	walk(lab, 5);
	assert_int_equal(lab->reason, REASON_BAD_REPLY);
	assert_false(lab->walk.complete);
}

static void
test_walk_cancel(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_table;
	lab->walk = (struct snmpc_walk){.peer = lab->peer,
					.columns = column_ref,
					.column_count = 1,
					.timeout_ms = 100,
					.varbind = on_row,
					.done = on_walked};
	assert_int_equal(snmpc_walk_start(&lab->walk), 0);
	snmpc_walk_cancel(&lab->walk);
	snmpc_walk_cancel(&lab->walk);
	assert_int_equal(snmpc_stats(lab->snmpc).in_flight, 0);
	assert_int_equal(lab->done, 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_walk),	 TEST(test_walk_v1),	 TEST(test_walk_too_big),
		TEST(test_walk_choking), TEST(test_walk_silent), TEST(test_walk_circling),
		TEST(test_walk_empty),	 TEST(test_walk_cancel),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
