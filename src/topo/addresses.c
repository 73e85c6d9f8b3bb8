/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which MAC answers for a device's address. A new one while the old is still alive elsewhere is a
 * duplicate address; a new one after the old has gone is another device in its place.
 */
#include "topo_impl.h"

#include "keepwatch/err.h"

#include <string.h>

enum {
	ANSWERS = 8,
	LINGER_MS = 330 * 1000,
	FORGET_MS = 3600 * 1000,
	STATION_SURE = 2,
	NOISY_READINGS = 3,
	ODD_MIN = 4,
	ODD_PRIOR = 50
}; /* FDB ageing (IEEE 802.1Q: 300 s), and some */

#define ODD_SHARE 0.04

struct answers {
	uint32_t stations[ANSWERS];
	uint32_t orders[ANSWERS];
	int64_t at_ms[ANSWERS];
	size_t count;
};

/* Another MAC than the established one that answers. */
struct other {
	uint32_t station, order;
	int64_t read_ms; /* when the table was read that has it */
	bool is_old_answering;
};

struct sight {
	bool is_live;	/* on a port that is up, in a table that is fresh */
	bool is_surely; /* alone on such a port, or named by a neighbour: it is there now */
	struct place place;
};

/* A switch whose FDB was read of late is at the other end: what comes from there it must have on a
 * port of its own. Rows outlive the station (FDBs age for minutes), so that the path to it may
 * still be there when its end is not. */
static bool
is_read_beyond(const struct topo *topo, const struct port *port)
{
	const struct node *peer;

	if (port->peer == NONE32)
		return false;
	peer = topo->nodes[port->peer];
	return peer->fdb_count > 0 && topo->now_ms - peer->fdb_ms <= topo->params.fdb_age_ms;
}

static struct sight
look(const struct topo *topo, uint32_t s)
{
	const struct station *station = &topo->stations[s];
	const uint32_t *refs = station_refs(station);
	struct sight sight = {.place = {NONE32, NONE16}};

	for (uint32_t i = 0; i < station->ref_count && i < REFS_MANY; i++) {
		const struct node *node = topo->nodes[ref_node(refs[i])];
		uint16_t p = node->ports[ref_port(refs[i])].agg;
		const struct port *port = &node->ports[p];

		if (port_is_down(port) || topo->now_ms - node->fdb_ms > topo->params.fdb_age_ms)
			continue;
		if (topo_port_is_between(port)) {
			sight.is_live = sight.is_live || !is_read_beyond(topo, port);
			continue;
		}
		sight.is_live = true;
		if (sight.place.node == NONE32 || port->group_stations == 1) {
			sight.place = (struct place){ref_node(refs[i]), p};
			sight.is_surely = port->group_stations == 1;
		}
	}
	return sight;
}

static void
answers_list(const struct topo *topo, const struct device_state *dev, struct answers *out)
{
	out->count = 0;
	for (uint32_t i = dev->claims; i != NONE32; i = topo->claims[i].next_of_device) {
		const struct claim *claim = &topo->claims[i];
		const struct station *station = &topo->stations[claim->station];
		bool is_again = false;

		if (claim->origin >= ORIGIN_NODE || claim->origin == ORIGIN_KEPT)
			continue;
		/* A switch or router that answers for others is a proxy. */
		if (station->is_node && station->owner != (uint32_t)(dev - topo->devs))
			continue;
		for (size_t k = 0; k < out->count && !is_again; k++)
			is_again = out->stations[k] == claim->station;
		if (is_again || out->count == ANSWERS)
			continue;
		out->stations[out->count] = claim->station;
		out->at_ms[out->count] = claim->origin == ORIGIN_HOST
						 ? topo->host_arp_ms
						 : topo->nodes[ORIGIN_ARP - claim->origin]->arp_ms;
		out->orders[out->count++] = claim->order;
	}
}

static bool
is_told(const struct topo *topo, const struct device_state *dev, uint32_t station)
{
	for (uint32_t i = dev->claims; i != NONE32; i = topo->claims[i].next_of_device) {
		if (topo->claims[i].origin >= ORIGIN_NODE && topo->claims[i].station == station)
			return true;
	}
	return false;
}

