/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * BER as the tests' fake agents write it: from the end of a buffer, so that lengths are known when
 * they are due.
 */
#ifndef KEEPWATCH_TESTS_SNMP_OUT_H
#define KEEPWATCH_TESTS_SNMP_OUT_H

#include <stddef.h>
#include <stdint.h>

struct out {
	uint8_t bytes[16384];
	size_t at; /* of the first octet written */
};

void out_begin(struct out *out);
void out_put(struct out *out, uint8_t tag, const void *bytes, size_t len);
/* Wraps what was written since `end` into a constructed value. */
void out_wrap(struct out *out, uint8_t tag, size_t end);
/* Always four octets. */
void out_int(struct out *out, uint8_t tag, uint32_t value);
void out_oid(struct out *out, const uint32_t *ids, size_t len);

#endif
