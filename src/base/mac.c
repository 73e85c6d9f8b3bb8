/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * MAC addresses from and to text, in all the ways that devices write them.
 */
#include "keepwatch/mac.h"

#include "keepwatch/err.h"

#include <stdio.h>
#include <string.h>

const char *
mac_format(mac_addr mac, char out[MAC_TEXT_SIZE])
{
	snprintf(out, MAC_TEXT_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", (unsigned)(mac >> 40 & 0xff),
		 (unsigned)(mac >> 32 & 0xff), (unsigned)(mac >> 24 & 0xff),
		 (unsigned)(mac >> 16 & 0xff), (unsigned)(mac >> 8 & 0xff), (unsigned)(mac & 0xff));
	return out;
}

static int
mac_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Hex digits up to a separator or the end; the number of them. */
static size_t
mac_group(const char *text, mac_addr *value)
{
	size_t n = 0;

	*value = 0;
	for (int digit; n <= 12 && (digit = mac_digit(text[n])) >= 0; n++)
		*value = *value << 4 | (mac_addr)digit;
	return n;
}

int
mac_parse(const char *text, mac_addr *out)
{
	mac_addr mac = 0, value;
	size_t bytes = 0, len;

	for (;;) {
		len = mac_group(text, &value);
		if (len == 0 || (len > 2 && len != 4 && len != 6 && len != 12))
			return ERR_SYNTAX;
		bytes += len <= 2 ? 1 : len / 2;
		if (bytes > MAC_BYTES)
			return ERR_SYNTAX;
		mac = mac << (len <= 2 ? 8 : len * 4) | value;
		text += len;
		if (*text == '\0')
			break;
		if (strchr(":-. ", *text) == NULL)
			return ERR_SYNTAX;
		text++;
	}
	if (bytes != MAC_BYTES)
		return ERR_SYNTAX;
	*out = mac;
	return 0;
}
