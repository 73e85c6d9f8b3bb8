/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What must not be learnt or told, restarts, and evidence that is odd: outages, maintenance,
 * trouble of the monitor, a management agent that restarts, findings from before.
 */
#include "keepwatch/err.h"

#include "trend_sim.h"

enum { CAMERA = 30, OTHER = 31 };

static void
begin(struct sim *sim)
{
	sim_init(sim, 1, 60000, 11);
	sim->is_quiet = true;
	sim_run(sim, 6 * SIM_HOUR);
	assert_int_equal(sim->told, 0);
}

static void
tell(struct sim *sim, const struct evidence *evidence)
{
	sim_take(sim, evidence);
}

/* Nothing is learnt while it is out, or below what is out, or under maintenance. */
static void
test_out(void **state)
{
	struct evidence window = {.kind = EVIDENCE_MAINTENANCE, .node = sim_camera_id(OTHER)};
	struct sim sim;

	(void)state;
	begin(&sim);
	sim.cameras[CAMERA].extra_loss = sim.cameras[OTHER].extra_loss = 0.3;
	trend_set_out(sim.trend, sim_switch_id(CAMERA / SIM_PORTS), true);
	sim_run(&sim, 5 * SIM_HOUR);
	assert_int_equal(sim.told, 0);
	trend_set_out(sim.trend, sim_switch_id(CAMERA / SIM_PORTS), false);
	sim_run(&sim, 10 * SIM_MINUTE);
	assert_int_equal(sim.told, 0);
	window.window.from_ms = sim.now_ms;
	window.window.to_ms = sim.now_ms + 5 * SIM_HOUR;
	tell(&sim, &window);
	sim_run(&sim, 3 * SIM_HOUR);
	assert_int_equal(sim.opened[RULE_LOSS_RISING], 1);
	assert_int_equal(sim.last[RULE_LOSS_RISING].node, sim_camera_id(CAMERA));
	sim_run(&sim, 2 * SIM_HOUR + 10 * SIM_MINUTE);
	assert_int_equal(sim.opened[RULE_LOSS_RISING], 1);
	sim_run(&sim, 3 * SIM_HOUR);
	assert_int_equal(sim.opened[RULE_LOSS_RISING], 2);
	sim_fini(&sim);
}

/* While the monitor's own gateway loses echoes, all loss may be ours. */
static void
test_monitor(void **state)
{
	struct evidence check = {.kind = EVIDENCE_MONITOR, .node = 1};
	struct sim sim;

	(void)state;
	begin(&sim);
	for (uint32_t c = 0; c < SIM_ACCESS * SIM_PORTS; c++)
		sim.cameras[c].extra_loss = 0.4;
	for (unsigned i = 0; i < 180; i++) {
		check.at_ms = sim.now_ms;
		check.monitor = (struct evidence_monitor){.sent = 3, .answered = 2};
		tell(&sim, &check);
		sim_step(&sim);
	}
	assert_int_equal(sim.told, 0);
	sim_fini(&sim);
}

/* sysUpTime that begins anew while everything answers is the agent's restart; the wrap after 497
 * days is none at all. */
static void
test_agent_restart(void **state)
{
	struct sim sim;

	(void)state;
	sim_init(&sim, 1, 300000, 13);
	sim.is_quiet = true;
	for (unsigned i = 0; i < 6; i++) {
		sim_run(&sim, 20 * SIM_HOUR);
		sim.switches[0].boot_ms = sim.now_ms - 20000;
		sim.switches[1].boot_ms = sim.now_ms; /* this one really does */
		sim.switches[1].down_until_ms = sim.now_ms + 6 * SIM_MINUTE;
	}
	sim_run(&sim, SIM_HOUR);
	assert_int_equal(sim.opened[RULE_REBOOTS], 1);
	assert_int_equal(sim.last[RULE_REBOOTS].node, sim_switch_id(1));
	assert_int_equal(sim.opened[RULE_DROPOUTS], 0);
	sim_fini(&sim);
}

