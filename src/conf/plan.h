/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is probed how: the layers of settings laid over one another for a device, and shared among
 * all devices for which the result is the same.
 */
#ifndef CONF_PLAN_H
#define CONF_PLAN_H

#include "settings.h"

struct planner;

/* Borrows all it is given until planner_free. NULL: out of memory. */
struct planner *planner_new(struct reader *reader, const struct settings *settings,
			    struct fleet *fleet);
void planner_free(struct planner *planner);

/* What is said about one device, besides its kind and credentials, which are set in it already. */
struct plan_request {
	struct device *device;
	const struct layer *layer; /* of `devices:`, or NULL */
	bool has_probes;	   /* the column `probes` is filled */
	uint32_t probes;	   /* bit 1 << probe_id */
	struct mark at, probes_at; /* of the row and that cell */
};

/* Sets device->probes and probe_count; complains of what does not fit together. */
void plan_device(struct planner *planner, const struct plan_request *request);

#endif
