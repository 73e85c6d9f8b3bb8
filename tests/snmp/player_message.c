/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * BER of the player: requests in, responses out (RFC 3417 section 8). A reader that is torn out of
 * its bounds says so by `is_bad` and gives zeros from then on.
 */
#include "player.h"

#include <string.h>

struct reader {
	const uint8_t *at, *end;
	bool is_bad;
};

/* The contents of the next value, which must have this tag. */
static struct reader
enter(struct reader *in, uint8_t tag)
{
	struct reader inner = {NULL, NULL, true};
	size_t left = (size_t)(in->end - in->at), len, header = 2;

	if (in->is_bad || left < 2 || in->at[0] != tag)
		goto bad;
	len = in->at[1];
	if (len > 0x80) {
		size_t octets = len & 0x7f;

		if (octets > 4 || left < 2 + octets)
			goto bad;
		len = 0;
		for (size_t i = 0; i < octets; i++)
			len = len << 8 | in->at[2 + i];
		header += octets;
	} else if (len == 0x80) {
		goto bad;
	}
	if (len > left - header)
		goto bad;
	inner = (struct reader){in->at + header, in->at + header + len, false};
	in->at = inner.end;
	return inner;
bad:
	in->is_bad = true;
	in->at = in->end;
	return inner;
}

static int64_t
read_integer(struct reader *in)
{
	struct reader value = enter(in, TAG_INTEGER);
	uint64_t number;

	if (value.is_bad || value.at == value.end || value.end - value.at > 8) {
		in->is_bad = true;
		return 0;
	}
	number = *value.at & 0x80 ? UINT64_MAX : 0;
	while (value.at < value.end)
		number = number << 8 | *value.at++;
	return (int64_t)number;
}

static void
read_oid(struct reader *in, struct asked_oid *oid)
{
	const uint8_t *start = in->at;
	struct reader value = enter(in, TAG_OID);

	if (value.is_bad || value.at == value.end) {
		in->is_bad = true;
		return;
	}
	oid->raw = start;
	oid->raw_len = (size_t)(value.end - start);
	oid->len = 1;
	while (value.at < value.end && oid->len < PLAYER_OID_MAX) {
		uint64_t id = 0;

		do {
			id = id << 7 | (*value.at & 0x7f);
		} while (*value.at++ & 0x80 && value.at < value.end && id < UINT32_MAX);
		if (id > UINT32_MAX) {
			in->is_bad = true;
			return;
		}
		oid->ids[oid->len++] = (uint32_t)id;
	}
	/* RFC 3417 and X.690 section 8.19: the first two share an octet. */
	oid->ids[0] = oid->ids[1] < 80 ? oid->ids[1] / 40 : 2;
	oid->ids[1] -= oid->ids[0] * 40;
}

int
question_read(struct question *question, const uint8_t *data, size_t len)
{
	struct reader all = {data, data + len, false}, message, community, pdu, list, varbind;

	message = enter(&all, TAG_SEQUENCE);
	question->version = read_integer(&message);
	community = enter(&message, TAG_OCTETS);
	if (message.is_bad || question->version < 0 || question->version > 1 ||
	    message.at == message.end)
		return -1;
	question->community = (const char *)community.at;
	question->community_len = (size_t)(community.end - community.at);
	question->type = *message.at;
	if (question->type != PDU_GET && question->type != PDU_GETNEXT &&
	    (question->type != PDU_GETBULK || question->version == 0))
		return -1;
	pdu = enter(&message, question->type);
	question->request_id = read_integer(&pdu);
	question->non_repeaters = read_integer(&pdu);
	question->max_repetitions = read_integer(&pdu);
	list = enter(&pdu, TAG_SEQUENCE);
	if (pdu.is_bad)
		return -1;
	question->varbinds = list.at;
	question->varbinds_len = (size_t)(list.end - list.at);
	question->count = 0;
	while (list.at < list.end && question->count < PLAYER_ASKED_MAX) {
		varbind = enter(&list, TAG_SEQUENCE);
		read_oid(&varbind, &question->oids[question->count++]);
		if (varbind.is_bad)
			return -1;
	}
	return list.is_bad || list.at < list.end ? -1 : 0;
}

/* ---- writing */

size_t
ber_put_length(uint8_t *out, size_t len)
{
	size_t octets = 1;

	if (len < 0x80) {
		out[0] = (uint8_t)len;
		return 1;
	}
	while (octets < 4 && len >> 8 * octets != 0)
		octets++;
	out[0] = (uint8_t)(0x80 | octets);
	for (size_t i = 0; i < octets; i++)
		out[1 + i] = (uint8_t)(len >> 8 * (octets - 1 - i));
	return 1 + octets;
}

