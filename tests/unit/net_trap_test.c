/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The notification receiver against net-snmp's own snmptrap and snmpinform, and against bytes that
 * they would not send: malformed, too many. SNMPv3 is in net_trap_v3_test.c.
 */
#include "../net/trap_rig.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static void
v1_traps_become_v2(void **state)
{
	struct trap_lab *lab = *state;

	assert_int_equal(RUN(lab, "snmptrap", "-v1", "-c", "sesame", "TO", "1.3.6.1.4.1.9",
			     "10.1.2.3", "2", "0", "4711", IF_DESCR, "s", "p3"),
			 0);
	assert_int_equal(lab->authentic, 1);
	trap_assert_oid(lab, LINK_DOWN);
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
	trap_assert_oid(lab, "1.3.6.1.4.1.9.9.215.2.0.1");
}

static void
forwarders_speak_for_others(void **state)
{
	struct trap_lab *lab = *state;
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
	struct trap_lab *lab = *state;

	assert_int_equal(RUN(lab, "snmptrap", "-v2c", "-c", "sesame", "TO", "99", LINK_DOWN,
			     IF_DESCR, "s", "p3"),
			 0);
	assert_int_equal(lab->authentic, 1);
	trap_assert_oid(lab, LINK_DOWN);
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
	struct trap_lab *lab = *state;

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
	struct trap_lab *lab = *state;

	lab->source = TRAP_UNKNOWN;
	assert_int_equal(RUN(lab, "snmptrap", "-v2c", "-c", "sesame", "TO", "", LINK_DOWN), 0);
	assert_int_not_equal(RUN(lab, "snmpinform", V3("monitor", "auth-password", "priv-password"),
				 "-r0", "-t1", "TO", "", LINK_DOWN),
			     0);
	assert_int_equal(lab->told, 0);
	assert_int_equal(trap_receiver_stats(lab->receiver).unknown, 2);
	assert_int_equal(trap_receiver_stats(lab->receiver).reports, 0);
}

static void
malformed_messages_are_counted(void **state)
{
	/* SEQUENCE longer than the datagram; not a notification (a v2c GET); nothing at all. */
	static const uint8_t torn[] = {0x30, 0x40, 2, 1, 1, 4, 6, 's', 'e', 's', 'a', 'm', 'e'};
	static const uint8_t get[] = {0x30, 27,	 2,   1,    1,	  4, 6,	   's', 'e', 's',
				      'a',  'm', 'e', 0xa0, 14,	  2, 1,	   9,	2,   1,
				      0,    2,	 1,   0,    0x30, 3, 0x30, 1,	0};
	struct trap_lab *lab = *state;
	uint16_t port;
	int fd = trap_udp_socket(&port);

	trap_send_to(lab, fd, torn, sizeof(torn));
	trap_send_to(lab, fd, get, sizeof(get));
	trap_send_to(lab, fd, "", 0);
	assert_int_equal(trap_receiver_stats(lab->receiver).malformed, 3);
	assert_int_equal(lab->told, 0);
	close(fd);
}

static void
a_flood_is_capped(void **state)
{
	static const uint8_t junk[] = {0x30, 3, 2, 1, 7};
	struct trap_lab *lab = *state;
	struct trap_stats stats;
	uint16_t port;
	int fd = trap_udp_socket(&port);

	for (int i = 0; i < 2000; i++) {
		trap_send_to(lab, fd, junk, sizeof(junk));
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
	struct trap_lab *lab = *state;
	struct trap_address listen[2] = {{.port = 0}, {.port = lab->port}};
	struct trap_receiver *other;
	size_t failed = 9;

	ipaddr_parse("127.0.0.1", &listen[0].ip);
	listen[1].ip = listen[0].ip;
	assert_int_equal(trap_receiver_open(&other, lab->loop, lab->snmpc, listen, 2, &trap_rig_ops,
					    lab, &failed),
			 ERR_BUSY);
	assert_int_equal(failed, 1);
}

/* Whether an inform that is sent there is answered from there: a connected socket hears nobody
 * else.
 */
static bool
is_answered_from(struct trap_lab *lab, const struct ipaddr *to)
{
	/* sysUpTime.0 0, snmpTrapOID.0 linkDown */
	static const uint8_t inform[] = {
		0x30, 0x40, 2,	  1,	1, 4, 6, 's', 'e', 's', 'a',  'm',  'e',  0xa6,
		0x33, 2,    1,	  1,	2, 1, 0, 2,   1,   0,	0x30, 0x28, 0x30, 0x0d,
		6,    8,    0x2b, 6,	1, 2, 1, 1,   3,   0,	0x43, 1,    0,	  0x30,
		0x17, 6,    0x0a, 0x2b, 6, 1, 6, 3,   1,   1,	4,    1,    0,	  6,
		9,    0x2b, 6,	  1,	6, 3, 1, 1,   5,   3};
	uint64_t end_ms = clock_mono_ms() + 2000;
	struct sockaddr_storage name;
	socklen_t len = ipaddr_to_sockaddr(to, trap_receiver_port(lab->receiver, 0), &name);
	int fd = socket(name.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	uint8_t answer[sizeof(inform)];
	ssize_t n = -1;

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&name, len), 0);
	assert_int_equal(send(fd, inform, sizeof(inform), 0), sizeof(inform));
	while (n < 0 && clock_mono_ms() < end_ms) {
		uv_run(&lab->uv, UV_RUN_NOWAIT);
		n = recv(fd, answer, sizeof(answer), 0);
	}
	close(fd);
	if (n != (ssize_t)sizeof(inform))
		return false;
	/* The same but for the type of the PDU. */
	assert_int_equal(answer[13], 0xa2);
	answer[13] = 0xa6;
	assert_memory_equal(answer, inform, sizeof(inform));
	return true;
}

static void
answers_come_from_the_address_that_was_asked(void **state)
{
	static const struct {
		const char *listen, *to;
	} cases[] = {{"0.0.0.0", "127.0.0.1"}, {"0.0.0.0", "127.0.0.5"}, {"::", "::1"}};
	struct trap_lab *lab = *state;
	struct trap_receiver *first = lab->receiver;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trap_address listen = {.port = 0}, here = {.port = 0};
		struct trap_receiver *other;
		size_t failed;

		assert_int_equal(ipaddr_parse(cases[i].listen, &listen.ip), 0);
		assert_int_equal(ipaddr_parse(cases[i].to, &here.ip), 0);
		/* Where there is no IPv6 there is nothing to be tried. */
		if (trap_receiver_open(&other, lab->loop, lab->snmpc, &here, 1, &trap_rig_ops, lab,
				       &failed) != 0) {
			assert_int_equal(here.ip.family, 6);
			continue;
		}
		trap_receiver_close(other);
		assert_int_equal(trap_receiver_open(&lab->receiver, lab->loop, lab->snmpc, &listen,
						    1, &trap_rig_ops, lab, &failed),
				 0);
		assert_true(is_answered_from(lab, &here.ip));
		trap_receiver_close(lab->receiver);
		lab->receiver = first;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(v1_traps_become_v2),
		TEST(forwarders_speak_for_others),
		TEST(v2c_traps_and_informs),
		TEST(a_wrong_community_is_refused),
		TEST(strangers_are_not_heard),
		TEST(malformed_messages_are_counted),
		TEST(a_flood_is_capped),
		TEST(a_port_in_use_is_said),
		TEST(answers_come_from_the_address_that_was_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
