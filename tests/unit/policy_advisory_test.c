/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which advisories concern a device: products, ranges, hardware, exploited ones; the line form;
 * what replaces what.
 */
#include "keepwatch/advisory.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MATCHES = 16 };

static void
add(struct advisory_set *set, const char *line)
{
	struct advisory advisory;

	if (advisory_parse(line, strlen(line), &advisory) != 0)
		fail_msg("no advisory: %s", line);
	assert_int_equal(advisory_set_add(set, &advisory), 0);
	advisory_fini(&advisory);
}

static int
fill(void **state)
{
	static const char *const lines[] = {
		"{\"id\":\"CVE-2021-36260\",\"source\":\"kev\",\"exploited\":true,\"vendor\":"
		"\"Hikvision\",\"product\":\"Security cameras web server\",\"title\":\"t\"}",
		"{\"id\":\"CVE-2021-36260\",\"source\":\"nvd\",\"cvss\":9.8,\"ranges\":[{"
		"\"vendor\":"
		"\"hikvision\",\"product\":\"ds-2cd2143g0-i_firmware\",\"until\":\"5.5.800\","
		"\"until_excluded\":true},{\"vendor\":\"hikvision\",\"product\":"
		"\"ds-2cd2143g2-i_firmware\",\"until\":\"build_210625\",\"until_excluded\":true}]}",
		"{\"id\":\"CVE-2017-7921\",\"source\":\"nvd\",\"cvss\":10,\"ranges\":[{\"vendor\":"
		"\"hikvision\",\"product\":\"ds-2cd2*2f_firmware\",\"from\":\"5.2.0\",\"until\":"
		"\"5.4.0\"},{\"vendor\":\"hikvision\",\"product\":\"ds-2cd2xx2fwd_firmware\","
		"\"is_all\":true,\"all\":true}]}",
		"{\"id\":\"CVE-2099-0001\",\"source\":\"kev\",\"exploited\":true,\"vendor\":"
		"\"Hikvision\",\"product\":\"Multiple Products\"}",
		"{\"id\":\"CVE-2023-20198\",\"source\":\"nvd\",\"cvss\":10,\"exploited\":true,"
		"\"ranges\":[{\"vendor\":\"cisco\",\"product\":\"ios_xe\",\"from\":\"17.9\","
		"\"until\":"
		"\"17.9.4a\",\"until_excluded\":true}]}",
		"{\"id\":\"CVE-2023-0002\",\"source\":\"nvd\",\"cvss\":5.5,\"ranges\":[{\"vendor\":"
		"\"cisco\",\"product\":\"ios_xe\",\"exact\":\"17.9.4\",\"hardware\":"
		"\"catalyst_9300|catalyst_9300l\"}]}",
		"{\"id\":\"CVE-2023-0003\",\"source\":\"nvd\",\"cvss\":5.5,\"ranges\":[{\"vendor\":"
		"\"cisco\",\"product\":\"ios\",\"exact\":\"12.2(55)se12\"},{\"vendor\":\"cisco\","
		"\"product\":\"ios\",\"exact\":\"15.0(2)se11\"}]}",
		"{\"id\":\"CVE-2018-0171\",\"source\":\"kev\",\"exploited\":true,\"vendor\":"
		"\"Cisco\","
		"\"product\":\"IOS and IOS XE Software\"}",
		"{\"id\":\"CVE-2019-16920\",\"source\":\"kev\",\"exploited\":true,\"vendor\":\"D-"
		"Link\","
		"\"product\":\"DIR-655 and DIR-866L Routers\"}",
		"{\"id\":\"ACME-1\",\"document\":\"acme-2024-1\",\"source\":\"csaf\",\"ranges\":["
		"{\"vendor\":\"Acme Cameras\",\"product\":\"X 100\",\"all\":true}]}",
		"{\"id\":\"ACME-1\",\"document\":\"acme-2024-2\",\"source\":\"csaf\",\"ranges\":["
		"{\"vendor\":\"Acme Cameras\",\"product\":\"X 200\",\"all\":true}]}",
		"{\"id\":\"CVE-2025-7\",\"source\":\"nvd\",\"ranges\":[{\"vendor\":\"hp\","
		"\"product\":"
		"\"j9775a_firmware\",\"until\":\"YA.16.11.0015\",\"until_excluded\":true},{"
		"\"vendor\":"
		"\"dlink\",\"product\":\"des-3526_firmware\",\"all\":true},{\"vendor\":\"axis\","
		"\"product\":\"p1425-le_firmware\",\"all\":true}]}",
		"{\"id\":\"CVE-2025-8\",\"source\":\"nvd\",\"ranges\":[{\"vendor\":\"hikvision\","
		"\"product\":\"ds-2cd2066g2-i(u)_firmware\"},{\"vendor\":\"hikvision\",\"product\":"
		"\"ds-2cd2026g2-iu/sl_firmware\",\"all\":true}]}",
		"{\"id\":\"CVE-2025-5\",\"source\":\"kev\",\"exploited\":true,\"vendor\":"
		"\"Juniper\","
		"\"product\":\"Junos OS\"}",
		"{\"id\":\"CVE-2025-6\",\"source\":\"kev\",\"exploited\":true,\"vendor\":\"Cisco\","
		"\"product\":\"IOS XE Web UI\"}",
		"{\"id\":\"CVE-2024-4\",\"source\":\"nvd\",\"cvss\":7,\"ranges\":[{\"vendor\":"
		"\"axis\","
		"\"product\":\"axis_os\",\"from\":\"10.0.0\",\"until\":\"11.8.61\",\"until_"
		"excluded\":"
		"true}]}",
	};
	struct advisory_set *set;

	assert_int_equal(advisory_set_new(&set), 0);
	for (size_t i = 0; i < MEM_COUNT(lines); i++)
		add(set, lines[i]);
	assert_int_equal(advisory_set_count(set), MEM_COUNT(lines));
	*state = set;
	return 0;
}

