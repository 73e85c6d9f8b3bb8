/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which addresses the host reaches without a router: those in the networks of its own interfaces.
 */
#include "keepwatch/host_net.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static bool
read_address(const struct sockaddr *from, struct ipaddr *out)
{
	if (from == NULL)
		return false;
	memset(out, 0, sizeof(*out));
	if (from->sa_family == AF_INET) {
		out->family = 4;
		memcpy(out->bytes, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
		return true;
	}
	if (from->sa_family == AF_INET6) {
		out->family = 6;
		memcpy(out->bytes, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr,
		       16);
		return true;
	}
	return false;
}

int
host_onlink_read(struct host_onlink *out)
{
	struct ifaddrs *all = NULL;
	int rc = 0;

	if (getifaddrs(&all) != 0)
		return err_from_errno(errno);
	for (const struct ifaddrs *i = all; i != NULL && rc == 0; i = i->ifa_next) {
		struct host_prefix prefix;

		if (!(i->ifa_flags & IFF_UP) || !read_address(i->ifa_addr, &prefix.ip) ||
		    !read_address(i->ifa_netmask, &prefix.mask))
			continue;
		rc = mem_grow(&out->items, &out->cap, out->count + 1, sizeof(prefix));
		if (rc == 0)
			out->items[out->count++] = prefix;
	}
	freeifaddrs(all);
	return rc;
}

bool
host_onlink_has(const struct host_onlink *onlink, const struct ipaddr *ip)
{
	for (size_t i = 0; i < onlink->count; i++) {
		const struct host_prefix *prefix = &onlink->items[i];
		size_t n = 0, len = ip->family == 4 ? 4 : 16;

		if (prefix->ip.family != ip->family)
			continue;
		while (n < len &&
		       ((prefix->ip.bytes[n] ^ ip->bytes[n]) & prefix->mask.bytes[n]) == 0)
			n++;
		if (n == len)
			return true;
	}
	return false;
}

void
host_onlink_fini(struct host_onlink *onlink)
{
	free(onlink->items);
	*onlink = (struct host_onlink){0};
}
