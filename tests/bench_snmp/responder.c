/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An SNMP agent for every address of 127.0.0.0/8 at once: responder PORT [PASSWORD]. One wildcard
 * socket; IP_PKTINFO makes each reply come from the address that was asked. It has a system group
 * and the interfaces of a 48-port switch; v1, v2c, and v3 with SHA-256 and AES-128 (both passwords
 * are PASSWORD, digests of requests are not checked) and an engineID of its own per address.
 * SIGUSR1 prints the number of requests so far. Not for anything but measuring.
 */
#include "../../src/net/snmpc_ber.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	BATCH = 64,
	BUFFER = 16384,
	PORTS = 48,
	ENTRIES = 2048,
	VARBINDS = 512,
	ENGINE_LEN = 9,
	KEY_LEN = 32,
	DIGEST_LEN = 24,
	REPLY_MAX = 12000,
};

struct entry {
	uint32_t ids[16];
	size_t len;
	uint8_t bytes[96]; /* the varbind */
	size_t bytes_len;
};

struct responder {
	struct entry entries[ENTRIES]; /* in order */
	size_t count;
	uint8_t ku[KEY_LEN];
	struct ber_pool pool;
	uint64_t requests;
	uint8_t plain[BUFFER];
	EVP_CIPHER_CTX *cipher;
};

/* Bytes written from the end of a buffer. */
struct out {
	uint8_t bytes[BUFFER];
	size_t at;
};

static void
put(struct out *out, uint8_t tag, const void *bytes, size_t len)
{
	out->at -= len;
	memmove(out->bytes + out->at, bytes, len);
	if (len < 128) {
		out->bytes[--out->at] = (uint8_t)len;
	} else {
		out->bytes[--out->at] = (uint8_t)len;
		out->bytes[--out->at] = (uint8_t)(len >> 8);
		out->bytes[--out->at] = 0x82;
	}
	out->bytes[--out->at] = tag;
}

static void
wrap(struct out *out, uint8_t tag, size_t end)
{
	size_t at = out->at;

	out->at = end;
	put(out, tag, out->bytes + at, end - at);
}

static void
put_int(struct out *out, uint8_t tag, uint32_t value)
{
	const uint8_t bytes[] = {0, (uint8_t)(value >> 24), (uint8_t)(value >> 16),
				 (uint8_t)(value >> 8), (uint8_t)value};
	size_t skip = 0;

	while (skip < 4 && bytes[skip] == 0 && (bytes[skip + 1] & 0x80) == 0)
		skip++;
	put(out, tag, bytes + skip, 5 - skip);
}

static void
put_oid(struct out *out, const uint32_t *ids, size_t len)
{
	uint8_t bytes[80];
	size_t n = 0;

	bytes[n++] = (uint8_t)(ids[0] * 40 + ids[1]);
	for (size_t i = 2; i < len; i++) {
		if (ids[i] >= 128)
			bytes[n++] = (uint8_t)(0x80 | ids[i] >> 7);
		bytes[n++] = ids[i] & 0x7f;
	}
	put(out, VB_OID, bytes, n);
}

/* ---- the MIB */

static void
add(struct responder *responder, const uint32_t *ids, size_t len, uint8_t type, uint32_t number,
    const char *text)
{
	struct entry *entry = &responder->entries[responder->count++];
	struct out out = {.at = BUFFER};
	static const uint32_t object_id[] = {1, 3, 6, 1, 4, 1, 99, 1};

	if (type == VB_OCTETS)
		put(&out, type, text, strlen(text));
	else if (type == VB_OID)
		put_oid(&out, object_id, 8);
	else
		put_int(&out, type, number);
	put_oid(&out, ids, len);
	wrap(&out, 0x30, BUFFER);
	memcpy(entry->ids, ids, len * sizeof(*ids));
	entry->len = len;
	entry->bytes_len = BUFFER - out.at;
	memcpy(entry->bytes, out.bytes + out.at, entry->bytes_len);
}

static void
add_column(struct responder *responder, const uint32_t *root, size_t len, uint8_t type,
	   uint32_t number, const char *text)
{
	uint32_t ids[16];
	char name[64];

	memcpy(ids, root, len * sizeof(*ids));
	for (uint32_t port = 1; port <= PORTS; port++) {
		ids[len] = port;
		snprintf(name, sizeof(name), "%s%u", text, port);
		add(responder, ids, len + 1, type, number, name);
	}
}

