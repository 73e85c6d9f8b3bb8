/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The receiver under test and its senders.
 */
#include "trap_rig.h"

#include "keepwatch/clock.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
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

static enum trap_source
on_source(void *arg, const struct ipaddr *from)
{
	struct trap_lab *lab = arg;

	assert_true(from->family == 4 || from->family == 6);
	return lab->source;
}

static const struct credential_snmp *
on_credential(void *arg, const struct ipaddr *who, size_t n)
{
	struct trap_lab *lab = arg;

	(void)who;
	return n < 2 ? &lab->credentials[n] : NULL;
}

static void
on_trap(void *arg, const struct trap *trap)
{
	struct trap_lab *lab = arg;

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

const struct trap_ops trap_rig_ops = {on_source, on_credential, on_trap};

int
trap_setup(void **state)
{
	static const uint8_t engine[] = {0x80, 0, 0x1f, 0x88, 5, 1, 2, 3, 4, 5, 6, 7};
	struct trap_lab *lab = calloc(1, sizeof(*lab));
	struct trap_address listen = {.port = 0};
	struct credential_snmp *v3;
	size_t failed;

	assert_non_null(lab);
	snprintf(lab->dir, sizeof(lab->dir), "/tmp/kw-trap.XXXXXX");
	assert_non_null(mkdtemp(lab->dir));
	uv_loop_init(&lab->uv);
	assert_int_equal(net_loop_open(&lab->loop, &lab->uv, 50), 0);
	assert_int_equal(snmpc_open(&lab->snmpc, lab->loop), 0);
	ipaddr_parse("127.0.0.1", &listen.ip);
	assert_int_equal(trap_receiver_open(&lab->receiver, lab->loop, lab->snmpc, &listen, 1,
					    &trap_rig_ops, lab, &failed),
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

int
trap_teardown(void **state)
{
	struct trap_lab *lab = *state;
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

int
trap_run(struct trap_lab *lab, const char *const *args)
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

void
trap_assert_oid(const struct trap_lab *lab, const char *expected)
{
	char text[256];

	assert_string_equal(oid_format(lab->oid, lab->last.oid_len, text, sizeof(text)), expected);
}

int
trap_udp_socket(uint16_t *port)
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

void
trap_send_to(struct trap_lab *lab, int fd, const void *data, size_t len)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons(lab->port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	assert_int_equal(sendto(fd, data, len, 0, (struct sockaddr *)&in, sizeof(in)), len);
	uv_run(&lab->uv, UV_RUN_NOWAIT);
}
