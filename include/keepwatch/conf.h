/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads keepwatch.yaml and the fleet file it names into settings and a fleet. All mistakes of both
 * files are reported in one go as file:line:column; a configuration with a mistake is not returned.
 *
 * What is probed, unless `kinds:`, `devices:` or the column `probes` says otherwise: every probe of
 * probes.def whose default kinds hold the device's kind and for which the device has the credential
 * that it needs; a camera, door, nvr, intercom or encoder with neither an ONVIF nor an SNMP
 * credential is asked over `http` besides. Where a site has `audit:`, its devices are probed by
 * `exposure` too, unless the device itself names its probes. How it is probed, later beats earlier:
 * the probe's own defaults, `poll:`, `probes:`, `kinds:`, `devices:`. An interval for all probes at
 * once leaves those alone that have an interval of their own in probes.def; it is given by the
 * probe's name.
 *
 * Two devices may share an address (channels of an NVR behind one); they may not share a name.
 */
#ifndef KEEPWATCH_CONF_H
#define KEEPWATCH_CONF_H

#include "keepwatch/audit_policy.h"
#include "keepwatch/fleet.h"
#include "keepwatch/trap_rule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
	CONF_YAML_MAX = 16 << 20, /* bytes of a settings file */
	CONF_CSV_MAX = 64 << 20,  /* bytes of a fleet file */
	CONF_DEVICES_MAX = 1000000,
	CONF_PROBLEMS_MAX = 200,     /* reported; a last entry counts the others */
	CONF_SITE_IN_FLIGHT = 64,    /* default caps of a site, raised if its devices need more */
	CONF_SITE_RATE = 200,	     /* runs a second */
	CONF_FLEET_IN_FLIGHT = 1024, /* default cap of the whole fleet */
	CONF_VLAN_MAX = 4094,	     /* IEEE 802.1Q */
};

struct conf_problem {
	char *file; /* as opened */
	unsigned line,
		column; /* from 1, the column in characters; 0 if it is about the whole file */
	char *message;	/* what is wrong, what was expected */
};

/* Zero it before use. Sorted: the settings file first, each by position. */
struct conf_problems {
	struct conf_problem *items;
	size_t count, cap;
	size_t omitted; /* found beyond CONF_PROBLEMS_MAX; the last item says so in words */
};

/* An announced window: what fails in it, or behind it, is no surprise. */
struct conf_window {
	bool is_site;	/* of a whole site, else of a device and all that hangs on it */
	uint32_t index; /* of the fleet's sites or devices */
	int64_t from_ms, to_ms;
	char *note; /* NULL if not given */
};

/* `diagnosis:`, `maintenance:` and `record:`. */
struct conf_diagnosis {
	bool is_enabled;
	uint32_t cycle_ms; /* the usual time between two polls; default poll.interval */
	struct conf_window *windows;
	size_t window_count;
	char *record_dir;		    /* resolved; NULL: nothing is recorded */
	uint64_t record_size, record_total; /* bytes of a file, and of all of them */
};

struct conf {
	char *path;
	char *database;	       /* absolute or relative to the file's folder, resolved */
	char *advisories_dir;  /* resolved; default DIR-OF-DATABASE/advisories */
	char *ledger_key_path; /* resolved; default DATABASE.key: ledger_key.h */
	char *fleet_path;      /* resolved */
	char *socket_path;     /* control socket; default /run/keepwatch/control.sock */
	char *user;	       /* to become after the sockets are open; NULL: stay */
	char *group;	       /* that may read the store and use the socket; default "keepwatch" */
	uint32_t interval_ms, timeout_ms;
	uint16_t retries;
	uint32_t max_in_flight;	       /* runs at a time in the whole fleet */
	uint32_t down_after, up_after; /* consecutive results before a state changes */
	int64_t keep_5min_ms, keep_hourly_ms, keep_events_ms; /* retention */
	int64_t clock_warning_ms;			      /* offset that the report lists */
	int64_t link_age_ms; /* topology: how long a place not confirmed is remembered */
	unsigned
		watched_kinds; /* topology: bits 1 << kind, a stranger on their ports is an event */
	uint64_t *vlans[KIND_COUNT]; /* policy: bit v of word v / 64, 64 words; NULL: any VLAN */
	struct audit_policy *audit;  /* `policy:` and what it includes; never NULL */
	struct trap_settings traps;  /* where SNMP notifications are heard */
	struct conf_diagnosis diagnosis;
	struct fleet *fleet; /* sealed; never NULL, without devices under CONF_NO_FLEET */
};

enum conf_flags {
	CONF_NO_SECRETS = 1, /* secret files are not opened: for readers who may not see them */
	CONF_NO_FLEET = 2,   /* the fleet file is not opened: for who wants the settings only */
	CONF_NO_INCLUDE = 4, /* files that `policy:` includes are not opened */
};

/*
 * 0, or ERR_SYNTAX with `problems` filled (every entry is an error, there are no warnings; a file
 * that cannot be read is an entry too), or ERR_NOMEM. previous (may be NULL) is the running
 * configuration: credential generations are carried over from it where nothing changed. The caller
 * frees *out with conf_free, and problems in any case.
 */
int conf_load(struct conf **out, const char *path, const struct conf *previous,
	      struct conf_problems *problems);
int conf_load_with(struct conf **out, const char *path, const struct conf *previous, unsigned flags,
		   struct conf_problems *problems);
void conf_free(struct conf *conf);

/* A file that is in memory already. */
struct conf_text {
	const char *name; /* for complaints; relative paths start from its folder */
	const void *data;
	size_t len;
};

/* conf_load_with for texts; csv NULL reads the file that `fleet:` names. */
int conf_parse(struct conf **out, const struct conf_text *yaml, const struct conf_text *csv,
	       const struct conf *previous, unsigned flags, struct conf_problems *problems);

/* One line each, "file:line:column: message". */
void conf_problems_print(const struct conf_problems *problems, FILE *out);
void conf_problems_fini(struct conf_problems *problems);

/* Every setting in force, as a person reads it, without secrets: sites, credentials, how each
 * device is probed. */
void conf_describe(const struct conf *conf, FILE *out);
/* Of these the policy: the same policy gives the same bytes. */
void conf_describe_policy(const struct conf *conf, FILE *out);

#endif
