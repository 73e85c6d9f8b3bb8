/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Evidence as lines: what is written is read again without loss, scenarios become the same
 * evidence with exact times, and bad lines are refused with words that say why.
 */
#include "keepwatch/evidence_line.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ZERO	EVIDENCE_SCENARIO_ZERO_MS
#define HEADER	"{\"keepwatch\":\"evidence\",\"v\":1,\"cycle_ms\":60000,\"start_ms\":5}"
#define META	"{\"type\":\"meta\",\"v\":1,\"id\":\"x\",\"cycle\":60.0,\"t_end\":1560.0}"
#define MONITOR "{\"type\":\"node\",\"id\":\"m0\",\"kind\":\"mon\",\"site\":0,\"parents\":[]}"
#define SWITCH                                                                     \
	"{\"type\":\"node\",\"id\":\"sw\",\"kind\":\"acc\",\"site\":1,"            \
	"\"parents\":[{\"n\":\"m0\",\"p\":3}],\"snmp\":1,\"icmp\":0,\"ports\":48," \
	"\"poe_w\":333,\"pz\":\"z \\u00e4\"}"
#define CAMERA                                                                 \
	"{\"type\":\"node\",\"id\":\"cam\",\"kind\":\"dev\",\"site\":1,"       \
	"\"parents\":[{\"n\":\"sw\",\"p\":22}],\"mac\":\"02:01:28:73:00:01\"," \
	"\"ip\":\"10.1.0.1\",\"poe\":1}"

static int
feed(struct evidence_reader *reader, const char *line)
{
	return evidence_reader_feed(reader, line, strlen(line));
}

/* The only piece of a line that is fine. */
static const struct evidence *
one(struct evidence_reader *reader, const char *line)
{
	static const struct evidence none;
	const struct evidence *piece;

	if (feed(reader, line) != 0)
		fail_msg("%s: %s", line, evidence_reader_why(reader));
	piece = evidence_reader_next(reader);
	assert_non_null(piece);
	return piece != NULL ? piece : &none;
}

static struct evidence_reader *
scenario(void)
{
	struct evidence_reader *reader = evidence_reader_new(EVIDENCE_SCENARIO);

	assert_non_null(reader);
	assert_int_equal(feed(reader, META), 0);
	assert_null(evidence_reader_next(reader));
	assert_int_equal(one(reader, MONITOR)->node, 1);
	assert_int_equal(one(reader, SWITCH)->node, 2);
	assert_int_equal(one(reader, CAMERA)->node, 3);
	return reader;
}

static const mac_addr macs[] = {0x020128730001, 0xffffffffffff, 1};

