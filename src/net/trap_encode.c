/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What we say as an authoritative engine, written by net-snmp: responses to informs, and the
 * reports by which a sender of informs learns engineID, engineBoots and engineTime (RFC 3414
 * section 4).
 */
#include "trap_impl.h"

#include "snmpc_codec.h"

#include "keepwatch/err.h"

#include <string.h>

static int
address(netsnmp_pdu *pdu, const struct trap_answer *answer)
{
	static const int levels[] = {
		[0] = SNMP_SEC_LEVEL_NOAUTH,
		[SNMPC_AUTH] = SNMP_SEC_LEVEL_AUTHNOPRIV,
		[SNMPC_AUTH | SNMPC_PRIV] = SNMP_SEC_LEVEL_AUTHPRIV,
	};
	const char *user = answer->cred != NULL ? answer->cred->user : "";
	const struct snmpc_usm *usm = answer->usm;
	struct ber_span engine = answer->context_engine;

	if (engine.len == 0)
		engine = (struct ber_span){usm->id, usm->id_len};
	pdu->version = SNMP_VERSION_3;
	pdu->securityModel = SNMP_SEC_MODEL_USM;
	pdu->securityLevel = levels[answer->level];
	pdu->msgid = answer->msg_id;
	pdu->reqid = answer->request_id;
	pdu->securityName = strdup(user);
	pdu->securityNameLen = strlen(user);
	pdu->contextName = calloc(1, answer->context.len + 1);
	pdu->securityEngineID = netsnmp_memdup(usm->id, usm->id_len);
	pdu->contextEngineID = netsnmp_memdup(engine.data, engine.len);
	if (pdu->securityName == NULL || pdu->contextName == NULL ||
	    pdu->securityEngineID == NULL || pdu->contextEngineID == NULL)
		return ERR_NOMEM;
	if (answer->context.len > 0)
		memcpy(pdu->contextName, answer->context.data, answer->context.len);
	pdu->contextNameLen = answer->context.len;
	pdu->securityEngineIDLen = usm->id_len;
	pdu->contextEngineIDLen = engine.len;
	return 0;
}

static int
fill_report(netsnmp_pdu *pdu, const struct trap_answer *answer)
{
	const oid name[] = {1, 3, 6, 1, 6, 3, 15, 1, 1, answer->stat, 0};
	long count = (long)answer->stat_count;

	return snmp_pdu_add_variable(pdu, name, OID_LENGTH(name), ASN_COUNTER, &count,
				     sizeof(count)) == NULL
		       ? ERR_NOMEM
		       : 0;
}

/* The bindings of the inform as they came. */
static int
fill_response(netsnmp_pdu *pdu, const struct trap_answer *answer)
{
	size_t len = answer->pdu.len;

	if (snmp_pdu_parse(pdu, (u_char *)(uintptr_t)answer->pdu.data, &len) != 0)
		return ERR_SYNTAX;
	pdu->command = SNMP_MSG_RESPONSE;
	pdu->errstat = pdu->errindex = 0;
	return 0;
}

int
trap_encode(struct snmpc_codec *codec, const struct trap_answer *answer, const uint8_t **data,
	    size_t *len)
{
	netsnmp_pdu *pdu = snmp_pdu_create(answer->stat != 0 ? SNMP_MSG_REPORT : SNMP_MSG_RESPONSE);
	size_t used = 0;
	int rc;

	if (pdu == NULL)
		return ERR_NOMEM;
	rc = answer->stat != 0 ? fill_report(pdu, answer) : fill_response(pdu, answer);
	if (rc == 0)
		rc = address(pdu, answer);
	if (rc == 0) {
		if (answer->cred != NULL)
			snmpc_usm_install(codec, answer->cred, answer->usm, answer->boots,
					  answer->time_s);
		/* net-snmp encodes from the end of the buffer and may move it. */
		if (snmp_build(&codec->packet, &codec->packet_len, &used, &codec->session, pdu) !=
		    0)
			rc = ERR_INVAL;
		if (answer->cred != NULL)
			snmpc_usm_remove(codec, answer->usm);
	}
	snmp_free_pdu(pdu);
	if (rc == 0) {
		*data = codec->packet + codec->packet_len - used;
		*len = used;
	}
	return rc;
}
