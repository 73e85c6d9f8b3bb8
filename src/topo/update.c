/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Works off what has come in: names to devices, the tree if it may have changed, the roles of
 * ports, then the devices whose evidence has changed. How many rows are wrong is counted on the
 * way, over all devices whose place is known: that is what confidence rests on.
 */
#include "topo_impl.h"

#include "keepwatch/err.h"

#include <math.h>

enum { PRIOR_ROWS = 400, AHEAD = 4 };
#define PRIOR_FDB  2.0 /* wrong rows among the PRIOR_ROWS */
#define PRIOR_LLDP 1.2
#define LEAST_FDB  0.0035
#define LEAST_LLDP 0.0021
#define RATE_MOST  0.4
#define STEP	   1.5 /* a rate must change so much before it is taken over */

static uint64_t
tree_hash(const struct topo *topo)
{
	uint64_t hash = TOPO_HASH_START;

	for (size_t n = 0; n < topo->node_count; n++) {
		const struct node *node = topo->nodes[n];
		uint64_t row[] = {node->parent, node->up_port, node->parent_port, node->component};

		hash = topo_hash(hash, row, sizeof(row));
	}
	return topo_hash(hash, &topo->root, sizeof(topo->root));
}

static int
tree_update(struct topo *topo)
{
	uint64_t hash;
	int err = topo_tree_build(topo);

	if (err != 0)
		return err;
	topo->is_tree_dirty = false;
	topo_spares_find(topo);
	topo_spares_mark(topo);
	hash = tree_hash(topo);
	for (size_t n = 0; n < topo->node_count; n++) {
		struct node *node = topo->nodes[n];

		if (node->dev != NONE32)
			err = topo_dirty(topo, node->dev);
		if (err != 0)
			return err;
		node->is_dirty = true;
	}
	if (hash != topo->tree_hash)
		topo->is_all_dirty = true;
	topo->tree_hash = hash;
	return 0;
}

/* Takes a rate over by steps, so that confidences do not change with every row. */
static bool
rate_take(double *rate, double wrong, double checked, double prior, double least)
{
	double now = (prior + wrong) / (PRIOR_ROWS + checked);

	if (now > RATE_MOST)
		now = RATE_MOST;
	/* Nothing is so right that it need not be seen twice. */
	if (now < least)
		now = least;
	if (now < *rate * STEP && now > *rate / STEP)
		return false;
	*rate = now;
	return true;
}

static bool
rates_update(struct topo *topo)
{
	double lldp_wrong = (double)topo->lldp_opposing;
	double both = (double)(topo->lldp_opposing + topo->lldp_agreeing);
	bool is_changed =
		rate_take(&topo->fdb_error, (double)topo->opposing,
			  (double)(topo->opposing + topo->agreeing), PRIOR_FDB, LEAST_FDB);

	/* Where neighbour and FDB disagree, either may be wrong. */
	lldp_wrong -= both * topo->fdb_error;
	if (rate_take(&topo->lldp_error, lldp_wrong > 0 ? lldp_wrong : 0, both, PRIOR_LLDP,
		      LEAST_LLDP))
		is_changed = true;
	topo_scores_set(topo);
	return is_changed;
}

static void
rates_count(struct topo *topo, struct device_state *dev, const struct finding *found)
{
	topo->agreeing += found->agreeing - (uint64_t)dev->agreeing;
	topo->opposing += found->opposing - (uint64_t)dev->opposing;
	dev->agreeing = found->agreeing;
	dev->opposing = found->opposing;
	if (dev->lldp_verdict > 0)
		topo->lldp_agreeing--;
	else if (dev->lldp_verdict < 0)
		topo->lldp_opposing--;
	dev->lldp_verdict = found->lldp_verdict;
	if (dev->lldp_verdict > 0)
		topo->lldp_agreeing++;
	else if (dev->lldp_verdict < 0)
		topo->lldp_opposing++;
}

static int
await_more(struct topo *topo, uint32_t d, bool is_pending)
{
	struct device_state *dev = &topo->devs[d];

	if (dev->is_waiting || (!is_pending && dev->pending_count == 0 && dev->contra_doubt == 0 &&
				dev->vlan_doubt == 0))
		return 0;
	dev->is_waiting = true;
	return topo_wait(topo, d);
}

static int
device_update(struct topo *topo, uint32_t d)
{
	struct device_state *dev = &topo->devs[d];
	const struct node *node = dev->node != NONE32 ? topo->nodes[dev->node] : NULL;
	struct finding found;
	bool is_pending;
	int err;

	if (!dev->is_used)
		return 0;
	topo_place_sync(topo, d);
	err = topo_address_check(topo, d, &is_pending);
	if (err != 0)
		return err;
	if (node != NULL && node->parent != NONE32) {
		err = topo_uplink_settle(topo, dev->node);
		if (err == 0)
			err = topo_spare_settle(topo, dev->node);
		return err != 0 ? err : await_more(topo, d, is_pending);
	}
	if (node != NULL && dev->node == topo->root)
		return topo_root_settle(topo, d);
	topo_find_place(topo, dev, &found);
	rates_count(topo, dev, &found);
	err = topo_link_settle(topo, d, &found);
	if (err != 0)
		return err;
	if (found.is_fresh && found.place.node == dev->place.node &&
	    found.place.port == dev->place.port)
		dev->is_restored = false;
	if (dev->place.node != NONE32 && dev->place.port != NONE16 &&
	    (topo->params.security_kinds >> dev->kind & 1) != 0 &&
	    !topo->nodes[dev->place.node]->ports[dev->place.port].is_watched)
		topo->nodes[dev->place.node]->is_learning = true;
	err = await_more(topo, d, is_pending);
	return err != 0 ? err : topo_vlan_check(topo, d);
}

