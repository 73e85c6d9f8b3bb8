/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bytes of ICMP echo messages and of the errors that quote them: RFC 792, RFC 4443. Pure.
 */
#ifndef KEEPWATCH_ICMP_PACKET_H
#define KEEPWATCH_ICMP_PACKET_H

#include "keepwatch/ipaddr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ICMP_PACKET_HEADER = 8 };

enum icmp_packet_kind {
	ICMP_PACKET_REPLY, /* echo reply */
	ICMP_PACKET_ERROR, /* destination unreachable or time exceeded, quoting an echo request */
};

struct icmp_packet {
	enum icmp_packet_kind kind;
	uint8_t type, code;	/* as in the message */
	uint16_t id, seq;	/* of the reply, or of the quoted request */
	struct ipaddr to;	/* of the quoted request; family 0 in a reply */
	const uint8_t *payload; /* borrowed from the input; as far as it is there */
	size_t payload_len;
};

/*
 * Writes an echo request: header at out[0..8), whose payload of `size` bytes stands behind it
 * already. IPv4 gets its checksum; that of ICMPv6 is the kernel's (RFC 3542 section 3.1).
 */
void icmp_packet_request(uint8_t *out, size_t size, int family, uint16_t id, uint16_t seq);

/*
 * Decodes what a socket received. has_ip_header: an IPv4 raw socket's bytes begin with the IP
 * header. verify: check the ICMPv4 checksum (for raw sockets the kernel does not).
 * ERR_TRUNCATED, ERR_PROTO (checksum, inconsistent lengths), ERR_UNSUPPORTED (another message).
 */
int icmp_packet_decode(struct icmp_packet *out, int family, bool has_ip_header, bool verify,
		       const uint8_t *data, size_t len);
/* Decodes the ICMP header of a quoted echo request, as the error queue holds it. As above. */
int icmp_packet_decode_quote(struct icmp_packet *out, int family, const uint8_t *data, size_t len);

#endif
