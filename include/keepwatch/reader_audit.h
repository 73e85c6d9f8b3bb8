/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an audit asks of the store, reading half; as reader.h: what devices are and were, the
 * password ledger, what was accepted, what could not be checked, and when nobody watched. Policy
 * (what is older, what is too old) is not here. Findings: reader_incident.h.
 */
#ifndef KEEPWATCH_READER_AUDIT_H
#define KEEPWATCH_READER_AUDIT_H

#include "keepwatch/finding.h"
#include "keepwatch/ledger.h"
#include "keepwatch/reader.h"

/* ---- what a device is */

enum reader_unit_part { UNIT_VENDOR, UNIT_MODEL, UNIT_FIRMWARE, UNIT_SERIAL, UNIT_HARDWARE };
enum { UNIT_PARTS = UNIT_HARDWARE + 1 };

struct reader_unit_value {
	char *value;  /* "" not known */
	char *source; /* who told it: "ONVIF GetDeviceInformation"; else the probe; "" */
	int64_t first_seen_ms, last_seen_ms; /* of the fact; last to about an hour */
	int64_t changed_ms;		     /* since when it has this value */
};

struct reader_unit {
	uint32_t device;
	enum device_kind kind;
	char *name, *address, *site, *owner;
	struct reader_unit_value parts[UNIT_PARTS];
};
READER_LIST(reader_unit)

/* One a device, by site, then name. filter NULL: READER_FILTER_ANY. */
int reader_units(struct reader *reader, const struct reader_filter *filter,
		 struct reader_unit_list *out);

/*
 * One reading of a device that told something else than the one before. from and to are what was
 * known before and after it, also of parts that stayed; "" if not known. Told apart by who looks
 * (version.h): serials that differ are another unit, else an upgrade, a downgrade, a change.
 */
struct reader_unit_change {
	uint32_t device;
	enum device_kind kind;
	char *name, *site;
	char *probe;	  /* that saw it */
	int64_t after_ms; /* when the former values were seen last, to about an hour; 0: unknown */
	int64_t at_ms;	  /* when the new ones were seen first */
	char *from[UNIT_PARTS], *to[UNIT_PARTS];
	unsigned changed; /* bits 1 << part */
};
READER_LIST(reader_unit_change)

/* Oldest first; since_ms <= at. Kept as long as the device is. Not of probes whose word does not
 * count (reader_fact.is_shadowed). */
int reader_unit_changes(struct reader *reader, const struct reader_filter *filter, int64_t since_ms,
			struct reader_unit_change_list *out);

/* ---- passwords. Proofs do not leave the store. */

struct reader_ledger {
	struct ledger_entry entry; /* its proof is "" or "proven" */
	enum device_kind kind;
	char *name, *address, *site, *owner;
	/* Devices of the whole fleet that have the same password have the same group; 0: nobody
	 * else has it. Groups are numbered by falling size. */
	uint32_t group, group_devices; /* group_devices: 1 without a group, 0 without a proof */
};
READER_LIST(reader_ledger)

/* By site, name, account, use. */
int reader_ledger(struct reader *reader, const struct reader_filter *filter,
		  struct reader_ledger_list *out);

struct reader_ledger_event {
	uint32_t device;
	char *name, *site;
	uint8_t use;
	char *account;
	enum ledger_event event; /* LEDGER_EVENT_COUNT of a newer program */
	char *event_name;
	int64_t at_ms, after_ms, before_ms;
	char *who, *why;
};
READER_LIST(reader_ledger_event)

/* Oldest first; since_ms <= at. */
int reader_ledger_events(struct reader *reader, const struct reader_filter *filter,
			 int64_t since_ms, struct reader_ledger_event_list *out);

/* ---- acceptances */

struct reader_acceptance {
	int64_t id;
	enum finding_rule rule; /* RULE_COUNT of a newer program */
	char *rule_name;
	uint32_t node, port;
	char *instance;
	char *name, *site; /* of the node: as it is now, else as it was */
	char *who, *why;
	int64_t at_ms, until_ms; /* until 0: for ever */
	int64_t withdrawn_ms;	 /* 0: not */
	char *withdrawn_by, *withdrawn_why;
	bool is_replaced; /* a newer one counts */
	bool is_open;	  /* the finding is there now */
};
READER_LIST(reader_acceptance)

/* All that ever were, oldest first. with_removed is implied. */
int reader_acceptances(struct reader *reader, const struct reader_filter *filter,
		       struct reader_acceptance_list *out);

/* ---- coverage: what could be checked */

#define COVERAGE_PARTS(X)                                                         \
	X(FIRMWARE, "firmware")	  /* a version is known */                        \
	X(PASSWORDS, "passwords") /* a login with the configured one succeeded */ \
	X(USERS, "users")	  /* accounts on the device were listed */        \
	X(PORTS, "ports")                                                         \
	X(TLS, "tls")                                                             \
	X(HTTP, "http")                                                           \
	X(SNMP, "snmp")                                                           \
	X(ANONYMOUS, "anonymous")                                                 \
	X(DISCOVERY, "discovery")                                                 \
	X(NTP, "ntp")                                                             \
	X(CLOCK, "clock")

enum coverage_part {
#define X(name, text) COVERAGE_##name,
	COVERAGE_PARTS(X)
#undef X
		COVERAGE_PART_COUNT
};
const char *coverage_part_name(enum coverage_part part);

struct reader_coverage_part {
	int64_t checked_ms; /* last time that it was, to about an hour; 0: never */
	/* Why it cannot be checked now, since when (0: not known); "" if it can. */
	char *reason;
	int64_t since_ms;
};

struct reader_coverage {
	uint32_t device;
	enum device_kind kind;
	char *name, *address, *site, *owner;
	enum health health;
	int64_t answer_ms; /* last answer to any probe */
	struct reader_coverage_part parts[COVERAGE_PART_COUNT];
};
READER_LIST(reader_coverage)

/* One a device, by site, then name. */
int reader_coverage(struct reader *reader, const struct reader_filter *filter,
		    struct reader_coverage_list *out);

/* ---- when the agent did not watch */

#define DOWNTIMES(X)                                                            \
	X(STOPPED, "stopped") /* ended in good order, started again at until */ \
	X(CRASHED, "crashed") /* ended without a word */                        \
	X(SILENT, "silent")   /* ran, but wrote nothing: suspended, or a jump of the clock */

enum downtime {
#define X(name, text) DOWNTIME_##name,
	DOWNTIMES(X)
#undef X
		DOWNTIME_COUNT
};
const char *downtime_name(enum downtime downtime);

struct reader_downtime {
	int64_t from_ms;  /* last sign of life */
	int64_t until_ms; /* next one; 0: it does not run now */
	enum downtime kind;
};
READER_LIST(reader_downtime)

enum { READER_SILENT_MS = 120 * 1000 }; /* between two heartbeats, before it counts */

/* Those that reach into since_ms <= t < now_ms, oldest first; the last one is the one that goes
 * on, if it does. */
int reader_downtimes(struct reader *reader, int64_t since_ms, int64_t now_ms,
		     struct reader_downtime_list *out);

#endif
