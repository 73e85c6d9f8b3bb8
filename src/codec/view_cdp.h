/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Neighbours from outside the LLDP MIBs: CISCO-CDP-MIB, and the MIBs of vendors that serve their
 * LLDP table nowhere else. Each makes neighbours of its rows; their ports are mapped with the rest.
 */
#ifndef KEEPWATCH_CODEC_VIEW_CDP_H
#define KEEPWATCH_CODEC_VIEW_CDP_H

#include "view_lldp.h"

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
