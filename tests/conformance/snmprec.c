/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading .snmprec dumps.
 */
#include "snmprec.h"

#include "tap.h"

#include "keepwatch/mem.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* In place: the text is longer than its bytes. */
static size_t
unhex(char *text)
{
	size_t len = 0;

	for (const char *at = text; at[0] != '\0' && at[1] != '\0'; at += 2) {
		char two[3] = {at[0], at[1], '\0'}, *end;
		unsigned long byte = strtoul(two, &end, 16);

		if (*end != '\0')
			break;
		text[len++] = (char)byte;
	}
	return len;
}

static bool
read_value(struct snmprec_row *row, char *tag, char *value)
{
	struct varbind *vb = &row->vb;
	bool is_hex = strchr(tag, 'x') != NULL;
	struct in_addr address;

	vb->type = (enum varbind_type)strtoul(tag, NULL, 10);
	vb->number = strtoll(value, NULL, 10);
	vb->unsigned_number = strtoull(value, NULL, 10);
	switch (vb->type) {
	case VB_OCTETS:
	case VB_OPAQUE:
		vb->bytes_len = is_hex ? unhex(value) : strlen(value);
		vb->bytes = (const uint8_t *)value;
		return true;
	case VB_IPADDRESS:
		if (is_hex)
			unhex(value);
		else if (inet_pton(AF_INET, value, &address) == 1)
			memcpy(value, &address, sizeof(address)); /* "0.0.0.0" is longer */
		else
			return false;
		vb->bytes = (const uint8_t *)value;
		vb->bytes_len = 4;
		return true;
	case VB_OID:
		value[strcspn(value, " ")] = '\0'; /* some have a blank or a dot behind */
		if (value[0] != '\0' && value[strlen(value) - 1] == '.')
			value[strlen(value) - 1] = '\0';
		return oid_parse(value, row->value_oid, OID_MAX, &vb->value_oid_len) == 0;
	case VB_INTEGER:
	case VB_COUNTER32:
	case VB_GAUGE32:
	case VB_TIMETICKS:
	case VB_COUNTER64:
		return true;
	default:
		return false;
	}
}

static int
compare(const void *left, const void *right)
{
	const struct snmprec_row *a = left, *b = right;

	return oid_compare(a->oid, a->vb.oid_len, b->oid, b->vb.oid_len);
}

bool
snmprec_load(struct snmprec *dump, const char *path)
{
	size_t len;

	*dump = (struct snmprec){.text = read_whole(path, &len)};
	if (dump->text == NULL)
		return false;
	for (char *line = dump->text, *next; line != NULL; line = next) {
		struct snmprec_row row = {.vb.type = VB_NULL};
		char *tag = strchr(line, '|'), *value = tag == NULL ? NULL : strchr(tag + 1, '|');

		next = strchr(line, '\n');
		if (next != NULL) {
			if (next > line && next[-1] == '\r')
				next[-1] = '\0';
			*next++ = '\0';
		}
		if (tag == NULL || value == NULL || (next != NULL && value >= next))
			continue;
		*tag++ = '\0';
		*value++ = '\0';
		if (oid_parse(line, row.oid, OID_MAX, &row.vb.oid_len) != 0 ||
		    !read_value(&row, tag, value) ||
		    mem_grow(&dump->rows, &dump->cap, dump->count + 1, sizeof(row)) != 0)
			continue;
		dump->rows[dump->count++] = row;
	}
	if (dump->count > 0)
		qsort(dump->rows, dump->count, sizeof(*dump->rows), compare);
	for (size_t i = 0; i < dump->count; i++) {
		dump->rows[i].vb.oid = dump->rows[i].oid;
		dump->rows[i].vb.value_oid = dump->rows[i].value_oid;
	}
	return true;
}

void
snmprec_free(struct snmprec *dump)
{
	free(dump->rows);
	free(dump->text);
}

size_t
snmprec_after(const struct snmprec *dump, const uint32_t *oid, size_t len)
{
	size_t low = 0, high = dump->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct snmprec_row *row = &dump->rows[middle];

		if (oid_compare(row->oid, row->vb.oid_len, oid, len) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct varbind *
snmprec_get(const struct snmprec *dump, const struct oid_ref *oid)
{
	size_t at = snmprec_after(dump, oid->ids, oid->len);
	const struct varbind *vb = at > 0 ? &dump->rows[at - 1].vb : NULL;

	return vb != NULL && oid_compare(vb->oid, vb->oid_len, oid->ids, oid->len) == 0 ? vb : NULL;
}
