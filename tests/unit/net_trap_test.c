/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The notification receiver against net-snmp's own snmptrap and snmpinform, and against bytes that
 * they would not send: repeated, malformed, too many.
 */
#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/snmpc.h"
#include "keepwatch/trap.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { ARGS_MAX = 40, WAIT_MS = 20000 };

struct lab {
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

static enum trap_source
on_source(void *arg, const struct ipaddr *from)
{
	struct lab *lab = arg;

	assert_int_equal(from->family, 4);
	return lab->source;
}

static const struct credential_snmp *
on_credential(void *arg, const struct ipaddr *who, size_t n)
{
	struct lab *lab = arg;

	(void)who;
	return n < 2 ? &lab->credentials[n] : NULL;
}

static void
on_trap(void *arg, const struct trap *trap)
{
	struct lab *lab = arg;

	lab->told++;
	lab->authentic += trap->is_authentic;
	lab->last = *trap;
	for (size_t i = 0; i < trap->oid_len; i++)
		lab->oid[i] = trap->oid[i];
	for (size_t i = 0; i < trap->count; i++) {
		if (trap->varbinds[i].type == VB_OCTETS)
			varbind_text(&trap->varbinds[i], lab->text, sizeof(lab->text));
	}
}

static const struct trap_ops ops = {on_source, on_credential, on_trap};

static int
setup(void **state)
{
	static const uint8_t engine[] = {0x80, 0, 0x1f, 0x88, 5, 1, 2, 3, 4, 5, 6, 7};
	struct lab *lab = calloc(1, sizeof(*lab));
	struct trap_address listen = {.port = 0};
	struct credential_snmp *v3;
	size_t failed;

	assert_non_null(lab);
	strcpy(lab->dir, "/tmp/kw-trap.XXXXXX");
	assert_non_null(mkdtemp(lab->dir));
	uv_loop_init(&lab->uv);
	assert_int_equal(net_loop_open(&lab->loop, &lab->uv, 50), 0);
	assert_int_equal(snmpc_open(&lab->snmpc, lab->loop), 0);
	ipaddr_parse("127.0.0.1", &listen.ip);
	assert_int_equal(trap_receiver_open(&lab->receiver, lab->loop, lab->snmpc, &listen, 1, &ops,
					    lab, &failed),
			 0);
	trap_receiver_set_engine(lab->receiver, engine, sizeof(engine), 7);
	lab->port = trap_receiver_port(lab->receiver, 0);
	lab->source = TRAP_DEVICE;
	lab->credentials[0].version = SNMP_V2C;
	assert_int_equal(secret_new(&lab->credentials[0].community, "sesame", 6), 0);
	v3 = &lab->credentials[1];
	v3->version = SNMP_V3;
	v3->user = strdup("monitor");
	v3->auth = SNMP_AUTH_SHA256;
	v3->priv = SNMP_PRIV_AES128;
	assert_int_equal(secret_new(&v3->auth_password, "auth-password", 13), 0);
	assert_int_equal(secret_new(&v3->priv_password, "priv-password", 13), 0);
	*state = lab;
	return 0;
}

static int
teardown(void **state)
{
	struct lab *lab = *state;
	char command[64];

	trap_receiver_close(lab->receiver);
	snmpc_close(lab->snmpc);
	net_loop_close(lab->loop);
	uv_run(&lab->uv, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&lab->uv), 0);
	for (size_t i = 0; i < 2; i++) {
		struct credential_snmp *c = &lab->credentials[i];

		secret_free(c->community);
		secret_free(c->auth_password);
		secret_free(c->priv_password);
		free(c->user);
	}
	snprintf(command, sizeof(command), "rm -rf %s", lab->dir);
	assert_int_equal(system(command), 0);
	free(lab);
	return 0;
}

