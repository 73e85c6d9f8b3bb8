/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A made-up fleet for the benchmark of the diagnosis: 20 sites, 300 switches, 10,000 devices, what
 * of it is dark, and the evidence that a monitor would have of it.
 */
#ifndef BENCH_DIAG_FLEET_H
#define BENCH_DIAG_FLEET_H

#include "keepwatch/diag.h"

enum {
	FLEET_SITES = 20,
	FLEET_DISTS = 2,   /* of each site, beside its core switch */
	FLEET_ACCESS = 12, /* of each site */
	FLEET_SITE_DEVICES = 500,
	FLEET_SWITCHES = FLEET_SITES * (1 + FLEET_DISTS + FLEET_ACCESS),
	FLEET_DEVICES = FLEET_SITES * FLEET_SITE_DEVICES,
	FLEET_CYCLE_MS = 60000,
};

/* What is dark. */
enum darkness {
	DARK_NONE,
	DARK_SITE,    /* all of the first site, its router included */
	DARK_ALL,     /* all sites; the monitor's gateway answers */
	DARK_DEVICES, /* all devices, and no switch */
};

struct fleet;

struct fleet *fleet_new(void); /* NULL: out of memory */
void fleet_free(struct fleet *fleet);
/* Nodes and places. */
int fleet_declare(const struct fleet *fleet, struct diag *diag, int64_t now_ms);
/*
 * All that is measured in [from_ms, to_ms), in the order of time: each address once a cycle,
 * switches with their ports. Returns how many pieces there are; borrowed until the next call.
 */
size_t fleet_watch(struct fleet *fleet, int64_t from_ms, int64_t to_ms, enum darkness darkness,
		   const struct evidence **out);

#endif
