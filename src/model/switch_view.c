/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The view of a switch as a value: its life, its ports by ifIndex, and the names of its words.
 */
#include "keepwatch/switch_view.h"

#include "keepwatch/mem.h"

#include <stdlib.h>

struct switch_view *
switch_view_new(void)
{
	return calloc(1, sizeof(struct switch_view));
}

void
switch_view_free(struct switch_view *view)
{
	if (view == NULL)
		return;
	free(view->ports);
	free(view->neighbours);
	free(view->fdb);
	free(view->arp);
	free(view->entities);
	free(view->pses);
	free(view->vlan_members);
	free(view);
}

struct view_port *
switch_view_port(const struct switch_view *view, uint32_t if_index)
{
	size_t low = 0, high = view->port_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (view->ports[middle].if_index < if_index)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < view->port_count && view->ports[low].if_index == if_index)
		return &view->ports[low];
	return NULL;
}

const char *
view_part_name(enum view_part part)
{
	static const char *const names[] = {
#define X(name, text) text,
		VIEW_PARTS(X)
#undef X
	};

	return (size_t)part < MEM_COUNT(names) ? names[part] : "?";
}

const char *
view_protocol_name(enum view_protocol protocol)
{
	static const char *const names[] = {"lldp", "lldp", "cdp"};

	return (size_t)protocol < MEM_COUNT(names) ? names[protocol] : "?";
}

const char *
view_poe_status_name(enum view_poe_status status)
{
	static const char *const names[] = {"none",  "disabled", "searching",  "delivering",
					    "fault", "test",	 "other-fault"};

	return (size_t)status < MEM_COUNT(names) ? names[status] : "?";
}

const char *
view_stp_state_name(enum view_stp_state state)
{
	static const char *const names[] = {"unknown",	"disabled",   "blocking", "listening",
					    "learning", "forwarding", "broken"};

	return (size_t)state < MEM_COUNT(names) ? names[state] : "?";
}
