/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Incidents and findings in batches and at start, writing half of the store; as store_batch.h:
 * everything is copied, 0 or ERR_NOMEM, and what is stored already costs no write. Unlike the rest
 * of a batch these may be committed again: a step that is stored is not stored twice.
 */
#ifndef KEEPWATCH_STORE_INCIDENT_H
#define KEEPWATCH_STORE_INCIDENT_H

#include "keepwatch/finding.h"
#include "keepwatch/incident.h"
#include "keepwatch/store.h"

/* An alternative with the name of what it would blame, at the time. NULL: "". */
struct store_alt {
	struct verdict_alt alt;
	const char *name;
};

/* One step of an incident: what is now thought of it. Nodes are ids of devices, or other numbers
 * of the agent's for what is not in the fleet (the monitor, a site's uplink). */
struct store_incident {
	uint32_t incident; /* > 0, unique for ever */
	enum incident_step step;
	int64_t at_ms;
	enum verdict verdict;
	struct blame blame;
	const char *blame_name; /* of the node, site or zone at the time */
	enum team team;
	float confidence;
	bool is_alert; /* a person is told now */
	int64_t since_ms;
	uint32_t other; /* ADOPTED: by which */
	/* OVERTURNED: what it was; CLOSED or OVERTURNED by a person: why, and who says so. NULL:
	 * "". */
	enum verdict cause;
	const char *note, *by;
	/* All that are affected, ascending; those formerly named and not here have left the
	 * incident. Empty: as stored. */
	const struct incident_device *devices;
	size_t device_count;
	/* Strongest first. Without evidence that of the step before stands, with its deciders and
	 * alternatives; with it all three are replaced. */
	const struct evidence_line *evidence;
	size_t evidence_count;
	const struct evidence_line *deciders;
	size_t decider_count;
	const struct store_alt *alts;
	size_t alt_count;
};

/*
 * Writes the step to the log of the incident and makes it what the incident is. OPENED is the
 * first, but any may be (it was opened then). HEALED sets that time, GROWN and REBLAMED clear it;
 * CLOSED, ADOPTED and OVERTURNED close it for good. An OVERTURNED incident keeps the verdict that
 * it had, beside the cause that a person gave; verdict, blame, blame_name, team, confidence and
 * since_ms of such a step are not looked at. It may be overturned after it was closed.
 */
int store_batch_incident(struct store_batch *batch, const struct store_incident *step);

enum {
	STORE_INCIDENT_LINES = 64,  /* stored of a step: the strongest; of evidence, of deciders */
	STORE_INCIDENT_STEPS = 200, /* of an incident; then the older GROWN and REFINED ones go */
};

/*
 * A finding as it is now: opened, confirmed, of another severity, or (resolved_ms) over. One is
 * open of a rule, node, port and instance; what opens again after that is another one. That one
 * goes on is told at most hourly, or with store_batch_findings_confirmed (store_audit.h). name: of
 * the node at the time, NULL: "". One that is resolved and not stored is no mistake.
 */
int store_batch_finding(struct store_batch *batch, const struct finding *finding, const char *name);

/* An incident that is not closed. Borrowed during the call. */
struct store_known_incident {
	uint32_t incident;
	enum verdict verdict;
	struct blame blame;
	const char *blame_name;
	enum team team;
	float confidence;
	int64_t since_ms, opened_ms, healed_ms; /* 0: not healed */
	bool was_told;				/* a person was */
	const struct incident_device *devices;	/* ascending */
	size_t device_count;
};

/*
 * At start, after store_load: open incidents by number, open findings. Borrowed during the call; a
 * non-zero return ends the load and is returned. Any may be NULL, `handlers` too. *next_incident
 * (may be NULL): the number for the next one, above all that ever were.
 */
struct store_incident_handlers {
	int (*incident)(void *arg, const struct store_known_incident *incident);
	int (*finding)(void *arg, const struct finding *finding);
};
int store_load_incidents(struct store *store, const struct store_incident_handlers *handlers,
			 void *arg, uint32_t *next_incident, char *message, size_t message_size);

#endif
