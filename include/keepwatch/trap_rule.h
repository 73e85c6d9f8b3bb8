/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a trap is good for: which probes it makes worth running now, and of whom. The built-in rules
 * are probes/traps.def; `traps: rules:` adds to them. A rule never says what is true.
 */
#ifndef KEEPWATCH_TRAP_RULE_H
#define KEEPWATCH_TRAP_RULE_H

#include "keepwatch/ipaddr.h"
#include "keepwatch/probe_spec.h"
#include "keepwatch/varbind.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a trap speaks of, and how its details are found in its varbinds. */
#define TRAP_SUBJECTS(X)                                                               \
	X(DEVICE, "device")	    /* the device as a whole */                        \
	X(INTERFACE, "interface")   /* ifIndex, as a varbind or as the index of one */ \
	X(POE_PORT, "poe port")	    /* pethPsePortGroupIndex.pethPsePortIndex */       \
	X(POE_SUPPLY, "poe supply") /* pethMainPseGroupIndex */                        \
	X(NEIGHBOURS, "neighbours") /* LLDP or CDP neighbours, stations behind its ports */

enum trap_subject {
#define X(name, text) TRAP_SUBJECT_##name,
	TRAP_SUBJECTS(X)
#undef X
		TRAP_SUBJECT_COUNT
};
const char *trap_subject_name(enum trap_subject subject);

struct trap_rule {
	const char *name;    /* "linkDown"; borrowed */
	const uint32_t *oid; /* borrowed */
	uint8_t oid_len;
	uint8_t subject;   /* enum trap_subject */
	bool is_subtree;   /* all notifications below the OID */
	bool is_quiet;	   /* not even an event */
	bool is_attached;  /* the devices at that interface are probed as well */
	const char *names; /* of a built-in rule: its probes by name, with blanks between */
	uint32_t probes;   /* of others: bits 1 << enum probe_id */
};

/* Built-in rules, in the order of the table; NULL past the end. */
const struct trap_rule *trap_rule_builtin(size_t index);
/* The rule for a notification: the longest OID that fits; of two of the same length that of `own`.
 * NULL if there is none. */
const struct trap_rule *trap_rule_find(const struct trap_rule *own, size_t count,
				       const uint32_t *oid, size_t len);
/* The probes that it makes worth running: bits 1 << enum probe_id; 0: none. */
uint32_t trap_rule_probes(const struct trap_rule *rule);

/* What a trap says of its subject. */
struct trap_details {
	uint32_t if_index;	      /* 0: not said */
	uint32_t poe_group, poe_port; /* 0: not said */
	char port_name[64];	      /* ifName, ifDescr or ifAlias, printable; "" not said */
};
void trap_read_details(const struct trap_rule *rule, const struct varbind *varbinds, size_t count,
		       struct trap_details *out);
/* "linkDown ifIndex 3 (p3)". Returns out; cut if it does not fit. */
const char *trap_describe(const struct trap_rule *rule, const struct trap_details *details,
			  char *out, size_t size);

/* The section `traps:` of the settings. */
struct trap_listen {
	struct ipaddr ip;
	uint16_t port;
};

struct trap_settings {
	struct trap_listen *listen;
	size_t listen_count;	   /* 0: traps are not received */
	struct ipaddr *forwarders; /* may speak for others */
	size_t forwarder_count;
	uint16_t *credentials; /* indexes of the fleet's: accepted of every device besides its own
				*/
	size_t credential_count;
	struct trap_rule *rules; /* names and OIDs are owned */
	size_t rule_count;
	uint32_t expedite_ms; /* least time between two probes of a kind that traps cause */
};
/* Frees all that it holds. */
void trap_settings_fini(struct trap_settings *settings);

#endif
