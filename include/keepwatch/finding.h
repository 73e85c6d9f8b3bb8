/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A finding: something that is not an outage but wants attention, with what justifies it. One model
 * for all rules (early warnings, and what an audit finds); the rules are in diag and policy. Names
 * are stable: they are in exports and in the database.
 */
#ifndef KEEPWATCH_FINDING_H
#define KEEPWATCH_FINDING_H

#include "keepwatch/incident.h"

/* Rules: machine name, severity, team, words. */
#define FINDING_RULES(X)                                                                       \
	X(LOSS_RISING, "loss-rising", WARNING, IT_NETWORK, "packet loss is rising")            \
	X(RTT_RISING, "rtt-rising", WARNING, IT_NETWORK, "round trips take longer and longer") \
	X(PORT_ERRORS, "port-errors", WARNING, INTEGRATOR, "a port counts errors")             \
	X(POE_NEAR_BUDGET, "poe-near-budget", WARNING, IT_NETWORK, "PoE near its budget")      \
	X(REBOOTS, "reboots", WARNING, INTEGRATOR, "restarts by itself")                       \
	X(DROPOUTS, "dropouts", WARNING, INTEGRATOR, "drops out now and then")                 \
	X(CLOCK_DRIFT, "clock-drift", WARNING, PHYSICAL_SECURITY, "its clock drifts")          \
	X(LINK_FLAPS, "link-flaps", WARNING, IT_NETWORK, "a link goes down and up")

#define FINDING_SEVERITIES(X) X(NOTICE, "notice") X(WARNING, "warning") X(CRITICAL, "critical")

enum finding_severity {
#define X(name, text) FINDING_##name,
	FINDING_SEVERITIES(X)
#undef X
		FINDING_SEVERITY_COUNT
};

enum finding_rule {
#define X(name, text, severity, team, words) RULE_##name,
	FINDING_RULES(X)
#undef X
		RULE_COUNT
};

struct finding {
	enum finding_rule rule;
	enum finding_severity severity;
	uint32_t node, port;		   /* subject; port 0: the node as a whole */
	int64_t since_ms;		   /* first seen */
	int64_t confirmed_ms;		   /* last seen */
	int64_t resolved_ms;		   /* 0: open */
	double value, limit;		   /* the measured figure and what it was held against */
	char evidence[EVIDENCE_TEXT_SIZE]; /* the trend in plain words, with its figures */
};

const char *finding_rule_name(enum finding_rule rule);
const char *finding_rule_words(enum finding_rule rule);
enum team finding_rule_team(enum finding_rule rule);
enum finding_severity finding_rule_severity(enum finding_rule rule);
int finding_rule_parse(const char *text, enum finding_rule *out); /* ERR_NOTFOUND */
const char *finding_severity_name(enum finding_severity severity);
int finding_severity_parse(const char *text, enum finding_severity *out);

#endif
