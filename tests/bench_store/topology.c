/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The topology of the whole fleet: the first commit of all links in one batch, all of them
 * confirmed again with and without a write, a round of port tables, moves, the start, and a tree
 * for a person.
 */
#include "fleet.h"

#include "keepwatch/reader_topology.h"
#include "keepwatch/store_topology.h"

#include <stdio.h>
#include <sys/stat.h>

enum { PORTS = 48, MOVES = 100 };

static void
fill_links(struct bench *b, struct store_batch *batch, uint32_t first, uint32_t count,
	   uint32_t shift)
{
	for (uint32_t i = first; i < first + count; i++) {
		struct topo_link link = {
			.device = 1 + i,
			.parent = 1 + i / PORTS,
			.if_index = 1 + (i + shift) % PORTS,
			.source = TOPO_FDB,
			.confidence = 95,
			.vlan = 120,
			.mac = 0x00408c000000 + i,
			.first_seen_ms = shift == 0 ? 1 : b->now_ms,
			.confirmed_ms = b->now_ms,
			.why = "its MAC is learned on this port alone, which leads to no switch",
		};

		snprintf(link.port, sizeof(link.port), "GigabitEthernet1/0/%u", link.if_index);
		bench_check(store_batch_link(batch, &link), "link", "");
	}
}

static void
fill_ports(struct bench *b, struct store_batch *batch, uint32_t device, uint32_t restless_mw)
{
	struct topo_port ports[PORTS];

	for (uint32_t i = 0; i < PORTS; i++) {
		ports[i] = (struct topo_port){
			.if_index = 1 + i,
			.role = ROLE_EDGE,
			.admin = 1,
			.oper = 1,
			.duplex = DUPLEX_FULL,
			.stp = STP_FORWARDING,
			.poe_status = POE_DELIVERING,
			.poe_class = 3,
			.poe_mw = 5000 + restless_mw,
			.pvid = 120,
			.stations = 1,
			.speed_mbps = 1000,
			.changed_ms = 1,
			.neighbour = "axis-00408c010203 eth0 (lldp)",
		};
		snprintf(ports[i].name, sizeof(ports[i].name), "GigabitEthernet1/0/%u", 1 + i);
		snprintf(ports[i].alias, sizeof(ports[i].alias), "camera %u", 1 + i);
	}
	bench_check(store_batch_ports(batch, device, b->now_ms, ports, PORTS), "ports", "");
}

static void
commit_links(struct bench *b, const char *name, const char *limit)
{
	struct store_batch *batch = bench_batch();

	fill_links(b, batch, 0, b->devices, 0);
	printf("FIGURE %s-ms %.0f%s\n", name, (double)bench_commit(b, batch) / 1000, limit);
}

/* All switches once, as in ten minutes. */
static void
commit_ports(struct bench *b, const char *name)
{
	uint32_t switches = b->devices / 25;
	uint64_t cpu = bench_cpu_us(), build = 0;

	for (uint32_t i = 0; i < switches; i += 10) {
		struct store_batch *batch = bench_batch();
		uint64_t begin = bench_cpu_us();

		for (uint32_t n = i; n < i + 10 && n < switches; n++)
			fill_ports(b, batch, 1 + n, (uint32_t)(b->now_ms / 600000 % 4) * 90);
		build += bench_cpu_us() - begin;
		bench_commit(b, batch);
	}
	printf("FIGURE %s-cpu-ms %.0f (%u switches of %d ports)\n", name,
	       (double)(bench_cpu_us() - cpu - build) / 1000, switches, PORTS);
}

static int
count_link(void *arg, const struct topo_link *link)
{
	size_t *count = arg;

	*count += link->device != 0;
	return 0;
}

static void
measure_reading(struct bench *b)
{
	const struct store_topology_handlers handlers = {.link = count_link};
	char message[STORE_MESSAGE_SIZE] = "";
	struct reader *reader = NULL;
	struct reader_link_list list;
	uint64_t begin = bench_wall_us();
	size_t count = 0;

	bench_check(store_load_topology(b->store, &handlers, &count, message, sizeof(message)),
		    "load", message);
	printf("FIGURE store-topology-load-ms %.0f (%zu links)\n",
	       (double)(bench_wall_us() - begin) / 1000, count);
	bench_check(reader_open(&reader, b->path, message, sizeof(message)), "reader", message);
	begin = bench_wall_us();
	bench_check(reader_links(reader, NULL, &list), "links", reader_error(reader));
	printf("FIGURE store-topology-read-ms %.0f (%zu links)\n",
	       (double)(bench_wall_us() - begin) / 1000, list.count);
	reader_link_list_fini(&list);
	begin = bench_wall_us();
	bench_check(reader_links_at(reader, NULL, b->now_ms, &list), "links", reader_error(reader));
	printf("FIGURE store-topology-read-at-ms %.0f\n", (double)(bench_wall_us() - begin) / 1000);
	reader_link_list_fini(&list);
	reader_close(reader);
}

void
measure_topology(struct bench *b)
{
	struct store_batch *batch;
	struct store_size size;

	for (uint32_t first = 0; first < b->devices; first += 1000) {
		batch = bench_batch();
		bench_declare(b, batch, first, 1000);
		bench_commit(b, batch);
	}
	commit_links(b, "store-topology-first", " (limit 1000)");
	b->now_ms += 600000;
	commit_links(b, "store-topology-unchanged", "");
	b->now_ms += 3600000;
	commit_links(b, "store-topology-hourly", "");
	commit_ports(b, "store-ports-first");
	b->now_ms += 600000;
	commit_ports(b, "store-ports-unchanged");
	batch = bench_batch();
	fill_links(b, batch, 1000, MOVES, 1);
	printf("FIGURE store-topology-%d-moves-ms %.1f\n", MOVES,
	       (double)bench_commit(b, batch) / 1000);
	measure_reading(b);
	store_get_size(b->store, &size);
	printf("FIGURE store-topology-database-bytes %llu\n",
	       (unsigned long long)size.database_bytes);
}
