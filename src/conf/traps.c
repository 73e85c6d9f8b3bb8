/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading `traps:`, and building what the agent needs of it.
 */
#include "traps.h"

#include "settings.h"
#include "suggest.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

enum { PORT_DEFAULT = 162, LISTEN_MAX = 16, RULES_MAX = 1000, CREDENTIALS_MAX = 8, TEXT_MAX = 255 };
#define HOUR_MS	 INT64_C(3600000)
#define PAUSE_MS 5000

/* ---- reading */

static void
read_listen(struct reader *reader, const yaml_node_t *node, void *target)
{
	text_list_read(reader, node, "listen", TEXT_MAX, target);
}

static void
read_forwarders(struct reader *reader, const yaml_node_t *node, void *target)
{
	text_list_read(reader, node, "forwarders", TEXT_MAX, target);
}

static void
read_credentials(struct reader *reader, const yaml_node_t *node, void *target)
{
	text_list_read(reader, node, "credentials", TEXT_MAX, target);
}

static void
read_probes(struct reader *reader, const yaml_node_t *node, void *target)
{
	text_list_read(reader, node, "probe", TEXT_MAX, target);
}

#define LIST(target, member, name, function, help)                                              \
	{                                                                                       \
		{name, OPTION_STRING, NULL, 0, 0, NULL, help}, offsetof(struct target, member), \
			function                                                                \
	}

static const struct key rule_keys[] = {
	KEY(trap_rule_settings, oid, "oid", STRING, NULL, 1, 1023, NULL,
	    "the snmpTrapOID; with .* at its end all below it"),
	KEY(trap_rule_settings, name, "name", STRING, NULL, 1, 64, NULL, "what events call it"),
	KEY(trap_rule_settings, about, "about", ENUM, "device", 0, 0,
	    "device|interface|poe|neighbours", "what it speaks of"),
	KEY(trap_rule_settings, attached, "attached", BOOL, "no", 0, 1, NULL,
	    "whether the devices at that interface are probed too"),
	LIST(trap_rule_settings, probes, "probe", read_probes, "the probes that are run at once"),
};

static void
read_rule(struct reader *reader, const yaml_node_t *node, void *arg)
{
	struct traps_settings *traps = arg;
	struct trap_rule_settings *rule = arena_alloc(&reader->arena, sizeof(*rule));

	if (rule == NULL) {
		reader->complaints->out_of_memory = true;
		return;
	}
	rule->at = node_mark(node);
	if (!table_read(reader, node, "a rule", rule_keys, MEM_COUNT(rule_keys), rule))
		return;
	if (traps->end == NULL)
		traps->end = &traps->first;
	*traps->end = rule;
	traps->end = &rule->next;
	traps->rule_count++;
}

static void
read_rules(struct reader *reader, const yaml_node_t *node, void *target)
{
	list_each(reader, node, "rules", read_rule, target);
}

static const struct key traps_keys[] = {
	LIST(traps_settings, listen, "listen", read_listen, "where SNMP traps are received"),
	LIST(traps_settings, forwarders, "forwarders", read_forwarders,
	     "addresses that may send for others"),
	LIST(traps_settings, credentials, "credentials", read_credentials,
	     "credentials that every device may show besides its own"),
	KEY(traps_settings, pause, "pause", DURATION, "5s", 0, HOUR_MS, NULL,
	    "least time between two runs of a probe that traps cause"),
	{{"rules", OPTION_STRING, NULL, 0, 0, NULL, "what other traps are good for"},
	 0,
	 read_rules},
};

void
traps_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	struct settings *settings = target;

	settings->traps.at = node_mark(node);
	table_read(reader, node, "traps", traps_keys, MEM_COUNT(traps_keys), &settings->traps);
}

/* ---- building */

