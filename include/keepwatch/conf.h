/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads keepwatch.yaml and the fleet file it names into settings and a fleet. All mistakes of both
 * files are reported in one go as file:line:column; a configuration with a mistake is not returned.
 */
#ifndef KEEPWATCH_CONF_H
#define KEEPWATCH_CONF_H

#include "keepwatch/fleet.h"

#include <stddef.h>
#include <stdint.h>

struct conf_problem {
	char *file;	       /* as opened */
	unsigned line, column; /* from 1; 0 if the file could not be read at all */
	char *message;	       /* what is wrong, what was expected */
};

struct conf_problems {
	struct conf_problem *items;
	size_t count, cap;
};

struct conf {
	char *path;
	char *database;	   /* absolute or relative to the file's folder, resolved */
	char *fleet_path;  /* resolved */
	char *socket_path; /* control socket; default /run/keepwatch/control.sock */
	char *user;	   /* to become after the sockets are open; NULL: stay */
	char *group;	   /* that may read the store and use the socket; default "keepwatch" */
	uint32_t interval_ms, timeout_ms;
	uint16_t retries;
	uint32_t max_in_flight;	       /* runs at a time in the whole fleet */
	uint32_t down_after, up_after; /* consecutive results before a state changes */
	int64_t keep_5min_ms, keep_hourly_ms, keep_events_ms; /* retention */
	int64_t clock_warning_ms;			      /* offset that the report lists */
	struct fleet *fleet;
};

/*
 * 0, or ERR_SYNTAX with `problems` filled (also warnings-free: every entry is an error), or another
 * code (ERR_NOMEM). previous (may be NULL) is the running configuration: credential generations are
 * carried over from it where nothing changed. The caller frees *out with conf_free.
 */
int conf_load(struct conf **out, const char *path, const struct conf *previous,
	      struct conf_problems *problems);
void conf_free(struct conf *conf);
void conf_problems_fini(struct conf_problems *problems);

#endif
