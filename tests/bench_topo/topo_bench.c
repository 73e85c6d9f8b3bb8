/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the inference costs for a large fleet: sites with a router, 100 switches and 2,500 devices
 * each, made up by tests/topo. See run.sh.
 */
#include "../topo/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { SITES = 20, INCREMENTS = 400, INCREMENT_LIMIT_US = 1000, FULL_LIMIT_MS = 200 };

struct reading {
	uint32_t id;
	struct switch_view *view;
};

struct bench {
	struct topo *topo;
	struct sim *sites[SITES];
	struct reading *readings;
	size_t count, switches, devices, rows;
	int64_t now_ms;
};

/* CPU time: others may be working on the machine. */
static uint64_t
now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000U + (uint64_t)ts.tv_nsec / 1000;
}

static void
check(int rc)
{
	if (rc != 0) {
		fprintf(stderr, "topo_bench: failed with %d\n", rc);
		exit(1);
	}
}

static void
declare(struct bench *b, const struct sim *sim)
{
	for (uint32_t i = 0; i < sim->count; i++) {
		const struct sim_box *box = &sim->boxes[i];
		char name[48];
		struct topo_device device = {
			.id = box->id,
			.name = name,
			.kind = box->device_kind,
			.ip = sim_ip(box->ip),
		};
		struct topo_mac mac = {.mac = box->macs[0], .interface = "eth0"};

		if (box->id == 0)
			continue;
		snprintf(name, sizeof(name), "%s-%x", box->name, sim->first_ip >> 24);
		check(topo_device_put(b->topo, &device));
		if (box->tells_macs)
			check(topo_macs_put(b->topo, box->id, 1, &mac, 1, b->now_ms));
		topo_set_alive(b->topo, box->id, !box->is_dark, b->now_ms);
		b->switches += box->kind == SIM_SWITCH;
		b->devices += box->kind == SIM_END;
	}
}

static void
read_site(struct bench *b, const struct sim *sim)
{
	for (uint32_t i = 0; i < sim->count; i++) {
		struct switch_view *view = sim->boxes[i].id == 0 ? NULL : sim_view(sim, i, NULL);

		if (view == NULL)
			continue;
		b->readings[b->count++] = (struct reading){sim->boxes[i].id, view};
		b->rows += view->fdb_count;
	}
}

static const struct topo_params params = {
	.fdb_age_ms = 15 * 60 * 1000,
	.link_age_ms = INT64_C(7) * 86400 * 1000,
	.security_kinds = 1U << KIND_CAMERA | 1U << KIND_DOOR,
};

static void
build(struct bench *b)
{
	struct sim_size size = {.distribution = 8,
				.access = 12,
				.ports = 64,
				.fill_permille = 1000,
				.is_site = true};
	const struct sim_box *monitor;

	b->topo = topo_new(&params);
	if (b->topo == NULL)
		check(-1);
	b->readings = calloc(4096, sizeof(*b->readings));
	if (b->readings == NULL)
		check(-1);
	b->now_ms = INT64_C(1700000000000);
	for (uint32_t i = 0; i < SITES; i++) {
		size.site = i;
		size.first_id = i * 10000;
		size.first_mac = i * 20000;
		b->sites[i] = sim_new(i + 1, &size);
		sim_learn(b->sites[i]);
		sim_learn(b->sites[i]);
		declare(b, b->sites[i]);
		read_site(b, b->sites[i]);
	}
	monitor = &b->sites[0]->boxes[b->sites[0]->monitor];
	check(topo_monitor_put(b->topo, monitor->macs, 1, NULL, 0, b->now_ms));
}

