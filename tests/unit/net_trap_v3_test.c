/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SNMPv3 traps and informs of net-snmp's own clients: who is believed, what is too old, and how a
 * sender of informs finds our engine.
 */
#include "../net/trap_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define TRAP_V3(lab, engine, time, user, auth, priv)                                               \
	RUN(lab, "snmptrap", "-e", engine, "-Z", time, V3(user, auth, priv), "TO", "5", LINK_DOWN, \
	    IF_DESCR, "s", "p3")
#define ENGINE "0x8000000001020304"

static void
v3_traps_are_authenticated(void **state)
{
	struct trap_lab *lab = *state;

	assert_int_equal(
		TRAP_V3(lab, ENGINE, "5,1000", "monitor", "auth-password", "priv-password"), 0);
	assert_int_equal(lab->authentic, 1);
	assert_int_equal(lab->last.version, SNMP_V3);
	trap_assert_oid(lab, LINK_DOWN);
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
	struct trap_lab *lab = *state;

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
	struct trap_lab *lab = *state;

	assert_int_equal(RUN(lab, "snmpinform", V3("monitor", "auth-password", "priv-password"),
			     "-r1", "-t3", "TO", "5", LINK_DOWN, IF_DESCR, "s", "p3"),
			 0);
	assert_int_equal(lab->told, 1);
	assert_int_equal(lab->authentic, 1);
	assert_true(lab->last.is_inform);
	trap_assert_oid(lab, LINK_DOWN);
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

/* Both ways: a time that we shall have is as wrong as one that we had (RFC 3414 section 3.2 step
 * 7a). Only a sender who is behind takes the time of our report and asks again. */
static void
informs_of_another_time_are_refused(void **state)
{
	static const struct {
		const char *time;
		bool is_behind;
	} cases[] = {{"9,1", false}, {"7,9999", false}, {"6,1", true}};
	struct trap_lab *lab = *state;

	for (unsigned i = 0; i < 3; i++) {
		uint64_t refused = trap_receiver_stats(lab->receiver).refused;
		int status = RUN(lab, "snmpinform", "-Z", cases[i].time,
				 V3("monitor", "auth-password", "priv-password"), "-r0", "-t1",
				 "TO", "5", LINK_DOWN);

		assert_int_equal(status == 0, cases[i].is_behind);
		assert_int_equal(lab->authentic, cases[i].is_behind);
		assert_true(trap_receiver_stats(lab->receiver).refused > refused);
	}
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

static void
a_replay_is_told_once(void **state)
{
	struct trap_lab *lab = *state;
	uint16_t port = lab->port;
	struct relay relay = {.len = 0};

	relay.fd = trap_udp_socket(&lab->port); /* snmptrap speaks to the relay */
	uv_poll_init(&lab->uv, &relay.poll, relay.fd);
	relay.poll.data = &relay;
	uv_poll_start(&relay.poll, UV_READABLE, on_relay);
	uv_unref((uv_handle_t *)&relay.poll);
	assert_int_equal(
		TRAP_V3(lab, ENGINE, "5,1000", "monitor", "auth-password", "priv-password"), 0);
	lab->port = port;
	assert_true(relay.len > 100);
	assert_int_equal(lab->told, 0);
	trap_send_to(lab, relay.fd, relay.bytes, (size_t)relay.len);
	assert_int_equal(lab->authentic, 1);
	trap_send_to(lab, relay.fd, relay.bytes, (size_t)relay.len);
	trap_send_to(lab, relay.fd, relay.bytes, (size_t)relay.len);
	assert_int_equal(lab->told, 1);
	assert_int_equal(trap_receiver_stats(lab->receiver).repeated, 2);
	/* With an octet changed it is not authentic (some of them: more would be too many). */
	for (ssize_t i = 0; i < relay.len; i += 3) {
		relay.bytes[i] ^= 1;
		trap_send_to(lab, relay.fd, relay.bytes, (size_t)relay.len);
		relay.bytes[i] ^= 1;
	}
	assert_int_equal(lab->authentic, 1);
	uv_close((uv_handle_t *)&relay.poll, NULL);
	uv_run(&lab->uv, UV_RUN_NOWAIT);
	close(relay.fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(v3_traps_are_authenticated), TEST(old_v3_traps_are_refused),
		TEST(v3_informs_find_our_engine), TEST(informs_of_another_time_are_refused),
		TEST(a_replay_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
