/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The agent's audit: audit.c (its life, facts in, findings out), audit_login.c (what a login
 * proves, and the ledger), audit_place.c (where devices hang), audit_answer.c (what persons say:
 * acceptances, attested passwords).
 */
#ifndef AGENT_AUDIT_H
#define AGENT_AUDIT_H

#include "agent.h"

#include "keepwatch/audit.h"
#include "keepwatch/secret.h"

struct agent_audit {
	struct audit *audit;
	struct advisory_set *advisories;
	struct secret *key;	     /* of the ledger; NULL: there is none, and no proof is kept */
	bool are_places_old;	     /* the topology has changed since they were told */
	uint64_t places_at_ms;	     /* monotonic: when they are told next */
	struct audit_shared *shared; /* audit_place.c */
	uint64_t steps;
	uint32_t worst_us; /* of one tick */
};

/* ---- for the rest of the agent; each does nothing while agent->audit is NULL */

/* Before agent_table_load: what it restores goes in. ERR_NOMEM. */
int agent_audit_new(struct agent *agent);
void agent_audit_free(struct agent *agent);
/* A device of the table that has its id. */
int agent_audit_device(struct agent *agent, const struct agent_device *device);
/* What the store knows, during agent_table_load. */
int agent_audit_restore(struct agent *agent, const struct agent_device *device, enum probe_id probe,
			const struct fact_list *facts);
/* After topology and diagnosis are loaded. 0, or a code with a message. */
int agent_audit_load(struct agent *agent, char *message, size_t message_size);
/* After a reload: agent->table is the new one. */
void agent_audit_reload(struct agent *agent, const struct agent_table *old);
/* Facts and login of a result. */
void agent_audit_result(struct agent *agent, struct agent_device *device,
			const struct agent_probe *probe, const struct probe_result *result);
/* The topology has changed. */
void agent_audit_moved(struct agent *agent);
/* Once a second. */
void agent_audit_tick(struct agent *agent);
/* The verbs `finding`, `password` and `pack`. Returns CODE. */
int agent_audit_answer_finding(struct agent *agent, const struct control_request *request,
			       uint32_t uid, struct buf *out);
int agent_audit_answer_password(struct agent *agent, const struct control_request *request,
				uint32_t uid, struct buf *out);
int agent_audit_answer_pack(struct agent *agent, const struct control_request *request,
			    struct buf *out);
/* Figures for `status`, as a member of a JSON object with a comma before it. */
void agent_audit_describe(const struct agent *agent, struct buf *out);

/* ---- among its files */

/* What a result proves of the login. */
void agent_audit_login(struct agent *agent, const struct agent_device *device,
		       const struct probe_result *result);
/* Tells the audit of all places, if they may have changed. */
void audit_places_tell(struct agent *agent);
/* Sites may be others: what was seen shared begins anew. */
void audit_places_forget(struct agent *agent);
/* Puts an entry, and what happened to it, where they belong: audit, store, log, events. */
void audit_ledger_keep(struct agent *agent, const struct agent_device *device,
		       const struct ledger_entry *entry, enum ledger_event event, int64_t at_ms);
/* The account and the password that a credential logs in with; false if it has none for this. */
struct audit_account {
	const char *name;
	const struct secret *password;
};
bool audit_account_of(const struct credential *credential, enum credential_use use,
		      struct audit_account *out);
/* The proof of the password that is configured; ERR_NOTFOUND without key or password. */
int audit_proof_of(const struct agent *agent, const struct agent_device *device,
		   enum credential_use use, const char *account, char out[LEDGER_PROOF_SIZE]);

#endif