/* One of each kind, with everything in it that it can hold. */
static const struct evidence pieces[] = {
	{.kind = EVIDENCE_NODE,
	 .node = 1,
	 .at_ms = 7,
	 .seen_ms = 1700000000123,
	 .info = {.role = NODE_MONITOR, .name = "monitor"}},
	{.kind = EVIDENCE_NODE,
	 .node = UINT32_MAX,
	 .at_ms = 1,
	 .seen_ms = 2,
	 .info = {.role = NODE_ACCESS,
		  .has_snmp = true,
		  .has_ping = true,
		  .uses_poe = true,
		  .parent_count = 2,
		  .parents = {{4, 101}, {UINT32_MAX, 0}},
		  .site = 3,
		  .zone = 2,
		  .ports = 48,
		  .poe_budget_mw = 370000,
		  .period_ms = 5000,
		  .mac = 0x020128730001,
		  .ip4 = 0x0a4d0a01,
		  .name = "\"switch\"\t\\ \xc3\xa4",
		  .site_name = "",
		  .zone_name = "ups 1"}},
	{.kind = EVIDENCE_GONE, .node = 2, .at_ms = -5, .seen_ms = 2},
	{.kind = EVIDENCE_PLACE,
	 .node = 2,
	 .at_ms = 1,
	 .place = {.parent = {9, 1}, .is_seen = true}},
	{.kind = EVIDENCE_PLACE, .node = 2, .at_ms = 1},
	{.kind = EVIDENCE_POLL,
	 .node = 2,
	 .at_ms = 1,
	 .poll = {.sent = 255,
		  .answered = 2,
		  .service = {SERVICE_OK, SERVICE_TLS, SERVICE_NONE, SERVICE_REFUSED},
		  .rtt_us = UINT32_MAX}},
	{.kind = EVIDENCE_SWITCH,
	 .node = 2,
	 .at_ms = 1,
	 .sw = {.sent = 3,
		.answered = 1,
		.snmp = SNMP_STATE_OK,
		.is_walk = true,
		.has_uptime = true,
		.uptime_s = 0,
		.poe_used_mw = 1,
		.poe_budget_mw = UINT32_MAX,
		.rtt_us = 5}},
	{.kind = EVIDENCE_SWITCH, .node = 2, .at_ms = 1, .sw = {.snmp = SNMP_STATE_TIMEOUT}},
	{.kind = EVIDENCE_PORT,
	 .node = 2,
	 .at_ms = 1,
	 .port = {.port = 7,
		  .is_up = true,
		  .is_admin_down = true,
		  .poe = POE_STATE_DENIED,
		  .has_macs = true,
		  .is_single = true,
		  .changed_ms = -99,
		  .errors = 3,
		  .power_mw = 6400,
		  .mac_count = 3,
		  .macs = macs}},
	{.kind = EVIDENCE_PORT, .node = 2, .at_ms = 1, .port = {.has_macs = true}},
	{.kind = EVIDENCE_PORT, .node = 2, .at_ms = 1},
	{.kind = EVIDENCE_TRAP, .node = 2, .at_ms = 1, .trap = {TRAP_HINT_DYING_GASP, 9}},
	{.kind = EVIDENCE_ARP, .at_ms = 1, .arp = {0x0a000001, 0x020128730001}},
	{.kind = EVIDENCE_MONITOR, .node = 1, .at_ms = 1, .monitor = {3, 2, 1500}},
	{.kind = EVIDENCE_MAINTENANCE, .node = 1, .at_ms = 1, .window = {-1, INT64_C(1) << 53}},
	{.kind = EVIDENCE_BOOT, .node = 1, .at_ms = 1, .boot_ms = 1700000000000},
	{.kind = EVIDENCE_CLOCK, .node = 1, .at_ms = 1, .clock_ms = -123456},
	{.kind = EVIDENCE_MOVE, .node = 1, .at_ms = 1, .move = {{2, 3}, {4, 5}}},
	{.kind = EVIDENCE_DUPLICATE, .node = 1, .at_ms = 1},
};

static void
written_is_read(void **state)
{
	struct evidence_reader *reader = evidence_reader_new(EVIDENCE_RECORDING);
	struct evidence_header header = {.cycle_ms = 5000, .start_ms = 1700000000001};
	struct buf first, again;

	(void)state;
	buf_init(&first, 1 << 16);
	buf_init(&again, 1 << 16);
	evidence_put_header(&first, &header);
	assert_int_equal(evidence_reader_feed(reader, first.data, first.len - 1), 0);
	assert_int_equal(evidence_reader_header(reader)->cycle_ms, 5000);
	assert_int_equal(evidence_reader_header(reader)->start_ms, 1700000000001);
	for (size_t i = 0; i < MEM_COUNT(pieces); i++) {
		const struct evidence *got;

		buf_reset(&first);
		buf_reset(&again);
		evidence_put(&first, &pieces[i]);
		got = one(reader, first.data);
		assert_null(evidence_reader_next(reader));
		assert_int_equal(got->kind, pieces[i].kind);
		assert_int_equal(got->node, pieces[i].node);
		assert_int_equal(got->at_ms, pieces[i].at_ms);
		assert_int_equal(got->seen_ms, pieces[i].seen_ms);
		if (got->kind == EVIDENCE_POLL)
			assert_memory_equal(&got->poll, &pieces[i].poll, sizeof(got->poll));
		if (got->kind == EVIDENCE_SWITCH)
			assert_memory_equal(&got->sw, &pieces[i].sw, sizeof(got->sw));
		evidence_put(&again, got);
		assert_string_equal(first.data, again.data);
	}
	assert_string_equal(evidence_reader_name(reader, BLAME_NODE, UINT32_MAX),
			    "\"switch\"\t\\ \xc3\xa4");
	assert_string_equal(evidence_reader_name(reader, BLAME_ZONE, 2), "ups 1");
	assert_string_equal(evidence_reader_name(reader, BLAME_ZONE, 77), "zone77");
	buf_fini(&first);
	buf_fini(&again);
	evidence_reader_free(reader);
}

