/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The decoder of ICMP replies and errors. The first byte chooses family, IP header and checksum;
 * the rest is what a socket received.
 */
#include "keepwatch/icmp_packet.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct icmp_packet packet;
	const uint8_t *end = data + size;
	uint32_t sum = 0;

	if (size < 1)
		return 0;
	for (int quote = 0; quote < 2; quote++) {
		int family = data[0] & 1 ? 6 : 4;
		int rc = quote ? icmp_packet_decode_quote(&packet, family, data + 1, size - 1)
			       : icmp_packet_decode(&packet, family, (data[0] & 2) != 0,
						    (data[0] & 4) != 0, data + 1, size - 1);

		if (rc != 0)
			continue;
		/* The payload lies within the input; all of it can be read. */
		if (packet.payload_len > 0 &&
		    (packet.payload < data || packet.payload + packet.payload_len > end))
			abort();
		for (size_t i = 0; i < packet.payload_len; i++)
			sum += packet.payload[i];
		if (packet.kind == ICMP_PACKET_ERROR && !quote && packet.to.family != family)
			abort();
	}
	/* A request of ours, looped back as a reply would be, has a right checksum. */
	if (size > 24) {
		uint8_t *copy = malloc(size - 1);

		memcpy(copy, data + 1, size - 1);
		icmp_packet_request(copy, size - 1 - ICMP_PACKET_HEADER, 4, data[1], data[2]);
		if (copy[0] != 8 || icmp_packet_decode_quote(&packet, 4, copy, size - 1) != 0 ||
		    packet.id != data[1] || packet.seq != data[2])
			abort();
		free(copy);
	}
	return sum == UINT32_MAX; /* never: 64 KiB of bytes do not add up to that */
}
