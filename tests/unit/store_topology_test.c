/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Links in the store: what is written and what is not, and where a device was when.
 */
#include "../store/fixture.h"

#include "keepwatch/err.h"
#include "keepwatch/reader_topology.h"
#include "keepwatch/store_topology.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
put(struct fixture *f, struct topo_link link)
{
	assert_int_equal(store_batch_link(f->batch, &link), 0);
	fixture_commit(f);
}

static struct reader_link_list
links(struct fixture *f, uint32_t device)
{
	struct reader_filter filter = READER_FILTER_ANY;
	struct reader *reader = fixture_reader(f);
	struct reader_link_list list;

	filter.device = device;
	assert_int_equal(reader_links(reader, &filter, &list), 0);
	reader_close(reader);
	return list;
}

static struct reader_link_list
history(struct fixture *f, uint32_t device, int64_t since_ms, size_t limit)
{
	struct reader_filter filter = READER_FILTER_ANY;
	struct reader *reader = fixture_reader(f);
	struct reader_link_list list;

	filter.device = device;
	assert_int_equal(reader_link_history(reader, &filter, since_ms, limit, &list), 0);
	reader_close(reader);
	return list;
}

/* if_index of the link that held; 0 if there was none. */
static uint32_t
port_at(struct fixture *f, uint32_t device, int64_t at_ms, int64_t *until_ms)
{
	struct reader_filter filter = READER_FILTER_ANY;
	struct reader *reader = fixture_reader(f);
	struct reader_link_list list;
	uint32_t if_index = 0;

	filter.device = device;
	assert_int_equal(reader_links_at(reader, &filter, at_ms, &list), 0);
	assert_true(list.count <= 1);
	if (list.count == 1) {
		assert_int_equal(list.items[0].link.device, device);
		if_index = list.items[0].link.if_index;
		if (until_ms != NULL)
			*until_ms = list.items[0].until_ms;
	}
	reader_link_list_fini(&list);
	reader_close(reader);
	return if_index;
}

static void
test_link(void **state)
{
	struct fixture *f = *state;
	uint32_t sw = fixture_declare(f, "acc1", KIND_SWITCH, 0);
	uint32_t camera = fixture_declare(f, "cam1", KIND_CAMERA, 0);
	struct topo_link link = fixture_link(camera, sw, 7, 0), spare = fixture_link(sw, 0, 2, 0);
	struct reader_link_list list;

	fixture_commit(f);
	spare.is_spare = true;
	spare.mac = MAC_NONE;
	assert_int_equal(store_batch_link(f->batch, &spare), 0);
	assert_int_equal(store_batch_link(f->batch, &link), 0);
	assert_false(store_batch_is_empty(f->batch));
	assert_true(store_batch_bytes(f->batch) > 2 * sizeof(link));
	fixture_commit(f);
	fixture_reopen(f);
	list = links(f, 0);
	assert_int_equal(list.count, 2);
	assert_true(topo_link_same(&list.items[0].link, &spare));
	assert_true(topo_link_same(&list.items[1].link, &link));
	assert_true(list.items[1].link.confirmed_ms == AT(0));
	assert_true(list.items[1].until_ms == 0);
	reader_link_list_fini(&list);
	list = links(f, camera);
	assert_int_equal(list.count, 1);
	reader_link_list_fini(&list);
	/* words, for whoever reads the database without this program */
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM link WHERE source = 'fdb'"
						  " AND via = 'shared' AND mac ="
						  " '00:40:8c:01:02:03'"),
			 1);
}