/* Each field by itself, so that writer and reader cannot forget the same one. */
static void
fields_of_a_recording(void **state)
{
	struct evidence_reader *reader = evidence_reader_new(EVIDENCE_RECORDING);
	const struct evidence *got;

	(void)state;
	assert_int_equal(feed(reader, HEADER), 0);
	got = one(reader, "{\"k\":\"port\",\"n\":2,\"at\":1,\"seen\":4,\"port\":7,\"up\":1,"
			  "\"admin_down\":true,\"poe\":\"fault\",\"single\":1,\"changed_ms\":-9,"
			  "\"errors\":3,\"mw\":64,\"macs\":[\"02:00:00:00:00:01\"],\"new\":[{}]}");
	assert_int_equal(got->port.port, 7);
	assert_true(got->port.is_up && got->port.is_admin_down && got->port.is_single);
	assert_int_equal(got->port.poe, POE_STATE_FAULT);
	assert_int_equal(got->port.changed_ms, -9);
	assert_int_equal(got->port.errors, 3);
	assert_int_equal(got->port.power_mw, 64);
	assert_int_equal(got->port.mac_count, 1);
	assert_int_equal(got->port.macs[0], 0x020000000001);
	got = one(reader, "{\"k\":\"node\",\"n\":5,\"role\":\"dist\",\"snmp\":1,\"ping\":1,"
			  "\"uses_poe\":1,\"parents\":[1,2,3,4],\"site\":6,\"zone\":7,\"ports\":8,"
			  "\"budget_mw\":9,\"period_ms\":10,\"ip\":\"10.0.0.1\",\"name\":\"n\"}");
	assert_int_equal(got->info.role, NODE_DIST);
	assert_int_equal(got->info.parent_count, 2);
	assert_int_equal(got->info.parents[1].node, 3);
	assert_int_equal(got->info.parents[1].port, 4);
	assert_int_equal(got->info.site, 6);
	assert_int_equal(got->info.zone, 7);
	assert_int_equal(got->info.ports, 8);
	assert_int_equal(got->info.poe_budget_mw, 9);
	assert_int_equal(got->info.period_ms, 10);
	assert_int_equal(got->info.ip4, 0x0a000001);
	assert_string_equal(got->info.name, "n");
	got = one(reader, "{\"k\":\"move\",\"n\":5,\"from\":[1,2],\"to\":[3,4]}");
	assert_int_equal(got->move.from.port, 2);
	assert_int_equal(got->move.to.node, 3);
	evidence_reader_free(reader);
}

