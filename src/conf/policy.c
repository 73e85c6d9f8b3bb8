/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tables of `policy:`, and how what all files say becomes the policy in force.
 */
#include "policy.h"

#include "settings.h"
#include "suggest.h"
#include "words.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

#define SECOND_MS INT64_C(1000)
#define DAY_MS	  (86400 * SECOND_MS)

/* The policy and its memory. */
struct policy {
	struct audit_policy values; /* first: what is handed out */
	struct mem_arena arena;
};

void *
policy_alloc(struct reader *reader, struct policy_settings *settings, size_t size)
{
	struct policy *policy = (struct policy *)(void *)settings->policy;
	void *out = policy == NULL ? NULL : arena_alloc(&policy->arena, size);

	if (out == NULL)
		reader->complaints->out_of_memory = true;
	return out;
}

const char *
policy_strdup(struct reader *reader, struct policy_settings *settings, const char *text)
{
	char *out = policy_alloc(reader, settings, strlen(text) + 1);

	return out == NULL ? NULL : memcpy(out, text, strlen(text) + 1);
}

void
policy_free(struct audit_policy *values)
{
	struct policy *policy = (struct policy *)(void *)values;

	if (policy == NULL)
		return;
	arena_fini(&policy->arena);
	free(policy);
}

/* ---- reading */

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
						   : "; keepwatch-audit(7) lists them");
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

static int
make_policy(struct policy_settings *settings)
{
	struct policy *policy;

	if (settings->policy != NULL)
		return 0;
	policy = calloc(1, sizeof(*policy));
	if (policy == NULL)
		return ERR_NOMEM;
	arena_init(&policy->arena);
	audit_policy_init(&policy->values);
	settings->policy = &policy->values;
	return 0;
}

void
policy_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	struct settings *settings = target;

	if (make_policy(&settings->policy) != 0)
		reader->complaints->out_of_memory = true;
	else
		policy_file(reader, node, &settings->policy);
}

void
policy_settings_fini(struct policy_settings *settings)
{
	for (size_t i = 0; i < POLICY_KINDS; i++)
		free(settings->ports[i]);
	for (size_t i = 0; i < KIND_COUNT; i++)
		free(settings->vlans[i]);
	for (size_t i = 0; i < settings->name_count; i++)
		free(settings->names[i]);
	policy_free(settings->policy);
}

/* ---- building */

static void
set_number(int64_t *out, const struct knob *knob)
{
	if (knob->is_set)
		*out = knob->number;
}

static void
set_unsigned(unsigned *out, const struct knob *knob)
{
	if (knob->is_set)
		*out = (unsigned)knob->number;
}

static void
build_rules(const struct policy_knobs *knobs, struct audit_policy *out)
{
	for (int rule = RULE_AUDIT_FIRST; rule < RULE_COUNT; rule++) {
		const struct knob *knob = &knobs->rules[rule];

		if (knob->is_set && knob->number == 0)
			out->rules_off |= UINT64_C(1) << rule;
		else if (knob->is_set) /* as in rule_spec: off, then the severities in their order
					*/
			out->severities[rule] = (uint8_t)(knob->number - 1);
	}
}

static const char **
build_texts(struct reader *reader, struct policy_settings *from, const struct policy_texts *texts)
{
	const char **out = policy_alloc(reader, from, (texts->count + 1) * sizeof(*out));
	size_t n = 0;

	for (const struct policy_text *t = texts->first; out != NULL && t != NULL; t = t->next)
		out[n++] = t->text;
	return out;
}

static void
build_ports(struct reader *reader, struct policy_settings *from, const uint64_t *set,
	    struct audit_kind_policy *out)
{
	uint16_t *ports;
	size_t n = 0;

	for (unsigned port = 1; port <= UINT16_MAX; port++)
		n += set[port / 64] >> port % 64 & 1;
	ports = policy_alloc(reader, from, (n + 1) * sizeof(*ports));
	for (unsigned port = 1; ports != NULL && port <= UINT16_MAX; port++) {
		if (set[port / 64] >> port % 64 & 1)
			ports[out->port_count++] = (uint16_t)port;
	}
	out->ports = ports;
	out->has_ports = true;
}

static void
build_kind(struct reader *reader, struct policy_settings *from, int kind,
	   struct audit_kind_policy *out)
{
	const struct policy_texts *accounts = &from->accounts[kind];
	const uint64_t *ports =
		from->ports[kind] != NULL ? from->ports[kind] : from->ports[POLICY_DEFAULT];

	set_number(&out->password_max_age_ms, &from->knobs.max_age[POLICY_DEFAULT]);
	set_number(&out->password_max_age_ms, &from->knobs.max_age[kind]);
	if (accounts->end == NULL)
		accounts = &from->accounts[POLICY_DEFAULT];
	if (accounts->end != NULL) {
		out->accounts = build_texts(reader, from, accounts);
		out->account_count = accounts->count;
		out->has_accounts = true;
	}
	if (ports != NULL)
		build_ports(reader, from, ports, out);
}

static void
build_firmware(struct reader *reader, struct policy_settings *from, struct audit_policy *out)
{
	size_t n = 0;

	out->firmware =
		policy_alloc(reader, from, (from->firmware_count + 1) * sizeof(*out->firmware));
	for (const struct policy_firmware *f = from->firmware; out->firmware != NULL && f != NULL;
	     f = f->next)
		out->firmware[n++] = f->rule;
	out->firmware_count = n;
}

static void
check_clock(struct reader *reader, const struct policy_settings *from,
	    const struct audit_policy *policy)
{
	const struct knob *critical = &from->knobs.critical;
	const struct knob *knob = critical->is_set ? critical : &from->knobs.warning;
	size_t i = (size_t)(knob - (const struct knob *)(const void *)&from->knobs);

	if (policy->clock_critical_ms < policy->clock_warning_ms)
		complain(reader->complaints, from->files[i], knob->at,
			 "clock: critical (%lld ms) is less than warning (%lld ms)",
			 (long long)policy->clock_critical_ms, (long long)policy->clock_warning_ms);
}

int
policy_build(struct reader *reader, struct policy_settings *from, struct conf *conf)
{
	static const char *const versions[] = {"TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"};
	const struct policy_knobs *knobs = &from->knobs;
	struct audit_policy *out;

	if (make_policy(from) != 0)
		return ERR_NOMEM;
	out = from->policy;
	out->is_enabled = !knobs->enabled.is_set || knobs->enabled.number != 0;
	set_unsigned(&out->password_shared_max, &knobs->shared_max);
	set_number(&out->refused_after_ms, &knobs->refused_after);
	if (knobs->min_version.is_set)
		out->tls_min_version = versions[knobs->min_version.number];
	set_unsigned(&out->tls_min_rsa_bits, &knobs->min_rsa);
	set_unsigned(&out->tls_min_ec_bits, &knobs->min_ec);
	set_number(&out->tls_expiry_warning_ms, &knobs->expiry_warning);
	set_number(&out->clock_warning_ms, &knobs->warning);
	set_number(&out->clock_critical_ms, &knobs->critical);
	check_clock(reader, from, out);
	build_rules(knobs, out);
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		build_kind(reader, from, kind, &out->kinds[kind]);
		conf->vlans[kind] = from->vlans[kind];
		from->vlans[kind] = NULL;
	}
	build_firmware(reader, from, out);
	out->vlans = (const uint64_t *const *)conf->vlans;
	conf->audit = out;
	from->policy = NULL;
	return reader->complaints->out_of_memory ? ERR_NOMEM : 0;
}
