/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Neighbours from outside the LLDP MIBs: CISCO-CDP-MIB, and the MIBs of vendors that serve their
 * LLDP table nowhere else. Each makes neighbours of its rows; their ports are mapped with the rest.
 */
#ifndef KEEPWATCH_CODEC_VIEW_CDP_H
#define KEEPWATCH_CODEC_VIEW_CDP_H

#include "view_lldp.h"

/* Rows of CDP, and of what vendors have made in its likeness. */
enum cdp_kind { CDP_KIND_CDP, CDP_KIND_FDP, CDP_KIND_ISDP, CDP_KIND_EDP };
struct cdp_row {
	struct {
		uint32_t if_index, device;
		uint32_t kind; /* enum cdp_kind; of EDP with more of the neighbour above */
	} key;
	uint32_t address_type, caps;
	uint16_t vlan, told_caps; /* told_: in words; enum view_caps */
	uint32_t edp_slot, edp_port;
	struct lldp_id address, device, port;
	struct ipaddr told_address;
	char sys_name[VIEW_TEXT], platform[VIEW_TEXT], version[VIEW_LONG_TEXT];
};
/* "slot:port", or the port alone, of a row of EDP; nothing of others (view_cdp_vendor.c). */
void view_edp_port(const struct cdp_row *row, char *out, size_t size);
/* Capabilities and an address in words (view_lldp_vendor.c); family 0: none that is of use. */
uint16_t view_caps_words(const char *words);
struct ipaddr view_address_words(const char *text);

/* Makes a neighbour of row i, without its if_index, and tells the table's number of the local port;
 * false if there is nothing in the row. `out` is zeroed. */
bool view_cdp_neighbour(const struct view_builder *builder, size_t i, uint32_t *port,
			struct view_neighbour *out);
bool view_vendor_neighbour(const struct view_builder *builder, size_t i, uint32_t *port,
			   const struct lldp_id **local, struct view_neighbour *out);
/* cdpInterfaceName of a cdpCacheIfIndex; NULL. */
const struct lldp_id *view_cdp_local(const struct view_builder *builder, uint32_t port);
/* The interface of a neighbour that LLDP-MIB has on port 0, by lldpRemIndex; 0: not told. */
uint32_t view_vendor_interface(const struct view_builder *builder, uint32_t index);

#endif
