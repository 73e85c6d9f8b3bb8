/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One SNMP variable binding as a plain value: what net hands out and codec reads. RFC 3416
 * section 3.
 */
#ifndef KEEPWATCH_VARBIND_H
#define KEEPWATCH_VARBIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OID_MAX = 128 }; /* sub-identifiers, RFC 3416 section 4.1 */

/* BER tags of RFC 3416 and RFC 2578. */
enum varbind_type {
	VB_INTEGER = 0x02,
	VB_OCTETS = 0x04,
	VB_NULL = 0x05,
	VB_OID = 0x06,
	VB_IPADDRESS = 0x40,
	VB_COUNTER32 = 0x41,
	VB_GAUGE32 = 0x42,
	VB_TIMETICKS = 0x43,
	VB_OPAQUE = 0x44,
	VB_COUNTER64 = 0x46,
	VB_NO_SUCH_OBJECT = 0x80,
	VB_NO_SUCH_INSTANCE = 0x81,
	VB_END_OF_MIB_VIEW = 0x82,
};

struct varbind {
	const uint32_t *oid; /* borrowed */
	size_t oid_len;
	enum varbind_type type;
	int64_t number;		  /* INTEGER */
	uint64_t unsigned_number; /* COUNTER32, GAUGE32, TIMETICKS, COUNTER64 */
	const uint8_t *bytes;	  /* OCTETS, OPAQUE, IPADDRESS: borrowed, not terminated */
	size_t bytes_len;
	const uint32_t *value_oid; /* OID: borrowed */
	size_t value_oid_len;
};

/* A borrowed OID: for constant tables and requests. */
struct oid_ref {
	const uint32_t *ids;
	size_t len;
};
#define OID_REF(array)                                      \
	{                                                   \
		(array), sizeof(array) / sizeof((array)[0]) \
	}

/* True if oid begins with prefix. */
bool oid_has_prefix(const uint32_t *oid, size_t len, const uint32_t *prefix, size_t prefix_len);
/* <0, 0, >0 in lexicographic order (RFC 3416 section 4.2.2). */
int oid_compare(const uint32_t *a, size_t a_len, const uint32_t *b, size_t b_len);
/* "1.3.6.1..." Returns out; cut if it does not fit. */
const char *oid_format(const uint32_t *oid, size_t len, char *out, size_t size);
/* OCTETS as text: without trailing NULs (some agents send one, some pad), cut to fit. Returns out.
 */
const char *varbind_text(const struct varbind *varbind, char *out, size_t size);
/* Dotted text with or without a leading dot. ERR_SYNTAX, ERR_TOOBIG. */
int oid_parse(const char *text, uint32_t *out, size_t max, size_t *len);

#endif