/* The loop runs until the child has ended, and a little longer; its exit status. */
static int
run(struct lab *lab, const char *const *args)
{
	char port[32], persistent[64], confpath[64], *argv[ARGS_MAX];
	char *env[] = {"MIBS=", "PATH=/usr/bin:/bin", persistent, confpath, NULL};
	uint64_t end_ms = clock_mono_ms() + WAIT_MS;
	posix_spawn_file_actions_t actions;
	bool has_ended = false;
	size_t n = 0;
	int status = 0;
	pid_t pid;

	snprintf(port, sizeof(port), "127.0.0.1:%u", lab->port);
	snprintf(persistent, sizeof(persistent), "SNMP_PERSISTENT_DIR=%s", lab->dir);
	snprintf(confpath, sizeof(confpath), "SNMPCONFPATH=%s", lab->dir);
	while (args[n] != NULL) {
		assert_true(n < ARGS_MAX - 1);
		argv[n] = strcmp(args[n], "TO") == 0 ? port : (char *)(uintptr_t)args[n];
		n++;
	}
	argv[n] = NULL;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	assert_int_equal(posix_spawnp(&pid, argv[0], &actions, NULL, argv, env), 0);
	posix_spawn_file_actions_destroy(&actions);
	while (!has_ended && clock_mono_ms() < end_ms) {
		uv_run(&lab->uv, UV_RUN_NOWAIT);
		has_ended = waitpid(pid, &status, WNOHANG) == pid;
		usleep(1000);
	}
	if (!has_ended) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	/* What it sent is in our socket. */
	uv_run(&lab->uv, UV_RUN_NOWAIT);
	return has_ended && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define RUN(lab, ...) run(lab, (const char *const[]){__VA_ARGS__, NULL})

#define V3(user, auth, priv) \
	"-v3", "-u", user, "-l", "authPriv", "-a", "SHA-256", "-A", auth, "-x", "AES", "-X", priv

static void
assert_oid(const struct lab *lab, const char *expected)
{
	char text[256];

	assert_string_equal(oid_format(lab->oid, lab->last.oid_len, text, sizeof(text)), expected);
}

#define LINK_DOWN "1.3.6.1.6.3.1.1.5.3"
#define IF_DESCR  "1.3.6.1.2.1.2.2.1.2.3"

static void
v1_traps_become_v2(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(RUN(lab, "snmptrap", "-v1", "-c", "sesame", "TO", "1.3.6.1.4.1.9",
			     "10.1.2.3", "2", "0", "4711", IF_DESCR, "s", "p3"),
			 0);
	assert_int_equal(lab->authentic, 1);
	assert_oid(lab, LINK_DOWN);
	assert_int_equal(lab->last.version, SNMP_V1);
	assert_int_equal(lab->last.uptime, 4711);
	assert_int_equal(lab->last.count, 1);
	assert_string_equal(lab->text, "p3");
	/* agent-addr counts from forwarders only. */
	assert_true(ipaddr_equal(&lab->last.about, &lab->last.from));
	assert_int_equal(RUN(lab, "snmptrap", "-v1", "-c", "sesame", "TO", "1.3.6.1.4.1.9.9.215.2",
			     "10.1.2.3", "6", "1", ""),
			 0);
	assert_int_equal(lab->authentic, 2);
	assert_oid(lab, "1.3.6.1.4.1.9.9.215.2.0.1");
}

static void
forwarders_speak_for_others(void **state)
{
	struct lab *lab = *state;
	char text[IPADDR_TEXT_SIZE];

	lab->source = TRAP_FORWARDER;
	assert_int_equal(RUN(lab, "snmptrap", "-v1", "-c", "sesame", "TO", "1.3.6.1.4.1.9",
			     "10.1.2.3", "0", "0", ""),
			 0);
	assert_int_equal(lab->authentic, 1);
	assert_string_equal(ipaddr_format(&lab->last.about, text, sizeof(text)), "10.1.2.3");
	assert_int_equal(RUN(lab, "snmptrap", "-v2c", "-c", "sesame", "TO", "", LINK_DOWN,
			     "1.3.6.1.6.3.18.1.3.0", "a", "10.1.2.4"),
			 0);
	assert_int_equal(lab->authentic, 2);
	assert_string_equal(ipaddr_format(&lab->last.about, text, sizeof(text)), "10.1.2.4");
}

static void
v2c_traps_and_informs(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(RUN(lab, "snmptrap", "-v2c", "-c", "sesame", "TO", "99", LINK_DOWN,
			     IF_DESCR, "s", "p3"),
			 0);
	assert_int_equal(lab->authentic, 1);
	assert_oid(lab, LINK_DOWN);
	assert_int_equal(lab->last.uptime, 99);
	assert_false(lab->last.is_inform);
	assert_int_equal(lab->last.count, 1);
	/* snmpinform fails if it is not answered. */
	assert_int_equal(RUN(lab, "snmpinform", "-v2c", "-c", "sesame", "-r1", "-t2", "TO", "99",
			     LINK_DOWN, IF_DESCR, "s", "p3"),
			 0);
	assert_int_equal(lab->authentic, 2);
	assert_true(lab->last.is_inform);
}

static void
a_wrong_community_is_refused(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(RUN(lab, "snmptrap", "-v2c", "-c", "public", "TO", "", LINK_DOWN), 0);
	assert_int_equal(lab->told, 1);
	assert_int_equal(lab->authentic, 0);
	assert_int_equal(lab->last.refusal, REASON_AUTH);
	/* And an inform is not answered. */
	assert_int_not_equal(
		RUN(lab, "snmpinform", "-v2c", "-c", "sesamf", "-r0", "-t1", "TO", "", LINK_DOWN),
		0);
	assert_int_equal(lab->told, 2);
	assert_int_equal(lab->authentic, 0);
	assert_int_equal(trap_receiver_stats(lab->receiver).refused, 2);
}

static void
strangers_are_not_heard(void **state)
{
	struct lab *lab = *state;

	lab->source = TRAP_UNKNOWN;
	assert_int_equal(RUN(lab, "snmptrap", "-v2c", "-c", "sesame", "TO", "", LINK_DOWN), 0);
	assert_int_not_equal(RUN(lab, "snmpinform", V3("monitor", "auth-password", "priv-password"),
				 "-r0", "-t1", "TO", "", LINK_DOWN),
			     0);
	assert_int_equal(lab->told, 0);
	assert_int_equal(trap_receiver_stats(lab->receiver).unknown, 2);
	assert_int_equal(trap_receiver_stats(lab->receiver).reports, 0);
}

#define TRAP_V3(lab, engine, time, user, auth, priv)                                               \
	RUN(lab, "snmptrap", "-e", engine, "-Z", time, V3(user, auth, priv), "TO", "5", LINK_DOWN, \
	    IF_DESCR, "s", "p3")
#define ENGINE "0x8000000001020304"

static void
v3_traps_are_authenticated(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(
		TRAP_V3(lab, ENGINE, "5,1000", "monitor", "auth-password", "priv-password"), 0);
	assert_int_equal(lab->authentic, 1);
	assert_int_equal(lab->last.version, SNMP_V3);
	assert_oid(lab, LINK_DOWN);
	assert_string_equal(lab->text, "p3");
	assert_int_equal(
		TRAP_V3(lab, ENGINE, "5,1001", "monitor", "auth-passwort", "priv-password"), 0);
	assert_int_equal(lab->last.refusal, REASON_WRONG_DIGEST);
	assert_int_equal(
		TRAP_V3(lab, ENGINE, "5,1002", "monitor", "auth-password", "priv-passwort"), 0);
	assert_int_equal(lab->authentic, 1);
	assert_int_equal(
		TRAP_V3(lab, ENGINE, "5,1003", "minotor", "auth-password", "priv-password"), 0);
	assert_int_equal(lab->last.refusal, REASON_UNKNOWN_USER);
	/* Less than the credential has is not enough. */
	assert_int_equal(RUN(lab, "snmptrap", "-e", ENGINE, "-Z", "5,1004", "-v3", "-u", "monitor",
			     "-l", "authNoPriv", "-a", "SHA-256", "-A", "auth-password", "TO", "5",
			     LINK_DOWN),
			 0);
	assert_int_equal(lab->last.refusal, REASON_SECURITY_LEVEL);
	assert_int_equal(RUN(lab, "snmptrap", "-e", ENGINE, "-v3", "-u", "monitor", "-l",
			     "noAuthNoPriv", "TO", "5", LINK_DOWN),
			 0);
	assert_int_equal(lab->last.refusal, REASON_SECURITY_LEVEL);
	assert_int_equal(lab->authentic, 1);
	assert_int_equal(lab->told, 6);
}

static void
old_v3_traps_are_refused(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(
		TRAP_V3(lab, ENGINE, "5,1000", "monitor", "auth-password", "priv-password"), 0);
	assert_int_equal(lab->authentic, 1);
	/* Before the last boot; longer ago than the window of 150 s. */
	assert_int_equal(
		TRAP_V3(lab, ENGINE, "4,2000", "monitor", "auth-password", "priv-password"), 0);
	assert_int_equal(lab->last.refusal, REASON_TIME_WINDOW);
	assert_int_equal(TRAP_V3(lab, ENGINE, "5,840", "monitor", "auth-password", "priv-password"),
			 0);
	assert_int_equal(lab->last.refusal, REASON_TIME_WINDOW);
	assert_int_equal(lab->authentic, 1);
	/* Another engine has another time, and a later boot is taken. */
	assert_int_equal(TRAP_V3(lab, "0x8000000001020305", "1,1", "monitor", "auth-password",
				 "priv-password"),
			 0);
	assert_int_equal(TRAP_V3(lab, ENGINE, "6,3", "monitor", "auth-password", "priv-password"),
			 0);
	assert_int_equal(lab->authentic, 3);
	/* What was forgotten begins anew. */
	trap_receiver_forget(lab->receiver);
	assert_int_equal(TRAP_V3(lab, ENGINE, "2,3", "monitor", "auth-password", "priv-password"),
			 0);
	assert_int_equal(lab->authentic, 4);
}

static void
v3_informs_find_our_engine(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(RUN(lab, "snmpinform", V3("monitor", "auth-password", "priv-password"),
			     "-r1", "-t3", "TO", "5", LINK_DOWN, IF_DESCR, "s", "p3"),
			 0);
	assert_int_equal(lab->told, 1);
	assert_int_equal(lab->authentic, 1);
	assert_true(lab->last.is_inform);
	assert_oid(lab, LINK_DOWN);
	assert_string_equal(lab->text, "p3");
	assert_true(trap_receiver_stats(lab->receiver).reports >= 1);
	assert_int_equal(RUN(lab, "snmptrap", "-Ci",
			     V3("monitor", "auth-password", "priv-password"), "-r1", "-t3", "TO",
			     "5", LINK_DOWN),
			 0);
	assert_int_equal(lab->authentic, 2);
	assert_int_not_equal(RUN(lab, "snmpinform", V3("monitor", "auth-passwort", "priv-password"),
				 "-r0", "-t1", "TO", "5", LINK_DOWN),
			     0);
	assert_int_equal(lab->last.refusal, REASON_WRONG_DIGEST);
	assert_int_not_equal(RUN(lab, "snmpinform", V3("minotor", "auth-password", "priv-password"),
				 "-r0", "-t1", "TO", "5", LINK_DOWN),
			     0);
	assert_int_equal(lab->last.refusal, REASON_UNKNOWN_USER);
	assert_int_equal(lab->authentic, 2);
}

/* Between a sender and the receiver: what passes is kept. */
struct relay {
	uv_poll_t poll;
	int fd;
	uint8_t bytes[2048];
	ssize_t len;
};

static void
on_relay(uv_poll_t *poll, int status, int events)
{
	struct relay *relay = poll->data;

	(void)status;
	(void)events;
	relay->len = recv(relay->fd, relay->bytes, sizeof(relay->bytes), 0);
}

static int
udp_socket(uint16_t *port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t len = sizeof(in);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	*port = ntohs(in.sin_port);
	return fd;
}

static void
send_to(struct lab *lab, int fd, const void *data, size_t len)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons(lab->port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	assert_int_equal(sendto(fd, data, len, 0, (struct sockaddr *)&in, sizeof(in)), len);
	uv_run(&lab->uv, UV_RUN_NOWAIT);
}

static void
a_replay_is_told_once(void **state)
{
	struct lab *lab = *state;
	uint16_t port = lab->port;
	struct relay relay = {.len = 0};

	relay.fd = udp_socket(&lab->port); /* snmptrap speaks to the relay */
	uv_poll_init(&lab->uv, &relay.poll, relay.fd);
	relay.poll.data = &relay;
	uv_poll_start(&relay.poll, UV_READABLE, on_relay);
	assert_int_equal(
		TRAP_V3(lab, ENGINE, "5,1000", "monitor", "auth-password", "priv-password"), 0);
	lab->port = port;
	assert_true(relay.len > 100);
	assert_int_equal(lab->told, 0);
	send_to(lab, relay.fd, relay.bytes, (size_t)relay.len);
	assert_int_equal(lab->authentic, 1);
	send_to(lab, relay.fd, relay.bytes, (size_t)relay.len);
	send_to(lab, relay.fd, relay.bytes, (size_t)relay.len);
	assert_int_equal(lab->told, 1);
	assert_int_equal(trap_receiver_stats(lab->receiver).repeated, 2);
	/* With an octet changed it is not authentic (some of them: more would be too many). */
	for (ssize_t i = 0; i < relay.len; i += 3) {
		relay.bytes[i] ^= 1;
		send_to(lab, relay.fd, relay.bytes, (size_t)relay.len);
		relay.bytes[i] ^= 1;
	}
	assert_int_equal(lab->authentic, 1);
	uv_close((uv_handle_t *)&relay.poll, NULL);
	uv_run(&lab->uv, UV_RUN_NOWAIT);
	close(relay.fd);
}

static void
malformed_messages_are_counted(void **state)
{
	/* SEQUENCE longer than the datagram; not a notification (a v2c GET); nothing at all. */
	static const uint8_t torn[] = {0x30, 0x40, 2, 1, 1, 4, 6, 's', 'e', 's', 'a', 'm', 'e'};
	static const uint8_t get[] = {0x30, 27,	 2,   1,    1,	  4, 6,	   's', 'e', 's',
				      'a',  'm', 'e', 0xa0, 14,	  2, 1,	   9,	2,   1,
				      0,    2,	 1,   0,    0x30, 3, 0x30, 1,	0};
	struct lab *lab = *state;
	uint16_t port;
	int fd = udp_socket(&port);

	send_to(lab, fd, torn, sizeof(torn));
	send_to(lab, fd, get, sizeof(get));
	send_to(lab, fd, "", 0);
	assert_int_equal(trap_receiver_stats(lab->receiver).malformed, 3);
	assert_int_equal(lab->told, 0);
	close(fd);
}

static void
a_flood_is_capped(void **state)
{
	static const uint8_t junk[] = {0x30, 3, 2, 1, 7};
	struct lab *lab = *state;
	struct trap_stats stats;
	uint16_t port;
	int fd = udp_socket(&port);

	for (int i = 0; i < 2000; i++) {
		send_to(lab, fd, junk, sizeof(junk));
		if (i % 100 == 0)
			usleep(1000);
	}
	for (int i = 0; i < 100; i++) {
		uv_run(&lab->uv, UV_RUN_NOWAIT);
		usleep(1000);
	}
	stats = trap_receiver_stats(lab->receiver);
	assert_int_equal(stats.received + stats.kernel_dropped, 2000);
	/* What is read is the burst, and a share of the rate for as long as this took. */
	assert_true(stats.malformed >= TRAP_SOURCE_BURST);
	assert_true(stats.over_source > 1000);
	assert_int_equal(stats.malformed + stats.over_source + stats.over_global, stats.received);
	close(fd);
}

static void
a_port_in_use_is_said(void **state)
{
	struct lab *lab = *state;
	struct trap_address listen[2] = {{.port = 0}, {.port = lab->port}};
	struct trap_receiver *other;
	size_t failed = 9;

	ipaddr_parse("127.0.0.1", &listen[0].ip);
	listen[1].ip = listen[0].ip;
	assert_int_equal(
		trap_receiver_open(&other, lab->loop, lab->snmpc, listen, 2, &ops, lab, &failed),
		ERR_BUSY);
	assert_int_equal(failed, 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(v1_traps_become_v2),	TEST(forwarders_speak_for_others),
		TEST(v2c_traps_and_informs),	TEST(a_wrong_community_is_refused),
		TEST(strangers_are_not_heard),	TEST(v3_traps_are_authenticated),
		TEST(old_v3_traps_are_refused), TEST(v3_informs_find_our_engine),
		TEST(a_replay_is_told_once),	TEST(malformed_messages_are_counted),
		TEST(a_flood_is_capped),	TEST(a_port_in_use_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
