/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The host's neighbour table, interfaces and gateways by three dumps over rtnetlink. libmnl reads
 * the messages.
 */
#include "keepwatch/host_net.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum {
	HOST_NET_BUFFER = 32768,     /* what the kernel puts into one message at most */
	HOST_NET_PATIENCE_MS = 2000, /* it answers at once, or something is very wrong */
};

struct host_net_dump {
	struct host_net *out;
	int rc; /* what stopped it */
};

/* Attributes by type, as far as they are asked for here. */
enum { HOST_NET_ATTRS = 32 };

struct host_net_attrs {
	const struct nlattr *of[HOST_NET_ATTRS];
};

static int
host_net_on_attr(const struct nlattr *attr, void *arg)
{
	struct host_net_attrs *attrs = arg;
	uint16_t type = mnl_attr_get_type(attr);

	if (type < HOST_NET_ATTRS)
		attrs->of[type] = attr;
	return MNL_CB_OK;
}

/* attr may be NULL: it is not there. */
static bool
host_net_ip(const struct nlattr *attr, struct ipaddr *out)
{
	size_t len = attr != NULL ? mnl_attr_get_payload_len(attr) : 0;

	memset(out, 0, sizeof(*out));
	if (len != 4 && len != 16)
		return false;
	out->family = len == 4 ? 4 : 6;
	memcpy(out->bytes, mnl_attr_get_payload(attr), len);
	return true;
}

static bool
host_net_mac(const struct nlattr *attr, mac_addr *out)
{
	uint8_t bytes[MAC_BYTES];

	if (attr == NULL || mnl_attr_get_payload_len(attr) != MAC_BYTES)
		return false;
	memcpy(bytes, mnl_attr_get_payload(attr), MAC_BYTES);
	*out = mac_from_bytes(bytes);
	return mac_is_station(*out);
}

static int
host_net_on_neighbour(const struct nlmsghdr *message, void *arg)
{
	struct host_net_dump *dump = arg;
	struct host_net *out = dump->out;
	const struct ndmsg *header = mnl_nlmsg_get_payload(message);
	struct view_arp row = {.if_index = (uint32_t)header->ndm_ifindex};
	struct host_net_attrs attrs = {0};

	if (header->ndm_state & (NUD_FAILED | NUD_INCOMPLETE | NUD_NOARP) ||
	    (header->ndm_family != AF_INET && header->ndm_family != AF_INET6))
		return MNL_CB_OK;
	(void)mnl_attr_parse(message, sizeof(*header), host_net_on_attr, &attrs);
	if (!host_net_ip(attrs.of[NDA_DST], &row.ip) ||
	    !host_net_mac(attrs.of[NDA_LLADDR], &row.mac) || out->arp_count == VIEW_ARP_MAX)
		return MNL_CB_OK;
	if (row.ip.family == 6 && row.ip.bytes[0] == 0xfe && (row.ip.bytes[1] & 0xc0) == 0x80)
		row.ip.scope_id = row.if_index;
	dump->rc = mem_grow(&out->arp, &out->arp_cap, out->arp_count + 1, sizeof(*out->arp));
	if (dump->rc != 0)
		return MNL_CB_STOP;
	out->arp[out->arp_count++] = row;
	return MNL_CB_OK;
}

static int
host_net_on_link(const struct nlmsghdr *message, void *arg)
{
	struct host_net_dump *dump = arg;
	struct host_net *out = dump->out;
	const struct ifinfomsg *header = mnl_nlmsg_get_payload(message);
	struct host_net_attrs attrs = {0};
	mac_addr mac;

	if (header->ifi_type != ARPHRD_ETHER || !(header->ifi_flags & IFF_UP))
		return MNL_CB_OK;
	(void)mnl_attr_parse(message, sizeof(*header), host_net_on_attr, &attrs);
	if (!host_net_mac(attrs.of[IFLA_ADDRESS], &mac) || out->mac_count == HOST_NET_MACS_MAX)
		return MNL_CB_OK;
	dump->rc = mem_grow(&out->macs, &out->mac_cap, out->mac_count + 1, sizeof(*out->macs));
	if (dump->rc != 0)
		return MNL_CB_STOP;
	out->macs[out->mac_count++] = mac;
	return MNL_CB_OK;
}

static int
host_net_on_route(const struct nlmsghdr *message, void *arg)
{
	struct host_net_dump *dump = arg;
	struct host_net *out = dump->out;
	const struct rtmsg *header = mnl_nlmsg_get_payload(message);
	struct host_net_attrs attrs = {0};
	struct ipaddr ip;
	size_t i = 0;

	(void)mnl_attr_parse(message, sizeof(*header), host_net_on_attr, &attrs);
	if (!host_net_ip(attrs.of[RTA_GATEWAY], &ip))
		return MNL_CB_OK;
	while (i < out->gateway_count && !ipaddr_equal(&out->gateways[i], &ip))
		i++;
	if (i < out->gateway_count || i == HOST_NET_GATEWAYS_MAX)
		return MNL_CB_OK;
	dump->rc = mem_grow(&out->gateways, &out->gateway_cap, i + 1, sizeof(*out->gateways));
	if (dump->rc != 0)
		return MNL_CB_STOP;
	out->gateways[out->gateway_count++] = ip;
	return MNL_CB_OK;
}

static int
host_net_dump(struct mnl_socket *socket, uint16_t type, unsigned seq, mnl_cb_t each,
	      struct host_net *out)
{
	struct host_net_dump dump = {.out = out};
	char buffer[HOST_NET_BUFFER];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct rtgenmsg *header;
	ssize_t n;
	int more;

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message->nlmsg_seq = seq;
	/* The longest of the three headers: the kernel takes one that is too long. */
	header = mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
	header->rtgen_family = AF_UNSPEC;
	if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
		return err_from_errno(errno);
	do {
		n = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
		if (n < 0)
			return err_from_errno(errno);
		more = mnl_cb_run(buffer, (size_t)n, seq, mnl_socket_get_portid(socket), each,
				  &dump);
	} while (more > MNL_CB_STOP);
	if (dump.rc != 0)
		return dump.rc;
	/* The table changed meanwhile: it comes again the next time. */
	return more < 0 && errno != EINTR ? err_from_errno(errno) : 0;
}

int
host_net_read(struct host_net *out)
{
	struct timeval patience = {.tv_sec = HOST_NET_PATIENCE_MS / 1000};
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int rc;

	if (socket == NULL)
		return err_from_errno(errno);
	(void)setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &patience,
			 sizeof(patience));
	rc = mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ? err_from_errno(errno) : 0;
	if (rc == 0)
		rc = host_net_dump(socket, RTM_GETLINK, 1, host_net_on_link, out);
	if (rc == 0)
		rc = host_net_dump(socket, RTM_GETROUTE, 2, host_net_on_route, out);
	if (rc == 0)
		rc = host_net_dump(socket, RTM_GETNEIGH, 3, host_net_on_neighbour, out);
	(void)mnl_socket_close(socket);
	return rc;
}

void
host_net_fini(struct host_net *host)
{
	free(host->arp);
	free(host->macs);
	free(host->gateways);
	memset(host, 0, sizeof(*host));
}
