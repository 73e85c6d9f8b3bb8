/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * MIB rows from varbinds, with what real agents send; and what sysUpTime says of restarts.
 */
#include "keepwatch/err.h"
#include "keepwatch/mem.h"
#include "keepwatch/mib.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct varbind
octets(const uint32_t *oid, size_t len, const void *bytes, size_t bytes_len)
{
	return (struct varbind){.oid = oid,
				.oid_len = len,
				.type = VB_OCTETS,
				.bytes = bytes,
				.bytes_len = bytes_len};
}

static struct varbind
scalar(int item, const void *bytes, size_t len)
{
	return octets(mib_system_oids[item].ids, mib_system_oids[item].len, bytes, len);
}

static void
test_system(void **state)
{
	static const uint32_t object[] = {1, 3, 6, 1, 4, 1, 9};
	struct mib_system system = {0};
	struct varbind vb;
	char lengthy[400];

	(void)state;
	memset(lengthy, 'x', sizeof(lengthy));
	vb = scalar(MIB_SYS_NAME, "core\0\0", 6);
	mib_system_add(&system, &vb);
	assert_string_equal(system.name, "core");
	vb = scalar(MIB_SYS_DESCR, lengthy, sizeof(lengthy));
	mib_system_add(&system, &vb);
	assert_int_equal(strlen(system.descr), MIB_TEXT_SIZE - 1);
	vb = scalar(MIB_SYS_OBJECT_ID, NULL, 0);
	vb.type = VB_OID;
	vb.value_oid = object;
	vb.value_oid_len = 7;
	mib_system_add(&system, &vb);
	assert_string_equal(system.object_id, "1.3.6.1.4.1.9");
	vb = scalar(MIB_SYS_UPTIME, NULL, 0);
	vb.type = VB_TIMETICKS;
	vb.unsigned_number = 4294967295u;
	mib_system_add(&system, &vb);
	assert_int_equal(system.uptime_cs, 4294967295u);
	assert_int_equal(system.has, 1u << MIB_SYS_NAME | 1u << MIB_SYS_DESCR |
					     1u << MIB_SYS_OBJECT_ID | 1u << MIB_SYS_UPTIME);
}

static void
test_system_passed_over(void **state)
{
	static const uint32_t other[] = {1, 3, 6, 1, 2, 1, 1, 5, 1};
	struct mib_system system = {0};
	struct varbind vb;

	(void)state;
	vb = octets(other, 9, "x", 1);
	mib_system_add(&system, &vb);
	vb = scalar(MIB_SYS_NAME, NULL, 0);
	vb.type = VB_NO_SUCH_INSTANCE;
	mib_system_add(&system, &vb);
	vb = scalar(MIB_SYS_UPTIME, "x", 1); /* the wrong type */
	mib_system_add(&system, &vb);
	vb = scalar(MIB_SYS_OBJECT_ID, "x", 1);
	mib_system_add(&system, &vb);
	assert_int_equal(system.has, 0);
}

/* Adds a value of a column for an ifIndex. */
static int
add(struct mib_if_table *table, enum mib_if_column column, uint32_t index, enum varbind_type type,
    uint64_t number, const char *bytes, size_t len)
{
	uint32_t oid[16];
	struct varbind vb = {.oid = oid, .type = type, .number = (int64_t)number};

	memcpy(oid, mib_if_columns[column].ids, mib_if_columns[column].len * sizeof(*oid));
	oid[mib_if_columns[column].len] = index;
	vb.oid_len = mib_if_columns[column].len + 1;
	vb.unsigned_number = number;
	vb.bytes = (const uint8_t *)bytes;
	vb.bytes_len = len;
	return mib_if_table_add(table, column, &vb);
}

