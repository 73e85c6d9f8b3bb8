/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Peers and failures of SNMP agents, in the words of a result.
 */
#include "snmp_agent.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"

uint32_t
snmp_agent_exchange_ms(const struct probe_settings *settings)
{
	return settings->timeout_ms * ((uint32_t)settings->retries + 1);
}

uint16_t
snmp_agent_retries(const struct probe_settings *settings)
{
	return settings->retries < SNMPC_ATTEMPTS_MAX ? settings->retries : SNMPC_ATTEMPTS_MAX - 1;
}

void
snmp_agent_count(struct probe_run *run, uint16_t sent, uint16_t lost)
{
	run->result.sent = (uint16_t)(run->result.sent + sent);
	run->result.lost = (uint16_t)(run->result.lost + lost);
}

void
snmp_agent_note_login(struct probe_run *run, enum reason reason)
{
	const struct credential *credential =
		device_credential(run->target->fleet, run->target->device, USE_SNMP);
	struct probe_result *result = &run->result;

	if (credential == NULL)
		return;
	result->login_use = USE_SNMP;
	result->login_generation = credential->generation;
	switch (reason) {
	case REASON_NONE:
		/* without a password there is nothing to prove */
		if (credential->snmp.version != SNMP_V3 || credential->snmp.auth != SNMP_AUTH_NONE)
			result->login = LOGIN_PROVEN;
		break;
	case REASON_UNKNOWN_USER:
	case REASON_WRONG_DIGEST:
	case REASON_DECRYPTION:
		result->login = LOGIN_REFUSED;
		break;
	default: /* silence may be a wrong community, or anything else */
		break;
	}
}

void
snmp_agent_explain(struct probe_run *run, const struct snmpc_reply *reply)
{
	char timeout[CLOCK_DURATION_SIZE];

	switch (reply->reason) {
	case REASON_TIMEOUT:
		clock_format_duration(run->target->settings->timeout_ms, timeout, sizeof(timeout));
		result_set(&run->result, OUTCOME_FAIL, REASON_TIMEOUT,
			   "%u of %u unanswered, timeout %s", reply->lost, reply->sent, timeout);
		break;
	case REASON_LOCAL:
		result_set(&run->result, OUTCOME_ERROR, REASON_LOCAL,
			   "the request could not be sent");
		break;
	default:
		result_set(&run->result, snmpc_outcome(reply->reason), reply->reason, "%s", "");
	}
}

bool
snmp_agent_peer(struct probe_run *run, struct snmpc_peer **peer, uint16_t port)
{
	const struct probe_target *target = run->target;
	const struct credential *credential =
		device_credential(target->fleet, target->device, USE_SNMP);
	int rc = ERR_UNSUPPORTED;

	if (credential == NULL || credential->snmp.version == SNMP_NONE) {
		result_set(&run->result, OUTCOME_ERROR, REASON_NO_CREDENTIAL, "%s", "");
		return false;
	}
	if (*peer != NULL && snmpc_peer_is(*peer, &target->ip, port, credential))
		return true;
	snmpc_peer_free(*peer);
	*peer = NULL;
	if (run->env->snmp != NULL)
		rc = snmpc_peer_new(peer, run->env->snmp, &target->ip, port, credential);
	if (rc == 0)
		return true;
	result_set(&run->result, OUTCOME_ERROR, REASON_LOCAL,
		   rc == ERR_INVAL ? "credential \"%s\" cannot be used: SNMPv3 passwords have 8 "
				     "characters at least"
				   : "credential \"%s\": no SNMP socket or no memory",
		   credential->name);
	return false;
}
