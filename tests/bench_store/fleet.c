/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fleet that the benchmark of the store pretends to watch.
 */
#include "fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

void
bench_check(int rc, const char *what, const char *message)
{
	if (rc == 0)
		return;
	fprintf(stderr, "store_bench: %s: %d %s\n", what, rc, message);
	exit(1);
}

uint64_t
bench_wall_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t
bench_cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

size_t
bench_rss(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long total = 0, resident = 0;

	if (file != NULL) {
		if (fscanf(file, "%lu %lu", &total, &resident) != 2)
			resident = 0;
		fclose(file);
	}
	return resident * (size_t)sysconf(_SC_PAGESIZE);
}

uint32_t
bench_random(struct bench *b, uint32_t n)
{
	b->seed = b->seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)(b->seed >> 33) % n;
}

void
bench_open(struct bench *b, const char *path, uint32_t devices, int64_t now_ms)
{
	struct store_options options = {.create = true, .version = "bench", .now_ms = now_ms};
	char message[STORE_MESSAGE_SIZE] = "";

	*b = (struct bench){.path = path, .devices = devices, .seed = 1, .now_ms = now_ms};
	store_ids_init(&b->ids);
	b->fleet = fleet_new();
	bench_check(b->fleet == NULL, "no memory", "");
	b->fleet->sites = fleet_alloc(b->fleet, 40 * sizeof(*b->fleet->sites));
	bench_check(b->fleet->sites == NULL, "no memory", "");
	for (unsigned i = 0; i < 40; i++) {
		char name[32];

		snprintf(name, sizeof(name), "site-%02u", i);
		b->fleet->sites[i].name = fleet_strdup(b->fleet, name);
	}
	b->fleet->site_count = 40;
	bench_check(fleet_seal(b->fleet), "fleet", "");
	bench_check(store_open(&b->store, path, &options, message, sizeof(message)), "open",
		    message);
}

void
bench_close(struct bench *b)
{
	store_close(b->store, b->now_ms);
	store_ids_fini(&b->ids);
	fleet_free(b->fleet);
}

struct store_batch *
bench_batch(void)
{
	struct store_batch *batch = store_batch_new();

	bench_check(batch == NULL, "no memory", "");
	return batch;
}

uint64_t
bench_commit(struct bench *b, struct store_batch *batch)
{
	char message[STORE_MESSAGE_SIZE] = "";
	uint64_t begin = bench_wall_us();

	bench_check(store_commit(b->store, batch, message, sizeof(message)), "commit", message);
	begin = bench_wall_us() - begin;
	store_batch_free(batch);
	return begin;
}

void
bench_change(struct bench *b, struct store_batch *batch, uint32_t id, enum health health)
{
	struct store_state state = {
		.health = health,
		.reason = health == HEALTH_DOWN ? REASON_TIMEOUT : REASON_NONE,
		.since_ms = b->now_ms,
		.detail = "3 of 3 lost",
	};
	struct store_event event = {
		.at_ms = b->now_ms,
		.type = EVENT_DEVICE_STATE,
		.device = id,
		.probe = -1,
		.from = health == HEALTH_DOWN ? "up" : "down",
		.to = health_name(health),
		.reason = state.reason,
		.detail = state.detail,
	};
	int rc = store_batch_device_state(batch, id, &state);

	rc |= store_batch_event(batch, &event);
	event.type = EVENT_PROBE_STATE;
	for (int p = PROBE_ICMP; p <= PROBE_SNMP; p++) {
		event.probe = p;
		rc |= store_batch_probe_state(batch, id, (enum probe_id)p, &state);
		rc |= store_batch_event(batch, &event);
	}
	bench_check(rc, "change", "");
}