static void
scenario_nodes(void **state)
{
	struct evidence_reader *reader = scenario();
	const struct evidence_header *header = evidence_reader_header(reader);
	const struct evidence *got;

	(void)state;
	assert_int_equal(header->cycle_ms, 60000);
	assert_int_equal(header->end_ms, ZERO + 1560000);
	got = one(reader,
		  "{\"type\":\"node\",\"id\":\"sw2\",\"kind\":\"dist\",\"site\":12,"
		  "\"parents\":[{\"n\":\"sw\",\"p\":101},{\"p\":5,\"n\":\"m0\"}],\"snmp\":0,"
		  "\"icmp\":1,\"pz\":null,\"poe_w\":60.5}");
	assert_int_equal(got->kind, EVIDENCE_NODE);
	assert_int_equal(got->node, 4);
	assert_int_equal(got->info.role, NODE_DIST);
	assert_int_equal(got->info.parent_count, 2);
	assert_int_equal(got->info.parents[0].node, 2);
	assert_int_equal(got->info.parents[0].port, 101);
	assert_int_equal(got->info.parents[1].node, 1);
	assert_int_equal(got->info.parents[1].port, 5);
	assert_true(got->info.has_ping && !got->info.has_snmp);
	assert_int_equal(got->info.zone, 0);
	assert_int_equal(got->info.poe_budget_mw, 60500);
	assert_string_equal(got->info.name, "sw2");
	assert_string_equal(evidence_reader_name(reader, BLAME_NODE, 3), "cam");
	assert_string_equal(evidence_reader_name(reader, BLAME_SITE, 12), "site12");
	assert_string_equal(evidence_reader_name(reader, BLAME_ZONE, 1), "z \xc3\xa4");
	evidence_reader_free(reader);
}

static void
scenario_times_are_exact(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{"0", 0},	   {"0.1", 100},	  {"40.3", 40300},  {"1560.7", 1560700},
		{"0.29", 290},	   {"4.35", 4350},	  {"1e2", 100000},  {"1.0005", 1001},
		{"2.67449", 2674}, {"86399.9", 86399900}, {"-7.25", -7250}, {"1.5E1", 15000},
	};
	struct evidence_reader *reader = scenario();
	char line[128];

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(cases); i++) {
		const struct evidence *got;

		snprintf(line, sizeof(line),
			 "{\"t\":%s,\"m\":0.0,\"o\":\"dev\",\"n\":\"cam\",\"tx\":3,\"rx\":2,"
			 "\"svc\":\"o-t\"}",
			 cases[i].text);
		got = one(reader, line);
		assert_int_equal(got->seen_ms, ZERO + cases[i].ms);
		assert_int_equal(got->at_ms, ZERO);
		assert_int_equal(got->poll.service[0], SERVICE_OK);
		assert_int_equal(got->poll.service[1], SERVICE_NONE);
		assert_int_equal(got->poll.service[2], SERVICE_TIMEOUT);
		assert_int_equal(got->poll.service[3], SERVICE_NONE);
	}
	evidence_reader_free(reader);
}

