/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What `keepwatch probe` is to do: the device, its credentials and the settings of each probe, from
 * the configuration, from the command line, or from both.
 */
#ifndef CLI_PROBE_PLAN_H
#define CLI_PROBE_PLAN_H

#include "cli.h"

#include "keepwatch/conf.h"
#include "keepwatch/fleet.h"

struct probe_plan {
	struct conf *conf;	 /* NULL without configuration */
	struct fleet *fleet;	 /* this device's credentials, and the sites */
	struct credential given; /* from the command line */
	bool has_given[3];	 /* by credential_use */
	struct device device;
	const char *site; /* "" if none */
	struct ipaddr ip;
	struct probe_settings settings[PROBE_COUNT];
	size_t count;
};

/*
 * 0, or an exit code after complaining; CLI_NO_DEVICE if it is neither in the fleet nor an address.
 * probe_plan_fini is due in any case.
 */
int probe_plan_make(struct probe_plan *plan, const struct cli *cli, const char *name);
void probe_plan_fini(struct probe_plan *plan);

/* Parts of it: probe_credential.c and probe_settings.c. */
int probe_plan_credentials(struct probe_plan *plan, const struct cli *cli);
int probe_plan_settings(struct probe_plan *plan, const struct cli *cli);

#endif
