/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reader of SNMP messages. Lenient where devices are known to be sloppy and nothing is at
 * stake (bytes behind the message, integers with needless leading octets, unsigned values with the
 * sign bit set), strict in everything that has a length.
 */
#include "snmpc_ber.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"

#include <string.h>

static struct rd
ber_enter(struct ber_span span)
{
	struct rd rd;

	rd_init(&rd, span.data, span.len);
	return rd;
}

/* Definite lengths only, at most four octets of them (RFC 3417 section 8). */
static int
ber_read_header(struct rd *rd, uint8_t *tag, size_t *len)
{
	*tag = rd_u8(rd);
	*len = rd_u8(rd);
	if (*len & 0x80) {
		size_t octets = *len & 0x7f;

		if (octets == 0 || octets > 4)
			return rd->error != 0 ? rd->error : ERR_SYNTAX;
		for (*len = 0; octets > 0; octets--)
			*len = *len << 8 | rd_u8(rd);
	}
	return rd->error;
}

static int
ber_read_tlv(struct rd *rd, uint8_t *tag, struct ber_span *out)
{
	int rc = ber_read_header(rd, tag, &out->len);

	if (rc != 0)
		return rc;
	out->data = rd_bytes(rd, out->len);
	return rd->error;
}

static int
ber_expect(struct rd *rd, uint8_t tag, struct ber_span *out)
{
	uint8_t found;
	int rc = ber_read_tlv(rd, &found, out);

	if (rc != 0)
		return rc;
	return found == tag ? 0 : ERR_SYNTAX;
}

static int
ber_signed(struct ber_span span, int64_t *out)
{
	uint64_t value;

	if (span.len == 0 || span.len > 8)
		return ERR_SYNTAX;
	value = span.data[0] & 0x80 ? UINT64_MAX : 0;
	for (size_t i = 0; i < span.len; i++)
		value = value << 8 | span.data[i];
	*out = (int64_t)value;
	return 0;
}

/* `width` octets and a leading zero at most. Agents that forget the zero send the sign bit set. */
static int
ber_unsigned(struct ber_span span, size_t width, uint64_t *out)
{
	uint64_t value = 0;

	if (span.len == 0 || span.len > width + 1)
		return ERR_SYNTAX;
	if (span.len == width + 1 && span.data[0] != 0)
		return ERR_SYNTAX;
	for (size_t i = 0; i < span.len; i++)
		value = value << 8 | span.data[i];
	*out = value;
	return 0;
}

static int
ber_expect_int32(struct rd *rd, int32_t *out)
{
	struct ber_span span;
	int64_t value;
	int rc = ber_expect(rd, BER_INTEGER, &span);

	if (rc == 0)
		rc = ber_signed(span, &value);
	if (rc != 0)
		return rc;
	if (value < INT32_MIN || value > INT32_MAX)
		return ERR_SYNTAX;
	*out = (int32_t)value;
	return 0;
}

static int
ber_read_usm(struct ber_span octets, struct ber_message *out)
{
	struct rd rd = ber_enter(octets);
	struct ber_span fields;
	int rc = ber_expect(&rd, BER_SEQUENCE, &fields);

	if (rc != 0)
		return rc;
	rd = ber_enter(fields);
	if ((rc = ber_expect(&rd, BER_OCTETS, &out->engine_id)) != 0 ||
	    (rc = ber_expect_int32(&rd, &out->engine_boots)) != 0 ||
	    (rc = ber_expect_int32(&rd, &out->engine_time)) != 0 ||
	    (rc = ber_expect(&rd, BER_OCTETS, &out->user)) != 0)
		return rc;
	if (out->engine_boots < 0 || out->engine_time < 0)
		return ERR_SYNTAX;
	return 0;
}

static int
ber_read_v3(struct rd *rd, struct ber_message *out)
{
	struct ber_span global, flags, octets;
	struct rd in;
	size_t start;
	int rc = ber_expect(rd, BER_SEQUENCE, &global);

	if (rc != 0)
		return rc;
	in = ber_enter(global);
	if ((rc = ber_expect_int32(&in, &out->msg_id)) != 0 ||
	    (rc = ber_expect_int32(&in, &out->max_size)) != 0 ||
	    (rc = ber_expect(&in, BER_OCTETS, &flags)) != 0 ||
	    (rc = ber_expect_int32(&in, &out->security_model)) != 0)
		return rc;
	if (flags.len != 1 || out->msg_id < 0 || out->max_size < 484)
		return ERR_SYNTAX;
	out->msg_flags = flags.data[0];
	start = rd->pos;
	rc = ber_expect(rd, BER_OCTETS, &octets);
	if (rc != 0)
		return rc;
	out->security.data = rd->data + start;
	out->security.len = rd->pos - start;
	return ber_read_usm(octets, out);
}