static void
scenario_observations(void **state)
{
	struct evidence_reader *reader = scenario();
	const struct evidence *got;

	(void)state;
	assert_int_equal(feed(reader, "{\"t\":10,\"m\":5,\"o\":\"ok\",\"n\":[\"cam\",\"sw\"]}"), 0);
	for (uint32_t node = 3; node >= 2; node--) {
		got = evidence_reader_next(reader);
		assert_non_null(got);
		assert_int_equal(got->kind, EVIDENCE_POLL);
		assert_int_equal(got->node, node);
		assert_int_equal(got->at_ms, ZERO + 5000);
		assert_int_equal(got->seen_ms, ZERO + 10000);
		assert_int_equal(got->poll.answered, 3);
		assert_int_equal(got->poll.service[2], SERVICE_OK);
	}
	assert_null(evidence_reader_next(reader));
	assert_int_equal(feed(reader, "{\"t\":10,\"m\":5,\"o\":\"ok\",\"n\":[]}"), 0);
	assert_null(evidence_reader_next(reader));

	got = one(reader, "{\"t\":40.3,\"m\":36.1,\"o\":\"sw\",\"n\":\"sw\",\"tx\":3,\"rx\":1,"
			  "\"snmp\":\"ok\",\"up\":5000036,\"pw\":[27,60.5]}");
	assert_int_equal(got->sw.snmp, SNMP_STATE_OK);
	assert_true(got->sw.is_walk && got->sw.has_uptime);
	assert_int_equal(got->sw.uptime_s, 5000036);
	assert_int_equal(got->sw.poe_used_mw, 27000);
	assert_int_equal(got->sw.poe_budget_mw, 60500);
	got = one(reader, "{\"t\":1,\"m\":1,\"o\":\"sw\",\"n\":\"sw\",\"tx\":0,\"rx\":0,"
			  "\"snmp\":\"to\"}");
	assert_int_equal(got->sw.snmp, SNMP_STATE_TIMEOUT);
	assert_true(!got->sw.is_walk && !got->sw.has_uptime);

	got = one(reader, "{\"t\":9.5,\"m\":6.7,\"o\":\"port\",\"n\":\"sw\",\"p\":2,\"oper\":1,"
			  "\"chg\":-1,\"err\":4,\"poe\":\"on\",\"mw\":3877,"
			  "\"mac\":[\"02:01:2b:d6:00:16\"]}");
	assert_int_equal(got->port.port, 2);
	assert_true(got->port.is_up && got->port.has_macs && !got->port.is_single);
	assert_int_equal(got->port.changed_ms, 0);
	assert_int_equal(got->port.errors, 4);
	assert_int_equal(got->port.poe, POE_STATE_ON);
	assert_int_equal(got->port.power_mw, 3877);
	assert_int_equal(got->port.macs[0], 0x02012bd60016);
	got = one(reader, "{\"t\":9,\"m\":6,\"o\":\"port\",\"n\":\"sw\",\"p\":2,\"oper\":2,"
			  "\"chg\":-100.5,\"err\":0,\"poe\":\"na\",\"mw\":0,\"mac\":[]}");
	assert_false(got->port.is_up);
	assert_int_equal(got->port.changed_ms, ZERO - 100500);

	got = one(reader, "{\"t\":2,\"m\":1,\"o\":\"trap\",\"n\":\"sw\",\"trap\":\"dyingGasp\"}");
	assert_int_equal(got->trap.hint, TRAP_HINT_DYING_GASP);
	got = one(reader, "{\"t\":2,\"m\":1,\"o\":\"arp\",\"n\":\"sw\",\"ip\":\"10.1.0.45\","
			  "\"mac\":\"0e:01:d5:b6:00:2d\"}");
	assert_int_equal(got->node, 0);
	assert_int_equal(got->arp.ip4, 0x0a01002d);
	assert_int_equal(got->arp.mac, 0x0e01d5b6002d);
	got = one(reader, "{\"t\":1.0,\"m\":0.0,\"o\":\"mon\",\"tx\":3,\"rx\":3,\"lag\":0.5}");
	assert_int_equal(got->node, 1);
	assert_int_equal(got->monitor.lag_ms, 500);
	got = one(reader, "{\"t\":0,\"m\":0,\"o\":\"maint\",\"n\":\"sw\",\"from\":347,\"to\":865}");
	assert_int_equal(got->window.from_ms, ZERO + 347000);
	assert_int_equal(got->window.to_ms, ZERO + 865000);
	evidence_reader_free(reader);
}

struct bad {
	const char *line;
	int error;
	const char *why;
};

static void
refuse(struct evidence_reader *reader, const struct bad *bad, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int rc = feed(reader, bad[i].line);

		if (rc != bad[i].error || strstr(evidence_reader_why(reader), bad[i].why) == NULL)
			fail_msg("%s: %d '%s', expected %d '%s'", bad[i].line, rc,
				 evidence_reader_why(reader), bad[i].error, bad[i].why);
		assert_null(evidence_reader_next(reader));
	}
}

