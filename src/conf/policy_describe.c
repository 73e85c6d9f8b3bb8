/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The policy in force, in words and in a fixed order: an evidence pack holds it, and two of the
 * same policy must be the same.
 */
#include "policy.h"

#include "keepwatch/clock.h"

#include <string.h>

static const char *
duration(int64_t ms, char out[CLOCK_DURATION_SIZE])
{
	return clock_format_duration(ms, out, CLOCK_DURATION_SIZE);
}

static void
describe_kind(const struct audit_kind_policy *kind, const char *name, FILE *out)
{
	char text[CLOCK_DURATION_SIZE];

	if (kind->password_max_age_ms > 0)
		fprintf(out, "policy: passwords of %s at most %s old\n", name,
			duration(kind->password_max_age_ms, text));
	if (kind->has_accounts) {
		fprintf(out, "policy: accounts of %s", name);
		for (size_t i = 0; i < kind->account_count; i++)
			fprintf(out, "%s '%s'", i > 0 ? "," : "", kind->accounts[i]);
		fputs(kind->account_count == 0 ? " none\n" : "\n", out);
	}
	if (!kind->has_ports)
		return;
	fprintf(out, "policy: TCP ports of %s", name);
	for (size_t i = 0; i < kind->port_count; i++) {
		size_t last = i;

		while (last + 1 < kind->port_count &&
		       kind->ports[last + 1] == kind->ports[last] + 1)
			last++;
		fprintf(out, last > i ? "%s%u-%u" : "%s%u", i > 0 ? "," : " ", kind->ports[i],
			kind->ports[last]);
		i = last;
	}
	fputs(kind->port_count == 0 ? " none\n" : "\n", out);
}

static void
describe_vlans(const uint64_t *set, const char *name, FILE *out)
{
	const char *comma = " ";

	fprintf(out, "policy: VLANs of %s", name);
	for (unsigned vlan = 1; vlan <= CONF_VLAN_MAX; vlan++) {
		unsigned last = vlan;

		if (!(set[vlan / 64] >> vlan % 64 & 1))
			continue;
		while (last < CONF_VLAN_MAX && (set[(last + 1) / 64] >> (last + 1) % 64 & 1))
			last++;
		fprintf(out, last > vlan ? "%s%u-%u" : "%s%u", comma, vlan, last);
		comma = ",";
		vlan = last;
	}
	fputc('\n', out);
}

static void
describe_versions(const char *what, const char **versions, size_t count, FILE *out)
{
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s'%s'", i == 0 ? what : ", ", versions[i]);
}

static void
describe_date(const char *what, int64_t ms, FILE *out)
{
	char text[CLOCK_ISO_SIZE];

	if (ms != 0)
		fprintf(out, "; %s %.10s", what, clock_format_iso(ms, text, sizeof(text)));
}

static void
describe_firmware(const struct audit_firmware_rule *rule, FILE *out)
{
	const char *comma = "";

	fprintf(out, "policy: firmware of");
	if (rule->vendor != NULL)
		fprintf(out, " vendor '%s'", rule->vendor);
	if (rule->model != NULL)
		fprintf(out, " model '%s'", rule->model);
	if (rule->kinds != 0)
		fprintf(out, " kinds ");
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		if (rule->kinds >> kind & 1) {
			fprintf(out, "%s%s", comma, kind_name((enum device_kind)kind));
			comma = ",";
		}
	}
	if (rule->minimum != NULL)
		fprintf(out, "; minimum '%s'", rule->minimum);
	describe_versions("; approved ", rule->approved, rule->approved_count, out);
	describe_versions("; forbidden ", rule->forbidden, rule->forbidden_count, out);
	describe_date("end of sale", rule->end_of_sale_ms, out);
	describe_date("end of support", rule->end_of_support_ms, out);
	if (rule->note != NULL)
		fprintf(out, "; note: %s", rule->note);
	fprintf(out, " (%s)\n", rule->where);
}

void
conf_describe_policy(const struct conf *conf, FILE *out)
{
	const struct audit_policy *policy = conf->audit;
	char text[CLOCK_DURATION_SIZE], more[CLOCK_DURATION_SIZE];

	fprintf(out, "policy: %s\n", policy->is_enabled ? "enabled" : "disabled");
	if (policy->password_shared_max > 0)
		fprintf(out, "policy: one password on at most %u devices\n",
			policy->password_shared_max);
	fprintf(out, "policy: a good password is told when refused for %s\n",
		duration(policy->refused_after_ms, text));
	fprintf(out, "policy: TLS at least %s, RSA %u, EC %u bits, warning %s before expiry\n",
		policy->tls_min_version, policy->tls_min_rsa_bits, policy->tls_min_ec_bits,
		duration(policy->tls_expiry_warning_ms, text));
	fprintf(out, "policy: clock off by %s is a warning, by %s critical\n",
		duration(policy->clock_warning_ms, text),
		duration(policy->clock_critical_ms, more));
	for (int kind = 0; kind < KIND_COUNT; kind++)
		describe_kind(&policy->kinds[kind], kind_name((enum device_kind)kind), out);
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		if (conf->vlans[kind] != NULL)
			describe_vlans(conf->vlans[kind], kind_name((enum device_kind)kind), out);
	}
	for (int rule = RULE_AUDIT_FIRST; rule < RULE_COUNT; rule++) {
		const char *name = finding_rule_name((enum finding_rule)rule);

		if (policy->rules_off >> rule & 1)
			fprintf(out, "policy: rule %s off\n", name);
		else if (policy->severities[rule] < FINDING_SEVERITY_COUNT)
			fprintf(out, "policy: rule %s %s\n", name,
				finding_severity_name(
					audit_policy_severity(policy, (enum finding_rule)rule)));
	}
	for (size_t i = 0; i < policy->firmware_count; i++)
		describe_firmware(&policy->firmware[i], out);
}