static uint32_t
station_likely(const struct topo *topo, uint32_t d)
{
	const struct device_state *dev = &topo->devs[d];

	if (dev->station != NONE32 || dev->claims == NONE32)
		return dev->station;
	return topo->claims[dev->claims].station;
}

/* What the next but a few will need first is fetched meanwhile. */
static void
look_ahead(const struct topo *topo, uint32_t d)
{
	uint32_t station;

	if (d + AHEAD * 4 >= topo->dev_count)
		return;
	__builtin_prefetch(&topo->devs[d + AHEAD * 4].claims);
	if (topo->devs[d + AHEAD * 3].claims != NONE32)
		__builtin_prefetch(&topo->claims[topo->devs[d + AHEAD * 3].claims]);
	station = station_likely(topo, d + AHEAD * 2);
	if (station != NONE32)
		__builtin_prefetch(&topo->stations[station]);
	station = station_likely(topo, d + AHEAD);
	if (station != NONE32)
		__builtin_prefetch(station_refs(&topo->stations[station]));
}

static int
devices_update(struct topo *topo)
{
	size_t count = topo->is_all_dirty ? topo->dev_count : topo->dirty_count;
	bool is_all = topo->is_all_dirty;
	int err = 0;

	topo->is_all_dirty = false;
	for (size_t i = 0; i < count && err == 0; i++) {
		uint32_t d = is_all ? (uint32_t)i : topo->dirty[i];

		if (is_all)
			look_ahead(topo, d);
		err = device_update(topo, d);
		/* What an update makes dirty again is worked off, too, but not for ever. */
		if (!is_all && topo->dirty_count > count && topo->dirty_count < count * 2 + 16)
			count = topo->dirty_count;
	}
	for (size_t i = 0; i < topo->dirty_count; i++)
		topo->devs[topo->dirty[i]].is_dirty = false;
	topo->dirty_count = 0;
	return err;
}

/* Those that wait for a second reading are looked at again each time. */
static int
waiting_wake(struct topo *topo)
{
	int err = 0;

	for (size_t i = 0; i < topo->waiting_count && err == 0; i++) {
		topo->devs[topo->waiting[i]].is_waiting = false;
		err = topo_dirty(topo, topo->waiting[i]);
	}
	topo->waiting_count = 0;
	return err;
}

/* Once an hour, links that nothing has confirmed grow older. */
static int
age(struct topo *topo)
{
	int err = 0;

	if (topo->now_ms / HOUR_MS == topo->hour)
		return 0;
	topo->hour = topo->now_ms / HOUR_MS;
	for (uint32_t d = 0; d < topo->dev_count && err == 0; d++) {
		const struct device_state *dev = &topo->devs[d];

		if (dev->link != NULL &&
		    topo->now_ms - dev->link->confirmed_ms > topo->params.fdb_age_ms)
			err = topo_dirty(topo, d);
	}
	return err;
}

static int
work(struct topo *topo)
{
	int err = 0;

	if (topo->is_heard_dirty)
		topo_heard_resolve(topo);
	if (topo->is_tree_dirty)
		err = tree_update(topo);
	for (size_t n = 0; n < topo->node_count; n++) {
		if (topo->nodes[n]->is_dirty && topo->nodes[n]->dev != NONE32)
			topo_roles_set(topo, topo->nodes[n]);
	}
	topo_routers_list(topo);
	if (err == 0)
		err = waiting_wake(topo);
	if (err == 0)
		err = age(topo);
	if (err == 0)
		err = devices_update(topo);
	return err;
}

int
topo_update(struct topo *topo, int64_t now_ms, struct topo_changes *out)
{
	struct topo_event *queued;
	size_t cap;
	int err;

	topo->now_ms = now_ms;
	topo->out_link_count = topo->out_gone_count = topo->out_event_count = 0;
	topo->out_switch_count = topo->out_station_count = 0;
	(void)topo_seconds(topo, now_ms);
	err = work(topo);
	if (err == 0 && rates_update(topo)) {
		topo->is_all_dirty = true;
		topo->is_tree_dirty = true;
		err = work(topo);
	}
	if (err == 0)
		err = topo_watch(topo);
	for (size_t n = 0; n < topo->node_count && err == 0; n++) {
		struct node *node = topo->nodes[n];

		if (node->is_told_dirty && node->dev != NONE32)
			err = topo_ports_tell(topo, node);
	}
	if (err != 0) {
		topo->is_all_dirty = true;
		return err;
	}
	/* The queue becomes what goes out, and the other way round. */
	queued = topo->out_events;
	cap = topo->out_event_cap;
	topo->out_events = topo->queued;
	topo->out_event_cap = topo->queued_cap;
	topo->out_event_count = topo->queued_count;
	topo->queued = queued;
	topo->queued_cap = cap;
	topo->queued_count = 0;
	*out = (struct topo_changes){
		.links = topo->out_links,
		.link_count = topo->out_link_count,
		.gone = topo->out_gone,
		.gone_count = topo->out_gone_count,
		.events = topo->out_events,
		.event_count = topo->out_event_count,
		.switches = topo->out_switches,
		.switch_count = topo->out_switch_count,
		.stations = topo->out_stations,
		.station_count = topo->out_station_count,
	};
	return 0;
}
