/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A link that loses packets, without ever being out: the highest node whose parts all suffer.
 */
#include "diag_world.h"

static void
test_lossy_uplink(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->things[10].lost = 2;
	world_minutes(w, 12);
	assert_string_equal(world_says(w), "1 uplink 10 [100-105] it_network open\n");
	assert_int_equal(w->told[0].alerts, 1);
	w->things[10].lost = 0;
	world_minutes(w, 20);
	assert_string_equal(world_says(w), "1 uplink 10 [100-105] it_network closed\n");
	world_free(w);
}

/* All that hangs on the distribution switch suffers. */
static void
test_lossy_distribution(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->things[13].real_parent[0] = 5; /* it has another way */
	w->things[4].lost = 2;
	world_minutes(w, 12);
	assert_int_equal(w->told_count, 1);
	assert_int_equal(w->told[0].verdict, VERDICT_UPLINK);
	assert_int_equal(w->told[0].blame.id, 4);
	world_free(w);
}

static void
test_lossy_site(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->things[2].lost = 2;
	world_minutes(w, 12);
	assert_int_equal(w->told_count, 1);
	assert_int_equal(w->told[0].verdict, VERDICT_WAN);
	assert_int_equal(w->told[0].blame.id, 2);
	world_free(w);
}

/* Two of six cameras are theirs alone. */
static void
test_single_cameras(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->things[100].lost = w->things[103].lost = 2;
	world_minutes(w, 20);
	assert_int_equal(w->told_count, 0);
	world_free(w);
}

/* A third of the echoes for two minutes is no incident; ticks of a second find it no sooner. */
static void
test_short_loss(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->tick_s = 1;
	w->things[10].lost = 2;
	world_minutes(w, 2);
	w->things[10].lost = 0;
	world_minutes(w, 20);
	assert_int_equal(w->told_count, 0);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lossy_uplink), cmocka_unit_test(test_lossy_distribution),
		cmocka_unit_test(test_lossy_site),   cmocka_unit_test(test_single_cameras),
		cmocka_unit_test(test_short_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
