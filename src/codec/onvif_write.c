/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ONVIF requests by gSOAP's generated serializers (schemas/onvif/onvif.h) into a caller's buffer.
 * gSOAP does no I/O here: its send callback appends to the buffer.
 */
#include "keepwatch/onvif.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"
#include "keepwatch/secret.h"

#include <soapH.h>

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define WSS		"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
#define PASSWORD_DIGEST WSS "username-token-profile-1.0#PasswordDigest"
#define BASE64_BINARY	WSS "soap-message-security-1.0#Base64Binary"

static const int64_t created_max_ms = INT64_C(253402300799999); /* 9999-12-31T23:59:59.999Z */

struct onvif_writer {
	struct soap soap;
};

/* Security header of one request: what gSOAP's structs point to. */
struct security {
	struct SOAP_ENV__Header header;
	struct wsse__Security security;
	struct wsse__UsernameToken token;
	struct wsse__Password password;
	struct wsse__Nonce nonce;
	char created[CLOCK_ISO_SIZE];
	char digest[29];
	char nonce_text[4 * (ONVIF_NONCE_SIZE + 2) / 3 + 1];
};

/*
 * Only what requests use; gSOAP would declare all that its header knows. The name is the one under
 * which libgsoap itself looks for its table, hence neither static nor const; nothing changes it.
 */
struct Namespace namespaces[] = {
	{"SOAP-ENV", "http://www.w3.org/2003/05/soap-envelope", NULL, NULL},
	{"SOAP-ENC", "http://www.w3.org/2003/05/soap-encoding", NULL, NULL}, /* always the second */
	{"wsse", WSS "wssecurity-secext-1.0.xsd", NULL, NULL},
	{"wsu", WSS "wssecurity-utility-1.0.xsd", NULL, NULL},
	{"tds", "http://www.onvif.org/ver10/device/wsdl", NULL, NULL},
	{"tt", "http://www.onvif.org/ver10/schema", NULL, NULL},
	{"trt", "http://www.onvif.org/ver10/media/wsdl", NULL, NULL},
	{"tdc", "http://www.onvif.org/ver10/doorcontrol/wsdl", NULL, NULL},
	{"tac", "http://www.onvif.org/ver10/accesscontrol/wsdl", NULL, NULL},
	{NULL, NULL, NULL, NULL},
};

static int
send_to_buf(struct soap *soap, const char *data, size_t len)
{
	struct buf *out = soap->user;

	buf_put(out, data, len);
	return out->error == 0 ? SOAP_OK : SOAP_EOM;
}

int
onvif_writer_new(struct onvif_writer **out)
{
	struct onvif_writer *writer = malloc(sizeof(*writer));

	if (writer == NULL)
		return ERR_NOMEM;
	soap_init2(&writer->soap, SOAP_C_UTFSTRING, SOAP_C_UTFSTRING);
	writer->soap.fsend = send_to_buf;
	*out = writer;
	return 0;
}

void
onvif_writer_free(struct onvif_writer *writer)
{
	if (writer == NULL)
		return;
	soap_destroy(&writer->soap);
	soap_end(&writer->soap);
	soap_done(&writer->soap);
	free(writer);
}

