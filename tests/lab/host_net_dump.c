/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Prints what the host knows of its network, for the scripts that compare it with ip(8).
 */
#include "keepwatch/err.h"
#include "keepwatch/host_net.h"

#include <stdio.h>

int
main(void)
{
	struct host_net host = {0};
	char ip[IPADDR_TEXT_SIZE], mac[MAC_TEXT_SIZE];
	int rc = host_net_read(&host);

	if (rc != 0)
		fprintf(stderr, "host_net_dump: %s\n", err_text(rc));
	for (size_t i = 0; i < host.arp_count; i++)
		printf("neighbour %s %s\n", ipaddr_format(&host.arp[i].ip, ip, sizeof(ip)),
		       mac_format(host.arp[i].mac, mac));
	for (size_t i = 0; i < host.mac_count; i++)
		printf("own %s\n", mac_format(host.macs[i], mac));
	for (size_t i = 0; i < host.gateway_count; i++)
		printf("gateway %s\n", ipaddr_format(&host.gateways[i], ip, sizeof(ip)));
	host_net_fini(&host);
	return rc == 0 ? 0 : 1;
}
