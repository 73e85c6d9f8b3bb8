/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Years of incidents: what a step costs, one that affects the whole fleet, the start, and what a
 * person asks: the open ones, one with all that belongs to it, those of a device and of a site.
 */
#include "fleet.h"

#include "keepwatch/reader_incident.h"
#include "keepwatch/store_incident.h"

#include <stdio.h>
#include <stdlib.h>

enum { INCIDENTS = 50000, OPEN = 100, STEPS = 5, DEVICES_MOST = 24, LINES = 6, FINDINGS = 100000 };

/* A step as the diagnosis makes them; the last one closes. */
static void
fill_step(struct bench *b, struct store_batch *batch, uint32_t id, int n)
{
	static const enum incident_step steps[STEPS] = {INCIDENT_OPENED, INCIDENT_GROWN,
							INCIDENT_REFINED, INCIDENT_HEALED,
							INCIDENT_CLOSED};
	struct incident_device devices[DEVICES_MOST];
	struct evidence_line lines[LINES];
	struct store_alt alts[2] = {{{VERDICT_UPLINK, {BLAME_NODE, id}, 0.2F}, "acc"}};
	uint32_t first = 1 + id * 37 % (b->devices - DEVICES_MOST);
	uint32_t count = 4 + id % (DEVICES_MOST - 4);
	struct store_incident step = {
		.incident = id,
		.step = steps[n],
		.at_ms = b->now_ms + n * 15000,
		.verdict = VERDICT_SWITCH_DOWN,
		.blame = {BLAME_NODE, first},
		.blame_name = "bldg-a-acc-3",
		.team = TEAM_IT_NETWORK,
		.confidence = 0.8F,
		.is_alert = n == 0,
		.since_ms = b->now_ms - 30000,
		.devices = devices,
		.device_count = n == 0 ? count / 2 : count,
		.evidence = lines,
		.evidence_count = n < 3 ? LINES : 0,
		.alts = alts,
		.alt_count = 2,
	};

	for (uint32_t i = 0; i < count; i++)
		devices[i] = (struct incident_device){first + i, b->now_ms - 30000,
						      n < 3 ? 0 : b->now_ms};
	for (int i = 0; i < LINES; i++) {
		lines[i] = (struct evidence_line){b->now_ms, first, 0, (float)(LINES - i), ""};
		snprintf(lines[i].text, sizeof(lines[i].text),
			 "%u of %u cameras on bldg-a-acc-3 silent within 40 s, line %d",
			 (unsigned)step.device_count, count, i);
	}
	bench_check(store_batch_incident(batch, &step), "step", "");
}

static void
fill_all(struct bench *b)
{
	uint64_t cpu = bench_cpu_us(), wall = 0;
	struct store_size size;

	for (uint32_t id = 1; id <= INCIDENTS; id += 20) {
		struct store_batch *batch = bench_batch();

		for (uint32_t i = id; i < id + 20; i++) {
			int last = i > INCIDENTS - OPEN ? 2 : STEPS;

			b->now_ms += 60000;
			for (int n = 0; n < last; n++)
				fill_step(b, batch, i, n);
		}
		wall += bench_commit(b, batch);
		if (id % 1000 == 1)
			store_maintain(b->store, &(struct store_retention){0}, b->now_ms, NULL,
				       (char[STORE_MESSAGE_SIZE]){0}, STORE_MESSAGE_SIZE);
	}
	store_get_size(b->store, &size);
	printf("FIGURE store-incident-step-us %.0f (cpu %.0f)\n", (double)wall / INCIDENTS / STEPS,
	       (double)(bench_cpu_us() - cpu) / INCIDENTS / STEPS);
	printf("FIGURE store-incident-bytes %.0f\n", (double)size.database_bytes / INCIDENTS);
}

/* The monitor is to blame: all devices at once, and then one by one answers again. */
static void
commit_whole_fleet(struct bench *b)
{
	struct incident_device *devices = calloc(b->devices, sizeof(*devices));
	const char *const names[] = {"opened", "grown", "back"};
	struct store_incident step = {.incident = INCIDENTS + 1,
				      .verdict = VERDICT_MONITOR,
				      .blame = {BLAME_NODE, 4000000000U},
				      .blame_name = "monitor",
				      .team = TEAM_MONITOR_ADMIN,
				      .devices = devices,
				      .device_count = b->devices};

	if (devices == NULL)
		abort();
	for (int n = 0; n < 3; n++) {
		struct store_batch *batch = bench_batch();

		step.at_ms = b->now_ms += 15000;
		step.step = n == 0 ? INCIDENT_OPENED : INCIDENT_GROWN;
		for (uint32_t i = 0; i < b->devices; i++)
			devices[i] = (struct incident_device){1 + i, 1, n == 2 ? b->now_ms : 0};
		devices[7].until_ms = n;
		bench_check(store_batch_incident(batch, &step), "step", "");
		printf("FIGURE store-incident-fleet-%s-ms %.1f\n", names[n],
		       (double)bench_commit(b, batch) / 1000);
	}
	free(devices);
}

