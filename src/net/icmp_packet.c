/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ICMP echo messages and the errors that quote them. All offsets into wire bytes of the ICMP engine
 * are taken here, through the bounded reader.
 */
#include "keepwatch/icmp_packet.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"

#include <string.h>

enum {
	V4_ECHO_REPLY = 0, /* RFC 792 */
	V4_UNREACHABLE = 3,
	V4_ECHO = 8,
	V4_TIME_EXCEEDED = 11,
	V6_UNREACHABLE = 1, /* RFC 4443 */
	V6_TIME_EXCEEDED = 3,
	V6_ECHO = 128,
	V6_ECHO_REPLY = 129,
	IPV4_HEADER_MIN = 20,
	IPV6_HEADER = 40,
	PROTOCOL_ICMP = 1,
	PROTOCOL_ICMPV6 = 58,
};

/* RFC 1071; the result is as it stands in the bytes. 0 over a message with a right checksum. */
static uint16_t
checksum(const uint8_t *data, size_t len)
{
	uint64_t sum = 0;
	uint32_t word;
	uint16_t half, folded;

	for (; len >= sizeof(word); data += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		sum += word;
	}
	if (len >= sizeof(half)) {
		memcpy(&half, data, sizeof(half));
		sum += half;
		data += sizeof(half);
		len -= sizeof(half);
	}
	if (len > 0) {
		half = 0;
		memcpy(&half, data, 1);
		sum += half;
	}
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	folded = (uint16_t)~sum;
	return folded;
}

void
icmp_packet_request(uint8_t *out, size_t size, int family, uint16_t id, uint16_t seq)
{
	uint16_t sum;

	out[0] = family == 6 ? V6_ECHO : V4_ECHO;
	out[1] = 0;
	out[2] = out[3] = 0;
	out[4] = (uint8_t)(id >> 8);
	out[5] = (uint8_t)id;
	out[6] = (uint8_t)(seq >> 8);
	out[7] = (uint8_t)seq;
	if (family == 6)
		return;
	sum = checksum(out, ICMP_PACKET_HEADER + size);
	memcpy(out + 2, &sum, sizeof(sum));
}

static int
read_echo(struct icmp_packet *out, struct rd *rd, uint8_t want_type)
{
	uint8_t type = rd_u8(rd);
	uint8_t code = rd_u8(rd);

	rd_u16be(rd); /* checksum */
	out->id = rd_u16be(rd);
	out->seq = rd_u16be(rd);
	if (rd->error != 0)
		return ERR_TRUNCATED;
	if (type != want_type || code != 0)
		return ERR_UNSUPPORTED;
	out->payload_len = rd_left(rd);
	out->payload = rd_bytes(rd, out->payload_len);
	return 0;
}

/* The IPv4 header (RFC 791) that begins at rd; behind it the reader is bounded by its lengths.
 * A quote may be cut short: is_quote allows fewer bytes than the total length says. */
static int
read_ipv4(struct rd *rd, bool is_quote, struct ipaddr *to)
{
	size_t whole = rd_left(rd), header, total;
	uint8_t first = rd_u8(rd);
	const uint8_t *dst;
	uint8_t protocol;
	uint16_t fragment;

	rd_u8(rd); /* TOS */
	total = rd_u16be(rd);
	rd_u16be(rd); /* identification */
	fragment = rd_u16be(rd) & 0x1fff;
	rd_u8(rd); /* TTL */
	protocol = rd_u8(rd);
	rd_u16be(rd);
	rd_u32be(rd);
	dst = rd_bytes(rd, 4);
	header = (size_t)(first & 15) * 4;
	if (rd->error != 0)
		return ERR_TRUNCATED;
	if (first >> 4 != 4 || header < IPV4_HEADER_MIN)
		return ERR_PROTO;
	*to = (struct ipaddr){.family = 4};
	memcpy(to->bytes, dst, 4);
	if (rd_bytes(rd, header - IPV4_HEADER_MIN) == NULL && header > IPV4_HEADER_MIN)
		return ERR_TRUNCATED;
	if (protocol != PROTOCOL_ICMP || fragment != 0)
		return ERR_UNSUPPORTED;
	if (!is_quote) {
		if (total < header || total > whole)
			return ERR_PROTO;
		rd->len = rd->pos + (total - header);
	}
	return 0;
}

/* The quoted IPv6 header (RFC 8200). We send no extension headers. */
static int
read_ipv6(struct rd *rd, struct ipaddr *to)
{
	uint32_t first = rd_u32be(rd);
	const uint8_t *dst;
	uint8_t next;

	rd_u16be(rd); /* payload length */
	next = rd_u8(rd);
	rd_u8(rd); /* hop limit */
	rd_bytes(rd, 16);
	dst = rd_bytes(rd, 16);
	if (rd->error != 0)
		return ERR_TRUNCATED;
	if (first >> 28 != 6)
		return ERR_PROTO;
	*to = (struct ipaddr){.family = 6};
	memcpy(to->bytes, dst, 16);
	return next == PROTOCOL_ICMPV6 ? 0 : ERR_UNSUPPORTED;
}

int
icmp_packet_decode(struct icmp_packet *out, int family, bool has_ip_header, bool verify,
		   const uint8_t *data, size_t len)
{
	struct icmp_packet packet = {0};
	struct ipaddr ignored;
	struct rd rd;
	int rc;

	rd_init(&rd, data, len);
	if (has_ip_header) {
		rc = read_ipv4(&rd, false, &ignored);
		if (rc != 0)
			return rc;
	}
	if (rd_left(&rd) < ICMP_PACKET_HEADER)
		return ERR_TRUNCATED;
	packet.type = rd.data[rd.pos];
	packet.code = rd.data[rd.pos + 1];
	if (verify && family == 4 && checksum(rd.data + rd.pos, rd_left(&rd)) != 0)
		return ERR_PROTO;
	if (packet.type == (family == 6 ? V6_ECHO_REPLY : V4_ECHO_REPLY)) {
		packet.kind = ICMP_PACKET_REPLY;
		rc = read_echo(&packet, &rd, packet.type);
	} else if (family == 6 ? packet.type == V6_UNREACHABLE || packet.type == V6_TIME_EXCEEDED
			       : packet.type == V4_UNREACHABLE || packet.type == V4_TIME_EXCEEDED) {
		packet.kind = ICMP_PACKET_ERROR;
		rd_bytes(&rd, ICMP_PACKET_HEADER);
		rc = family == 6 ? read_ipv6(&rd, &packet.to) : read_ipv4(&rd, true, &packet.to);
		if (rc == 0)
			rc = read_echo(&packet, &rd, family == 6 ? V6_ECHO : V4_ECHO);
	} else {
		rc = ERR_UNSUPPORTED;
	}
	if (rc == 0)
		*out = packet;
	return rc;
}

int
icmp_packet_decode_quote(struct icmp_packet *out, int family, const uint8_t *data, size_t len)
{
	struct icmp_packet packet = {.kind = ICMP_PACKET_ERROR};
	struct rd rd;
	int rc;

	rd_init(&rd, data, len);
	rc = read_echo(&packet, &rd, family == 6 ? V6_ECHO : V4_ECHO);
	if (rc == 0)
		*out = packet;
	return rc;
}
