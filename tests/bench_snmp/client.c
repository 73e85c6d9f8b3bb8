/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The client side of the SNMP benchmarks, against tests/bench_snmp/responder on all of 127.0.0.0/8:
 *   client bare|get|walk|paced|memory PORT TARGETS [v2c|v3] [ROUNDS|SECONDS] [PASSWORDFILE]
 * bare is a plain sendmmsg/recvmmsg loop around a ready-made request; get and walk go through the
 * command generator in a burst with the same window; paced spreads one GET per target over SECONDS
 * on a paced loop; memory says what a target costs while a request to it is in flight. Prints
 * "cpu_us X answered N of M" (CPU of this process per target and round) or "bytes X".
 */
#include "keepwatch/clock.h"
#include "keepwatch/snmpc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WINDOW = 512, BATCH = 64, QUANTUM_MS = 100 }; /* the tick of the agent */

struct bench {
	struct net_hook schedule; /* first */
	uv_loop_t uv;
	struct net_loop *loop;
	struct snmpc *snmpc;
	struct credential credential;
	struct target *targets;
	size_t count, started, done, answered, goal;
	uint64_t begin_ms, span_ms; /* span 0: a burst */
	bool is_walk, is_held;
};

struct target {
	struct snmpc_request request; /* first */
	struct bench *bench;
	struct snmpc_peer *peer;
};

struct walker {
	struct snmpc_walk walk; /* first */
	struct bench *bench;
};

static const uint32_t descr[] = {1, 3, 6, 1, 2, 1, 1, 1, 0}, uptime[] = {1, 3, 6, 1, 2, 1, 1, 3, 0},
		      name[] = {1, 3, 6, 1, 2, 1, 1, 5, 0};
static const struct oid_ref scalars[] = {OID_REF(descr), OID_REF(uptime), OID_REF(name)};
/* For comparisons with programs that take numbers only. */
static const uint32_t if_in_1[] = {1, 3, 6, 1, 2, 1, 2, 2, 1, 10, 1},
		      if_out_1[] = {1, 3, 6, 1, 2, 1, 2, 2, 1, 16, 1};
static const struct oid_ref numbers[] = {OID_REF(uptime), OID_REF(if_in_1), OID_REF(if_out_1)};
/* What collectd's example configuration reads of an interface. */
static const uint32_t if_descr[] = {1, 3, 6, 1, 2, 1, 2, 2, 1, 2},
		      if_in[] = {1, 3, 6, 1, 2, 1, 2, 2, 1, 10},
		      if_out[] = {1, 3, 6, 1, 2, 1, 2, 2, 1, 16};
static const struct oid_ref columns[] = {OID_REF(if_descr), OID_REF(if_in), OID_REF(if_out)};

static uint64_t
cpu_ns(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return ((uint64_t)usage.ru_utime.tv_sec + (uint64_t)usage.ru_stime.tv_sec) * 1000000000 +
	       ((uint64_t)usage.ru_utime.tv_usec + (uint64_t)usage.ru_stime.tv_usec) * 1000;
}

static size_t
resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	size_t size = 0, resident = 0;

	if (file == NULL || fscanf(file, "%zu %zu", &size, &resident) != 2)
		resident = 0;
	if (file != NULL)
		fclose(file);
	return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static void
address_of(size_t i, struct ipaddr *out)
{
	uint32_t address = htonl(0x7f010001u + (uint32_t)i);

	memset(out, 0, sizeof(*out));
	out->family = 4;
	memcpy(out->bytes, &address, 4);
}

/* ---- the bare loop */

static const uint8_t bare_request[] = {
	0x30, 0x45, 0x02, 0x01, 0x01, 0x04, 0x06, 'p',	'u',  'b',  'l',  'i',	'c',  0xa0, 0x38,
	0x02, 0x04, 0x10, 0,	0,    0,    0x02, 0x01, 0x00, 0x02, 0x01, 0x00, 0x30, 0x2a, 0x30,
	0x0c, 0x06, 0x08, 0x2b, 6,    1,    2,	  1,	1,    1,    0,	  0x05, 0x00, 0x30, 0x0c,
	0x06, 0x08, 0x2b, 6,	1,    2,    1,	  1,	3,    0,    0x05, 0x00, 0x30, 0x0c, 0x06,
	0x08, 0x2b, 6,	  1,	2,    1,    1,	  5,	0,    0x05, 0x00};

