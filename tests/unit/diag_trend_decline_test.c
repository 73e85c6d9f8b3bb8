/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Degradations put on top of a healthy site after some weeks: each is told before the outage that
 * it leads to, with the right subject, and is resolved when it is mended.
 */
#include "trend_sim.h"

enum { CAMERA = 30, SWITCH = CAMERA / SIM_PORTS }; /* of site 1 */

static const struct finding *
expect(const struct sim *sim, enum finding_rule rule, uint32_t node, const char *part)
{
	const struct finding *finding = &sim->last[rule];

	assert_int_equal(sim->opened[rule], 1);
	assert_int_equal(finding->node, node);
	assert_non_null(strstr(finding->evidence, part));
	printf("# %s: %s\n", finding_rule_name(rule), finding->evidence);
	return finding;
}

/* Steps until the rule has spoken; how long it took. */
static int64_t
until(struct sim *sim, enum finding_rule rule, int64_t most_ms)
{
	int64_t from_ms = sim->now_ms;

	while (sim->opened[rule] == 0 && sim->now_ms - from_ms < most_ms)
		sim_step(sim);
	return sim->now_ms - from_ms;
}

static void
begin(struct sim *sim, uint32_t sites, int64_t learn_ms)
{
	sim_init(sim, sites, 60000, 0x2545f4914f6cdd1dULL);
	sim->is_quiet = true;
	sim_run(sim, learn_ms);
	for (unsigned i = 0; i < RULE_COUNT; i++)
		assert_int_equal(sim->opened[i], 0);
}

/* 0 to 30 % over six hours. */
static void
test_loss_ramp(void **state)
{
	struct sim sim;
	int64_t from_ms, took_ms;

	(void)state;
	begin(&sim, 1, 12 * SIM_HOUR);
	from_ms = sim.now_ms;
	while (sim.opened[RULE_LOSS_RISING] == 0 && sim.now_ms - from_ms < 6 * SIM_HOUR) {
		sim.cameras[CAMERA].extra_loss =
			0.30 * (double)(sim.now_ms - from_ms) / (6.0 * SIM_HOUR);
		sim_step(&sim);
	}
	took_ms = sim.now_ms - from_ms;
	printf("# told %.1f h after the ramp began, at %.1f %%, %.1f h before its end\n",
	       (double)took_ms / SIM_HOUR, sim.cameras[CAMERA].extra_loss * 100,
	       6 - (double)took_ms / SIM_HOUR);
	expect(&sim, RULE_LOSS_RISING, sim_camera_id(CAMERA), "none of 24 neighbours on acc-1011");
	assert_true(took_ms <= 3 * SIM_HOUR);
	/* It gets worse: told as worse, and as one. */
	for (; sim.now_ms - from_ms < 6 * SIM_HOUR;) {
		sim.cameras[CAMERA].extra_loss =
			0.30 * (double)(sim.now_ms - from_ms) / (6.0 * SIM_HOUR);
		sim_step(&sim);
	}
	assert_int_equal(
		expect(&sim, RULE_LOSS_RISING, sim_camera_id(CAMERA), "every hour worse")->severity,
		FINDING_CRITICAL);
	/* Mended. */
	sim.cameras[CAMERA].extra_loss = 0;
	sim_run(&sim, 10 * SIM_HOUR);
	assert_int_equal(sim.resolved[RULE_LOSS_RISING], 1);
	assert_int_equal(sim.opened[RULE_LOSS_RISING], 1);
	sim_fini(&sim);
}

/* All of one switch, then all of the site: one finding each, on what they have in common. */
static void
test_shared_loss(void **state)
{
	struct sim sim;

	(void)state;
	begin(&sim, 2, 12 * SIM_HOUR);
	for (uint32_t p = 0; p < SIM_PORTS; p++)
		sim.cameras[SWITCH * SIM_PORTS + p].extra_loss = 0.08;
	sim_run(&sim, 5 * SIM_HOUR);
	expect(&sim, RULE_LOSS_RISING, sim_switch_id(SWITCH), "nodes below it");
	for (uint32_t c = 0; c < SIM_ACCESS * SIM_PORTS; c++)
		sim.cameras[c].extra_loss = 0.12;
	sim_run(&sim, 5 * SIM_HOUR);
	printf("# %s\n", sim.last[RULE_LOSS_RISING].evidence);
	assert_int_equal(sim.last[RULE_LOSS_RISING].node, 1002);
	assert_int_equal(sim.open_count, 1);
	assert_true(sim.opened[RULE_LOSS_RISING] <= 4);
	for (uint32_t c = 0; c < SIM_ACCESS * SIM_PORTS; c++)
		sim.cameras[c].extra_loss = 0;
	sim_run(&sim, 12 * SIM_HOUR);
	assert_int_equal(sim.open_count, 0);
	sim_fini(&sim);
}