void
bench_inventory(struct bench *b, struct store_batch *batch, uint32_t id, unsigned firmware)
{
	struct fact_list facts = {0};
	int rc = 0;

	rc |= fact_add(&facts, FACT_VENDOR, NULL, "Axis Communications");
	rc |= fact_addf(&facts, FACT_MODEL, NULL, "P32%02u-LVE", id % 60);
	rc |= fact_addf(&facts, FACT_FIRMWARE, NULL, "10.%u.%u", id % 7, firmware);
	rc |= fact_addf(&facts, FACT_SERIAL, NULL, "ACCC8E%06X", id);
	rc |= fact_addf(&facts, FACT_HARDWARE, NULL, "7%u", id % 9);
	rc |= fact_addf(&facts, FACT_HOSTNAME, NULL, "axis-accc8e%06x", id);
	rc |= fact_addf(&facts, FACT_MAC, "eth0", "ac:cc:8e:%02x:%02x:%02x", id >> 16 & 255,
			id >> 8 & 255, id & 255);
	rc |= fact_addf(&facts, FACT_ADDRESS, "eth0", "10.%u.%u.%u", id >> 16 & 255, id >> 8 & 255,
			id & 255);
	rc |= fact_add(&facts, FACT_CLOCK_SOURCE, NULL, "ntp");
	rc |= fact_add(&facts, FACT_SERVICES, NULL,
		       "device 20.12, media 20.6, events 20.6, imaging 19.6, ptz 18.12");
	rc |= fact_add(&facts, FACT_PROFILES, NULL, "profile_1_h264, profile_1_jpeg");
	rc |= fact_addf(&facts, FACT_CLOCK_OFFSET_MS, NULL, "%d",
			(int)bench_random(b, 4000) - 2000);
	rc |= store_batch_facts(batch, id, PROBE_ONVIF, b->now_ms, &facts,
				UINT64_C(1) << FACT_MAC | UINT64_C(1) << FACT_ADDRESS);
	bench_check(rc, "inventory", "");
}

void
bench_declare(struct bench *b, struct store_batch *batch, uint32_t first, uint32_t count)
{
	for (uint32_t i = first; i < first + count && i < b->devices; i++) {
		char name[64], address[32];
		struct device device = {
			.name = name,
			.address = address,
			.kind = (enum device_kind)(i % KIND_COUNT),
			.site = (uint16_t)(i / 500 % 40),
			.owner = "physical-security",
			.upstream_switch = "hq-acc-1",
			.upstream_port = "p1",
		};
		uint32_t id;

		snprintf(name, sizeof(name), "cam-building-%u-%05u", i / 500, i);
		snprintf(address, sizeof(address), "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
		id = store_ids_get(&b->ids, name);
		bench_check(store_batch_device(batch, id, b->fleet, &device, b->now_ms), "declare",
			    "");
		bench_change(b, batch, id, HEALTH_UP);
		bench_inventory(b, batch, id, 0);
	}
}

/* Five answers of a series with an RTT of its own, some noise, now and then a loss or a spike. */
static struct rollup_acc
five_runs(struct bench *b, uint32_t base_us)
{
	struct rollup_acc acc = {0};

	for (int run = 0; run < 5; run++) {
		uint32_t noise = bench_random(b, 1 + base_us / 4);
		bool is_lost = bench_random(b, 500) == 0;

		if (bench_random(b, 50) == 0)
			noise += bench_random(b, 20 * base_us);
		rollup_add(&acc, !is_lost, 1, is_lost, is_lost ? RTT_NONE : base_us + noise);
	}
	return acc;
}

void
bench_rollups(struct bench *b, struct store_batch *batch)
{
	for (uint32_t id = 1; id <= b->devices; id++) {
		/* half a millisecond on the LAN; every tenth device is behind a WAN */
		uint32_t base = id % 10 == 0 ? 18000 + id % 97 * 100 : 250 + id % 89 * 8;
		struct rollup_acc icmp = five_runs(b, base), snmp = five_runs(b, base + 600);
		int rc = store_batch_rollup(batch, id, PROBE_ICMP, b->now_ms, &icmp);

		rc |= store_batch_rollup(batch, id, PROBE_SNMP, b->now_ms, &snmp);
		bench_check(rc, "rollup", "");
	}
}

void
bench_last_runs(struct bench *b, struct store_batch *batch)
{
	for (uint32_t id = 1; id <= b->devices; id++) {
		struct store_last last = {.outcome = OUTCOME_OK,
					  .rtt_us = 300 + bench_random(b, 900),
					  .run_ms = b->now_ms - bench_random(b, 60000)};
		int rc;

		last.answer_ms = last.run_ms;
		rc = store_batch_last(batch, id, PROBE_ICMP, &last);
		rc |= store_batch_last(batch, id, PROBE_SNMP, &last);
		bench_check(rc, "last run", "");
	}
}