int
topo_establish(struct topo *topo, uint32_t d, uint32_t station, bool is_sure)
{
	uint32_t former = topo->devs[d].station;

	topo->devs[d].station = station;
	topo->devs[d].station_count = is_sure ? STATION_SURE : 1;
	topo_claims_drop(topo, d, ORIGIN_KEPT, &station, 1);
	if (former != NONE32 && former != station)
		topo_owner_settle(topo, former);
	topo_owner_settle(topo, station);
	return is_sure ? topo_claim_add(topo, d, station, ORIGIN_KEPT, topo->now_ms) : 0;
}

/* Read twice, it is the device's until another takes its place, even if nobody tells it for a
 * while; a single row may have been wrong. */
static int
station_confirm(struct topo *topo, uint32_t d, int64_t read_ms)
{
	struct device_state *dev = &topo->devs[d];

	if (dev->station_count >= STATION_SURE || read_ms <= dev->station_ms)
		return 0;
	dev->station_ms = read_ms;
	if (++dev->station_count < STATION_SURE)
		return 0;
	return topo_claim_add(topo, d, dev->station, ORIGIN_KEPT, topo->now_ms);
}

static void
mac_words(char *buffer, size_t size, const struct topo *topo, uint32_t station,
	  const struct sight *sight)
{
	struct words words = words_open(buffer, size);

	words_mac(&words, topo->stations[station].mac);
	if (sight->place.node != NONE32) {
		words_add(&words, " at ");
		words_place(&words, topo, sight->place);
	}
}

static void
detail_words(char *buffer, size_t size, const struct topo *topo, const struct device_state *dev,
	     uint32_t new, const char *detail)
{
	const struct station *station = &topo->stations[new];
	struct words words = words_open(buffer, size);

	words_add(&words, detail);
	if (station->owner != NONE32 && &topo->devs[station->owner] != dev) {
		words_add(&words, "; the other is ");
		words_add(&words, topo->devs[station->owner].name);
	}
}

static int
replaced_event(struct topo *topo, struct device_state *dev, uint32_t new,
	       const struct sight *old_sight, const struct sight *new_sight, const char *detail)
{
	char from[VIEW_LONG_TEXT], to[VIEW_LONG_TEXT], why[TOPO_WHY];

	mac_words(from, sizeof(from), topo, dev->station, old_sight);
	mac_words(to, sizeof(to), topo, new, new_sight);
	detail_words(why, sizeof(why), topo, dev, new, detail);
	return topo_replaced_tell(topo, dev, from, to, why, topo->now_ms);
}

static int
duplicate_event(struct topo *topo, const struct device_state *dev, uint32_t new,
		const struct sight *old_sight, const struct sight *new_sight, const char *detail)
{
	struct topo_event *event =
		topo_event_add(topo, TOPO_EVENT_DUPLICATE_IP, dev->id, topo->now_ms);

	if (event == NULL)
		return ERR_NOMEM;
	mac_words(event->from, sizeof(event->from), topo, dev->station, old_sight);
	mac_words(event->to, sizeof(event->to), topo, new, new_sight);
	detail_words(event->detail, sizeof(event->detail), topo, dev, new, detail);
	return 0;
}

/* A device of the fleet whose own address is answered by another MAC now has taken another
 * address: that is no duplicate. */
static bool
holder_has_left(const struct topo *topo, uint32_t station, uint32_t self)
{
	for (uint32_t i = topo->stations[station].claims; i != NONE32;
	     i = topo->claims[i].next_of_station) {
		const struct claim *claim = &topo->claims[i];

		if (claim->device != self && claim->origin < ORIGIN_NODE &&
		    claim->origin != ORIGIN_KEPT)
			return false;
	}
	return topo->stations[station].owner != NONE32 && topo->stations[station].owner != self &&
	       topo->stations[station].rank == 1;
}

/* Whether ARP says wrong things in general: then one more is no news. */
static bool
is_arp_noisy(const struct topo *topo)
{
	return topo->fdb_error >= NOISY ||
	       (topo->oddly_answered >= ODD_MIN &&
		topo->oddly_answered > ODD_SHARE * (topo->answered + ODD_PRIOR));
}

