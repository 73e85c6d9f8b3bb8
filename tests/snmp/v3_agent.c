/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fake SNMPv3 agent: RFC 3414 section 3 with SHA-256 (RFC 7860) and AES-128 (RFC 3826).
 */
#include "v3_agent.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { DIGEST_LEN = 24, SALT_LEN = 8, TIME_WINDOW_S = 150 };

static const uint32_t uptime_oid[] = {1, 3, 6, 1, 2, 1, 1, 3, 0};

/* RFC 3414 appendix A.2, with SHA-256. */
static void
make_key(const struct v3_agent *agent, const char *password, uint8_t *key)
{
	const size_t len = strlen(password), size = 1 << 20;
	uint8_t *bytes = malloc(size), ku[V3_KEY_LEN];

	assert_non_null(bytes);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)password[i % len];
	SHA256(bytes, size, ku);
	memcpy(bytes, ku, V3_KEY_LEN);
	memcpy(bytes + V3_KEY_LEN, agent->engine_id, agent->engine_id_len);
	memcpy(bytes + V3_KEY_LEN + agent->engine_id_len, ku, V3_KEY_LEN);
	SHA256(bytes, 2 * V3_KEY_LEN + agent->engine_id_len, key);
	free(bytes);
}

static void
put_be32(uint8_t *out, uint32_t value)
{
	for (size_t i = 0; i < 4; i++)
		out[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void
crypt_pdu(const uint8_t *key, bool encrypt, uint32_t boots, uint32_t time_s, const uint8_t *salt,
	  uint8_t *bytes, size_t len)
{
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	uint8_t iv[16];
	int n = 0;

	put_be32(iv, boots);
	put_be32(iv + 4, time_s);
	memcpy(iv + 8, salt, SALT_LEN);
	assert_non_null(cipher);
	assert_int_equal(EVP_CipherInit_ex(cipher, EVP_aes_128_cfb128(), NULL, key, iv, encrypt),
			 1);
	assert_int_equal(EVP_CipherUpdate(cipher, bytes, &n, bytes, (int)len), 1);
	EVP_CIPHER_CTX_free(cipher);
}

/* ---- out */

static void
put_scoped(struct out *out, const struct v3_message *message)
{
	const uint32_t stats[] = {1, 3, 6, 1, 6, 3, 15, 1, 1, message->kind, 0};
	bool is_report = message->kind != V3_RESPONSE;
	size_t end = out->at, context_len = message->context != NULL ? strlen(message->context) : 0;

	out_int(out, is_report ? VB_COUNTER32 : VB_TIMETICKS, message->ticks);
	if (is_report)
		out_oid(out, stats, 11);
	else
		out_oid(out, uptime_oid, 9);
	out_wrap(out, BER_SEQUENCE, end);
	out_wrap(out, BER_SEQUENCE, end);
	out_int(out, BER_INTEGER, 0);
	out_int(out, BER_INTEGER, 0);
	out_int(out, BER_INTEGER, message->request_id);
	out_wrap(out, is_report ? BER_PDU_REPORT : BER_PDU_RESPONSE, end);
	out_put(out, BER_OCTETS, message->context, context_len);
	out_put(out, BER_OCTETS, message->engine_id,
		message->engine_id_len - (message->has_other_scope ? 1 : 0));
	out_wrap(out, BER_SEQUENCE, end);
}

struct v3_message
v3_agent_message(const struct v3_agent *agent, const struct v3_asked *asked, enum v3_kind kind)
{
	return (struct v3_message){
		.kind = kind,
		.engine_id = agent->engine_id,
		.engine_id_len = agent->engine_id_len,
		.boots = agent->boots,
		.time_s = agent->time_s,
		.msg_id = (uint32_t)asked->message.msg_id,
		.request_id = (uint32_t)asked->request_id,
		.context = asked->context,
		.ticks = agent->ticks,
	};
}

void
v3_agent_send(struct v3_agent *agent, const struct v3_asked *asked,
	      const struct v3_message *message)
{
	static const uint8_t salt[SALT_LEN] = {1, 2, 3, 4, 5, 6, 7, 8}, zero[DIGEST_LEN];
	const uint8_t flags = message->level;
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t end, digest_end, len;
	struct out out;

	out_begin(&out);
	end = out.at;
	put_scoped(&out, message);
	if (flags & V3_PRIV) {
		crypt_pdu(agent->priv_key, true, message->boots, message->time_s, salt,
			  out.bytes + out.at, end - out.at);
		out_wrap(&out, BER_OCTETS, end);
	}
	end = out.at;
	out_put(&out, BER_OCTETS, salt, flags & V3_PRIV ? SALT_LEN : 0);
	digest_end = out.at;
	out_put(&out, BER_OCTETS, zero, flags & V3_AUTH ? DIGEST_LEN : 0);
	out_put(&out, BER_OCTETS, agent->user, strlen(agent->user));
	out_int(&out, BER_INTEGER, message->time_s);
	out_int(&out, BER_INTEGER, message->boots);
	out_put(&out, BER_OCTETS, message->engine_id, message->engine_id_len);
	out_wrap(&out, BER_SEQUENCE, end);
	out_wrap(&out, BER_OCTETS, end);
	end = out.at;
	out_put(&out, BER_INTEGER, "\3", 1);
	out_put(&out, BER_OCTETS, &flags, 1);
	out_int(&out, BER_INTEGER, 65507);
	out_int(&out, BER_INTEGER, message->msg_id);
	out_wrap(&out, BER_SEQUENCE, end);
	out_put(&out, BER_INTEGER, "\3", 1);
	out_wrap(&out, BER_SEQUENCE, sizeof(out.bytes));
	len = sizeof(out.bytes) - out.at;
	if ((flags & V3_AUTH) && !message->is_forged) {
		HMAC(EVP_sha256(), agent->auth_key, V3_KEY_LEN, out.bytes + out.at, len, digest,
		     NULL);
		memcpy(out.bytes + digest_end - DIGEST_LEN, digest, DIGEST_LEN);
	}
	assert_int_equal(sendto(agent->fd, out.bytes + out.at, len, 0,
				(const struct sockaddr *)&asked->from, asked->from_len),
			 len);
}

/* ---- in */

static bool
is_authentic(const struct v3_agent *agent, const struct v3_asked *asked)
{
	size_t at = (size_t)(asked->message.user.data + asked->message.user.len - asked->bytes) + 2;
	uint8_t copy[sizeof(asked->bytes)], digest[EVP_MAX_MD_SIZE];

	memcpy(copy, asked->bytes, asked->len);
	if (at + DIGEST_LEN > asked->len || copy[at - 1] != DIGEST_LEN)
		return false;
	memset(copy + at, 0, DIGEST_LEN);
	HMAC(EVP_sha256(), agent->auth_key, V3_KEY_LEN, copy, asked->len, digest, NULL);
	return memcmp(digest, asked->bytes + at, DIGEST_LEN) == 0;
}

/* Decrypts in place and takes the request-id. */
static bool
read_pdu(const struct v3_agent *agent, struct v3_asked *asked)
{
	struct ber_span scoped = asked->message.rest;
	struct ber_scope scope;
	struct ber_pdu pdu;

	if (asked->message.msg_flags & V3_PRIV) {
		size_t header = scoped.data[1] & 0x80 ? 2 + (scoped.data[1] & 0x7f) : 2;
		uint8_t *bytes = asked->bytes + (scoped.data - asked->bytes) + header;

		/* The salt ends the security parameters. */
		crypt_pdu(agent->priv_key, false, (uint32_t)asked->message.engine_boots,
			  (uint32_t)asked->message.engine_time, scoped.data - SALT_LEN, bytes,
			  scoped.len - header);
		scoped = (struct ber_span){bytes, scoped.len - header};
	}
	if (ber_read_scoped(scoped, &scope) != 0 || ber_read_pdu(scope.pdu, &pdu) != 0)
		return false;
	asked->request_id = pdu.request_id;
	if (scope.context.len < sizeof(asked->context)) {
		memcpy(asked->context, scope.context.data, scope.context.len);
		asked->context[scope.context.len] = '\0';
	}
	return true;
}

/* RFC 3414 section 3.2, in its order. */
static enum v3_kind
judge(const struct v3_agent *agent, struct v3_asked *asked)
{
	const struct ber_message *message = &asked->message;
	uint8_t level = message->msg_flags & (V3_AUTH | V3_PRIV);

	if (level == 0)
		read_pdu(agent, asked);
	if (message->engine_id.len != agent->engine_id_len ||
	    memcmp(message->engine_id.data, agent->engine_id, agent->engine_id_len) != 0)
		return V3_UNKNOWN_ENGINE;
	if (message->user.len != strlen(agent->user) ||
	    memcmp(message->user.data, agent->user, message->user.len) != 0)
		return V3_UNKNOWN_USER;
	if (level != agent->level)
		return V3_UNSUPPORTED_LEVEL;
	if (level == 0)
		return V3_RESPONSE;
	if (!is_authentic(agent, asked))
		return V3_WRONG_DIGEST;
	if ((uint32_t)message->engine_boots != agent->boots ||
	    labs((long)message->engine_time - (long)agent->time_s) > TIME_WINDOW_S)
		return V3_NOT_IN_TIME_WINDOW;
	return read_pdu(agent, asked) ? V3_RESPONSE : V3_DECRYPTION_ERROR;
}

static void
on_heard(uv_poll_t *poll, int status, int events)
{
	struct v3_agent *agent = poll->data;
	struct v3_asked asked;
	ssize_t n;

	(void)status;
	(void)events;
	for (;;) {
		struct v3_message message;
		enum v3_kind kind;

		asked.from_len = sizeof(asked.from);
		n = recvfrom(agent->fd, asked.bytes, sizeof(asked.bytes), 0,
			     (struct sockaddr *)&asked.from, &asked.from_len);
		if (n <= 0)
			return;
		asked.len = (size_t)n;
		asked.request_id = 0;
		asked.context[0] = '\0';
		assert_int_equal(ber_read_message(asked.bytes, asked.len, &asked.message), 0);
		agent->heard++;
		kind = judge(agent, &asked);
		if (agent->before != NULL)
			agent->before(agent, &asked);
		if (agent->is_silent)
			continue;
		message = v3_agent_message(agent, &asked, kind);
		if (kind == V3_RESPONSE)
			message.level = agent->reply_level;
		else if (kind == V3_NOT_IN_TIME_WINDOW)
			message.level = V3_AUTH;
		if (kind == V3_RESPONSE)
			agent->answered++;
		else
			agent->reports[kind]++;
		v3_agent_send(agent, &asked, &message);
	}
}

/* ---- life */

void
v3_agent_open(struct v3_agent *agent, uv_loop_t *uv, const char *ip, const char *engine_id,
	      const char *user, const char *password)
{
	struct sockaddr_storage addr;
	socklen_t len;

	memset(agent, 0, sizeof(*agent));
	assert_int_equal(ipaddr_parse(ip, &agent->ip), 0);
	len = ipaddr_to_sockaddr(&agent->ip, 0, &addr);
	agent->fd = socket(addr.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(agent->fd >= 0);
	assert_int_equal(bind(agent->fd, (struct sockaddr *)&addr, len), 0);
	len = sizeof(addr);
	assert_int_equal(getsockname(agent->fd, (struct sockaddr *)&addr, &len), 0);
	assert_int_equal(ipaddr_from_sockaddr((struct sockaddr *)&addr, &agent->ip, &agent->port),
			 0);
	agent->engine_id_len = strlen(engine_id);
	memcpy(agent->engine_id, engine_id, agent->engine_id_len);
	agent->user = user;
	make_key(agent, password, agent->auth_key);
	make_key(agent, password, agent->priv_key);
	agent->level = agent->reply_level = V3_AUTH | V3_PRIV;
	agent->boots = 1;
	agent->time_s = 1000;
	assert_int_equal(uv_poll_init(uv, &agent->poll, agent->fd), 0);
	agent->poll.data = agent;
	assert_int_equal(uv_poll_start(&agent->poll, UV_READABLE, on_heard), 0);
}

void
v3_agent_close(struct v3_agent *agent)
{
	uv_close((uv_handle_t *)&agent->poll, NULL);
	close(agent->fd);
}

void
v3_agent_credential(struct credential *credential, const char *user, const char *password)
{
	struct credential_snmp *snmp = &credential->snmp;

	snmp->version = SNMP_V3;
	snmp->user = strdup(user);
	snmp->auth = SNMP_AUTH_SHA256;
	snmp->priv = SNMP_PRIV_AES128;
	assert_non_null(snmp->user);
	assert_int_equal(secret_new(&snmp->auth_password, password, strlen(password)), 0);
	assert_int_equal(secret_new(&snmp->priv_password, password, strlen(password)), 0);
}
