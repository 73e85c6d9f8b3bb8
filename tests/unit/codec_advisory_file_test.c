/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files of KEV, NVD and CSAF (tests/golden/advisories): what is taken from them, what is refused,
 * and files that are none.
 */
#include "keepwatch/advisory_file.h"
#include "keepwatch/buf.h"
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

enum { FILE_MAX = 1 << 20 };

struct seen {
	struct buf text; /* each advisory as lines */
	struct buf refused;
	struct advisory_file_result result;
};

static int
take(void *arg, const struct advisory *advisory)
{
	struct buf *text = &((struct seen *)arg)->text;

	buf_printf(text, "%s|%s|%s|%s|%s|%s|%s%.1f|%lld %lld %lld\n", advisory->id,
		   advisory->document, advisory->title, advisory->remedy, advisory->vendor,
		   advisory->product, advisory->is_exploited ? "!" : "", (double)advisory->cvss,
		   (long long)advisory->published_ms, (long long)advisory->modified_ms,
		   (long long)advisory->due_ms);
	for (size_t i = 0; i < advisory->range_count; i++) {
		const struct advisory_range *range = &advisory->ranges[i];

		buf_printf(text, "  %s %s", range->vendor, range->product);
		if (range->hardware[0] != '\0')
			buf_printf(text, " on %s", range->hardware);
		if (range->is_all)
			buf_puts(text, " all");
		if (range->exact[0] != '\0')
			buf_printf(text, " =%s", range->exact);
		if (range->from[0] != '\0')
			buf_printf(text, " %s%s",
				   range->is_from_excluded ? ">" : ">=", range->from);
		if (range->until[0] != '\0')
			buf_printf(text, " %s%s",
				   range->is_until_excluded ? "<" : "<=", range->until);
		buf_puts(text, "\n");
	}
	return 0;
}

static void
refuse(void *arg, const char *words)
{
	buf_printf(&((struct seen *)arg)->refused, "%s\n", words);
}

static int
read_data(struct seen *seen, const void *data, size_t len)
{
	struct advisory_file_sink sink = {take, refuse, seen};

	buf_init(&seen->text, 1 << 20);
	buf_init(&seen->refused, 1 << 16);
	return advisory_file_read(data, len, &sink, &seen->result);
}

static void
seen_fini(struct seen *seen)
{
	buf_fini(&seen->text);
	buf_fini(&seen->refused);
}

static char *
load(const char *name, size_t *len)
{
	char path[200], *data = malloc(FILE_MAX);
	FILE *file;

	snprintf(path, sizeof(path), "tests/golden/advisories/%s", name);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(data);
	*len = fread(data, 1, FILE_MAX, file);
	fclose(file);
	assert_true(*len > 100);
	return data;
}

static void
expect_file(const char *name, enum advisory_source source, const char *text, const char *refused,
	    size_t taken)
{
	struct seen seen;
	size_t len;
	char *data = load(name, &len);

	assert_int_equal(read_data(&seen, data, len), 0);
	assert_int_equal(seen.result.source, source);
	assert_string_equal(seen.text.data, text);
	assert_string_equal(seen.refused.data != NULL ? seen.refused.data : "", refused);
	assert_int_equal(seen.result.taken, taken);
	seen_fini(&seen);
	free(data);
}

static void
kev_is_read(void **state)
{
	(void)state;
	expect_file(
		"kev.json", ADVISORY_KEV,
		"CVE-2021-36260||Hikvision Improper Input Validation|Apply updates per vendor "
		"instructions.|Hikvision|Security cameras web server|!0.0|1641772800000 "
		"1641772800000 1642982400000\n"
		"CVE-2023-20198||Cisco IOS XE Web UI Privilege Escalation Vulnerability|Verify "
		"that "
		"instances of Cisco IOS XE Web UI are in compliance.|Cisco|IOS XE Web UI|!0.0|"
		"1697414400000 1697414400000 1697760000000\n"
		"CVE-2010-0249||Microsoft Internet Explorer Use-After-Free Vulnerability|Apply "
		"updates per vendor instructions.|Microsoft|Internet Explorer|!0.0|1646265600000 "
		"1646265600000 1648080000000\n",
		"line 43, record 4: it has no cveID\n", 3);
	expect_file(
		"kev.csv", ADVISORY_KEV,
		"CVE-2021-36260||Hikvision Improper Input Validation|Apply updates per vendor "
		"instructions.|Hikvision|Security cameras web server|!0.0|1641772800000 "
		"1641772800000 1642982400000\n"
		"CVE-2019-16920||D-Link Multiple Routers Command Injection|Update|D-Link|Multiple "
		"Routers|!0.0|1648166400000 1648166400000 1649980800000\n",
		"line 5: it has no cveID\n", 2);
}

