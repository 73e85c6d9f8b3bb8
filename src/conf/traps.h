/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `traps:` of the settings: where SNMP notifications are heard, of whom, and what they are good for
 * besides the built-in rules.
 */
#ifndef CONF_TRAPS_H
#define CONF_TRAPS_H

#include "table.h"

#include "keepwatch/conf.h"

struct trap_rule_settings {
	struct trap_rule_settings *next;
	struct mark at;
	struct knob oid, name, about, attached;
	struct text_list probes;
};

struct traps_settings {
	struct mark at; /* {0, 0}: no such section */
	struct text_list listen, forwarders, credentials;
	struct knob pause;
	struct trap_rule_settings *first, **end;
	size_t rule_count;
};

/* The section, read into a struct settings. */
void traps_read(struct reader *reader, const yaml_node_t *node, void *settings);
/* conf->traps, with complaints; after conf->fleet has its credentials. ERR_NOMEM. */
int traps_build(struct reader *reader, const struct traps_settings *from, struct conf *conf);

#endif