size_t
ber_put_integer(uint8_t *out, uint8_t tag, int64_t value)
{
	size_t octets = 8, n = 2;

	/* The shortest form: the first nine bits are not all alike (X.690 section 8.3.2). */
	while (octets > 1 && (value >> (8 * octets - 9) == 0 || value >> (8 * octets - 9) == -1))
		octets--;
	out[0] = tag;
	out[1] = (uint8_t)octets;
	while (octets-- > 0)
		out[n++] = (uint8_t)((uint64_t)value >> 8 * octets);
	return n;
}

static size_t
put_id(uint8_t *out, uint64_t id)
{
	size_t n = 0;

	for (int shift = 35; shift > 0; shift -= 7) {
		if (id >> shift != 0)
			out[n++] = (uint8_t)(0x80 | (id >> shift & 0x7f));
	}
	out[n++] = id & 0x7f;
	return n;
}

size_t
ber_put_oid(uint8_t *out, const uint32_t *ids, size_t len)
{
	uint8_t contents[6 * PLAYER_OID_MAX];
	size_t n, header;

	n = put_id(contents, (uint64_t)ids[0] * 40 + (len > 1 ? ids[1] : 0));
	for (size_t i = 2; i < len; i++)
		n += put_id(contents + n, ids[i]);
	out[0] = TAG_OID;
	header = 1 + ber_put_length(out + 1, n);
	memcpy(out + header, contents, n);
	return header + n;
}

/* Puts a tag and a length before what is there. */
static uint8_t *
wrap(uint8_t *at, uint8_t tag, size_t len)
{
	uint8_t length[8];
	size_t n = ber_put_length(length, len);

	at -= n;
	memcpy(at, length, n);
	*--at = tag;
	return at;
}

static uint8_t *
put_before(uint8_t *at, uint8_t tag, int64_t value)
{
	uint8_t bytes[16];
	size_t n = ber_put_integer(bytes, tag, value);

	return memcpy(at - n, bytes, n);
}

void
answer_begin(struct answer *answer, const struct question *question, size_t max_size)
{
	/* Four lengths of up to three octets with their tags, version, three INTEGERs. */
	size_t header = 4 * 4 + 3 + 6 + 3 + 4 + question->community_len;

	answer->len = 0;
	answer->most = max_size > header ? max_size - header : 0;
}

bool
answer_put(struct answer *answer, const uint8_t *varbind, size_t len)
{
	if (len > answer->most - answer->len)
		return false;
	memcpy(answer->bytes + ANSWER_HEADER + answer->len, varbind, len);
	answer->len += len;
	return true;
}

bool
answer_put_name(struct answer *answer, const struct asked_oid *oid, uint8_t tag)
{
	uint8_t bytes[6 * PLAYER_OID_MAX + 16];
	size_t n = 1;

	if (oid->raw_len > sizeof(bytes) - 8)
		return false;
	bytes[0] = TAG_SEQUENCE;
	n += ber_put_length(bytes + n, oid->raw_len + 2);
	memcpy(bytes + n, oid->raw, oid->raw_len);
	n += oid->raw_len;
	bytes[n++] = tag;
	bytes[n++] = 0;
	return answer_put(answer, bytes, n);
}

uint8_t *
answer_finish(struct answer *answer, const struct question *question, uint32_t status,
	      uint32_t index, size_t *len)
{
	uint8_t *at = answer->bytes + ANSWER_HEADER, *end;

	/* An error carries the varbinds of the request, but tooBig of v2c none (RFC 3416 4.2). */
	if (status != 0) {
		answer->len = 0;
		if ((status != ERROR_TOO_BIG || question->version == 0) &&
		    question->varbinds_len <= PLAYER_MESSAGE_MAX - ANSWER_HEADER) {
			memcpy(at, question->varbinds, question->varbinds_len);
			answer->len = question->varbinds_len;
		}
	}
	end = at + answer->len;
	at = wrap(at, TAG_SEQUENCE, (size_t)(end - at));
	at = put_before(at, TAG_INTEGER, index);
	at = put_before(at, TAG_INTEGER, status);
	at = put_before(at, TAG_INTEGER, question->request_id);
	at = wrap(at, PDU_RESPONSE, (size_t)(end - at));
	at -= question->community_len;
	memcpy(at, question->community, question->community_len);
	at = wrap(at, TAG_OCTETS, question->community_len);
	at = put_before(at, TAG_INTEGER, question->version);
	at = wrap(at, TAG_SEQUENCE, (size_t)(end - at));
	*len = (size_t)(end - at);
	return at;
}
