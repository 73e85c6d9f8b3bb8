/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One probe run by itself, without scheduler, store or agent: what `keepwatch probe` does. Blocks
 * until the run has ended.
 */
#ifndef KEEPWATCH_PROBE_ONCE_H
#define KEEPWATCH_PROBE_ONCE_H

#include "keepwatch/fleet.h"
#include "keepwatch/result.h"

struct probe_once;

/* trace (may be NULL) is told what goes on, as in probe_env. ERR_NOMEM, ERR_IO. */
int probe_once_open(struct probe_once **out, void (*trace)(void *arg, const char *line),
		    void *trace_arg);
/* NULL is accepted. */
void probe_once_close(struct probe_once *once);

/*
 * Runs one probe of a device at an address. What the probe needs (sockets, clients) is opened when
 * first needed. 0 with the result, which the caller ends with result_fini; or a failure on our
 * side: ERR_NOMEM, ERR_IO. A device that does not answer is a result.
 */
int probe_once_run(struct probe_once *once, const struct fleet *fleet, const struct device *device,
		   const struct probe_settings *settings, const struct ipaddr *ip,
		   struct probe_result *out);

#endif
