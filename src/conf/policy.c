/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tables of `policy:`, and how what several files say is put together.
 */
#include "policy.h"

#include "settings.h"
#include "suggest.h"
#include "words.h"

#include "keepwatch/err.h"

#include <string.h>

#define SECOND_MS INT64_C(1000)
#define DAY_MS	  (86400 * SECOND_MS)

static const struct option_spec age_spec = {"max_age",
					    OPTION_DURATION,
					    NULL,
					    DAY_MS,
					    36500 * DAY_MS,
					    NULL,
					    "the greatest age of a password"};
static const struct option_spec rule_spec = {
	"a rule", OPTION_ENUM, NULL, 0, 0, "off|notice|warning|critical", "a severity, or off"};

static void
read_age(struct reader *reader, const char *name, struct mark at, const yaml_node_t *value,
	 void *arg)
{
	struct policy_reader *policy = arg;
	int kind = kind_read(reader, name, at, "max_age", true);

	if (kind >= 0)
		value_read(reader, value, &age_spec, &policy->knobs.max_age[kind]);
}

/* One age for all, or one by kind. */
static void
ages_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	struct policy_reader *policy = target;

	if (node->type == YAML_MAPPING_NODE)
		map_each(reader, node, "max_age", read_age, policy);
	else
		value_read(reader, node, &age_spec, &policy->knobs.max_age[POLICY_DEFAULT]);
}

static void
passwords_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	static const struct key keys[] = {
		{{"max_age", OPTION_DURATION, NULL, 0, 0, NULL, ""}, 0, ages_read},
		KEY(policy_reader, knobs.shared_max, "shared_max", INT, NULL, 1, 1000000, NULL,
		    "devices that may have the same password"),
		KEY(policy_reader, knobs.refused_after, "refused_after", DURATION, "1d", 0,
		    365 * DAY_MS, NULL, "how long a good password is refused until it is told"),
	};

	table_read(reader, node, "passwords", keys, MEM_COUNT(keys), target);
}

static void
tls_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	static const struct key keys[] = {
		KEY(policy_reader, knobs.min_version, "min_version", ENUM, "TLSv1.2", 0, 0,
		    "TLSv1.0|TLSv1.1|TLSv1.2|TLSv1.3", "the oldest version"),
		KEY(policy_reader, knobs.min_rsa, "min_rsa", INT, "2048", 512, 16384, NULL,
		    "bits of an RSA key"),
		KEY(policy_reader, knobs.min_ec, "min_ec", INT, "224", 112, 521, NULL,
		    "bits of a key of an elliptic curve"),
		KEY(policy_reader, knobs.expiry_warning, "expiry_warning", DURATION, "30d", 0,
		    3650 * DAY_MS, NULL, "how long before its expiry a certificate is told"),
	};

	table_read(reader, node, "tls", keys, MEM_COUNT(keys), target);
}

static void
clock_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	static const struct key keys[] = {
		KEY(policy_reader, knobs.warning, "warning", DURATION, "2s", 1, DAY_MS, NULL,
		    "an offset that is told"),
		KEY(policy_reader, knobs.critical, "critical", DURATION, "30s", 1, 365 * DAY_MS,
		    NULL, "an offset that is critical"),
	};

	table_read(reader, node, "clock", keys, MEM_COUNT(keys), target);
}

static void
read_rule(struct reader *reader, const char *name, struct mark at, const yaml_node_t *value,
	  void *arg)
{
	struct policy_reader *policy = arg;
	const char *shown = quoted(reader->complaints, name, strlen(name));
	struct suggest suggest;
	enum finding_rule rule;

	if (finding_rule_parse(name, &rule) == 0 && rule >= RULE_AUDIT_FIRST) {
		value_read(reader, value, &rule_spec, &policy->knobs.rules[rule]);
		return;
	}
	suggest_init(&suggest, name);
	for (int i = RULE_AUDIT_FIRST; i < RULE_COUNT; i++)
		suggest_offer(&suggest, finding_rule_name((enum finding_rule)i));
	if (finding_rule_parse(name, &rule) == 0)
		complain_yaml(reader, at, "rules: %s is an early warning, no rule of an audit",
			      shown);
	else
		complain_yaml(reader, at, "rules: unknown rule %s%s", shown,
			      suggest.best != NULL ? suggest_text(&suggest)
						   : "; keepwatch.yaml(5) lists them");
}

static void
rules_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	map_each(reader, node, "rules", read_rule, target);
}

static void
include_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	struct policy_reader *policy = target;

	if (reader->file != CONF_FILE_YAML)
		complain_yaml(reader, node_mark(node),
			      "include: an included file cannot include others; name them in %s",
			      reader->complaints->names[CONF_FILE_YAML]);
	else
		text_list_read(reader, node, "include", 4095, &policy->include);
}

static const struct key policy_keys[] = {
#define SECTION(name, function, help)                                      \
	{                                                                  \
		{name, OPTION_STRING, NULL, 0, 0, NULL, help}, 0, function \
	}
	SECTION("include", include_read, "files with more of these keys"),
	SECTION("vlans", policy_vlans_read, "allowed VLANs per kind of device"),
	SECTION("firmware", policy_firmware_read, "allowed firmware"),
	SECTION("passwords", passwords_read, "the age of passwords, and how many share one"),
	SECTION("accounts", policy_accounts_read, "allowed accounts per kind of device"),
	SECTION("ports", policy_ports_read, "allowed TCP ports per kind of device"),
	SECTION("tls", tls_read, "what TLS has to be like"),
	SECTION("clock", clock_read, "how far clocks may be off"),
	SECTION("rules", rules_read, "severities of rules, or off"),
	KEY(policy_reader, knobs.enabled, "enabled", BOOL, "yes", 0, 1, NULL,
	    "whether the policy is looked after"),
#undef SECTION
};

/* What one file gives, into what all do. */
static void
merge(struct reader *reader, const struct policy_knobs *from, struct policy_settings *to)
{
	const struct knob *now = (const struct knob *)(const void *)from;
	struct knob *all = (struct knob *)(void *)&to->knobs;

	for (size_t i = 0; i < POLICY_KNOBS; i++) {
		if (knob_is_given(&now[i]) && knob_is_given(&all[i])) {
			complain_yaml(reader, now[i].at, "given already in %s:%u; expected it once",
				      reader->complaints->names[to->files[i]], all[i].at.line);
		} else if (knob_is_given(&now[i])) {
			all[i] = now[i];
			to->files[i] = reader->file;
		}
	}
}

void
policy_file(struct reader *reader, const yaml_node_t *node, struct policy_settings *settings)
{
	struct policy_reader policy = {.settings = settings};

	table_read(reader, node, "policy", policy_keys, MEM_COUNT(policy_keys), &policy);
	merge(reader, &policy.knobs, settings);
	if (policy.include.first != NULL && !(settings->flags & CONF_NO_INCLUDE))
		policy_include(reader, &policy.include, settings);
}

void
policy_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	struct settings *settings = target;

	if (policy_make(&settings->policy) != 0)
		reader->complaints->out_of_memory = true;
	else
		policy_file(reader, node, &settings->policy);
}
