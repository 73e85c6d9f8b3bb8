/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the pieces of fill_store share: the database being filled, and fields of script lines.
 */
#ifndef FILL_STORE_H
#define FILL_STORE_H

#include "keepwatch/conf.h"
#include "keepwatch/store.h"
#include "keepwatch/store_incident.h"
#include "keepwatch/store_topology.h"

enum { FIELDS = 40, PORTS = 64, LINES = 32 };

struct filler {
	struct conf *conf;
	struct store *store;
	struct store_ids ids;
	struct store_batch *batch;
	struct topo_port ports[PORTS]; /* gathered for the next line "ports" */
	size_t port_count;
	/* gathered for the next line "incident" */
	struct evidence_line evidence[LINES], deciders[LINES];
	struct store_alt alts[INCIDENT_ALTS_MAX];
	char alt_names[INCIDENT_ALTS_MAX][INCIDENT_NAME_SIZE];
	size_t evidence_count, decider_count, alt_count;
	struct incident_device outages[FIELDS];
	int64_t now_ms, stopped_ms;
	char message[STORE_MESSAGE_SIZE];
};

/* Ends the program if rc is no success. */
void fill_check(int rc, const char *what, const char *message);
/* The time so long ago. */
int64_t fill_past(const struct filler *filler, const char *age);
/* "" for "-". */
const char *fill_text(const char *field);
uint32_t fill_id(struct filler *filler, const char *name);

/* Script lines about the topology, by their fields. */
void fill_link(struct filler *filler, char **f);
void fill_unlink(struct filler *filler, char **f);
void fill_port(struct filler *filler, char **f);
void fill_ports(struct filler *filler, char **f);

/* Script lines about incidents and findings. */
void fill_evidence(struct filler *filler, char **f);
void fill_decider(struct filler *filler, char **f);
void fill_alt(struct filler *filler, char **f);
void fill_incident(struct filler *filler, char **f);
void fill_finding(struct filler *filler, char **f);

/* Script lines about what an audit leaves behind. */
void fill_accept(struct filler *filler, char **f);
void fill_reopen(struct filler *filler, char **f);
void fill_ledger(struct filler *filler, char **f);
void fill_password(struct filler *filler, char **f);
/* "RULE" or "RULE/INSTANCE": the instance, in the text. */
char *fill_rule(char *text, enum finding_rule *rule);

/* For a fleet of --many: so many incidents, of which every hundredth is open and has 48 devices,
 * the last one 1,000. */
void fill_many_incidents(struct filler *filler, size_t count);

#endif
