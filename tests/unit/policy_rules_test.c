/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rules of the audit, one by one: what breaks them, how badly, and what does not.
 */
#include "policy_world.h"

#include "keepwatch/fleet.h"

#include <stdlib.h>

/* ---- firmware */

static void
firmware_policy(void **state)
{
	struct world *world = *state;
	const char *forbidden[] = {"5.4.*", "<5.2.0"}, *approved[] = {"5.5.61"};
	struct audit_firmware_rule rule = {
		.vendor = "hikvision",
		.model = "DS-2CD*",
		.minimum = "5.5.0",
		.forbidden = forbidden,
		.forbidden_count = 2,
		.approved = approved,
		.approved_count = 1,
		.end_of_sale_ms = T0 - 10 * DAY,
		.end_of_support_ms = T0 + 10 * DAY,
		.note = "see the contract",
		.where = "keepwatch.yaml:3",
	};
	const struct finding *finding;

	world->policy.firmware = &rule;
	world->policy.firmware_count = 1;
	FACTS(world, 1, PROBE_ONVIF, FACT_VENDOR, "", "HIKVISION", FACT_MODEL, "", "DS-2CD2143G0-I",
	      FACT_FIRMWARE, "", "V5.4.41 build 170710");
	world_run(world);
	assert_int_equal(world_opened(world, RULE_FIRMWARE_FORBIDDEN, "")->severity,
			 FINDING_CRITICAL);
	finding = world_opened(world, RULE_FIRMWARE_OLD, "");
	assert_non_null(strstr(finding->evidence, "V5.4.41 build 170710"));
	assert_non_null(strstr(finding->evidence, "5.5.0"));
	assert_non_null(strstr(finding->evidence, "see the contract"));
	assert_non_null(world_opened(world, RULE_FIRMWARE_UNAPPROVED, ""));
	assert_non_null(world_opened(world, RULE_END_OF_SALE, ""));
	assert_null(world_opened(world, RULE_END_OF_SUPPORT, ""));

	world->now_ms += 11 * DAY;
	FACTS(world, 1, PROBE_ONVIF, FACT_FIRMWARE, "", "V5.5.61 build 180418");
	world_run(world);
	assert_non_null(world_step(world, AUDIT_RESOLVED, RULE_FIRMWARE_FORBIDDEN, ""));
	assert_non_null(world_step(world, AUDIT_RESOLVED, RULE_FIRMWARE_OLD, ""));
	assert_non_null(world_opened(world, RULE_END_OF_SUPPORT, ""));
}

static void
firmware_of_others(void **state)
{
	struct world *world = *state;
	struct audit_firmware_rule rule = {.vendor = "hikvision", .minimum = "5.5.0"};

	world->policy.firmware = &rule;
	world->policy.firmware_count = 1;
	FACTS(world, 1, PROBE_ONVIF, FACT_VENDOR, "", "AXIS", FACT_MODEL, "", "P3245",
	      FACT_FIRMWARE, "", "5.4.1");
	world_run(world);
	assert_int_equal(world->step_count, 0);
	rule.vendor = NULL;
	rule.kinds = 1U << KIND_SWITCH;
	audit_set_policy(world->audit, &world->policy);
	world_run(world);
	assert_int_equal(world->step_count, 0);
}

static void
firmware_unknown(void **state)
{
	struct world *world = *state;

	world_device(world, 2, KIND_DOOR, "door2");
	FACTS(world, 2, PROBE_SNMP, FACT_VENDOR, "", "Acme");
	world_run(world);
	assert_int_equal(world->step_count, 0); /* its probes get the time to tell */
	world->now_ms += HOUR;
	world_run(world);
	assert_non_null(world_opened(world, RULE_FIRMWARE_UNKNOWN, ""));
	FACTS(world, 2, PROBE_SNMP, FACT_FIRMWARE, "", "1.2");
	world_run(world);
	assert_non_null(world_step(world, AUDIT_RESOLVED, RULE_FIRMWARE_UNKNOWN, ""));
}

