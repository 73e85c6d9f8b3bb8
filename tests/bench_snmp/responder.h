/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the benchmarks' agent share: its MIB, and BER written from the end of a buffer.
 */
#ifndef KEEPWATCH_BENCH_SNMP_RESPONDER_H
#define KEEPWATCH_BENCH_SNMP_RESPONDER_H

#include "../../src/net/snmpc_ber.h"

#include <openssl/evp.h>

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

void out_put(struct out *out, uint8_t tag, const void *bytes, size_t len);
void out_wrap(struct out *out, uint8_t tag, size_t end);
void out_int(struct out *out, uint8_t tag, uint32_t value);
void out_oid(struct out *out, const uint32_t *ids, size_t len);
void mib_fill(struct responder *responder);
size_t mib_find(const struct responder *responder, const uint32_t *ids, size_t len);
bool mib_is_at(const struct responder *responder, size_t at, const uint32_t *ids, size_t len);

#endif