/* As an audit makes them: most are resolved. */
static void
fill_findings(struct bench *b)
{
	for (uint32_t i = 0; i < FINDINGS; i += 1000) {
		struct store_batch *batch = bench_batch();

		for (uint32_t n = i; n < i + 1000; n++) {
			struct finding finding = {
				.rule = (enum finding_rule)(n % RULE_COUNT),
				.severity = (enum finding_severity)(n % FINDING_SEVERITY_COUNT),
				.node = 1 + n % b->devices,
				.port = n / b->devices,
				.since_ms = b->now_ms - 3600000,
				.confirmed_ms = b->now_ms,
				.evidence = "errors rose from 2 to 170 an hour in six days",
			};

			bench_check(store_batch_finding(batch, &finding, "cam"), "finding", "");
			finding.resolved_ms = b->now_ms;
			if (n >= 500)
				bench_check(store_batch_finding(batch, &finding, "cam"), "f", "");
		}
		bench_commit(b, batch);
	}
}

static int
count_incident(void *arg, const struct store_known_incident *incident)
{
	size_t *count = arg;

	*count += incident->device_count;
	return 0;
}

static void
list(struct reader *reader, const char *name, const struct reader_incident_query *query)
{
	struct reader_incident_list found;
	uint64_t begin = bench_wall_us();

	bench_check(reader_incidents(reader, query, &found), name, reader_error(reader));
	printf("FIGURE store-incidents-%s-ms %.1f (%zu found)\n", name,
	       (double)(bench_wall_us() - begin) / 1000, found.count);
	reader_incident_list_fini(&found);
}

/* All that `why` shows. */
static void
show_one(struct reader *reader, const char *name, uint32_t id)
{
	uint64_t begin = bench_wall_us();
	struct reader_incident_device_list devices;
	struct reader_incident_step_list steps;
	struct reader_incident_alt_list alts;
	struct reader_incident_list one;
	struct evidence_line_list lines[2];

	bench_check(reader_incident(reader, id, &one), name, "");
	bench_check(reader_incident_devices(reader, id, &devices), name, "");
	bench_check(reader_incident_steps(reader, id, &steps), name, "");
	bench_check(reader_incident_alts(reader, id, &alts), name, "");
	for (int i = 0; i < 2; i++)
		bench_check(reader_incident_lines(reader, id, 0, (enum incident_lines)i, &lines[i]),
			    name, "");
	printf("FIGURE store-incident-%s-ms %.2f (%zu devices, %zu lines)\n", name,
	       (double)(bench_wall_us() - begin) / 1000, devices.count, lines[0].count);
	reader_incident_list_fini(&one);
	reader_incident_device_list_fini(&devices);
	reader_incident_step_list_fini(&steps);
	reader_incident_alt_list_fini(&alts);
	for (int i = 0; i < 2; i++)
		evidence_line_list_fini(&lines[i]);
}

static void
list_findings(struct reader *reader, const char *name, const struct reader_finding_query *query)
{
	struct reader_finding_list found;
	uint64_t begin = bench_wall_us();

	bench_check(reader_findings(reader, query, &found), name, reader_error(reader));
	printf("FIGURE store-findings-%s-ms %.1f (%zu found)\n", name,
	       (double)(bench_wall_us() - begin) / 1000, found.count);
	reader_finding_list_fini(&found);
}

static void
measure_findings(struct bench *b, struct reader *reader)
{
	struct reader_finding_query query = READER_FINDINGS_OPEN;

	list_findings(reader, "open", &query);
	query.devices.site = "site-03";
	list_findings(reader, "open-of-site", &query);
	query.devices = READER_FILTER_ANY;
	query.with_resolved = true;
	list_findings(reader, "all", &query);
	query.devices.device = b->devices / 2;
	list_findings(reader, "of-device", &query);
}

static void
measure_queries(struct bench *b)
{
	const struct store_incident_handlers handlers = {.incident = count_incident};
	struct reader_incident_query query = READER_INCIDENTS_ALL;
	char message[STORE_MESSAGE_SIZE] = "";
	struct reader *reader = NULL;
	uint64_t begin = bench_wall_us();
	uint32_t next;
	size_t count = 0;

	bench_check(
		store_load_incidents(b->store, &handlers, &count, &next, message, sizeof(message)),
		"load", message);
	printf("FIGURE store-incidents-load-ms %.1f (%zu outages)\n",
	       (double)(bench_wall_us() - begin) / 1000, count);
	bench_check(reader_open(&reader, b->path, message, sizeof(message)), "reader", message);
	query.only_open = true;
	list(reader, "open", &query);
	list(reader, "open", &query);
	query.devices.site = "site-03";
	list(reader, "open-of-site", &query);
	query = READER_INCIDENTS_ALL;
	query.devices.device = b->devices / 2;
	list(reader, "of-device", &query);
	query = READER_INCIDENTS_ALL;
	query.limit = 100;
	list(reader, "newest", &query);
	query.limit = 0;
	query.since_ms = b->now_ms - INT64_C(7) * 86400 * 1000;
	list(reader, "week", &query);
	query.since_ms = 0;
	list(reader, "all", &query);
	show_one(reader, "shown", INCIDENTS / 2);
	show_one(reader, "shown", INCIDENTS / 3);
	show_one(reader, "fleet-shown", INCIDENTS + 1);
	measure_findings(b, reader);
	reader_close(reader);
}

void
measure_incidents(struct bench *b)
{
	for (uint32_t first = 0; first < b->devices; first += 1000) {
		struct store_batch *batch = bench_batch();

		bench_declare(b, batch, first, 1000);
		bench_commit(b, batch);
	}
	fill_all(b);
	commit_whole_fleet(b);
	fill_findings(b);
	measure_queries(b);
}
