/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of notifications, and what is read from their varbinds: which interface, which PoE
 * port.
 */
#include "keepwatch/trap_rule.h"

#include "keepwatch/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct trap_rule builtin[] = {
#define ATTACHED true
#define ALONE	 false
#define TRAP(text, what, attached, probe_names, ...)                                   \
	{                                                                              \
		.name = (text),                                                        \
		.oid = (const uint32_t[]){__VA_ARGS__},                                \
		.oid_len = sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t), \
		.subject = TRAP_SUBJECT_##what,                                        \
		.is_attached = (attached),                                             \
		.is_quiet = sizeof(probe_names) == 2 && (probe_names)[0] == '-',       \
		.names = (probe_names),                                                \
	},
#include "../../probes/traps.def"
#undef TRAP
#undef ATTACHED
#undef ALONE
};

const char *
trap_subject_name(enum trap_subject subject)
{
	static const char *const names[] = {
#define X(name, text) text,
		TRAP_SUBJECTS(X)
#undef X
	};

	return (unsigned)subject < TRAP_SUBJECT_COUNT ? names[subject] : "?";
}

const struct trap_rule *
trap_rule_builtin(size_t index)
{
	return index < MEM_COUNT(builtin) ? &builtin[index] : NULL;
}

static bool
fits(const struct trap_rule *rule, const uint32_t *oid, size_t len)
{
	return (rule->is_subtree ? len > rule->oid_len : len == rule->oid_len) &&
	       oid_has_prefix(oid, len, rule->oid, rule->oid_len);
}

const struct trap_rule *
trap_rule_find(const struct trap_rule *own, size_t count, const uint32_t *oid, size_t len)
{
	const struct trap_rule *best = NULL;

	for (size_t i = 0; i < count; i++) {
		if (fits(&own[i], oid, len) && (best == NULL || own[i].oid_len > best->oid_len))
			best = &own[i];
	}
	for (size_t i = 0; i < MEM_COUNT(builtin); i++) {
		if (fits(&builtin[i], oid, len) &&
		    (best == NULL || builtin[i].oid_len > best->oid_len))
			best = &builtin[i];
	}
	return best;
}

uint32_t
trap_rule_probes(const struct trap_rule *rule)
{
	uint32_t probes = rule->probes;
	const char *at = rule->names;

	while (at != NULL && *at != '\0') {
		size_t len = strcspn(at, " ");
		char name[32];
		enum probe_id id;

		snprintf(name, sizeof(name), "%.*s", (int)len, at);
		if (probe_spec_find(name, &id) == 0)
			probes |= 1U << id;
		at += len;
		at += strspn(at, " ");
	}
	return probes;
}

static uint32_t
number_of(const struct varbind *vb)
{
	if (vb->type == VB_INTEGER)
		return vb->number > 0 && vb->number <= INT32_MAX ? (uint32_t)vb->number : 0;
	/* Some agents send an ifIndex as Gauge32 or Counter32. */
	if (vb->type == VB_GAUGE32 || vb->type == VB_COUNTER32)
		return vb->unsigned_number <= INT32_MAX ? (uint32_t)vb->unsigned_number : 0;
	return 0;
}

static void
take_name(const struct varbind *vb, struct trap_details *out)
{
	char text[sizeof(out->port_name)];

	if (vb->type != VB_OCTETS)
		return;
	varbind_text(vb, text, sizeof(text));
	for (char *c = text; *c != '\0'; c++) {
		if ((unsigned char)*c < ' ' || (unsigned char)*c > '~')
			*c = '?';
	}
	memcpy(out->port_name, text, sizeof(text));
}

static bool
is_column(const struct varbind *vb, const uint32_t *column, size_t len, size_t indexes)
{
	return vb->oid_len == len + indexes && oid_has_prefix(vb->oid, vb->oid_len, column, len);
}

