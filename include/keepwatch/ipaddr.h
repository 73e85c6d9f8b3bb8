/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An IPv4 or IPv6 address as a small value that can be copied, compared and hashed.
 */
#ifndef KEEPWATCH_IPADDR_H
#define KEEPWATCH_IPADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { IPADDR_TEXT_SIZE = 64 }; /* longest text with scope, and a NUL */

struct ipaddr {
	uint8_t family;	   /* 0 (none), 4 or 6 */
	uint32_t scope_id; /* IPv6 link-local zone (RFC 4007), else 0 */
	uint8_t bytes[16]; /* network order; IPv4 uses the first four, the rest is 0 */
};

/* Numeric text: "10.77.1.1", "2001:db8::1", "fe80::1%eth0", "[::1]". ERR_SYNTAX; names are not
 * resolved. An IPv4-mapped IPv6 address becomes IPv4. */
int ipaddr_parse(const char *text, struct ipaddr *out);
/* Canonical text (RFC 5952). Returns out; "-" for none. */
const char *ipaddr_format(const struct ipaddr *addr, char *out, size_t size);
bool ipaddr_equal(const struct ipaddr *a, const struct ipaddr *b);
uint32_t ipaddr_hash(const struct ipaddr *addr);

/* To and from socket addresses; an IPv4-mapped IPv6 address becomes IPv4. Length of what was
 * written. */
socklen_t ipaddr_to_sockaddr(const struct ipaddr *addr, uint16_t port,
			     struct sockaddr_storage *out);
/* ERR_UNSUPPORTED for other families. port may be NULL; host order. */
int ipaddr_from_sockaddr(const struct sockaddr *sa, struct ipaddr *out, uint16_t *port);

#endif
