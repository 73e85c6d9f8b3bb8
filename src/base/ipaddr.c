/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * IP addresses as values.
 */
#include "keepwatch/ipaddr.h"

#include "keepwatch/err.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

/* The number of an interface, digits alone (RFC 4007 section 11.2). */
static int
parse_zone_number(const char *text, uint32_t *out)
{
	uint64_t n = 0;

	if (*text == '\0')
		return ERR_SYNTAX;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return ERR_SYNTAX;
		n = n * 10 + (uint64_t)(*text - '0');
		if (n > UINT32_MAX)
			return ERR_SYNTAX;
	}
	if (n == 0)
		return ERR_SYNTAX;
	*out = (uint32_t)n;
	return 0;
}

int
ipaddr_parse(const char *text, struct ipaddr *out)
{
	struct ipaddr addr = {0};
	char copy[IPADDR_TEXT_SIZE];
	size_t len = strlen(text);
	bool is_bracketed = len >= 2 && text[0] == '[' && text[len - 1] == ']';
	char *zone;

	if (is_bracketed) {
		text++;
		len -= 2;
	}
	if (len == 0 || len >= sizeof(copy))
		return ERR_SYNTAX;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (!is_bracketed && inet_pton(AF_INET, copy, addr.bytes) == 1) {
		addr.family = 4;
		*out = addr;
		return 0;
	}
	zone = strchr(copy, '%');
	if (zone != NULL) {
		*zone++ = '\0';
		addr.scope_id = if_nametoindex(zone);
		if (addr.scope_id == 0 && parse_zone_number(zone, &addr.scope_id) != 0)
			return ERR_SYNTAX;
	}
	if (inet_pton(AF_INET6, copy, addr.bytes) != 1)
		return ERR_SYNTAX;
	addr.family = 6;
	if (IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)(const void *)addr.bytes)) {
		/* As sockets give it back. */
		memmove(addr.bytes, addr.bytes + 12, 4);
		memset(addr.bytes + 4, 0, 12);
		addr.family = 4;
		addr.scope_id = 0;
	}
	*out = addr;
	return 0;
}

const char *
ipaddr_format(const struct ipaddr *addr, char *out, size_t size)
{
	char zone[IF_NAMESIZE];
	size_t len;

	if (addr->family != 4 && addr->family != 6) {
		snprintf(out, size, "-");
		return out;
	}
	if (inet_ntop(addr->family == 4 ? AF_INET : AF_INET6, addr->bytes, out, (socklen_t)size) ==
	    NULL) {
		snprintf(out, size, "?");
		return out;
	}
	if (addr->family == 6 && addr->scope_id != 0) {
		len = strlen(out);
		if (if_indextoname(addr->scope_id, zone) != NULL)
			snprintf(out + len, size - len, "%%%s", zone);
		else
			snprintf(out + len, size - len, "%%%u", addr->scope_id);
	}
	return out;
}

bool
ipaddr_equal(const struct ipaddr *a, const struct ipaddr *b)
{
	return a->family == b->family && a->scope_id == b->scope_id &&
	       memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

uint32_t
ipaddr_hash(const struct ipaddr *addr)
{
	uint32_t h = 2166136261U ^ addr->family; /* FNV-1a */

	for (size_t i = 0; i < sizeof(addr->bytes); i++)
		h = (h ^ addr->bytes[i]) * 16777619U;
	return (h ^ addr->scope_id) * 16777619U;
}

socklen_t
ipaddr_to_sockaddr(const struct ipaddr *addr, uint16_t port, struct sockaddr_storage *out)
{
	memset(out, 0, sizeof(*out));
	if (addr->family == 4) {
		struct sockaddr_in *in = (struct sockaddr_in *)out;
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, addr->bytes, 4);
		return sizeof(*in);
	}
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	in6->sin6_scope_id = addr->scope_id;
	memcpy(&in6->sin6_addr, addr->bytes, 16);
	return sizeof(*in6);
}

int
ipaddr_from_sockaddr(const struct sockaddr *sa, struct ipaddr *out, uint16_t *port)
{
	struct ipaddr addr = {0};
	uint16_t p;

	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)sa;
		addr.family = 4;
		memcpy(addr.bytes, &in->sin_addr, 4);
		p = ntohs(in->sin_port);
	} else if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)sa;
		p = ntohs(in6->sin6_port);
		if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
			addr.family = 4;
			memcpy(addr.bytes, in6->sin6_addr.s6_addr + 12, 4);
		} else {
			addr.family = 6;
			addr.scope_id = in6->sin6_scope_id;
			memcpy(addr.bytes, &in6->sin6_addr, 16);
		}
	} else {
		return ERR_UNSUPPORTED;
	}
	*out = addr;
	if (port != NULL)
		*port = p;
	return 0;
}
