/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading mappings by table.
 */
#include "table.h"

#include "suggest.h"

#include "keepwatch/err.h"
#include "keepwatch/secret.h"

#include <stdlib.h>
#include <string.h>

bool
knob_is_given(const struct knob *knob)
{
	return knob->at.line > 0;
}

void
value_read(struct reader *reader, const yaml_node_t *node, const struct option_spec *spec,
	   struct knob *out)
{
	char expected[256] = "";
	struct option_value value;
	struct knob knob = {.at = node_mark(node), .is_set = true};
	const char *text = node_text(reader, node, spec->name);
	int rc;

	out->at = knob.at;
	if (text == NULL)
		return;
	if (node_is_null(node)) {
		complain_yaml(reader, knob.at, "%s has no value; leave the key out for its default",
			      spec->name);
		return;
	}
	rc = option_parse(spec, text, &value, expected, sizeof(expected));
	if (rc == ERR_NOMEM) {
		reader->complaints->out_of_memory = true;
	} else if (rc != 0) {
		complain_yaml(reader, knob.at, "%s: %s is %s; expected %s", spec->name,
			      quoted(reader->complaints, text, strlen(text)),
			      rc == ERR_RANGE ? "out of range" : "not understood", expected);
	} else if (spec->type == OPTION_STRING && *text == '\0' && spec->min > 0) {
		complain_yaml(reader, knob.at, "%s is empty; expected %s", spec->name, spec->help);
		free(value.text);
	} else {
		knob.number = value.number;
		if (spec->type == OPTION_STRING) {
			knob.text = arena_strdup(&reader->arena, value.text);
			secret_wipe(value.text, strlen(value.text)); /* maybe a community */
			free(value.text);
			if (knob.text == NULL) {
				reader->complaints->out_of_memory = true;
				return;
			}
		}
		*out = knob;
	}
}

struct table_arg {
	const char *what;
	const struct key *keys;
	size_t count;
	char *target;
};

static void
read_pair(struct reader *reader, const char *name, struct mark at, const yaml_node_t *value,
	  void *arg)
{
	const struct table_arg *table = arg;
	struct suggest suggest;

	for (size_t i = 0; i < table->count; i++) {
		const struct key *key = &table->keys[i];

		if (strcmp(key->spec.name, name) != 0)
			continue;
		if (key->read != NULL)
			key->read(reader, value, table->target + key->offset);
		else
			value_read(reader, value, &key->spec,
				   (struct knob *)(void *)(table->target + key->offset));
		return;
	}
	suggest_init(&suggest, name);
	for (size_t i = 0; i < table->count; i++) {
		if (table->keys[i].spec.help != NULL)
			suggest_offer(&suggest, table->keys[i].spec.name);
	}
	complain_yaml(reader, at, "unknown key %s in %s%s",
		      quoted(reader->complaints, name, strlen(name)), table->what,
		      suggest_text(&suggest));
}

bool
table_read(struct reader *reader, const yaml_node_t *node, const char *what, const struct key *keys,
	   size_t count, void *target)
{
	struct table_arg arg = {what, keys, count, target};

	return map_each(reader, node, what, read_pair, &arg);
}

struct text_list_arg {
	struct text_list *list;
	struct option_spec spec;
};

static void
read_text(struct reader *reader, const yaml_node_t *node, void *arg)
{
	struct text_list_arg *text = arg;
	struct text_list *list = text->list;
	struct text_item *item = arena_alloc(&reader->arena, sizeof(*item));

	if (item == NULL) {
		reader->complaints->out_of_memory = true;
		return;
	}
	value_read(reader, node, &text->spec, &item->knob);
	if (!item->knob.is_set)
		return;
	if (list->end == NULL)
		list->end = &list->first;
	*list->end = item;
	list->end = &item->next;
	list->count++;
}

void
text_list_read(struct reader *reader, const yaml_node_t *node, const char *what, int max,
	       struct text_list *list)
{
	struct text_list_arg arg = {list, {"an item", OPTION_STRING, NULL, 1, max, NULL, "a text"}};

	list->at = node_mark(node);
	if (node->type == YAML_SEQUENCE_NODE)
		list_each(reader, node, what, read_text, &arg);
	else
		read_text(reader, node, &arg);
}
