/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The topology in the agent: evidence from results goes to the inference, what follows from it goes
 * to the store. A switch that says that its neighbours have changed is read at once.
 */
#include "topology.h"

#include "diagnosis.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/host_net.h"
#include "keepwatch/log.h"
#include "keepwatch/mem.h"
#include "keepwatch/store_topology.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	HOST_EVERY_MS = 60000, /* the host's own neighbour table is read */
	HOST_FIRST_MS = 1000, /* at first, and twice as long each time: it fills as probes go out */
	UPDATE_EVERY_MS = 60000, /* links age even if nothing is new */
	HINT_PAUSE_MS = 30000,	 /* a switch is read at most so often because something changed */
	FDB_AGE_MIN_MS = 15 * 60000,
	MACS_MAX = 512, /* of one device: a large router has as many */
};

static struct topo_params
topology_params(const struct agent_table *table)
{
	const struct conf *conf = table->conf;
	struct topo_params params = {
		.fdb_age_ms = FDB_AGE_MIN_MS,
		.link_age_ms = conf->link_age_ms,
		.security_kinds = conf->watched_kinds,
	};

	for (int kind = 0; kind < KIND_COUNT; kind++)
		params.allowed_vlans[kind] = conf->vlans[kind];
	/* Two rounds and a half: one may be missed. */
	for (size_t i = 0; i < table->probe_count; i++) {
		const struct probe_settings *settings = table->probes[i].target.settings;
		int64_t age_ms = (int64_t)settings->interval_ms * 5 / 2;

		if (settings->probe == PROBE_TOPOLOGY && age_ms > params.fdb_age_ms)
			params.fdb_age_ms = age_ms;
	}
	return params;
}

static int
put_device(struct agent *agent, const struct agent_device *device)
{
	const struct device *declared = device->device;
	struct topo_device row = {
		.id = device->id,
		.name = declared->name,
		.kind = declared->kind,
		.ip = declared->ip,
		.upstream_port = declared->upstream_port,
	};
	const struct agent_device *upstream;

	if (row.ip.family == 0 && device->probe_count > 0)
		row.ip = agent->table->probes[device->first_probe].target.ip;
	if (declared->upstream_switch != NULL) {
		upstream = agent_find(agent->table, declared->upstream_switch);
		row.upstream = upstream == NULL ? 0 : upstream->id;
	}
	return topo_device_put(agent->topology->topo, &row);
}

static int
put_devices(struct agent *agent)
{
	struct agent_table *table = agent->table;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < table->device_count; i++) {
		const struct agent_device *device = &table->devices[i];

		rc = put_device(agent, device);
		if (rc == 0)
			topo_set_alive(agent->topology->topo, device->id,
				       device->health.state != HEALTH_DOWN,
				       device->health.since_ms);
	}
	return rc;
}

static int
restore_link(void *arg, const struct topo_link *link)
{
	return topo_restore(((struct agent *)arg)->topology->topo, link);
}

static int
restore_identity(void *arg, const struct topo_identity *identity)
{
	return topo_restore_switch(((struct agent *)arg)->topology->topo, identity);
}

static int
restore_station(void *arg, const struct topo_station *station)
{
	return topo_restore_station(((struct agent *)arg)->topology->topo, station);
}

int
agent_topology_new(struct agent *agent)
{
	struct topo_params params = topology_params(agent->table);

	agent->topology = calloc(1, sizeof(*agent->topology));
	if (agent->topology == NULL)
		return ERR_NOMEM;
	agent->topology->topo = topo_new(&params);
	return agent->topology->topo == NULL ? ERR_NOMEM : 0;
}

int
agent_topology_load(struct agent *agent, char *message, size_t message_size)
{
	static const struct store_topology_handlers handlers = {restore_link, restore_identity,
								restore_station};
	int rc = put_devices(agent);

	if (rc == 0)
		rc = store_load_topology(agent->store, &handlers, agent, message, message_size);
	agent->topology->is_dirty = true;
	return rc;
}

void
agent_topology_free(struct agent *agent)
{
	if (agent->topology == NULL)
		return;
	topo_free(agent->topology->topo);
	free(agent->topology);
	agent->topology = NULL;
}

void
agent_topology_reload(struct agent *agent, const struct agent_table *old)
{
	struct topo_params params = topology_params(agent->table);

	topo_set_params(agent->topology->topo, &params);
	for (size_t i = 0; i < old->device_count; i++) {
		if (agent_find(agent->table, old->devices[i].device->name) == NULL)
			topo_device_remove(agent->topology->topo, old->devices[i].id);
	}
	if (put_devices(agent) != 0)
		log_error("topology", "not all devices are placed: out of memory");
	agent->topology->is_dirty = true;
}

/* ---- evidence */

static bool
has_macs(const struct fact_list *facts)
{
	for (size_t i = 0; i < facts->count; i++) {
		if (facts->items[i].key == FACT_MAC)
			return true;
	}
	return false;
}