/* "10.1.1.1:162", "[::]:162", or without a port. */
static bool
parse_listen(const char *text, struct trap_listen *out)
{
	const char *colon = strrchr(text, ':');
	char host[IPADDR_TEXT_SIZE];
	bool has_port = colon != NULL && (strchr(text, ':') == colon ||
					  (text[0] == '[' && colon > text && colon[-1] == ']'));
	size_t len = has_port ? (size_t)(colon - text) : strlen(text);

	if (len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	out->port = PORT_DEFAULT;
	if (has_port) {
		char *end;
		unsigned long port = strtoul(colon + 1, &end, 10);

		if (colon[1] < '0' || colon[1] > '9' || *end != '\0' || port == 0 || port > 65535)
			return false;
		out->port = (uint16_t)port;
	}
	return ipaddr_parse(host, &out->ip) == 0;
}

static int
build_listen(struct reader *reader, const struct text_list *list, struct trap_settings *out)
{
	static const char *const everywhere[] = {"0.0.0.0", "::"};
	size_t room = list->count > 2 ? list->count : 2;

	out->listen = calloc(room, sizeof(*out->listen));
	if (out->listen == NULL)
		return ERR_NOMEM;
	if (list->at.line == 0) {
		for (size_t i = 0; i < MEM_COUNT(everywhere); i++)
			(void)parse_listen(everywhere[i], &out->listen[out->listen_count++]);
		return 0;
	}
	if (list->count == 0 || list->count > LISTEN_MAX)
		complain_yaml(reader, list->at, "listen: %zu addresses; expected 1 to %d",
			      list->count, LISTEN_MAX);
	for (const struct text_item *i = list->first; i != NULL; i = i->next) {
		struct trap_listen *listen = &out->listen[out->listen_count];

		if (!parse_listen(i->knob.text, listen)) {
			complain_yaml(
				reader, i->knob.at,
				"listen: %s is not understood; expected an address with or "
				"without a port, such as 0.0.0.0:162 or [::]:162",
				quoted(reader->complaints, i->knob.text, strlen(i->knob.text)));
			continue;
		}
		for (size_t k = 0; k < out->listen_count; k++) {
			if (listen->port == out->listen[k].port &&
			    ipaddr_equal(&listen->ip, &out->listen[k].ip))
				complain_yaml(reader, i->knob.at, "listen: %s is listed twice",
					      i->knob.text);
		}
		out->listen_count++;
	}
	return 0;
}

static int
build_forwarders(struct reader *reader, const struct text_list *list, struct trap_settings *out)
{
	out->forwarders = calloc(list->count + 1, sizeof(*out->forwarders));
	if (out->forwarders == NULL)
		return ERR_NOMEM;
	for (const struct text_item *i = list->first; i != NULL; i = i->next) {
		if (ipaddr_parse(i->knob.text, &out->forwarders[out->forwarder_count]) == 0)
			out->forwarder_count++;
		else
			complain_yaml(
				reader, i->knob.at,
				"forwarders: %s is not understood; expected an IPv4 or IPv6 "
				"address",
				quoted(reader->complaints, i->knob.text, strlen(i->knob.text)));
	}
	return 0;
}

static int
build_credentials(struct reader *reader, const struct text_list *list, const struct fleet *fleet,
		  struct trap_settings *out)
{
	out->credentials = calloc(list->count + 1, sizeof(*out->credentials));
	if (out->credentials == NULL)
		return ERR_NOMEM;
	if (list->count > CREDENTIALS_MAX)
		complain_yaml(reader, list->at, "credentials: %zu are listed; expected at most %d",
			      list->count, CREDENTIALS_MAX);
	for (const struct text_item *i = list->first; i != NULL; i = i->next) {
		const char *name = i->knob.text;
		struct suggest suggest;
		size_t k = 0;

		suggest_init(&suggest, name);
		while (k < fleet->credential_count &&
		       strcmp(fleet->credentials[k].name, name) != 0) {
			if (fleet->credentials[k].snmp.version != SNMP_NONE)
				suggest_offer(&suggest, fleet->credentials[k].name);
			k++;
		}
		if (k == fleet->credential_count)
			complain_yaml(reader, i->knob.at, "credentials: unknown credential %s%s",
				      quoted(reader->complaints, name, strlen(name)),
				      suggest_text(&suggest));
		else if (fleet->credentials[k].snmp.version == SNMP_NONE)
			complain_yaml(reader, i->knob.at, "credentials: %s has no snmp",
				      quoted(reader->complaints, name, strlen(name)));
		else
			out->credentials[out->credential_count++] = (uint16_t)k;
	}
	return 0;
}

static uint32_t
probes_of(struct reader *reader, const struct text_list *list)
{
	uint32_t probes = 0;

	for (const struct text_item *i = list->first; i != NULL; i = i->next) {
		struct suggest suggest;
		enum probe_id id;

		if (probe_spec_find(i->knob.text, &id) == 0) {
			probes |= 1U << id;
			continue;
		}
		suggest_init(&suggest, i->knob.text);
		for (int k = 0; k < PROBE_COUNT; k++)
			suggest_offer(&suggest, probe_spec((enum probe_id)k)->name);
		complain_yaml(reader, i->knob.at, "probe: unknown probe %s%s",
			      quoted(reader->complaints, i->knob.text, strlen(i->knob.text)),
			      suggest_text(&suggest));
	}
	return probes;
}

/* Its OID, with or without .* at the end; false if it is none. */
static int
set_oid(const struct knob *knob, struct trap_rule *rule, bool *is_right)
{
	uint32_t ids[OID_MAX];
	size_t len = strlen(knob->text), count = 0;
	char *text = strdup(knob->text);
	uint32_t *copy;

	if (text == NULL)
		return ERR_NOMEM;
	if (len > 2 && strcmp(text + len - 2, ".*") == 0) {
		text[len - 2] = '\0';
		rule->is_subtree = true;
	}
	*is_right = oid_parse(text, ids, OID_MAX, &count) == 0 && count >= 2;
	free(text);
	if (!*is_right)
		return 0;
	copy = malloc(count * sizeof(*copy));
	if (copy == NULL)
		return ERR_NOMEM;
	memcpy(copy, ids, count * sizeof(*copy));
	rule->oid = copy;
	rule->oid_len = (uint8_t)count;
	return 0;
}

static int
build_rule(struct reader *reader, const struct trap_rule_settings *from, struct trap_rule *rule)
{
	static const uint8_t subjects[] = {TRAP_SUBJECT_DEVICE, TRAP_SUBJECT_INTERFACE,
					   TRAP_SUBJECT_POE_PORT, TRAP_SUBJECT_NEIGHBOURS};
	bool is_right = true;
	int rc = 0;

	if (!knob_is_given(&from->oid))
		complain_yaml(reader, from->at, "a rule without oid");
	if (!knob_is_given(&from->name))
		complain_yaml(reader, from->at, "a rule without name");
	rule->probes = probes_of(reader, &from->probes);
	if (from->about.is_set)
		rule->subject = subjects[from->about.number];
	rule->is_attached = from->attached.is_set && from->attached.number != 0;
	if (from->name.is_set) {
		rule->name = strdup(from->name.text);
		if (rule->name == NULL)
			return ERR_NOMEM;
	}
	if (from->oid.is_set)
		rc = set_oid(&from->oid, rule, &is_right);
	if (!is_right)
		complain_yaml(reader, from->oid.at,
			      "oid: %s is not understood; expected numbers, such as "
			      "1.3.6.1.4.1.9.9.43.2.0.1, or 1.3.6.1.4.1.9.9.43.2.* for all below",
			      quoted(reader->complaints, from->oid.text, strlen(from->oid.text)));
	return rc;
}

static int
build_rules(struct reader *reader, const struct traps_settings *from, struct trap_settings *out)
{
	int rc = 0;

	if (from->rule_count > RULES_MAX) {
		complain_yaml(reader, from->at, "rules: more than %d", RULES_MAX);
		return 0;
	}
	out->rules = calloc(from->rule_count + 1, sizeof(*out->rules));
	if (out->rules == NULL)
		return ERR_NOMEM;
	for (const struct trap_rule_settings *r = from->first; r != NULL && rc == 0; r = r->next) {
		struct trap_rule *rule = &out->rules[out->rule_count++];

		rc = build_rule(reader, r, rule);
		for (size_t i = 0; rc == 0 && rule->oid != NULL && i + 1 < out->rule_count; i++) {
			const struct trap_rule *other = &out->rules[i];

			if (other->oid != NULL && other->is_subtree == rule->is_subtree &&
			    oid_compare(other->oid, other->oid_len, rule->oid, rule->oid_len) == 0)
				complain_yaml(reader, r->oid.at, "oid: another rule has it, too");
		}
	}
	return rc;
}

int
traps_build(struct reader *reader, const struct traps_settings *from, struct conf *conf)
{
	struct trap_settings *out = &conf->traps;
	int rc;

	out->expedite_ms = from->pause.is_set ? (uint32_t)from->pause.number : PAUSE_MS;
	if (from->at.line == 0)
		return 0;
	rc = build_listen(reader, &from->listen, out);
	if (rc == 0)
		rc = build_forwarders(reader, &from->forwarders, out);
	if (rc == 0)
		rc = build_credentials(reader, &from->credentials, conf->fleet, out);
	if (rc == 0)
		rc = build_rules(reader, from, out);
	return rc;
}
