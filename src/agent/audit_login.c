/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a login proves about a password: the ledger's entry, its history, and the events that people
 * look for.
 */
#include "audit.h"

#include "keepwatch/err.h"
#include "keepwatch/log.h"
#include "keepwatch/store_audit.h"

#include <stdio.h>
#include <string.h>

/* A later proof of the same password is stored this often. */
enum { PROVEN_AGAIN_MS = 3600 * 1000 };

/* SNMPv1/v2c has no accounts: its community is the password of one. */
static const char community_account[] = "community";

bool
audit_account_of(const struct credential *credential, enum credential_use use,
		 struct audit_account *out)
{
	const struct credential_web *web = &credential->onvif;
	const struct credential_snmp *snmp = &credential->snmp;

	if (use == USE_SNMP) {
		*out = snmp->version == SNMP_V3
			       ? (struct audit_account){snmp->user, snmp->auth_password}
			       : (struct audit_account){community_account, snmp->community};
		return out->name != NULL && out->password != NULL;
	}
	if (use == USE_HTTP)
		web = &credential->http;
	*out = (struct audit_account){web->username, web->password};
	return web->is_set && out->name != NULL && out->password != NULL;
}

int
audit_proof_of(const struct agent *agent, const struct agent_device *device,
	       enum credential_use use, const char *account, char out[LEDGER_PROOF_SIZE])
{
	const struct credential *credential =
		device_credential(agent->table->conf->fleet, device->device, use);
	struct audit_account own;

	if (credential == NULL || agent->audit->key == NULL ||
	    !audit_account_of(credential, use, &own) || strcmp(own.name, account) != 0)
		return ERR_NOTFOUND;
	return ledger_proof(secret_bytes(agent->audit->key), own.password, out);
}

static void
put_event(struct agent *agent, const struct agent_device *device, enum event_type type,
	  const struct ledger_entry *entry, const char *detail, int64_t at_ms)
{
	char words[LEDGER_ACCOUNT_SIZE + 160];
	struct store_event event = {
		.at_ms = at_ms,
		.type = type,
		.device = device->id,
		.probe = -1,
		.detail = words,
	};

	snprintf(words, sizeof(words), "%s %s: %s", ledger_use_name(entry->use), entry->account,
		 detail);
	log_notice("audit", "%s: %s", device->device->name, words);
	if (store_batch_event(agent->batch, &event) != 0)
		log_error("audit", "%s: event not stored: out of memory", device->device->name);
}

static void
tell_event(struct agent *agent, const struct agent_device *device, const struct ledger_entry *entry,
	   enum ledger_event event, int64_t at_ms)
{
	switch (event) {
	case LEDGER_EVENT_CHANGED:
		put_event(agent, device, EVENT_PASSWORD_CHANGED, entry, "takes another password",
			  at_ms);
		break;
	case LEDGER_EVENT_ROTATED:
		put_event(agent, device, EVENT_PASSWORD_CHANGED, entry, "rotated by keepwatch",
			  at_ms);
		break;
	case LEDGER_EVENT_ATTESTED:
		put_event(agent, device, EVENT_PASSWORD_CHANGED, entry, entry->why, at_ms);
		break;
	case LEDGER_EVENT_REFUSED:
		put_event(agent, device, EVENT_PASSWORD_REFUSED, entry,
			  "refuses the password that was good: changed out of band", at_ms);
		break;
	default:
		break;
	}
}

void
audit_ledger_keep(struct agent *agent, const struct agent_device *device,
		  const struct ledger_entry *entry, enum ledger_event event, int64_t at_ms)
{
	struct store_ledger_event row = {
		.device = device->id,
		.use = entry->use,
		.account = entry->account,
		.event = event,
		.at_ms = at_ms,
		.after_ms = entry->changed_after_ms,
		.before_ms = entry->changed_before_ms,
		.proof = entry->proof,
		.who = entry->who,
		.why = entry->why,
	};
	int rc = audit_take_ledger(agent->audit->audit, entry);

	if (rc == 0 && agent_batch_open(agent, true)) {
		rc = store_batch_ledger(agent->batch, entry);
		if (rc == 0 && event != LEDGER_EVENT_COUNT)
			rc = store_batch_ledger_event(agent->batch, &row);
		if (rc == 0)
			tell_event(agent, device, entry, event, at_ms);
	}
	if (rc != 0)
		log_error("audit", "%s: a proof was lost: %s", device->device->name, err_text(rc));
}

void
agent_audit_login(struct agent *agent, const struct agent_device *device,
		  const struct probe_result *result)
{
	enum credential_use use = (enum credential_use)result->login_use;
	const struct credential *credential;
	char proof[LEDGER_PROOF_SIZE];
	struct audit_account account;
	struct ledger_entry entry;
	enum ledger_event event;
	int64_t before_ms;

	if (result->login == LOGIN_NOT_TRIED || agent->audit->key == NULL)
		return;
	credential = device_credential(agent->table->conf->fleet, device->device, use);
	/* A run that began before a reload proves a password that may be another. */
	if (credential == NULL || credential->generation != result->login_generation ||
	    !audit_account_of(credential, use, &account) ||
	    ledger_proof(secret_bytes(agent->audit->key), account.password, proof) != 0)
		return;
	(void)audit_get_ledger(agent->audit->audit, device->id, (uint8_t)use, account.name, &entry);
	before_ms = entry.last_proven_ms;
	if (result->login == LOGIN_PROVEN)
		ledger_prove(&entry, proof, result->at_ms, &event);
	else
		ledger_refuse(&entry, proof, result->at_ms, &event);
	if (event != LEDGER_EVENT_COUNT ||
	    entry.last_proven_ms / PROVEN_AGAIN_MS != before_ms / PROVEN_AGAIN_MS)
		audit_ledger_keep(agent, device, &entry, event, result->at_ms);
	else if (entry.last_proven_ms != before_ms)
		(void)audit_take_ledger(agent->audit->audit, &entry);
}
