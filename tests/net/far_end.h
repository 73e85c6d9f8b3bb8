/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A network of a test's own: it moves the process into a new network namespace in which lo is up
 * and 10.0.0.0/8 leads into a TUN device, so that the test itself is the far end. Needs root.
 */
#ifndef TESTS_NET_FAR_END_H
#define TESTS_NET_FAR_END_H

/* The TUN device (non-blocking, one IP packet a read or write; the near end is 10.0.0.1), or -1
 * where that is not allowed. The caller closes it. */
int far_end_open(void);

/* Instead of a TUN device an Ethernet (an empty bridge) on which nobody answers ARP: datagrams wait
 * in the kernel, and fill a socket's send buffer. 0, or -1 where that is not allowed. */
int far_end_open_silent_ethernet(void);
/* Makes an address of it known, so that what waits for it leaves. */
int far_end_make_known(const char *address);

#endif