#define OBS "{\"t\":1,\"m\":1,"
static void
bad_scenario_lines(void **state)
{
	static const struct bad bad[] = {
		{"", ERR_SYNTAX, "not one JSON object"},
		{"[1]", ERR_SYNTAX, "not one JSON object"},
		{"{\"o\":\"dev\"", ERR_SYNTAX, "not one JSON object"},
		{"{\"o\":\"dev\"}{}", ERR_SYNTAX, "not one JSON object"},
		{"{\"a\" \"b\"}", ERR_SYNTAX, "malformed"},
		{"{}", ERR_SYNTAX, "neither"},
		{"{\"type\":\"fault\",\"id\":\"f1\"}", ERR_REFUSED, "answers"},
		{"{\"type\":\"topo_error\"}", ERR_REFUSED, "answers"},
		{"{\"type\":\"benign_reboot\"}", ERR_REFUSED, "answers"},
		{OBS "\"o\":\"what\"}", ERR_NOTFOUND, "unknown observation 'what'"},
		{OBS "\"o\":\"dev\",\"n\":\"d99\"}", ERR_NOTFOUND, "node 'd99' was not told"},
		{OBS "\"o\":\"dev\"}", ERR_SYNTAX, "\"n\" is missing"},
		{"{\"m\":1,\"o\":\"dev\",\"n\":\"cam\"}", ERR_SYNTAX, "\"t\" is missing"},
		{"{\"t\":\"x\",\"m\":1,\"o\":\"dev\",\"n\":\"cam\"}", ERR_SYNTAX,
		 "\"t\": expected a number, not x"},
		{"{\"t\":1.x,\"m\":1,\"o\":\"dev\",\"n\":\"cam\"}", ERR_SYNTAX,
		 "a number, not 1.x"},
		{"{\"t\":1e99,\"m\":1,\"o\":\"dev\",\"n\":\"cam\"}", ERR_SYNTAX, "a number"},
		{OBS "\"o\":\"dev\",\"n\":\"cam\",\"tx\":256}", ERR_RANGE, "expected 0..255"},
		{OBS "\"o\":\"dev\",\"n\":\"cam\",\"tx\":-1}", ERR_RANGE, "expected 0..255"},
		{OBS "\"o\":\"dev\",\"n\":\"cam\",\"tx\":1.5}", ERR_SYNTAX, "an integer"},
		{OBS "\"o\":\"dev\",\"n\":\"cam\",\"svc\":\"oo\"}", ERR_SYNTAX, "three letters"},
		{OBS "\"o\":\"dev\",\"n\":\"cam\",\"svc\":\"ooX\"}", ERR_SYNTAX, "unknown letter"},
		{OBS "\"o\":\"ok\",\"n\":[\"cam\",\"d99\"]}", ERR_NOTFOUND, "'d99'"},
		{OBS "\"o\":\"ok\",\"n\":\"cam\"}", ERR_SYNTAX, "an array"},
		{OBS "\"o\":\"sw\",\"n\":\"sw\",\"snmp\":\"?\"}", ERR_NOTFOUND, "ok, to or na"},
		{OBS "\"o\":\"sw\",\"n\":\"sw\",\"pw\":[1]}", ERR_SYNTAX, "[used, budget]"},
		{OBS "\"o\":\"port\",\"n\":\"sw\",\"oper\":1}", ERR_SYNTAX, "\"p\" is missing"},
		{OBS "\"o\":\"port\",\"n\":\"sw\",\"p\":1,\"oper\":1,\"mac\":[\"zz\"]}", ERR_SYNTAX,
		 "\"mac\": expected a MAC address, not zz"},
		{OBS "\"o\":\"trap\",\"n\":\"sw\",\"trap\":\"huh\"}", ERR_NOTFOUND, "unknown trap"},
		{OBS "\"o\":\"arp\",\"n\":\"sw\",\"ip\":\"::1\",\"mac\":\"02:00:00:00:00:01\"}",
		 ERR_SYNTAX, "an IPv4 address"},
		{CAMERA, ERR_EXISTS, "told twice: node 'cam'"},
		{"{\"type\":\"node\",\"id\":\"q\",\"kind\":\"ufo\"}", ERR_NOTFOUND,
		 "unknown kind 'ufo'"},
		{"{\"type\":\"node\",\"id\":\"q\\u0000\",\"kind\":\"dev\"}", ERR_SYNTAX,
		 "well-formed text"},
		{"{\"type\":\"node\",\"id\":\"q\",\"kind\":\"dev\",\"parents\":[{\"n\":\"zz\"}]}",
		 ERR_NOTFOUND, "node 'zz'"},
		{"{\"type\":\"meta\",\"v\":2,\"cycle\":60,\"t_end\":1}", ERR_VERSION, "version 2"},
		{"{\"type\":\"meta\",\"v\":1,\"cycle\":0,\"t_end\":1}", ERR_RANGE, "out of range"},
	};
	struct evidence_reader *reader = scenario();

	(void)state;
	refuse(reader, bad, MEM_COUNT(bad));
	/* Nothing of it has stuck. */
	assert_int_equal(one(reader, "{\"type\":\"node\",\"id\":\"q\",\"kind\":\"dev\"}")->node, 4);
	evidence_reader_free(reader);
}