static void
fill(struct responder *responder)
{
	static const struct {
		uint8_t arc, type;
		uint32_t number;
		const char *text;
	} system[] = {{1, VB_OCTETS, 0, "Bench switch, 48 ports, version 1.2.3"},
		      {2, VB_OID, 0, ""},
		      {3, VB_TIMETICKS, 123456789, ""},
		      {4, VB_OCTETS, 0, "nobody"},
		      {5, VB_OCTETS, 0, "bench"},
		      {6, VB_OCTETS, 0, "loopback"}},
	  iftable[] = {{1, VB_INTEGER, 1, ""},	       {2, VB_OCTETS, 0, "GigabitEthernet0/"},
		       {3, VB_INTEGER, 6, ""},	       {5, VB_GAUGE32, 1000000000, ""},
		       {6, VB_OCTETS, 0, "mac-0"},     {7, VB_INTEGER, 1, ""},
		       {8, VB_INTEGER, 2, ""},	       {10, VB_COUNTER32, 1234567, ""},
		       {16, VB_COUNTER32, 7654321, ""}},
	  ifxtable[] = {{1, VB_OCTETS, 0, "Gi0/"},
			{15, VB_GAUGE32, 1000, ""},
			{18, VB_OCTETS, 0, "to room "}};
	static const uint32_t behind[] = {1, 3, 6, 1, 2, 1, 99, 1, 0};

	for (size_t i = 0; i < sizeof(system) / sizeof(system[0]); i++) {
		const uint32_t ids[] = {1, 3, 6, 1, 2, 1, 1, system[i].arc, 0};

		add(responder, ids, 9, system[i].type, system[i].number, system[i].text);
	}
	for (size_t i = 0; i < sizeof(iftable) / sizeof(iftable[0]); i++) {
		const uint32_t ids[] = {1, 3, 6, 1, 2, 1, 2, 2, 1, iftable[i].arc};

		add_column(responder, ids, 10, iftable[i].type, iftable[i].number, iftable[i].text);
	}
	for (size_t i = 0; i < sizeof(ifxtable) / sizeof(ifxtable[0]); i++) {
		const uint32_t ids[] = {1, 3, 6, 1, 2, 1, 31, 1, 1, 1, ifxtable[i].arc};

		add_column(responder, ids, 11, ifxtable[i].type, ifxtable[i].number,
			   ifxtable[i].text);
	}
	add(responder, behind, 9, VB_INTEGER, 0, "");
}

/* The first entry at or behind an OID. */
static size_t
find(const struct responder *responder, const uint32_t *ids, size_t len)
{
	size_t low = 0, high = responder->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct entry *entry = &responder->entries[middle];

		if (oid_compare(entry->ids, entry->len, ids, len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_at(const struct responder *responder, size_t at, const uint32_t *ids, size_t len)
{
	return at < responder->count &&
	       oid_compare(responder->entries[at].ids, responder->entries[at].len, ids, len) == 0;
}

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
				found = find(responder, vb->oid, vb->oid_len);
				if (pdu.type != BER_PDU_GET &&
				    is_at(responder, found, vb->oid, vb->oid_len))
					found++;
			}
			at[n++] = found < responder->count ? found : responder->count - 1;
		}
	}
	put_entries(responder, out, at, n);
	wrap(out, 0x30, end);
	put_int(out, VB_INTEGER, 0);
	put_int(out, VB_INTEGER, 0);
	put_int(out, VB_INTEGER, (uint32_t)pdu.request_id);
	wrap(out, BER_PDU_RESPONSE, end);
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

	put(out, BER_OCTETS, salt, flags & 2 ? 8 : 0);
	put(out, BER_OCTETS, zero, flags & 1 ? DIGEST_LEN : 0);
	from_end = out->at + 2;
	put(out, BER_OCTETS, message->user.data, message->user.len);
	put_int(out, BER_INTEGER, time_s);
	put_int(out, BER_INTEGER, 1);
	put(out, BER_OCTETS, engine, ENGINE_LEN);
	/* wrap moves nothing but the header's place */
	wrap(out, BER_SEQUENCE, end);
	wrap(out, BER_OCTETS, end);
	*digest_at = from_end;
	end = out->at;
	put_int(out, BER_INTEGER, 3);
	put(out, BER_OCTETS, &flags, 1);
	put_int(out, BER_INTEGER, 65507);
	put_int(out, BER_INTEGER, (uint32_t)message->msg_id);
	wrap(out, BER_SEQUENCE, end);
	put_int(out, BER_INTEGER, 3);
	wrap(out, BER_SEQUENCE, BUFFER);
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
		put_int(out, VB_COUNTER32, 1);
		put_oid(out, unknown_engine, 11);
		wrap(out, 0x30, BUFFER);
		wrap(out, 0x30, BUFFER);
		put_int(out, VB_INTEGER, 0);
		put_int(out, VB_INTEGER, 0);
		put_int(out, VB_INTEGER, 0);
		wrap(out, BER_PDU_REPORT, BUFFER);
		put(out, BER_OCTETS, "", 0);
		put(out, BER_OCTETS, engine, ENGINE_LEN);
		wrap(out, BER_SEQUENCE, BUFFER);
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
	put(out, BER_OCTETS, "", 0);
	put(out, BER_OCTETS, engine, ENGINE_LEN);
	wrap(out, BER_SEQUENCE, BUFFER);
	if (message->msg_flags & 2) {
		memcpy(salt, &responder->requests, 8);
		crypt_pdu(responder, true, key, 1, time_s, salt, out->bytes + out->at,
			  BUFFER - out->at, out->bytes + out->at);
		wrap(out, BER_OCTETS, BUFFER);
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
	put(out, BER_OCTETS, message.community.data, message.community.len);
	put_int(out, BER_INTEGER, (uint32_t)message.version);
	wrap(out, BER_SEQUENCE, BUFFER);
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
serve(struct responder *responder, struct batch *batch, int fd)
{
	unsigned n = 0;
	int got;

	prepare(batch);
	got = recvmmsg(fd, batch->in, BATCH, MSG_WAITFORONE, NULL);
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
	fill(responder);
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
		serve(responder, batch, fd);
		if (is_asked) {
			is_asked = 0;
			printf("requests %llu\n", (unsigned long long)responder->requests);
			fflush(stdout);
		}
	}
}
