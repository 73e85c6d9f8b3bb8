/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A YAML document with positions, bounded in size, depth and aliases, and the way through it. The
 * only place that parses YAML.
 */
#ifndef CONF_TREE_H
#define CONF_TREE_H

#include "complaints.h"

#include <yaml.h>

enum {
	TREE_NODES_MAX = 1000000,
	TREE_DEPTH_MAX = 32,
	TREE_ANCHORS_MAX = 1000, /* libyaml searches them for every alias */
	TREE_ALIASES_MAX = 10000,
	/* Nodes looked at, aliases followed: what a document of that size needs, and no more. */
	TREE_VISITS_MAX = 4 * TREE_NODES_MAX,
};

/* What is read, and where what is wrong with it goes. */
struct reader {
	struct complaints *complaints;
	int file;		/* its number there */
	struct mem_arena arena; /* of what is read; until the configuration is built */
	yaml_document_t document;
	bool has_document;
	size_t visits;
};

/* 0, or ERR_SYNTAX with a complaint, or ERR_NOMEM. */
int tree_load(struct reader *reader, const void *data, size_t len);
void tree_fini(struct reader *reader);
/* NULL if the document is empty. */
const yaml_node_t *tree_root(struct reader *reader);

struct mark node_mark(const yaml_node_t *node);
/* No value at all, `~` or `null`. */
bool node_is_null(const yaml_node_t *node);
/* The text of a scalar, borrowed; NULL, with a complaint that `what` is wrong, if the node is none
 * or holds control characters. */
const char *node_text(struct reader *reader, const yaml_node_t *node, const char *what);

typedef void map_fn(struct reader *reader, const char *key, struct mark at,
		    const yaml_node_t *value, void *arg);
/* Calls fn for each pair; complains of what is no mapping, of keys that are no text, of duplicates.
 * A node without value is an empty mapping. False if it is no mapping. */
bool map_each(struct reader *reader, const yaml_node_t *node, const char *what, map_fn *fn,
	      void *arg);
typedef void list_fn(struct reader *reader, const yaml_node_t *item, void *arg);
/* The same for a sequence. */
bool list_each(struct reader *reader, const yaml_node_t *node, const char *what, list_fn *fn,
	       void *arg);

#define complain_yaml(reader, at, ...) \
	complain((reader)->complaints, (reader)->file, at, __VA_ARGS__)

#endif
