/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the monitor's own host knows of the network: the MACs of its neighbours, its own, and its
 * gateways, as the kernel has them (rtnetlink(7)). Nothing is sent to anybody.
 */
#ifndef KEEPWATCH_HOST_NET_H
#define KEEPWATCH_HOST_NET_H

#include "keepwatch/ipaddr.h"
#include "keepwatch/mac.h"
#include "keepwatch/switch_view.h"

#include <stdbool.h>
#include <stddef.h>

enum { HOST_NET_MACS_MAX = 256, HOST_NET_GATEWAYS_MAX = 1024 };

struct host_net {
	struct view_arp *arp; /* neighbours that answered when last asked; at most VIEW_ARP_MAX */
	size_t arp_count, arp_cap;
	mac_addr *macs; /* of its own interfaces, without loopback */
	size_t mac_count, mac_cap;
	struct ipaddr *gateways; /* of all routes, each once */
	size_t gateway_count, gateway_cap;
};

/* Reads all three; blocks for as long as the kernel takes to copy them. Zeroed before. ERR_NOMEM,
 * ERR_IO, ERR_PERM; what was read is to be freed in any case. */
int host_net_read(struct host_net *out);
void host_net_fini(struct host_net *host);

/* The networks that the host is in itself. */
struct host_prefix {
	struct ipaddr ip, mask;
};
struct host_onlink {
	struct host_prefix *items;
	size_t count, cap;
};
/* Zeroed before; ERR_NOMEM or what getifaddrs(3) fails with; what was read is to be freed in any
 * case. */
int host_onlink_read(struct host_onlink *out);
/* Whether no router is needed to reach it. */
bool host_onlink_has(const struct host_onlink *onlink, const struct ipaddr *ip);
void host_onlink_fini(struct host_onlink *onlink);

#endif
