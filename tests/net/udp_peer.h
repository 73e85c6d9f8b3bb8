/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * UDP sockets that play the other side of a datagram test.
 */
#ifndef TESTS_NET_UDP_PEER_H
#define TESTS_NET_UDP_PEER_H

#include "keepwatch/ipaddr.h"

struct ipaddr peer_address(const char *text);
/* A socket bound to an address and any port, or -1 where the address is not to be had. */
int udp_peer_open(const char *text, uint16_t *port);
/* Sends back all that it has received; how many. */
size_t udp_peer_echo(int fd);

#endif
