/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rounds of reading, and the score.
 */
#include "sim_play.h"

#include "keepwatch/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECURITY_KINDS \
	(1U << KIND_CAMERA | 1U << KIND_DOOR | 1U << KIND_INTERCOM | 1U << KIND_ENCODER)

enum { ORIGIN_TOLD = 1, READS_PER_UPDATE = 3 };

unsigned
play_bucket_from(unsigned bucket)
{
	static const unsigned from[PLAY_BUCKETS] = {0, 30, 50, 60, 70, 80, 90, 95};

	return from[bucket];
}

/* A device says which MACs it has; one in some tells one that is not its alone. */
void
play_tell_macs(struct play *play, uint32_t at)
{
	const struct sim_box *box = &play->sim->boxes[at];
	struct topo_mac macs[SIM_MACS_MAX + 1] = {0};
	size_t count = 0;

	if (box->id == 0 || !box->tells_macs || box->is_dark)
		return;
	for (; count < box->mac_count; count++) {
		macs[count].mac = box->macs[count];
		snprintf(macs[count].interface, sizeof(macs[count].interface), "eth%zu", count);
	}
	if (box->told_mac != 0)
		macs[count++].mac = box->told_mac;
	if (topo_macs_put(play->topo, box->id, ORIGIN_TOLD, macs, count, play->now_ms) != 0)
		abort();
}

static void
declare(struct play *play, uint32_t at)
{
	const struct sim_box *box = &play->sim->boxes[at];
	struct topo_device device = {
		.id = box->id,
		.name = box->name,
		.kind = box->device_kind,
		.ip = sim_ip(box->ip),
	};

	if (box->id == 0)
		return;
	if (topo_device_put(play->topo, &device) != 0)
		abort();
	play_tell_macs(play, at);
	topo_set_alive(play->topo, box->id, !box->is_dark, play->now_ms);
}

/* Where the monitor itself is, as its host would tell. */
static void
place_monitor(struct play *play)
{
	const struct sim *sim = play->sim;
	const struct sim_box *box = &sim->boxes[sim->monitor];
	struct ipaddr gateway = {0};

	if (sim->router != SIM_NONE)
		gateway = sim_ip(sim->boxes[sim->router].ip);
	if (topo_monitor_put(play->topo, box->macs, 1, &gateway, sim->router != SIM_NONE,
			     play->now_ms) != 0)
		abort();
}

static struct topo *
make_topo(void)
{
	const struct topo_params params = {
		.fdb_age_ms = 15 * 60 * 1000,
		.link_age_ms = INT64_C(7) * 86400 * 1000,
		.security_kinds = SECURITY_KINDS,
	};
	struct topo *topo = topo_new(&params);

	if (topo == NULL)
		abort();
	return topo;
}

void
play_begin(struct play *play, uint64_t seed, const struct sim_size *size,
	   const struct sim_damage *damage, struct play_score *score)
{
	*play = (struct play){
		.sim = sim_new(seed, size),
		.topo = make_topo(),
		.random = {seed ^ 0x706c6179},
		.now_ms = INT64_C(1700000000000),
		.score = score,
		.seed = seed,
	};
	if (damage != NULL) {
		play->damage = *damage;
		play->damage.seed ^= seed * 0x2545F4914F6CDD1DU;
		play->is_damaged = true;
	}
	for (uint32_t i = 0; i < play->sim->count; i++)
		declare(play, i);
	place_monitor(play);
}

void
play_end(struct play *play)
{
	topo_free(play->topo);
	sim_free(play->sim);
	free(play->stations);
	*play = (struct play){0};
}

void
play_restart(struct play *play)
{
	struct topo *former = play->topo;

	play->topo = make_topo();
	for (uint32_t i = 0; i < play->sim->count; i++)
		declare(play, i);
	place_monitor(play);
	for (uint32_t i = 0; i < play->sim->count; i++) {
		uint32_t id = play->sim->boxes[i].id;
		const struct topo_link *link = id == 0 ? NULL : topo_link_of(former, id);
		struct topo_identity identity;

		if (link != NULL && topo_restore(play->topo, link) != 0)
			abort();
		if (id != 0 && topo_identity_of(former, id, &identity) &&
		    topo_restore_switch(play->topo, &identity) != 0)
			abort();
	}
	for (size_t i = 0; i < play->station_count; i++) {
		if (topo_restore_station(play->topo, &play->stations[i]) != 0)
			abort();
	}
	topo_free(former);
}

