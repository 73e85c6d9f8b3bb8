/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The audit under anything that may come in, in any order, and with memory that runs out: a finding
 * is opened once and resolved once, what is told adds up to what it counts, and nothing is leaked.
 * build.mk wraps the allocators of the house's own code.
 */
#include "refuse_alloc.h"

#include "keepwatch/audit.h"
#include "keepwatch/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define HOUR INT64_C(3600000)
#define T0   INT64_C(1790000000000)

enum { DEVICES = 6, OPEN_MAX = 4096, ROUNDS = 40, STEPS = 400 };

/* One allocation in so many fails; 0: none. The linker leaves no other way in. */
static unsigned fail_one_in;
static uint64_t dice;

/* xorshift64: the same every time. */
static unsigned
roll(unsigned sides)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (unsigned)(dice >> 16) % sides;
}

static bool
is_refused(void)
{
	if (fail_one_in == 0 || roll(fail_one_in) != 0)
		return false;
	return true;
}

/* ---- what was told, held by the test in its own way */

struct told {
	bool is_open;
	enum finding_severity severity;
	enum finding_rule rule;
	uint32_t node;
	char instance[FINDING_INSTANCE_SIZE];
};

struct play {
	struct audit *audit;
	struct audit_policy policies[2];
	struct audit_firmware_rule rules[2];
	const char *accounts[1], *forbidden[1], *approved[1];
	uint16_t ports[2];
	struct advisory_set *advisories;
	bool is_there[DEVICES + 1];
	int64_t now_ms;
	struct told told[OPEN_MAX];
	size_t count;
};

static struct told *
find_told(struct play *play, const struct finding *finding)
{
	for (size_t i = 0; i < play->count; i++) {
		struct told *told = &play->told[i];

		if (told->rule == finding->rule && told->node == finding->node &&
		    strcmp(told->instance, finding->instance) == 0)
			return told;
	}
	assert_true(play->count < OPEN_MAX);
	play->told[play->count] = (struct told){.rule = finding->rule, .node = finding->node};
	snprintf(play->told[play->count].instance, FINDING_INSTANCE_SIZE, "%s", finding->instance);
	return &play->told[play->count++];
}

static void
hear(void *arg, enum audit_step step, const struct finding *finding)
{
	struct play *play = arg;
	struct told *told = find_told(play, finding);

	assert_in_range(finding->rule, RULE_AUDIT_FIRST, RULE_COUNT - 1);
	assert_in_range(finding->node, 1, DEVICES);
	assert_true(finding->since_ms <= play->now_ms);
	assert_true(finding->confirmed_ms >= T0 && finding->confirmed_ms <= play->now_ms);
	assert_true(strlen(finding->evidence) > 0);
	assert_int_equal(told->is_open, step != AUDIT_OPENED);
	assert_int_equal(finding->resolved_ms != 0, step == AUDIT_RESOLVED);
	told->is_open = step != AUDIT_RESOLVED;
	told->severity = finding->severity;
}

/* What is counted is what was told. */
static void
compare(struct play *play)
{
	size_t open[FINDING_SEVERITY_COUNT] = {0}, sum = 0;
	const struct audit_filter all = {0};
	struct audit_count count;

	for (size_t i = 0; i < play->count; i++) {
		if (play->told[i].is_open && play->is_there[play->told[i].node])
			open[play->told[i].severity]++, sum++;
		assert_false(play->told[i].is_open && !play->is_there[play->told[i].node]);
	}
	audit_count(play->audit, &all, play->now_ms, &count);
	assert_int_equal(count.open[FINDING_NOTICE] + count.open[FINDING_WARNING] +
				 count.open[FINDING_CRITICAL] + count.accepted,
			 sum);
	for (int i = 0; i < FINDING_SEVERITY_COUNT; i++)
		assert_true(count.open[i] <= open[i]);
	assert_in_range(count.score, 0, 100);
	assert_true(count.breaking <= count.devices);
	sum = 0;
	for (uint32_t id = 1; id <= DEVICES; id++) {
		const struct audit_filter one = {.id = id};

		audit_count(play->audit, &one, play->now_ms, &count);
		sum += count.open[0] + count.open[1] + count.open[2] + count.accepted;
		assert_true(count.devices <= 1);
	}
	for (size_t i = 0; i < play->count; i++)
		sum -= play->told[i].is_open;
	assert_int_equal(sum, 0);
	assert_true(audit_memory(play->audit) > 0);
}

