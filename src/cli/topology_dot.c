/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The topology in the language of Graphviz (dot(1), "The DOT Language"): a cluster for each switch
 * with what hangs on it, colours by state, broken lines for what is not known well.
 */
#include "topology.h"

#include "topo_text.h"

#include "keepwatch/buf.h"

#include <string.h>

enum { TEXT_MAX = 64 << 10 };

struct dot {
	const struct topology *topology;
	struct out *out;
	struct buf text, harmless;
};

/*
 * Puts the content of dot->text as a quoted string: quotes and backslashes are escaped, and `&`,
 * which would begin an HTML entity; line ends of our own become "\n". Control characters and
 * broken UTF-8 are written out.
 */
static void
put_string(struct dot *dot)
{
	const char *text = dot->text.data != NULL ? dot->text.data : "";

	out_puts(dot->out, "\"");
	for (;;) {
		size_t len = strcspn(text, "\n");

		buf_reset(&dot->harmless);
		term_put_text(true, &dot->harmless, text, len);
		for (size_t i = 0; i < dot->harmless.len; i++) {
			char c = dot->harmless.data[i];

			if (c == '&')
				out_puts(dot->out, "&amp;");
			else if (c == '"' || c == '\\')
				out_printf(dot->out, "\\%c", c);
			else
				out_put(dot->out, &c, 1);
		}
		if (text[len] == '\0')
			break;
		out_puts(dot->out, "\\n");
		text += len + 1;
	}
	out_puts(dot->out, "\"");
	buf_reset(&dot->text);
}

static const char *
fill_of(const struct dot *dot, const struct tree_node *node)
{
	static const char *const fills[HEALTH_COUNT] = {
		[HEALTH_UNKNOWN] = "#e0e0e0",
		[HEALTH_UP] = "#c8e6c9",
		[HEALTH_DEGRADED] = "#ffe082",
		[HEALTH_DOWN] = "#ef9a9a",
	};

	if (node->type != TREE_DEVICE || dot->topology->at_ms != 0)
		return "white";
	return fills[node->device->health];
}

static const char *
shape_of(const struct tree_node *node)
{
	if (node->type == TREE_HIDDEN)
		return "box, style=\"dashed\"";
	if (node->type == TREE_OUTSIDE)
		return "box, style=\"dotted\"";
	switch (node->device->kind) {
	case KIND_SWITCH:
		return "box, style=\"filled\"";
	case KIND_ROUTER:
		return "hexagon, style=\"filled\"";
	case KIND_DOOR:
		return "house, style=\"filled\"";
	default:
		return "ellipse, style=\"filled\"";
	}
}

static void
put_node(struct dot *dot, size_t place, const char *indent)
{
	const struct tree_node *node = &dot->topology->tree.nodes[place];

	out_printf(dot->out, "%sn%zu [label=", indent, place);
	topo_put_name(&dot->text, node);
	put_string(dot);
	out_printf(dot->out, ", shape=%s, fillcolor=\"%s\"", shape_of(node), fill_of(dot, node));
	if (node->type == TREE_DEVICE) {
		out_puts(dot->out, ", tooltip=");
		buf_printf(&dot->text, "%s %s", kind_name(node->device->kind),
			   node->device->address);
		if (dot->topology->at_ms == 0)
			buf_printf(&dot->text, " %s", health_name(node->device->health));
		put_string(dot);
	}
	out_puts(dot->out, "];\n");
}

/* Attributes of a line: the port as its label, how it is known as its tooltip. */
static void
put_link_attributes(struct dot *dot, const struct topo_link *link)
{
	out_puts(dot->out, " [label=");
	buf_puts(&dot->text, link->port);
	if (link->device_port[0] != '\0')
		buf_printf(&dot->text, "\n%s", link->device_port);
	put_string(dot);
	out_puts(dot->out, ", tooltip=");
	buf_printf(&dot->text, "%s %u %%", topo_source_name((enum topo_source)link->source),
		   link->confidence);
	if (link->vlan != 0)
		buf_printf(&dot->text, " VLAN %u", link->vlan);
	if (link->why[0] != '\0')
		buf_printf(&dot->text, ": %s", link->why);
	put_string(dot);
	if (link->is_contradicted)
		out_puts(dot->out, ", color=\"#c62828\", fontcolor=\"#c62828\"");
}