static uint32_t
box_of(const struct sim *sim, uint32_t id)
{
	for (uint32_t i = 0; i < sim->count; i++) {
		if (sim->boxes[i].id == id)
			return i;
	}
	return SIM_NONE;
}

/* True if something of this type was done to the fleet's device not long ago. */
static bool
was_done(const struct play *play, enum topo_event_type type, uint32_t id)
{
	for (size_t i = 0; i < play->expected_count; i++) {
		const struct play_expected *expected = &play->expected[i];

		if (expected->type == type && expected->id == id &&
		    expected->round + PLAY_WINDOW >= play->sim->round)
			return true;
	}
	return false;
}

/* A newcomer anywhere when something has happened is no false one; nor is a device that went along
 * with its switch, of which nobody could be asked. */
static bool
is_excused(const struct play *play, const struct topo_event *event)
{
	const struct sim *sim = play->sim;

	if (event->type == TOPO_EVENT_MOVED) {
		for (uint32_t at = box_of(sim, event->device); at != SIM_NONE;
		     at = sim->boxes[at].parent) {
			if (sim->boxes[at].id != event->device &&
			    was_done(play, TOPO_EVENT_UPLINK_CHANGED, sim->boxes[at].id) &&
			    !sim->boxes[at].has_snmp)
				return true;
		}
	}
	if (event->type != TOPO_EVENT_NEW_MAC)
		return false;
	for (size_t i = 0; i < play->expected_count; i++) {
		if (play->expected[i].round + PLAY_WINDOW > sim->round)
			return true;
	}
	return false;
}

static void
note_event(struct play *play, const struct topo_event *event)
{
	struct play_event_tally *tally = &play->score->events[event->type];
	bool is_known = false;
	uint32_t box;

	for (size_t i = 0; i < play->expected_count; i++) {
		struct play_expected *expected = &play->expected[i];

		if (expected->type != event->type || expected->id != event->device ||
		    expected->round + PLAY_WINDOW < play->sim->round)
			continue;
		if (!expected->is_found)
			tally->found++;
		expected->is_found = is_known = true;
	}
	if (is_known || is_excused(play, event))
		return;
	tally->false_ones++;
	box = box_of(play->sim, event->device);
	if (play->is_loud)
		printf("# seed %" PRIu64 " round %u: false %s of %s: %s -> %s (%s)\n", play->seed,
		       play->sim->round, topo_event_type_name(event->type),
		       box == SIM_NONE ? "?" : play->sim->boxes[box].name, event->from, event->to,
		       event->detail);
}

static void
update(struct play *play)
{
	struct topo_changes changes;

	if (topo_update(play->topo, play->now_ms, &changes) != 0)
		abort();
	for (size_t i = 0; i < changes.event_count; i++)
		note_event(play, &changes.events[i]);
	if (mem_grow(&play->stations, &play->station_cap,
		     play->station_count + changes.station_count, sizeof(*play->stations)) != 0)
		abort();
	for (size_t i = 0; i < changes.station_count; i++)
		play->stations[play->station_count++] = changes.stations[i];
}

/* The neighbour table of the monitor's host: what is in its own network. */
static void
put_host_arp(struct play *play)
{
	const struct sim *sim = play->sim;
	const struct sim_box *monitor = &sim->boxes[sim->monitor];
	struct view_arp *rows = calloc(sim->count, sizeof(*rows));
	size_t count = 0;

	if (rows == NULL)
		abort();
	for (size_t i = 0; i < sim->count; i++) {
		const struct sim_box *box = &sim->boxes[i];

		if (box->ip == 0 || box->ip >> 16 != monitor->ip >> 16 || box->is_dark ||
		    !box->is_attached || i == sim->monitor || box->id == 0)
			continue;
		rows[count] = (struct view_arp){.ip = sim_ip(box->ip), .mac = box->macs[0]};
		if (box->ip == sim->duplicate_ip && sim->round % 2 == 1)
			rows[count].mac = sim->duplicate_mac;
		count++;
	}
	if (topo_host_arp_put(play->topo, rows, count, play->now_ms) != 0)
		abort();
	free(rows);
}

