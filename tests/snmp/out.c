/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * BER written from the end of a buffer.
 */
#include "out.h"

#include "keepwatch/varbind.h"

#include <string.h>

void
out_begin(struct out *out)
{
	out->at = sizeof(out->bytes);
}

void
out_put(struct out *out, uint8_t tag, const void *bytes, size_t len)
{
	uint8_t *p;

	out->at -= len;
	if (len > 0)
		memmove(out->bytes + out->at, bytes, len);
	p = out->bytes + out->at;
	*--p = (uint8_t)len;
	if (len >= 128) {
		*--p = (uint8_t)(len >> 8);
		*--p = 0x82;
	}
	*--p = tag;
	out->at = (size_t)(p - out->bytes);
}

void
out_wrap(struct out *out, uint8_t tag, size_t end)
{
	size_t len = end - out->at, at = out->at;

	out->at = end;
	out_put(out, tag, out->bytes + at, len);
}

void
out_int(struct out *out, uint8_t tag, uint32_t value)
{
	const uint8_t bytes[] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16),
				 (uint8_t)(value >> 8), (uint8_t)value};

	out_put(out, tag, bytes, sizeof(bytes));
}

void
out_oid(struct out *out, const uint32_t *ids, size_t len)
{
	uint8_t bytes[5 * OID_MAX];
	size_t n = 0;

	bytes[n++] = (uint8_t)(ids[0] * 40 + ids[1]);
	for (size_t i = 2; i < len; i++) {
		for (int shift = 28; shift > 0; shift -= 7) {
			if (ids[i] >> shift != 0)
				bytes[n++] = (uint8_t)(0x80 | (ids[i] >> shift & 0x7f));
		}
		bytes[n++] = ids[i] & 0x7f;
	}
	out_put(out, VB_OID, bytes, n);
}
