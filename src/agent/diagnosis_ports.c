/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The view of a switch, and its traps, as evidence: state, power and errors of its ports. Only
 * rows that differ from what was told before are told; that all were read says the rest.
 */
#include "diagnosis.h"
#include "topology.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/log.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
	CHANGED_SLACK_MS = 2000, /* of the same change, worked out twice */
	BUDGET_SPENT_PERCENT = 97,
	UP = 1, /* ifAdminStatus, ifOperStatus */
	DOWN = 2,
};

/* A port as it was told. */
struct port_memory {
	uint32_t if_index;
	bool is_up, is_admin_down, is_seen;
	bool is_denied; /* since it had power last */
	uint8_t poe;	/* enum poe_state */
	uint32_t denied;
	int64_t changed_ms;
	uint64_t errors;
};

struct diagnosis_ports {
	struct port_memory *items; /* ascending */
	size_t count;
};

void
diagnosis_ports_free(struct diagnosis_ports *ports)
{
	if (ports != NULL)
		free(ports->items);
	free(ports);
}

static struct port_memory *
find_port(const struct diagnosis_ports *ports, uint32_t if_index)
{
	size_t low = 0, high = ports->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ports->items[middle].if_index < if_index)
			low = middle + 1;
		else
			high = middle;
	}
	return low < ports->count && ports->items[low].if_index == if_index ? &ports->items[low]
									    : NULL;
}

/* Memory of the ports that the view has; what is known of them stays. */
static struct diagnosis_ports *
remember(struct diagnosis_device *d, const struct switch_view *view)
{
	struct diagnosis_ports *old = d->ports, *new = NULL;
	bool is_same = old != NULL && old->count == view->port_count;

	for (size_t i = 0; is_same && i < view->port_count; i++)
		is_same = old->items[i].if_index == view->ports[i].if_index;
	if (is_same)
		return old;
	new = calloc(1, sizeof(*new));
	if (new == NULL)
		return NULL;
	new->items = calloc(view->port_count + 1, sizeof(*new->items));
	if (new->items == NULL) {
		free(new);
		return NULL;
	}
	new->count = view->port_count;
	for (size_t i = 0; i < new->count; i++) {
		const struct port_memory *known =
			old == NULL ? NULL : find_port(old, view->ports[i].if_index);

		if (known != NULL)
			new->items[i] = *known;
		new->items[i].if_index = view->ports[i].if_index;
	}
	diagnosis_ports_free(old);
	d->ports = new;
	return new;
}

/* ---- power */

static bool
is_spent(const struct switch_view *view, uint32_t group)
{
	for (size_t i = 0; i < view->pse_count; i++) {
		const struct view_pse *pse = &view->pses[i];

		if (pse->group == group && pse->power_mw != 0 && pse->used_mw != VIEW_UNKNOWN_MW &&
		    pse->power_mw != VIEW_UNKNOWN_MW &&
		    (uint64_t)pse->used_mw * 100 >= (uint64_t)pse->power_mw * BUDGET_SPENT_PERCENT)
			return true;
	}
	return false;
}

/*
 * Want of power is told by a vendor's flag, by pethPsePortPowerDeniedCounter (RFC 3621), or, where
 * neither is served, shows in a port that had power, searches now, and has a supply with nothing
 * left to give.
 */
static enum poe_state
poe_of(const struct switch_view *view, const struct view_port *port, struct port_memory *memory)
{
	const struct view_poe *poe = &port->poe;
	bool was_on = memory->poe == POE_STATE_ON;
	bool is_rising = memory->is_seen && poe->denied > memory->denied;

	memory->denied = poe->denied;
	if (poe->status == POE_DELIVERING)
		memory->is_denied = poe->is_overload;
	else if (poe->is_overload || is_rising ||
		 (was_on && poe->status == POE_SEARCHING && is_spent(view, poe->group)))
		memory->is_denied = true;
	if (memory->is_denied && poe->status != POE_NONE && poe->status != POE_DISABLED)
		return POE_STATE_DENIED;
	switch (poe->status) {
	case POE_DELIVERING:
		return POE_STATE_ON;
	case POE_SEARCHING:
	case POE_TEST:
		return POE_STATE_SEARCHING;
	case POE_FAULT:
	case POE_OTHER_FAULT:
		return POE_STATE_FAULT;
	default:
		return POE_STATE_NONE;
	}
}

