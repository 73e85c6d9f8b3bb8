/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What persons, and keepwatch's own commands, say over the control socket: a finding is accepted or
 * not any more, a password was changed, rotated, or found to be a default.
 */
#include "audit.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/log.h"
#include "keepwatch/store_audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHO_SIZE = 64 }; /* as in struct ledger_entry */

static const char *
field(const struct control_request *request, const char *name)
{
	const char *value = control_field(request, name);

	return value != NULL ? value : "";
}

/* ---- findings */

/* Until the end of the day that is named, UTC. */
static int
parse_until(const char *text, int64_t now_ms, int64_t *out)
{
	char end[40];

	*out = 0;
	if (text[0] == '\0')
		return 0;
	snprintf(end, sizeof(end), "%.10sT23:59:59Z", text);
	if (strlen(text) != 10 || clock_parse_time(end, out) != 0 || *out <= now_ms)
		return ERR_INVAL;
	return 0;
}

static void
finding_event(struct agent *agent, const struct store_acceptance *acceptance, bool is_accepted)
{
	char detail[512], day[CLOCK_ISO_SIZE];
	struct store_event event = {
		.at_ms = acceptance->at_ms,
		.type = is_accepted ? EVENT_FINDING_ACCEPTED : EVENT_FINDING_REOPENED,
		.device = acceptance->node,
		.probe = -1,
		.detail = detail,
	};
	bool has_end = is_accepted && acceptance->until_ms != 0;

	snprintf(detail, sizeof(detail), "%s%s%s%s%.10s by %s: %.300s",
		 finding_rule_name(acceptance->rule), acceptance->instance[0] != '\0' ? " " : "",
		 acceptance->instance, has_end ? " until " : "",
		 has_end ? clock_format_iso(acceptance->until_ms, day, sizeof(day)) : "",
		 acceptance->who, acceptance->why);
	log_notice("audit", "%s: %s: %s", acceptance->name, event_name(event.type), detail);
	if (store_batch_event(agent->batch, &event) != 0)
		log_error("audit", "%s: event not stored: out of memory", acceptance->name);
}

static int
keep_acceptance(struct agent *agent, const struct store_acceptance *acceptance, bool is_accepted)
{
	struct audit_acceptance row = {
		.rule = acceptance->rule,
		.node = acceptance->node,
		.port = acceptance->port,
		.until_ms = acceptance->until_ms,
	};
	int rc;

	snprintf(row.instance, sizeof(row.instance), "%s", acceptance->instance);
	if (!agent_batch_open(agent, true))
		return ERR_FULL;
	rc = is_accepted ? store_batch_acceptance(agent->batch, acceptance)
			 : store_batch_acceptance_withdrawn(agent->batch, acceptance);
	if (rc == 0 && is_accepted)
		rc = audit_accept(agent->audit->audit, &row);
	else if (rc == 0)
		audit_reopen(agent->audit->audit, &row);
	if (rc == 0)
		finding_event(agent, acceptance, is_accepted);
	return rc;
}

int
agent_audit_answer_finding(struct agent *agent, const struct control_request *request, uint32_t uid,
			   struct buf *out)
{
	const char *what = field(request, "do"), *name = field(request, "device");
	const struct agent_device *device = agent_find(agent->table, name);
	bool is_accepted = strcmp(what, "accept") == 0;
	char who[WHO_SIZE];
	struct store_acceptance acceptance = {
		.instance = field(request, "instance"),
		.name = name,
		.who = who,
		.why = field(request, "why"),
		.at_ms = clock_wall_ms(),
		.port = (uint32_t)strtoul(field(request, "port"), NULL, 10),
	};
	int rc;

	if (!is_accepted && strcmp(what, "reopen") != 0)
		return agent_refuse(out, "do is accept or reopen");
	if (device == NULL)
		return agent_refuse(out, "no such device");
	if (finding_rule_parse(field(request, "rule"), &acceptance.rule) != 0)
		return agent_refuse(out, "no such rule");
	if (acceptance.why[0] == '\0')
		return agent_refuse(out, "why has to be said");
	if (strlen(acceptance.instance) >= FINDING_INSTANCE_SIZE)
		return agent_refuse(out, "the instance is too long");
	if (is_accepted &&
	    parse_until(field(request, "until"), acceptance.at_ms, &acceptance.until_ms) != 0)
		return agent_refuse(out, "until is a day to come, as YYYY-MM-DD");
	acceptance.node = device->id;
	agent_sign(request, uid, who, sizeof(who));
	rc = keep_acceptance(agent, &acceptance, is_accepted);
	if (rc != 0)
		return agent_refuse(out, err_text(rc));
	buf_puts(out, is_accepted ? "accepted\n" : "open again\n");
	return 0;
}

/* ---- passwords */