/* ---- what comes in */

static const char *const instances[] = {"",	   "443",	    "8443",	  "23",
					"http:80", "https:443",	    "v2c public", "v1 configured",
					"root",	   "ONVIF GetUsers"};
static const char *const values[] = {"",
				     "1.0",
				     "V5.4.1 build 180723",
				     "9.80.3",
				     "none",
				     "manual",
				     "ntp",
				     "basic",
				     "redirect to https",
				     "write",
				     "TLSv1.0 TLSv1.2",
				     "RSA 1024",
				     "EC",
				     "RSA",
				     "self-signed",
				     "sha1WithRSAEncryption",
				     "2020-01-01T00:00:00Z",
				     "not a day",
				     "Discoverable",
				     "-99999",
				     "3000",
				     "axis",
				     "hikvision",
				     "DS-2CD2T",
				     "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
				     "sha256//BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB=",
				     ", *.example.org, ,",
				     "telnet"};

#define ANY(list) (list)[roll(sizeof(list) / sizeof((list)[0]))]

static void
some_facts(struct play *play)
{
	static const enum probe_id probes[] = {PROBE_ONVIF, PROBE_SNMP, PROBE_HTTP, PROBE_EXPOSURE};
	struct fact_list facts = {0};
	uint64_t complete = 0;

	for (unsigned i = roll(12); i > 0; i--)
		(void)fact_add(&facts, (enum fact_key)roll(FACT_COUNT), ANY(instances),
			       ANY(values));
	if (roll(3) == 0)
		complete = (uint64_t)roll(1u << 31) << 31 | roll(1u << 31);
	(void)audit_take_facts(play->audit, 1 + roll(DEVICES + 1), ANY(probes), &facts, complete,
			       play->now_ms, roll(20) == 0);
	fact_list_fini(&facts);
}

static void
some_login(struct play *play)
{
	static const char *const proofs[] = {"", "p1", "p2", "p3"};
	static const char *const accounts[] = {"root", "admin", "community"};
	struct ledger_entry entry;

	(void)audit_get_ledger(play->audit, 1 + roll(DEVICES + 1), (uint8_t)roll(3), ANY(accounts),
			       &entry);
	snprintf(entry.proof, sizeof(entry.proof), "%s", ANY(proofs));
	entry.change = (enum ledger_change)roll(3);
	entry.first_proven_ms = roll(2) * (play->now_ms - roll(500) * 24 * HOUR);
	entry.last_proven_ms = roll(2) != 0 ? play->now_ms : 0;
	entry.refused_ms = roll(3) == 0 ? play->now_ms : 0;
	entry.default_found_ms = roll(5) == 0 ? play->now_ms : 0;
	if (entry.last_proven_ms == 0)
		entry.last_proven_ms = T0;
	(void)audit_take_ledger(play->audit, &entry);
}

static void
some_place(struct play *play)
{
	static const char *const names[] = {NULL, "", "sw1", "sw2"};
	const struct audit_place place = {
		.parent = ANY(names),
		.port = ANY(names),
		.vlan = (uint16_t)roll(3),
		.is_vlan_forbidden = roll(2) != 0,
		.is_vlan_shared = roll(2) != 0,
	};

	(void)audit_take_place(play->audit, 1 + roll(DEVICES + 1), &place);
}

static void
some_device(struct play *play)
{
	uint32_t id = 1 + roll(DEVICES);
	char name[16];
	const struct audit_device device = {
		.id = id,
		.kind = (enum device_kind)roll(KIND_COUNT),
		.name = name,
		.address = roll(2) != 0 ? "cam.example.org" : NULL,
		.site = "hq",
	};

	snprintf(name, sizeof(name), "d%u", id);
	if (roll(3) == 0) {
		audit_device_remove(play->audit, id);
		play->is_there[id] = false;
	} else if (audit_device_put(play->audit, &device) == 0) {
		play->is_there[id] = true;
	}
}

static void
some_word(struct play *play)
{
	struct audit_acceptance word = {
		.rule = RULE_AUDIT_FIRST + roll(RULE_COUNT - RULE_AUDIT_FIRST),
		.node = 1 + roll(DEVICES),
		.until_ms = roll(2) * (play->now_ms + roll(48) * HOUR),
	};

	if (play->count > 0 && roll(4) != 0) {
		const struct told *told = &play->told[roll((unsigned)play->count)];

		word.rule = told->rule;
		word.node = told->node;
		memcpy(word.instance, told->instance, sizeof(word.instance));
	}
	if (roll(3) == 0)
		audit_reopen(play->audit, &word);
	else
		(void)audit_accept(play->audit, &word);
}

