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
#define FINDING_RULES(X)                                                                           \
	X(LOSS_RISING, "loss-rising", WARNING, IT_NETWORK, "packet loss is rising")                \
	X(RTT_RISING, "rtt-rising", WARNING, IT_NETWORK, "round trips take longer and longer")     \
	X(PORT_ERRORS, "port-errors", WARNING, INTEGRATOR, "a port counts errors")                 \
	X(POE_NEAR_BUDGET, "poe-near-budget", WARNING, IT_NETWORK, "PoE near its budget")          \
	X(REBOOTS, "reboots", WARNING, INTEGRATOR, "restarts by itself")                           \
	X(DROPOUTS, "dropouts", WARNING, INTEGRATOR, "drops out now and then")                     \
	X(CLOCK_DRIFT, "clock-drift", WARNING, PHYSICAL_SECURITY, "its clock drifts")              \
	X(LINK_FLAPS, "link-flaps", WARNING, IT_NETWORK, "a link goes down and up")                \
	X(FIRMWARE_FORBIDDEN, "firmware-forbidden", CRITICAL, INTEGRATOR, "firmware is forbidden") \
	X(FIRMWARE_OLD, "firmware-old", WARNING, INTEGRATOR, "firmware is below the minimum")      \
	X(FIRMWARE_UNAPPROVED, "firmware-unapproved", NOTICE, INTEGRATOR,                          \
	  "firmware is not an approved one")                                                       \
	X(FIRMWARE_UNKNOWN, "firmware-unknown", NOTICE, PHYSICAL_SECURITY,                         \
	  "firmware is not known")                                                                 \
	X(FIRMWARE_DOWNGRADED, "firmware-downgraded", WARNING, INTEGRATOR,                         \
	  "firmware went back to an older version")                                                \
	X(END_OF_SALE, "end-of-sale", NOTICE, PHYSICAL_SECURITY, "no longer sold")                 \
	X(END_OF_SUPPORT, "end-of-support", WARNING, PHYSICAL_SECURITY,                            \
	  "no longer supported by its vendor")                                                     \
	X(EXPLOITED, "exploited", CRITICAL, INTEGRATOR, "a vulnerability known to be exploited")   \
	X(VULNERABLE, "vulnerable", WARNING, INTEGRATOR, "a known vulnerability")                  \
	X(PASSWORD_AGE, "password-age", WARNING, PHYSICAL_SECURITY,                                \
	  "password is older than allowed")                                                        \
	X(PASSWORD_SHARED, "password-shared", WARNING, PHYSICAL_SECURITY,                          \
	  "one password on too many devices")                                                      \
	X(PASSWORD_REFUSED, "password-refused", WARNING, PHYSICAL_SECURITY,                        \
	  "password was changed out of band")                                                      \
	X(PASSWORD_DEFAULT, "password-default", CRITICAL, INTEGRATOR, "takes a default password")  \
	X(ACCOUNT_UNEXPECTED, "account-unexpected", WARNING, PHYSICAL_SECURITY,                    \
	  "has an account that should not exist")                                                  \
	X(ANONYMOUS_ACCESS, "anonymous-access", CRITICAL, INTEGRATOR, "answers without a login")   \
	X(PORT_OPEN, "port-open", WARNING, INTEGRATOR, "has a TCP port open that policy forbids")  \
	X(TLS_VERSION, "tls-version", WARNING, INTEGRATOR, "offers an outdated TLS version")       \
	X(TLS_KEY, "tls-key", WARNING, INTEGRATOR, "its certificate has a weak key")               \
	X(TLS_SIGNATURE, "tls-signature", WARNING, INTEGRATOR,                                     \
	  "its certificate has a weak signature")                                                  \
	X(TLS_NAME, "tls-name", NOTICE, INTEGRATOR, "its certificate names another host")          \
	X(TLS_EXPIRY, "tls-expiry", WARNING, INTEGRATOR,                                           \
	  "its certificate has expired, or is about to")                                           \
	X(TLS_SELF_SIGNED, "tls-self-signed", NOTICE, INTEGRATOR,                                  \
	  "its certificate is self-signed")                                                        \
	X(TLS_KEY_CHANGED, "tls-key-changed", WARNING, PHYSICAL_SECURITY,                          \
	  "its TLS key has changed")                                                               \
	X(HTTP_PLAIN, "http-plain", WARNING, INTEGRATOR, "serves HTTP without TLS")                \
	X(HTTP_BASIC, "http-basic", WARNING, INTEGRATOR, "takes passwords in the clear (Basic)")   \
	X(SNMP_OLD, "snmp-old", WARNING, IT_NETWORK, "answers SNMP v1 or v2c")                     \
	X(SNMP_PUBLIC, "snmp-public", CRITICAL, IT_NETWORK, "answers to a well-known community")   \
	X(SNMP_WRITE, "snmp-write", CRITICAL, IT_NETWORK,                                          \
	  "lets itself be written to by SNMP v1 or v2c")                                           \
	X(VLAN, "vlan", WARNING, IT_NETWORK, "is on a VLAN that policy forbids")                   \
	X(CLOCK_WRONG, "clock-wrong", WARNING, PHYSICAL_SECURITY,                                  \
	  "its clock is too far off for evidence")                                                 \
	X(NTP_NONE, "ntp-none", WARNING, INTEGRATOR, "has no time server")                         \
	X(DISCOVERY_ON, "discovery-on", NOTICE, INTEGRATOR, "lets itself be discovered (ONVIF)")

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

enum { FINDING_INSTANCE_SIZE = 64 }; /* with the NUL */

/* Before it: early warnings of diag; from here on: rules of policy. */
#define RULE_AUDIT_FIRST RULE_FIRMWARE_FORBIDDEN

_Static_assert(RULE_COUNT <= 64, "one bit a rule");

struct finding {
	enum finding_rule rule;
	enum finding_severity severity;
	uint32_t node, port; /* subject; port 0: the node as a whole */
	/* Which of several of the same rule and node: "23", "root", "CVE-2021-36260"; "" for rules
	 * that a node breaks once. Rule, node, port and instance together name an open finding. */
	char instance[FINDING_INSTANCE_SIZE];
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

/* What to do about it, in one sentence. "" for early warnings, whose words say it. */
const char *finding_rule_remedy(enum finding_rule rule);

/* Requirements that a rule serves; "" where none applies. Several are separated by ", ". */
struct finding_reference {
	const char *iso27001;  /* ISO/IEC 27001:2022 Annex A: "A.8.8" */
	const char *iec62443;  /* IEC 62443-3-3 system requirement: "SR 1.7" */
	const char *nis2;      /* Directive (EU) 2022/2555: "Art. 21(2)(e)" */
	const char *nist80053; /* NIST SP 800-53 Rev. 5 control: "SI-2" */
};
const struct finding_reference *finding_rule_reference(enum finding_rule rule);

#endif
