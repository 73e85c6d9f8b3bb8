/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `topology:` names the kinds whose switch ports are watched for strangers, and how long a place
 * that is not confirmed is remembered.
 */
#include "topology.h"

#include "settings.h"
#include "words.h"

#include "keepwatch/mem.h"

#include <string.h>

#define HOUR_MS INT64_C(3600000)

static const unsigned watched_by_default =
	1u << KIND_CAMERA | 1u << KIND_DOOR | 1u << KIND_INTERCOM | 1u << KIND_ENCODER;

static const struct key topology_keys[] = {
	KEY(topology_settings, link_age, "link_age", DURATION, "7d", HOUR_MS, 3650 * 24 * HOUR_MS,
	    NULL, "how long a place that is not confirmed is remembered"),
	KEY(topology_settings, watch, "watch", STRING, "camera,door,intercom,encoder", 0, 255, NULL,
	    "kinds on whose switch ports a new station is an event, or none"),
};

void
topology_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	struct settings *settings = target;

	table_read(reader, node, "topology", topology_keys, MEM_COUNT(topology_keys),
		   &settings->topology);
}

static void
build_watched(struct reader *reader, const struct knob *knob, unsigned *out)
{
	const char *list = knob->text;
	char word[WORD_SIZE];
	int kind;

	*out = 0;
	if (strcmp(list, "none") == 0 || *list == '\0')
		return;
	while (words_next(&list, word)) {
		kind = kind_read(reader, word, knob->at, "watch", false);
		if (kind >= 0)
			*out |= 1u << kind;
	}
}

void
topology_build(struct reader *reader, const struct topology_settings *from, struct conf *conf)
{
	conf->link_age_ms = from->link_age.is_set ? from->link_age.number : 7 * 24 * HOUR_MS;
	conf->watched_kinds = watched_by_default;
	if (from->watch.is_set)
		build_watched(reader, &from->watch, &conf->watched_kinds);
}