static int
drop(void **state)
{
	advisory_set_free(*state);
	return 0;
}

/* Ids in order, separated by blanks; '?' before those that are not certain, '!' before exploited.
 */
static const char *
ids(const struct advisory_set *set, const char *vendor, const char *model, const char *firmware,
    char *out, size_t size)
{
	struct advisory_match found[MATCHES];
	struct advisory_subject subject = {vendor, model, firmware};
	size_t count = advisory_match(set, &subject, found, MATCHES), at = 0;

	out[0] = '\0';
	assert_true(count <= MATCHES);
	for (size_t i = 0; i < count; i++) {
		assert_true(strlen(found[i].reason) > 20);
		at += (size_t)snprintf(out + at, size - at, "%s%s%s%s", i > 0 ? " " : "",
				       found[i].is_exploited ? "!" : "",
				       found[i].is_certain ? "" : "?", found[i].advisory->id);
	}
	return out;
}

static void
products_and_ranges_match(void **state)
{
	static const char *const rows[][4] = {
		/* the model under another spelling, the vendor under another name */
		{"HIKVISION", "DS-2CD2143G0-I", "V5.5.61 build 180718",
		 "!CVE-2021-36260 !?CVE-2099-0001"},
		{"Hangzhou Hikvision", "DS-2CD2143G0-I", "V5.5.800 build 210628",
		 "!?CVE-2099-0001"},
		{"Hikvision", "DS-2CD2143G0-IS", "V5.5.61 build 180718", "!?CVE-2099-0001"},
		/* by the build alone */
		{"Hikvision", "DS-2CD2143G2-I", "V5.5.150 build 210101",
		 "!CVE-2021-36260 !?CVE-2099-0001"},
		{"Hikvision", "DS-2CD2143G2-I", "V5.5.150 build 210702", "!?CVE-2099-0001"},
		/* families by wildcard only */
		{"Hikvision", "DS-2CD2012F", "V5.3.0 build 150513",
		 "!?CVE-2099-0001 CVE-2017-7921"},
		{"Hikvision", "DS-2CD2012F", "V5.4.0 build 160530",
		 "!?CVE-2099-0001 CVE-2017-7921"},
		{"Hikvision", "DS-2CD2012F", "V5.4.5 build 170124", "!?CVE-2099-0001"},
		{"Hikvision", "DS-2CD2012FWD", "V5.3.0 build 150513", "!?CVE-2099-0001"},
		/* options in brackets; a product without versions */
		{"Hikvision", "DS-2CD2066G2-I", "V5.5.150", "!?CVE-2099-0001 ?CVE-2025-8"},
		{"Hikvision", "DS-2CD2066G2-IU", "V5.5.150", "!?CVE-2099-0001 ?CVE-2025-8"},
		{"Hikvision", "DS-2CD2066G2-ISU", "V5.5.150", "!?CVE-2099-0001"},
		{"Hikvision", "DS-2CD2026G2-IU/SL", "V5.5.150", "!?CVE-2099-0001 CVE-2025-8"},
		/* a version that nobody can order matches nothing */
		{"Hikvision", "DS-2CD2143G0-I", "unknown", "!?CVE-2099-0001"},
		{"Hikvision", "DS-2CD2143G0-I", NULL, "!?CVE-2099-0001"},
		/* systems: by the form of the version, with and without hardware */
		{"Cisco", "C9300-48T", "17.09.04",
		 "!CVE-2023-20198 !?CVE-2018-0171 !?CVE-2025-6 CVE-2023-0002"},
		{"Cisco", "C9200-48T", "17.9.4", "!CVE-2023-20198 !?CVE-2018-0171 !?CVE-2025-6"},
		{"Cisco", "C9300-48T", "17.9.4a", "!?CVE-2018-0171 !?CVE-2025-6"},
		{"Cisco", "WS-C3560-48TS-S", "12.2(55)SE12", "!?CVE-2018-0171 CVE-2023-0003"},
		{"Cisco", "WS-C3560-48TS-S", "12.2(55)SE11", "!?CVE-2018-0171"},
		{"Cisco", "N9K-C93180YC-FX3", "9.3(10)", ""},
		{"AXIS", "AXIS Q1656", "10.12.240", "CVE-2024-4"},
		{"Axis", "AXIS Q1656", "11.9.60", ""},
		/* a number and a name; a revision; but Mk II is another product */
		{"HPE", "J9775A 2530-48G", "YA.16.11.0014", "CVE-2025-7"},
		{"HPE", "J9775A 2530-48G", "YB.16.11.0014", ""},
		{"D-Link", "DES-3526 Rev. 3A1", "5.01.B65", "CVE-2025-7"},
		{"Axis", "AXIS P1425-LE", "8.40.43", "CVE-2025-7"},
		{"Axis", "AXIS P1425-LE Mk II", "8.40.43", ""},
		/* KEV names without versions */
		{"Juniper Networks", "ex3400-48t", "15.1X53-D59.4", "!?CVE-2025-5"},
		{"Juniper Networks", "qfx5130-32cd", "22.2R3-S1.3-EVO", ""},
		{"D-Link", "DIR-866L", "1.03", "!?CVE-2019-16920"},
		{"D-Link", "DIR-866", "1.03", ""},
		/* vendors that are not known match by their own name */
		{"ACME Cameras", "X-100", "1", "ACME-1"},
		{"Acme Cameras", "X200", "", "ACME-1"},
		{"Other", "X200", "1", ""},
		{"", "X200", "1", ""},
		{NULL, NULL, NULL, ""},
	};
	char got[400];

	for (size_t i = 0; i < MEM_COUNT(rows); i++) {
		ids(*state, rows[i][0], rows[i][1], rows[i][2], got, sizeof(got));
		if (strcmp(got, rows[i][3]) != 0)
			fail_msg("%s %s %s: '%s', expected '%s'", rows[i][0], rows[i][1],
				 rows[i][2], got, rows[i][3]);
	}
}