int
ber_peek(const uint8_t *data, size_t len, int32_t *version, int32_t *id)
{
	struct ber_span community;
	struct rd rd;
	uint8_t tag;
	size_t body;
	int rc;

	rd_init(&rd, data, len);
	rc = ber_read_header(&rd, &tag, &body);
	if (rc == 0 && tag != BER_SEQUENCE)
		rc = ERR_SYNTAX;
	if (rc == 0)
		rc = ber_expect_int32(&rd, version);
	if (rc == 0 && *version != 3)
		rc = ber_expect(&rd, BER_OCTETS, &community);
	if (rc == 0)
		rc = ber_read_header(&rd, &tag, &body); /* of msgGlobalData or the PDU */
	if (rc == 0)
		rc = ber_expect_int32(&rd, id);
	return rc;
}

int
ber_read_message(const uint8_t *data, size_t len, struct ber_message *out)
{
	struct ber_span body;
	struct rd rd;
	int rc;

	memset(out, 0, sizeof(*out));
	rd_init(&rd, data, len);
	rc = ber_expect(&rd, BER_SEQUENCE, &body);
	if (rc != 0)
		return rc;
	out->total = rd.pos;
	rd = ber_enter(body);
	rc = ber_expect_int32(&rd, &out->version);
	if (rc != 0)
		return rc;
	if (out->version == 3)
		rc = ber_read_v3(&rd, out);
	else if (out->version == 0 || out->version == 1)
		rc = ber_expect(&rd, BER_OCTETS, &out->community);
	else
		rc = ERR_VERSION;
	if (rc != 0)
		return rc;
	out->rest.len = rd_left(&rd);
	out->rest.data = rd_bytes(&rd, out->rest.len);
	return rd.error;
}

int
ber_read_pdu(struct ber_span span, struct ber_pdu *out)
{
	struct rd rd = ber_enter(span);
	struct ber_span body;
	int32_t status, index;
	int rc = ber_read_tlv(&rd, &out->type, &body);

	if (rc != 0)
		return rc;
	if ((out->type & 0xe0) != 0xa0) /* context-specific, constructed */
		return ERR_SYNTAX;
	rd = ber_enter(body);
	if ((rc = ber_expect_int32(&rd, &out->request_id)) != 0 ||
	    (rc = ber_expect_int32(&rd, &status)) != 0 ||
	    (rc = ber_expect_int32(&rd, &index)) != 0 ||
	    (rc = ber_expect(&rd, BER_SEQUENCE, &out->varbinds)) != 0)
		return rc;
	if (status < 0 || index < 0)
		return ERR_SYNTAX;
	out->error_status = (uint32_t)status;
	out->error_index = (uint32_t)index;
	return 0;
}

int
ber_read_scoped(struct ber_span span, struct ber_scope *out)
{
	struct rd rd = ber_enter(span);
	struct ber_span body;
	int rc = ber_expect(&rd, BER_SEQUENCE, &body); /* padding of DES may follow */

	if (rc != 0)
		return rc;
	rd = ber_enter(body);
	if ((rc = ber_expect(&rd, BER_OCTETS, &out->engine_id)) != 0 ||
	    (rc = ber_expect(&rd, BER_OCTETS, &out->context)) != 0)
		return rc;
	out->pdu.len = rd_left(&rd);
	out->pdu.data = rd_bytes(&rd, out->pdu.len);
	return rd.error;
}

/* Sub-identifiers of up to 32 bits; the first octets hold two (X.690 section 8.19). */
static int
ber_read_oid(struct ber_span span, struct ber_pool *pool, size_t *used, size_t *len)
{
	uint32_t *ids = pool->ids + *used;
	size_t room = pool->id_cap - *used, count = 0;

	if (span.len == 0) {
		*len = 0; /* "zeroDotZero" of some agents; as a name it matches nothing */
		return 0;
	}
	for (size_t i = 0; i < span.len;) {
		uint64_t id = 0;
		uint8_t octet;

		do {
			if (i == span.len)
				return ERR_TRUNCATED;
			octet = span.data[i++];
			id = id << 7 | (octet & 0x7f);
			if (id > UINT32_MAX)
				return ERR_SYNTAX;
		} while (octet & 0x80);
		if (count + 2 > room || count + 2 > OID_MAX + 1)
			return ERR_TOOBIG;
		if (count == 0) {
			ids[0] = id < 40 ? 0 : id < 80 ? 1 : 2;
			ids[1] = (uint32_t)(id - 40 * ids[0]);
			count = 2;
		} else {
			ids[count++] = (uint32_t)id;
		}
	}
	*used += count;
	*len = count;
	return 0;
}