/* How many tables have this MAC for its address. */
static unsigned
tables_with(const struct topo *topo, const struct device_state *dev, uint32_t station)
{
	unsigned count = 0;

	for (uint32_t i = dev->claims; i != NONE32; i = topo->claims[i].next_of_device)
		count += topo->claims[i].station == station &&
			 topo->claims[i].origin < ORIGIN_NODE &&
			 topo->claims[i].origin != ORIGIN_KEPT;
	return count;
}

/* Two that are alive answer: told once, when two readings had the other. */
static int
duplicate_check(struct topo *topo, struct device_state *dev, const struct other *other,
		const struct sight *old, const struct sight *now)
{
	bool is_sure = other->is_old_answering || old->is_surely ||
		       topo->now_ms - dev->replace_ms > LINGER_MS;

	if (dev->duplicate_station != other->station ||
	    other->read_ms - dev->duplicate_ms > FORGET_MS) {
		dev->duplicate_station = other->station;
		dev->duplicate_count = 0;
		dev->duplicate_ms = 0;
	}
	if (other->read_ms > dev->duplicate_ms) {
		dev->duplicate_ms = other->read_ms;
		dev->duplicate_count++;
	}
	if (!is_sure || dev->is_duplicate || old->place.node == NONE32 ||
	    now->place.node == NONE32 || dev->duplicate_count < 2)
		return 0;
	if (is_arp_noisy(topo) &&
	    (tables_with(topo, dev, other->station) < 2 || dev->duplicate_count < NOISY_READINGS))
		return 0;
	dev->is_duplicate = true;
	/* What went on before the start has been told. */
	if (dev->is_station_restored && !dev->has_answered)
		return 0;
	return duplicate_event(topo, dev, other->station, old, now,
			       other->is_old_answering
				       ? "ARP has both for its address"
				       : "ARP has another MAC for its address, and both are alive");
}

/* Where tables are often wrong: read again and again, and not denied by the device. */
static bool
is_new_credible(const struct topo *topo, const struct device_state *dev, const struct other *other)
{
	if (is_told(topo, dev, dev->station))
		return false;
	return dev->replace_doubt >=
	       (is_told(topo, dev, other->station) ? NOISY_READINGS - 1 : NOISY_READINGS);
}

static int
other_answers(struct topo *topo, uint32_t d, const struct other *other, bool *is_pending)
{
	struct device_state *dev = &topo->devs[d];
	uint32_t owner = topo->stations[other->station].owner;
	struct sight old = look(topo, dev->station), now = look(topo, other->station);
	bool is_same_port = now.place.node != NONE32 && now.place.node == dev->place.node &&
			    now.place.port == dev->place.port;
	int err = 0;

	if (dev->replace_station != other->station) {
		dev->replace_station = other->station;
		dev->replace_doubt = 0;
		dev->replace_ms = topo->now_ms;
		dev->replace_read_ms = 0;
	}
	*is_pending = true;
	if (old.is_live && now.is_live &&
	    (old.place.node != now.place.node || old.place.port != now.place.port) &&
	    !holder_has_left(topo, other->station, d))
		return duplicate_check(topo, dev, other, &old, &now);
	if (old.is_live || other->is_old_answering)
		return 0;
	/* A device of the fleet that has its own address does not replace another. */
	if (owner != NONE32 && owner != d && !holder_has_left(topo, other->station, d))
		return 0;
	/* The old is gone. At the same port that is sure at once; else it must last. */
	if (other->read_ms > dev->replace_read_ms) {
		dev->replace_read_ms = other->read_ms;
		dev->replace_doubt++;
	}
	if (is_arp_noisy(topo) ? !is_new_credible(topo, dev, other)
			       : !is_same_port && dev->replace_doubt < 2)
		return 0;
	/* A switch that was replaced says so itself. */
	if (dev->node == NONE32)
		err = replaced_event(
			topo, dev, other->station, &old, &now,
			is_same_port ? "another MAC answers for its address, at the same port"
				     : "another MAC answers for its address");
	if (err == 0)
		err = topo_establish(topo, d, other->station, true);
	dev->is_duplicate = false;
	dev->replace_station = NONE32;
	*is_pending = false;
	return err;
}