/* IF-MIB: ifIndex itself, or whatever column of ifEntry or ifXEntry has it as its index. */
static void
read_interface(const struct varbind *vb, struct trap_details *out)
{
	static const uint32_t if_entry[] = {1, 3, 6, 1, 2, 1, 2, 2, 1};
	static const uint32_t if_x_entry[] = {1, 3, 6, 1, 2, 1, 31, 1, 1, 1};
	enum { IF_INDEX = 1, IF_DESCR = 2, IF_X_NAME = 1 };
	uint32_t column, index;
	bool is_x = is_column(vb, if_x_entry, MEM_COUNT(if_x_entry), 2);

	/* RFC 1215 has ifIndex without instance in some old agents' traps. */
	if (is_column(vb, if_entry, MEM_COUNT(if_entry), 1) &&
	    vb->oid[vb->oid_len - 1] == IF_INDEX && out->if_index == 0)
		out->if_index = number_of(vb);
	if (!is_x && !is_column(vb, if_entry, MEM_COUNT(if_entry), 2))
		return;
	column = vb->oid[vb->oid_len - 2];
	index = vb->oid[vb->oid_len - 1];
	if (!is_x && column == IF_INDEX && number_of(vb) != 0)
		index = number_of(vb);
	if (out->if_index == 0 && index > 0 && index <= INT32_MAX)
		out->if_index = index;
	if (index != out->if_index)
		return;
	/* ifName beats ifDescr, whatever the order. */
	if ((is_x && column == IF_X_NAME) ||
	    (!is_x && column == IF_DESCR && out->port_name[0] == '\0'))
		take_name(vb, out);
}

static void
read_poe(const struct varbind *vb, struct trap_details *out)
{
	static const uint32_t port_entry[] = {1, 3, 6, 1, 2, 1, 105, 1, 1, 1};
	static const uint32_t supply_entry[] = {1, 3, 6, 1, 2, 1, 105, 1, 3, 1, 1};
	static const uint32_t cisco_entry[] = {1, 3, 6, 1, 4, 1, 9, 9, 402, 1, 2, 1};

	if (is_column(vb, port_entry, MEM_COUNT(port_entry), 3) ||
	    is_column(vb, cisco_entry, MEM_COUNT(cisco_entry), 3)) {
		out->poe_group = vb->oid[vb->oid_len - 2];
		out->poe_port = vb->oid[vb->oid_len - 1];
	} else if (is_column(vb, supply_entry, MEM_COUNT(supply_entry), 2)) {
		out->poe_group = vb->oid[vb->oid_len - 1];
	}
}

/* Tables of vendors that are indexed by ifIndex: the last sub-identifier of the first varbind. */
static void
read_vendor_index(const struct varbind *vb, struct trap_details *out)
{
	static const uint32_t tables[][12] = {
		{1, 3, 6, 1, 4, 1, 9, 9, 46, 1, 6, 1},	/* vlanTrunkPortTable */
		{1, 3, 6, 1, 4, 1, 9, 9, 315, 1, 2, 1}, /* cpsIfConfigTable */
		{1, 3, 6, 1, 4, 1, 9, 9, 548, 1, 3, 1}, /* cErrDisableIfStatusTable */
	};
	/* cErrDisableIfStatusEntry has a VLAN behind the ifIndex. */
	static const uint8_t behind[] = {0, 0, 1};

	for (size_t i = 0; i < MEM_COUNT(tables) && out->if_index == 0; i++) {
		if (is_column(vb, tables[i], MEM_COUNT(tables[i]), 3U + behind[i]))
			out->if_index = vb->oid[vb->oid_len - 1 - behind[i]];
	}
}

void
trap_read_details(const struct trap_rule *rule, const struct varbind *varbinds, size_t count,
		  struct trap_details *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < count; i++) {
		if (rule->subject == TRAP_SUBJECT_POE_PORT ||
		    rule->subject == TRAP_SUBJECT_POE_SUPPLY)
			read_poe(&varbinds[i], out);
		/* MAC notifications of Cisco and HP name no interface in a plain way. */
		if (rule->subject != TRAP_SUBJECT_INTERFACE)
			continue;
		read_interface(&varbinds[i], out);
		read_vendor_index(&varbinds[i], out);
	}
}

const char *
trap_describe(const struct trap_rule *rule, const struct trap_details *details, char *out,
	      size_t size)
{
	char name[sizeof(details->port_name) + 4] = "";

	if (details->port_name[0] != '\0')
		snprintf(name, sizeof(name), " (%s)", details->port_name);
	if (details->if_index != 0)
		snprintf(out, size, "%s ifIndex %u%s", rule->name, details->if_index, name);
	else if (details->poe_port != 0)
		snprintf(out, size, "%s PoE port %u.%u", rule->name, details->poe_group,
			 details->poe_port);
	else if (details->poe_group != 0)
		snprintf(out, size, "%s PSE group %u", rule->name, details->poe_group);
	else
		snprintf(out, size, "%s", rule->name);
	return out;
}

void
trap_settings_fini(struct trap_settings *settings)
{
	for (size_t i = 0; i < settings->rule_count; i++) {
		free((char *)(uintptr_t)settings->rules[i].name);
		free((uint32_t *)(uintptr_t)settings->rules[i].oid);
	}
	free(settings->rules);
	free(settings->listen);
	free(settings->forwarders);
	free(settings->credentials);
	memset(settings, 0, sizeof(*settings));
}