static void
test_rtt_creep(void **state)
{
	struct sim sim;
	int64_t took_ms;

	(void)state;
	sim_init(&sim, 1, 300000, 7);
	sim.is_quiet = true;
	sim.cameras[CAMERA].rtt_us = 4000;
	sim_run(&sim, 10 * SIM_DAY);
	assert_int_equal(sim.opened[RULE_RTT_RISING], 0);
	for (took_ms = 0; sim.opened[RULE_RTT_RISING] == 0 && took_ms < 5 * SIM_DAY;
	     took_ms += sim.cycle_ms) {
		sim.cameras[CAMERA].extra_rtt_us = 5000.0 * (double)took_ms / (double)SIM_DAY;
		sim_step(&sim);
	}
	printf("# told after %.1f days, of 5 ms a day\n", (double)took_ms / (double)SIM_DAY);
	expect(&sim, RULE_RTT_RISING, sim_camera_id(CAMERA), "round trips");
	assert_true(took_ms < 3 * SIM_DAY);
	sim.cameras[CAMERA].extra_rtt_us = 0;
	sim_run(&sim, SIM_DAY);
	assert_int_equal(sim.resolved[RULE_RTT_RISING], 1);
	sim_fini(&sim);
}

static void
test_port_errors(void **state)
{
	struct sim sim;
	int64_t from_ms;

	(void)state;
	begin(&sim, 1, 6 * SIM_HOUR);
	for (from_ms = sim.now_ms;
	     sim.opened[RULE_PORT_ERRORS] == 0 && sim.now_ms - from_ms < 6 * SIM_HOUR;) {
		if (sim.now_ms % SIM_WALK_MS == 0 && sim_uniform(&sim) < 0.8)
			sim.switches[SWITCH].errors[CAMERA % SIM_PORTS] = 5;
		sim_step(&sim);
	}
	printf("# told %.0f min after errors began\n", (double)(sim.now_ms - from_ms) / SIM_MINUTE);
	expect(&sim, RULE_PORT_ERRORS, sim_switch_id(SWITCH), "behind it cam-1130");
	assert_int_equal(sim.last[RULE_PORT_ERRORS].port, CAMERA % SIM_PORTS + 1);
	assert_true(sim.now_ms - from_ms <= 2 * SIM_HOUR);
	sim_run(&sim, 20 * SIM_HOUR);
	assert_int_equal(sim.resolved[RULE_PORT_ERRORS], 1);
	sim_fini(&sim);
}

/* A burst when a plug is moved is nothing. */
static void
test_one_burst(void **state)
{
	struct sim sim;

	(void)state;
	begin(&sim, 1, 2 * SIM_HOUR);
	sim.switches[SWITCH].errors[3] = 20000;
	sim_run(&sim, 3 * SIM_HOUR);
	assert_int_equal(sim.told, 0);
	sim_fini(&sim);
}

static void
test_poe_growth(void **state)
{
	struct sim sim;
	double percent;
	int64_t from_ms;

	(void)state;
	sim_init(&sim, 1, 300000, 3);
	sim.is_quiet = true;
	sim.switches[SWITCH].used_mw = 150000;
	sim_run(&sim, 3 * SIM_DAY);
	for (from_ms = sim.now_ms;
	     sim.opened[RULE_POE_NEAR_BUDGET] == 0 && sim.now_ms - from_ms < 20 * SIM_DAY;) {
		sim.switches[SWITCH].extra_mw =
			(uint32_t)(6000 * (double)(sim.now_ms - from_ms) / (double)SIM_DAY);
		sim_step(&sim);
	}
	percent = sim.last[RULE_POE_NEAR_BUDGET].value;
	printf("# told after %.1f days of 2 %% a day, at %.1f %%, %.1f days before the budget\n",
	       (double)(sim.now_ms - from_ms) / (double)SIM_DAY, percent, (100 - percent) / 2);
	expect(&sim, RULE_POE_NEAR_BUDGET, sim_switch_id(SWITCH), "reaches the budget in about");
	assert_true(percent < 90);
	sim_fini(&sim);
}

static void
test_reboots(void **state)
{
	struct sim sim;

	(void)state;
	sim_init(&sim, 1, 300000, 5);
	sim.is_quiet = true;
	sim.cameras[CAMERA].tells_boot = sim.cameras[1].tells_boot = true;
	for (uint32_t p = 0; p < SIM_PORTS; p++)
		sim.cameras[3 * SIM_PORTS + p].tells_boot = true;
	sim_run(&sim, 2 * SIM_DAY);
	for (unsigned i = 0; i < 4; i++) {
		/* One by itself; a switch with all its cameras; another always at midnight. */
		sim_restart(&sim, &sim.cameras[CAMERA]);
		sim.switches[3].boot_ms = sim.now_ms;
		for (uint32_t p = 0; p < SIM_PORTS; p++)
			sim_restart(&sim, &sim.cameras[3 * SIM_PORTS + p]);
		sim_run(&sim, 40 * SIM_HOUR);
	}
	expect(&sim, RULE_REBOOTS, sim_camera_id(CAMERA), "restarted 4 times in 7 days");
	sim_run(&sim, 11 * SIM_DAY);
	assert_int_equal(sim.resolved[RULE_REBOOTS], 1);
	for (unsigned i = 0; i < 6; i++) {
		sim_restart(&sim, &sim.cameras[1]);
		sim_run(&sim, SIM_DAY);
	}
	assert_int_equal(sim.opened[RULE_REBOOTS], 1);
	sim_fini(&sim);
}

