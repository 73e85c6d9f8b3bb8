/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rules about passwords, and the ledger that they rest on.
 */
#include "policy_world.h"

#include "keepwatch/fleet.h"

static const char proof_a[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
static const char proof_b[] = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

static struct ledger_entry
entry_of(uint32_t device, const char *account)
{
	struct ledger_entry entry = {.device = device, .use = USE_ONVIF};

	snprintf(entry.account, sizeof(entry.account), "%s", account);
	return entry;
}

static void
prove(struct world *world, uint32_t device, const char *account, const char *proof,
      enum ledger_event expected)
{
	struct ledger_entry entry;
	enum ledger_event event;

	(void)audit_get_ledger(world->audit, device, USE_ONVIF, account, &entry);
	ledger_prove(&entry, proof, world->now_ms, &event);
	assert_int_equal(event, expected);
	assert_int_equal(audit_take_ledger(world->audit, &entry), 0);
}

/* ---- the ledger */

static void
ledger_dates_a_rotation(void **state)
{
	struct ledger_entry entry = entry_of(1, "admin");
	enum ledger_event event;
	int64_t least, most;

	(void)state;
	ledger_age(&entry, T0, &least, &most);
	assert_int_equal(least, 0);
	assert_int_equal(most, 0);
	ledger_prove(&entry, proof_a, T0, &event);
	assert_int_equal(event, LEDGER_EVENT_FIRST_PROVEN);
	ledger_prove(&entry, proof_a, T0 + DAY, &event);
	assert_int_equal(event, LEDGER_EVENT_COUNT);
	ledger_age(&entry, T0 + 2 * DAY, &least, &most);
	assert_int_equal(least, 2 * DAY);
	assert_int_equal(most, INT64_MAX); /* since when, nobody knows */
	ledger_prove(&entry, proof_b, T0 + 3 * DAY, &event);
	assert_int_equal(event, LEDGER_EVENT_CHANGED);
	assert_int_equal(entry.change, LEDGER_PROVEN);
	assert_int_equal(entry.changed_after_ms, T0 + DAY);
	assert_int_equal(entry.changed_before_ms, T0 + 3 * DAY);
	ledger_age(&entry, T0 + 10 * DAY, &least, &most);
	assert_int_equal(least, 7 * DAY);
	assert_int_equal(most, 9 * DAY);
	/* A result that comes late proves nothing of now. */
	ledger_prove(&entry, proof_a, T0 + 2 * DAY, &event);
	assert_int_equal(event, LEDGER_EVENT_COUNT);
	assert_string_equal(entry.proof, proof_b);
}

static void
ledger_refusals(void **state)
{
	struct ledger_entry entry = entry_of(1, "admin");
	enum ledger_event event;

	(void)state;
	ledger_refuse(&entry, proof_a, T0, &event);
	assert_int_equal(event, LEDGER_EVENT_COUNT); /* it was never good */
	ledger_prove(&entry, proof_a, T0, &event);
	ledger_refuse(&entry, proof_b, T0 + 1, &event);
	assert_int_equal(event, LEDGER_EVENT_COUNT); /* another one than the good one */
	ledger_refuse(&entry, proof_a, T0 + 2, &event);
	assert_int_equal(event, LEDGER_EVENT_REFUSED);
	assert_int_equal(entry.refused_ms, T0 + 2);
	ledger_refuse(&entry, proof_a, T0 + 3, &event);
	assert_int_equal(event, LEDGER_EVENT_COUNT);
	ledger_prove(&entry, proof_a, T0 + 4, &event);
	assert_int_equal(event, LEDGER_EVENT_ACCEPTED);
	assert_int_equal(entry.refused_ms, 0);
}

static void
ledger_keyed(void **state)
{
	uint8_t key[LEDGER_KEY_SIZE] = {1}, other[LEDGER_KEY_SIZE] = {2};
	char a[LEDGER_PROOF_SIZE], b[LEDGER_PROOF_SIZE], c[LEDGER_PROOF_SIZE];
	struct secret *one = NULL, *two = NULL;

	(void)state;
	assert_int_equal(secret_new(&one, "hunter2", 7), 0);
	assert_int_equal(secret_new(&two, "hunter3", 7), 0);
	assert_int_equal(ledger_proof(key, one, a), 0);
	assert_int_equal(ledger_proof(key, two, b), 0);
	assert_int_equal(ledger_proof(other, one, c), 0);
	assert_int_equal(strlen(a), LEDGER_PROOF_SIZE - 1);
	assert_string_not_equal(a, b);
	assert_string_not_equal(a, c);
	assert_int_equal(ledger_proof(key, one, b), 0);
	assert_string_equal(a, b);
	/* As HMAC-SHA256 by `openssl dgst -sha256 -mac hmac` over the text with its NUL. */
	assert_string_equal(a, "019c1b8116ea74a61b6bc0c0f1a2dcd6");
	secret_free(one);
	secret_free(two);
}

/* ---- the rules */

static void
age(void **state)
{
	struct world *world = *state;
	const struct finding *finding;

	world->policy.kinds[KIND_CAMERA].password_max_age_ms = 90 * DAY;
	prove(world, 1, "admin", proof_a, LEDGER_EVENT_FIRST_PROVEN);
	world_run(world);
	assert_int_equal(world->step_count, 0);
	world->now_ms += 91 * DAY;
	prove(world, 1, "admin", proof_a, LEDGER_EVENT_COUNT);
	world_run(world);
	finding = world_opened(world, RULE_PASSWORD_AGE, "onvif admin");
	assert_true(finding->value == 91 && finding->limit == 90);
	/* From day to day it says the same. */
	for (int i = 0; i < 5; i++) {
		world->now_ms += DAY;
		world_run(world);
		assert_false(world_has(world, AUDIT_CHANGED, RULE_PASSWORD_AGE));
	}
	prove(world, 1, "admin", proof_b, LEDGER_EVENT_CHANGED);
	world_run(world);
	assert_non_null(world_step(world, AUDIT_RESOLVED, RULE_PASSWORD_AGE, "onvif admin"));
}

static void
shared(void **state)
{
	struct world *world = *state;
	char name[16];

	world->policy.password_shared_max = 3;
	for (uint32_t id = 1; id <= 4; id++) {
		snprintf(name, sizeof(name), "cam%u", id);
		world_device(world, id, KIND_CAMERA, name);
		prove(world, id, "admin", proof_a, LEDGER_EVENT_FIRST_PROVEN);
		/* Two accounts of one device are one device. */
		prove(world, id, "operator", proof_a, LEDGER_EVENT_FIRST_PROVEN);
		world_run(world);
		assert_int_equal(world->step_count, id == 4 ? 8 : 0);
	}
	/* One of them gets another: all four are mended. */
	prove(world, 2, "admin", proof_b, LEDGER_EVENT_CHANGED);
	world_run(world);
	assert_int_equal(world->step_count, 1); /* the operator's is still the same */
	prove(world, 2, "operator", proof_b, LEDGER_EVENT_CHANGED);
	world_run(world);
	assert_int_equal(world->step_count, 7);
}

/* A device that has left the fleet file shares nothing; one that comes back does again. */
static void
shared_with_who_left(void **state)
{
	struct world *world = *state;

	world->policy.password_shared_max = 1;
	world_device(world, 2, KIND_CAMERA, "cam2");
	prove(world, 1, "admin", proof_a, LEDGER_EVENT_FIRST_PROVEN);
	prove(world, 2, "admin", proof_a, LEDGER_EVENT_FIRST_PROVEN);
	world_run(world);
	assert_int_equal(world->step_count, 2);
	audit_device_remove(world->audit, 2);
	world_run(world);
	assert_int_equal(world->step_count, 2);
	assert_non_null(world_step(world, AUDIT_RESOLVED, RULE_PASSWORD_SHARED, "onvif admin"));
	world_device(world, 2, KIND_CAMERA, "cam2");
	world_run(world);
	assert_int_equal(world->step_count, 2);
	assert_non_null(world_opened(world, RULE_PASSWORD_SHARED, "onvif admin"));
}

static void
refused(void **state)
{
	struct world *world = *state;
	struct ledger_entry entry = entry_of(1, "admin");
	enum ledger_event event;

	ledger_prove(&entry, proof_a, T0, &event);
	ledger_refuse(&entry, proof_a, T0 + HOUR, &event);
	assert_int_equal(audit_take_ledger(world->audit, &entry), 0);
	world->now_ms = T0 + 2 * HOUR;
	world_run(world);
	assert_int_equal(world->step_count, 0); /* a rotation may be under way */
	world->now_ms = T0 + 26 * HOUR;
	world_run(world);
	assert_non_null(world_opened(world, RULE_PASSWORD_REFUSED, "onvif admin"));
}

static void
accounts(void **state)
{
	struct world *world = *state;
	const char *allowed[] = {"admin", "monitor*"};
	struct audit_kind_policy *camera = &world->policy.kinds[KIND_CAMERA];

	FACTS(world, 1, PROBE_ONVIF, FACT_USER, "admin", "Administrator", FACT_USER, "monitor2",
	      "User", FACT_USER, "service", "Administrator", FACT_USER, "ours", "Operator");
	prove(world, 1, "ours", proof_a, LEDGER_EVENT_FIRST_PROVEN);
	world_run(world);
	assert_int_equal(world->step_count, 0); /* nothing is said about accounts */
	camera->accounts = allowed;
	camera->account_count = 2;
	camera->has_accounts = true;
	audit_set_policy(world->audit, &world->policy);
	world_run(world);
	assert_int_equal(world->step_count, 1);
	assert_non_null(world_opened(world, RULE_ACCOUNT_UNEXPECTED, "service"));
	/* Another password of ours changes nothing about theirs. */
	prove(world, 1, "ours", proof_b, LEDGER_EVENT_CHANGED);
	world_run(world);
	assert_int_equal(world->step_count, 0);
	world->now_ms += HOUR;
	world_facts(world, 1, PROBE_ONVIF, UINT64_C(1) << FACT_USER, FACT_USER, "service",
		    "Administrator", -1);
	world_run(world);
	assert_int_equal(world->step_count, 0);
}

static void
anonymous_and_default(void **state)
{
	struct world *world = *state;
	struct ledger_entry entry = entry_of(1, "admin");

	FACTS(world, 1, PROBE_ONVIF, FACT_ANONYMOUS, "GetUsers", "3 accounts");
	entry.default_found_ms = T0;
	assert_int_equal(audit_take_ledger(world->audit, &entry), 0);
	world_run(world);
	assert_int_equal(world_opened(world, RULE_ANONYMOUS_ACCESS, "GetUsers")->severity,
			 FINDING_CRITICAL);
	assert_int_equal(world_opened(world, RULE_PASSWORD_DEFAULT, "onvif admin")->severity,
			 FINDING_CRITICAL);
	entry.default_found_ms = 0;
	assert_int_equal(audit_take_ledger(world->audit, &entry), 0);
	world_run(world);
	assert_non_null(world_step(world, AUDIT_RESOLVED, RULE_PASSWORD_DEFAULT, "onvif admin"));
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ledger_dates_a_rotation),
		cmocka_unit_test(ledger_refusals),
		cmocka_unit_test(ledger_keyed),
		T(age),
		T(shared),
		T(shared_with_who_left),
		T(refused),
		T(accounts),
		T(anonymous_and_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