static void
nvd_is_read(void **state)
{
	(void)state;
	expect_file(
		"nvd.json", ADVISORY_NVD,
		"CVE-2021-36260||Hikvision Improper Input Validation|Apply updates per vendor "
		"instructions.|||!9.8|1632316507690 1706782272123 1642982400000\n"
		"  hikvision ds-2cd2143g0-i_firmware <5.5.800\n"
		"CVE-2022-20920||A vulnerability in the SSH implementation of two systems.||||7.7|"
		"1665436511200 1699328580000 0\n"
		"  cisco ios =15.2(7)e3k\n"
		"  cisco ios_xe =17.3.4\n"
		"  juniper junos =20.4r3-s2\n"
		"  cisco ios_xe on catalyst_9300|catalyst_9300l >16.0 <16.12.8\n"
		"CVE-2020-0001||||||0.0|1577836800000 1577923200000 0\n"
		"  axis q1656_firmware all\n"
		"  axis m3045_firmware\n",
		"", 3);
}

static void
csaf_is_read(void **state)
{
	(void)state;
	expect_file(
		"csaf.json", ADVISORY_CSAF,
		"CVE-2024-1111|EX-2024-001|Command injection|Update to 7.80.0129 or later.|||!9.1|"
		"1704758400000 1707814800000 0\n"
		"  Bosch FLEXIDOME IP starlight 8000i >=7.60 <7.80.0129\n"
		"  Bosch DINION IP starlight 7000 =7.70.0126\n"
		"  Bosch DINION IP starlight 7000 <V7.60\n"
		"  Bosch MIC IP 7000i\n"
		"  axis q1656_firmware =10.12.199\n"
		"  Bosch DINION IP starlight 7000 on MIC IP 7000i =7.70.0126\n"
		"EX-INTERNAL-7|EX-2024-001|Command injection in cameras||||0.0|1704758400000 "
		"1707814800000 0\n"
		"  Bosch DINION IP starlight 7000 >=7.70.0126\n"
		"  Bosch DINION IP starlight 7000 <=7.70.0126\n",
		"", 2);
}

/* What a CSAF document with this as its range of versions comes to. */
static void
expect_range(const char *range, const char *expected)
{
	struct seen seen;
	struct buf text;

	buf_init(&text, 4096);
	buf_puts(&text,
		 "{\"document\":{\"csaf_version\":\"2.0\",\"tracking\":{\"id\":\"X\"}},"
		 "\"product_tree\":{\"branches\":[{\"category\":\"vendor\",\"name\":\"v\","
		 "\"branches\":[{\"category\":\"product_name\",\"name\":\"p\",\"branches\":[{"
		 "\"category\":\"product_version_range\",\"name\":");
	buf_put_json_string(&text, range, strlen(range));
	buf_puts(&text,
		 ",\"product\":{\"product_id\":\"1\",\"name\":\"n\"}}]}]}]},"
		 "\"vulnerabilities\":[{\"cve\":\"C\",\"product_status\":{\"known_affected\":["
		 "\"1\"]}}]}");
	assert_int_equal(text.error, 0);
	assert_int_equal(read_data(&seen, text.data, text.len), 0);
	if (strcmp(strchr(seen.text.data, '\n') + 1, expected) != 0)
		fail_msg("%s: %s", range, seen.text.data);
	seen_fini(&seen);
	buf_fini(&text);
}

static void
ranges_of_versions_are_read(void **state)
{
	(void)state;
	expect_range("vers:intdot/>=1.0|<2.3", "  v p >=1.0 <2.3\n");
	expect_range("vers:intdot/<1.5|>=2|<=2.3|5.1", "  v p <1.5\n  v p >=2 <=2.3\n  v p =5.1\n");
	expect_range("vers:generic/<5.5.61%20build%20180718", "  v p <5.5.61 build 180718\n");
	expect_range("vers:all/*", "  v p all\n");
	expect_range("vers:all/>=V7.80<V9.40", "  v p >=V7.80 <V9.40\n");
	expect_range(">=V3.0.1<V3.0.3", "  v p >=V3.0.1 <V3.0.3\n");
	expect_range("1.03.07 (build 317)", "  v p =1.03.07 (build 317)\n");
	expect_range("<V8.89_installed_on_CP100_devices", "  v p\n");
	expect_range("<V3.2", "  v p <V3.2\n");
	expect_range("< 3.2", "  v p <3.2\n");
	expect_range("All versions < V3.2", "  v p <V3.2\n");
	expect_range("all versions", "  v p all\n");
	expect_range(">=3.0|<3.5", "  v p >=3.0 <3.5\n");
	expect_range(">=3.0 <3.5", "  v p >=3.0 <3.5\n");
	expect_range(">= 3.0 and < 3.5", "  v p >=3.0 <3.5\n");
	expect_range(">=3.0, <=3.5", "  v p >=3.0 <=3.5\n");
	expect_range("2.4", "  v p =2.4\n");
	/* What is not understood is a product without versions, not a guess. */
	expect_range("vers:generic/!=2.4", "  v p\n");
	expect_range("V2 with option X", "  v p\n");
	expect_range("older ones", "  v p\n");
	expect_range("all versions ", "  v p all\n");
	expect_range("vers:", "  v p\n");
}