/* A finding from before a restart is neither told anew nor forgotten, and ends as others do. */
static void
test_restore(void **state)
{
	struct finding loss = {.rule = RULE_LOSS_RISING,
			       .severity = FINDING_WARNING,
			       .node = sim_camera_id(CAMERA),
			       .limit = 0.012,
			       .value = 0.09,
			       .evidence = "loss 0.2 % -> 9.0 % over 3 h"};
	struct finding reboots = {.rule = RULE_REBOOTS, .node = sim_camera_id(2), .limit = 3};
	struct finding errors = {.rule = RULE_PORT_ERRORS, .node = sim_switch_id(0), .port = 7};
	struct finding unknown = {.rule = RULE_REBOOTS, .node = 77};
	struct sim sim;

	(void)state;
	sim_init(&sim, 1, 60000, 17);
	sim.is_quiet = true;
	loss.since_ms = reboots.since_ms = errors.since_ms = sim.now_ms - 5 * SIM_HOUR;
	loss.confirmed_ms = reboots.confirmed_ms = errors.confirmed_ms = sim.now_ms - SIM_MINUTE;
	assert_int_equal(trend_restore(sim.trend, &loss), 0);
	assert_int_equal(trend_restore(sim.trend, &loss), ERR_EXISTS);
	assert_int_equal(trend_restore(sim.trend, &reboots), 0);
	assert_int_equal(trend_restore(sim.trend, &errors), 0);
	assert_int_equal(trend_restore(sim.trend, &unknown), ERR_NOTFOUND);
	sim.open[0] = (struct sim_open){RULE_LOSS_RISING, loss.node, 0};
	sim.open[1] = (struct sim_open){RULE_REBOOTS, reboots.node, 0};
	sim.open[2] = (struct sim_open){RULE_PORT_ERRORS, errors.node, errors.port};
	sim.open_count = 3;
	sim.cameras[CAMERA].extra_loss = 0.09;
	sim_run(&sim, 4 * SIM_HOUR);
	assert_int_equal(sim.opened[RULE_LOSS_RISING], 0);
	assert_int_equal(sim.resolved[RULE_LOSS_RISING], 0);
	assert_int_equal(sim.last[RULE_LOSS_RISING].since_ms, loss.since_ms);
	assert_true(sim.last[RULE_LOSS_RISING].limit < 0.016);
	sim.cameras[CAMERA].extra_loss = 0;
	sim_run(&sim, 10 * SIM_HOUR);
	assert_int_equal(sim.resolved[RULE_LOSS_RISING], 1);
	assert_int_equal(sim.resolved[RULE_PORT_ERRORS], 1);
	assert_int_equal(sim.resolved[RULE_REBOOTS], 0);
	sim_run(&sim, 3 * SIM_DAY);
	assert_int_equal(sim.resolved[RULE_REBOOTS], 1);
	sim_fini(&sim);
}

/* A link that flaps is told; that of a camera that restarts, or of all ports at once, is not. */
static void
test_flaps(void **state)
{
	struct evidence trap = {.kind = EVIDENCE_TRAP, .node = sim_switch_id(0)};
	struct sim sim;

	(void)state;
	begin(&sim);
	for (unsigned i = 0; i < 6; i++) {
		sim_run(&sim, 37 * SIM_MINUTE);
		trap.at_ms = sim.now_ms;
		for (uint32_t port = 1; port <= 5; port++) {
			trap.node = sim_switch_id(1);
			trap.trap = (struct evidence_trap){TRAP_HINT_LINK_UP, port};
			tell(&sim, &trap);
		}
		trap.node = sim_switch_id(0);
		trap.trap = (struct evidence_trap){TRAP_HINT_LINK_UP, 9};
		tell(&sim, &trap);
		tell(&sim, &trap); /* traps come twice */
	}
	sim_run(&sim, 10 * SIM_MINUTE);
	assert_int_equal(sim.opened[RULE_LINK_FLAPS], 1);
	assert_int_equal(sim.last[RULE_LINK_FLAPS].port, 9);
	printf("# %s\n", sim.last[RULE_LINK_FLAPS].evidence);
	assert_non_null(strstr(sim.last[RULE_LINK_FLAPS].evidence, "behind it cam-1108"));
	sim_fini(&sim);
}

/* Findings of what is no longer watched end; rings in the tree do no harm; strangers are named. */
static void
test_odd(void **state)
{
	struct evidence evidence = {.kind = EVIDENCE_POLL, .node = 77};
	struct sim sim;

	(void)state;
	begin(&sim);
	assert_int_equal(trend_take(sim.trend, &evidence), ERR_NOTFOUND);
	evidence.node = sim_camera_id(CAMERA);
	evidence.poll.answered = 1;
	assert_int_equal(trend_take(sim.trend, &evidence), ERR_RANGE);
	sim.cameras[CAMERA].extra_loss = 0.2;
	sim_run(&sim, 90 * SIM_MINUTE);
	assert_int_equal(sim.opened[RULE_LOSS_RISING], 1);
	/* The first hours are not learnt before they are past. */
	assert_non_null(strstr(sim.last[RULE_LOSS_RISING].evidence, "not known yet"));
	evidence = (struct evidence){.kind = EVIDENCE_GONE, .node = sim_camera_id(CAMERA)};
	tell(&sim, &evidence);
	evidence = (struct evidence){.kind = EVIDENCE_PLACE, .node = 1002};
	evidence.place.parent.node = sim_switch_id(0);
	tell(&sim, &evidence);
	assert_int_equal(trend_tick(sim.trend, sim.now_ms + 5 * SIM_MINUTE), 0);
	sim_drain(&sim);
	assert_int_equal(sim.open_count, 0);
	assert_int_equal(sim.resolved[RULE_LOSS_RISING], 1);
	sim_fini(&sim);
}

/* The same in, the same out. */
static void
test_deterministic(void **state)
{
	struct sim a, b;

	(void)state;
	sim_init(&a, 1, 300000, 23);
	sim_init(&b, 1, 300000, 23);
	a.cameras[4].extra_loss = b.cameras[4].extra_loss = 0.1;
	sim_run(&a, 2 * SIM_DAY);
	sim_run(&b, 2 * SIM_DAY);
	assert_true(a.told > 0);
	assert_int_equal(a.told, b.told);
	assert_memory_equal(&a.last, &b.last, sizeof(a.last));
	sim_fini(&a);
	sim_fini(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_out),	      cmocka_unit_test(test_monitor),
		cmocka_unit_test(test_agent_restart), cmocka_unit_test(test_restore),
		cmocka_unit_test(test_flaps),	      cmocka_unit_test(test_odd),
		cmocka_unit_test(test_deterministic),
	};

	return cmocka_run_group_tests_name("diag_trend_rules", tests, NULL, NULL);
}