/* Of all its supplies; a budget of 0 is not known. */
static void
sum_power(const struct switch_view *view, struct evidence_switch *out)
{
	for (size_t i = 0; i < view->pse_count; i++) {
		const struct view_pse *pse = &view->pses[i];

		if (pse->power_mw == VIEW_UNKNOWN_MW || pse->used_mw == VIEW_UNKNOWN_MW)
			continue;
		out->poe_budget_mw += pse->power_mw;
		out->poe_used_mw += pse->used_mw;
	}
}

/* ---- ports */

/* ifLastChange in wall-clock time; 0: never since the switch started, or not known. */
static int64_t
changed_ms(const struct switch_view *view, const struct view_port *port, int64_t at_ms)
{
	/* Differences in 32 bits: both counters turn over together. */
	int32_t ago_cs = (int32_t)(view->uptime_cs - port->last_change_cs);

	if (!port->has_last_change || port->last_change_cs == 0 || view->uptime_cs == 0)
		return 0;
	/* It may have changed since the uptime was read, at the beginning of the reading. */
	return at_ms - (int64_t)ago_cs * 10;
}

static uint64_t
sum_errors(const struct view_port *port)
{
	uint64_t in = port->in_errors == VIEW_UNKNOWN_COUNT ? 0 : port->in_errors;

	return in + (port->out_errors == VIEW_UNKNOWN_COUNT ? 0 : port->out_errors);
}

static bool
is_same_change(int64_t a, int64_t b)
{
	return (a == 0) == (b == 0) && llabs(a - b) <= CHANGED_SLACK_MS;
}

static void
tell_port(struct agent_diagnosis *diagnosis, const struct diagnosis_device *d,
	  const struct switch_view *view, const struct view_port *port, struct port_memory *memory,
	  int64_t at_ms)
{
	struct evidence evidence = {.kind = EVIDENCE_PORT, .node = d->id, .at_ms = at_ms};
	struct evidence_port *row = &evidence.port;
	uint64_t errors = sum_errors(port), more;

	row->port = port->if_index;
	row->is_up = port->oper == UP;
	row->is_admin_down = port->admin == DOWN;
	row->changed_ms = changed_ms(view, port, at_ms);
	row->poe = memory->poe;
	if (view->trust[VIEW_POE] >= VIEW_CUT) {
		row->poe = (uint8_t)poe_of(view, port, memory);
		row->power_mw = port->poe.mw == VIEW_UNKNOWN_MW ? 0 : port->poe.mw;
	}
	more = memory->is_seen && errors > memory->errors ? errors - memory->errors : 0;
	row->errors = more > UINT32_MAX ? UINT32_MAX : (uint32_t)more;
	memory->errors = errors;
	if (memory->is_seen && row->is_up == memory->is_up &&
	    row->is_admin_down == memory->is_admin_down && row->poe == memory->poe && more == 0 &&
	    is_same_change(row->changed_ms, memory->changed_ms))
		return;
	memory->is_seen = true;
	memory->is_up = row->is_up;
	memory->is_admin_down = row->is_admin_down;
	memory->poe = row->poe;
	memory->changed_ms = row->changed_ms;
	diagnosis_take(diagnosis, &evidence);
}

