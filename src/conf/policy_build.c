/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From what all files say of the policy to the policy in force: defaults, the values of each kind
 * of device, and its memory.
 */
#include "policy.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

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

int
policy_make(struct policy_settings *settings)
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

	if (policy_make(from) != 0)
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
