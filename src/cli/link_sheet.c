/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Links as rows of a sheet.
 */
#include "link_sheet.h"

#include "keepwatch/err.h"

#include <stdio.h>
#include <string.h>

#define LINK_COLUMNS(X)                                                                       \
	X(DEVICE, "device", TEXT, "name in the fleet file")                                   \
	X(SITE, "site", TEXT, "site")                                                         \
	X(KIND, "kind", TEXT, "camera, door, switch ...")                                     \
	X(OWNER, "owner", TEXT, "who looks after it")                                         \
	X(ADDRESS, "address", TEXT, "address in the fleet file")                              \
	X(STATE, "state", STATE, "state of the device now")                                   \
	X(PARENT, "parent", TEXT, "switch or router that it hangs on")                        \
	X(PARENT_KIND, "parent_kind", TEXT, "kind of that one; none: it is not in the fleet") \
	X(PORT, "port", TEXT, "port of that one")                                             \
	X(IF_INDEX, "if_index", COUNT, "ifIndex of that port")                                \
	X(VIA, "via", TEXT, "what is between: direct, shared, unmanaged, named, wireless")    \
	X(BETWEEN, "between", TEXT, "name of what is between")                                \
	X(DEVICE_PORT, "device_port", TEXT, "port of the device itself that leads there")     \
	X(DEVICE_IF, "device_if_index", COUNT, "ifIndex of that port")                        \
	X(VLAN, "vlan", COUNT, "VLAN")                                                        \
	X(SOURCE, "source", TEXT,                                                             \
	  "how it is known: declared, lldp, cdp, fdb, arp, route, remembered")                \
	X(CONFIDENCE, "confidence", COUNT, "percent: how often a link so known is right")     \
	X(SPARE, "spare", BOOL, "whether it is a second path that stands by")                 \
	X(CONTRADICTED, "contradicted", BOOL, "whether it is declared, but seen elsewhere")   \
	X(SEEN, "seen_parent", TEXT, "of a contradicted one: switch where it is seen")        \
	X(SEEN_PORT, "seen_port", TEXT, "port where it is seen")                              \
	X(SEEN_IF, "seen_if_index", COUNT, "ifIndex of that port")                            \
	X(STATIONS, "other_stations", COUNT, "stations seen on the port beside this one")     \
	X(MAC, "mac", TEXT, "address by which it was found")                                  \
	X(FIRST, "first_seen", TIME, "since when it is there")                                \
	X(CONFIRMED, "confirmed", TIME, "when that was last seen")                            \
	X(UNTIL, "until", TIME, "of a former place: until when")                              \
	X(DECLARED, "declared_upstream", TEXT, "what the fleet file says")                    \
	X(WHY, "why", TEXT, "the evidence in words")

enum link_column {
#define X(id, name, type, help) COL_##id,
	LINK_COLUMNS(X)
#undef X
		COL_COUNT
};

#define X(id, name, type, help) {name, name, CELL_##type, COLUMN_SHOWN, help},
const struct column link_columns[] = {LINK_COLUMNS(X)};
#undef X
const size_t link_column_count = COL_COUNT;

static void
set_positive(struct cell *cell, int64_t number)
{
	if (number > 0)
		cell_set_number(cell, number);
}

static void
set_declared(struct sheet *sheet, struct cell *cell, const struct reader_device *device)
{
	const char *port = device->upstream_port;
	size_t size = strlen(device->upstream_switch) + strlen(port) + 2;
	char *text;

	if (*device->upstream_switch == '\0')
		return;
	text = arena_alloc(&sheet->arena, size);
	if (text == NULL) {
		sheet->error = ERR_NOMEM;
		return;
	}
	snprintf(text, size, "%s%s%s", device->upstream_switch, *port != '\0' ? ":" : "", port);
	cell_set_text(cell, text);
}

static void
set_parent(struct cell *row, const struct reader_device *parent, const struct topo_link *link)
{
	if (parent != NULL) {
		cell_set_text(&row[COL_PARENT], parent->name);
		cell_set_text(&row[COL_PARENT_KIND], kind_name(parent->kind));
	}
	if (link->parent == 0)
		cell_set_text(&row[COL_PARENT], link->parent_name);
	else
		cell_set_text(&row[COL_BETWEEN], link->parent_name);
}

void
link_sheet_add(struct sheet *sheet, const struct reader_device *device,
	       const struct reader_device *parent, const struct reader_device *seen,
	       const struct reader_link *reader_link, bool with_state)
{
	const struct topo_link *link = &reader_link->link;
	struct cell *row = sheet_add(sheet);

	cell_set_text(&row[COL_DEVICE], device->name);
	cell_set_text(&row[COL_SITE], device->site);
	cell_set_text(&row[COL_KIND], kind_name(device->kind));
	cell_set_text(&row[COL_OWNER], device->owner);
	cell_set_text(&row[COL_ADDRESS], device->address);
	if (with_state)
		cell_set_text(&row[COL_STATE], health_name(device->health));
	set_parent(row, parent, link);
	cell_set_text(&row[COL_PORT], link->port);
	set_positive(&row[COL_IF_INDEX], link->if_index);
	cell_set_text(&row[COL_VIA], topo_via_name((enum topo_via)link->via));
	cell_set_text(&row[COL_DEVICE_PORT], link->device_port);
	set_positive(&row[COL_DEVICE_IF], link->device_if);
	set_positive(&row[COL_VLAN], link->vlan);
	cell_set_text(&row[COL_SOURCE], topo_source_name((enum topo_source)link->source));
	cell_set_number(&row[COL_CONFIDENCE], link->confidence);
	cell_set_number(&row[COL_SPARE], link->is_spare);
	cell_set_number(&row[COL_CONTRADICTED], link->is_contradicted);
	if (seen != NULL)
		cell_set_text(&row[COL_SEEN], seen->name);
	cell_set_text(&row[COL_SEEN_PORT], link->seen_port);
	set_positive(&row[COL_SEEN_IF], link->seen_if_index);
	cell_set_number(&row[COL_STATIONS], link->shared);
	if (link->mac != MAC_NONE) {
		char *text = arena_alloc(&sheet->arena, MAC_TEXT_SIZE);

		if (text == NULL)
			sheet->error = ERR_NOMEM;
		else
			cell_set_text(&row[COL_MAC], mac_format(link->mac, text));
	}
	cell_set_time(&row[COL_FIRST], link->first_seen_ms);
	cell_set_time(&row[COL_CONFIRMED], link->confirmed_ms);
	cell_set_time(&row[COL_UNTIL], reader_link->until_ms);
	set_declared(sheet, &row[COL_DECLARED], device);
	cell_set_text(&row[COL_WHY], link->why);
}
