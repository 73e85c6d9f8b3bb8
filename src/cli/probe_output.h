/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How the results of a one-shot probe are written.
 */
#ifndef CLI_PROBE_OUTPUT_H
#define CLI_PROBE_OUTPUT_H

#include "cli.h"
#include "probe_plan.h"

#include "keepwatch/result.h"

/* State of the device as these results alone say it. */
enum health probe_output_health(const struct probe_result *results, size_t count);
/* One result for each of plan's probes, in the format that was asked for. */
void probe_output_write(struct cli *cli, const struct probe_plan *plan,
			const struct probe_result *results);

#endif