static size_t
bare(uint16_t port, size_t count)
{
	static uint8_t out[BATCH][sizeof(bare_request)], in[BATCH][2048];
	struct mmsghdr to[BATCH], from[BATCH];
	struct iovec to_iov[BATCH], from_iov[BATCH];
	struct sockaddr_in names[BATCH];
	const int size = 8 << 20;
	size_t sent = 0, received = 0;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	struct pollfd wait = {.fd = fd, .events = POLLIN};

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	memset(to, 0, sizeof(to));
	memset(from, 0, sizeof(from));
	for (size_t i = 0; i < BATCH; i++) {
		memcpy(out[i], bare_request, sizeof(bare_request));
		to_iov[i] = (struct iovec){out[i], sizeof(bare_request)};
		from_iov[i] = (struct iovec){in[i], sizeof(in[i])};
		names[i] = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
		to[i].msg_hdr.msg_iov = &to_iov[i];
		from[i].msg_hdr.msg_iov = &from_iov[i];
		to[i].msg_hdr.msg_iovlen = from[i].msg_hdr.msg_iovlen = 1;
		to[i].msg_hdr.msg_name = &names[i];
		to[i].msg_hdr.msg_namelen = sizeof(names[i]);
	}
	while (received < count) {
		size_t room = WINDOW - (sent - received);
		int n;

		if (room > BATCH)
			room = BATCH;
		if (room > count - sent)
			room = count - sent;
		for (size_t i = 0; i < room; i++) {
			names[i].sin_addr.s_addr = htonl(0x7f010001u + (uint32_t)(sent + i));
			memcpy(&out[i][18], &sent, 3);
		}
		if (room > 0 && (n = sendmmsg(fd, to, (unsigned)room, 0)) > 0)
			sent += (size_t)n;
		n = recvmmsg(fd, from, BATCH, 0, NULL);
		if (n > 0)
			received += (size_t)n;
		else if ((sent == count || sent - received >= WINDOW) && poll(&wait, 1, 1000) == 0)
			break;
	}
	close(fd);
	return received;
}

/* ---- the command generator */

static void next(struct bench *bench);

static void
ended(struct bench *bench, bool is_answered)
{
	bench->done++;
	bench->answered += is_answered;
	if (bench->span_ms == 0 && bench->started < bench->goal)
		next(bench);
	if (bench->done == bench->goal)
		uv_stop(&bench->uv);
}

static void
on_reply(struct snmpc_request *request, const struct snmpc_reply *reply)
{
	ended(((struct target *)request)->bench, reply->reason == REASON_NONE && reply->count == 3);
}

static bool
on_varbind(struct snmpc_walk *walk, size_t column, const struct varbind *varbind)
{
	(void)walk;
	(void)column;
	(void)varbind;
	return true;
}

static void
on_walked(struct snmpc_walk *walk)
{
	struct bench *bench = ((struct walker *)walk)->bench;
	bool is_whole = walk->complete && walk->varbinds == 144;

	free(walk);
	ended(bench, is_whole);
}

static void
start_walk(struct bench *bench, struct target *target)
{
	struct walker *walker = calloc(1, sizeof(*walker));

	if (walker == NULL)
		abort();
	walker->bench = bench;
	walker->walk.peer = target->peer;
	walker->walk.columns = columns;
	walker->walk.column_count = 3;
	walker->walk.retries = 2;
	walker->walk.timeout_ms = 2000;
	walker->walk.varbind = on_varbind;
	walker->walk.done = on_walked;
	if (snmpc_walk_start(&walker->walk) != 0)
		abort();
}

static void
next(struct bench *bench)
{
	struct target *target = &bench->targets[bench->started++];
	struct snmpc_request *request = &target->request;

	if (bench->is_walk) {
		start_walk(bench, target);
		return;
	}
	request->peer = target->peer;
	request->op = SNMPC_GET;
	request->oids = bench->span_ms > 0 ? numbers : scalars;
	request->oid_count = 3;
	request->retries = 2;
	request->timeout_ms = bench->is_held ? 60000 : 2000;
	request->done = on_reply;
	if (snmpc_start(request) != 0)
		abort();
}

static uint64_t
due_ms(const struct bench *bench)
{
	return bench->begin_ms + bench->started * bench->span_ms / bench->goal;
}

static void
schedule_run(struct net_hook *hook)
{
	struct bench *bench = (struct bench *)hook;
	uint64_t now_ms = clock_mono_ms();

	while (bench->span_ms > 0 && bench->started < bench->goal && due_ms(bench) <= now_ms)
		next(bench);
}

static uint64_t
schedule_wanted(struct net_hook *hook)
{
	struct bench *bench = (struct bench *)hook;

	return bench->span_ms > 0 && bench->started < bench->goal ? due_ms(bench) : UINT64_MAX;
}

/* One request or walk for every target. */
static void
run(struct bench *bench, uint64_t span_ms)
{
	bench->started = bench->done = 0;
	bench->goal = bench->count;
	bench->span_ms = span_ms;
	bench->begin_ms = clock_mono_ms();
	net_loop_set_eager(bench->loop, span_ms == 0);
	for (size_t i = 0; span_ms == 0 && i < WINDOW && bench->started < bench->goal; i++)
		next(bench);
	net_loop_kick(bench->loop);
	while (bench->done < bench->goal)
		uv_run(&bench->uv, UV_RUN_DEFAULT);
}