void
play_round(struct play *play)
{
	struct sim *sim = play->sim;
	uint32_t *order = calloc(sim->count, sizeof(*order));
	unsigned reads = 0;

	if (order == NULL)
		abort();
	sim_learn(sim);
	put_host_arp(play);
	for (uint32_t i = 0; i < sim->count; i++)
		order[i] = i;
	for (uint32_t i = (uint32_t)sim->count; i > 1; i--) {
		uint32_t other = sim_below(&play->random, i), swap = order[i - 1];

		order[i - 1] = order[other];
		order[other] = swap;
	}
	for (uint32_t i = 0; i < sim->count; i++) {
		const struct sim_box *box = &sim->boxes[order[i]];
		struct switch_view *view =
			box->id == 0
				? NULL
				: sim_view(sim, order[i], play->is_damaged ? &play->damage : NULL);

		if (view == NULL)
			continue;
		play->now_ms += 1000;
		if (topo_view_put(play->topo, box->id, view, play->now_ms) != 0)
			abort();
		switch_view_free(view);
		if (++reads % READS_PER_UPDATE == 0)
			update(play);
	}
	play->now_ms += SIM_ROUND_S * 1000 - reads % SIM_ROUND_S * 1000;
	update(play);
	free(order);
}

bool
play_is_right(const struct play *play, uint32_t at, const struct topo_link *link)
{
	struct sim_place places[SIM_PLACES_MAX];
	size_t count = sim_truth(play->sim, at, places);

	for (size_t i = 0; i < count; i++) {
		if (places[i].parent == link->parent && places[i].if_index == link->if_index)
			return true;
	}
	return false;
}

static void
print_wrong(const struct play *play, const struct sim_box *box, uint32_t at,
	    const struct topo_link *link)
{
	struct sim_place places[SIM_PLACES_MAX] = {0};
	size_t count = sim_truth(play->sim, at, places);
	uint32_t seen = box_of(play->sim, link->parent);
	uint32_t truth = count == 0 ? SIM_NONE : box_of(play->sim, places[0].parent);

	printf("# seed %" PRIu64 " round %u: %s is on %s %u, put on %s %u (%s, %u %%): %s\n",
	       play->seed, play->sim->round, box->name,
	       truth == SIM_NONE ? "nothing" : play->sim->boxes[truth].name, places[0].if_index,
	       seen == SIM_NONE ? link->parent_name : play->sim->boxes[seen].name, link->if_index,
	       link->port, link->confidence, link->why);
}

static void
judge(struct play *play, uint32_t at, struct play_tally *tally)
{
	const struct sim_box *box = &play->sim->boxes[at];
	const struct topo_link *link = topo_link_of(play->topo, box->id);
	struct sim_place places[SIM_PLACES_MAX];
	/* Only behind which router it is says of no port that it is there. */
	bool is_placed = link != NULL && link->parent != 0 && link->source != TOPO_ARP &&
			 link->source != TOPO_ROUTE;
	bool is_right, is_high;
	unsigned bucket = 0;

	tally->count++;
	if (!is_placed) {
		/* what is above everything hangs nowhere */
		if (sim_truth(play->sim, at, places) == 0) {
			tally->right++;
			return;
		}
		tally->missing++;
		if (play->is_loud && !play->is_damaged && !box->is_dark)
			printf("# seed %" PRIu64 " round %u: %s is put nowhere\n", play->seed,
			       play->sim->round, box->name);
		return;
	}
	is_right = play_is_right(play, at, link);
	is_high = link->confidence >= TOPO_CONFIDENCE_HIGH;
	while (bucket + 1 < PLAY_BUCKETS && link->confidence >= play_bucket_from(bucket + 1))
		bucket++;
	play->score->sure[bucket]++;
	play->score->sure_right[bucket] += is_right;
	tally->right += is_right;
	tally->wrong += !is_right;
	tally->high += is_high;
	tally->wrong_high += is_high && !is_right;
	if (!is_right && (!play->is_damaged || is_high) && play->is_loud)
		print_wrong(play, box, at, link);
}

void
play_judge(struct play *play)
{
	struct play_score *score = play->score;

	for (uint32_t i = 0; i < play->sim->count; i++) {
		const struct sim_box *box = &play->sim->boxes[i];

		if (box->id == 0 || !box->is_attached)
			continue;
		judge(play, i,
		      box->is_dark					   ? &score->dark
		      : box->kind == SIM_SWITCH || box->kind == SIM_ROUTER ? &score->switches
									   : &score->devices);
	}
}

void
play_judge_events(struct play *play)
{
	for (size_t i = 0; i < play->expected_count; i++) {
		const struct play_expected *expected = &play->expected[i];
		uint32_t box = box_of(play->sim, expected->id);

		play->score->events[expected->type].expected++;
		if (!expected->is_found && play->is_loud)
			printf("# seed %" PRIu64 ": %s of %s in round %u not noticed\n", play->seed,
			       topo_event_type_name(expected->type),
			       box == SIM_NONE ? "?" : play->sim->boxes[box].name, expected->round);
	}
	play->expected_count = 0;
}