static void
put_macs(struct agent *agent, const struct agent_device *device, const struct agent_probe *probe,
	 const struct fact_list *facts, int64_t at_ms)
{
	struct topo_mac macs[MACS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < facts->count && count < MEM_COUNT(macs); i++) {
		const struct fact *fact = &facts->items[i];
		mac_addr mac;

		if (fact->key != FACT_MAC || mac_parse(fact->value, &mac) != 0)
			continue;
		macs[count].mac = mac;
		snprintf(macs[count].interface, sizeof(macs[count].interface), "%s",
			 fact->instance);
		count++;
	}
	if (topo_macs_put(agent->topology->topo, device->id, (int)probe->target.settings->probe,
			  macs, count, at_ms) != 0)
		log_error("topology", "%s: MACs not taken: out of memory", device->device->name);
	agent->topology->is_dirty = true;
}

/*
 * Probes write the same serial number in different ways (SNMP "ac:cc:8e:00:00:01", ONVIF
 * "ACCC8E000001"), and a card may have its own: only the best of a device's probes is asked.
 */
static bool
is_asked_for_serial(const struct device *device, enum probe_id probe)
{
	static const enum probe_id order[] = {PROBE_ONVIF, PROBE_VENDOR, PROBE_SNMP};

	for (size_t i = 0; i < MEM_COUNT(order) && probe != order[i]; i++) {
		for (size_t j = 0; j < device->probe_count; j++) {
			if (device->probes[j]->probe == order[i])
				return false;
		}
	}
	return true;
}

static void
put_serial(struct agent *agent, const struct agent_device *device, const struct agent_probe *probe,
	   const struct fact_list *facts, int64_t at_ms)
{
	const char *serial = fact_get(facts, FACT_SERIAL, "");

	if (serial == NULL || !is_asked_for_serial(device->device, probe->target.settings->probe))
		return;
	if (topo_serial_put(agent->topology->topo, device->id, serial, at_ms) != 0)
		log_error("topology", "%s: serial not taken: out of memory", device->device->name);
	agent->topology->is_dirty = true;
}

void
agent_topology_restore(struct agent *agent, const struct agent_device *device,
		       const struct agent_probe *probe, const struct fact_list *facts)
{
	bool knows_serial = fact_get(facts, FACT_SERIAL, "") != NULL;

	if ((!has_macs(facts) && !knows_serial) || put_device(agent, device) != 0)
		return;
	if (has_macs(facts))
		put_macs(agent, device, probe, facts, agent->started_ms);
	put_serial(agent, device, probe, facts, agent->started_ms);
}

void
agent_want_topology(const struct agent *agent, struct agent_probe *probe)
{
	probe->wants_whole = true;
	probe->wants_brief = probe->wants_brief || agent->diagnosis != NULL;
}

void
agent_topology_now(struct agent *agent, struct agent_device *device)
{
	uint64_t now_ms = clock_mono_ms();

	for (size_t i = 0; i < device->probe_count; i++) {
		size_t index = device->first_probe + i;
		struct agent_probe *probe = &agent->table->probes[index];

		if (probe->target.settings->probe != PROBE_TOPOLOGY || probe->is_running)
			continue;
		if (device->topology_at_ms != 0 && now_ms - device->topology_at_ms < HINT_PAUSE_MS)
			continue;
		device->topology_at_ms = now_ms;
		agent_want_topology(agent, probe);
		sched_expedite(agent->table->sched, (sched_id)index);
	}
}

void
agent_topology_result(struct agent *agent, struct agent_device *device,
		      const struct agent_probe *probe, struct probe_result *result)
{
	struct agent_topology *topology = agent->topology;

	if (result->has_topology_change)
		agent_topology_now(agent, device);
	if (has_macs(&result->facts) || (result->complete >> FACT_MAC & 1))
		put_macs(agent, device, probe, &result->facts, result->at_ms);
	put_serial(agent, device, probe, &result->facts, result->at_ms);
	if (result->view == NULL)
		return;
	agent_diagnosis_view(agent, device, result);
	/* What a brief reading leaves out would look as if it were gone. */
	if (!probe->target.is_brief) {
		if (topo_view_put(topology->topo, device->id, result->view, result->at_ms) != 0)
			log_error("topology", "%s: not taken: out of memory", device->device->name);
		topology->views++;
		topology->is_dirty = true;
	}
	/* As large as all that the agent knows of this device: it is not needed any more. */
	switch_view_free(result->view);
	result->view = NULL;
}

void
agent_topology_state(struct agent *agent, const struct agent_device *device, int64_t at_ms)
{
	topo_set_alive(agent->topology->topo, device->id, device->health.state != HEALTH_DOWN,
		       at_ms);
}

