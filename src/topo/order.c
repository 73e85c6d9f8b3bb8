/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The order of the tree: what lies below a node, and below each of its ports, is a range of
 * numbers, so that it is told at once whether a port leads to a switch.
 */
#include "tree.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- the order of the tree: what lies below a node, and below each of its ports, is a range */

enum { MATES_MAX = 16 };

struct child {
	uint32_t parent, node;
	uint16_t port;
};

static int
child_compare(const void *x, const void *y)
{
	const struct child *a = x, *b = y;

	if (a->parent != b->parent)
		return a->parent < b->parent ? -1 : 1;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return a->node < b->node ? -1 : a->node > b->node;
}

static void
node_open(struct node *node, uint32_t tin)
{
	node->tin = tin;
	node->has_blind_child = false;
	for (size_t i = 0; i < node->port_count; i++) {
		node->ports[i].tin_low = node->ports[i].tin_high = 0;
		node->ports[i].peer = NONE32;
		node->ports[i].is_segment = false;
	}
}

static void
node_close(struct topo *topo, uint32_t n, uint32_t tout)
{
	struct node *node = topo->nodes[n], *parent;
	struct port *port;

	node->tout = tout;
	if (node->parent == NONE32)
		return;
	parent = topo->nodes[node->parent];
	if (node->up_port != NONE16)
		node->ports[node->up_port].peer = node->parent;
	if (node->parent_port == NONE16) {
		parent->has_blind_child = true;
		return;
	}
	port = &parent->ports[node->parent_port];
	if (node->source == TOPO_FDB || node->mates > 0)
		port->is_segment = true;
	if (port->peer == NONE32) {
		port->peer = n;
		port->tin_low = node->tin;
	}
	port->tin_high = tout;
}

/* ---- mates: several that hang on the same port */

/* Whether one mate sees another beyond itself, on this port: then that hangs there. */
static bool
is_beyond(const struct topo *topo, uint32_t mate, uint32_t n, uint16_t *port, uint32_t *agree)
{
	const struct node *above = topo->nodes[mate], *node = topo->nodes[n];
	uint32_t seen, back_agree;
	uint16_t back;

	*port = topo_port_towards(topo, mate, n, node->up_port, agree, &seen);
	if (*port == NONE16 || above->up_port == NONE16 || *port == above->up_port ||
	    port_is_down(&above->ports[*port]) || *agree * 4 < seen * 3 || *agree < 2)
		return false;
	back = topo_port_towards(topo, n, mate, NONE16, &back_agree, &seen);
	return back == NONE16 || back == node->up_port;
}

static void
rehang(struct topo *topo, uint32_t n, uint32_t parent, uint16_t port, uint32_t agree)
{
	struct node *node = topo->nodes[n];
	double error = tree_hang_error(topo, agree);

	node->parent = parent;
	node->parent_port = port;
	node->source = TOPO_FDB;
	if (node->error < error)
		node->error = error;
}

/* A switch that passes LLDP on, or is seen late, has those behind it put beside it: they are put
 * where it sees them. */
static bool
mates_part(struct topo *topo, const struct child *mates, size_t count)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		uint32_t n = mates[i].node, best = NONE32, best_agree = 0;
		uint16_t best_port = NONE16;

		for (size_t k = 0; k < count; k++) {
			uint32_t mate = mates[k].node, agree;
			uint16_t port;

			if (k == i || topo->nodes[mate]->parent != mates[k].parent ||
			    !is_beyond(topo, mate, n, &port, &agree) || agree <= best_agree)
				continue;
			best = mate;
			best_port = port;
			best_agree = agree;
		}
		if (best == NONE32)
			continue;
		rehang(topo, n, best, best_port, best_agree);
		any = true;
	}
	return any;
}

static size_t
children_list(const struct topo *topo, struct child *children)
{
	size_t used = 0;

	for (uint32_t n = 0; n < topo->node_count; n++) {
		if (topo->nodes[n]->parent != NONE32)
			children[used++] = (struct child){topo->nodes[n]->parent, n,
							  topo->nodes[n]->parent_port};
	}
	if (used > 0)
		qsort(children, used, sizeof(*children), child_compare);
	return used;
}

static bool
mates_refine(struct topo *topo, const struct child *children, size_t count)
{
	bool any = false;

	for (size_t i = 0, end; i < count; i = end) {
		for (end = i + 1; end < count && children[end].parent == children[i].parent &&
				  children[end].port == children[i].port;)
			end++;
		if (end - i > 1 && end - i <= MATES_MAX && children[i].port != NONE16)
			any = mates_part(topo, &children[i], end - i) || any;
	}
	for (uint32_t n = 0; any && n < topo->node_count; n++) {
		topo->nodes[n]->depth = 0;
		for (uint32_t up = topo->nodes[n]->parent; up != NONE32;
		     up = topo->nodes[up]->parent)
			topo->nodes[n]->depth++;
	}
	return any;
}

/* Without recursion, as a chain may be as long as there are switches. */
int
tree_number(struct topo *topo)
{
	size_t count = topo->node_count, used;
	struct child *children = calloc(count + 1, sizeof(*children));
	uint32_t *first = calloc(count + 2, sizeof(*first));
	uint32_t *stack = calloc(count + 1, sizeof(*stack));
	uint32_t *next = calloc(count + 1, sizeof(*next));
	uint32_t clock = 0;
	int err = ERR_NOMEM;

	if (children == NULL || first == NULL || stack == NULL || next == NULL)
		goto out;
	used = children_list(topo, children);
	if (mates_refine(topo, children, used))
		used = children_list(topo, children);
	for (size_t i = 0; i < used; i++) {
		first[children[i].parent + 1]++;
		topo->nodes[children[i].node]->mates =
			(uint32_t)(i > 0 && children[i - 1].parent == children[i].parent &&
				   children[i - 1].port == children[i].port) +
			(uint32_t)(i + 1 < used && children[i + 1].parent == children[i].parent &&
				   children[i + 1].port == children[i].port);
	}
	for (size_t n = 0; n < count; n++)
		first[n + 1] += first[n];
	for (uint32_t root = 0; root < count; root++) {
		size_t depth = 0;

		if (topo->nodes[root]->parent != NONE32)
			continue;
		stack[depth++] = root;
		next[root] = first[root];
		node_open(topo->nodes[root], clock++);
		while (depth > 0) {
			uint32_t n = stack[depth - 1];

			if (next[n] < first[n + 1]) {
				uint32_t child = children[next[n]++].node;

				next[child] = first[child];
				node_open(topo->nodes[child], clock++);
				stack[depth++] = child;
			} else {
				node_close(topo, n, clock);
				depth--;
			}
		}
	}
	err = 0;
out:
	free(children);
	free(first);
	free(stack);
	free(next);
	return err;
}

int
topo_leads(const struct topo *topo, uint32_t n, uint16_t port, uint32_t to)
{
	const struct node *node = topo->nodes[n], *target = topo->nodes[to];
	const struct port *p = &node->ports[port];

	if (node->component != target->component)
		return 0;
	if (target->tin >= node->tin && target->tin < node->tout) {
		if (p->tin_high > p->tin_low)
			return target->tin >= p->tin_low && target->tin < p->tin_high ? 1 : -1;
		return node->has_blind_child && port != node->up_port ? 0 : -1;
	}
	if (node->parent == NONE32)
		return 0;
	if (node->up_port == NONE16)
		return p->tin_high > p->tin_low ? -1 : 0;
	return port == node->up_port ? 1 : -1;
}