static void
test_interfaces(void **state)
{
	struct mib_if_table table;

	(void)state;
	mib_if_table_init(&table);
	/* Rows out of order, columns of different length. */
	assert_int_equal(add(&table, MIB_IF_DESCR, 10, VB_OCTETS, 0, "Ethernet10", 10), 0);
	assert_int_equal(add(&table, MIB_IF_DESCR, 2, VB_OCTETS, 0, "Ethernet2", 9), 0);
	assert_int_equal(add(&table, MIB_IF_DESCR, 5, VB_OCTETS, 0, "Ethernet5", 9), 0);
	assert_int_equal(add(&table, MIB_IF_NAME, 5, VB_OCTETS, 0, "e5", 2), 0);
	assert_int_equal(add(&table, MIB_IF_NAME, 2, VB_OCTETS, 0, "", 0), 0);
	assert_int_equal(add(&table, MIB_IF_ADMIN_STATUS, 5, VB_INTEGER, 1, NULL, 0), 0);
	assert_int_equal(add(&table, MIB_IF_OPER_STATUS, 5, VB_INTEGER, 99, NULL, 0), 0);
	assert_int_equal(add(&table, MIB_IF_SPEED, 5, VB_GAUGE32, 4294967295u, NULL, 0), 0);
	assert_int_equal(add(&table, MIB_IF_HIGH_SPEED, 5, VB_GAUGE32, 10000, NULL, 0), 0);
	assert_int_equal(add(&table, MIB_IF_SPEED, 2, VB_GAUGE32, 100000000, NULL, 0), 0);
	assert_int_equal(add(&table, MIB_IF_HIGH_SPEED, 2, VB_GAUGE32, 0, NULL, 0), 0);
	assert_int_equal(add(&table, MIB_IF_PHYS_ADDRESS, 5, VB_OCTETS, 0, "\0\x04}\1\2\3", 6), 0);
	assert_int_equal(add(&table, MIB_IF_PHYS_ADDRESS, 2, VB_OCTETS, 0, "\0\0\0\0\0\0", 6), 0);
	assert_int_equal(table.count, 3);
	assert_int_equal(table.items[0].index, 2);
	assert_int_equal(table.items[1].index, 5);
	assert_int_equal(table.items[2].index, 10);
	assert_string_equal(table.items[0].name, "Ethernet2");
	assert_string_equal(table.items[1].name, "e5");
	assert_int_equal(table.items[0].speed_mbps, 100);
	assert_int_equal(table.items[1].speed_mbps, 10000);
	assert_string_equal(mib_if_status_name(table.items[1].admin), "up");
	assert_string_equal(mib_if_status_name(table.items[1].oper), "unknown");
	assert_true(table.items[1].has & 1u << MIB_IF_PHYS_ADDRESS);
	assert_false(table.items[0].has & 1u << MIB_IF_PHYS_ADDRESS);
	assert_string_equal(mib_if_status_name(200), "?");
	mib_if_table_fini(&table);
}

static void
test_interfaces_refused(void **state)
{
	struct mib_if_table table;
	uint32_t oid[] = {1, 3, 6, 1, 2, 1, 2, 2, 1, 2, 7, 7};
	struct varbind vb = octets(oid, 12, "x", 1);

	(void)state;
	mib_if_table_init(&table);
	assert_int_equal(mib_if_table_add(&table, MIB_IF_DESCR, &vb), ERR_SYNTAX);
	vb.oid_len = 10;
	assert_int_equal(mib_if_table_add(&table, MIB_IF_DESCR, &vb), ERR_SYNTAX);
	assert_int_equal(add(&table, MIB_IF_DESCR, 1, VB_INTEGER, 1, NULL, 0), ERR_SYNTAX);
	assert_int_equal(table.count, 0);
	for (uint32_t i = 0; i < MIB_IF_MAX; i++)
		assert_int_equal(add(&table, MIB_IF_TYPE, MIB_IF_MAX - i, VB_INTEGER, 6, NULL, 0),
				 0);
	assert_int_equal(add(&table, MIB_IF_TYPE, MIB_IF_MAX + 1, VB_INTEGER, 6, NULL, 0),
			 ERR_TOOBIG);
	for (uint32_t i = 0; i < MIB_IF_MAX; i++)
		assert_int_equal(table.items[i].index, i + 1);
	mib_if_table_fini(&table);
}

static const int64_t wall = 1767225600000; /* 2026-01-01 */
static const int64_t day = 86400000;

static void
test_uptime_steady(void **state)
{
	struct mib_uptime uptime = {0};
	int64_t boot;

	(void)state;
	assert_int_equal(mib_uptime_update(&uptime, 360000, 0, wall, 1000), MIB_UPTIME_FIRST);
	boot = uptime.boot_ms;
	assert_true(boot == wall - 3600000);
	/* A week of polls by a clock that is 0.1 % fast, with jitter, and a step of ours by a day.
	 */
	for (int i = 1; i <= 10080; i++) {
		int64_t at = 60000 * (int64_t)i;
		uint32_t ticks = (uint32_t)(360000 + at / 10 + at / 10000 + (i % 7) * 20);

		assert_int_equal(mib_uptime_update(&uptime, ticks, 0,
						   wall + at + (i > 500 ? day : 0),
						   (uint64_t)(1000 + at)),
				 MIB_UPTIME_STEADY);
	}
	assert_true(uptime.boot_ms == boot);
}

