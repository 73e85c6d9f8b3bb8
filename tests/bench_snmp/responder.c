/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An SNMP agent for every address of 127.0.0.0/8 at once: responder PORT [PASSWORD [spin]]. One
 * wildcard socket; IP_PKTINFO makes each reply come from the address that was asked. It has a
 * system group and the interfaces of a 48-port switch; v1, v2c, and v3 with SHA-256 and AES-128
 * (both passwords are PASSWORD, digests of requests are not checked) and an engineID of its own per
 * address. With spin it polls its socket without sleeping. SIGUSR1 prints the number of requests so
 * far. Not for anything but measuring.
 */
#include "responder.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* ---- PDUs */

static void
put_entries(struct responder *responder, struct out *out, const size_t *at, size_t n)
{
	size_t room = REPLY_MAX, fits = 0;

	while (fits < n && responder->entries[at[fits]].bytes_len < room)
		room -= responder->entries[at[fits++]].bytes_len;
	for (size_t i = fits; i-- > 0;) {
		const struct entry *entry = &responder->entries[at[i]];

		out->at -= entry->bytes_len;
		memcpy(out->bytes + out->at, entry->bytes, entry->bytes_len);
	}
}

static int
respond(struct responder *responder, struct ber_span span, struct out *out, size_t end)
{
	struct ber_pdu pdu;
	size_t count, at[VARBINDS], n = 0;
	uint32_t repetitions = 1;

	if (ber_read_pdu(span, &pdu) != 0 ||
	    ber_read_varbinds(pdu.varbinds, &responder->pool, &count) != 0)
		return -1;
	if (pdu.type == BER_PDU_GETBULK)
		repetitions = pdu.error_index;
	for (uint32_t r = 0; r < repetitions && n + count <= VARBINDS; r++) {
		for (size_t i = 0; i < count; i++) {
			const struct varbind *vb = &responder->pool.varbinds[i];
			size_t found;

			if (r > 0) {
				found = at[n - count] + 1;
			} else {
				found = mib_find(responder, vb->oid, vb->oid_len);
				if (pdu.type != BER_PDU_GET &&
				    mib_is_at(responder, found, vb->oid, vb->oid_len))
					found++;
			}
			at[n++] = found < responder->count ? found : responder->count - 1;
		}
	}
	put_entries(responder, out, at, n);
	out_wrap(out, 0x30, end);
	out_int(out, VB_INTEGER, 0);
	out_int(out, VB_INTEGER, 0);
	out_int(out, VB_INTEGER, (uint32_t)pdu.request_id);
	out_wrap(out, BER_PDU_RESPONSE, end);
	return 0;
}

/* ---- v3 */

static void
expand_password(struct responder *responder, const char *password)
{
	static uint8_t bytes[1 << 20];
	size_t len = strlen(password);

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)password[i % len];
	SHA256(bytes, sizeof(bytes), responder->ku);
}

static void
localize(const struct responder *responder, const uint8_t *engine, uint8_t *key)
{
	uint8_t bytes[2 * KEY_LEN + ENGINE_LEN];

	memcpy(bytes, responder->ku, KEY_LEN);
	memcpy(bytes + KEY_LEN, engine, ENGINE_LEN);
	memcpy(bytes + KEY_LEN + ENGINE_LEN, responder->ku, KEY_LEN);
	SHA256(bytes, sizeof(bytes), key);
}

