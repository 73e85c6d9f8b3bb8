/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The verb `check` of the control socket, as its files share it: what is asked and counted
 * (check.c), which incident explains what (check_incident.c), and the words (check_text.c).
 */
#ifndef AGENT_CHECK_H
#define AGENT_CHECK_H

#include "agent.h"
#include "open_incidents.h"

#include "keepwatch/range.h"

/* The plugins' exit codes (Monitoring Plugins Development Guidelines). */
enum check_code { CHECK_OK, CHECK_WARNING, CHECK_CRITICAL, CHECK_UNKNOWN };
enum check_mode { CHECK_FLEET, CHECK_SITE, CHECK_DEVICE, CHECK_INCIDENT, CHECK_AUDIT };

/* A device that an incident speaks of. */
struct check_claim {
	uint32_t device;  /* id of the store */
	bool is_affected; /* out because of it; false: it is what is blamed */
	const struct open_incident *incident;
};

struct check {
	struct agent *agent;
	enum check_mode mode;
	const struct agent_device *device; /* mode DEVICE */
	uint16_t site;			   /* mode SITE */
	bool is_one_incident; /* mode INCIDENT: `incident` is meant, NULL if it is not open */
	const struct open_incident *incident;
	const char *name;
	const char *warning_text, *critical_text;
	struct range warning, critical;
	enum check_code innocent; /* what a device is that something else has taken out */
	int64_t max_age_ms;	  /* 0: by the poll intervals */
	int64_t now_ms;
	/* The open incidents that concern what is asked, the worst first; and whom they claim, by
	 * device. */
	const struct open_incident **incidents;
	size_t incident_count;
	struct check_claim *claims;
	size_t claim_count;
};

/* How a device counts: what is announced, or only a matter of the monitor, is no outage. */
struct check_view {
	enum health state;
	bool is_problem, is_announced;
	const struct open_incident *incident; /* that explains it; NULL: none */
	bool is_innocent;		      /* the incident blames something else */
};

struct check_counts {
	size_t total, by_health[HEALTH_COUNT], problems, flapping, stale, announced;
	int64_t oldest_ms; /* age of the oldest result among the stale */
};

/* check.c */
bool check_covers(const struct check *check, const struct agent_device *device);

/* CHECK_UNKNOWN with what is wrong with the request. */
int check_refuse(struct buf *out, const char *what, const char *value);

/* check_audit.c: mode AUDIT as a whole. Returns an exit code of the plugins. */
int check_audit(const struct check *check, const struct control_request *request, struct buf *out);

/* check_incident.c */
/* Fills incidents and claims. ERR_NOMEM. */
int check_incidents_find(struct check *check);
void check_incidents_fini(struct check *check);
struct check_view check_view(const struct check *check, const struct agent_device *device);
/* NULL: it is not in the fleet. */
const struct agent_device *check_device(const struct check *check, uint32_t id);
enum check_code check_incident_code(const struct open_incident *incident);

/* check_text.c */
/* Text of a person's or device's in a line where '|' begins the perfdata. */
void check_put_text(struct buf *out, const char *text);
void check_put_summary(const struct check *check, struct buf *out,
		       const struct check_counts *counts, enum check_code code);
void check_put_perfdata(const struct check *check, struct buf *out,
			const struct check_counts *counts);
/* The lines after the first. */
void check_put_details(const struct check *check, struct buf *out,
		       const struct check_counts *counts);

#endif
