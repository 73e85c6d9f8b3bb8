/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `policy: vlans:` names the VLANs that devices of a kind may be on; `topology:` the kinds whose
 * switch ports are watched for strangers, and how long a place that is not confirmed is remembered.
 */
#include "topology.h"

#include "settings.h"
#include "suggest.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

enum { VLAN_WORDS = CONF_VLAN_MAX / 64 + 1, WORD_SIZE = 32 };
#define HOUR_MS INT64_C(3600000)

static const unsigned watched_by_default =
	1u << KIND_CAMERA | 1u << KIND_DOOR | 1u << KIND_INTERCOM | 1u << KIND_ENCODER;

static const struct key topology_keys[] = {
	KEY(topology_settings, link_age, "link_age", DURATION, "7d", HOUR_MS, 3650 * 24 * HOUR_MS,
	    NULL, "how long a place that is not confirmed is remembered"),
	KEY(topology_settings, watch, "watch", STRING, "camera,door,intercom,encoder", 0, 255, NULL,
	    "kinds on whose switch ports a new station is an event, or none"),
};

static const struct option_spec vlans_spec = {
	"vlans", OPTION_STRING, NULL, 1, 1024, NULL, "VLANs, such as 10,20-29"};

static void
read_kind_vlans(struct reader *reader, const char *name, struct mark at, const yaml_node_t *value,
		void *arg)
{
	struct topology_settings *settings = arg;
	struct suggest suggest;
	enum device_kind kind;

	if (kind_parse(name, &kind) == 0) {
		value_read(reader, value, &vlans_spec, &settings->vlans[kind]);
		return;
	}
	suggest_init(&suggest, name);
	for (int i = 0; i < KIND_COUNT; i++)
		suggest_offer(&suggest, kind_name((enum device_kind)i));
	complain_yaml(reader, at, "unknown kind %s in vlans%s",
		      quoted(reader->complaints, name, strlen(name)), suggest_text(&suggest));
}

static void
vlans_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	struct settings *settings = target;

	map_each(reader, node, "vlans", read_kind_vlans, &settings->topology);
}

void
policy_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	static const struct key keys[] = {
		{{"vlans", OPTION_STRING, NULL, 0, 0, NULL, "allowed VLANs per kind of device"},
		 0,
		 vlans_read},
	};

	table_read(reader, node, "policy", keys, MEM_COUNT(keys), target);
}

void
topology_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	struct settings *settings = target;

	table_read(reader, node, "topology", topology_keys, MEM_COUNT(topology_keys),
		   &settings->topology);
}

/* The next word of a list with commas, without blanks around it; false at the end. */
static bool
next_word(const char **list, char word[WORD_SIZE])
{
	const char *end;
	size_t len;

	if (*list == NULL)
		return false;
	*list += strspn(*list, " \t");
	end = strchr(*list, ',');
	len = end != NULL ? (size_t)(end - *list) : strlen(*list);
	while (len > 0 && strchr(" \t", (*list)[len - 1]) != NULL)
		len--;
	len = len < WORD_SIZE ? len : WORD_SIZE - 1; /* longer ones are wrong anyway */
	memcpy(word, *list, len);
	word[len] = '\0';
	*list = end != NULL ? end + 1 : NULL;
	return true;
}

static bool
parse_vlan(const char *text, char **end, unsigned *out)
{
	unsigned long n;

	if (*text < '0' || *text > '9')
		return false;
	n = strtoul(text, end, 10);
	*out = (unsigned)n;
	return n >= 1 && n <= CONF_VLAN_MAX;
}

static void
add_vlans(struct reader *reader, const struct knob *knob, const char *word, uint64_t *set)
{
	unsigned first, last;
	char *end;

	if (!parse_vlan(word, &end, &first))
		goto wrong;
	last = first;
	if (*end == '-' && !parse_vlan(end + 1, &end, &last))
		goto wrong;
	if (*end != '\0' || last < first)
		goto wrong;
	for (unsigned vlan = first; vlan <= last; vlan++)
		set[vlan / 64] |= UINT64_C(1) << vlan % 64;
	return;
wrong:
	complain_yaml(reader, knob->at,
		      "vlans: %s is not understood; expected numbers from 1 to %d and ranges, such "
		      "as 10,20-29",
		      quoted(reader->complaints, word, strlen(word)), CONF_VLAN_MAX);
}

static int
build_vlans(struct reader *reader, const struct knob *knob, uint64_t **out)
{
	const char *list = knob->text;
	char word[WORD_SIZE];

	*out = calloc(VLAN_WORDS, sizeof(**out));
	if (*out == NULL)
		return ERR_NOMEM;
	while (next_word(&list, word))
		add_vlans(reader, knob, word, *out);
	return 0;
}

static void
build_watched(struct reader *reader, const struct knob *knob, unsigned *out)
{
	const char *list = knob->text;
	char word[WORD_SIZE];
	enum device_kind kind;

	*out = 0;
	if (strcmp(list, "none") == 0 || *list == '\0')
		return;
	while (next_word(&list, word)) {
		struct suggest suggest;

		if (kind_parse(word, &kind) == 0) {
			*out |= 1u << kind;
			continue;
		}
		suggest_init(&suggest, word);
		for (int i = 0; i < KIND_COUNT; i++)
			suggest_offer(&suggest, kind_name((enum device_kind)i));
		complain_yaml(reader, knob->at, "watch: unknown kind %s%s",
			      quoted(reader->complaints, word, strlen(word)),
			      suggest_text(&suggest));
	}
}

int
topology_build(struct reader *reader, const struct topology_settings *from, struct conf *conf)
{
	int rc = 0;

	conf->link_age_ms = from->link_age.is_set ? from->link_age.number : 7 * 24 * HOUR_MS;
	conf->watched_kinds = watched_by_default;
	if (from->watch.is_set)
		build_watched(reader, &from->watch, &conf->watched_kinds);
	for (int kind = 0; kind < KIND_COUNT && rc == 0; kind++) {
		if (from->vlans[kind].is_set)
			rc = build_vlans(reader, &from->vlans[kind], &conf->vlans[kind]);
	}
	return rc;
}
