/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The notification receiver against net-snmp's own snmptrap and snmpinform, and against bytes that
 * they would not send: malformed, too many. SNMPv3 is in net_trap_v3_test.c.
 */
#include "../net/trap_rig.h"

#include "keepwatch/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
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

/* A client takes only what comes from the address that it wrote to. */
static void
answers_come_from_the_address_that_was_asked(void **state)
{
	static const struct {
		const char *listen, *to;
	} cases[] = {{"0.0.0.0", "127.0.0.1"}, {"0.0.0.0", "127.0.0.5"}, {"::", "udp6:[::1]"}};
	struct trap_lab *lab = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trap_receiver *first = lab->receiver;
		struct trap_address listen = {.port = 0};
		char to[64];
		size_t failed;
		int status;

		assert_int_equal(ipaddr_parse(cases[i].listen, &listen.ip), 0);
		if (trap_receiver_open(&lab->receiver, lab->loop, lab->snmpc, &listen, 1,
				       &trap_rig_ops, lab, &failed) != 0) {
			print_message("no IPv6 here\n");
			lab->receiver = first;
			continue;
		}
		snprintf(to, sizeof(to), "%s:%u", cases[i].to,
			 trap_receiver_port(lab->receiver, 0));
		lab->told = 0;
		status = RUN(lab, "snmpinform", "-v2c", "-c", "sesame", "-r0", "-t2", to, "",
			     LINK_DOWN);
		trap_receiver_close(lab->receiver);
		lab->receiver = first;
		/* Without an address of that family on this host there is nobody to ask. */
		if (lab->told == 0 && listen.ip.family == 6)
			print_message("no IPv6 here\n");
		else
			assert_int_equal(status, 0);
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
