/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Advisories as NVD has them: of most models a few with one range; of Cisco's systems hundreds,
 * each with a list of some hundred versions; of Fortinet's hundreds of ranges. A page of NVD's API
 * is made of them, read, indexed, and 20,000 devices with different models and versions are held
 * against it.
 */
#include "keepwatch/advisory.h"
#include "keepwatch/advisory_file.h"
#include "keepwatch/buf.h"
#include "keepwatch/version.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
	ADVISORIES = 30000,
	DEVICES = 20000,
	MODELS = 4000,
	CISCO = 600,
	VERSIONS = 250,
	FORTI = 400,
	MATCHES = 64,
	PAIRS = 200000
};

/* Time of the processor: others may run at the same time. */
static uint64_t
cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static double
ms_since(uint64_t start_ns)
{
	return (double)(cpu_ns() - start_ns) / 1e6;
}

static void
put_match(struct buf *out, bool *is_first, const char *fmt, unsigned a, unsigned b, unsigned c)
{
	buf_puts(out, *is_first ? "" : ",");
	*is_first = false;
	buf_puts(out, "{\"vulnerable\":true,\"criteria\":\"cpe:2.3:o:");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	buf_printf(out, fmt, a, b, c);
#pragma GCC diagnostic pop
	buf_puts(out, "}");
}

static void
put_record(struct buf *out, unsigned i)
{
	bool is_first = true;

	buf_printf(out,
		   "%s{\"cve\":{\"id\":\"CVE-2020-%05u\",\"published\":\"2020-01-01T00:00:00.000\","
		   "\"lastModified\":\"2021-01-01T00:00:00.000\",\"vulnStatus\":\"Analyzed\","
		   "\"descriptions\":[{\"lang\":\"en\",\"value\":\"Something is wrong with it.\"}],"
		   "\"configurations\":[{\"nodes\":[{\"operator\":\"OR\",\"cpeMatch\":[",
		   i > 0 ? ",\n" : "", i);
	if (i < CISCO) {
		for (unsigned k = 0; k < VERSIONS; k++)
			put_match(out, &is_first, "cisco:ios_xe:17.%u.%u%c:*:*:*:*:*:*:*\"",
				  k / 26 + i % 3, k % 26, 'a' + i % 4);
	} else if (i < CISCO + FORTI) {
		for (unsigned k = 0; k < 3; k++)
			put_match(out, &is_first,
				  "fortinet:fortios:*:*:*:*:*:*:*:*\",\"versionStartIncluding\":"
				  "\"7.%u.0\",\"versionEndExcluding\":\"7.%u.%u\"",
				  k, k, i % 15);
	} else {
		for (unsigned k = 0; k < 4; k++)
			put_match(out, &is_first,
				  "hikvision:ds-2cd%u-i_firmware:*:*:*:*:*:*:*:*\","
				  "\"versionEndExcluding\":\"5.%u.%u\"",
				  1000 + (i * 7 + k) % MODELS, i % 8, i % 90);
	}
	buf_puts(out, "]}]}]}}");
}

static int
take(void *arg, const struct advisory *advisory)
{
	return advisory_set_add(arg, advisory);
}

static void
match_all(const struct advisory_set *set, const char *what, unsigned every)
{
	uint64_t start = cpu_ns(), worst = 0;
	size_t found = 0, devices = 0;

	for (unsigned i = 0; i < DEVICES; i += every) {
		struct advisory_match matches[MATCHES];
		char model[40], firmware[40];
		struct advisory_subject subject = {"HIKVISION", model, firmware};
		uint64_t one = cpu_ns();

		snprintf(model, sizeof(model), "DS-2CD%u-I", 1000 + i % MODELS);
		snprintf(firmware, sizeof(firmware), "V5.%u.%u build 1807%02u", i % 6, i % 80,
			 1 + i % 28);
		if (what[0] == 'C') {
			subject.vendor = "Cisco";
			snprintf(model, sizeof(model), "C9300-%uT", i);
			snprintf(firmware, sizeof(firmware), "17.%u.%ua", i % 12, i % 26);
		} else if (what[0] == 'F') {
			subject.vendor = "Fortinet";
			snprintf(model, sizeof(model), "FGT_%uE", i);
			snprintf(firmware, sizeof(firmware), "v7.%u.%u,build0%u", i % 3, i % 15,
				 i % 999);
		}
		found += advisory_match(set, &subject, matches, MATCHES);
		devices++;
		one = cpu_ns() - one;
		worst = one > worst ? one : worst;
	}
	printf("%-32s %8.1f us a device, at most %.0f us; %.1f matches\n", what,
	       ms_since(start) * 1000 / (double)devices, (double)worst / 1000,
	       (double)found / (double)devices);
}

static void
compare_versions(void)
{
	static const char *const pairs[][3] = {
		{"Hikvision", "V5.5.61 build 180718", "V5.5.800 build 210628"},
		{"Cisco", "12.2(55)SE3", "12.2(55)SE12"},
		{"Juniper", "20.4R3-S2.6", "20.4R3-S10"},
		{"Axis", "10.12.199", "11.9.60"},
	};
	uint64_t start = cpu_ns();
	long sum = 0;

	for (unsigned i = 0; i < PAIRS; i++) {
		const char *const *pair = pairs[i % 4];
		int order = 0;

		(void)version_compare(pair[0], pair[1], pair[2], &order);
		sum += order;
	}
	printf("%-32s %8.2f us (%ld)\n", "version_compare", ms_since(start) * 1000 / PAIRS, sum);
}

int
main(void)
{
	struct advisory_file_result result;
	struct advisory_set *set;
	struct advisory_file_sink sink = {.take = take};
	struct mallinfo2 before, after;
	struct buf page;
	uint64_t start;

	buf_init(&page, ADVISORY_FILE_MAX);
	buf_puts(&page, "{\"format\":\"NVD_CVE\",\"version\":\"2.0\",\"vulnerabilities\":[");
	for (unsigned i = 0; i < ADVISORIES; i++)
		put_record(&page, i);
	buf_puts(&page, "]}");
	if (page.error != 0 || advisory_set_new(&set) != 0)
		return 1;
	before = mallinfo2();
	sink.arg = set;
	start = cpu_ns();
	if (advisory_file_read(page.data, page.len, &sink, &result) != 0) {
		fprintf(stderr, "%s\n", result.words);
		return 1;
	}
	after = mallinfo2();
	printf("%-32s %8.1f ms for %zu advisories, %.1f MB; %.1f MB kept\n", "reading and indexing",
	       ms_since(start), result.taken, (double)page.len / 1e6,
	       (double)(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / 1e6);
	buf_fini(&page);
	match_all(set, "Hikvision cameras", 1);
	match_all(set, "Cisco IOS XE, lists of versions", 10);
	match_all(set, "Fortinet FortiOS, 1,200 ranges", 10);
	compare_versions();
	advisory_set_free(set);
	return 0;
}
