/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the inference found out, on its way to the store: links, ports, identities, stations and
 * events.
 */
#include "topology.h"

#include "audit.h"
#include "diagnosis.h"

#include "keepwatch/err.h"
#include "keepwatch/log.h"
#include "keepwatch/store_topology.h"

static enum event_type
event_of(enum topo_event_type type)
{
	static const enum event_type events[TOPO_EVENT_COUNT] = {
		[TOPO_EVENT_MOVED] = EVENT_MOVED,
		[TOPO_EVENT_REPLACED] = EVENT_REPLACED,
		[TOPO_EVENT_DUPLICATE_IP] = EVENT_DUPLICATE_IP,
		[TOPO_EVENT_NEW_MAC] = EVENT_NEW_MAC,
		[TOPO_EVENT_SWITCH_REPLACED] = EVENT_SWITCH_REPLACED,
		[TOPO_EVENT_UPLINK_CHANGED] = EVENT_UPLINK_CHANGED,
		[TOPO_EVENT_WRONG_VLAN] = EVENT_WRONG_VLAN,
		[TOPO_EVENT_VLAN_RIGHT] = EVENT_VLAN_RIGHT,
		[TOPO_EVENT_CONTRADICTED] = EVENT_UPSTREAM_CONTRADICTED,
		[TOPO_EVENT_AGREED] = EVENT_UPSTREAM_AGREED,
	};

	return events[type];
}

static const char *
device_name(const struct agent *agent, uint32_t id)
{
	for (size_t i = 0; i < agent->table->device_count; i++) {
		if (agent->table->devices[i].id == id)
			return agent->table->devices[i].device->name;
	}
	return "?";
}

static int
put_events(struct agent *agent, const struct topo_changes *changes)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < changes->event_count; i++) {
		const struct topo_event *from = &changes->events[i];
		struct store_event event = {
			.at_ms = from->at_ms,
			.type = event_of(from->type),
			.device = from->device,
			.probe = -1,
			.from = from->from[0] != '\0' ? from->from : NULL,
			.to = from->to[0] != '\0' ? from->to : NULL,
			.detail = from->detail[0] != '\0' ? from->detail : NULL,
		};

		rc = store_batch_event(agent->batch, &event);
		agent_diagnosis_event(agent, from);
		log_notice("topology", "%s: %s%s%s%s%s%s%s", device_name(agent, from->device),
			   topo_event_type_name(from->type), from->from[0] != '\0' ? " from " : "",
			   from->from, from->to[0] != '\0' ? " to " : "", from->to,
			   from->detail[0] != '\0' ? ": " : "", from->detail);
	}
	return rc;
}

static int
put_switches(struct agent *agent, const struct topo_changes *changes, int64_t now_ms)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < changes->switch_count; i++) {
		size_t count = 0;
		const struct topo_port *ports =
			topo_ports(agent->topology->topo, changes->switches[i], &count);
		struct topo_identity identity;

		if (ports != NULL)
			rc = store_batch_ports(agent->batch, changes->switches[i], now_ms, ports,
					       count);
		if (rc == 0 &&
		    topo_identity_of(agent->topology->topo, changes->switches[i], &identity))
			rc = store_batch_identity(agent->batch, &identity);
	}
	return rc;
}

void
agent_topology_store(struct agent *agent, const struct topo_changes *changes, int64_t now_ms)
{
	int rc = 0;

	if (changes->link_count + changes->gone_count + changes->event_count +
			    changes->switch_count + changes->station_count ==
		    0 ||
	    !agent_batch_open(agent, true))
		return;
	agent_audit_moved(agent);
	for (size_t i = 0; rc == 0 && i < changes->gone_count; i++)
		rc = store_batch_link_gone(agent->batch, &changes->gone[i]);
	for (size_t i = 0; rc == 0 && i < changes->link_count; i++)
		rc = store_batch_link(agent->batch, &changes->links[i]);
	for (size_t i = 0; rc == 0 && i < changes->station_count; i++)
		rc = store_batch_station(agent->batch, &changes->stations[i]);
	if (rc == 0)
		rc = put_switches(agent, changes, now_ms);
	if (rc == 0)
		rc = put_events(agent, changes);
	if (rc != 0)
		log_error("topology", "changes not stored: %s", err_text(rc));
}
