/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where one device is in the network, for `keepwatch show`: its port and what is known of it, the
 * others there, its own ports if it is a switch, and where it was before.
 */
#ifndef CLI_SHOW_PLACE_H
#define CLI_SHOW_PLACE_H

#include "cli.h"
#include "topo_tree.h"

struct jsonw;

enum { PLACE_FORMER = 10, PLACE_NAMES = 12 };

struct show_place {
	struct reader_device_list devices; /* all */
	struct reader_link_list links;	   /* all */
	struct topo_tree tree;
	size_t place;		      /* of the device; TREE_NONE: nothing is known at all */
	size_t parent;		      /* what it hangs on: a device or outside one; TREE_NONE */
	const struct topo_link *link; /* NULL: not known */
	struct reader_port_list port_list; /* of the parent */
	const struct reader_port *port;	   /* where it hangs; NULL: not known */
	struct reader_port_list ports;	   /* its own */
	struct reader_link_list former;	   /* the newest first */
	/* The others on the same switch: counts, and the nodes on the same port, and of those that
	 * are down. */
	size_t others, kinds[KIND_COUNT], by_health[HEALTH_COUNT];
	size_t *beside, beside_count, *down, down_count;
};

/* 0 or a code of the reader, ERR_NOMEM. show_place_fini is due in any case. */
int show_place_read(struct cli *cli, const struct reader_device *device, struct show_place *place);
void show_place_fini(struct show_place *place);
/* Whether there is anything to show. */
bool show_place_is_known(const struct show_place *place);
/* Calls for each device that hangs on a port of this device, directly or behind something hidden.
 */
void show_place_each_on_port(const struct show_place *place, const struct topo_port *port,
			     void (*each)(void *arg, const struct tree_node *node), void *arg);

void show_place_write_screen(struct cli *cli, const struct show_place *place,
			     const struct reader_fact_list *facts);
/* Its tables: ports, former places. */
void show_place_write_tables(struct cli *cli, const struct show_place *place);
void show_place_write_json(struct jsonw *json, const struct show_place *place);

#endif
