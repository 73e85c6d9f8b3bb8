/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small fleet for the tests of the audit: what is said of a device goes in as a probe would say
 * it, and the steps that come out are kept.
 */
#ifndef KEEPWATCH_TESTS_POLICY_WORLD_H
#define KEEPWATCH_TESTS_POLICY_WORLD_H

#include "keepwatch/audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DAY  (INT64_C(86400000))
#define HOUR (INT64_C(3600000))
#define T0   (INT64_C(1790000000000)) /* 2026-09-21T13:33:20Z */

enum { STEPS_MAX = 256 };

struct world {
	struct audit *audit;
	struct audit_policy policy;
	int64_t now_ms;
	struct {
		enum audit_step step;
		struct finding finding;
	} steps[STEPS_MAX];
	size_t step_count;
};

static inline void
world_emit(void *arg, enum audit_step step, const struct finding *finding)
{
	struct world *world = arg;

	assert_true(world->step_count < STEPS_MAX);
	world->steps[world->step_count].step = step;
	world->steps[world->step_count++].finding = *finding;
}

/* The steps since the last look. */
static inline void
world_run(struct world *world)
{
	world->step_count = 0;
	while (audit_run(world->audit, world->now_ms, 0, world_emit, world))
		continue;
}

static inline void
world_device(struct world *world, uint32_t id, enum device_kind kind, const char *name)
{
	struct audit_device device = {
		.id = id,
		.kind = kind,
		.name = name,
		.address = "10.0.0.1",
		.site = id % 2 != 0 ? "odd" : "even",
		.owner = "security",
	};

	assert_int_equal(audit_device_put(world->audit, &device), 0);
}

/* key, instance, value ..., -1 */
static inline void
world_facts(struct world *world, uint32_t id, enum probe_id probe, uint64_t complete, ...)
{
	struct fact_list facts = {0};
	va_list ap;
	int key;

	va_start(ap, complete);
	while ((key = va_arg(ap, int)) >= 0) {
		const char *instance = va_arg(ap, const char *), *value = va_arg(ap, const char *);

		assert_int_equal(fact_add(&facts, (enum fact_key)key, instance, value), 0);
	}
	va_end(ap);
	assert_int_equal(
		audit_take_facts(world->audit, id, probe, &facts, complete, world->now_ms, false),
		0);
	fact_list_fini(&facts);
}

#define FACTS(world, id, probe, ...) world_facts(world, id, probe, 0, __VA_ARGS__, -1)

/* The step about this rule and instance; NULL if there was none. */
static inline const struct finding *
world_step(const struct world *world, enum audit_step step, enum finding_rule rule,
	   const char *instance)
{
	for (size_t i = 0; i < world->step_count; i++) {
		const struct finding *finding = &world->steps[i].finding;

		if (world->steps[i].step == step && finding->rule == rule &&
		    strcmp(finding->instance, instance) == 0)
			return finding;
	}
	return NULL;
}

static inline const struct finding *
world_opened(const struct world *world, enum finding_rule rule, const char *instance)
{
	return world_step(world, AUDIT_OPENED, rule, instance);
}

static inline bool
world_has(const struct world *world, enum audit_step step, enum finding_rule rule)
{
	for (size_t i = 0; i < world->step_count; i++) {
		if (world->steps[i].step == step && world->steps[i].finding.rule == rule)
			return true;
	}
	return false;
}

static inline int
world_setup(void **state)
{
	struct world *world = test_calloc(1, sizeof(*world));

	audit_policy_init(&world->policy);
	world->now_ms = T0;
	assert_int_equal(audit_new(&world->audit), 0);
	audit_set_policy(world->audit, &world->policy);
	world_device(world, 1, KIND_CAMERA, "cam1");
	/* The word that counts least: what a test says beats it. */
	FACTS(world, 1, PROBE_TCP, FACT_FIRMWARE, "", "1.0");
	*state = world;
	return 0;
}

static inline int
world_teardown(void **state)
{
	struct world *world = *state;

	audit_free(world->audit);
	test_free(world);
	return 0;
}

#endif
