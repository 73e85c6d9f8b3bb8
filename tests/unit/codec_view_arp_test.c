/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Addresses that routers know: both tables, zones, and indexes as agents get them wrong.
 */
#include "view_fixture.h"

#include <string.h>

static const uint8_t mac_1[] = {0, 0x40, 0x8c, 0, 0, 1}, mac_2[] = {0, 0x40, 0x8c, 0, 0, 2};

/* "10.0.0.1 on 7 at 00:40:8c:00:00:01", of the i-th row. */
static const char *
row(const struct fixture *fixture, size_t i)
{
	static char text[160];
	char ip[IPADDR_TEXT_SIZE], mac[MAC_TEXT_SIZE];
	const struct view_arp *arp = &fixture->view->arp[i];

	assert_true(i < fixture->view->arp_count);
	snprintf(text, sizeof(text), "%s on %u at %s", ipaddr_format(&arp->ip, ip, sizeof(ip)),
		 arp->if_index, mac_format(arp->mac, mac));
	return text;
}

static void
test_media(void **state)
{
	struct fixture *f = *state;
	const struct varbind invalid = {.type = VB_INTEGER, .number = 2};

	feed_bytes(f->builder, VIEW_TABLE_ARP, C_ARP_PHYS, FEED_INDEX(7, 10, 0, 0, 1), mac_1, 6);
	feed_text(f->builder, VIEW_TABLE_ARP, C_ARP_PHYS, FEED_INDEX(7, 10, 0, 0, 2),
		  "0:40:8c:0:0:2");
	feed_bytes(f->builder, VIEW_TABLE_ARP, C_ARP_PHYS, FEED_INDEX(7, 10, 0, 0, 3), mac_1, 6);
	feed(f->builder, VIEW_TABLE_ARP, C_ARP_TYPE, FEED_INDEX(7, 10, 0, 0, 3), invalid);
	feed_number(f->builder, VIEW_TABLE_ARP, C_ARP_TYPE, FEED_INDEX(7, 10, 0, 0, 1), 3);
	/* Incomplete; broadcast: no rows, but nothing bad either. */
	assert_int_equal(feed_bytes(f->builder, VIEW_TABLE_ARP, C_ARP_PHYS,
				    FEED_INDEX(7, 10, 0, 0, 4), "", 0),
			 0);
	assert_int_equal(feed_bytes(f->builder, VIEW_TABLE_ARP, C_ARP_PHYS,
				    FEED_INDEX(7, 10, 0, 0, 255), "\xff\xff\xff\xff\xff\xff", 6),
			 0);
	finish(f);
	assert_int_equal(f->view->arp_count, 2);
	assert_string_equal(row(f, 0), "10.0.0.1 on 7 at 00:40:8c:00:00:01");
	assert_string_equal(row(f, 1), "10.0.0.2 on 7 at 00:40:8c:00:00:02");
}

