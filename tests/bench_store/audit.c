/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The first audit of a fleet: every device breaks several rules at once, and has a ledger. Then
 * that it goes on, that a person reads it, and a start.
 */
#include "fleet.h"

#include "keepwatch/fleet.h"
#include "keepwatch/reader_audit.h"
#include "keepwatch/reader_incident.h"
#include "keepwatch/store_audit.h"
#include "keepwatch/store_incident.h"

#include <stdio.h>

enum { PER_DEVICE = 5, PASSWORDS = 2, HOUR_MS = 3600 * 1000 };

static void
checkpoint(struct bench *b)
{
	while (store_maintain(b->store, &(struct store_retention){0}, b->now_ms, NULL,
			      (char[STORE_MESSAGE_SIZE]){0}, STORE_MESSAGE_SIZE) != 0)
		continue;
}

static void
fill_findings(struct bench *b, struct store_batch *batch, bool is_resolved)
{
	static const enum finding_rule rules[PER_DEVICE] = {RULE_FIRMWARE_OLD, RULE_PORT_OPEN,
							    RULE_PORT_OPEN, RULE_PASSWORD_AGE,
							    RULE_EXPLOITED};

	for (uint32_t n = 0; n < b->devices * PER_DEVICE; n++) {
		struct finding finding = {
			.rule = rules[n % PER_DEVICE],
			.severity = finding_rule_severity(rules[n % PER_DEVICE]),
			.node = 1 + n / PER_DEVICE,
			.since_ms = b->now_ms - (is_resolved ? 3 * HOUR_MS : 0),
			.confirmed_ms = b->now_ms,
			.resolved_ms = is_resolved ? b->now_ms : 0,
			.evidence = "firmware 9.80.1 of AXIS P3245-LVE is below 10.12.114 "
				    "(keepwatch.yaml:31)",
		};

		snprintf(finding.instance, sizeof(finding.instance), "%u", n % PER_DEVICE);
		bench_check(store_batch_finding(batch, &finding, "cam-00001"), "finding", "");
	}
}

static void
fill_ledger(struct bench *b, struct store_batch *batch)
{
	for (uint32_t n = 0; n < b->devices * PASSWORDS; n++) {
		struct ledger_entry entry = {
			.device = 1 + n / PASSWORDS,
			.use = n % PASSWORDS == 0 ? USE_ONVIF : USE_SNMP,
			.account = "admin",
			.first_proven_ms = b->now_ms - HOUR_MS,
			.last_proven_ms = b->now_ms,
		};

		snprintf(entry.proof, sizeof(entry.proof), "%032x", n / 3);
		bench_check(store_batch_ledger(batch, &entry), "ledger", "");
	}
}

static void
commit(struct bench *b, const char *name, struct store_batch *batch)
{
	double mib = (double)store_batch_bytes(batch) / 1048576;
	uint64_t cpu = bench_cpu_us(), wall = bench_commit(b, batch);

	printf("FIGURE store-audit-%s-ms %.1f (cpu %.1f, batch %.1f MiB)\n", name,
	       (double)wall / 1000, (double)(bench_cpu_us() - cpu) / 1000, mib);
	checkpoint(b);
	b->now_ms += HOUR_MS;
}

static int
count_finding(void *arg, const struct finding *finding)
{
	*(int64_t *)arg += finding->confirmed_ms > 0;
	return 0;
}

static int
count_entry(void *arg, const struct ledger_entry *entry)
{
	*(int64_t *)arg += entry->device > 0;
	return 0;
}

static void
measure_load(struct bench *b)
{
	const struct store_incident_handlers findings = {.finding = count_finding};
	const struct store_audit_handlers ledger = {.ledger = count_entry};
	char message[STORE_MESSAGE_SIZE] = "";
	uint64_t begin = bench_wall_us();
	int64_t count = 0;

	bench_check(
		store_load_incidents(b->store, &findings, &count, NULL, message, sizeof(message)),
		"load", message);
	bench_check(store_load_audit(b->store, &ledger, &count, message, sizeof(message)), "load",
		    message);
	printf("FIGURE store-audit-load-ms %.1f (%ld rows)\n",
	       (double)(bench_wall_us() - begin) / 1000, (long)count);
}

static void
told(const char *name, uint64_t begin, size_t count)
{
	printf("FIGURE store-audit-read-%s-ms %.1f (%zu rows)\n", name,
	       (double)(bench_wall_us() - begin) / 1000, count);
}

static void
measure_readers(struct bench *b)
{
	struct reader_finding_query query = READER_FINDINGS_OPEN;
	struct reader_coverage_list coverage;
	char message[READER_MESSAGE_SIZE] = "";
	struct reader_finding_list findings;
	struct reader_ledger_list ledger;
	struct reader_unit_list units;
	struct reader *reader = NULL;
	uint64_t begin;

	bench_check(reader_open(&reader, b->path, message, sizeof(message)), "reader", message);
	begin = bench_wall_us();
	bench_check(reader_findings(reader, &query, &findings), "findings", reader_error(reader));
	told("findings", begin, findings.count);
	begin = bench_wall_us();
	bench_check(reader_ledger(reader, NULL, &ledger), "ledger", reader_error(reader));
	told("ledger", begin, ledger.count);
	begin = bench_wall_us();
	bench_check(reader_units(reader, NULL, &units), "units", reader_error(reader));
	told("units", begin, units.count);
	begin = bench_wall_us();
	bench_check(reader_coverage(reader, NULL, &coverage), "coverage", reader_error(reader));
	told("coverage", begin, coverage.count);
	reader_finding_list_fini(&findings);
	reader_ledger_list_fini(&ledger);
	reader_unit_list_fini(&units);
	reader_coverage_list_fini(&coverage);
	reader_close(reader);
}

void
measure_audit(struct bench *b)
{
	struct store_batch *batch;

	for (uint32_t first = 0; first < b->devices; first += 1000) {
		batch = bench_batch();
		bench_declare(b, batch, first, 1000);
		bench_commit(b, batch);
	}
	checkpoint(b);
	batch = bench_batch();
	fill_findings(b, batch, false);
	commit(b, "first", batch);
	batch = bench_batch();
	fill_findings(b, batch, false);
	commit(b, "rows-confirmed", batch);
	for (int i = 0; i < 2; i++) {
		batch = bench_batch();
		for (uint32_t id = 1; id <= b->devices; id++)
			bench_check(store_batch_findings_confirmed(batch, id, STORE_AUDIT_RULES,
								   b->now_ms),
				    "confirmed", "");
		commit(b, "confirmed", batch);
	}
	batch = bench_batch();
	fill_ledger(b, batch);
	commit(b, "ledger", batch);
	measure_load(b);
	measure_readers(b);
	batch = bench_batch();
	fill_findings(b, batch, true);
	commit(b, "resolved", batch);
}
