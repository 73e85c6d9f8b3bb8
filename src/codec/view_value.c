/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Values of the tables' columns as agents really send them: numbers with the wrong tag, texts with
 * padding and in other character sets than UTF-8, MACs as bytes or as text.
 */
#include "view_impl.h"

#include "keepwatch/buf.h"
#include "keepwatch/mem.h"

#include <string.h>

const uint32_t *
view_index(const struct view_table_spec *spec, size_t column, const struct varbind *vb, size_t *len)
{
	const struct oid_ref *root;

	if (column >= spec->column_count)
		return NULL;
	root = &spec->columns[column];
	if (vb->oid_len <= root->len || !oid_has_prefix(vb->oid, vb->oid_len, root->ids, root->len))
		return NULL;
	*len = vb->oid_len - root->len;
	return vb->oid + root->len;
}

/* Decimal digits alone: ifSpeed of some FS and GBN switches. */
static bool
value_digits(const struct varbind *vb, uint64_t *out)
{
	uint64_t number = 0;

	if (vb->bytes_len == 0 || vb->bytes_len > 18)
		return false;
	for (size_t i = 0; i < vb->bytes_len; i++) {
		if (vb->bytes[i] < '0' || vb->bytes[i] > '9')
			return false;
		number = number * 10 + (uint64_t)(vb->bytes[i] - '0');
	}
	*out = number;
	return true;
}

bool
view_u64(const struct varbind *vb, uint64_t *out)
{
	switch (vb->type) {
	case VB_INTEGER:
		if (vb->number < 0)
			return false;
		*out = (uint64_t)vb->number;
		return true;
	case VB_COUNTER32:
	case VB_GAUGE32:
	case VB_TIMETICKS:
	case VB_COUNTER64:
		*out = vb->unsigned_number;
		return true;
	case VB_OCTETS:
		return value_digits(vb, out);
	default:
		return false;
	}
}

bool
view_u32(const struct varbind *vb, uint32_t *out)
{
	uint64_t number;

	if (!view_u64(vb, &number) || number > UINT32_MAX)
		return false;
	*out = (uint32_t)number;
	return true;
}

void
view_clean(const uint8_t *bytes, size_t len, char *out, size_t size)
{
	const char *text = (const char *)bytes;
	size_t used = 0, i = 0;

	/* What follows a NUL is the rest of somebody's buffer, unless it is UTF-16. */
	while (i < len && used + 1 < size) {
		size_t n = utf8_sequence(text + i, len - i);

		if (bytes[i] == 0)
			break;
		if (n == 2 && bytes[i] == 0xc2 && bytes[i + 1] < 0xa0) {
			i += 2; /* a control character of the upper half */
			continue;
		}
		if (n > 1) {
			if (used + n >= size)
				break;
			memcpy(out + used, text + i, n);
			used += n;
			i += n;
			continue;
		}
		if (n == 0)
			out[used++] = '?';
		else if (bytes[i] > ' ' && bytes[i] != 0x7f)
			out[used++] = text[i];
		else if (used > 0)
			out[used++] = ' ';
		i++;
	}
	while (used > 0 && out[used - 1] == ' ')
		used--;
	out[used] = '\0';
}

bool
view_text(const struct varbind *vb, char *out, size_t size)
{
	if (vb->type != VB_OCTETS)
		return false;
	view_clean(vb->bytes, vb->bytes_len, out, size);
	return true;
}

bool
view_mac_bytes(const uint8_t *bytes, size_t len, mac_addr *out)
{
	enum { TEXT_MIN = 2 * MAC_BYTES - 1, TEXT_MAX = 3 * MAC_BYTES }; /* "0:1:2:3:4:5" ... */
	char text[TEXT_MAX + 1] = "";
	mac_addr mac;

	if (len == MAC_BYTES) {
		mac = mac_from_bytes(bytes);
	} else {
		while (len > 0 && (bytes[len - 1] == 0 || bytes[len - 1] == ' '))
			len--;
		if (len < TEXT_MIN || len > TEXT_MAX)
			return false;
		memcpy(text, bytes, len);
		if (strlen(text) != len || mac_parse(text, &mac) != 0)
			return false;
	}
	if (!mac_is_station(mac))
		return false;
	*out = mac;
	return true;
}

bool
view_mac(const struct varbind *vb, mac_addr *out)
{
	return vb->type == VB_OCTETS && view_mac_bytes(vb->bytes, vb->bytes_len, out);
}

bool
view_mac_index(const uint32_t *ids, size_t len, mac_addr *out)
{
	uint8_t bytes[MAC_BYTES];

	if (len != MAC_BYTES)
		return false;
	for (size_t i = 0; i < MAC_BYTES; i++) {
		if (ids[i] > 0xff)
			return false;
		bytes[i] = (uint8_t)ids[i];
	}
	*out = mac_from_bytes(bytes);
	return true;
}