static int
ber_read_value(uint8_t tag, struct ber_span span, struct ber_pool *pool, size_t *used,
	       struct varbind *vb)
{
	vb->type = (enum varbind_type)tag;
	switch (vb->type) {
	case VB_INTEGER:
		return ber_signed(span, &vb->number);
	case VB_COUNTER32:
	case VB_GAUGE32:
	case VB_TIMETICKS:
		return ber_unsigned(span, 4, &vb->unsigned_number);
	case VB_COUNTER64:
		return ber_unsigned(span, 8, &vb->unsigned_number);
	case VB_IPADDRESS:
		if (span.len != 4)
			return ERR_SYNTAX;
		/* fall through */
	case VB_OCTETS:
	case VB_OPAQUE:
		vb->bytes = span.data;
		vb->bytes_len = span.len;
		return 0;
	case VB_OID:
		vb->value_oid = pool->ids + *used;
		return ber_read_oid(span, pool, used, &vb->value_oid_len);
	case VB_NULL:
	case VB_NO_SUCH_OBJECT:
	case VB_NO_SUCH_INSTANCE:
	case VB_END_OF_MIB_VIEW:
		return 0;
	}
	return ERR_SYNTAX;
}

int
ber_read_varbinds(struct ber_span list, struct ber_pool *pool, size_t *count)
{
	struct rd rd = ber_enter(list);
	size_t n = 0, used = 0;

	while (rd_left(&rd) > 0) {
		struct ber_span pair, part;
		struct varbind *vb;
		struct rd in;
		uint8_t tag;
		int rc = ber_expect(&rd, BER_SEQUENCE, &pair);

		if (rc != 0)
			return rc;
		if (n == pool->varbind_cap)
			return ERR_TOOBIG;
		vb = &pool->varbinds[n++];
		memset(vb, 0, sizeof(*vb));
		in = ber_enter(pair);
		rc = ber_expect(&in, VB_OID, &part);
		if (rc != 0)
			return rc;
		vb->oid = pool->ids + used;
		rc = ber_read_oid(part, pool, &used, &vb->oid_len);
		if (rc == 0)
			rc = ber_read_tlv(&in, &tag, &part);
		if (rc == 0)
			rc = ber_read_value(tag, part, pool, &used, vb);
		if (rc == 0 && rd_left(&in) > 0)
			rc = ERR_SYNTAX;
		if (rc != 0)
			return rc;
	}
	*count = n;
	return 0;
}

int
ber_read_trap_v1(struct ber_span span, struct ber_trap_v1 *out)
{
	struct rd rd = ber_enter(span);
	struct ber_pool names = {.ids = out->enterprise, .id_cap = OID_MAX + 2};
	struct ber_span body, part;
	uint64_t ticks = 0;
	size_t used = 0;
	uint8_t tag;
	int rc = ber_expect(&rd, BER_PDU_TRAP_V1, &body);

	if (rc != 0)
		return rc;
	rd = ber_enter(body);
	if ((rc = ber_expect(&rd, VB_OID, &part)) != 0 ||
	    (rc = ber_read_oid(part, &names, &used, &out->enterprise_len)) != 0 ||
	    (rc = ber_read_tlv(&rd, &tag, &out->agent)) != 0)
		return rc;
	if (tag != VB_IPADDRESS || out->agent.len != 4)
		return ERR_SYNTAX;
	if ((rc = ber_expect_int32(&rd, &out->generic)) != 0 ||
	    (rc = ber_expect_int32(&rd, &out->specific)) != 0 ||
	    (rc = ber_expect(&rd, VB_TIMETICKS, &part)) != 0 ||
	    (rc = ber_unsigned(part, 4, &ticks)) != 0 ||
	    (rc = ber_expect(&rd, BER_SEQUENCE, &out->varbinds)) != 0)
		return rc;
	out->time_stamp = (uint32_t)ticks;
	return 0;
}
