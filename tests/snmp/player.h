/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the player share: dumps of SNMP agents in memory, and messages of RFC 1157 and
 * RFC 3416 as an agent reads and writes them. It shares no code with what it tests.
 */
#ifndef KEEPWATCH_TESTS_SNMP_PLAYER_H
#define KEEPWATCH_TESTS_SNMP_PLAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PLAYER_OID_MAX = 128,
	PLAYER_ASKED_MAX = 128, /* varbinds of a request */
	PLAYER_COMMUNITY_MAX = 128,
	PLAYER_MESSAGE_MAX = 65507, /* of a UDP datagram */
};

/* ---- dumps */

/* One instance. Its OID is dump->ids[ids_at ...], its encoded varbind dump->bytes[bytes_at ...]. */
struct entry {
	uint32_t ids_at, bytes_at, bytes_len;
	uint8_t ids_len;
	uint8_t tag;
};

struct dump {
	char *name; /* the community: file name without ".snmprec" */
	char *path;
	bool is_loaded;
	struct entry *entries; /* ascending */
	size_t count;
	uint32_t *ids;
	uint8_t *bytes;
};

struct dumps {
	struct dump *items; /* by name */
	size_t count, cap;
	bool is_verbose; /* lines that make no sense are told of on stderr */
};

/* Takes a file, or all *.snmprec of a folder. -1 if it cannot be read. */
int dumps_add(struct dumps *dumps, const char *path);
void dumps_sort(struct dumps *dumps);
/* Loaded when first asked for. NULL: no such community. */
struct dump *dumps_find(struct dumps *dumps, const char *name, size_t len);
void dumps_free(struct dumps *dumps);
/* The first entry behind an OID, or at it if `is_at` says so; dump->count: none. */
size_t dump_find(const struct dump *dump, const uint32_t *ids, size_t len, bool is_at);
bool dump_is_at(const struct dump *dump, size_t at, const uint32_t *ids, size_t len);
/* Whether any entry begins with this. */
bool dump_has_prefix(const struct dump *dump, const uint32_t *ids, size_t len);

/* ---- messages */

enum {
	PDU_GET = 0xa0,
	PDU_GETNEXT = 0xa1,
	PDU_RESPONSE = 0xa2,
	PDU_GETBULK = 0xa5,
	TAG_INTEGER = 0x02,
	TAG_OCTETS = 0x04,
	TAG_NULL = 0x05,
	TAG_OID = 0x06,
	TAG_SEQUENCE = 0x30,
	TAG_COUNTER64 = 0x46,
	TAG_NO_SUCH_OBJECT = 0x80,
	TAG_NO_SUCH_INSTANCE = 0x81,
	TAG_END_OF_MIB_VIEW = 0x82,
	ERROR_TOO_BIG = 1,
	ERROR_NO_SUCH_NAME = 2,
	ERROR_GEN = 5,
};

struct asked_oid {
	uint32_t ids[PLAYER_OID_MAX];
	size_t len;
	const uint8_t *raw; /* the encoded name, with its header */
	size_t raw_len;
};

struct question {
	int64_t version; /* 0 v1, 1 v2c */
	const char *community;
	size_t community_len;
	uint8_t type;
	int64_t request_id;
	int64_t non_repeaters, max_repetitions; /* of GETBULK */
	const uint8_t *varbinds;		/* as they came */
	size_t varbinds_len;
	struct asked_oid oids[PLAYER_ASKED_MAX];
	size_t count;
};

/* -1 if it is not a request of v1 or v2c. */
int question_read(struct question *question, const uint8_t *data, size_t len);

/* An answer under way: varbinds are appended behind room for the header. */
enum { ANSWER_HEADER = 192 };
struct answer {
	uint8_t bytes[ANSWER_HEADER + PLAYER_MESSAGE_MAX];
	size_t len;  /* of the varbinds */
	size_t most; /* that they may have */
};

void answer_begin(struct answer *answer, const struct question *question, size_t max_size);
/* False if it does not fit any more. */
bool answer_put(struct answer *answer, const uint8_t *varbind, size_t len);
/* The name that was asked for with one of the exceptions, or with NULL. */
bool answer_put_name(struct answer *answer, const struct asked_oid *oid, uint8_t tag);
/* Puts the header before the varbinds; returns where the message begins. */
uint8_t *answer_finish(struct answer *answer, const struct question *question, uint32_t status,
		       uint32_t index, size_t *len);

/* Both return the bytes written; out has room for 8 and 5 * len + 8. */
size_t ber_put_length(uint8_t *out, size_t len);
size_t ber_put_oid(uint8_t *out, const uint32_t *ids, size_t len);
size_t ber_put_integer(uint8_t *out, uint8_t tag, int64_t value);

#endif
