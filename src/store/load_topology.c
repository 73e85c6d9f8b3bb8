/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The topology at start: what the inference goes on from. Links, identities and stations of what is
 * still in the fleet.
 */
#include "store.h"

#include "keepwatch/err.h"
#include "keepwatch/store_topology.h"
#include "topology_rows.h"

#include <stdio.h>

static int
load_links(struct store *store, const struct store_topology_handlers *handlers, void *arg)
{
	struct sql_call call =
		sql_prepare(&store->sql, "SELECT " LINK_COLUMNS " FROM link"
					 " WHERE device IN (SELECT id FROM device WHERE removed_at"
					 " = 0) AND (parent = 0 OR parent IN (SELECT id FROM device"
					 " WHERE removed_at = 0))"
					 " ORDER BY device, spare, parent, if_index");
	uint32_t holder = 0;
	struct topo_link link;
	int rc = 0;

	while (rc == 0 && sql_row(&call)) {
		link_row_read(&call, 0, &link);
		/* no more than one of a device holds, even if the file says so */
		if (link.device == 0 || (!link.is_spare && link.device == holder))
			continue;
		if (!link.is_spare)
			holder = link.device;
		rc = handlers->link(arg, &link);
	}
	return sql_done(&call) != 0 && rc == 0 ? call.rc : rc;
}

static int
load_identities(struct store *store, const struct store_topology_handlers *handlers, void *arg)
{
	struct sql_call call =
		sql_prepare(&store->sql, "SELECT s.device, s.bridge_mac, s.chassis_id, s.serial"
					 " FROM switch s JOIN device d ON d.id = s.device"
					 " WHERE d.removed_at = 0 ORDER BY s.device");
	int rc = 0;

	while (rc == 0 && sql_row(&call)) {
		struct topo_identity identity = {
			.device = (uint32_t)sql_int(&call, 0),
			.bridge_mac = mac_row_read(&call, 1),
		};

		snprintf(identity.chassis_id, sizeof(identity.chassis_id), "%s",
			 sql_text(&call, 2));
		snprintf(identity.serial, sizeof(identity.serial), "%s", sql_text(&call, 3));
		if (identity.bridge_mac == MAC_NONE && identity.chassis_id[0] == '\0' &&
		    identity.serial[0] == '\0')
			continue; /* only when its ports were read is known */
		rc = handlers->identity(arg, &identity);
	}
	return sql_done(&call) != 0 && rc == 0 ? call.rc : rc;
}

static int
load_stations(struct store *store, const struct store_topology_handlers *handlers, void *arg)
{
	struct sql_call call = sql_prepare(
		&store->sql, "SELECT t.device, t.if_index, t.mac, t.first_seen FROM device d"
			     " JOIN station t ON t.device = d.id WHERE d.removed_at = 0"
			     " ORDER BY t.device, t.if_index, t.mac");
	int rc = 0;

	while (rc == 0 && sql_row(&call)) {
		struct topo_station station = {
			.device = (uint32_t)sql_int(&call, 0),
			.if_index = (uint32_t)sql_int(&call, 1),
			.mac = mac_row_read(&call, 2),
			.first_seen_ms = sql_int(&call, 3),
		};

		if (station.mac != MAC_NONE)
			rc = handlers->station(arg, &station);
	}
	return sql_done(&call) != 0 && rc == 0 ? call.rc : rc;
}

int
store_load_topology(struct store *store, const struct store_topology_handlers *handlers, void *arg,
		    char *message, size_t message_size)
{
	int rc = 0;

	store->sql.error[0] = '\0';
	if (handlers->identity != NULL)
		rc = load_identities(store, handlers, arg);
	if (rc == 0 && handlers->station != NULL)
		rc = load_stations(store, handlers, arg);
	if (rc == 0 && handlers->link != NULL)
		rc = load_links(store, handlers, arg);
	if (rc != 0)
		sql_message(&store->sql, "the topology that was known cannot be read", message,
			    message_size);
	return rc;
}