/* A change that a person attests. What is proven beats what is said. */
static int
mark(struct agent *agent, const struct agent_device *device, struct ledger_entry *entry,
     int64_t at_ms, struct buf *out)
{
	int64_t now_ms = clock_wall_ms();

	if (at_ms > now_ms)
		return agent_refuse(out, "that time is still to come");
	if (entry->why[0] == '\0')
		return agent_refuse(out, "why has to be said: how is it known?");
	if (entry->proof[0] != '\0' && entry->first_proven_ms < at_ms &&
	    entry->last_proven_ms >= at_ms)
		return agent_refuse(out, "the same password was proven before that time and after "
					 "it: it was not changed then");
	/* What was proven before is not the password that is in force now. */
	if (entry->last_proven_ms < at_ms) {
		entry->proof[0] = '\0';
		entry->first_proven_ms = entry->last_proven_ms = 0;
	}
	entry->change = LEDGER_ATTESTED;
	entry->changed_after_ms = entry->changed_before_ms = at_ms;
	entry->refused_ms = 0;
	audit_ledger_keep(agent, device, entry, LEDGER_EVENT_ATTESTED, now_ms);
	buf_puts(out, "noted\n");
	return 0;
}

/* The command has proved the password that is configured now. */
static int
rotated(struct agent *agent, const struct agent_device *device, struct ledger_entry *entry,
	struct buf *out)
{
	int64_t now_ms = clock_wall_ms();
	char proof[LEDGER_PROOF_SIZE];
	enum ledger_event event;

	if (audit_proof_of(agent, device, (enum credential_use)entry->use, entry->account, proof) !=
	    0)
		return agent_refuse(out, "the agent has no password for this account, or no key "
					 "for its ledger");
	if (entry->change == LEDGER_ROTATED && strcmp(entry->proof, proof) == 0) {
		buf_puts(out, "known\n");
		return 0;
	}
	/* Its own probe may have been faster. */
	if (strcmp(entry->proof, proof) != 0) {
		int64_t before_ms = entry->last_proven_ms;

		ledger_prove(entry, proof, now_ms, &event);
		entry->changed_after_ms = before_ms;
		entry->changed_before_ms = now_ms;
	} else if (entry->change != LEDGER_PROVEN) {
		return agent_refuse(out, "the password that is configured is the one from before");
	}
	entry->change = LEDGER_ROTATED;
	entry->refused_ms = 0;
	audit_ledger_keep(agent, device, entry, LEDGER_EVENT_ROTATED, now_ms);
	buf_puts(out, "noted\n");
	return 0;
}

static int
default_tried(struct agent *agent, const struct agent_device *device, struct ledger_entry *entry,
	      bool is_found, struct buf *out)
{
	int64_t now_ms = clock_wall_ms();
	bool was_found = entry->default_found_ms != 0;

	entry->default_found_ms = is_found ? now_ms : 0;
	if (is_found || was_found)
		audit_ledger_keep(agent, device, entry,
				  is_found == was_found ? LEDGER_EVENT_COUNT
				  : is_found		? LEDGER_EVENT_DEFAULT_FOUND
							: LEDGER_EVENT_DEFAULT_GONE,
				  now_ms);
	buf_puts(out, "noted\n");
	return 0;
}

int
agent_audit_answer_password(struct agent *agent, const struct control_request *request,
			    uint32_t uid, struct buf *out)
{
	const char *what = field(request, "do"), *account = field(request, "account");
	const struct agent_device *device = agent_find(agent->table, field(request, "device"));
	struct ledger_entry entry;
	int64_t at_ms;
	uint8_t use;

	if (device == NULL)
		return agent_refuse(out, "no such device");
	if (ledger_use_parse(field(request, "use"), &use) != 0)
		return agent_refuse(out, "use is onvif, http or snmp");
	if (account[0] == '\0' || strlen(account) >= LEDGER_ACCOUNT_SIZE)
		return agent_refuse(out, "account is missing, or too long");
	(void)audit_get_ledger(agent->audit->audit, device->id, use, account, &entry);
	if (strcmp(what, "default") == 0)
		return default_tried(agent, device, &entry,
				     strcmp(field(request, "found"), "yes") == 0, out);
	agent_sign(request, uid, entry.who, sizeof(entry.who));
	snprintf(entry.why, sizeof(entry.why), "%s", field(request, "why"));
	if (strcmp(what, "rotated") == 0)
		return rotated(agent, device, &entry, out);
	if (strcmp(what, "mark") != 0)
		return agent_refuse(out, "do is mark, rotated or default");
	if (clock_parse_time(field(request, "at"), &at_ms) != 0)
		return agent_refuse(out, "at is a time such as 2026-03-01T12:00:00Z");
	return mark(agent, device, &entry, at_ms, out);
}

/* ---- evidence packs */

int
agent_audit_answer_pack(struct agent *agent, const struct control_request *request, struct buf *out)
{
	const char *sum = field(request, "sha256");
	char *end, words[96];
	long long number = strtoll(field(request, "number"), &end, 10);

	if (strcmp(field(request, "do"), "made") != 0 || number <= 0 || *end != '\0' ||
	    strlen(sum) != 64 || strspn(sum, "0123456789abcdef") != 64)
		return agent_refuse(out, "pack: do=made, a number and a SHA-256 sum");
	snprintf(words, sizeof(words), "%lld %s", number, sum);
	agent_event(agent, EVENT_AUDIT_PACK, words);
	buf_puts(out, "on record\n");
	return 0;
}