static void
expect_refusal(const char *text, int rc, const char *words)
{
	struct seen seen;
	int got = read_data(&seen, text, strlen(text));

	if (got != rc || strstr(seen.result.words, words) == NULL)
		fail_msg("%s: %s, '%s'", text, err_name(got), seen.result.words);
	assert_int_equal(seen.result.taken, 0);
	assert_int_equal(seen.text.len, 0);
	seen_fini(&seen);
}

static void
files_that_are_none_are_refused(void **state)
{
	(void)state;
	expect_refusal("", ERR_UNSUPPORTED, "neither JSON nor");
	expect_refusal("<html>", ERR_UNSUPPORTED, "neither JSON nor");
	expect_refusal("[]", ERR_UNSUPPORTED, "neither JSON nor");
	expect_refusal("{}", ERR_UNSUPPORTED, "no KEV catalogue");
	expect_refusal("{\"vulnerabilities\":{}}", ERR_UNSUPPORTED, "no KEV catalogue");
	expect_refusal("{\"CVE_Items\":[]}", ERR_UNSUPPORTED, "JSON 1.1");
	expect_refusal("{\"document\":{}}", ERR_UNSUPPORTED, "csaf_version");
	expect_refusal("{\"document\":{\"csaf_version\":\"2.0\"}}", ERR_SYNTAX, "tracking/id");
	expect_refusal("{\"document\":1}x", ERR_SYNTAX, "1:15: ");
	expect_refusal("{\n \"a\" 1}", ERR_SYNTAX, "2:6: malformed; expected ':'");
	expect_refusal(
		"{\"catalogVersion\":1,\"vulnerabilities\":[{\"cveID\":\"C\",\"vendorProject\":"
		"\"v\"},",
		ERR_TRUNCATED, "ends too early");
	expect_refusal("cveID,product\nC,v\n", ERR_UNSUPPORTED, "vendorProject");
	expect_refusal("cveID,vendorProject\nC,v\n\"D", ERR_TRUNCATED, "line 3: it ends within");
}

/* Each file cut at each place: refused as a whole, or whole records only; never harm. */
static void
cut_files_do_no_harm(void **state)
{
	static const char *const names[] = {"kev.json", "nvd.json", "csaf.json", "kev.csv"};

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(names); i++) {
		size_t len;
		char *data = load(names[i], &len);

		for (size_t cut = 0; cut + 2 < len; cut++) {
			struct seen seen;
			/* Of its own size, so that a byte too far is noticed. */
			char *part = malloc(cut + 1);
			int rc;

			assert_non_null(part);
			memcpy(part, data, cut);
			rc = read_data(&seen, part, cut);
			if (i < 3)
				assert_true(rc != 0 && seen.result.taken == 0 &&
					    seen.result.words[0] != '\0');
			seen_fini(&seen);
			free(part);
		}
		free(data);
	}
}

static int
stop(void *arg, const struct advisory *advisory)
{
	(void)advisory;
	++*(int *)arg;
	return ERR_FULL;
}

static void
the_caller_may_end_it(void **state)
{
	struct advisory_file_result result;
	int calls = 0;
	struct advisory_file_sink sink = {stop, NULL, &calls};
	size_t len;
	char *data = load("kev.json", &len);

	(void)state;
	assert_int_equal(advisory_file_read(data, len, &sink, &result), ERR_FULL);
	assert_int_equal(calls, 1);
	free(data);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(kev_is_read),
		cmocka_unit_test(nvd_is_read),
		cmocka_unit_test(csaf_is_read),
		cmocka_unit_test(ranges_of_versions_are_read),
		cmocka_unit_test(files_that_are_none_are_refused),
		cmocka_unit_test(cut_files_do_no_harm),
		cmocka_unit_test(the_caller_may_end_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
