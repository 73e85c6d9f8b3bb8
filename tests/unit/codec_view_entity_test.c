/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * entPhysicalTable: chassis, stacks, modules and power supplies stay, the rest is dropped.
 */
#include "view_fixture.h"

enum {
	C_CLASS,
	C_ENT_DESCR,
	C_CONTAINED,
	C_ENT_NAME,
	C_HARDWARE,
	C_FIRMWARE,
	C_SOFTWARE,
	C_SERIAL,
	C_VENDOR,
	C_MODEL
};

static void
text(struct fixture *f, size_t column, uint32_t index, const char *value)
{
	assert_int_equal(feed_text(f->builder, VIEW_TABLE_ENTITY, column, FEED_INDEX(index), value),
			 0);
}

static void class(struct fixture *f, uint32_t index, int64_t number)
{
	assert_int_equal(
		feed_number(f->builder, VIEW_TABLE_ENTITY, C_CLASS, FEED_INDEX(index), number), 0);
}

static void
test_stack(void **state)
{
	struct fixture *f = *state;

	class(f, 2001, 3);
	text(f, C_SERIAL, 2001, "FOC0002  ");
	class(f, 1, 11);
	class(f, 1001, 3);
	feed_number(f->builder, VIEW_TABLE_ENTITY, C_CONTAINED, FEED_INDEX(1001), 1);
	text(f, C_ENT_NAME, 1001, "Switch 1");
	text(f, C_ENT_DESCR, 1001, "C9300-24P");
	text(f, C_SERIAL, 1001, "FOC0001");
	text(f, C_MODEL, 1001, "C9300-24P");
	text(f, C_HARDWARE, 1001, "V02");
	text(f, C_FIRMWARE, 1001, "17.9");
	text(f, C_SOFTWARE, 1001, "17.9.4");
	text(f, C_VENDOR, 1001, "Cisco");
	class(f, 1010, 6);
	class(f, 1020, 9);
	class(f, 1030, 8);	      /* a sensor */
	class(f, 1031, 10);	      /* a port */
	text(f, C_SERIAL, 1031, "x"); /* of one that was dropped */
	assert_int_equal(view_builder_rows(f->builder, VIEW_TABLE_ENTITY), 5);
	finish(f);
	assert_int_equal(f->view->entity_count, 5);
	assert_int_equal(f->view->entities[0].index, 1);
	assert_int_equal(f->view->entities[0].entity_class, 11);
	assert_int_equal(f->view->entities[1].index, 1001);
	assert_int_equal(f->view->entities[1].contained_in, 1);
	assert_string_equal(f->view->entities[1].name, "Switch 1");
	assert_string_equal(f->view->entities[1].descr, "C9300-24P");
	assert_string_equal(f->view->entities[1].serial, "FOC0001");
	assert_string_equal(f->view->entities[1].model, "C9300-24P");
	assert_string_equal(f->view->entities[1].hardware, "V02");
	assert_string_equal(f->view->entities[1].firmware, "17.9");
	assert_string_equal(f->view->entities[1].software, "17.9.4");
	assert_string_equal(f->view->entities[1].vendor, "Cisco");
	assert_int_equal(f->view->entities[4].index, 2001);
	assert_string_equal(f->view->entities[4].serial, "FOC0002");
}

static void
test_torn(void **state)
{
	struct fixture *f = *state;
	int rc = 0;

	class(f, 1, 3);
	assert_int_equal(feed_number(f->builder, VIEW_TABLE_ENTITY, C_SERIAL, FEED_INDEX(1), 5),
			 ERR_SYNTAX);
	assert_int_equal(feed_text(f->builder, VIEW_TABLE_ENTITY, C_CLASS, FEED_INDEX(1), "x"),
			 ERR_SYNTAX);
	assert_int_equal(feed_number(f->builder, VIEW_TABLE_ENTITY, C_CLASS, FEED_INDEX(1, 2), 3),
			 ERR_SYNTAX);
	for (uint32_t i = 2; i <= VIEW_ENTITIES_MAX + 1 && rc == 0; i++)
		rc = feed_number(f->builder, VIEW_TABLE_ENTITY, C_CLASS, FEED_INDEX(i), 9);
	assert_int_equal(rc, ERR_TOOBIG);
	finish(f);
	assert_int_equal(f->view->entity_count, VIEW_ENTITIES_MAX);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {TEST(test_stack), TEST(test_torn)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
