/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch topology: what is to be shown, gathered once, and then drawn as a tree, as a graph for
 * Graphviz, or written as rows.
 */
#ifndef CLI_TOPOLOGY_H
#define CLI_TOPOLOGY_H

#include "cli.h"
#include "topo_tree.h"

enum topology_mark {
	TOPOLOGY_WANTED = 1, /* asked for */
	TOPOLOGY_SHOWN = 2,  /* that, or above it */
};

struct topology {
	struct cli *cli;
	struct reader_device_list devices; /* all */
	struct reader_link_list links;
	struct topo_tree tree;
	uint8_t *marks; /* by node: enum topology_mark */
	size_t wanted;	/* devices */
	int64_t at_ms;	/* 0: now */
	size_t depth;	/* levels to be shown, 0: all */
	bool has_names; /* devices were named, so none is folded */
};

/* Whether a device of the tree is worth a look: not up, flapping, or its place is doubtful. */
bool topology_is_problem(const struct topology *topology, const struct tree_node *node);
/* Whether a node is to be drawn: shown, and not too deep. */
bool topology_is_drawn(const struct topology *topology, size_t place);

void topology_write_screen(struct topology *topology);
void topology_write_rows(struct topology *topology);
/* A graph in the language of Graphviz. */
void topology_write_dot(struct topology *topology, struct out *out);
/* The same, drawn by dot(1). 0 or an exit code after complaining. */
int topology_write_svg(struct topology *topology);

#endif
