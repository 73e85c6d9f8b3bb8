/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What goes dark when a switch, or one port of it, is taken down: all that hangs below it, less
 * what another path reaches. Pure, on the tree.
 */
#ifndef CLI_TOPO_IMPACT_H
#define CLI_TOPO_IMPACT_H

#include "topo_tree.h"

enum impact_effect {
	IMPACT_DARK,
	IMPACT_PERHAPS, /* it is not sure that it hangs there */
	IMPACT_SPARED,	/* another path reaches it */
	IMPACT_EFFECTS
};

struct impact_device {
	size_t place; /* in the tree */
	enum impact_effect effect;
	uint8_t confidence; /* the least on the way from what is taken down */
	/* What is declared elsewhere, but seen there: itself, or what it hangs on; TREE_NONE: it is
	 * placed there. */
	size_t seen;
	const struct topo_link *spare; /* of IMPACT_SPARED: the path that remains */
};

/* What goes dark of one site and owner. */
struct impact_group {
	const char *site, *owner;
	size_t counts[IMPACT_EFFECTS];
	size_t kinds[KIND_COUNT]; /* of the dark ones */
};

struct impact {
	size_t target;
	const struct topo_port *port;	   /* NULL: the whole switch */
	const struct topo_port *aggregate; /* that the port is a member of */
	size_t members_left;		   /* other members that are up: they carry on */
	bool is_uplink;			   /* the port leads up: the switch itself is cut off */
	struct impact_device *devices;	   /* by effect, then as in the tree */
	size_t device_count;
	struct impact_group *groups; /* by site and owner */
	size_t group_count, group_cap;
	size_t counts[IMPACT_EFFECTS], kinds[KIND_COUNT] /* dark */, down_already /* dark */;
	/* Of the same sites, not below: without a place, and seen elsewhere than declared without a
	 * record of where (perhaps just here): nobody knows. */
	size_t unplaced, contradicted;
};

const char *impact_effect_name(enum impact_effect effect); /* "dark", "perhaps", "spared" */

/*
 * port NULL: the whole switch, else one of `ports` (those of the target). The tree and the ports
 * are borrowed while the impact lives. ERR_NOMEM. impact_fini is due in any case.
 */
int impact_compute(struct impact *impact, const struct topo_tree *tree, size_t target,
		   const struct reader_port_list *ports, const struct topo_port *port);
void impact_fini(struct impact *impact);

/* A port of the list by what a person wrote; see port_name.h, and an ifIndex. */
struct port_choice {
	const struct topo_port *port;  /* NULL: none, or several */
	const struct topo_port *other; /* if several: one more that fits as well */
	const char *near;	       /* if none: the nearest name, NULL if there is none */
};
void port_choose(const struct reader_port_list *ports, const char *text,
		 struct port_choice *choice);

#endif
