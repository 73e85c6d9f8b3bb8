/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A notification receiver with a v2c and a v3 credential, and net-snmp's clients to speak to it.
 */
#ifndef KEEPWATCH_TESTS_NET_TRAP_RIG_H
#define KEEPWATCH_TESTS_NET_TRAP_RIG_H

#include "keepwatch/snmpc.h"
#include "keepwatch/trap.h"

struct trap_lab {
	uv_loop_t uv;
	struct net_loop *loop;
	struct snmpc *snmpc;
	struct trap_receiver *receiver;
	struct credential_snmp credentials[2]; /* v2c, v3 */
	enum trap_source source;
	char dir[32];
	uint16_t port;
	/* the last one, and how many */
	unsigned told, authentic;
	struct trap last;
	uint32_t oid[OID_MAX];
	char text[64]; /* of the last varbind that is one */
};

extern const struct trap_ops trap_rig_ops;

int trap_setup(void **state);
int trap_teardown(void **state);
/* The loop runs until the child has ended, and a little longer; its exit status. "TO" is where the
 * receiver is. */
int trap_run(struct trap_lab *lab, const char *const *args);
void trap_assert_oid(const struct trap_lab *lab, const char *expected);
int trap_udp_socket(uint16_t *port);
void trap_send_to(struct trap_lab *lab, int fd, const void *data, size_t len);

#define RUN(lab, ...) trap_run(lab, (const char *const[]){__VA_ARGS__, NULL})
#define TEST(name)    cmocka_unit_test_setup_teardown(name, trap_setup, trap_teardown)
#define LINK_DOWN     "1.3.6.1.6.3.1.1.5.3"
#define IF_DESCR      "1.3.6.1.2.1.2.2.1.2.3"
#define V3(user, auth, priv) \
	"-v3", "-u", user, "-l", "authPriv", "-a", "SHA-256", "-A", auth, "-x", "AES", "-X", priv

#endif