/* Moves, there and back: the history says where it was when. */
static void
test_moves(void **state)
{
	struct fixture *f = *state;
	uint32_t sw = fixture_declare(f, "acc1", KIND_SWITCH, 0);
	uint32_t camera = fixture_declare(f, "cam1", KIND_CAMERA, 0);
	uint32_t other = fixture_declare(f, "cam2", KIND_CAMERA, 0);
	struct topo_link link = fixture_link(camera, sw, 7, 0);
	struct reader_link_list list;
	int64_t until = -1;

	fixture_commit(f);
	put(f, link);
	put(f, fixture_link(other, sw, 30, 0));
	link.confirmed_ms = AT(7200);
	put(f, link);
	put(f, fixture_link(camera, sw, 8, 9000));
	fixture_reopen(f);
	put(f, fixture_link(camera, sw, 7, 20000));
	assert_int_equal(port_at(f, camera, AT(-1), NULL), 0);
	assert_int_equal(port_at(f, camera, AT(0), &until), 7);
	assert_true(until == AT(7200));
	assert_int_equal(port_at(f, camera, AT(8000), NULL), 7); /* between two readings */
	assert_int_equal(port_at(f, camera, AT(9000), NULL), 8);
	assert_int_equal(port_at(f, camera, AT(19999), NULL), 8);
	assert_int_equal(port_at(f, camera, AT(20000), &until), 7);
	assert_true(until == 0);
	list = history(f, camera, 0, 0);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.items[0].link.if_index, 8);
	assert_true(list.items[0].link.first_seen_ms == AT(9000));
	assert_int_equal(list.items[1].link.if_index, 7);
	assert_string_equal(list.items[1].link.port, "gi1/0/7");
	assert_string_equal(list.items[1].link.why, link.why);
	reader_link_list_fini(&list);
	list = history(f, 0, 0, 1);
	assert_int_equal(list.count, 1);
	reader_link_list_fini(&list);
	list = history(f, 0, AT(9001), 0);
	assert_int_equal(list.count, 0);
	/* the same port of the same switch under another name: it was renumbered */
	link = fixture_link(camera, sw, 7, 30000);
	snprintf(link.port, sizeof(link.port), "gi2/0/7");
	put(f, link);
	list = links(f, camera);
	assert_int_equal(list.count, 1);
	assert_string_equal(list.items[0].link.port, "gi2/0/7");
	reader_link_list_fini(&list);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM link_history"), 3);
}

/* A link that is let go, and one that comes to be known again at the same place. */
static void
test_gone(void **state)
{
	struct fixture *f = *state;
	uint32_t sw = fixture_declare(f, "acc1", KIND_SWITCH, 0);
	uint32_t camera = fixture_declare(f, "cam1", KIND_CAMERA, 0);
	struct topo_link link = fixture_link(camera, sw, 7, 0);
	struct reader_link_list list;
	int64_t until;

	fixture_commit(f);
	put(f, link);
	/* another one than is stored: nothing to do */
	link.if_index = 9;
	assert_int_equal(store_batch_link_gone(f->batch, &link), 0);
	assert_false(fixture_writes(f));
	link.if_index = 7;
	link.is_spare = true;
	assert_int_equal(store_batch_link_gone(f->batch, &link), 0);
	assert_false(fixture_writes(f));
	link.is_spare = false;
	link.confirmed_ms = AT(3000); /* later than was worth a write */
	assert_int_equal(store_batch_link_gone(f->batch, &link), 0);
	fixture_commit(f);
	list = links(f, 0);
	assert_int_equal(list.count, 0);
	assert_int_equal(port_at(f, camera, AT(100000), &until), 7);
	assert_true(until == AT(3000)); /* "last seen there" */
	put(f, fixture_link(camera, sw, 7, 200000));
	/* the inference forgot it, but the store did not: two periods, not one */
	put(f, fixture_link(camera, sw, 7, 300000));
	list = history(f, camera, 0, 0);
	assert_int_equal(list.count, 2);
	assert_true(list.items[0].link.first_seen_ms == AT(200000));
	assert_true(list.items[0].until_ms == AT(200000));
	reader_link_list_fini(&list);
	/* known since earlier than it says */
	link = fixture_link(camera, sw, 7, 300000);
	link.confirmed_ms = AT(310000);
	put(f, link);
	link.first_seen_ms = AT(309000);
	put(f, link);
	list = links(f, camera);
	assert_int_equal(list.count, 1);
	assert_true(list.items[0].link.first_seen_ms == AT(300000));
	reader_link_list_fini(&list);
}