void
agent_topology_address(struct agent *agent, const struct agent_device *device)
{
	if (put_device(agent, device) != 0)
		log_error("topology", "%s: address not taken: out of memory", device->device->name);
	agent->topology->is_dirty = true;
}

static void
read_host(struct agent *agent)
{
	struct agent_topology *topology = agent->topology;
	struct host_net host = {0};
	int64_t now_ms = clock_wall_ms();
	int rc = host_net_read(&host);

	if (rc == 0)
		rc = topo_host_arp_put(topology->topo, host.arp, host.arp_count, now_ms);
	if (rc == 0)
		agent_diagnosis_arp(agent, host.arp, host.arp_count, now_ms);
	if (rc == 0)
		rc = topo_monitor_put(topology->topo, host.macs, host.mac_count, host.gateways,
				      host.gateway_count, now_ms);
	if (rc != 0)
		log_warn("topology", "the host's own neighbours are not known: %s", err_text(rc));
	topology->gateway = (struct ipaddr){0};
	for (size_t i = 0; i < host.gateway_count; i++) {
		if (topology->gateway.family == 0 ||
		    (topology->gateway.family == 6 && host.gateways[i].family == 4))
			topology->gateway = host.gateways[i];
	}
	topology->is_dirty = true;
	host_net_fini(&host);
}

/* ---- the tick */

void
agent_topology_tick(struct agent *agent)
{
	struct agent_topology *topology = agent->topology;
	uint64_t now_ms = clock_mono_ms(), started_ns;
	int64_t wall_ms = clock_wall_ms();
	struct topo_changes changes = {0};
	bool has_read_host = false;
	uint64_t took_us;

	if (now_ms >= topology->host_at_ms) {
		topology->host_pause_ms = topology->host_pause_ms == 0 ? HOST_FIRST_MS
					  : topology->host_pause_ms < HOST_EVERY_MS / 2
						  ? topology->host_pause_ms * 2
						  : HOST_EVERY_MS;
		topology->host_at_ms = now_ms + topology->host_pause_ms;
		read_host(agent);
		has_read_host = true;
	}
	if (!topology->is_dirty && now_ms < topology->update_at_ms)
		return;
	topology->is_dirty = false;
	topology->update_at_ms = now_ms + UPDATE_EVERY_MS;
	started_ns = clock_mono_ns();
	if (topo_update(topology->topo, wall_ms, &changes) != 0) {
		log_error("topology", "not worked out: out of memory");
		topology->is_dirty = true;
		return;
	}
	took_us = (clock_mono_ns() - started_ns) / 1000;
	topology->updates++;
	if (took_us > topology->worst_us)
		topology->worst_us = (uint32_t)took_us;
	agent_topology_store(agent, &changes, wall_ms);
	if (has_read_host || changes.link_count + changes.gone_count + changes.switch_count > 0)
		agent_diagnosis_links(agent);
}

uint32_t
agent_topology_interface(const struct agent *agent, const struct agent_device *at,
			 const struct trap_details *details)
{
	size_t count = 0;
	const struct topo_port *ports;

	if (details->if_index != 0)
		return details->if_index;
	ports = topo_ports(agent->topology->topo, at->id, &count);
	for (size_t i = 0; i < count; i++) {
		if (details->poe_port != 0 && ports[i].poe_index == details->poe_port &&
		    ports[i].poe_group == details->poe_group)
			return ports[i].if_index;
		if (details->port_name[0] != '\0' && strcmp(ports[i].name, details->port_name) == 0)
			return ports[i].if_index;
	}
	return 0;
}

size_t
agent_topology_devices_at(struct agent *agent, const struct agent_device *at,
			  const struct trap_details *details, struct agent_device **out,
			  size_t most)
{
	uint32_t if_index = agent_topology_interface(agent, at, details);
	size_t count = 0;

	for (size_t i = 0; i < agent->table->device_count && if_index != 0; i++) {
		struct agent_device *device = &agent->table->devices[i];
		const struct topo_link *link = topo_link_of(agent->topology->topo, device->id);

		if (link != NULL && link->parent == at->id && link->if_index == if_index &&
		    count < most)
			out[count++] = device;
	}
	return count;
}

void
agent_topology_describe(const struct agent *agent, struct buf *out)
{
	const struct agent_topology *topology = agent->topology;
	size_t placed = 0;

	for (size_t i = 0; i < agent->table->device_count; i++) {
		const struct topo_link *link =
			topo_link_of(topology->topo, agent->table->devices[i].id);

		placed += link != NULL && link->confidence >= TOPO_CONFIDENCE_LOW;
	}
	buf_printf(out,
		   ",\"topology_placed\":%zu,\"topology_views\":%" PRIu64
		   ",\"topology_updates\":%" PRIu64
		   ",\"topology_worst_us\":%u,\"topology_bytes\":%zu",
		   placed, topology->views, topology->updates, topology->worst_us,
		   topo_memory(topology->topo));
}
