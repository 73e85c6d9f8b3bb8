/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The audit: holds what is known of each device (facts, password ledger, place in the network) up
 * against the policy and the advisories, and gives out findings as data: opened, changed,
 * confirmed, resolved. Pure: no I/O, no clock; time comes in. Incremental: what comes in marks the
 * devices it touches, audit_run works those off. A finding is resolved when what is known says so,
 * never because a device has gone silent.
 */
#ifndef KEEPWATCH_AUDIT_H
#define KEEPWATCH_AUDIT_H

#include "keepwatch/advisory.h"
#include "keepwatch/audit_policy.h"
#include "keepwatch/finding.h"
#include "keepwatch/kinds.h"
#include "keepwatch/ledger.h"
#include "keepwatch/probe_spec.h"
#include "keepwatch/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct audit; /* opaque; audit_new, audit_free */

int audit_new(struct audit **out); /* ERR_NOMEM */
void audit_free(struct audit *audit);

/* Both are borrowed until the next call, and mark every device. NULL: none. */
void audit_set_policy(struct audit *audit, const struct audit_policy *policy);
void audit_set_advisories(struct audit *audit, const struct advisory_set *advisories);

struct audit_device {
	uint32_t id; /* in the store; not 0 */
	enum device_kind kind;
	const char *name, *address, *site, *owner; /* copied; NULL: "" */
};

/* A device of the fleet file, new or changed. ERR_NOMEM. */
int audit_device_put(struct audit *audit, const struct audit_device *device);
/* It has left the fleet file: what was found of it is resolved at the next run. */
void audit_device_remove(struct audit *audit, uint32_t id);

/* Its name; "" if it is not known. Borrowed until the device is put again. */
const char *audit_device_name(const struct audit *audit, uint32_t id);

/*
 * What a probe has learnt, as in struct probe_result: keys in `complete` have no others than these.
 * Of several probes that know the same, the one whose word counts most is believed: onvif, vendor,
 * snmp, then others (as reader.h). at_ms: when. is_restored: as the store has it, at start: no
 * change is seen in it. An unknown device is no mistake. ERR_NOMEM.
 */
int audit_take_facts(struct audit *audit, uint32_t id, enum probe_id probe,
		     const struct fact_list *facts, uint64_t complete, int64_t at_ms,
		     bool is_restored);

/* Of an account on a device, new or changed. ERR_NOMEM. */
int audit_take_ledger(struct audit *audit, const struct ledger_entry *entry);
/* False if there is none; *out is zeroed then. who and why come back too. */
bool audit_get_ledger(const struct audit *audit, uint32_t id, uint8_t use, const char *account,
		      struct ledger_entry *out);

/* Where the device hangs; all zero: not known. */
struct audit_place {
	const char *parent, *port; /* names; copied; NULL: "" */
	uint16_t vlan;		   /* 0: not known */
	bool is_vlan_forbidden;	   /* for its kind */
	bool is_vlan_shared;	   /* with what is no device of the fleet, or a server or PC */
};

int audit_take_place(struct audit *audit, uint32_t id, const struct audit_place *place);

/* An open finding as stored, at start; those of diag's rules are not taken. ERR_NOMEM. */
int audit_restore(struct audit *audit, const struct finding *finding);

enum audit_step { AUDIT_OPENED, AUDIT_CHANGED, AUDIT_CONFIRMED, AUDIT_RESOLVED };

enum {
	/* A finding that only goes on is told as confirmed no more often than this. */
	AUDIT_CONFIRM_MS = 6 * 3600 * 1000,
	/* Every device is looked at again after this without a mark: dates and ages move on. */
	AUDIT_AGAIN_MS = 3600 * 1000,
};

typedef void audit_emit(void *arg, enum audit_step step, const struct finding *finding);

/*
 * Evaluates marked devices and those not looked at for AUDIT_AGAIN_MS, at most `most` of them
 * (0: all). What emit gets is borrowed for the call. True if there are marked devices left.
 * Out of memory, the device stays marked.
 */
bool audit_run(struct audit *audit, int64_t now_ms, size_t most, audit_emit *emit, void *arg);

/* ---- acceptances: a person lives with a finding, for a reason, until a day */

struct audit_acceptance {
	enum finding_rule rule;
	uint32_t node, port;
	char instance[FINDING_INSTANCE_SIZE];
	int64_t until_ms; /* 0: for ever */
};

/* Replaces one of the same finding. ERR_NOMEM. */
int audit_accept(struct audit *audit, const struct audit_acceptance *acceptance);
void audit_reopen(struct audit *audit, const struct audit_acceptance *acceptance);

/* ---- figures */

struct audit_filter {
	const char *site, *owner, *device; /* exact; NULL: any */
	uint32_t id;			   /* of the device, instead of all; 0: any */
	uint64_t rules;			   /* bit 1 << rule; 0: all */
};

struct audit_count {
	size_t devices;	 /* of the filter */
	size_t breaking; /* of these with an open finding that is not accepted */
	size_t open[FINDING_SEVERITY_COUNT];
	size_t accepted;
	int score; /* audit_score() of the above */
	/* The worst of the open ones, for a headline; "" if there is none. */
	enum finding_rule worst_rule;
	char worst_device[128], worst_instance[FINDING_INSTANCE_SIZE];
	size_t worst_count; /* devices that break that rule */
};

void audit_count(const struct audit *audit, const struct audit_filter *filter, int64_t now_ms,
		 struct audit_count *out);

/*
 * 0 .. 100: the share of devices that break nothing, where a device counts by its worst open
 * finding: critical nothing, warning a half, notice nine tenths. 100 without devices.
 */
int audit_score(size_t devices, size_t critical, size_t warning, size_t notice);

size_t audit_memory(const struct audit *audit);

#endif
