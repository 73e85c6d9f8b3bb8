/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Interfaces by their texts: a sorted index over ifName, ifDescr and ifAlias of a view's ports, and
 * the resemblance of names ("g13" and "gi1/0/13").
 */
#ifndef KEEPWATCH_CODEC_VIEW_NAMES_H
#define KEEPWATCH_CODEC_VIEW_NAMES_H

#include "keepwatch/switch_view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum view_name_kind { NAME_NAME, NAME_DESCR, NAME_ALIAS };

/* The numbers of a name and the letters in front of them. */
struct view_shape {
	char letters[12]; /* lower case; "" if they say nothing: "port", "eth" */
	uint8_t count;
	uint32_t numbers[6];
};

struct view_names {
	const struct switch_view *view;
	struct view_name *items; /* by text, without case, and kind */
	size_t count;
	struct view_shaped *shaped; /* physical ports by the last number of a name */
	size_t shaped_count;
};

/* ERR_NOMEM. The view's ports must stay where they are. */
int view_names_init(struct view_names *names, const struct switch_view *view);
void view_names_fini(struct view_names *names);
/* The one port that has this text as its `kind`; if several have, the one that has it in the
 * same case, then the only physical one. 0: none, or several. Returns its ifIndex. */
uint32_t view_names_find(const struct view_names *names, enum view_name_kind kind,
			 const char *text);
/* The one physical port whose ifName or ifDescr resembles a text. 0: none, or several. */
uint32_t view_names_resembling(const struct view_names *names, const char *text);
/* The one physical port with this ifPhysAddress. 0: none, or several. */
uint32_t view_names_by_mac(const struct view_names *names, mac_addr mac);

/* IANAifType: a port that a cable can be put in (or a radio), so far as the type tells. */
bool view_is_physical(const struct view_port *port);
/* Loopbacks, VLANs, tunnels and the like, on which no neighbour can be. */
bool view_is_virtual(const struct view_port *port);

#endif
