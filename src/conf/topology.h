/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `policy:` and `topology:`: what the network around the devices should be like, and for how long
 * what was seen of it counts.
 */
#ifndef CONF_TOPOLOGY_H
#define CONF_TOPOLOGY_H

#include "table.h"

#include "keepwatch/conf.h"

struct topology_settings {
	struct knob link_age, watch;
	struct knob vlans[KIND_COUNT];
};

/* Sections of the settings, read into a struct settings. */
void policy_read(struct reader *reader, const yaml_node_t *node, void *settings);
void topology_read(struct reader *reader, const yaml_node_t *node, void *settings);
/* Their defaults, lists of VLANs and of kinds. ERR_NOMEM. */
int topology_build(struct reader *reader, const struct topology_settings *from, struct conf *conf);

#endif
