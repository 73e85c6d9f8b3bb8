/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lists per kind of device: allowed VLANs, TCP ports and accounts. What several files say of a kind
 * is added up.
 */
#include "policy.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

enum { SET_WORDS = (UINT16_MAX + 1) / 64, TEXT_MAX = 1024, GLOB_MAX = 127 };

/* Numbers of one kind, and of all kinds. */
struct sets {
	struct policy_reader *policy;
	const struct option_spec *spec;
	unsigned max;
	bool has_default, has_none; /* `default` is a kind; "none" is the empty list */
	size_t words;
	uint64_t **sets; /* by kind */
	uint64_t *set;	 /* the one that is read */
};

static void
add_numbers(struct reader *reader, const struct knob *knob, struct sets *sets)
{
	const char *list = knob->text;
	char word[WORD_SIZE];
	unsigned first, last;

	if (sets->has_none && strcmp(list, "none") == 0)
		return;
	while (words_next(&list, word)) {
		if (!range_read(word, sets->max, &first, &last)) {
			complain_yaml(reader, knob->at,
				      "%s: %s is not understood; expected numbers from 1 to %u and "
				      "ranges, such as 10,20-29",
				      sets->spec->name,
				      quoted(reader->complaints, word, strlen(word)), sets->max);
			continue;
		}
		for (unsigned n = first; n <= last; n++)
			sets->set[n / 64] |= UINT64_C(1) << n % 64;
	}
}

static void
read_set(struct reader *reader, const char *name, struct mark at, const yaml_node_t *value,
	 void *arg)
{
	struct sets *sets = arg;
	struct knob knob = {0};
	int kind = kind_read(reader, name, at, sets->spec->name, sets->has_default);

	if (kind < 0)
		return;
	value_read(reader, value, sets->spec, &knob);
	if (!knob.is_set)
		return;
	if (sets->sets[kind] == NULL)
		sets->sets[kind] = calloc(sets->words, sizeof(uint64_t));
	sets->set = sets->sets[kind];
	if (sets->set == NULL)
		reader->complaints->out_of_memory = true;
	else
		add_numbers(reader, &knob, sets);
}

void
policy_vlans_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	static const struct option_spec spec = {
		"vlans", OPTION_STRING, NULL, 1, TEXT_MAX, NULL, "VLANs, such as 10,20-29"};
	struct policy_reader *policy = target;
	struct sets sets = {policy,
			    &spec,
			    CONF_VLAN_MAX,
			    false,
			    false,
			    CONF_VLAN_MAX / 64 + 1,
			    policy->settings->vlans,
			    NULL};

	map_each(reader, node, "vlans", read_set, &sets);
}

void
policy_ports_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	static const struct option_spec spec = {"ports",
						OPTION_STRING,
						NULL,
						1,
						TEXT_MAX,
						NULL,
						"TCP ports, such as 80,443,8000-8005, or none"};
	struct policy_reader *policy = target;
	struct sets sets = {
		policy, &spec, UINT16_MAX, true, true, SET_WORDS, policy->settings->ports, NULL};

	map_each(reader, node, "ports", read_set, &sets);
}

static void
read_accounts(struct reader *reader, const char *name, struct mark at, const yaml_node_t *value,
	      void *arg)
{
	struct policy_settings *settings = ((struct policy_reader *)arg)->settings;
	struct text_list list = {0};
	struct policy_texts *texts;
	int kind = kind_read(reader, name, at, "accounts", true);

	if (kind < 0)
		return;
	if (node_is_null(value)) {
		complain_yaml(
			reader, node_mark(value),
			"accounts: expected a list, such as [ admin, monitor ], or [] if none "
			"may exist");
		return;
	}
	text_list_read(reader, value, "accounts", GLOB_MAX, &list);
	texts = &settings->accounts[kind];
	if (texts->end == NULL)
		texts->end = &texts->first;
	for (const struct text_item *item = list.first; item != NULL; item = item->next) {
		struct policy_text *text = policy_alloc(reader, settings, sizeof(*text));

		if (text == NULL)
			return;
		text->text = policy_strdup(reader, settings, item->knob.text);
		*texts->end = text;
		texts->end = &text->next;
		texts->count++;
	}
}

void
policy_accounts_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	map_each(reader, node, "accounts", read_accounts, target);
}
