/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the tests of the snmp probe share: a configuration of one device, a fake device for it, the
 * probe run through the runner, and time that passes when the test says so.
 */
#ifndef KEEPWATCH_TESTS_SNMP_PROBE_RIG_H
#define KEEPWATCH_TESTS_SNMP_PROBE_RIG_H

#include "device.h"

#include "keepwatch/fleet.h"
#include "keepwatch/probe.h"

enum { RIG_OPTIONS = 8, MINUTE = 60000 };

/* What a configuration owns, in memory of its own, so that a pointer kept to it is found. */
struct rig_config {
	struct fleet *fleet;
	struct probe_settings settings;
	struct option_value options[RIG_OPTIONS];
	struct probe_target target;
};

struct rig {
	uv_loop_t uv;
	struct probe_env env;
	struct snmp_device device;
	struct rig_config *config;
	struct probe_result result;
	int ends;
	char trace[4096];
};

/* The clock goes on by ms, and the device's sysUpTime by counted_ms. */
void rig_pass(struct rig *rig, int64_t ms, int64_t counted_ms);
/* One device with one credential of its own; what it owns is freed with it. Interfaces are off. */
struct rig_config *rig_config_new(enum snmp_version_id version, const char *community,
				  uint16_t port);
void rig_config_free(struct rig_config *config);
void rig_set_option(struct rig_config *config, enum option_id option, int64_t number);
/* In place of the one before, of which nothing is kept. */
void rig_use_config(struct rig *rig, enum snmp_version_id version, const char *community,
		    uint16_t port);
int rig_setup(void **state);
int rig_teardown(void **state);
void rig_on_ended(struct probe_run *run, void *arg);
/* Runs the probe; it ends by itself. */
void rig_run(struct rig *rig);
/* Borrowed; NULL if it was not told. */
const char *rig_fact(const struct rig *rig, enum fact_key key, const char *instance);
/* "(none)" for NULL. */
const char *rig_text(const char *text);

#define ASSERT_RESULT(rig, want_outcome, want_reason)                                 \
	do {                                                                          \
		assert_string_equal(outcome_name((rig)->result.outcome),              \
				    outcome_name(OUTCOME_##want_outcome));            \
		assert_string_equal(reason_name((rig)->result.reason), #want_reason); \
	} while (0)

#define ASSERT_FACT(rig, key, instance, want) \
	assert_string_equal(rig_text(rig_fact(rig, FACT_##key, instance)), want)

#endif
