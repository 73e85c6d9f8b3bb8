/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The vocabularies of diagnosis: every value has a name that leads back to it, and verdicts say
 * whose job they are.
 */
#include "keepwatch/err.h"
#include "keepwatch/evidence.h"
#include "keepwatch/finding.h"

// clang-format off
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#define ROUND_TRIP(test, type, count, name, parse)                            \
	static void test(void **state)                                        \
	{                                                                     \
		enum type got = (enum type)0;                                 \
                                                                              \
		(void)state;                                                  \
		for (int i = 0; i < (count); i++) {                           \
			assert_int_equal(parse(name((enum type)i), &got), 0); \
			assert_int_equal(got, i);                             \
		}                                                             \
		assert_int_equal(parse("", &got), ERR_NOTFOUND);              \
		assert_int_equal(parse("?", &got), ERR_NOTFOUND);             \
		assert_int_equal(got, (count)-1);                             \
		assert_string_equal(name((enum type)(count)), "?");           \
	}

ROUND_TRIP(evidence_kinds, evidence_kind, EVIDENCE_KIND_COUNT, evidence_kind_name,
	   evidence_kind_parse)
ROUND_TRIP(node_roles, node_role, NODE_ROLE_COUNT, node_role_name, node_role_parse)
ROUND_TRIP(poe_states, poe_state, POE_STATE_COUNT, poe_state_name, poe_state_parse)
ROUND_TRIP(trap_hints, trap_hint, TRAP_HINT_COUNT, trap_hint_name, trap_hint_parse)
ROUND_TRIP(teams, team, TEAM_COUNT, team_name, team_parse)
ROUND_TRIP(verdicts, verdict, VERDICT_COUNT, verdict_name, verdict_parse)
ROUND_TRIP(steps, incident_step, INCIDENT_STEP_COUNT, incident_step_name, incident_step_parse)
ROUND_TRIP(rules, finding_rule, RULE_COUNT, finding_rule_name, finding_rule_parse)
ROUND_TRIP(severities, finding_severity, FINDING_SEVERITY_COUNT, finding_severity_name,
	   finding_severity_parse)

static void
services(void **state)
{
	enum service_state got = SERVICE_ERROR;

	(void)state;
	assert_int_equal(service_state_parse('?', &got), ERR_NOTFOUND);
	assert_int_equal(service_state_parse('\0', &got), ERR_NOTFOUND);
	assert_int_equal(got, SERVICE_ERROR);
	for (int i = 0; i < SERVICE_STATE_COUNT; i++) {
		char letter = service_state_letter((enum service_state)i);

		assert_int_equal(service_state_parse(letter, &got), 0);
		assert_int_equal(got, i);
	}
	assert_int_equal(service_state_letter(SERVICE_TLS), 's');
	assert_int_equal(service_state_letter(SERVICE_STATE_COUNT), '?');
}

static void
whose_job(void **state)
{
	(void)state;
	assert_int_equal(verdict_team(VERDICT_SWITCH_FLAP), TEAM_IT_NETWORK);
	assert_int_equal(verdict_team(VERDICT_POWER_LOSS), TEAM_FACILITIES_POWER);
	assert_int_equal(verdict_team(VERDICT_COUNT), TEAM_NONE);
	assert_true(verdict_is_device_innocent(VERDICT_POE_PORT));
	assert_false(verdict_is_device_innocent(VERDICT_DEVICE_HW));
	assert_false(verdict_is_device_innocent(VERDICT_UNDETERMINED));
	assert_string_equal(team_words(TEAM_FACILITIES_POWER), "facilities (power)");
	assert_string_equal(verdict_words(VERDICT_SWITCH_FLAP), "intermittent switch");
	assert_int_equal(finding_rule_team(RULE_CLOCK_DRIFT), TEAM_PHYSICAL_SECURITY);
	assert_int_equal(finding_rule_severity(RULE_REBOOTS), FINDING_WARNING);
	assert_string_equal(finding_rule_words(RULE_REBOOTS), "restarts by itself");
	assert_string_equal(finding_rule_words(RULE_COUNT), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evidence_kinds), cmocka_unit_test(node_roles),
		cmocka_unit_test(poe_states),	  cmocka_unit_test(trap_hints),
		cmocka_unit_test(teams),	  cmocka_unit_test(verdicts),
		cmocka_unit_test(steps),	  cmocka_unit_test(rules),
		cmocka_unit_test(severities),	  cmocka_unit_test(services),
		cmocka_unit_test(whose_job),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
