/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A network namespace with a TUN device, by the ioctls of netdevice(7) and tun.
 */
#include "far_end.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int
set_address(int fd, struct ifreq *request, unsigned long what, const char *text)
{
	struct sockaddr_in in = {.sin_family = AF_INET};

	inet_pton(AF_INET, text, &in.sin_addr);
	memcpy(&request->ifr_addr, &in, sizeof(in));
	return ioctl(fd, what, request);
}

static int
bring_up(const char *name, const char *address)
{
	struct ifreq request = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc = -1;

	if (fd < 0)
		return -1;
	memcpy(request.ifr_name, name, strlen(name));
	if (address != NULL && (set_address(fd, &request, SIOCSIFADDR, address) != 0 ||
				set_address(fd, &request, SIOCSIFNETMASK, "255.0.0.0") != 0))
		goto out;
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	rc = ioctl(fd, SIOCSIFFLAGS, &request);
out:
	close(fd);
	return rc;
}

int
far_end_open(void)
{
	struct ifreq request = {.ifr_name = "tun0", .ifr_flags = IFF_TUN | IFF_NO_PI};
	int fd;

	if (unshare(CLONE_NEWNET) != 0)
		return -1;
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (ioctl(fd, TUNSETIFF, &request) != 0 || bring_up("tun0", "10.0.0.1") != 0 ||
	    bring_up("lo", NULL) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int
far_end_open_silent_ethernet(void)
{
	int fd, rc = -1;

	if (unshare(CLONE_NEWNET) != 0)
		return -1;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (ioctl(fd, SIOCBRADDBR, "br0") == 0 && bring_up("br0", "10.0.0.1") == 0)
		rc = 0;
	close(fd);
	return rc;
}

int
far_end_make_known(const char *address)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct arpreq request = {
		.arp_ha = {.sa_family = ARPHRD_ETHER, .sa_data = {2, 0, 0, 0, 0, 1}},
		.arp_flags = ATF_COM | ATF_PERM,
		.arp_dev = "br0"};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc;

	inet_pton(AF_INET, address, &in.sin_addr);
	memcpy(&request.arp_pa, &in, sizeof(in));
	rc = ioctl(fd, SIOCSARP, &request);
	close(fd);
	return rc;
}
