/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch impact: what it is about, and what came out, on its way to a screen, JSON or CSV.
 */
#ifndef CLI_IMPACT_H
#define CLI_IMPACT_H

#include "cli.h"
#include "topo_impact.h"

struct conf;

struct impact_show {
	struct reader_device_list devices; /* all */
	struct reader_link_list links;
	struct reader_port_list ports; /* of the switch */
	struct topo_tree tree;
	const struct reader_device *target;
	struct topo_port told; /* a port of which only the links tell */
	struct impact impact;
	const struct conf *conf; /* for contacts of sites, borrowed; NULL if it is not known */
};

/* "" if it is not known. */
const char *impact_contact(const struct impact_show *show, const char *site);

void impact_write_screen(struct cli *cli, const struct impact_show *show);
void impact_write_json(struct cli *cli, const struct impact_show *show);
void impact_write_csv(struct cli *cli, const struct impact_show *show);

#endif
