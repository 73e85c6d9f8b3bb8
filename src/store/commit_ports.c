/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ports of switches, what a switch is known by, and stations on security ports, in a commit. Values
 * that move all the time (watts, stations on an uplink) are written when they moved by a good deal,
 * else with the note, about once an hour, that the switch was read.
 */
#include "store.h"

#include "keepwatch/err.h"
#include "topology_rows.h"

#include <stdlib.h>
#include <string.h>

enum {
	SEEN_EVERY_MS = 3600 * 1000,
	SEEN_SPREAD_MS = 30 * 1000,   /* times id % 32: not all switches at once */
	WATTS_STEP_MW = 500,	      /* and a tenth */
	STATIONS_FEW = 8,	      /* up to here each counts: such a port has devices */
	CHANGED_SLACK_MS = 10 * 1000, /* it is reckoned from two clocks, in hundredths of seconds */
	STATIONS_MAX = 4096,	      /* stored of one port */
};

struct port_rows {
	struct topo_port *items;
	size_t count, cap;
};

static int
read_row(struct sql_call *call, void *item, void *arg)
{
	(void)arg;
	port_row_read(call, 0, item);
	return 0;
}

static int
read_rows(struct store *store, uint32_t device, struct port_rows *rows)
{
	struct sql_call call = store_call(store, STMT_PORT_LIST,
					  "SELECT " PORT_COLUMNS " FROM port WHERE device = ?"
					  " ORDER BY device, if_index");

	rows->count = 0;
	sql_put_int(&call, device);
	return SQL_COLLECT(&call, rows, read_row, NULL);
}

