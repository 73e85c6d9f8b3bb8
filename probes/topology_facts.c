/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What of a view people want to read as facts of the switch itself: its neighbours by port, its
 * power supplies, chassis and modules, and who it is to its neighbours. Only parts that are whole
 * replace what was known.
 */
#include "topology_impl.h"

#include <stdio.h>
#include <string.h>

static void
add_neighbour(struct probe_run *run, const struct switch_view *view,
	      const struct view_neighbour *neighbour)
{
	const struct view_port *port = switch_view_port(view, neighbour->if_index);
	const char *local = port != NULL ? port->name : neighbour->local_port;
	const char *name =
		neighbour->sys_name[0] != '\0' ? neighbour->sys_name : neighbour->chassis_id;
	const char *far = neighbour->port_id;
	const char *before;
	char text[VIEW_LONG_TEXT];

	/* A MAC says little beside a name for the port. */
	if (neighbour->port_mac != MAC_NONE && neighbour->port_descr[0] != '\0')
		far = neighbour->port_descr;
	if (strcmp(far, name) == 0)
		far = "";
	snprintf(text, sizeof(text), "%s%s%s (%s)", name, far[0] != '\0' ? " " : "", far,
		 view_protocol_name((enum view_protocol)neighbour->protocol));
	before = fact_get(&run->result.facts, FACT_NEIGHBOUR, local);
	if (before == NULL)
		fact_add(&run->result.facts, FACT_NEIGHBOUR, local, text);
	else if (strstr(before, text) == NULL)
		fact_addf(&run->result.facts, FACT_NEIGHBOUR, local, "%s; %s", before, text);
}

static void
add_supply(struct probe_run *run, const struct view_pse *pse)
{
	static const char *const states[] = {"", "", "off, ", "faulty, "};
	const char *state = pse->status < MEM_COUNT(states) ? states[pse->status] : "";
	char group[16], threshold[32] = "";

	snprintf(group, sizeof(group), "%u", pse->group);
	if (pse->threshold_percent > 0)
		snprintf(threshold, sizeof(threshold), ", threshold %u %%", pse->threshold_percent);
	if (pse->used_mw == VIEW_UNKNOWN_MW || pse->power_mw == VIEW_UNKNOWN_MW)
		return;
	fact_addf(&run->result.facts, FACT_POE_SUPPLY, group, "%s%u of %u W%s", state,
		  (pse->used_mw + 500) / 1000, (pse->power_mw + 500) / 1000, threshold);
}

/* chassis, powerSupply, module, stack: what is replaced as a whole (RFC 6933, PhysicalClass). */
static const char *
class_name(uint8_t entity_class)
{
	switch (entity_class) {
	case 3:
		return "chassis";
	case 6:
		return "power supply";
	case 9:
		return "module";
	case 11:
		return "stack";
	default:
		return NULL;
	}
}

static void
add_module(struct probe_run *run, const struct view_entity *entity)
{
	const char *name = class_name(entity->entity_class);
	const char *model = entity->model[0] != '\0' ? entity->model : entity->descr;
	char index[16];

	if (name == NULL || (model[0] == '\0' && entity->serial[0] == '\0'))
		return;
	snprintf(index, sizeof(index), "%u", entity->index);
	fact_addf(&run->result.facts, FACT_MODULE, index, "%s%s%s%s%s", name,
		  model[0] != '\0' ? " " : "", model, entity->serial[0] != '\0' ? ", serial " : "",
		  entity->serial);
}

static void
add_root(struct probe_run *run, const struct switch_view *view)
{
	char mac[MAC_TEXT_SIZE];

	if (view->stp_root == 0)
		return;
	fact_addf(&run->result.facts, FACT_STP_ROOT, NULL, "%u/%s",
		  (unsigned)(view->stp_root >> 48),
		  mac_format(view->stp_root & MAC_BROADCAST, mac));
}

static void
complete(struct probe_run *run, enum view_part part, enum fact_key key)
{
	if (run->result.view->trust[part] == VIEW_WHOLE)
		run->result.complete |= (uint64_t)1 << key;
}

void
topology_add_facts(struct probe_run *run)
{
	const struct switch_view *view = run->result.view;
	char mac[MAC_TEXT_SIZE];

	if (view->trust[VIEW_NEIGHBOURS] >= VIEW_CUT) {
		for (size_t i = 0; i < view->neighbour_count; i++)
			add_neighbour(run, view, &view->neighbours[i]);
	}
	if (view->trust[VIEW_POE] >= VIEW_CUT) {
		for (size_t i = 0; i < view->pse_count; i++)
			add_supply(run, &view->pses[i]);
	}
	if (view->trust[VIEW_ENTITIES] >= VIEW_CUT) {
		for (size_t i = 0; i < view->entity_count; i++)
			add_module(run, &view->entities[i]);
	}
	complete(run, VIEW_NEIGHBOURS, FACT_NEIGHBOUR);
	complete(run, VIEW_POE, FACT_POE_SUPPLY);
	complete(run, VIEW_ENTITIES, FACT_MODULE);
	add_root(run, view);
	fact_add(&run->result.facts, FACT_CHASSIS_ID, NULL, view->chassis_id);
	if (view->bridge_mac != MAC_NONE)
		fact_add(&run->result.facts, FACT_BRIDGE_MAC, NULL,
			 mac_format(view->bridge_mac, mac));
}
