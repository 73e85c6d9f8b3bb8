/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PoE rows between the files that read them: of RFC 3621, of vendors' tables, of Cisco's, all
 * brought to (group, port) or, where the vendor's index is one, to an ifIndex.
 */
#ifndef KEEPWATCH_CODEC_VIEW_POE_H
#define KEEPWATCH_CODEC_VIEW_POE_H

#include "view_impl.h"

/* The group of rows whose index is an ifIndex: no PSE group has this number. */
#define POE_BY_IF UINT32_MAX
/* IEEE 802.3bt has 90 W at the most, proprietary ways 120 W. */
enum { POE_MW_MAX = 200000 };

/* Rows of POE_PORT, POE_MAIN and POE_CISCO. */
struct poe_port_row {
	uint32_t group, index; /* key */
	uint32_t status, admin, classification, denied;
};

struct poe_main_row {
	uint32_t group; /* key */
	uint32_t power_w, status, used_w, threshold;
};

struct poe_cisco_row {
	uint32_t group, index; /* key; index 0: of the group */
	uint32_t mw, limit_mw, entity, used_mw;
	bool has_mw, has_limit, has_used, is_overload;
};

/* What a vendor's table says of a port. */
struct poe_vendor_row {
	uint32_t group, index; /* key; POE_BY_IF and the ifIndex */
	uint32_t mw, limit_mw; /* VIEW_UNKNOWN_MW */
	uint8_t status;	       /* enum view_poe_status; POE_NONE: not told */
	bool is_disabled;      /* administratively */
	bool is_overload;
	bool has_values; /* mw and limit_mw were set to unknown */
};

/* The rows of POE_VENDOR, POE_VENDOR2 and POE_VENDOR3, one after the other; NULL past the end. */
const struct poe_vendor_row *view_poe_vendor_at(const struct view_builder *builder, size_t i);

#endif
