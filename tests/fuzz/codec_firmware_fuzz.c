/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Firmware rules. 'T': the rest is a table. Otherwise the second byte chooses a sysObjectID, a line
 * follows that is sysDescr, and the rest answers what the built-in table asks for: type, length,
 * bytes.
 */
#include "keepwatch/buf.h"
#include "keepwatch/firmware_rule.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_table(const uint8_t *data, size_t size)
{
	struct firmware_rules *rules;
	struct firmware_complaint complaint = {0};

	/* glibc's regcomp takes any time and memory for such as "a+++++++++"; the table has none */
	if (size > 512)
		return;
	for (size_t i = 0; i < size; i++) {
		if (data[i] == '{' || (i > 0 && strchr("+*?", data[i]) != NULL &&
				       strchr("+*?(|", data[i - 1]) != NULL))
			return;
	}
	if (firmware_rules_parse(&rules, (const char *)data, size, &complaint) == 0)
		firmware_rules_free(rules);
	else if (complaint.line == 0 || complaint.column == 0)
		abort();
}

static void
take_one(struct firmware_read *reading, struct rd *rd, const struct oid_ref *oid, uint32_t row)
{
	static const enum varbind_type types[] = {VB_OCTETS, VB_OCTETS,	   VB_OCTETS,	 VB_INTEGER,
						  VB_OID,    VB_IPADDRESS, VB_COUNTER64, VB_NULL};
	uint32_t ids[OID_MAX];
	struct varbind vb = {.oid = ids, .oid_len = oid->len};
	size_t len;

	memcpy(ids, oid->ids, oid->len * sizeof(*ids));
	if (row != 0)
		ids[vb.oid_len++] = row;
	vb.type = types[rd_u8(rd) % 8];
	len = rd_u8(rd);
	vb.number = vb.type == VB_INTEGER ? (int64_t)len - 128 : 0;
	vb.unsigned_number = len;
	vb.value_oid = oid->ids;
	vb.value_oid_len = len < oid->len ? len : oid->len;
	vb.bytes_len = len < rd_left(rd) ? len : rd_left(rd);
	vb.bytes = rd_bytes(rd, vb.bytes_len);
	firmware_read_take(reading, &vb);
}

static void
read_device(struct firmware_read *reading, struct rd *rd)
{
	struct firmware_found found[FIRMWARE_ITEM_COUNT];
	struct firmware_ask ask;

	while (firmware_read_next(reading, &ask)) {
		for (size_t i = 0; i < ask.scalar_count && rd_left(rd) > 0; i++)
			take_one(reading, rd, &ask.scalars[i], 0);
		for (uint32_t row = 1; row < 4; row++) {
			for (size_t i = 0; i < ask.column_count && rd_left(rd) > 0; i++)
				take_one(reading, rd, &ask.columns[i], row);
		}
		firmware_read_is_enough(reading);
	}
	if (firmware_read_conclude(reading, found) != 0)
		return;
	for (int i = 0; i < FIRMWARE_VENDOR; i++) {
		if (found[i].value != NULL &&
		    (found[i].value[0] == '\0' || strlen(found[i].value) > FIRMWARE_VALUE_MAX ||
		     found[i].source == NULL || found[i].line == 0))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const object_ids[] = {
		"1.3.6.1.4.1.9.1.1",	 "1.3.6.1.4.1.318.1.3.27",	"1.3.6.1.4.1.368.1.1",
		"1.3.6.1.4.1.30065.1.1", "1.3.6.1.4.1.8072.3.2.10",	"1.3.6.1.4.1.2636.1.1",
		"1.3.6.1.4.1.25506.1",	 "1.3.6.1.4.1.11.2.3.7.11.131", "",
		"1.3.6.1.4.1.39165.1.1",
	};
	static struct firmware_rules *rules; /* parsing takes a hundred times as long as the rest */
	struct firmware_read *reading;
	char descr[256] = "";
	struct rd rd;

	if (size < 2)
		return 0;
	if (data[0] == 'T') {
		read_table(data + 1, size - 1);
		return 0;
	}
	if (rules == NULL && firmware_rules_new(&rules, NULL) != 0)
		abort();
	rd_init(&rd, data + 2, size - 2);
	for (size_t i = 0; i + 1 < sizeof(descr) && rd_left(&rd) > 0; i++) {
		uint8_t c = rd_u8(&rd);

		if (c == '\n')
			break;
		descr[i] = (char)c;
		descr[i + 1] = '\0';
	}
	if (firmware_read_new(&reading, rules,
			      object_ids[data[1] % (sizeof(object_ids) / sizeof(object_ids[0]))],
			      descr, "name") != 0)
		return 0;
	read_device(reading, &rd);
	firmware_read_free(reading);
	return 0;
}