static void
test_uptime_restart(void **state)
{
	struct mib_uptime uptime = {0};

	(void)state;
	mib_uptime_update(&uptime, 360000, 0, wall, 0);
	assert_int_equal(mib_uptime_update(&uptime, 1000, 0, wall + 60000, 60000),
			 MIB_UPTIME_RESTARTED);
	assert_true(uptime.boot_ms == wall + 50000);
	/* Away for two hours: the uptime is larger than before, and yet it has restarted. */
	assert_int_equal(
		mib_uptime_update(&uptime, 500000, 0, wall + 60000 + 7200000, 60000 + 7200000),
		MIB_UPTIME_RESTARTED);
	/* Our machine slept: the monotonic clock did not go on, the wall clock did. */
	assert_int_equal(mib_uptime_update(&uptime, 500000 + 360000, 0,
					   wall + 60000 + 7200000 + 3600000, 60000 + 7200000 + 5),
			 MIB_UPTIME_STEADY);
}

/* A counter that lags, or stands still, has not begun anew. */
static void
test_uptime_lags(void **state)
{
	struct mib_uptime uptime = {0};
	int64_t boot;

	(void)state;
	mib_uptime_update(&uptime, 10000000, 0, wall, 0);
	boot = uptime.boot_ms;
	for (int64_t ms = 60000; ms <= 600000; ms += 60000) {
		assert_int_equal(mib_uptime_update(&uptime, 10000000, 0, wall + ms, (uint64_t)ms),
				 MIB_UPTIME_STEADY);
		assert_true(uptime.boot_ms == boot);
	}
	assert_int_equal(mib_uptime_update(&uptime, 4000, 0, wall + 660000, 660000),
			 MIB_UPTIME_RESTARTED);
}

static void
test_uptime_wrap(void **state)
{
	struct mib_uptime uptime = {0};
	int64_t boot;

	(void)state;
	mib_uptime_update(&uptime, UINT32_MAX - 2000, 0, wall, 0);
	boot = uptime.boot_ms;
	assert_int_equal(mib_uptime_update(&uptime, 4000, 0, wall + 60010, 60010),
			 MIB_UPTIME_STEADY);
	assert_true(uptime.boot_ms == boot);
	/* A restart shortly after the wrap, and one instead of it. */
	assert_int_equal(mib_uptime_update(&uptime, 1000, 0, wall + 120000, 120000),
			 MIB_UPTIME_RESTARTED);
	memset(&uptime, 0, sizeof(uptime));
	mib_uptime_update(&uptime, UINT32_MAX - 2000, 0, wall, 0);
	assert_int_equal(mib_uptime_update(&uptime, 100, 0, wall + 600000, 600000),
			 MIB_UPTIME_RESTARTED);
	/* Seen first after the wrap: the engine's time tells. */
	memset(&uptime, 0, sizeof(uptime));
	mib_uptime_update(&uptime, 100, 42949673 + 1, wall, 0);
	assert_int_equal(uptime.wraps, 1);
	/* An engine older than the agent's uptime by anything else says nothing. */
	memset(&uptime, 0, sizeof(uptime));
	mib_uptime_update(&uptime, 100, 30000000, wall, 0);
	assert_int_equal(uptime.wraps, 0);
}

static void
test_uptime_restored(void **state)
{
	struct mib_uptime uptime;

	(void)state;
	mib_uptime_restore(&uptime, wall - 30 * day);
	assert_int_equal(mib_uptime_update(&uptime, (uint32_t)(30 * day / 10 + 1000), 0, wall, 5),
			 MIB_UPTIME_STEADY);
	assert_true(uptime.boot_ms == wall - 30 * day);
	mib_uptime_restore(&uptime, wall - 600 * day); /* 497.1 days a wrap */
	assert_int_equal(mib_uptime_update(&uptime,
					   (uint32_t)((uint64_t)(600 * day / 10) & UINT32_MAX), 0,
					   wall, 5),
			 MIB_UPTIME_STEADY);
	assert_int_equal(uptime.wraps, 1);
	mib_uptime_restore(&uptime, wall - 30 * day);
	assert_int_equal(mib_uptime_update(&uptime, 6000, 0, wall, 5), MIB_UPTIME_RESTARTED);
	assert_true(uptime.boot_ms == wall - 60000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_system),		cmocka_unit_test(test_system_passed_over),
		cmocka_unit_test(test_interfaces),	cmocka_unit_test(test_interfaces_refused),
		cmocka_unit_test(test_uptime_steady),	cmocka_unit_test(test_uptime_restart),
		cmocka_unit_test(test_uptime_lags),	cmocka_unit_test(test_uptime_wrap),
		cmocka_unit_test(test_uptime_restored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
