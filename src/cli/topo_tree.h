/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tree that the links make: who hangs below whom, with the switches in between that nobody can
 * ask, and what has no place yet. Pure: it is made of rows and reads nothing. Rings and parents
 * that are gone do it no harm.
 */
#ifndef CLI_TOPO_TREE_H
#define CLI_TOPO_TREE_H

#include "keepwatch/reader_topology.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TREE_NONE SIZE_MAX

enum tree_node_type {
	TREE_DEVICE,  /* of the fleet, or formerly of it */
	TREE_OUTSIDE, /* a switch or router of which only others tell */
	TREE_HIDDEN,  /* between a port and the devices behind it: it cannot be asked */
};

struct tree_node {
	enum tree_node_type type;
	bool is_ring;	  /* its link would close a ring: it stands at the top instead */
	bool is_left_out; /* left the fleet file, and nothing hangs on it */
	bool is_unplaced; /* no link, and nothing below */
	unsigned depth;	  /* 0: at the top */
	const struct reader_device *device; /* of TREE_DEVICE */
	/* How it hangs; NULL if that is not known. Of a hidden one: how the first behind it does.
	 */
	const struct topo_link *link;
	const char *name;	    /* of the others: as told, or "" */
	uint32_t parent_id;	    /* of an outside one whose device is gone: its id */
	size_t parent, child, next; /* TREE_NONE */
	/* Below it, itself not counted: devices of the fleet by state, and how many are switches or
	 * routers. */
	size_t devices, switches, by_health[HEALTH_COUNT];
};

struct topo_tree {
	/* The first ones are the devices, in their order. */
	struct tree_node *nodes;
	size_t count, cap, device_count;
	/* All but the left out ones: parents before their children, siblings by port; those without
	 * a place at the end. */
	size_t *order;
	size_t order_count;
	size_t unplaced;		 /* how many */
	const struct topo_link **spares; /* second paths, by device */
	size_t spare_count;
	uint32_t *ids; /* of devices, ascending, and their nodes: for topo_tree_find */
	size_t *places;
};

/*
 * Devices and links are borrowed while the tree lives. Removed devices are left out unless
 * something hangs on them, or with_removed. ERR_NOMEM. topo_tree_fini is due in any case.
 */
int topo_tree_build(struct topo_tree *tree, const struct reader_device_list *devices,
		    const struct reader_link_list *links, bool with_removed);
void topo_tree_fini(struct topo_tree *tree);

/* The node of a device id, TREE_NONE. */
size_t topo_tree_find(const struct topo_tree *tree, uint32_t id);
/* Spare links of a device: the first and how many. */
const struct topo_link *const *topo_tree_spares(const struct topo_tree *tree, uint32_t id,
						size_t *count);
/* A switch or router, or something hangs on it: it may carry others. */
bool tree_node_is_switch(const struct tree_node *node);
/* What stands above it and has a name of its own: a device or an outside one. TREE_NONE. */
size_t topo_tree_above(const struct topo_tree *tree, size_t place);

#endif
