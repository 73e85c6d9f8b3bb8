/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Firmware rules when memory runs out: at whichever allocation, the answer is ERR_NOMEM, nothing is
 * concluded from less than there is, and nothing leaks (the address sanitizer looks). build.mk
 * wraps the allocators.
 */
#include "refuse_one.h"

#include "keepwatch/err.h"
#include "keepwatch/firmware_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ALLOCATIONS_MAX = 500 };

static const char table[] =
	"vendor\tsysobjectid\twhen\titem\tobject\toid\tpattern\n"
	"Acme\t1.3.6.1.4.1.9999\thas:1.3.6.1.4.1.9999.1.0=^x\tfirmware\tA::a + A::b\t"
	"1.3.6.1.4.1.9999.2.0 + @.3.*?\t(.) (.*) => \\1-\\2\n"
	"Acme\t1.3.6.1.4.1.9999,1.3.6.1.4.1.9998\t^Acme\tserial\tE::s\t"
	"1.3.6.1.2.1.47.1.1.1.1.11.*[chassis]\thex:-\n"
	"Acme\t1.3.6.1.4.1.9999\t-\tmodel\tsysDescr\t-\t-\n";

/* "x" for whatever is asked; of columns, two rows, of class chassis. */
static int
answer(struct firmware_read *reading, const struct oid_ref *oid, uint32_t row)
{
	uint32_t ids[OID_MAX];
	struct varbind vb = {.oid = ids,
			     .oid_len = oid->len + (row != 0),
			     .type = VB_OCTETS,
			     .bytes = (const uint8_t *)(row != 0 ? "3" : "x"),
			     .bytes_len = 1};

	memcpy(ids, oid->ids, oid->len * sizeof(*ids));
	ids[oid->len] = row;
	return firmware_read_take(reading, &vb);
}

static int
read_device(struct firmware_read *reading)
{
	struct firmware_found found[FIRMWARE_ITEM_COUNT];
	struct firmware_ask ask;
	int rc = 0;

	while (rc == 0 && firmware_read_next(reading, &ask)) {
		for (size_t i = 0; rc == 0 && i < ask.scalar_count; i++)
			rc = answer(reading, &ask.scalars[i], 0);
		for (size_t i = 0; rc == 0 && i < 2 * ask.column_count; i++)
			rc = answer(reading, &ask.columns[i / 2], 1 + i % 2);
	}
	if (rc == 0)
		rc = firmware_read_conclude(reading, found);
	if (rc != 0)
		return rc;
	assert_string_equal(found[FIRMWARE_SERIAL].value, "33");
	assert_string_equal(found[FIRMWARE_MODEL].value, "Acme switch");
	assert_string_equal(found[FIRMWARE_VENDOR].value, "Acme");
	return 0;
}

static int
run(void)
{
	struct firmware_rules *rules = NULL;
	struct firmware_read *reading = NULL;
	int rc = firmware_rules_parse(&rules, table, sizeof(table) - 1, NULL);

	if (rc == 0)
		rc = firmware_read_new(&reading, rules, "1.3.6.1.4.1.9999.7", "Acme switch", "a");
	if (rc == 0)
		rc = read_device(reading);
	firmware_read_free(reading);
	firmware_rules_free(rules);
	return rc;
}

static void
test_no_memory(void **state)
{
	long i;

	(void)state;
	for (i = 0; i < ALLOCATIONS_MAX; i++) {
		int rc;

		has_failed = false;
		granted = i;
		rc = run();
		granted = -1;
		if (!has_failed) {
			assert_int_equal(rc, 0);
			break;
		}
		assert_int_equal(rc, ERR_NOMEM);
	}
	assert_in_range(i, 10, ALLOCATIONS_MAX - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
