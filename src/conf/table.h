/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tables of keys: what a mapping may hold, of which type and range, and where it goes. The reader
 * of a mapping is the table; there are no ifs per key.
 */
#ifndef CONF_TABLE_H
#define CONF_TABLE_H

#include "tree.h"

#include "keepwatch/probe_spec.h"

/* A value as given in the file, with its place. */
struct knob {
	struct mark at;	  /* of the value, even of a wrong one; {0, 0} if not given */
	int64_t number;	  /* INT, DURATION (ms), BOOL, ENUM index; else 0 */
	const char *text; /* STRING; NULL if not given */
	bool is_set;
};

/* Reads the value of a key that is no single value. */
typedef void key_fn(struct reader *reader, const yaml_node_t *value, void *target);

struct key {
	struct option_spec spec; /* for a key with `read` only its name and help count */
	size_t offset;		 /* of the struct knob in the target; with `read`: of its target */
	key_fn *read;
};

/* Reads a mapping by its table into target; `what` names it in complaints ("poll"). False if it is
 * no mapping. */
bool table_read(struct reader *reader, const yaml_node_t *node, const char *what,
		const struct key *keys, size_t count, void *target);

bool knob_is_given(const struct knob *knob);

/* One value by its specification; complains and sets only out->at if it is wrong. */
void value_read(struct reader *reader, const yaml_node_t *node, const struct option_spec *spec,
		struct knob *out);

/* A list of texts as written, in their order. */
struct text_item {
	struct text_item *next;
	struct knob knob;
};
struct text_list {
	struct mark at; /* {0, 0}: not given */
	struct text_item *first, **end;
	size_t count;
};

/* Adds a list of texts, or a single one, each of 1..max bytes. */
void text_list_read(struct reader *reader, const yaml_node_t *node, const char *what, int max,
		    struct text_list *list);

#define KEY(target, member, name, kind, fallback, low, high, choices, help) \
	{                                                                   \
		{name, OPTION_##kind, fallback, low, high, choices, help},  \
			offsetof(struct target, member), NULL               \
	}

#endif
