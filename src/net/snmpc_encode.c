/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Requests as bytes, written by net-snmp. A fleet asks the same few questions over and over: v1 and
 * v2c GETs are encoded once per credential and then only get their request-id.
 */
#include "snmpc_codec.h"

#include "keepwatch/err.h"
#include "keepwatch/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
snmpc_context(const struct snmpc_cred *cred, const struct snmpc_request *request,
	      char vlan[SNMPC_CONTEXT_SIZE])
{
	if (request->vlan == 0)
		return cred->context;
	snprintf(vlan, SNMPC_CONTEXT_SIZE, "vlan-%u", request->vlan);
	return vlan;
}

static int
snmpc_add_oids(netsnmp_pdu *pdu, const struct snmpc_request *request)
{
	const long zero = 0;

	for (size_t i = 0; i < request->oid_count; i++) {
		const struct oid_ref *ref = &request->oids[i];
		oid name[OID_MAX];

		if (ref->len < 2 || ref->len > OID_MAX)
			return ERR_INVAL;
		for (size_t k = 0; k < ref->len; k++)
			name[k] = ref->ids[k];
		if (request->op == SNMPC_SET
			    ? snmp_pdu_add_variable(pdu, name, ref->len, ASN_INTEGER, &zero,
						    sizeof(zero)) == NULL
			    : snmp_add_null_var(pdu, name, ref->len) == NULL)
			return ERR_NOMEM;
	}
	return 0;
}

static netsnmp_pdu *
snmpc_new_pdu(enum snmpc_op op, uint8_t max_repetitions, uint32_t id, long version)
{
	static const int commands[] = {SNMP_MSG_GET, SNMP_MSG_GETNEXT, SNMP_MSG_GETBULK,
				       SNMP_MSG_SET};
	netsnmp_pdu *pdu = snmp_pdu_create(commands[op]);

	if (pdu == NULL)
		return NULL;
	pdu->version = version;
	pdu->reqid = (long)id;
	pdu->msgid = (long)id;
	if (op == SNMPC_GETBULK) {
		pdu->errstat = 0; /* non-repeaters */
		pdu->errindex = max_repetitions;
	}
	return pdu;
}

/* net-snmp encodes from the end of the buffer and may move it. */
static int
snmpc_build(struct snmpc_codec *codec, netsnmp_pdu *pdu, const uint8_t **data, size_t *len)
{
	size_t used = 0;

	if (snmp_build(&codec->packet, &codec->packet_len, &used, &codec->session, pdu) != 0)
		return ERR_INVAL;
	*data = codec->packet + codec->packet_len - used;
	*len = used;
	codec->packet_used = used;
	return 0;
}

void
snmpc_encode_wipe(struct snmpc_codec *codec)
{
	secret_wipe(codec->packet + codec->packet_len - codec->packet_used, codec->packet_used);
	codec->packet_used = 0;
}

/* The community, with "@VLAN" behind it if one is asked for. Lent to the session, from where
 * net-snmp copies it into the PDU. */
static int
snmpc_lend_community(struct snmpc_codec *codec, const struct snmpc_cred *cred, uint16_t vlan)
{
	size_t len = secret_len(cred->community), size = len + sizeof("@65535");
	char *text = malloc(size);

	if (text == NULL)
		return ERR_NOMEM;
	memcpy(text, secret_text(cred->community), len);
	if (vlan != 0)
		len += (size_t)snprintf(text + len, size - len, "@%u", vlan);
	codec->session.community = (u_char *)text;
	codec->session.community_len = len;
	return 0;
}

static void
snmpc_take_community(struct snmpc_codec *codec)
{
	secret_wipe(codec->session.community, codec->session.community_len);
	free(codec->session.community);
	codec->session.community = NULL;
	codec->session.community_len = 0;
}

static int
snmpc_build_community(struct snmpc_codec *codec, const struct snmpc_cred *cred,
		      const struct snmpc_request *request, uint32_t id, const uint8_t **data,
		      size_t *len)
{
	netsnmp_pdu *pdu =
		snmpc_new_pdu(request->op, request->max_repetitions, id,
			      cred->version == SNMP_V1 ? SNMP_VERSION_1 : SNMP_VERSION_2c);
	int rc;

	if (pdu == NULL)
		return ERR_NOMEM;
	rc = snmpc_add_oids(pdu, request);
	if (rc == 0)
		rc = snmpc_lend_community(codec, cred, request->vlan);
	if (rc == 0) {
		rc = snmpc_build(codec, pdu, data, len);
		snmpc_take_community(codec);
	}
	snmp_free_pdu(pdu);
	return rc;
}

static bool
snmpc_template_is(const struct snmpc_template *template, const struct snmpc_request *request)
{
	const uint32_t *ids = template->ids;

	if (template->oid_count != request->oid_count)
		return false;
	for (size_t i = 0; i < request->oid_count; i++) {
		const struct oid_ref *ref = &request->oids[i];

		if (*ids != ref->len || memcmp(ids + 1, ref->ids, ref->len * sizeof(*ids)) != 0)
			return false;
		ids += 1 + ref->len;
	}
	return true;
}

