/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A view when memory runs out: at whichever allocation, the answer is ERR_NOMEM, nothing leaks (the
 * address sanitizer looks), and the builder may be freed. build.mk wraps the allocators.
 */
#include "refuse_one.h"
#include "view_fixture.h"

enum { ALLOCATIONS_MAX = 5000 };

/* A switch with something of everything; failed additions are what is tested. */
static void
feed_all(struct view_builder *builder)
{
	static const uint8_t mac[] = {0, 0x40, 0x8c, 0, 0, 1};

	feed_object_id(builder, FEED_INDEX(9, 1, 2494));
	feed_ports(builder, 101, 12, "Gi1/0/");
	feed_neighbour(builder, 1, 1, 7, "acc-1");
	feed_local(builder, 1, 5, "Gi1/0/1", "uplink");
	for (uint32_t i = 1; i <= 12; i++) {
		feed_base(builder, i, 100 + i);
		feed_qfdb(builder, 20, (uint8_t)i, i);
		feed_fdb(builder, (uint8_t)i, i);
		feed_number(builder, VIEW_TABLE_VLAN_FDB, 0, FEED_INDEX(0, i), i);
		feed_number(builder, VIEW_TABLE_STP_PORT, C_STP_STATE, FEED_INDEX(i), 5);
		feed_number(builder, VIEW_TABLE_VLAN_PORT, C_PVID, FEED_INDEX(i), 20);
		feed_number(builder, VIEW_TABLE_VLAN_PORT, C_VM_VLAN, FEED_INDEX(100 + i), 20);
		feed_bytes(builder, VIEW_TABLE_VLAN_EGRESS, C_EGRESS, FEED_INDEX(0, i), "\xff", 1);
		feed_bytes(builder, VIEW_TABLE_ARP, C_ARP_PHYS, FEED_INDEX(1, 10, 0, 0, i), mac, 6);
		feed_number(builder, VIEW_TABLE_POE_PORT, C_POE_STATUS, FEED_INDEX(1, i), 3);
		feed_number(builder, VIEW_TABLE_POE_CISCO, C_CPE_MW, FEED_INDEX(1, i), 4000);
		feed_number(builder, VIEW_TABLE_POE_VENDOR, 0, FEED_INDEX(1, i), 4000);
		feed_number(builder, VIEW_TABLE_ENTITY, 0, FEED_INDEX(i), 9);
	}
	feed_number(builder, VIEW_TABLE_POE_MAIN, C_PSE_POWER, FEED_INDEX(1), 370);
}

static void
test_every_allocation_fails(void **state)
{
	long n;

	(void)state;
	for (n = 0; n < ALLOCATIONS_MAX; n++) {
		struct view_builder *builder;
		struct switch_view *view = NULL;
		uint16_t vlans[4];
		bool has_failed_before;
		int rc;

		has_failed = false;
		granted = n;
		builder = view_builder_new();
		if (builder == NULL) {
			assert_true(has_failed);
			continue;
		}
		feed_all(builder);
		view_builder_fdb_vlans(builder, vlans, MEM_COUNT(vlans));
		has_failed_before = has_failed;
		rc = view_builder_finish(builder, &view);
		granted = -1;
		assert_int_equal(rc, has_failed && !has_failed_before ? ERR_NOMEM : 0);
		assert_true((view == NULL) == (rc != 0));
		switch_view_free(view);
		view_builder_free(builder);
		if (!has_failed)
			break;
	}
	assert_in_range(n, 50, ALLOCATIONS_MAX - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_allocation_fails)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
