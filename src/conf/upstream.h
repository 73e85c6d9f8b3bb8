/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The column `upstream`: which switch a device hangs on. Resolved when all names are known.
 */
#ifndef CONF_UPSTREAM_H
#define CONF_UPSTREAM_H

#include "complaints.h"
#include "strmap.h"

/* The cell of a device. */
struct upstream_cell {
	uint32_t device; /* its number in the fleet */
	struct mark at;
	char *text; /* "switch" or "switch:port"; cut in two where it is resolved */
};

/*
 * Sets upstream_switch and upstream_port. `names` maps device names to numbers. The texts must live
 * as long as the fleet. Complains of unknown switches, of what is no switch, and of circles.
 * 0 or ERR_NOMEM.
 */
int upstream_resolve(struct complaints *complaints, struct fleet *fleet, const struct strmap *names,
		     const struct upstream_cell *cells, size_t count);

#endif