/* Spares come and go for themselves and are told apart by parent and port. */
static void
test_spares(void **state)
{
	struct fixture *f = *state;
	uint32_t core = fixture_declare(f, "core", KIND_SWITCH, 0);
	uint32_t sw = fixture_declare(f, "acc1", KIND_SWITCH, 0);
	struct topo_link spare = fixture_link(sw, core, 2, 0),
			 second = fixture_link(sw, core, 3, 0);
	struct reader_link_list list;

	fixture_commit(f);
	spare.is_spare = second.is_spare = true;
	put(f, fixture_link(sw, core, 1, 0));
	put(f, spare);
	put(f, second);
	list = links(f, sw);
	assert_int_equal(list.count, 3);
	assert_false(list.items[0].link.is_spare);
	assert_int_equal(list.items[1].link.if_index, 2);
	reader_link_list_fini(&list);
	/* the uplink fails: the spare one takes over, all in one batch */
	assert_int_equal(store_batch_link_gone(f->batch, &spare), 0);
	put(f, fixture_link(sw, core, 2, 100));
	list = links(f, sw);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.items[0].link.if_index, 2);
	assert_false(list.items[0].link.is_spare);
	assert_int_equal(list.items[1].link.if_index, 3);
	reader_link_list_fini(&list);
	list = history(f, sw, 0, 0);
	assert_int_equal(list.count, 2);
	reader_link_list_fini(&list);
	assert_int_equal(port_at(f, sw, AT(50), NULL), 1); /* not the spare one */
}

static void
test_unchanged(void **state)
{
	struct fixture *f = *state;
	uint32_t sw = fixture_declare(f, "acc1", KIND_SWITCH, 0);
	uint32_t camera = fixture_declare(f, "cam1", KIND_CAMERA, 0);
	struct topo_link link = fixture_link(camera, sw, 7, 0);
	struct reader_link_list list;

	fixture_commit(f);
	put(f, link);
	assert_int_equal(store_batch_link(f->batch, &link), 0);
	assert_false(fixture_writes(f));
	link.confirmed_ms = AT(3599);
	assert_int_equal(store_batch_link(f->batch, &link), 0);
	assert_false(fixture_writes(f));
	link.confirmed_ms = AT(3600);
	assert_int_equal(store_batch_link(f->batch, &link), 0);
	assert_true(fixture_writes(f));
	link.confirmed_ms = AT(3700);
	link.confidence--;
	assert_int_equal(store_batch_link(f->batch, &link), 0);
	assert_true(fixture_writes(f));
	list = links(f, camera);
	assert_int_equal(list.items[0].link.confidence, 92);
	assert_true(list.items[0].link.confirmed_ms == AT(3700));
	reader_link_list_fini(&list);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM link_history"), 0);
}

/* A port that becomes known, or is numbered anew, is the port that it was. */
static void
test_refined(void **state)
{
	struct fixture *f = *state;
	uint32_t sw = fixture_declare(f, "acc1", KIND_SWITCH, 0);
	uint32_t camera = fixture_declare(f, "cam1", KIND_CAMERA, 0);
	struct topo_link link = fixture_link(camera, sw, 7, 0);
	struct topo_link vague = link;
	struct reader_link_list list;

	fixture_commit(f);
	vague.if_index = 0;
	vague.port[0] = '\0';
	put(f, vague);
	memcpy(vague.port, link.port, sizeof(vague.port)); /* as declared */
	put(f, vague);
	put(f, link);
	link.if_index = 1007; /* after a restart of the switch */
	put(f, link);
	list = links(f, camera);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.items[0].link.if_index, 1007);
	assert_true(list.items[0].link.first_seen_ms == AT(0));
	reader_link_list_fini(&list);
	list = history(f, camera, 0, 0);
	assert_int_equal(list.count, 0);
	reader_link_list_fini(&list);
	snprintf(link.port, sizeof(link.port), "another");
	put(f, link);
	list = history(f, camera, 0, 0);
	assert_int_equal(list.count, 1);
	reader_link_list_fini(&list);
}

int
main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_link), TEST(test_moves),  TEST(test_refined),
		TEST(test_gone), TEST(test_spares), TEST(test_unchanged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