static void
reasons_are_words(void **state)
{
	struct advisory_match found[MATCHES];
	struct advisory_subject subject = {"HIKVISION", "DS-2CD2143G0-I", "V5.5.61 build 180718"};

	assert_int_equal(advisory_match(*state, &subject, found, 1), 2);
	assert_string_equal(found[0].reason,
			    "Hikvision DS-2CD2143G0-I V5.5.61 build 180718 is below "
			    "5.5.800 (nvd)");
	assert_int_equal(found[0].advisory->source, ADVISORY_NVD);
	assert_int_equal(advisory_match(*state, &subject, found, MATCHES), 2);
	assert_string_equal(found[1].reason,
			    "Hikvision DS-2CD2143G0-I may be \"Multiple Products\", which is "
			    "exploited; no versions are told (kev)");
	assert_int_equal(advisory_match(*state, &subject, NULL, 0), 2);
}

static void
newer_replaces(void **state)
{
	struct advisory_set *set;
	struct advisory_subject subject = {"axis", "Q1656", "10.0.1"};
	struct advisory advisory = {.source = ADVISORY_NVD,
				    .id = (char *)"CVE-1",
				    .document = (char *)"",
				    .title = (char *)"old",
				    .remedy = (char *)"",
				    .vendor = (char *)"",
				    .product = (char *)"",
				    .modified_ms = 10};
	struct advisory_range range = {.vendor = (char *)"axis",
				       .product = (char *)"q1656_firmware",
				       .hardware = (char *)"",
				       .exact = (char *)"",
				       .from = (char *)"",
				       .until = (char *)"10.1"};
	enum advisory_added what = ADVISORY_LEFT;
	struct advisory_match found;

	(void)state;
	advisory.ranges = &range;
	advisory.range_count = 1;
	assert_int_equal(advisory_set_new(&set), 0);
	assert_int_equal(advisory_set_put(set, &advisory, &what), 0);
	assert_int_equal(what, ADVISORY_NEW);
	assert_int_equal(advisory_match(set, &subject, &found, 1), 1);
	advisory.modified_ms = 9;
	assert_int_equal(advisory_set_put(set, &advisory, &what), 0);
	assert_int_equal(what, ADVISORY_LEFT);
	advisory.modified_ms = 11;
	advisory.title = (char *)"new";
	range.until = (char *)"10.0.0";
	assert_int_equal(advisory_set_put(set, &advisory, &what), 0);
	assert_int_equal(what, ADVISORY_REPLACED);
	assert_int_equal(advisory_set_count(set), 1);
	assert_string_equal(advisory_set_at(set, 0)->title, "new");
	assert_null(advisory_set_at(set, 1));
	assert_int_equal(advisory_match(set, &subject, &found, 1), 0);
	/* Another source says that it is exploited; that one is no match by itself. */
	assert_false(advisory_set_is_exploited(set, "CVE-1"));
	advisory.source = ADVISORY_KEV;
	advisory.is_exploited = true;
	advisory.range_count = 0;
	assert_int_equal(advisory_set_add(set, &advisory), 0);
	assert_true(advisory_set_is_exploited(set, "CVE-1"));
	advisory_set_free(set);
	advisory_set_free(NULL);
}