static int
compare(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static void
print_share(const struct bench *b)
{
	size_t right = 0, all = 0;

	for (size_t s = 0; s < SITES; s++) {
		const struct sim *sim = b->sites[s];

		for (uint32_t i = 0; i < sim->count; i++) {
			struct sim_place places[SIM_PLACES_MAX];
			const struct topo_link *link;
			size_t count;

			if (sim->boxes[i].kind != SIM_END || sim->boxes[i].id == 0 ||
			    sim->boxes[i].is_dark)
				continue;
			all++;
			link = topo_link_of(b->topo, sim->boxes[i].id);
			count = sim_truth(sim, i, places);
			for (size_t n = 0; n < count && link != NULL; n++) {
				if (places[n].parent == link->parent &&
				    places[n].if_index == link->if_index) {
					right++;
					break;
				}
			}
		}
	}
	printf("FIGURE topo-right-percent %.2f of %zu lit devices\n",
	       100.0 * (double)right / (double)all, all);
}

/* One switch is read again, after its traffic has gone on: what an agent does most of the time. */
static void
measure_increments(struct bench *b, bool is_changed, const char *name)
{
	static uint64_t times[INCREMENTS], puts[INCREMENTS];
	struct topo_changes changes;
	struct sim_random random = {7};

	for (size_t i = 0; i < INCREMENTS; i++) {
		const struct reading *reading =
			&b->readings[sim_below(&random, (uint32_t)b->count)];
		struct switch_view *view = reading->view;
		uint64_t begin, middle;

		/* a station is elsewhere on the switch: what another port learned */
		if (is_changed && view->fdb_count > 2)
			view->fdb[sim_below(&random, (uint32_t)view->fdb_count)].if_index =
				view->fdb[sim_below(&random, (uint32_t)view->fdb_count)].if_index;
		b->now_ms += 300;
		begin = now_us();
		check(topo_view_put(b->topo, reading->id, view, b->now_ms));
		middle = now_us();
		check(topo_update(b->topo, b->now_ms, &changes));
		times[i] = now_us() - begin;
		puts[i] = middle - begin;
	}
	qsort(times, INCREMENTS, sizeof(*times), compare);
	qsort(puts, INCREMENTS, sizeof(*puts), compare);
	printf("FIGURE %s-us %llu, of which taking the view %llu; p95 %llu, worst %llu (limit "
	       "%d)\n",
	       name, (unsigned long long)times[INCREMENTS / 2],
	       (unsigned long long)puts[INCREMENTS / 2],
	       (unsigned long long)times[INCREMENTS * 95 / 100],
	       (unsigned long long)times[INCREMENTS - 1], INCREMENT_LIMIT_US);
}

int
main(void)
{
	struct bench b = {0};
	struct topo_changes changes;
	uint64_t begin, put, update;
	size_t spares = 0;

	build(&b);
	printf("%zu switches, %zu devices, %zu views, %zu rows of forwarding tables\n", b.switches,
	       b.devices, b.count, b.rows);
	begin = now_us();
	for (size_t i = 0; i < b.count; i++)
		check(topo_view_put(b.topo, b.readings[i].id, b.readings[i].view, b.now_ms));
	put = now_us() - begin;
	begin = now_us();
	check(topo_update(b.topo, b.now_ms, &changes));
	update = now_us() - begin;
	printf("FIGURE topo-views-first-ms %.1f (%.0f us a view)\n", (double)put / 1000,
	       (double)put / (double)b.count);
	for (size_t i = 0; i < changes.link_count; i++)
		spares += changes.links[i].is_spare;
	printf("FIGURE topo-full-ms %.1f (limit %d), %zu links, %zu of them spare\n",
	       (double)update / 1000, FULL_LIMIT_MS, changes.link_count, spares);
	topo_set_params(b.topo, &params);
	b.now_ms += 1000;
	begin = now_us();
	check(topo_update(b.topo, b.now_ms, &changes));
	printf("FIGURE topo-full-again-ms %.1f, %zu links\n", (double)(now_us() - begin) / 1000,
	       changes.link_count);
	print_share(&b);
	printf("FIGURE topo-memory-bytes %zu (%.0f a row of a forwarding table)\n",
	       topo_memory(b.topo), (double)topo_memory(b.topo) / (double)b.rows);
	measure_increments(&b, false, "topo-increment-same");
	measure_increments(&b, true, "topo-increment-changed");
	for (size_t i = 0; i < b.count; i++)
		switch_view_free(b.readings[i].view);
	for (size_t i = 0; i < SITES; i++)
		sim_free(b.sites[i]);
	free(b.readings);
	topo_free(b.topo);
	return 0;
}