static void
test_dropouts(void **state)
{
	struct sim sim;
	int64_t from_ms;

	(void)state;
	begin(&sim, 1, 6 * SIM_HOUR);
	for (from_ms = sim.now_ms;
	     sim.opened[RULE_DROPOUTS] == 0 && sim.now_ms - from_ms < 12 * SIM_HOUR;) {
		sim_run(&sim, SIM_HOUR + 7 * SIM_MINUTE);
		sim.cameras[CAMERA].down_until_ms = sim.now_ms + 2 * SIM_MINUTE;
	}
	printf("# told at drop-out %.0f\n", sim.last[RULE_DROPOUTS].value);
	expect(&sim, RULE_DROPOUTS, sim_camera_id(CAMERA), "short drop-outs in 24 h");
	/* All of a switch: the switch, once. */
	for (unsigned i = 0; i < 6; i++) {
		for (uint32_t p = 0; p < 12; p++)
			sim.cameras[3 * SIM_PORTS + p].down_until_ms = sim.now_ms + 2 * SIM_MINUTE;
		sim_run(&sim, SIM_HOUR + 7 * SIM_MINUTE);
	}
	assert_int_equal(sim.opened[RULE_DROPOUTS], 2);
	assert_int_equal(sim.last[RULE_DROPOUTS].node, sim_switch_id(3));
	printf("# %s\n", sim.last[RULE_DROPOUTS].evidence);
	sim_fini(&sim);
}

static void
test_clock(void **state)
{
	struct sim sim;
	int64_t took_ms;

	(void)state;
	sim_init(&sim, 1, 300000, 9);
	sim.is_quiet = true;
	sim_run(&sim, 3 * SIM_DAY);
	assert_int_equal(sim.opened[RULE_CLOCK_DRIFT], 0);
	sim.cameras[CAMERA].is_synced = false;
	sim.cameras[CAMERA].drift_ms = 3500;
	took_ms = until(&sim, RULE_CLOCK_DRIFT, 10 * SIM_DAY);
	printf("# told after %.1f days, %.1f s off\n", (double)took_ms / (double)SIM_DAY,
	       sim.last[RULE_CLOCK_DRIFT].value);
	expect(&sim, RULE_CLOCK_DRIFT, sim_camera_id(CAMERA), "s a day; 30 s off in about");
	assert_true(sim.last[RULE_CLOCK_DRIFT].value < 15);
	/* NTP again: one step, no drift. */
	sim.cameras[CAMERA].is_synced = true;
	sim.cameras[CAMERA].drift_ms = 500;
	sim_run(&sim, 3 * SIM_DAY);
	assert_int_equal(sim.resolved[RULE_CLOCK_DRIFT], 1);
	/* One step is no drift, and one reading that is wrong is nothing. */
	sim.cameras[3].is_synced = false;
	sim.cameras[3].drift_ms = 0;
	sim.cameras[3].offset_ms = 20000;
	sim_run(&sim, 2 * SIM_DAY);
	sim.cameras[3].offset_ms = 50000;
	sim_run(&sim, SIM_HOUR);
	sim.cameras[3].offset_ms = 20000;
	sim_run(&sim, SIM_DAY);
	assert_int_equal(sim.opened[RULE_CLOCK_DRIFT], 1);
	/* So far off that it matters, but it does not drift. */
	sim.cameras[2].is_synced = false;
	sim.cameras[2].drift_ms = 0;
	sim.cameras[2].offset_ms = 3600 * 1000;
	sim_run(&sim, SIM_DAY);
	assert_int_equal(sim.last[RULE_CLOCK_DRIFT].node, sim_camera_id(2));
	assert_null(strstr(sim.last[RULE_CLOCK_DRIFT].evidence, "a day"));
	printf("# %s\n", sim.last[RULE_CLOCK_DRIFT].evidence);
	sim_fini(&sim);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_loss_ramp), cmocka_unit_test(test_shared_loss),
		cmocka_unit_test(test_rtt_creep), cmocka_unit_test(test_port_errors),
		cmocka_unit_test(test_one_burst), cmocka_unit_test(test_poe_growth),
		cmocka_unit_test(test_reboots),	  cmocka_unit_test(test_dropouts),
		cmocka_unit_test(test_clock),
	};

	return cmocka_run_group_tests_name("diag_trend_decline", tests, NULL, NULL);
}