static void
test_physical(void **state)
{
	struct fixture *f = *state;

	feed_bytes(f->builder, VIEW_TABLE_ARP2, C_ARP_PHYS, FEED_INDEX(3, 1, 4, 10, 0, 0, 1), mac_1,
		   6);
	/* The length left out. */
	feed_bytes(f->builder, VIEW_TABLE_ARP2, C_ARP_PHYS, FEED_INDEX(3, 1, 10, 0, 0, 2), mac_2,
		   6);
	feed_bytes(f->builder, VIEW_TABLE_ARP2, C_ARP_PHYS,
		   FEED_INDEX(3, 2, 16, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
		   mac_1, 6);
	feed_bytes(f->builder, VIEW_TABLE_ARP2, C_ARP_PHYS,
		   FEED_INDEX(3, 4, 20, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0,
			      1, 4),
		   mac_1, 6);
	finish(f);
	assert_int_equal(f->view->arp_count, 4);
	assert_string_equal(row(f, 0), "10.0.0.1 on 3 at 00:40:8c:00:00:01");
	assert_string_equal(row(f, 1), "10.0.0.2 on 3 at 00:40:8c:00:00:02");
	assert_string_equal(row(f, 2), "2001:db8::1 on 3 at 00:40:8c:00:00:01");
	assert_int_equal(f->view->arp[3].ip.family, 6);
	assert_int_equal(f->view->arp[3].ip.scope_id, 260);
	assert_int_equal(f->view->arp[3].ip.bytes[15], 2);
}

/* What both tables say is one row; where they differ, the older one is right (net-snmp keeps stale
 * rows in the newer); one that it calls invalid says nothing. */
static void
test_both(void **state)
{
	struct fixture *f = *state;

	feed_bytes(f->builder, VIEW_TABLE_ARP, C_ARP_PHYS, FEED_INDEX(3, 10, 0, 0, 1), mac_1, 6);
	feed_bytes(f->builder, VIEW_TABLE_ARP, C_ARP_PHYS, FEED_INDEX(3, 10, 0, 0, 2), mac_1, 6);
	feed_bytes(f->builder, VIEW_TABLE_ARP2, C_ARP_PHYS, FEED_INDEX(3, 1, 4, 10, 0, 0, 1), mac_1,
		   6);
	feed_bytes(f->builder, VIEW_TABLE_ARP2, C_ARP_PHYS, FEED_INDEX(3, 1, 4, 10, 0, 0, 2), mac_2,
		   6);
	feed_bytes(f->builder, VIEW_TABLE_ARP, C_ARP_PHYS, FEED_INDEX(3, 10, 0, 0, 3), mac_1, 6);
	feed_number(f->builder, VIEW_TABLE_ARP, C_ARP_TYPE, FEED_INDEX(3, 10, 0, 0, 3), 2);
	feed_bytes(f->builder, VIEW_TABLE_ARP2, C_ARP_PHYS, FEED_INDEX(3, 1, 4, 10, 0, 0, 3), mac_2,
		   6);
	finish(f);
	assert_int_equal(f->view->arp_count, 3);
	assert_string_equal(row(f, 1), "10.0.0.2 on 3 at 00:40:8c:00:00:01");
	assert_string_equal(row(f, 2), "10.0.0.3 on 3 at 00:40:8c:00:00:02");
}

static int
physical(struct fixture *f, const uint32_t *index, size_t len)
{
	return feed_bytes(f->builder, VIEW_TABLE_ARP2, C_ARP_PHYS, index, len, mac_1, 6);
}

static void
test_torn(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(physical(f, FEED_INDEX(3)), ERR_SYNTAX);
	assert_int_equal(physical(f, FEED_INDEX(3, 1)), ERR_SYNTAX);
	assert_int_equal(physical(f, FEED_INDEX(3, 1, 4, 10, 0, 0)), 0); /* 4.10.0.0, no length */
	assert_int_equal(physical(f, FEED_INDEX(3, 1, 5, 10, 0, 0, 1)), ERR_SYNTAX);
	assert_int_equal(physical(f, FEED_INDEX(3, 1, 4, 10, 0, 0, 256)), ERR_SYNTAX);
	assert_int_equal(physical(f, FEED_INDEX(3, 16, 4, 10, 0, 0, 1)), ERR_SYNTAX);
	assert_int_equal(physical(f, FEED_INDEX(3, 0, 0)), ERR_SYNTAX);
	assert_int_equal(
		feed_number(f->builder, VIEW_TABLE_ARP, C_ARP_PHYS, FEED_INDEX(7, 10, 0, 0, 1), 5),
		ERR_SYNTAX);
	assert_int_equal(
		feed_bytes(f->builder, VIEW_TABLE_ARP, C_ARP_PHYS, FEED_INDEX(7), mac_1, 6),
		ERR_SYNTAX);
	finish(f);
	assert_int_equal(f->view->arp_count, 1);
}

static void
test_too_many(void **state)
{
	struct fixture *f = *state;
	int rc = 0;

	for (uint32_t i = 0; i <= VIEW_ARP_MAX && rc == 0; i++)
		rc = feed_bytes(f->builder, VIEW_TABLE_ARP, C_ARP_PHYS,
				FEED_INDEX(1, 10, i >> 16 & 0xff, i >> 8 & 0xff, i & 0xff), mac_1,
				6);
	assert_int_equal(rc, ERR_TOOBIG);
	physical(f, FEED_INDEX(3, 1, 4, 10, 0, 0, 1));
	finish(f);
	assert_int_equal(f->view->arp_count, VIEW_ARP_MAX);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_media), TEST(test_physical), TEST(test_both),
		TEST(test_torn),  TEST(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
