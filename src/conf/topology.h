/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `topology:`: whose switch ports are watched, and for how long what was seen counts.
 */
#ifndef CONF_TOPOLOGY_H
#define CONF_TOPOLOGY_H

#include "table.h"

#include "keepwatch/conf.h"

struct topology_settings {
	struct knob link_age, watch;
};

/* The section, read into a struct settings. */
void topology_read(struct reader *reader, const yaml_node_t *node, void *settings);
/* With its defaults. */
void topology_build(struct reader *reader, const struct topology_settings *from, struct conf *conf);

#endif