static int
snmpc_template_fill(struct snmpc_template *template, const struct snmpc_request *request,
		    const uint8_t *data, size_t len)
{
	struct ber_message message;
	struct ber_pdu pdu;
	size_t count = 0;
	uint32_t *ids;
	uint8_t *bytes;

	if (ber_read_message(data, len, &message) != 0 || ber_read_pdu(message.rest, &pdu) != 0)
		return ERR_SYNTAX;
	for (size_t i = 0; i < request->oid_count; i++)
		count += 1 + request->oids[i].len;
	bytes = secret_buffer(len); /* the community is in it */
	ids = malloc(count * sizeof(*ids));
	if (bytes == NULL || ids == NULL) {
		secret_buffer_free(bytes, len);
		free(ids);
		return ERR_NOMEM;
	}
	secret_buffer_free(template->bytes, template->len);
	free(template->ids);
	memcpy(bytes, data, len);
	template->bytes = bytes;
	template->len = len;
	template->ids = ids;
	template->oid_count = request->oid_count;
	/* The PDU's header is two or more octets, then comes INTEGER of four: 02 04. */
	template->id_at = (size_t)(message.rest.data - data) + 2;
	if (message.rest.data[1] & 0x80)
		template->id_at += message.rest.data[1] & 0x7f;
	template->id_at += 2;
	for (size_t i = 0; i < request->oid_count; i++) {
		const struct oid_ref *ref = &request->oids[i];

		*ids++ = (uint32_t)ref->len;
		memcpy(ids, ref->ids, ref->len * sizeof(*ids));
		ids += ref->len;
	}
	return 0;
}

int
snmpc_encode_community(struct snmpc_codec *codec, struct snmpc_cred *cred,
		       const struct snmpc_request *request, uint32_t id, const uint8_t **data,
		       size_t *len)
{
	struct snmpc_template *template = NULL;
	int rc;

	if (request->op != SNMPC_GET || request->vlan != 0)
		return snmpc_build_community(codec, cred, request, id, data, len);
	for (size_t i = 0; i < SNMPC_TEMPLATES; i++) {
		if (snmpc_template_is(&cred->templates[i], request)) {
			template = &cred->templates[i];
			break;
		}
	}
	if (template == NULL) {
		rc = snmpc_build_community(codec, cred, request, id, data, len);
		if (rc != 0)
			return rc;
		template = &cred->templates[cred->next_template];
		rc = snmpc_template_fill(template, request, *data, *len);
		if (rc != 0)
			return rc;
		cred->next_template = (uint8_t)((cred->next_template + 1) % SNMPC_TEMPLATES);
	}
	for (size_t i = 0; i < 4; i++)
		template->bytes[template->id_at + i] = (uint8_t)(id >> (24 - 8 * i));
	*data = template->bytes;
	*len = template->len;
	return 0;
}

static int
snmpc_address_v3(netsnmp_pdu *pdu, const struct snmpc_cred *cred, const struct snmpc_usm *usm,
		 const char *context)
{
	static const int levels[] = {
		[0] = SNMP_SEC_LEVEL_NOAUTH,
		[SNMPC_AUTH] = SNMP_SEC_LEVEL_AUTHNOPRIV,
		[SNMPC_AUTH | SNMPC_PRIV] = SNMP_SEC_LEVEL_AUTHPRIV,
	};
	const char *user = cred != NULL ? cred->user : "";

	pdu->securityModel = SNMP_SEC_MODEL_USM;
	pdu->securityLevel = levels[cred != NULL ? cred->level : 0];
	pdu->securityName = strdup(user);
	pdu->securityNameLen = strlen(user);
	pdu->contextName = strdup(context);
	pdu->contextNameLen = strlen(context);
	if (pdu->securityName == NULL || pdu->contextName == NULL)
		return ERR_NOMEM;
	if (usm == NULL)
		return 0;
	pdu->securityEngineID = netsnmp_memdup(usm->id, usm->id_len);
	pdu->contextEngineID = netsnmp_memdup(usm->id, usm->id_len);
	if (pdu->securityEngineID == NULL || pdu->contextEngineID == NULL)
		return ERR_NOMEM;
	pdu->securityEngineIDLen = usm->id_len;
	pdu->contextEngineIDLen = usm->id_len;
	return 0;
}

/* RFC 3414 section 4: a request without user, engine and variables draws a report. */
int
snmpc_encode_discovery(struct snmpc_codec *codec, uint32_t id, const uint8_t **data, size_t *len)
{
	netsnmp_pdu *pdu = snmpc_new_pdu(SNMPC_GET, 0, id, SNMP_VERSION_3);
	int rc;

	if (pdu == NULL)
		return ERR_NOMEM;
	rc = snmpc_address_v3(pdu, NULL, NULL, "");
	if (rc == 0)
		rc = snmpc_build(codec, pdu, data, len);
	snmp_free_pdu(pdu);
	return rc;
}

int
snmpc_encode_v3(struct snmpc_codec *codec, const struct snmpc_cred *cred,
		const struct snmpc_usm *usm, const struct snmpc_request *request, uint32_t id,
		uint32_t boots, uint32_t time_s, const uint8_t **data, size_t *len)
{
	netsnmp_pdu *pdu = snmpc_new_pdu(request->op, request->max_repetitions, id, SNMP_VERSION_3);
	char vlan[SNMPC_CONTEXT_SIZE];
	int rc;

	if (pdu == NULL)
		return ERR_NOMEM;
	rc = snmpc_address_v3(pdu, cred, usm, snmpc_context(cred, request, vlan));
	if (rc == 0)
		rc = snmpc_add_oids(pdu, request);
	if (rc == 0) {
		snmpc_usm_install(codec, cred, usm, boots, time_s);
		rc = snmpc_build(codec, pdu, data, len);
		snmpc_usm_remove(codec, usm);
	}
	snmp_free_pdu(pdu);
	return rc;
}