static void
put_link(struct dot *dot, size_t place)
{
	const struct tree_node *node = &dot->topology->tree.nodes[place];
	bool is_behind = node->parent != TREE_NONE &&
			 dot->topology->tree.nodes[node->parent].type == TREE_HIDDEN;

	if (node->parent == TREE_NONE) {
		if (!node->is_unplaced)
			out_printf(dot->out, "  monitor -> n%zu [style=dotted];\n", place);
		return;
	}
	out_printf(dot->out, "  n%zu -> n%zu", node->parent, place);
	/* What is behind something hidden has no port that is known. */
	if (is_behind)
		out_printf(dot->out, " [style=%s",
			   node->link->confidence < TOPO_CONFIDENCE_LOW ? "dashed" : "solid");
	else
		put_link_attributes(dot, node->link);
	if (!is_behind && node->link->confidence < TOPO_CONFIDENCE_HIGH)
		out_puts(dot->out, ", style=dashed");
	out_puts(dot->out, "];\n");
}

static void
put_spares(struct dot *dot, size_t place)
{
	const struct topo_tree *tree = &dot->topology->tree;
	const struct topo_link *const *spares;
	size_t count;

	if (tree->nodes[place].type != TREE_DEVICE)
		return;
	spares = topo_tree_spares(tree, tree->nodes[place].device->id, &count);
	for (size_t i = 0; i < count; i++) {
		size_t parent = topo_tree_find(tree, spares[i]->parent);

		if (parent == TREE_NONE || !topology_is_drawn(dot->topology, parent))
			continue;
		out_printf(dot->out, "  n%zu -> n%zu", parent, place);
		put_link_attributes(dot, spares[i]);
		/* With clusters, dot 2.42 fails on constraint=false, and without newrank on
		 * rings ("trouble in init_rank"). */
		out_puts(dot->out, ", style=dotted, weight=0];\n");
	}
}

/* A node with what hangs directly on it, and on what is hidden there; switches below have clusters
 * of their own. */
static void
put_cluster(struct dot *dot, size_t place)
{
	const struct topo_tree *tree = &dot->topology->tree;

	out_printf(dot->out, "  subgraph cluster_%zu {\n    label=\"\";\n", place);
	put_node(dot, place, "    ");
	for (size_t i = tree->nodes[place].child; i != TREE_NONE; i = tree->nodes[i].next) {
		const struct tree_node *child = &tree->nodes[i];

		if (!topology_is_drawn(dot->topology, i))
			continue;
		if (child->child == TREE_NONE || child->type == TREE_HIDDEN)
			put_node(dot, i, "    ");
		if (child->type != TREE_HIDDEN)
			continue;
		for (size_t k = child->child; k != TREE_NONE; k = tree->nodes[k].next) {
			if (topology_is_drawn(dot->topology, k) &&
			    tree->nodes[k].child == TREE_NONE)
				put_node(dot, k, "    ");
		}
	}
	out_puts(dot->out, "  }\n");
}

static void
put_unplaced(struct dot *dot)
{
	const struct topo_tree *tree = &dot->topology->tree;
	bool is_begun = false;

	for (size_t i = 0; i < tree->device_count; i++) {
		if (!tree->nodes[i].is_unplaced || !topology_is_drawn(dot->topology, i))
			continue;
		if (!is_begun)
			out_puts(dot->out, "  subgraph cluster_unplaced {\n"
					   "    label=\"not placed yet\";\n");
		is_begun = true;
		put_node(dot, i, "    ");
	}
	if (is_begun)
		out_puts(dot->out, "  }\n");
}

void
topology_write_dot(struct topology *topology, struct out *out)
{
	const struct topo_tree *tree = &topology->tree;
	struct dot dot = {.topology = topology, .out = out};
	bool has_top = false;

	buf_init(&dot.text, TEXT_MAX);
	buf_init(&dot.harmless, TEXT_MAX);
	out_puts(out,
		 "digraph keepwatch {\n"
		 "  graph [rankdir=LR, newrank=true, ranksep=1, color=\"#bdbdbd\", "
		 "fontname=\"Helvetica\"];\n"
		 "  node [fontname=\"Helvetica\", fontsize=11, color=\"#616161\"];\n"
		 "  edge [dir=none, fontname=\"Helvetica\", fontsize=9, color=\"#616161\"];\n");
	for (size_t i = 0; i < tree->order_count; i++) {
		size_t place = tree->order[i];
		const struct tree_node *node = &tree->nodes[place];

		if (!topology_is_drawn(topology, place) || node->is_unplaced)
			continue;
		if (!has_top)
			out_puts(out, "  monitor [shape=doubleoctagon];\n");
		has_top = true;
		if (node->child != TREE_NONE && node->type != TREE_HIDDEN)
			put_cluster(&dot, place);
		else if (node->parent == TREE_NONE)
			put_node(&dot, place, "  ");
		put_link(&dot, place);
		put_spares(&dot, place);
	}
	put_unplaced(&dot);
	out_puts(out, "}\n");
	out_fail(out, dot.text.error != 0 ? dot.text.error : dot.harmless.error);
	buf_fini(&dot.text);
	buf_fini(&dot.harmless);
}
