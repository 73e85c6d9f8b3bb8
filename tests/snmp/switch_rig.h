/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the tests of the topology probe share: a device of the fleet, the fake switch for it, and
 * the probe run through the runner on a loop of its own.
 */
#ifndef KEEPWATCH_TESTS_SNMP_SWITCH_RIG_H
#define KEEPWATCH_TESTS_SNMP_SWITCH_RIG_H

#include "switch.h"

#include "keepwatch/fleet.h"
#include "keepwatch/probe.h"

enum { SWITCH_RIG_OPTIONS = 16, SWITCH_RIG_TIMEOUT_MS = 100 };

struct switch_rig {
	uv_loop_t uv;
	uv_timer_t watchdog; /* of each run */
	struct probe_env env;
	struct fake_switch sw;
	struct fleet *fleet;
	struct probe_settings settings;
	struct option_value options[SWITCH_RIG_OPTIONS];
	struct probe_target target;
	struct probe_result result;
	int ends;
	char trace[16384];
};

int switch_rig_setup(void **state);
int switch_rig_teardown(void **state);
/* Another probe, with its defaults and no memory; at first it is the topology probe's. */
void switch_rig_use(struct switch_rig *rig, enum probe_id probe, enum snmp_version_id version);
void switch_rig_set(struct switch_rig *rig, enum option_id option, int64_t number);
/* As after a start of the agent. */
void switch_rig_forget(struct switch_rig *rig);
struct probe_run *switch_rig_start(struct switch_rig *rig);
/* Turns the loop once; a run that is under way for longer than any may last aborts the test, with
 * its trace. */
void switch_rig_turn(struct switch_rig *rig);
/* Runs the probe; it ends by itself. */
void switch_rig_run(struct switch_rig *rig);
/* "(none)" if it was not told. */
const char *switch_rig_fact(const struct switch_rig *rig, enum fact_key key, const char *instance);
/* 48 ports, 1,000 stations, 8 neighbours, VLANs, PoE, entities. */
void switch_rig_fill(struct switch_rig *rig);

#define ASSERT_OUTCOME(rig, want_outcome, want_reason)                                \
	do {                                                                          \
		assert_string_equal(outcome_name((rig)->result.outcome),              \
				    outcome_name(OUTCOME_##want_outcome));            \
		assert_string_equal(reason_name((rig)->result.reason), #want_reason); \
	} while (0)

#define ASSERT_TRUST(rig, part, want) \
	assert_int_equal((rig)->result.view->trust[VIEW_##part], VIEW_##want)

#endif
