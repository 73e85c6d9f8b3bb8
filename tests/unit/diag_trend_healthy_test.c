/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A month of 400 healthy cameras, with the noise and the mishaps of real ones: hardly a warning.
 * TREND_SIM_CYCLE_S and TREND_SIM_SITES make it another cycle than five minutes, and other than
 * four sites.
 */
#include "trend_sim.h"

static uint32_t
setting(const char *name, uint32_t fallback)
{
	const char *text = getenv(name);

	return text == NULL ? fallback : (uint32_t)strtoul(text, NULL, 10);
}

static void
test_month(void **state)
{
	uint32_t cycle_s = setting("TREND_SIM_CYCLE_S", 300);
	uint32_t sites = setting("TREND_SIM_SITES", 4), cameras = sites * SIM_ACCESS * SIM_PORTS;
	double worst = 0;
	struct sim sim;

	(void)state;
	sim_init(&sim, sites, cycle_s * 1000, 0x9e3779b97f4a7c15ULL);
	sim.prints = getenv("TREND_SIM_PRINT") != NULL;
	sim_run(&sim, 30 * SIM_DAY);
	for (unsigned rule = 0; rule < RULE_COUNT; rule++) {
		double each = 1000 * sim.opened[rule] / (cameras * 30.0);

		printf("# %s: %u false in a month, %.2f per 1000 device-days\n",
		       finding_rule_name((enum finding_rule)rule), sim.opened[rule], each);
		worst = each > worst ? each : worst;
	}
	assert_true(worst <= 1);
	sim_fini(&sim);
}

/* 256 bytes a node. */
static void
test_memory(void **state)
{
	struct sim sim;
	size_t bytes;

	(void)state;
	sim_init(&sim, 200, 60000, 1);
	sim.is_quiet = true;
	sim_step(&sim);
	bytes = trend_bytes(sim.trend) / (200 * (2 + SIM_ACCESS + SIM_ACCESS * SIM_PORTS));
	printf("# %zu bytes a node, of 21,200\n", bytes);
	assert_true(bytes <= 256);
	sim_fini(&sim);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_month),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests_name("diag_trend_healthy", tests, NULL, NULL);
}
