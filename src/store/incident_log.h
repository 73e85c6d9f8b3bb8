/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The log of an incident in a commit: every change of mind with its evidence.
 */
#ifndef KEEPWATCH_STORE_INCIDENT_LOG_H
#define KEEPWATCH_STORE_INCIDENT_LOG_H

#include "store.h"

/* Where in the log a step goes. */
struct log_place {
	int64_t number;
	int64_t lines; /* number of the step before whose lines hold; 0: none */
	bool is_again; /* it is there already */
};

/* False for what a person says: that is not what keepwatch thinks. */
bool incident_is_verdict(const struct store_incident *step);
int incident_log_find(struct store *store, const struct store_incident *step,
		      struct log_place *out);
/* The entry with its lines, after the incident itself was written; keeps the log bounded. */
int incident_log_put(struct store *store, const struct store_incident *step,
		     struct log_place *place);

#endif