void
agent_diagnosis_view(struct agent *agent, const struct agent_device *device,
		     const struct probe_result *result)
{
	struct agent_diagnosis *diagnosis = agent->diagnosis;
	const struct switch_view *view = result->view;
	struct evidence evidence = {.kind = EVIDENCE_SWITCH, .at_ms = result->at_ms};
	struct diagnosis_ports *ports;
	struct diagnosis_device *d;

	if (diagnosis == NULL || !diagnosis->is_ready || view == NULL)
		return;
	d = diagnosis_of(diagnosis, device);
	if (!d->is_told || d->role == NODE_DEVICE)
		return;
	evidence.node = d->id;
	evidence.sw.snmp = SNMP_STATE_OK;
	evidence.sw.is_walk = view->trust[VIEW_PORTS] == VIEW_WHOLE && view->port_count > 0;
	evidence.sw.has_uptime = view->uptime_cs != 0;
	evidence.sw.uptime_s = view->uptime_cs / 100;
	sum_power(view, &evidence.sw);
	if (evidence.sw.poe_budget_mw != 0 && evidence.sw.poe_budget_mw != d->poe_budget_mw) {
		d->poe_budget_mw = evidence.sw.poe_budget_mw;
		diagnosis->are_nodes_dirty = true; /* a part of the node */
	}
	ports = remember(d, view);
	if (ports == NULL) {
		log_error("diagnosis", "%s: ports not taken: out of memory", device->device->name);
		evidence.sw.is_walk = false;
	}
	diagnosis_take(diagnosis, &evidence);
	for (size_t i = 0; ports != NULL && view->trust[VIEW_PORTS] >= VIEW_CUT && i < ports->count;
	     i++)
		tell_port(diagnosis, d, view, &view->ports[i], &ports->items[i], result->at_ms);
	if (view->trust[VIEW_ARP] >= VIEW_CUT)
		agent_diagnosis_arp(agent, view->arp, view->arp_count, result->at_ms);
}

/* ---- traps */

void
agent_diagnosis_trap(struct agent *agent, const struct agent_device *device, const char *rule,
		     uint32_t if_index)
{
	static const struct {
		const char *rule;
		enum trap_hint hint;
	} hints[] = {
		{"linkDown", TRAP_HINT_LINK_DOWN},
		{"linkUp", TRAP_HINT_LINK_UP},
		{"coldStart", TRAP_HINT_COLD_START},
		{"dyingGasp", TRAP_HINT_DYING_GASP},
		{"pethMainPowerUsageOnNotification", TRAP_HINT_POE_USAGE},
	};
	struct agent_diagnosis *diagnosis = agent->diagnosis;
	struct evidence evidence = {.kind = EVIDENCE_TRAP};
	struct diagnosis_device *d;

	if (diagnosis == NULL || !diagnosis->is_ready)
		return;
	d = diagnosis_of(diagnosis, device);
	if (!d->is_told || d->role == NODE_DEVICE)
		return;
	for (size_t i = 0; i < MEM_COUNT(hints); i++) {
		if (strcmp(rule, hints[i].rule) != 0)
			continue;
		evidence.node = d->id;
		evidence.at_ms = clock_wall_ms();
		evidence.trap.hint = (uint8_t)hints[i].hint;
		evidence.trap.port = if_index;
		diagnosis_take(diagnosis, &evidence);
		diagnosis_ports_want(diagnosis, d); /* whether it is true */
	}
}

/* ---- what the topology has found out */

void
agent_diagnosis_event(struct agent *agent, const struct topo_event *event)
{
	struct agent_diagnosis *diagnosis = agent->diagnosis;
	struct evidence evidence = {.node = event->device, .at_ms = event->at_ms};
	const struct diagnosis_device *d =
		diagnosis == NULL ? NULL : diagnosis_find(diagnosis, event->device);
	const struct topo_link *link;

	if (d == NULL || !diagnosis->is_ready || !d->is_told)
		return;
	if (event->type == TOPO_EVENT_DUPLICATE_IP) {
		evidence.kind = EVIDENCE_DUPLICATE;
		diagnosis_take(diagnosis, &evidence);
	} else if (event->type == TOPO_EVENT_MOVED && d->role == NODE_DEVICE) {
		link = topo_link_of(agent->topology->topo, event->device);
		evidence.kind = EVIDENCE_MOVE;
		evidence.move.from =
			d->place.parent; /* as told last: the new one is told after this */
		if (link != NULL && diagnosis_find(diagnosis, link->parent) != NULL)
			evidence.move.to = (struct evidence_parent){link->parent, link->if_index};
		if (diagnosis_is_same_from_above(diagnosis, &evidence.move.from, &evidence.move.to))
			return;
		diagnosis_take(diagnosis, &evidence);
	}
}
