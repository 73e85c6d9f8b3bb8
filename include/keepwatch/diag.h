/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is to blame. Pure: evidence in, events out as data; no I/O, no clock, no randomness. The
 * same evidence and ticks in the same order give the same events. Evidence is placed by when it was
 * measured, whenever it comes. A tick costs work only where something fails.
 *
 * How it reasons is told in src/diag/engine.h.
 */
#ifndef KEEPWATCH_DIAG_H
#define KEEPWATCH_DIAG_H

#include "keepwatch/evidence.h"
#include "keepwatch/incident.h"

struct diag;

struct diag_params {
	uint32_t cycle_ms; /* the usual time between two polls of a device; 1,000 .. 3,600,000 */
	uint32_t first_id; /* number of the first incident; >= 1 */
};

/* 60 s, 1. */
extern const struct diag_params diag_default_params;

/* What one link of the chain says; words are made by diag_words. */
struct diag_reason {
	uint16_t what; /* enum of src/diag/words.c */
	uint32_t node, port, other;
	int64_t at_ms;	 /* 0: throughout */
	double n, of, x; /* figures of the sentence */
	float weight;	 /* nats for the verdict; negative against it */
};

struct diag_event {
	enum incident_step step;
	int64_t at_ms; /* the tick */
	uint32_t incident;
	enum verdict verdict;
	struct blame blame;
	enum team team;
	float confidence; /* that verdict and blame are right, 0..1 */
	bool is_alert;	  /* a person should be told now */
	int64_t since_ms; /* onset of the fault, as far as it can be told */
	uint32_t other;	  /* ADOPTED: the incident that explains it */
	/* Borrowed until the next call of diag_tick or diag_free. */
	const struct incident_device *devices; /* ascending */
	size_t device_count;
	const struct verdict_alt *alts;
	size_t alt_count;
	const struct diag_reason *reasons; /* strongest first */
	size_t reason_count;
	const struct diag_reason *deciders; /* what would decide between verdict and alternatives */
	size_t decider_count;
};

/* A probe that would separate hypotheses, to be run now. */
enum diag_ask_type { DIAG_ASK_POLL, DIAG_ASK_SWITCH, DIAG_ASK_PORTS, DIAG_ASK_ARP };
struct diag_ask {
	enum diag_ask_type type;
	uint32_t node, port; /* port: for DIAG_ASK_PORTS, the row that matters; 0: all */
	float gain;	     /* expected information, nats; the list is sorted by it */
	uint32_t incident;   /* it would help; 0: none yet */
};

struct diag *diag_new(const struct diag_params *params); /* NULL: out of memory */
void diag_free(struct diag *diag);			 /* NULL is fine */

/*
 * Takes one piece of evidence. Nodes must be told before others speak of them, the monitor first.
 * ERR_NOMEM; ERR_NOTFOUND: of a node that was not told; ERR_RANGE: a value out of its range.
 * Nothing is changed then.
 */
int diag_take(struct diag *diag, const struct evidence *evidence);

/* Draws the conclusions as of now_ms, which never goes back. ERR_NOMEM. */
int diag_tick(struct diag *diag, int64_t now_ms);
/* The events of the last tick, one a call, in order; NULL: no more. Those that were not fetched,
 * and those of incidents that a node took with it when it went (GONE), come with the next tick's.
 */
const struct diag_event *diag_next(struct diag *diag);
/* The best probes to run now, not more than `most`; a node is not asked again within a quarter of
 * the cycle. */
size_t diag_asks(struct diag *diag, struct diag_ask *out, size_t most);

/* State of a node as it was stored, before a restart; after its NODE. */
struct diag_memory {
	uint32_t node;
	bool was_up;	       /* it has ever answered */
	int64_t last_ok_ms;    /* 0: never */
	int64_t down_since_ms; /* 0: it answers */
};
int diag_restore_node(struct diag *diag, const struct diag_memory *memory);
/* An incident that was open before a restart; goes on under its number, without a new alert. */
int diag_restore_incident(struct diag *diag, uint32_t incident, enum verdict verdict,
			  const struct blame *blame, int64_t since_ms, float confidence,
			  const struct incident_device *devices, size_t device_count);
/* A person has closed it: it does not open again for the same outage. ERR_NOTFOUND. */
int diag_overturn(struct diag *diag, uint32_t incident, enum verdict cause);

/* Name of a node, site or zone, for sentences; never NULL. */
typedef const char *(*diag_name_fn)(void *owner, enum blame_type type, uint32_t id);
/* One reason in plain words, cut to fit; times are written as HH:MM:SS of the local day, or as
 * seconds from `zero_ms` if that is not negative. Returns out. */
const char *diag_words(const struct diag_reason *reason, diag_name_fn name, void *owner,
		       int64_t zero_ms, char *out, size_t size);

/* Figures for benches and `status`. */
struct diag_figures {
	size_t nodes, devices, failing, incidents;
	size_t bytes; /* held */
};
void diag_describe(const struct diag *diag, struct diag_figures *out);

#endif
