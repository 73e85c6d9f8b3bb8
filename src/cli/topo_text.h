/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Words about places in the network, the same in every command. What comes from devices is put down
 * as it is: whoever writes to a terminal makes it harmless.
 */
#ifndef CLI_TOPO_TEXT_H
#define CLI_TOPO_TEXT_H

#include "topo_tree.h"

struct buf;

/* "camera", of several "cameras". */
const char *topo_kind_word(enum device_kind kind, size_t count);
/* "40 cameras, 1 door"; nothing if all are 0. */
void topo_put_kinds(struct buf *buf, const size_t kinds[KIND_COUNT]);
/* "48 devices" or "48 devices, 2 down, 1 degraded". */
void topo_put_health(struct buf *buf, size_t devices, const size_t by_health[HEALTH_COUNT]);
/* Name of what a link leads to: "hq-acc-1", "provider (not in the fleet)". */
void topo_put_parent(struct buf *buf, const struct topo_tree *tree, const struct topo_link *link);
/* Where a contradicted one is seen: "hq-acc-1 gi1/0/15". False, and nothing, if it is not known. */
bool topo_put_seen(struct buf *buf, const struct topo_tree *tree, const struct topo_link *link);
/* What is hidden: "unmanaged switch (4 devices)", "behind desk-switch (lldp)". */
void topo_put_hidden(struct buf *buf, const struct tree_node *node);
/* Any node: its name and, if it is no plain device, what it is. */
void topo_put_name(struct buf *buf, const struct tree_node *node);
/* "hq-core p1 > hq-acc-1 p3 > desk-switch": from the node `from` (TREE_NONE: from the top) to what
 * `place` hangs on, each with the port; "" if it hangs on nothing. */
void topo_put_path(struct buf *buf, const struct topo_tree *tree, size_t from, size_t place);
/* "1000 Mbit/s full", "10 Gbit/s"; "" if not known. Returns out. */
const char *topo_speed(uint64_t mbps, uint8_t duplex, char *out, size_t size);
/* "up", "down", "disabled", "testing" ...: of admin and oper, RFC 2863; "" not known. */
const char *topo_port_state(const struct topo_port *port);
/* "6.4 W, class 3"; with the status unless it delivers: "searching"; "" without PoE. Returns out.
 */
const char *topo_poe(const struct topo_port *port, char *out, size_t size);

#endif