static void
something(struct play *play)
{
	switch (roll(16)) {
	case 0:
		audit_set_policy(play->audit, roll(4) == 0 ? NULL : &play->policies[roll(2)]);
		break;
	case 1:
		audit_set_advisories(play->audit, roll(3) == 0 ? NULL : play->advisories);
		break;
	case 2:
		some_device(play);
		break;
	case 3:
		some_word(play);
		break;
	case 4:
	case 5:
		some_place(play);
		break;
	case 6:
	case 7:
	case 8:
		some_login(play);
		break;
	default:
		some_facts(play);
		break;
	}
}

static void
prepare(struct play *play)
{
	static const char line[] =
		"{\"id\":\"CVE-2021-1\",\"source\":\"kev\",\"exploited\":true,"
		"\"cvss\":9.8,\"products\":[{\"vendor\":\"hikvision\",\"product\":"
		"\"DS-2CD2T\"}]}";
	struct advisory advisory;

	play->accounts[0] = "adm*";
	play->forbidden[0] = "<5.5";
	play->approved[0] = "9.*";
	play->ports[0] = 80;
	play->ports[1] = 443;
	for (size_t i = 0; i < 2; i++) {
		struct audit_policy *policy = &play->policies[i];

		audit_policy_init(policy);
		for (int kind = 0; kind < KIND_COUNT; kind++)
			policy->kinds[kind] = (struct audit_kind_policy){
				.password_max_age_ms = 90 * 24 * HOUR,
				.accounts = play->accounts,
				.account_count = 1,
				.has_accounts = true,
				.ports = play->ports,
				.port_count = 2,
				.has_ports = i == 0,
			};
		play->rules[i] = (struct audit_firmware_rule){
			.minimum = "5.5",
			.forbidden = play->forbidden,
			.forbidden_count = 1,
			.approved = play->approved,
			.approved_count = i,
			.end_of_support_ms = T0 + 20 * HOUR,
		};
		policy->firmware = &play->rules[i];
		policy->firmware_count = 1;
		policy->password_shared_max = 1;
	}
	play->policies[1].rules_off = UINT64_C(0x5555555555555555);
	play->policies[1].severities[RULE_TLS_KEY] = FINDING_CRITICAL;
	assert_int_equal(advisory_set_new(&play->advisories), 0);
	if (advisory_parse(line, strlen(line), &advisory) == 0) {
		assert_int_equal(advisory_set_add(play->advisories, &advisory), 0);
		advisory_fini(&advisory);
	}
	assert_int_equal(audit_new(&play->audit), 0);
	play->now_ms = T0;
}

static void
run(struct play *play, unsigned scarcity)
{
	fail_one_in = scarcity;
	for (int i = 0; i < STEPS; i++) {
		something(play);
		if (roll(4) == 0)
			play->now_ms += roll(3) * HOUR + roll(5000);
		if (roll(3) == 0)
			(void)audit_run(play->audit, play->now_ms, roll(4), hear, play);
	}
	/* With memory again, all that waits is worked off. */
	fail_one_in = 0;
	for (int i = 0; audit_run(play->audit, play->now_ms, 2, hear, play); i++)
		assert_true(i < 2 * DEVICES);
	compare(play);
}

static void
play_all(unsigned scarcity)
{
	struct play *play = test_calloc(1, sizeof(*play));

	for (unsigned round = 0; round < ROUNDS; round++) {
		dice = UINT64_C(0x9e3779b97f4a7c15) * (round + 1) + scarcity;
		memset(play, 0, sizeof(*play));
		prepare(play);
		run(play, scarcity);
		assert_true(scarcity != 0 || play->count > 10);
		run(play, scarcity);
		audit_free(play->audit);
		advisory_set_free(play->advisories);
	}
	test_free(play);
}

static void
anything_in_any_order(void **state)
{
	(void)state;
	play_all(0);
}

static void
memory_runs_out(void **state)
{
	(void)state;
	play_all(200);
	play_all(30);
	play_all(5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anything_in_any_order),
		cmocka_unit_test(memory_runs_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
