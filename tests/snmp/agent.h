/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the tests of the SNMP command generator share: a loop with the generator, and an agent on
 * loopback whose behaviour each test writes.
 */
#ifndef KEEPWATCH_TESTS_SNMP_AGENT_H
#define KEEPWATCH_TESTS_SNMP_AGENT_H

#include "out.h"

#include "keepwatch/snmpc.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

/* One request as the fake agent sees it. */
struct asked {
	uint8_t bytes[2048];
	size_t len;
	size_t id_at;  /* of the four octets of the request-id */
	size_t pdu_at; /* tag of the PDU */
	struct sockaddr_in from;
};

struct lab {
	uv_loop_t uv;
	struct net_loop *loop;
	struct snmpc *snmpc;
	struct snmpc_peer *peer;
	struct credential credential;
	uv_poll_t poll;
	int fd, other_fd; /* the agent's socket, and one elsewhere */
	uint16_t port;
	void (*behave)(struct lab *lab, const struct asked *asked);
	struct asked kept;
	unsigned heard;
	/* what came of it */
	unsigned done;
	enum reason reason;
	uint32_t error_status, rtt_us;
	uint16_t sent, lost;
	size_t count;
	int64_t number;
	unsigned rows, max_asked;
	uint32_t table_rows; /* of the walked table */
	struct snmpc_request request;
	struct snmpc_walk walk;
};

extern const uint32_t uptime_oid[9];
extern const struct oid_ref uptime_ref[1];

void agent_put_varbind(struct out *out, const uint32_t *ids, size_t len, uint8_t type,
		       int64_t value);
void agent_begin(struct out *out);
void agent_finish(struct out *out, const struct asked *asked, uint32_t status, uint32_t index);
void agent_send(int fd, const struct asked *asked, const struct out *out, size_t len);
void agent_answer(struct lab *lab, const struct asked *asked, uint32_t ticks);
int lab_udp_socket(uint16_t *port);
void lab_make_peer(struct lab *lab, enum snmp_version_id version);
int lab_setup(void **state);
int lab_teardown(void **state);
void lab_run_until(struct lab *lab, unsigned done);
void lab_on_done(struct snmpc_request *request, const struct snmpc_reply *reply);
void lab_get(struct lab *lab, uint16_t retries, uint32_t timeout_ms);

#endif
