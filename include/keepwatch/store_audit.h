/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an audit leaves behind, in batches and at start, writing half of the store: findings that
 * only go on, acceptances, the password ledger. As store_batch.h: everything is copied, 0 or
 * ERR_NOMEM, what is stored already costs no write. A batch with these may be committed again.
 * Findings themselves: store_batch_finding in store_incident.h.
 */
#ifndef KEEPWATCH_STORE_AUDIT_H
#define KEEPWATCH_STORE_AUDIT_H

#include "keepwatch/finding.h"
#include "keepwatch/ledger.h"
#include "keepwatch/store.h"

/* Bits of all rules of an audit, for store_batch_findings_confirmed. */
#define STORE_AUDIT_RULES (~UINT64_C(0) << RULE_AUDIT_FIRST)

/*
 * All open findings of a device that break one of these rules (bit 1 << rule) were seen again at
 * at_ms: one small row a device (all rules of the audit) or a device and rule, whatever the number
 * of findings. Not for single instances: those of a rule are confirmed together or not at all.
 * Meant for once an hour or less. A node that is no device in the store is no mistake.
 */
int store_batch_findings_confirmed(struct store_batch *batch, uint32_t node, uint64_t rules,
				   int64_t at_ms);

/*
 * A person lives with a finding: rule, node, port and instance name it, also while it is resolved
 * and when it opens again. The newest acceptance counts; none is ever deleted, or changed but for
 * being withdrawn. who and why must not be empty; name: of the node at the time, NULL: "".
 */
struct store_acceptance {
	enum finding_rule rule;
	uint32_t node, port;
	const char *instance; /* NULL: "" */
	const char *name;
	const char *who, *why;
	int64_t at_ms;
	int64_t until_ms; /* 0: for ever */
};
int store_batch_acceptance(struct store_batch *batch, const struct store_acceptance *acceptance);
/* The finding is open again, whatever was said before at_ms. until_ms is not looked at. */
int store_batch_acceptance_withdrawn(struct store_batch *batch,
				     const struct store_acceptance *withdrawal);

/* The entry as it is now: replaces that of the device, use and account. */
int store_batch_ledger(struct store_batch *batch, const struct ledger_entry *entry);

/* Its history: added, never changed; once for a device, use, account, time and event. */
struct store_ledger_event {
	uint32_t device;
	uint8_t use;	     /* enum credential_use */
	const char *account; /* NULL: "" */
	enum ledger_event event;
	int64_t at_ms;
	/* CHANGED, ROTATED, ATTESTED: it came into force between these two, 0: not known. Of others
	 * they are not stored, nor are who and why: they belong to the entry's last change. */
	int64_t after_ms, before_ms;
	const char *proof;     /* of the password it is about; NULL: "" */
	const char *who, *why; /* NULL: "" */
};
int store_batch_ledger_event(struct store_batch *batch, const struct store_ledger_event *event);

/*
 * At start, after store_load: acceptances that are not withdrawn (the newest of a finding; also
 * one whose time has run out), and the ledger by device. Borrowed during the call; a non-zero
 * return ends the load and is returned. Any may be NULL. Open findings: store_load_incidents.
 */
struct store_audit_handlers {
	int (*acceptance)(void *arg, const struct store_acceptance *acceptance);
	int (*ledger)(void *arg, const struct ledger_entry *entry);
};
int store_load_audit(struct store *store, const struct store_audit_handlers *handlers, void *arg,
		     char *message, size_t message_size);

#endif