static int
put_row(struct store *store, uint32_t device, const struct topo_port *port)
{
	struct sql_call call =
		store_call(store, STMT_PORT_PUT,
			   "INSERT OR REPLACE INTO port (device, " PORT_COLUMNS ") VALUES"
			   " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

	sql_put_int(&call, device);
	port_row_bind(&call, port);
	return sql_run(&call);
}

static int
delete_row(struct store *store, uint32_t device, uint32_t if_index)
{
	struct sql_call call = store_call(store, STMT_PORT_DELETE,
					  "DELETE FROM port WHERE device = ? AND if_index = ?");

	sql_put_int(&call, device);
	sql_put_int(&call, if_index);
	return sql_run(&call);
}

static uint64_t
distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static bool
is_near_mw(uint32_t stored, uint32_t now)
{
	uint64_t moved = distance(stored, now);

	if (stored == VIEW_UNKNOWN_MW || now == VIEW_UNKNOWN_MW)
		return stored == now;
	return moved < WATTS_STEP_MW || moved * 10 < stored;
}

/* Of a port with many, which leads to other switches, a quarter. */
static bool
is_near_stations(uint32_t stored, uint32_t now)
{
	if (stored <= STATIONS_FEW || now <= STATIONS_FEW)
		return stored == now;
	return distance(stored, now) * 4 < stored;
}

/* A time that is not known is not near one that is. */
static bool
is_near_change(int64_t stored, int64_t now)
{
	return stored == now ||
	       (stored != 0 && now != 0 && llabs(stored - now) <= CHANGED_SLACK_MS);
}

/* True if the port is worth a write now. */
static bool
has_changed(const struct topo_port *stored, const struct topo_port *now, bool is_due)
{
	struct topo_port smooth = *now;

	if (is_near_change(stored->changed_ms, now->changed_ms))
		smooth.changed_ms = stored->changed_ms;
	if (!is_due && is_near_mw(stored->poe_mw, now->poe_mw))
		smooth.poe_mw = stored->poe_mw;
	if (!is_due && is_near_stations(stored->stations, now->stations))
		smooth.stations = stored->stations;
	return !topo_port_same(stored, &smooth);
}

static int
get_seen(struct store *store, uint32_t device, int64_t *seen_ms)
{
	struct sql_call call = store_call(store, STMT_SWITCH_SEEN,
					  "SELECT ports_seen FROM switch WHERE device = ?");

	*seen_ms = 0;
	sql_put_int(&call, device);
	if (sql_row(&call))
		*seen_ms = sql_int(&call, 0);
	return sql_done(&call);
}

static int
put_seen(struct store *store, uint32_t device, int64_t at_ms)
{
	struct sql_call call =
		store_call(store, STMT_SWITCH_PUT_SEEN,
			   "INSERT INTO switch (device, ports_seen) VALUES (?, ?) ON CONFLICT"
			   " (device) DO UPDATE SET ports_seen = excluded.ports_seen");

	sql_put_int(&call, device);
	sql_put_int(&call, at_ms);
	return sql_run(&call);
}

/* Goes through what is stored and what was read side by side, both by if_index. */
static int
compare_all(struct store *store, const struct batch_ports *ports, const struct port_rows *rows,
	    bool is_due)
{
	size_t at = 0, n = 0;
	int rc = 0;

	while (rc == 0 && (n < ports->count || at < rows->count)) {
		const struct topo_port *stored = at < rows->count ? &rows->items[at] : NULL;
		const struct topo_port *port = n < ports->count ? &ports->items[n] : NULL;

		if (port == NULL || (stored != NULL && stored->if_index < port->if_index)) {
			rc = delete_row(store, ports->device, stored->if_index);
			at++;
			continue;
		}
		if (stored == NULL || stored->if_index > port->if_index) {
			rc = put_row(store, ports->device, port);
		} else {
			at++;
			if (has_changed(stored, port, is_due))
				rc = put_row(store, ports->device, port);
		}
		n++;
	}
	return rc;
}

int
commit_ports(struct store *store, const struct store_batch *batch)
{
	struct port_rows rows = {0};
	int rc = 0;

	for (size_t i = 0; i < batch->ports.count && rc == 0; i++) {
		const struct batch_ports *ports = &batch->ports.items[i];
		int64_t seen_ms = 0;
		bool is_due = false;

		rc = get_seen(store, ports->device, &seen_ms);
		if (rc == 0)
			rc = read_rows(store, ports->device, &rows);
		if (rc != 0)
			break;
		is_due = llabs(ports->at_ms - seen_ms) >=
			 SEEN_EVERY_MS + (int64_t)(ports->device % 32) * SEEN_SPREAD_MS;
		rc = compare_all(store, ports, &rows, is_due);
		if (rc == 0 && is_due)
			rc = put_seen(store, ports->device, ports->at_ms);
	}
	free(rows.items);
	return rc;
}

static int
commit_identity(struct store *store, const struct topo_identity *identity)
{
	char mac[MAC_TEXT_SIZE];
	struct sql_call call = store_call(
		store, STMT_SWITCH_PUT,
		"INSERT INTO switch (device, bridge_mac, chassis_id, serial) VALUES (?, ?, ?, ?)"
		" ON CONFLICT (device) DO UPDATE SET bridge_mac = excluded.bridge_mac,"
		" chassis_id = excluded.chassis_id, serial = excluded.serial"
		" WHERE (bridge_mac, chassis_id, serial) IS NOT"
		" (excluded.bridge_mac, excluded.chassis_id, excluded.serial)");

	sql_put_int(&call, identity->device);
	sql_put_text(&call, mac_row_text(identity->bridge_mac, mac));
	sql_put_text(&call, identity->chassis_id);
	sql_put_text(&call, identity->serial);
	return sql_run(&call);
}

int
commit_identities(struct store *store, const struct store_batch *batch)
{
	int rc = 0;

	for (size_t i = 0; i < batch->identities.count && rc == 0; i++)
		rc = commit_identity(store, &batch->identities.items[i]);
	return rc;
}

/* Somebody who sends from made-up addresses cannot fill the database through one port. */
static int
commit_station(struct store *store, const struct topo_station *station)
{
	char mac[MAC_TEXT_SIZE];
	struct sql_call call =
		store_call(store, STMT_STATION_PUT,
			   "INSERT INTO station (device, if_index, mac, first_seen)"
			   " SELECT ?1, ?2, ?3, ?4 WHERE (SELECT count(*) FROM station"
			   " WHERE device = ?1 AND if_index = ?2) < ?5 ON CONFLICT DO NOTHING");

	sql_put_int(&call, station->device);
	sql_put_int(&call, station->if_index);
	sql_put_text(&call, mac_row_text(station->mac, mac));
	sql_put_int(&call, station->first_seen_ms);
	sql_put_int(&call, STATIONS_MAX);
	return sql_run(&call);
}

int
commit_stations(struct store *store, const struct store_batch *batch)
{
	int rc = 0;

	for (size_t i = 0; i < batch->stations.count && rc == 0; i++)
		rc = commit_station(store, &batch->stations.items[i]);
	return rc;
}