static int
open_bench(struct bench *bench, bool is_v3, const char *password_file)
{
	struct credential_snmp *snmp = &bench->credential.snmp;

	bench->schedule.run = schedule_run;
	bench->schedule.wanted_ms = schedule_wanted;
	uv_loop_init(&bench->uv);
	if (net_loop_open(&bench->loop, &bench->uv, QUANTUM_MS) != 0 ||
	    snmpc_open(&bench->snmpc, bench->loop) != 0)
		return -1;
	net_loop_add_hook(bench->loop, NET_SCHEDULE, &bench->schedule);
	snmp->version = is_v3 ? SNMP_V3 : SNMP_V2C;
	if (!is_v3)
		return secret_new(&snmp->community, "public", 6);
	snmp->user = strdup("bench");
	snmp->auth = SNMP_AUTH_SHA256;
	snmp->priv = SNMP_PRIV_AES128;
	if (secret_read_file(&snmp->auth_password, password_file) != 0)
		return -1;
	return secret_read_file(&snmp->priv_password, password_file);
}

static void
add_targets(struct bench *bench, size_t count, uint16_t port)
{
	for (; bench->count < count; bench->count++) {
		struct target *target = &bench->targets[bench->count];
		struct ipaddr ip;

		target->bench = bench;
		address_of(bench->count, &ip);
		if (snmpc_peer_new(&target->peer, bench->snmpc, &ip, port, &bench->credential) != 0)
			abort();
	}
}

/*
 * Growth of the resident set between a first tenth of the targets and all, each with its peer, its
 * engine and a request in flight (the record that the benchmark itself keeps is not counted).
 */
static void
measure_memory(struct bench *bench, size_t count, uint16_t port, bool is_v3)
{
	size_t before, after, tenth = count / 10;

	add_targets(bench, tenth, port);
	run(bench, 0);
	before = resident_bytes();
	add_targets(bench, count, port);
	if (is_v3)
		run(bench, 0);
	/* In flight, and they stay so: the loop does not run. */
	bench->is_held = true;
	bench->started = bench->done = 0;
	bench->goal = count;
	while (bench->started < count)
		next(bench);
	after = resident_bytes();
	printf("bytes %zu in_flight %u\n",
	       (after - before) / (count - tenth) -
		       (sizeof(struct target) - sizeof(struct snmpc_request)),
	       snmpc_stats(bench->snmpc).in_flight);
}

int
main(int argc, char **argv)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	const char *mode = argc > 3 ? argv[1] : "";
	bool is_v3 = argc > 4 && strcmp(argv[4], "v3") == 0;
	uint16_t port = argc > 3 ? (uint16_t)strtoul(argv[2], NULL, 10) : 0;
	size_t count = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	size_t number = argc > 5 ? strtoul(argv[5], NULL, 10) : 1;
	size_t rounds;
	uint64_t begin;
	bool is_paced;

	if (bench == NULL || count == 0)
		return 2;
	if (strcmp(mode, "bare") == 0) {
		size_t got = 0;

		begin = cpu_ns();
		for (size_t i = 0; i < number; i++)
			got += bare(port, count);
		printf("cpu_us %.3f answered %zu of %zu\n",
		       (double)(cpu_ns() - begin) / 1000 / (double)(count * number), got,
		       count * number);
		return 0;
	}
	bench->targets = calloc(count, sizeof(*bench->targets));
	if (bench->targets == NULL || open_bench(bench, is_v3, argc > 6 ? argv[6] : "") != 0)
		return 1;
	if (strcmp(mode, "memory") == 0) {
		measure_memory(bench, count, port, is_v3);
		return 0; /* as it is: requests are in flight */
	}
	add_targets(bench, count, port);
	bench->is_walk = strcmp(mode, "walk") == 0;
	if (is_v3)
		run(bench, 0); /* discovery, once */
	is_paced = strcmp(mode, "paced") == 0;
	rounds = is_paced ? 1 : number;
	bench->answered = 0;
	begin = cpu_ns();
	for (size_t i = 0; i < rounds; i++)
		run(bench, is_paced ? (uint64_t)number * 1000 : 0);
	printf("cpu_us %.3f answered %zu of %zu\n",
	       (double)(cpu_ns() - begin) / 1000 / (double)(count * rounds), bench->answered,
	       count * rounds);
	for (size_t i = 0; i < count; i++)
		snmpc_peer_free(bench->targets[i].peer);
	net_loop_remove_hook(bench->loop, NET_SCHEDULE, &bench->schedule);
	snmpc_close(bench->snmpc);
	net_loop_close(bench->loop);
	uv_run(&bench->uv, UV_RUN_DEFAULT);
	uv_loop_close(&bench->uv);
	credential_fini(&bench->credential);
	free(bench->targets);
	free(bench);
	return 0;
}
