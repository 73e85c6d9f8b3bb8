/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An EUI-48 MAC address (IEEE 802) as a number: the first byte on the wire is the highest of the
 * lower 48 bits. 0 is none.
 */
#ifndef KEEPWATCH_MAC_H
#define KEEPWATCH_MAC_H

#include <stdbool.h>
#include <stdint.h>

typedef uint64_t mac_addr;

enum { MAC_TEXT_SIZE = 18, MAC_BYTES = 6 };
#define MAC_NONE      ((mac_addr)0)
#define MAC_BROADCAST ((mac_addr)0xffffffffffffU)

static inline mac_addr
mac_from_bytes(const uint8_t bytes[MAC_BYTES])
{
	mac_addr mac = 0;

	for (int i = 0; i < MAC_BYTES; i++)
		mac = mac << 8 | bytes[i];
	return mac;
}

/* One station's address: not none, no group bit (IEEE 802-2014 section 8.2.2). */
static inline bool
mac_is_station(mac_addr mac)
{
	return mac != MAC_NONE && mac <= MAC_BROADCAST && (mac >> 40 & 1) == 0;
}

/* Locally administered: made up by software, so it may be shared or change. */
static inline bool
mac_is_local(mac_addr mac)
{
	return (mac >> 41 & 1) != 0;
}

/* "00:40:8c:01:02:03". Returns out. */
const char *mac_format(mac_addr mac, char out[MAC_TEXT_SIZE]);
/* Twelve hex digits, bare or with `:`, `-`, `.` or blanks between bytes or groups; also bytes of
 * one digit between separators ("0:40:8c:1:2:3"). ERR_SYNTAX. */
int mac_parse(const char *text, mac_addr *out);

#endif