static void
downgrade(void **state)
{
	struct world *world = *state;

	FACTS(world, 1, PROBE_ONVIF, FACT_VENDOR, "", "AXIS", FACT_SERIAL, "", "ACCC1",
	      FACT_FIRMWARE, "", "10.12.0");
	world_run(world);
	world->now_ms += HOUR;
	FACTS(world, 1, PROBE_ONVIF, FACT_SERIAL, "", "ACCC1", FACT_FIRMWARE, "", "10.6.0");
	world_run(world);
	assert_non_null(world_opened(world, RULE_FIRMWARE_DOWNGRADED, "10.12.0"));
	world->now_ms += HOUR;
	FACTS(world, 1, PROBE_ONVIF, FACT_SERIAL, "", "ACCC1", FACT_FIRMWARE, "", "10.12.1");
	world_run(world);
	assert_non_null(world_step(world, AUDIT_RESOLVED, RULE_FIRMWARE_DOWNGRADED, "10.12.0"));
	/* Another unit with an older version has not gone back. */
	FACTS(world, 1, PROBE_ONVIF, FACT_SERIAL, "", "ACCC2", FACT_FIRMWARE, "", "9.80.1");
	world_run(world);
	assert_int_equal(world->step_count, 0);
}

/* ---- exposure */

static void
ports(void **state)
{
	struct world *world = *state;
	struct audit_kind_policy *camera = &world->policy.kinds[KIND_CAMERA];
	uint16_t allowed[] = {80, 443};

	FACTS(world, 1, PROBE_TCP, FACT_OPEN_PORT, "23", "telnet", FACT_OPEN_PORT, "8000", "sdk",
	      FACT_OPEN_PORT, "443", "https");
	world_run(world);
	assert_int_equal(world_opened(world, RULE_PORT_OPEN, "23")->severity, FINDING_CRITICAL);
	assert_null(world_opened(world, RULE_PORT_OPEN, "8000"));
	camera->ports = allowed;
	camera->port_count = 2;
	camera->has_ports = true;
	audit_set_policy(world->audit, &world->policy);
	world_run(world);
	assert_int_equal(world_opened(world, RULE_PORT_OPEN, "8000")->severity, FINDING_WARNING);
	assert_null(world_opened(world, RULE_PORT_OPEN, "443"));
	allowed[0] = 23;
	audit_set_policy(world->audit, &world->policy);
	world_run(world);
	assert_non_null(world_step(world, AUDIT_RESOLVED, RULE_PORT_OPEN, "23"));
}

static void
http(void **state)
{
	struct world *world = *state;

	FACTS(world, 1, PROBE_HTTP, FACT_HTTP_AUTH, "http:80", "redirect to https", FACT_HTTP_AUTH,
	      "http:8080", "basic digest", FACT_HTTP_AUTH, "https:443", "basic");
	world_run(world);
	assert_int_equal(world->step_count, 2);
	assert_non_null(world_opened(world, RULE_HTTP_PLAIN, "8080"));
	assert_non_null(world_opened(world, RULE_HTTP_BASIC, "8080"));
	/* streams are in the clear anyway; their passwords need not be */
	FACTS(world, 1, PROBE_HTTP, FACT_HTTP_AUTH, "rtsp:554", "basic digest", FACT_HTTP_AUTH,
	      "rtsp:8554", "digest");
	world_run(world);
	assert_int_equal(world->step_count, 1);
	assert_non_null(world_opened(world, RULE_HTTP_BASIC, "554"));
}

static void
snmp(void **state)
{
	struct world *world = *state;

	FACTS(world, 1, PROBE_SNMP, FACT_SNMP_ACCESS, "v2c configured", "read");
	world_run(world);
	assert_int_equal(world->step_count, 1);
	assert_non_null(world_opened(world, RULE_SNMP_OLD, "v2c"));
	FACTS(world, 1, PROBE_SNMP, FACT_SNMP_ACCESS, "v1 private", "write");
	world_run(world);
	assert_non_null(world_opened(world, RULE_SNMP_OLD, "v1"));
	assert_int_equal(world_opened(world, RULE_SNMP_PUBLIC, "v1 private")->severity,
			 FINDING_CRITICAL);
	assert_non_null(world_opened(world, RULE_SNMP_WRITE, "v1 private"));
}

