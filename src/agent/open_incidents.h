/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The open incidents in memory, for who asks what is wrong just now (check.c). It is told every
 * step that goes to the store, and what was open at start; it concludes nothing itself.
 */
#ifndef AGENT_OPEN_INCIDENTS_H
#define AGENT_OPEN_INCIDENTS_H

#include "keepwatch/store_incident.h"

struct open_incidents;

struct open_incident {
	uint32_t id;
	enum verdict verdict;
	struct blame blame;
	char name[INCIDENT_NAME_SIZE]; /* of what is blamed */
	enum team team;
	float confidence;
	bool is_healed;
	int64_t since_ms;
	struct incident_device *devices; /* ascending */
	size_t device_count, out_count;	 /* out: still without an answer */
	/* What else it may be, the likeliest; share 0: nothing. */
	struct verdict_alt alt;
	char alt_name[INCIDENT_NAME_SIZE];
	char why[EVIDENCE_TEXT_SIZE]; /* its strongest evidence; "" not known */
};

struct open_incidents *open_incidents_new(void); /* NULL: out of memory */
void open_incidents_free(struct open_incidents *open);
/* A step as for store_batch_incident. ERR_NOMEM: the incident is as before. */
int open_incidents_take(struct open_incidents *open, const struct store_incident *step);
/* One that is open from before a restart. ERR_NOMEM. */
int open_incidents_restore(struct open_incidents *open, const struct store_known_incident *known);
/* Numbers from this one on were never given: what is not open below it was closed. */
void open_incidents_set_next(struct open_incidents *open, uint32_t next);
uint32_t open_incidents_next(const struct open_incidents *open);

/* By number; borrowed until the next step. */
size_t open_incidents_count(const struct open_incidents *open);
const struct open_incident *open_incidents_at(const struct open_incidents *open, size_t i);
const struct open_incident *open_incidents_find(const struct open_incidents *open, uint32_t id);

#endif
