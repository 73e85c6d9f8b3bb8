/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch.yaml as written: every value with its place, nothing resolved yet, no default applied.
 */
#ifndef CONF_SETTINGS_H
#define CONF_SETTINGS_H

#include "diagnosis.h"
#include "policy.h"
#include "strmap.h"
#include "table.h"
#include "topology.h"
#include "traps.h"

/* How probes are done, as far as one part of the file says: `probes:`, a kind, a device. */
enum override_what { OVERRIDE_INTERVAL, OVERRIDE_TIMEOUT, OVERRIDE_RETRIES, OVERRIDE_OPTION };
enum { OVERRIDE_ALL_PROBES = PROBE_COUNT };

struct override {
	struct override *next;
	uint16_t probe; /* enum probe_id, or OVERRIDE_ALL_PROBES */
	uint16_t what;
	uint32_t option; /* enum option_id with OVERRIDE_OPTION */
	struct knob value;
};

struct layer {
	struct override *overrides; /* in any order */
	bool has_probes;
	struct mark probes_at;
	uint32_t probes; /* bit 1 << probe_id: what is probed, if has_probes */
};

struct device_layer {
	const char *name;
	struct mark at;
	struct layer layer;
	bool is_used; /* the fleet has this device */
};

struct poll_settings {
	struct knob interval, timeout, retries, down_after, up_after, max_in_flight;
};

struct site_settings {
	struct mark at;
	struct knob name, contact, uplink, max_in_flight, max_rate;
	struct text_list audit;
};

/* Where a secret comes from: one of them; a folder of passwords per device may stand beside. */
struct secret_settings {
	struct knob file, credential, dir;
	struct text_list command;
};

struct snmp_settings {
	struct mark at; /* {0, 0}: none */
	struct knob version, community, user, auth, priv, context, port;
	struct secret_settings community_from, auth_password, priv_password;
};

struct web_settings {
	struct mark at;
	struct knob username, allow_basic;
	struct secret_settings password;
};

struct credential_settings {
	struct mark at;
	struct knob name;
	struct snmp_settings snmp;
	struct web_settings onvif, http;
};

struct settings {
	struct knob database, fleet, socket, user, group, advisories, ledger_key;
	struct poll_settings poll;
	struct knob rollup_5m, rollup_1h, events;
	struct knob clock_warning;
	struct topology_settings topology;
	struct policy_settings policy;
	struct traps_settings traps;
	struct diagnosis_settings diagnosis;
	struct site_settings *sites; /* malloc */
	size_t site_count, site_cap;
	struct credential_settings *credentials; /* malloc */
	size_t credential_count, credential_cap;
	struct layer probes;
	struct layer kinds[KIND_COUNT];
	uint32_t has_kind;	      /* bit 1 << kind */
	struct device_layer *devices; /* malloc */
	size_t device_count, device_cap;
	struct strmap device_names; /* to the number in devices */
};

/* Reads the document of the reader. Strings live as long as the reader. */
void settings_read(struct reader *reader, struct settings *settings);
void settings_fini(struct settings *settings);

/* Parts of it, by table: credentials.c and overrides.c. */
void credentials_read(struct reader *reader, const yaml_node_t *node, void *settings);
void probes_read(struct reader *reader, const yaml_node_t *node, void *settings);
void kinds_read(struct reader *reader, const yaml_node_t *node, void *settings);
void devices_read(struct reader *reader, const yaml_node_t *node, void *settings);

#endif
