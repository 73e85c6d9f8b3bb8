/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * net-snmp's User-based Security Model with one user and one engine at a time. Twenty thousand
 * engines in its own lists cost 3 ms a request; this way the cost stays flat, and two devices that
 * were shipped with the same engineID do not disturb each other.
 */
#include "snmpc_codec.h"

#include <string.h>

void
snmpc_usm_install(struct snmpc_codec *codec, const struct snmpc_cred *cred,
		  const struct snmpc_usm *usm, uint32_t boots, uint32_t time_s)
{
	struct usmUser *user = codec->user;

	user->name = user->secName = cred->user;
	user->engineID = (u_char *)(uintptr_t)usm->id;
	user->engineIDLen = usm->id_len;
	user->authProtocol = sc_get_auth_oid(snmpc_auth_type(cred->auth), &user->authProtocolLen);
	user->authKey = (u_char *)(uintptr_t)usm->auth_key;
	user->authKeyLen = usm->auth_key_len;
	user->privProtocol = sc_get_priv_oid(snmpc_priv_type(cred->priv), &user->privProtocolLen);
	user->privKey = (u_char *)(uintptr_t)usm->priv_key;
	user->privKeyLen = usm->priv_key_len;
	set_enginetime(usm->id, usm->id_len, boots, time_s, TRUE);
}

void
snmpc_usm_remove(struct snmpc_codec *codec, const struct snmpc_usm *usm)
{
	struct usmUser *user = codec->user;

	free_enginetime((u_char *)(uintptr_t)usm->id, usm->id_len);
	user->name = user->secName = (char *)(uintptr_t) "(idle)";
	user->engineID = NULL;
	user->engineIDLen = 0;
	user->authProtocol = user->privProtocol = NULL;
	user->authProtocolLen = user->privProtocolLen = 0;
	user->authKey = user->privKey = NULL;
	user->authKeyLen = user->privKeyLen = 0;
}

static enum snmpc_usm_check
snmpc_usm_result(int rc)
{
	switch (rc) {
	case SNMPERR_SUCCESS:
		return USM_AUTHENTIC;
	case SNMPERR_USM_AUTHENTICATIONFAILURE:
	case SNMPERR_USM_UNKNOWNSECURITYNAME:
	case SNMPERR_USM_UNKNOWNENGINEID:
	case SNMPERR_USM_UNSUPPORTEDSECURITYLEVEL:
		return USM_NOT_AUTHENTIC;
	case SNMPERR_USM_NOTINTIMEWINDOW:
		return USM_STALE;
	case SNMPERR_USM_DECRYPTIONERROR:
		return USM_NOT_DECRYPTED;
	default:
		return USM_MALFORMED;
	}
}

enum snmpc_usm_check
snmpc_usm_open(struct snmpc_codec *codec, const struct snmpc_cred *cred,
	       const struct snmpc_usm *usm, const struct ber_message *message, const uint8_t *data,
	       uint64_t now_ms, uint8_t *plain, struct ber_span *scoped)
{
	struct snmp_secmod_incoming_params params;
	u_char engine_id[SNMP_MAX_ENG_SIZE * 2];
	char user[SNMP_MAX_SEC_NAME_SIZE];
	size_t engine_id_len = sizeof(engine_id), user_len = sizeof(user);
	size_t plain_len = SNMPC_DATAGRAM_MAX, max_response = 0;
	u_char *copy = plain + SNMPC_DATAGRAM_MAX, *out = plain;
	void *state = NULL;
	bool is_private = (message->msg_flags & SNMPC_PRIV) != 0;
	int rc;

	if (message->total > SNMPC_DATAGRAM_MAX)
		return USM_MALFORMED;
	/* net-snmp zeroes the digest in place before it checks it. */
	memcpy(copy, data, message->total);
	memset(&params, 0, sizeof(params));
	params.msgProcModel = SNMP_MP_MODEL_SNMPv3;
	params.maxMsgSize = SNMPC_DATAGRAM_MAX;
	params.secParams = copy + (message->security.data - data);
	params.secModel = SNMP_SEC_MODEL_USM;
	params.secLevel = is_private ? SNMP_SEC_LEVEL_AUTHPRIV : SNMP_SEC_LEVEL_AUTHNOPRIV;
	params.wholeMsg = copy;
	params.wholeMsgLen = message->total;
	params.secEngineID = engine_id;
	params.secEngineIDLen = &engine_id_len;
	params.secName = user;
	params.secNameLen = &user_len;
	params.scopedPdu = &out;
	params.scopedPduLen = &plain_len;
	params.maxSizeResponse = &max_response;
	params.secStateRef = &state;
	params.sess = &codec->session;
	params.msg_flags = message->msg_flags;
	if (usm->is_synced)
		snmpc_usm_install(codec, cred, usm, usm->boots, snmpc_usm_time(usm, now_ms));
	else
		snmpc_usm_install(codec, cred, usm, 0, 0);
	rc = codec->usm->decode(&params);
	snmpc_usm_remove(codec, usm);
	if (state != NULL)
		codec->usm->pdu_free_state_ref(state);
	if (rc == SNMPERR_SUCCESS) {
		scoped->data = out;
		scoped->len = plain_len;
	}
	return snmpc_usm_result(rc);
}
