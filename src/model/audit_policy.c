/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The defaults of the policy, and what it says of a rule.
 */
#include "keepwatch/audit_policy.h"

#include <string.h>

#define SECOND ((int64_t)1000)
#define DAY    (24 * 3600 * SECOND)

void
audit_policy_init(struct audit_policy *policy)
{
	memset(policy, 0, sizeof(*policy));
	policy->is_enabled = true;
	policy->refused_after_ms = DAY;
	policy->tls_min_version = "TLSv1.2";
	policy->tls_min_rsa_bits = 2048;
	policy->tls_min_ec_bits = 224;
	policy->tls_expiry_warning_ms = 30 * DAY;
	policy->clock_warning_ms = 2 * SECOND;
	policy->clock_critical_ms = 30 * SECOND;
	memset(policy->severities, FINDING_SEVERITY_COUNT, sizeof(policy->severities));
}

enum finding_severity
audit_policy_severity(const struct audit_policy *policy, enum finding_rule rule)
{
	uint8_t set = policy->severities[rule];

	return set < FINDING_SEVERITY_COUNT ? (enum finding_severity)set
					    : finding_rule_severity(rule);
}

bool
audit_policy_has_rule(const struct audit_policy *policy, enum finding_rule rule)
{
	return policy->is_enabled && (policy->rules_off >> rule & 1) == 0;
}