static void
put_be32(uint8_t *out, uint32_t value)
{
	for (size_t i = 0; i < 4; i++)
		out[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void
crypt_pdu(struct responder *responder, bool encrypt, const uint8_t *key, uint32_t boots,
	  uint32_t time_s, const uint8_t *salt, const uint8_t *in, size_t len, uint8_t *out)
{
	uint8_t iv[16];
	int n = 0;

	put_be32(iv, boots);
	put_be32(iv + 4, time_s);
	memcpy(iv + 8, salt, 8);
	EVP_CipherInit_ex(responder->cipher, EVP_aes_128_cfb128(), NULL, key, iv, encrypt);
	EVP_CipherUpdate(responder->cipher, out, &n, in, (int)len);
}

static void
envelope_v3(struct out *out, const struct ber_message *message, uint8_t flags,
	    const uint8_t *engine, uint32_t time_s, const uint8_t *salt, size_t *digest_at)
{
	static const uint8_t zero[DIGEST_LEN] = {0};
	size_t end = out->at, from_end;

	out_put(out, BER_OCTETS, salt, flags & 2 ? 8 : 0);
	out_put(out, BER_OCTETS, zero, flags & 1 ? DIGEST_LEN : 0);
	from_end = out->at + 2;
	out_put(out, BER_OCTETS, message->user.data, message->user.len);
	out_int(out, BER_INTEGER, time_s);
	out_int(out, BER_INTEGER, 1);
	out_put(out, BER_OCTETS, engine, ENGINE_LEN);
	/* wrap moves nothing but the header's place */
	out_wrap(out, BER_SEQUENCE, end);
	out_wrap(out, BER_OCTETS, end);
	*digest_at = from_end;
	end = out->at;
	out_int(out, BER_INTEGER, 3);
	out_put(out, BER_OCTETS, &flags, 1);
	out_int(out, BER_INTEGER, 65507);
	out_int(out, BER_INTEGER, (uint32_t)message->msg_id);
	out_wrap(out, BER_SEQUENCE, end);
	out_int(out, BER_INTEGER, 3);
	out_wrap(out, BER_SEQUENCE, BUFFER);
}

static int
answer_v3(struct responder *responder, const struct ber_message *message, const uint8_t *data,
	  uint32_t address, struct out *out)
{
	static const uint32_t unknown_engine[] = {1, 3, 6, 1, 6, 3, 15, 1, 1, 4, 0};
	uint8_t engine[ENGINE_LEN] = {0x80, 0, 0x1f, 0x88, 1};
	uint8_t key[KEY_LEN], salt[8] = {0}, digest[EVP_MAX_MD_SIZE];
	uint32_t time_s = (uint32_t)time(NULL) & 0xffffff;
	struct ber_span scoped = message->rest;
	struct ber_scope scope;
	size_t digest_at;

	memcpy(engine + 5, &address, 4);
	if (message->engine_id.len != ENGINE_LEN) {
		out_int(out, VB_COUNTER32, 1);
		out_oid(out, unknown_engine, 11);
		out_wrap(out, 0x30, BUFFER);
		out_wrap(out, 0x30, BUFFER);
		out_int(out, VB_INTEGER, 0);
		out_int(out, VB_INTEGER, 0);
		out_int(out, VB_INTEGER, 0);
		out_wrap(out, BER_PDU_REPORT, BUFFER);
		out_put(out, BER_OCTETS, "", 0);
		out_put(out, BER_OCTETS, engine, ENGINE_LEN);
		out_wrap(out, BER_SEQUENCE, BUFFER);
		envelope_v3(out, message, 0, engine, time_s, salt, &digest_at);
		return 0;
	}
	localize(responder, engine, key);
	if (message->msg_flags & 2) {
		size_t skip = scoped.data[1] & 0x80 ? 2 + (scoped.data[1] & 0x7f) : 2;

		/* The salt ends the security parameters. */
		crypt_pdu(responder, false, key, (uint32_t)message->engine_boots,
			  (uint32_t)message->engine_time, scoped.data - 8, scoped.data + skip,
			  scoped.len - skip, responder->plain);
		scoped.data = responder->plain;
		scoped.len -= skip;
	}
	(void)data;
	if (ber_read_scoped(scoped, &scope) != 0 || respond(responder, scope.pdu, out, BUFFER) != 0)
		return -1;
	out_put(out, BER_OCTETS, "", 0);
	out_put(out, BER_OCTETS, engine, ENGINE_LEN);
	out_wrap(out, BER_SEQUENCE, BUFFER);
	if (message->msg_flags & 2) {
		memcpy(salt, &responder->requests, 8);
		crypt_pdu(responder, true, key, 1, time_s, salt, out->bytes + out->at,
			  BUFFER - out->at, out->bytes + out->at);
		out_wrap(out, BER_OCTETS, BUFFER);
	}
	envelope_v3(out, message, message->msg_flags & 3, engine, time_s, salt, &digest_at);
	if (message->msg_flags & 1) {
		HMAC(EVP_sha256(), key, KEY_LEN, out->bytes + out->at, BUFFER - out->at, digest,
		     NULL);
		memcpy(out->bytes + digest_at, digest, DIGEST_LEN);
	}
	return 0;
}

static int
answer(struct responder *responder, const uint8_t *data, size_t len, uint32_t address,
       struct out *out)
{
	struct ber_message message;

	out->at = BUFFER;
	if (ber_read_message(data, len, &message) != 0)
		return -1;
	responder->requests++;
	if (message.version == 3)
		return answer_v3(responder, &message, data, address, out);
	if (respond(responder, message.rest, out, BUFFER) != 0)
		return -1;
	out_put(out, BER_OCTETS, message.community.data, message.community.len);
	out_int(out, BER_INTEGER, (uint32_t)message.version);
	out_wrap(out, BER_SEQUENCE, BUFFER);
	return 0;
}

/* ---- the wire */

struct batch {
	struct mmsghdr in[BATCH], to[BATCH];
	struct iovec in_iov[BATCH], to_iov[BATCH];
	struct sockaddr_in from[BATCH];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control[BATCH];
	uint8_t bytes[BATCH][BUFFER];
	struct out out[BATCH];
};

static void
prepare(struct batch *batch)
{
	for (size_t i = 0; i < BATCH; i++) {
		struct msghdr *in = &batch->in[i].msg_hdr;

		batch->in_iov[i] = (struct iovec){batch->bytes[i], BUFFER};
		in->msg_iov = &batch->in_iov[i];
		in->msg_iovlen = 1;
		in->msg_name = &batch->from[i];
		in->msg_namelen = sizeof(batch->from[i]);
		in->msg_control = batch->control[i].bytes;
		in->msg_controllen = sizeof(batch->control[i].bytes);
	}
}

static void
serve(struct responder *responder, struct batch *batch, int fd, int flags)
{
	unsigned n = 0;
	int got;

	prepare(batch);
	got = recvmmsg(fd, batch->in, BATCH, flags, NULL);
	for (int i = 0; i < got; i++) {
		struct cmsghdr *control = CMSG_FIRSTHDR(&batch->in[i].msg_hdr);
		struct in_pktinfo *info;
		struct out *out = &batch->out[n];

		if (control == NULL || control->cmsg_type != IP_PKTINFO)
			continue;
		info = (struct in_pktinfo *)(void *)CMSG_DATA(control);
		if (answer(responder, batch->bytes[i], batch->in[i].msg_len, info->ipi_addr.s_addr,
			   out) != 0)
			continue;
		info->ipi_spec_dst = info->ipi_addr;
		info->ipi_ifindex = 0;
		batch->to_iov[n] = (struct iovec){out->bytes + out->at, BUFFER - out->at};
		batch->to[n].msg_hdr = batch->in[i].msg_hdr;
		batch->to[n].msg_hdr.msg_iov = &batch->to_iov[n];
		n++;
	}
	for (unsigned sent = 0; sent < n;) {
		int rc = sendmmsg(fd, batch->to + sent, n - sent, 0);

		sent += rc > 0 ? (unsigned)rc : 1;
	}
}

static volatile sig_atomic_t is_asked;

static void
on_signal(int number)
{
	(void)number;
	is_asked = 1;
}

int
main(int argc, char **argv)
{
	struct responder *responder = calloc(1, sizeof(*responder));
	struct batch *batch = calloc(1, sizeof(*batch));
	struct sockaddr_in addr = {.sin_family = AF_INET};
	struct sigaction action = {.sa_handler = on_signal};
	const int on = 1, size = 64 << 20;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (argc < 2 || responder == NULL || batch == NULL || fd < 0)
		return 2;
	responder->pool = (struct ber_pool){calloc(VARBINDS, sizeof(struct varbind)), VARBINDS,
					    calloc(BUFFER, sizeof(uint32_t)), BUFFER};
	responder->cipher = EVP_CIPHER_CTX_new();
	mib_fill(responder);
	expand_password(responder, argc > 2 ? argv[2] : "bench password");
	addr.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0) {
		perror("responder: bind");
		return 1;
	}
	sigaction(SIGUSR1, &action, NULL);
	puts("ready");
	fflush(stdout);
	for (;;) {
		serve(responder, batch, fd, argc > 3 ? MSG_DONTWAIT : MSG_WAITFORONE);
		if (is_asked) {
			is_asked = 0;
			printf("requests %llu\n", (unsigned long long)responder->requests);
			fflush(stdout);
		}
	}
}
