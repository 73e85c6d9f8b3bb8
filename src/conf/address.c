/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Addresses and host names. A text of digits and dots is meant as an IPv4 address and never taken
 * for a name (RFC 1123 section 2.1: the highest label of a name is not numeric).
 */
#include "address.h"

#include "keepwatch/err.h"

#include <ctype.h>
#include <string.h>

enum { HOST_NAME_MAX_BYTES = 253, HOST_LABEL_MAX = 63 };

static const char *
check_reach(const struct ipaddr *addr)
{
	static const uint8_t zero[16];

	if (memcmp(addr->bytes, zero, 16) == 0)
		return "is the unspecified address; expected that of one device";
	if (addr->family == 4 && addr->bytes[0] == 0)
		return "is in 0.0.0.0/8, which no device has (RFC 1122 section 3.2.1.3)";
	if ((addr->family == 4 && (addr->bytes[0] & 0xf0) == 0xe0) ||
	    (addr->family == 6 && addr->bytes[0] == 0xff))
		return "is a multicast address; expected that of one device";
	if (addr->family == 4 && memcmp(addr->bytes, "\xff\xff\xff\xff", 4) == 0)
		return "is the broadcast address; expected that of one device";
	return NULL;
}

/* Why digits and dots are no IPv4 address. */
static const char *
check_ipv4(const char *text)
{
	int numbers = 0;

	for (const char *s = text; *s != '\0';) {
		size_t digits = strspn(s, "0123456789");

		if (digits == 0)
			return "is no IPv4 address; expected four numbers with a dot between";
		if (digits > 1 && *s == '0')
			return "is no IPv4 address: a number with a leading zero could be meant "
			       "as octal";
		if (digits > 3 || (digits == 3 && memcmp(s, "255", 3) > 0))
			return "is no IPv4 address: its numbers go from 0 to 255";
		numbers++;
		s += digits;
		if (*s == '.' && *++s == '\0')
			return "is no IPv4 address; expected four numbers with a dot between";
	}
	return numbers == 4 ? NULL : "is no IPv4 address; expected four numbers with a dot between";
}

/* RFC 952 and RFC 1123 section 2.1; one dot at the end may mark a complete name. */
static const char *
check_name(const char *text)
{
	const char *label = text;
	size_t len = strlen(text);

	if (len > HOST_NAME_MAX_BYTES)
		return "is no host name: longer than 253 characters";
	while (*label != '\0') {
		size_t n = strcspn(label, ".");

		if (n == 0)
			return "is no host name: nothing stands between two dots";
		if (n > HOST_LABEL_MAX)
			return "is no host name: more than 63 characters between two dots";
		if (label[0] == '-' || label[n - 1] == '-')
			return "is no host name: a part begins or ends with a dash";
		for (size_t i = 0; i < n; i++) {
			if (!isalnum((unsigned char)label[i]) && label[i] != '-')
				return "is no address and no host name; expected letters, digits, "
				       "dashes and dots";
		}
		if (strspn(label, "0123456789") == n && (label[n] == '\0' || label[n + 1] == '\0'))
			return "is no host name: its last part is a number";
		label += n + (label[n] == '.');
	}
	return NULL;
}

const char *
address_check(const char *text, struct ipaddr *out)
{
	struct ipaddr addr = {0};
	const char *problem;

	if (ipaddr_parse(text, &addr) == 0) {
		problem = check_reach(&addr);
	} else if (strstr(text, "://") != NULL) {
		problem = "is a URL; expected an address or a host name alone";
	} else if (strchr(text, '/') != NULL) {
		problem = "is a network or a path; expected the address of one device";
	} else if (strchr(text, ':') != NULL) {
		const char *colon = strchr(text, ':');

		/* "10.1.1.1:8080", "cam.example.org:80" */
		if (strchr(colon + 1, ':') == NULL &&
		    strspn(colon + 1, "0123456789") == strlen(colon + 1))
			problem = "has a port; expected the address alone (ports are options of "
				  "probes)";
		else
			problem = "is no IPv6 address (RFC 4291 section 2.2)";
	} else if (strspn(text, "0123456789.") == strlen(text)) {
		problem = check_ipv4(text);
		if (problem == NULL)
			problem = "is no IPv4 address";
	} else {
		problem = check_name(text);
	}
	if (problem == NULL)
		*out = addr;
	return problem;
}