static void
lines_go_and_come(void **state)
{
	static const char line[] =
		"{\"cvss\":9.8,\"due_ms\":5,\"exploited\":true,\"id\":\"CVE-1\",\"modified_ms\":4,"
		"\"product\":\"P\",\"published_ms\":3,\"ranges\":[{\"from\":\"1\",\"from_"
		"excluded\":true,"
		"\"hardware\":\"h\",\"product\":\"p\",\"until\":\"2\",\"until_excluded\":true,"
		"\"vendor\":"
		"\"v\"},{\"all\":true,\"product\":\"q\",\"vendor\":\"v\"}],\"remedy\":\"r\","
		"\"source\":"
		"\"kev\",\"title\":\"a \\\"b\\\"\\n\",\"vendor\":\"V\"}";
	static const char *const bad[] = {
		"",
		"{}",
		"[]",
		"{\"id\":\"CVE-1\"}",
		"{\"id\":\"\",\"source\":\"kev\"}",
		"{\"id\":\"a\",\"source\":\"zzz\"}",
		"{\"id\":1,\"source\":\"kev\"}",
		"{\"id\":\"a\",\"source\":\"kev\",\"ranges\":1}",
		"{\"id\":\"a\",\"source\":\"kev\",\"ranges\":[1]}",
		"{\"id\":\"a\",\"source\":\"kev\",\"ranges\":[{\"vendor\":1}]}",
		"{\"id\":\"a\",\"source\":\"kev\"} x",
	};
	struct advisory_loading loading = {0};
	struct advisory advisory;
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	assert_int_equal(advisory_parse(line, strlen(line), &advisory), 0);
	assert_int_equal(advisory_format(&advisory, &out), 0);
	assert_string_equal(out.data, line);
	advisory_fini(&advisory);
	buf_fini(&out);
	assert_int_equal(advisory_set_new(&loading.set), 0);
	for (size_t i = 0; i < MEM_COUNT(bad); i++) {
		assert_int_equal(advisory_parse(bad[i], strlen(bad[i]), &advisory), ERR_SYNTAX);
		assert_int_equal(advisory_take_line(&loading, bad[i], strlen(bad[i])), 0);
	}
	assert_int_equal(advisory_take_line(&loading, line, strlen(line)), 0);
	assert_int_equal(loading.bad, MEM_COUNT(bad));
	assert_int_equal(advisory_set_count(loading.set), 1);
	advisory_set_free(loading.set);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(products_and_ranges_match),
		cmocka_unit_test(reasons_are_words),
		cmocka_unit_test(newer_replaces),
		cmocka_unit_test(lines_go_and_come),
	};

	return cmocka_run_group_tests(tests, fill, drop);
}