/* UTF-8 without control characters, which XML 1.0 cannot carry, and not longer than max. */
static bool
is_sendable(const char *text, size_t max)
{
	size_t len = strnlen(text, max + 1);

	if (len > max)
		return false;
	for (size_t i = 0; i < len;) {
		size_t n = utf8_sequence(text + i, len - i);

		if (n == 0 || (unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
		/* XML 1.0 section 2.2 leaves out U+FFFE and U+FFFF. */
		if (n == 3 && memcmp(text + i, "\xef\xbf", 2) == 0 &&
		    (unsigned char)text[i + 2] >= 0xbe)
			return false;
		i += n;
	}
	return true;
}

static int
security_fill(struct security *s, const struct onvif_wsse *wsse)
{
	int rc;

	if (wsse->username == NULL || wsse->password == NULL ||
	    !is_sendable(wsse->username, ONVIF_USERNAME_MAX) || wsse->created_ms < 0 ||
	    wsse->created_ms > created_max_ms)
		return ERR_INVAL;
	clock_format_iso(wsse->created_ms, s->created, sizeof(s->created));
	rc = wsse_password_digest(wsse->nonce, sizeof(wsse->nonce), s->created, wsse->password,
				  s->digest);
	if (rc != 0)
		return rc;
	EVP_EncodeBlock((unsigned char *)s->nonce_text, wsse->nonce, ONVIF_NONCE_SIZE);
	s->password = (struct wsse__Password){.__item = s->digest, .Type = PASSWORD_DIGEST};
	s->nonce = (struct wsse__Nonce){.__item = s->nonce_text, .EncodingType = BASE64_BINARY};
	s->token = (struct wsse__UsernameToken){
		.Username = (char *)wsse->username, /* gSOAP's structs know no const; only read */
		.Password = &s->password,
		.Nonce = &s->nonce,
		.wsu__Created = s->created,
	};
	s->security.UsernameToken = &s->token;
	s->header.wsse__Security = &s->security;
	return 0;
}

#define PUT(soap, prefix, op, ...)                                                 \
	soap_put__##prefix##__##op(soap, &(struct _##prefix##__##op){__VA_ARGS__}, \
				   #prefix ":" #op, NULL)

/* gSOAP's structs know no const; it only reads them. */
static int
put_set_user(struct soap *soap, const struct onvif_set_user *set)
{
	struct tt__User user = {
		.Username = (char *)set->username,
		.Password = (char *)set->password,
		.UserLevel = (char *)onvif_user_level_name(set->level),
	};

	return PUT(soap, tds, SetUser, 1, &user);
}

static int
put_operation(struct soap *soap, const struct onvif_request *request)
{
	int limit = request->limit;
	int *limit_or_null = limit > 0 ? &limit : NULL;
	char *start = (char *)request->start_reference;

	switch (request->op) {
	case ONVIF_GET_SYSTEM_DATE_AND_TIME:
		return PUT(soap, tds, GetSystemDateAndTime);
	case ONVIF_GET_CAPABILITIES:
		return PUT(soap, tds, GetCapabilities, 1, &(char *){"All"});
	case ONVIF_GET_SERVICES:
		return PUT(soap, tds, GetServices, .IncludeCapability = xsd__boolean__false_);
	case ONVIF_GET_DEVICE_INFORMATION:
		return PUT(soap, tds, GetDeviceInformation);
	case ONVIF_GET_NETWORK_INTERFACES:
		return PUT(soap, tds, GetNetworkInterfaces);
	case ONVIF_GET_HOSTNAME:
		return PUT(soap, tds, GetHostname);
	case ONVIF_GET_PROFILES:
		return PUT(soap, trt, GetProfiles);
	case ONVIF_GET_DOOR_INFO_LIST:
		return PUT(soap, tdc, GetDoorInfoList, limit_or_null, start);
	case ONVIF_GET_DOOR_STATE:
		return PUT(soap, tdc, GetDoorState, (char *)request->token);
	case ONVIF_GET_ACCESS_POINT_INFO_LIST:
		return PUT(soap, tac, GetAccessPointInfoList, limit_or_null, start);
	case ONVIF_GET_USERS:
		return PUT(soap, tds, GetUsers);
	case ONVIF_SET_USER:
		return put_set_user(soap, request->set_user);
	case ONVIF_GET_DISCOVERY_MODE:
		return PUT(soap, tds, GetDiscoveryMode);
	case ONVIF_GET_NTP:
		return PUT(soap, tds, GetNTP);
	case ONVIF_OP_COUNT:
		break;
	}
	return SOAP_NO_METHOD;
}

static bool
can_set(const struct onvif_set_user *set)
{
	return set != NULL && set->username != NULL && set->username[0] != '\0' &&
	       is_sendable(set->username, ONVIF_USERNAME_MAX) &&
	       onvif_user_level_name(set->level)[0] != '\0' &&
	       (set->password == NULL ||
		(set->password[0] != '\0' && is_sendable(set->password, ONVIF_PASSWORD_MAX)));
}

int
onvif_reserve(struct buf *out)
{
	char *memory = malloc(ONVIF_REQUEST_MAX + 1);

	if (memory == NULL)
		return ERR_NOMEM;
	onvif_wipe(out);
	buf_fini(out);
	memory[0] = '\0';
	*out = (struct buf){.data = memory, .cap = ONVIF_REQUEST_MAX + 1, .max = ONVIF_REQUEST_MAX};
	return 0;
}

void
onvif_wipe(struct buf *out)
{
	if (out->data != NULL)
		secret_wipe(out->data, out->cap);
	buf_reset(out);
}

int
onvif_write_request(struct onvif_writer *writer, const struct onvif_request *request,
		    struct buf *out)
{
	struct soap *soap = &writer->soap;
	struct security security = {.header = {NULL}};
	int rc = 0;

	if ((unsigned)request->op >= ONVIF_OP_COUNT)
		return ERR_INVAL;
	if (request->op == ONVIF_GET_DOOR_STATE &&
	    (request->token == NULL || !is_sendable(request->token, ONVIF_TOKEN_MAX)))
		return ERR_INVAL;
	if (request->op == ONVIF_SET_USER && !can_set(request->set_user))
		return ERR_INVAL;
	if (request->start_reference != NULL &&
	    !is_sendable(request->start_reference, ONVIF_TOKEN_MAX))
		return ERR_INVAL;
	if (request->wsse != NULL) {
		rc = security_fill(&security, request->wsse);
		if (rc != 0)
			return rc;
	}
	soap_begin(soap);
	soap->encodingStyle = NULL; /* document/literal */
	soap->user = out;
	soap->header = request->wsse != NULL ? &security.header : NULL;
	if (soap_begin_send(soap) || soap_envelope_begin_out(soap) || soap_putheader(soap) ||
	    soap_body_begin_out(soap) || put_operation(soap, request) || soap_body_end_out(soap) ||
	    soap_envelope_end_out(soap) || soap_end_send(soap))
		rc = out->error != 0 ? out->error : ERR_NOMEM;
	if (rc == 0)
		rc = out->error;
	soap->header = NULL;
	soap->user = NULL;
	soap_end(soap);
	if (request->op == ONVIF_SET_USER) {
		secret_wipe(soap->buf, sizeof(soap->buf));
		secret_wipe(soap->tmpbuf, sizeof(soap->tmpbuf));
	}
	return rc;
}