/* How keepwatch itself asks is no news where more is known. */
static void
snmp_is_told_once(void **state)
{
	struct world *world = *state;
	struct ledger_entry entry = {.device = 1,
				     .use = USE_SNMP,
				     .account = "community",
				     .proof = "p",
				     .last_proven_ms = T0};

	assert_int_equal(audit_take_ledger(world->audit, &entry), 0);
	world_run(world);
	assert_int_equal(world->step_count, 1);
	assert_non_null(world_opened(world, RULE_SNMP_OLD, "v1/v2c"));
	FACTS(world, 1, PROBE_EXPOSURE, FACT_SNMP_ACCESS, "v2c configured", "read");
	world_run(world);
	assert_int_equal(world->step_count, 2);
	assert_non_null(world_opened(world, RULE_SNMP_OLD, "v2c"));
	assert_non_null(world_step(world, AUDIT_RESOLVED, RULE_SNMP_OLD, "v1/v2c"));
}

static void
basic_within_tls(void **state)
{
	struct world *world = *state;

	FACTS(world, 1, PROBE_ONVIF, FACT_AUTH_SCHEME, "", "basic");
	world_run(world);
	assert_non_null(world_opened(world, RULE_HTTP_BASIC, "onvif"));
	FACTS(world, 1, PROBE_ONVIF, FACT_TLS_KEY, "443", "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	world_run(world);
	assert_non_null(world_step(world, AUDIT_RESOLVED, RULE_HTTP_BASIC, "onvif"));
}

/* ---- TLS */

static void
tls(void **state)
{
	struct world *world = *state;

	FACTS(world, 1, PROBE_HTTP, FACT_TLS_VERSIONS, "443", "TLSv1.0 TLSv1.2", FACT_TLS_KEY_TYPE,
	      "443", "RSA 1024", FACT_TLS_SIGNATURE, "443", "sha1WithRSAEncryption", FACT_TLS_NAMES,
	      "443", "camera.example, *.example", FACT_TLS_ISSUER, "443", "self-signed",
	      FACT_TLS_NOT_AFTER, "443", "2026-09-01T00:00:00Z");
	world_run(world);
	assert_non_null(world_opened(world, RULE_TLS_VERSION, "443"));
	assert_true(world_opened(world, RULE_TLS_KEY, "443")->value == 1024);
	assert_non_null(world_opened(world, RULE_TLS_SIGNATURE, "443"));
	assert_non_null(world_opened(world, RULE_TLS_NAME, "443"));
	assert_non_null(world_opened(world, RULE_TLS_SELF_SIGNED, "443"));
	assert_int_equal(world_opened(world, RULE_TLS_EXPIRY, "443")->severity, FINDING_CRITICAL);
}

static void
tls_fine(void **state)
{
	struct world *world = *state;

	FACTS(world, 1, PROBE_HTTP, FACT_TLS_VERSIONS, "443", "TLSv1.2 TLSv1.3", FACT_TLS_KEY_TYPE,
	      "443", "EC 256", FACT_TLS_SIGNATURE, "443", "ecdsa-with-SHA256", FACT_TLS_NAMES,
	      "443", "other, 10.0.0.1", FACT_TLS_ISSUER, "443", "CN=ours", FACT_TLS_NOT_AFTER,
	      "443", "2027-09-01T00:00:00Z");
	world_run(world);
	assert_int_equal(world->step_count, 0);
}

static void
tls_key_changed(void **state)
{
	struct world *world = *state;

	FACTS(world, 1, PROBE_HTTP, FACT_TLS_KEY, "443", "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	world_run(world);
	assert_int_equal(world->step_count, 0);
	FACTS(world, 1, PROBE_HTTP, FACT_TLS_KEY, "443", "sha256//BBBBBBBBBBBBBBBBBBBBBBBBBBBB");
	world_run(world);
	assert_int_equal(world->step_count, 1);
	assert_int_equal(world->steps[0].finding.rule, RULE_TLS_KEY_CHANGED);
	world->now_ms += 2 * HOUR;
	world_run(world);
	assert_int_equal(world->step_count, 0); /* still open, not told again */
	FACTS(world, 1, PROBE_HTTP, FACT_TLS_KEY, "443", "sha256//CCCCCCCCCCCCCCCCCCCCCCCCCCCC");
	world_run(world);
	assert_int_equal(world->step_count, 2); /* a new one, and the old is over */
}

/* Who holds on to a key does not see another: who takes any does, and is believed. */
static void
tls_key_refused_by_others(void **state)
{
	struct world *world = *state;

	FACTS(world, 1, PROBE_ONVIF, FACT_TLS_KEY, "443", "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	      FACT_TLS_NOT_AFTER, "443", "2026-09-01T00:00:00Z");
	FACTS(world, 1, PROBE_EXPOSURE, FACT_TLS_KEY, "443", "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	      FACT_TLS_KEY, "8443", "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAA", FACT_TLS_NOT_AFTER,
	      "443", "2026-09-01T00:00:00Z");
	world_run(world);
	assert_int_equal(world->step_count, 1);
	assert_non_null(world_opened(world, RULE_TLS_EXPIRY, "443"));
	FACTS(world, 1, PROBE_EXPOSURE, FACT_TLS_KEY, "443", "sha256//BBBBBBBBBBBBBBBBBBBBBBBBBBBB",
	      FACT_TLS_KEY, "8443", "sha256//CCCCCCCCCCCCCCCCCCCCCCCCCCCC", FACT_TLS_NOT_AFTER,
	      "443", "2036-09-01T00:00:00Z");
	world_run(world);
	assert_int_equal(world->step_count, 3); /* both ports, and the old certificate is over */
	assert_non_null(world_step(world, AUDIT_RESOLVED, RULE_TLS_EXPIRY, "443"));
	world->now_ms += 2 * HOUR;
	FACTS(world, 1, PROBE_ONVIF, FACT_CLOCK_SOURCE, "", "ntp");
	world_run(world);
	assert_int_equal(world->step_count, 0);
}

/* ---- settings */

static void
clock_off(void **state)
{
	struct world *world = *state;

	FACTS(world, 1, PROBE_ONVIF, FACT_CLOCK_OFFSET_MS, "", "1900");
	world_run(world);
	assert_int_equal(world->step_count, 0);
	FACTS(world, 1, PROBE_ONVIF, FACT_CLOCK_OFFSET_MS, "", "-2100");
	world_run(world);
	assert_int_equal(world_opened(world, RULE_CLOCK_WRONG, "")->severity, FINDING_WARNING);
	/* About the limit it is told once. */
	for (int i = 0; i < 10; i++) {
		FACTS(world, 1, PROBE_ONVIF, FACT_CLOCK_OFFSET_MS, "", i % 2 ? "-2200" : "-1800");
		world_run(world);
		assert_int_equal(world->step_count, 0);
	}
	FACTS(world, 1, PROBE_ONVIF, FACT_CLOCK_OFFSET_MS, "", "-31000");
	world_run(world);
	assert_int_equal(world_step(world, AUDIT_CHANGED, RULE_CLOCK_WRONG, "")->severity,
			 FINDING_CRITICAL);
	FACTS(world, 1, PROBE_ONVIF, FACT_CLOCK_OFFSET_MS, "", "100");
	world_run(world);
	assert_non_null(world_step(world, AUDIT_RESOLVED, RULE_CLOCK_WRONG, ""));
}

static void
time_server(void **state)
{
	struct world *world = *state;

	FACTS(world, 1, PROBE_ONVIF, FACT_NTP_SERVER, "", "none");
	world_run(world);
	assert_non_null(world_opened(world, RULE_NTP_NONE, ""));
	FACTS(world, 1, PROBE_ONVIF, FACT_NTP_SERVER, "", "10.0.0.9", FACT_CLOCK_SOURCE, "",
	      "manual");
	world_run(world);
	assert_non_null(world_step(world, AUDIT_CHANGED, RULE_NTP_NONE, ""));
	FACTS(world, 1, PROBE_ONVIF, FACT_CLOCK_SOURCE, "", "ntp");
	world_run(world);
	assert_non_null(world_step(world, AUDIT_RESOLVED, RULE_NTP_NONE, ""));
}

static void
vlan(void **state)
{
	struct world *world = *state;
	struct audit_place place = {
		.parent = "sw1", .port = "7", .vlan = 20, .is_vlan_forbidden = true};
	const struct finding *finding;

	assert_int_equal(audit_take_place(world->audit, 1, &place), 0);
	world_run(world);
	finding = world_opened(world, RULE_VLAN, "");
	assert_non_null(strstr(finding->evidence, "on sw1 port 7, VLAN 20"));
	place.is_vlan_forbidden = false;
	assert_int_equal(audit_take_place(world->audit, 1, &place), 0);
	world_run(world);
	assert_non_null(world_step(world, AUDIT_RESOLVED, RULE_VLAN, ""));
}

/* ---- advisories */

static void
exploited(void **state)
{
	struct world *world = *state;
	struct advisory_set *set = NULL;
	struct advisory_range range = {
		.vendor = "hikvision",
		.product = "ds-2cd2143g0-i_firmware",
		.exact = "",
		.from = "",
		.until = "5.5.800",
		.is_until_excluded = true,
	};
	struct advisory advisories[] = {
		{.source = ADVISORY_NVD,
		 .id = "CVE-2021-36260",
		 .title = "command injection",
		 .remedy = "",
		 .cvss = 9.8F,
		 .ranges = &range,
		 .range_count = 1,
		 .vendor = "",
		 .product = ""},
		{.source = ADVISORY_KEV,
		 .id = "CVE-2021-36260",
		 .title = "command injection",
		 .remedy = "",
		 .is_exploited = true,
		 .vendor = "Hikvision",
		 .product = "Security cameras web server"},
	};
	struct audit_place place = {
		.parent = "sw1", .port = "7", .vlan = 20, .is_vlan_shared = true};
	const struct finding *finding;

	assert_int_equal(advisory_set_new(&set), 0);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(advisory_set_add(set, &advisories[i]), 0);
	audit_set_advisories(world->audit, set);
	assert_int_equal(audit_take_place(world->audit, 1, &place), 0);
	FACTS(world, 1, PROBE_ONVIF, FACT_VENDOR, "", "HIKVISION", FACT_MODEL, "", "DS-2CD2143G0-I",
	      FACT_FIRMWARE, "", "V5.5.61 build 180418");
	world_run(world);
	finding = world_opened(world, RULE_EXPLOITED, "CVE-2021-36260");
	assert_non_null(finding);
	assert_int_equal(finding->severity, FINDING_CRITICAL);
	assert_non_null(strstr(finding->evidence, "exploited, on sw1 port 7, VLAN 20 shared with"));
	FACTS(world, 1, PROBE_ONVIF, FACT_FIRMWARE, "", "V5.5.800 build 210628");
	world_run(world);
	assert_non_null(world_step(world, AUDIT_RESOLVED, RULE_EXPLOITED, "CVE-2021-36260"));
	audit_set_advisories(world->audit, NULL);
	advisory_set_free(set);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		T(firmware_policy),
		T(firmware_of_others),
		T(firmware_unknown),
		T(downgrade),
		T(ports),
		T(http),
		T(snmp),
		T(snmp_is_told_once),
		T(basic_within_tls),
		T(tls),
		T(tls_fine),
		T(tls_key_changed),
		T(tls_key_refused_by_others),
		T(clock_off),
		T(time_server),
		T(vlan),
		T(exploited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
