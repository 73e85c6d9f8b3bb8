/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The declared fleet: devices, sites and what is probed how. Built by conf, immutable afterwards,
 * shared by the agent; a reload builds a new one. Everything in it lives until fleet_free.
 */
#ifndef KEEPWATCH_FLEET_H
#define KEEPWATCH_FLEET_H

#include "keepwatch/credential.h"
#include "keepwatch/ipaddr.h"
#include "keepwatch/kinds.h"
#include "keepwatch/probe_spec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	DEVICE_NAME_MAX = 128,
	SITE_NONE = UINT16_MAX,
	CREDENTIAL_NONE = UINT16_MAX,
};

struct site {
	char *name;
	char *contact;		/* NULL if not given */
	char *uplink;		/* the device that connects it; NULL if not given */
	uint32_t max_in_flight; /* runs at a time */
	uint32_t max_rate;	/* runs a second */
	bool audit_ports;	/* the exposure probe may try TCP ports here */
	bool audit_communities; /* and well-known SNMP communities */
};

/* A column of the fleet file that keepwatch does not know, kept as it is. */
struct tag {
	const char *key; /* shared among devices */
	const char *value;
};

/* How one probe is done for a device; settings equal in all fields are shared among devices. */
struct probe_settings {
	enum probe_id probe;
	uint32_t interval_ms;
	uint32_t timeout_ms; /* of one attempt */
	uint16_t retries;    /* further attempts within a run */
	const struct option_value
		*options; /* probe_option_count(probe) values, in the table's order */
};

struct device {
	const char
		*name; /* unique, case-sensitive, 1..DEVICE_NAME_MAX bytes, no control characters */
	const char *address;	     /* as written: numeric or a name */
	struct ipaddr ip;	     /* family 0 while `address` is a name that must be resolved */
	const char *owner;	     /* "" if not given */
	const char *upstream_switch; /* NULL if not given; the `name` of a device of the fleet */
	const char *upstream_port;   /* NULL if not given */
	const struct probe_settings *const *probes; /* what is probed */
	const struct tag *tags;
	enum device_kind kind;
	uint16_t site;		 /* index into fleet sites, or SITE_NONE */
	uint16_t credentials[3]; /* indexes for SNMP, ONVIF, HTTP; CREDENTIAL_NONE */
	uint8_t probe_count;
	uint8_t tag_count;
};

enum credential_use { USE_SNMP, USE_ONVIF, USE_HTTP };

struct fleet {
	struct device *devices; /* in the order of the file */
	size_t device_count;
	struct site *sites;
	size_t site_count;
	/*
	 * As configured, then one more for each device with a password of its own (password_dir, or
	 * a command with %d): of the same name, with the ONVIF and HTTP logins only.
	 */
	struct credential *credentials;
	size_t credential_count;
	struct secret_pool *secrets; /* where theirs are; NULL: each by itself */
	struct fleet_own *own;	     /* memory, and the index by name */
};

/* The value of an option of this probe; `option` must be one of it. Borrowed. */
const struct option_value *settings_option(const struct probe_settings *settings,
					   enum option_id option);

struct fleet *fleet_new(void); /* NULL: out of memory */
/* Frees the credentials' secrets too; the arrays of sites and credentials come from fleet_alloc. */
void fleet_free(struct fleet *fleet);
/* Bytes that the fleet holds, without its secrets: for accounting. */
size_t fleet_memory(const struct fleet *fleet);
/* Memory that lives as long as the fleet. */
void *fleet_alloc(struct fleet *fleet, size_t size);
char *fleet_strdup(struct fleet *fleet, const char *text);
/* Makes room; a borrowed empty device (no site, no credentials) is returned, NULL when out of
 * memory. Earlier pointers may move until fleet_seal. */
struct device *fleet_add_device(struct fleet *fleet);
/* Builds the index; from now on device pointers are stable. ERR_EXISTS if two devices share a name.
 */
int fleet_seal(struct fleet *fleet);
/* After fleet_seal; NULL if there is none. */
const struct device *fleet_find(const struct fleet *fleet, const char *name);
/* The credential for a use, or NULL. */
const struct credential *device_credential(const struct fleet *fleet, const struct device *device,
					   enum credential_use use);
/* Whether it has the credential that the probe cannot do without. */
bool device_can_probe(const struct device *device, enum probe_id probe);
/* What is probed unless something else is said, by kind and credentials: bits 1 << probe. */
uint32_t device_default_probes(const struct device *device);
/* "" if it has none. */
const char *device_site_name(const struct fleet *fleet, const struct device *device);

#endif
