/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Incidents and findings as stored, reading half of the store; as reader.h. Classes, teams, steps
 * and rules of a newer program read as UNDETERMINED, NONE, REFINED and RULE_COUNT.
 */
#ifndef KEEPWATCH_READER_INCIDENT_H
#define KEEPWATCH_READER_INCIDENT_H

#include "keepwatch/finding.h"
#include "keepwatch/incident.h"
#include "keepwatch/reader.h"

struct reader_incident {
	uint32_t id;
	enum verdict verdict; /* what keepwatch says, or said when it was closed */
	struct blame blame;
	char *blame_name; /* at the time of the verdict */
	char *site;	  /* that the blame lies in, else the one that all affected are in; "" */
	enum team team;
	float confidence;
	int64_t since_ms;			  /* onset */
	int64_t opened_ms;			  /* told of; changed_ms: last step */
	int64_t changed_ms, healed_ms, closed_ms; /* 0: not yet */
	int64_t told_ms;			  /* first alert; 0: none */
	uint32_t told_count;			  /* alerts */
	uint32_t adopted_by;			  /* the incident that explains it; 0: none */
	int64_t overturned_ms;			  /* a person said what it was: `cause`; 0: no */
	enum verdict cause;
	char *note, *by;       /* of who closed or overturned it */
	uint32_t devices, out; /* affected; of these still out */
	uint32_t steps;	       /* ever, also those that the log has let go */
};
READER_LIST(reader_incident)

struct reader_incident_query {
	struct reader_filter devices; /* blames or affects one that matches; ANY: all incidents */
	bool only_open, only_overturned;
	uint32_t verdicts, teams;   /* bit 1 << enum; 0: all */
	int64_t since_ms, until_ms; /* went on at some time in since <= t < until; 0: open */
	size_t limit;		    /* the newest so many, 0: all */
};
#define READER_INCIDENTS_ALL ((struct reader_incident_query){.devices = READER_FILTER_ANY})

/* Newest first. with_removed is implied. */
int reader_incidents(struct reader *reader, const struct reader_incident_query *query,
		     struct reader_incident_list *out);
/* One item, or ERR_NOTFOUND. */
int reader_incident(struct reader *reader, uint32_t id, struct reader_incident_list *out);

struct reader_incident_device {
	uint32_t incident;
	struct incident_device outage;
	int64_t left_ms;	     /* no longer held to belong to the incident; 0: it does */
	char *name, *address, *site; /* "" if the device is forgotten */
	enum device_kind kind;
};
READER_LIST(reader_incident_device)
/* By device id; those that left last. */
int reader_incident_devices(struct reader *reader, uint32_t id,
			    struct reader_incident_device_list *out);

struct reader_incident_alt {
	struct verdict_alt alt;
	char *name;
};
READER_LIST(reader_incident_alt)
/* Of the current verdict, likeliest first. */
int reader_incident_alts(struct reader *reader, uint32_t id, struct reader_incident_alt_list *out);

/* A change of mind. */
struct reader_incident_step {
	uint32_t number; /* 1 ..., with gaps where the log has let steps go */
	enum incident_step step;
	int64_t at_ms;
	enum verdict verdict; /* OVERTURNED: the cause that was given */
	struct blame blame;
	char *blame_name;
	enum team team;
	float confidence;
	bool is_alert;
	uint32_t devices;
	uint32_t other;	    /* ADOPTED */
	char *note, *by;    /* of a person */
	bool has_new_lines; /* its evidence is not that of the step before */
};
READER_LIST(reader_incident_step)
/* In order. */
int reader_incident_steps(struct reader *reader, uint32_t id,
			  struct reader_incident_step_list *out);

enum incident_lines { INCIDENT_EVIDENCE, INCIDENT_DECIDERS };
READER_LIST(evidence_line)
/* The lines that hold as of a step (its number; 0: now), strongest first. */
int reader_incident_lines(struct reader *reader, uint32_t id, uint32_t step,
			  enum incident_lines which, struct evidence_line_list *out);

/* What a person has to do with a finding. */
#define FINDING_STATES(X)                                                 \
	X(OPEN, "open")                                                   \
	X(ACCEPTED, "accepted") /* a person lives with it, until a day */ \
	X(RESOLVED, "resolved")

enum finding_state {
#define X(name, text) FINDING_##name,
	FINDING_STATES(X)
#undef X
		FINDING_STATE_COUNT
};
const char *finding_state_name(enum finding_state state);
int finding_state_parse(const char *text, enum finding_state *out); /* ERR_NOTFOUND */

struct reader_finding {
	int64_t id;
	struct finding finding;
	enum finding_state state;
	/* Of the acceptance that holds, or held when it was resolved; "" and 0: none does. */
	char *accepted_by, *accepted_why;
	int64_t accepted_ms, accepted_until_ms; /* until 0: for ever */
	/* The acceptance has run out (it is OPEN again): when; 0: none has. */
	int64_t expired_ms;
	char *rule_name; /* also of a rule that this program does not know */
	char *name;	 /* of the node: as it is now, else as it was */
	char *site;	 /* "" if it is no device */
	char *owner;	 /* of the device; "" */
	char *port_name; /* "" if there is none */
	enum device_kind kind;
	uint32_t changes; /* in its history */
};
READER_LIST(reader_finding)

struct reader_finding_query {
	struct reader_filter devices; /* ANY: also of what is no device */
	bool with_resolved;
	unsigned states; /* bit 1 << enum finding_state, 0: all; RESOLVED needs with_resolved */
	uint64_t rules;	 /* bit 1 << rule, 0: all */
	int64_t id;	 /* only this one, 0: any */
	int64_t now_ms;	 /* for what is still accepted; 0: the clock's */
	enum finding_severity min_severity;
	int64_t since_ms, until_ms; /* was open at some time in since <= t < until; 0: open */
	size_t limit;		    /* the first so many, 0: all */
};
#define READER_FINDINGS_OPEN ((struct reader_finding_query){.devices = READER_FILTER_ANY})

/* with_removed is implied. Open ones first, accepted ones, resolved ones; then by falling severity,
 * newest first. */
int reader_findings(struct reader *reader, const struct reader_finding_query *query,
		    struct reader_finding_list *out);

/* What happened to a finding, in order: opened, other severity, resolved. */
struct reader_finding_change {
	int64_t at_ms;
	enum finding_severity severity;
	bool is_resolved;
	double value, limit;
	char *evidence; /* as it was then */
};
READER_LIST(reader_finding_change)
int reader_finding_changes(struct reader *reader, int64_t finding,
			   struct reader_finding_change_list *out);

#endif
