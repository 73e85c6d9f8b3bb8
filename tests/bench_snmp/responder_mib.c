/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The MIB of the benchmarks' agent: a system group and a 48-port switch, encoded beforehand.
 */
#include "responder.h"

#include <stdio.h>
#include <string.h>

void
out_put(struct out *out, uint8_t tag, const void *bytes, size_t len)
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

void
out_wrap(struct out *out, uint8_t tag, size_t end)
{
	size_t at = out->at;

	out->at = end;
	out_put(out, tag, out->bytes + at, end - at);
}

void
out_int(struct out *out, uint8_t tag, uint32_t value)
{
	const uint8_t bytes[] = {0, (uint8_t)(value >> 24), (uint8_t)(value >> 16),
				 (uint8_t)(value >> 8), (uint8_t)value};
	size_t skip = 0;

	while (skip < 4 && bytes[skip] == 0 && (bytes[skip + 1] & 0x80) == 0)
		skip++;
	out_put(out, tag, bytes + skip, 5 - skip);
}

void
out_oid(struct out *out, const uint32_t *ids, size_t len)
{
	uint8_t bytes[80];
	size_t n = 0;

	bytes[n++] = (uint8_t)(ids[0] * 40 + ids[1]);
	for (size_t i = 2; i < len; i++) {
		if (ids[i] >= 128)
			bytes[n++] = (uint8_t)(0x80 | ids[i] >> 7);
		bytes[n++] = ids[i] & 0x7f;
	}
	out_put(out, VB_OID, bytes, n);
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
		out_put(&out, type, text, strlen(text));
	else if (type == VB_OID)
		out_oid(&out, object_id, 8);
	else
		out_int(&out, type, number);
	out_oid(&out, ids, len);
	out_wrap(&out, 0x30, BUFFER);
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

void
mib_fill(struct responder *responder)
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
size_t
mib_find(const struct responder *responder, const uint32_t *ids, size_t len)
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

bool
mib_is_at(const struct responder *responder, size_t at, const uint32_t *ids, size_t len)
{
	return at < responder->count &&
	       oid_compare(responder->entries[at].ids, responder->entries[at].len, ids, len) == 0;
}
