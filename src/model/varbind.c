/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Object identifiers as arrays of sub-identifiers: prefix, order, and their dotted text.
 */
#include "keepwatch/varbind.h"

#include "keepwatch/err.h"

#include <stdio.h>
#include <string.h>

bool
oid_has_prefix(const uint32_t *oid, size_t len, const uint32_t *prefix, size_t prefix_len)
{
	if (len < prefix_len)
		return false;
	return prefix_len == 0 || memcmp(oid, prefix, prefix_len * sizeof(*oid)) == 0;
}

int
oid_compare(const uint32_t *a, size_t a_len, const uint32_t *b, size_t b_len)
{
	size_t common = a_len < b_len ? a_len : b_len;

	for (size_t i = 0; i < common; i++) {
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	}
	if (a_len == b_len)
		return 0;
	return a_len < b_len ? -1 : 1;
}

const char *
oid_format(const uint32_t *oid, size_t len, char *out, size_t size)
{
	size_t used = 0;

	if (size == 0)
		return out;
	out[0] = '\0';
	for (size_t i = 0; i < len; i++) {
		char part[16];
		size_t n = (size_t)snprintf(part, sizeof(part), i == 0 ? "%u" : ".%u", oid[i]);

		if (used + n >= size)
			break;
		memcpy(out + used, part, n + 1);
		used += n;
	}
	return out;
}

const char *
varbind_text(const struct varbind *varbind, char *out, size_t size)
{
	size_t len = varbind->bytes_len;

	if (size == 0)
		return out;
	while (len > 0 && varbind->bytes[len - 1] == '\0')
		len--;
	if (len >= size)
		len = size - 1;
	for (size_t i = 0; i < len; i++)
		out[i] = varbind->bytes[i] != '\0' ? (char)varbind->bytes[i] : ' ';
	out[len] = '\0';
	return out;
}

int
oid_parse(const char *text, uint32_t *out, size_t max, size_t *len)
{
	size_t count = 0;

	if (*text == '.')
		text++;
	for (;;) {
		uint64_t value = 0;
		size_t digits = 0;

		while (*text >= '0' && *text <= '9') {
			value = value * 10 + (uint64_t)(*text++ - '0');
			if (++digits > 10 || value > UINT32_MAX)
				return ERR_SYNTAX;
		}
		if (digits == 0)
			return ERR_SYNTAX;
		if (count == max)
			return ERR_TOOBIG;
		out[count++] = (uint32_t)value;
		if (*text == '\0')
			break;
		if (*text++ != '.')
			return ERR_SYNTAX;
	}
	*len = count;
	return 0;
}