static uint32_t
told_station(const struct topo *topo, uint32_t d)
{
	const struct device_state *dev = &topo->devs[d];
	uint32_t best = NONE32;

	for (uint32_t i = dev->claims; i != NONE32; i = topo->claims[i].next_of_device) {
		const struct claim *claim = &topo->claims[i];
		const struct station *station = &topo->stations[claim->station];

		if (claim->origin < ORIGIN_NODE || station->owner != d)
			continue;
		if (best == NONE32 || topo->stations[best].ref_count == 0 ||
		    (station->ref_count > 0 && claim->station < best))
			best = claim->station;
	}
	return best;
}

static void
answers_count(struct topo *topo, struct device_state *dev, bool is_answered, bool is_odd)
{
	topo->answered += (uint32_t)is_answered - (uint32_t)dev->is_answered;
	topo->oddly_answered += (uint32_t)is_odd - (uint32_t)dev->is_oddly_answered;
	dev->is_answered = is_answered;
	dev->is_oddly_answered = is_odd;
}

int
topo_address_check(struct topo *topo, uint32_t d, bool *is_pending)
{
	struct device_state *dev = &topo->devs[d];
	struct answers answers;
	uint32_t latest = NONE32;
	struct other other = {.station = NONE32};
	int64_t latest_ms = topo->now_ms; /* of the reading that has the latest */
	uint32_t order = 0;
	int err = 0;

	answers_list(topo, dev, &answers);
	for (size_t i = 0; i < answers.count; i++) {
		const struct station *station = &topo->stations[answers.stations[i]];

		if (answers.stations[i] == dev->station) {
			other.is_old_answering = true;
			if (station_confirm(topo, d, answers.at_ms[i]) != 0)
				return ERR_NOMEM;
		} else if (other.station == NONE32 || answers.orders[i] > other.order) {
			other.station = answers.stations[i];
			other.order = answers.orders[i];
			other.read_ms = answers.at_ms[i];
		}
		if ((station->owner == d || station->owner == NONE32) && !station->is_shared &&
		    answers.orders[i] > order) {
			order = answers.orders[i];
			latest = answers.stations[i];
			latest_ms = answers.at_ms[i];
		}
	}
	/* Nothing else may happen before a table is read again that has not changed. */
	*is_pending = answers.count > 0 && dev->station_count < STATION_SURE;
	answers_count(topo, dev, answers.count > 0,
		      dev->station != NONE32 && other.station != NONE32);
	if (dev->station == NONE32) {
		if (latest == NONE32 && dev->node == NONE32)
			latest = told_station(topo, d);
		dev->station_ms = latest_ms;
		return latest != NONE32
			       ? topo_establish(topo, d, latest, is_told(topo, dev, latest))
			       : 0;
	}
	if (other.station != NONE32 && is_told(topo, dev, other.station) &&
	    is_told(topo, dev, dev->station)) {
		/* One of its own interfaces instead of another. */
		if (!other.is_old_answering)
			err = topo_establish(topo, d, other.station, true);
	} else if (other.station != NONE32 && !other.is_old_answering &&
		   dev->station_count < STATION_SURE) {
		dev->station_ms = latest_ms;
		if (latest != NONE32)
			err = topo_establish(topo, d, latest, false);
	} else if (other.station != NONE32) {
		err = other_answers(topo, d, &other, is_pending);
	} else if (answers.count == 0 && told_station(topo, d) != NONE32 &&
		   !is_told(topo, dev, dev->station) && dev->node == NONE32) {
		/* Nobody has it in ARP; the device itself tells another MAC. */
		other.station = told_station(topo, d);
		other.read_ms = topo->now_ms;
		err = other_answers(topo, d, &other, is_pending);
	} else {
		dev->replace_station = NONE32;
		dev->replace_doubt = 0;
		if (other.is_old_answering && topo->now_ms - dev->duplicate_ms > FORGET_MS)
			dev->is_duplicate = false;
	}
	if (answers.count > 0)
		dev->has_answered = true;
	return err;
}