static void
bad_recording_lines(void **state)
{
	static const struct bad no_header[] = {
		{"{\"k\":\"poll\",\"n\":1}", ERR_SYNTAX, "no recording"},
		{META, ERR_SYNTAX, "no recording"},
		{"{\"keepwatch\":\"evidence\",\"v\":2,\"cycle_ms\":60000,\"start_ms\":5}",
		 ERR_VERSION, "version 2; this program reads 1"},
		{"{\"keepwatch\":\"evidence\",\"v\":1,\"cycle_ms\":6,\"start_ms\":5}", ERR_RANGE,
		 "cycle_ms"},
	};
	static const struct bad bad[] = {
		{"{\"n\":1}", ERR_SYNTAX, "\"k\" is missing"},
		{"{\"k\":\"x\",\"n\":1}", ERR_NOTFOUND, "unknown 'x'"},
		{"{\"k\":\"poll\"}", ERR_SYNTAX, "\"n\" is missing"},
		{"{\"k\":\"poll\",\"n\":1,\"svc\":\"ooooo\"}", ERR_NOTFOUND, "ooooo"},
		{"{\"k\":\"node\",\"n\":1,\"role\":\"king\"}", ERR_NOTFOUND, "king"},
		{"{\"k\":\"node\",\"n\":1,\"role\":\"device\",\"parents\":[1]}", ERR_SYNTAX,
		 "pairs"},
		{"{\"k\":\"place\",\"n\":1,\"parent\":[1,2,3,4]}", ERR_SYNTAX, "up to 1 pairs"},
		{"{\"k\":\"poll\",\"n\":4294967296}", ERR_RANGE, "4294967295"},
		{"{\"k\":\"switch\",\"n\":1,\"snmp\":\"na\"}", ERR_NOTFOUND, "na"},
	};
	struct evidence_reader *reader = evidence_reader_new(EVIDENCE_RECORDING);

	(void)state;
	refuse(reader, no_header, MEM_COUNT(no_header));
	assert_int_equal(feed(reader, HEADER), 0);
	refuse(reader, bad, MEM_COUNT(bad));
	evidence_reader_begin(reader);
	assert_null(evidence_reader_header(reader));
	refuse(reader, no_header, 1);
	evidence_reader_free(reader);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_is_read),	 cmocka_unit_test(fields_of_a_recording),
		cmocka_unit_test(scenario_nodes),	 cmocka_unit_test(scenario_times_are_exact),
		cmocka_unit_test(scenario_observations), cmocka_unit_test(bad_scenario_lines),
		cmocka_unit_test(bad_recording_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
