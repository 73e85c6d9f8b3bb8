/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules about what a device offers to the network: TCP ports, HTTP in the clear, SNMP without
 * protection.
 */
#include "audit_impl.h"

#include "keepwatch/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Never fine on a device of a security network, whatever its kind, unless policy lists the port. */
static const struct {
	uint16_t port;
	const char *why;
} never_fine[] = {
	{21, "FTP carries passwords in the clear"},
	{23, "telnet carries passwords in the clear"},
	{512, "rexec"},
	{513, "rlogin"},
	{514, "rsh"},
	{2323, "telnet on another port"},
	{5555, "Android debug bridge"},
	{9527, "debug console of many DVR boards"},
	{9530, "backdoor of many DVR boards"},
};

static const char *
never_fine_why(unsigned long port)
{
	for (size_t i = 0; i < MEM_COUNT(never_fine); i++) {
		if (never_fine[i].port == port)
			return never_fine[i].why;
	}
	return NULL;
}

static bool
is_allowed(const struct audit_kind_policy *policy, unsigned long port)
{
	for (size_t i = 0; i < policy->port_count; i++) {
		if (policy->ports[i] == port)
			return true;
	}
	return false;
}

static void
check_ports(struct audit_eval *eval)
{
	const struct audit_kind_policy *policy = &eval->policy->kinds[eval->subject->kind];
	const struct audit_fact *fact;
	size_t at = 0;

	while ((fact = audit_next_fact(eval->subject, FACT_OPEN_PORT, &at)) != NULL) {
		unsigned long port = strtoul(fact->text, NULL, 10);
		const char *why = never_fine_why(port);

		if (is_allowed(policy, port) || (why == NULL && !policy->has_ports))
			continue;
		audit_want_as(eval, RULE_PORT_OPEN, fact->text,
			      why != NULL ? FINDING_CRITICAL : FINDING_WARNING,
			      (int64_t)fact->seen_s * 1000, 0, 0, "TCP port %s (%.40s) is open: %s",
			      fact->text, audit_fact_value(fact),
			      why != NULL ? why : "policy does not list it for this kind");
	}
}

/* "http:80" -> "80", "rtsp:554" -> "554"; NULL if it is TLS. */
static const char *
plain_port(const char *instance, bool *is_rtsp)
{
	*is_rtsp = strncmp(instance, "rtsp:", 5) == 0;
	return *is_rtsp || strncmp(instance, "http:", 5) == 0 ? instance + 5 : NULL;
}

static bool
is_onvif_over_tls(const struct audit_subject *subject)
{
	for (size_t i = 0; i < subject->fact_count; i++) {
		if (subject->facts[i]->key == FACT_TLS_KEY &&
		    subject->facts[i]->probe == PROBE_ONVIF)
			return true;
	}
	return false;
}

static void
check_http(struct audit_eval *eval)
{
	const char *scheme = audit_fact(eval->subject, FACT_AUTH_SCHEME, "", NULL);
	const struct audit_fact *fact;
	size_t at = 0;

	while ((fact = audit_next_fact(eval->subject, FACT_HTTP_AUTH, &at)) != NULL) {
		bool is_rtsp;
		const char *port = plain_port(fact->text, &is_rtsp);
		const char *value = audit_fact_value(fact);

		if (port == NULL || strncmp(value, "redirect", 8) == 0)
			continue;
		if (!is_rtsp)
			audit_want(eval, RULE_HTTP_PLAIN, port, (int64_t)fact->seen_s * 1000, 0, 0,
				   "port %s serves HTTP without TLS (authentication: %.40s)", port,
				   value);
		if (strcasestr(value, "basic") != NULL)
			audit_want(eval, RULE_HTTP_BASIC, port, (int64_t)fact->seen_s * 1000, 0, 0,
				   "port %s%s asks for Basic authentication without TLS", port,
				   is_rtsp ? " (RTSP)" : "");
	}
	if (strcmp(scheme, "basic") == 0 && !is_onvif_over_tls(eval->subject))
		audit_want(eval, RULE_HTTP_BASIC, "onvif", 0, 0, 0,
			   "keepwatch itself can only log in by HTTP Basic");
}

/* ---- SNMP */

static void
want_old(struct audit_eval *eval, const char *version, int64_t seen_ms, const char *by)
{
	audit_want(eval, RULE_SNMP_OLD, version, seen_ms, 0, 0,
		   "answers SNMP %s (%.40s), which neither proves nor hides anything", version, by);
}

static void
check_snmp(struct audit_eval *eval)
{
	const struct audit_fact *fact;
	bool is_told = false;
	size_t at = 0;

	while ((fact = audit_next_fact(eval->subject, FACT_SNMP_ACCESS, &at)) != NULL) {
		const char *value = audit_fact_value(fact), *community = strchr(fact->text, ' ');
		int64_t seen_ms = (int64_t)fact->seen_s * 1000;
		char version[AUDIT_PORT_TEXT];

		if (community == NULL)
			continue;
		snprintf(version, sizeof(version), "%.*s", (int)(community++ - fact->text),
			 fact->text);
		want_old(eval, version, seen_ms, fact->text);
		is_told = true;
		if (strcmp(community, "configured") != 0)
			audit_want(eval, RULE_SNMP_PUBLIC, fact->text, seen_ms, 0, 0,
				   "SNMP %s is answered with the community '%.20s' (%.10s)",
				   version, community, value);
		if (strcmp(value, "write") == 0)
			audit_want(eval, RULE_SNMP_WRITE, fact->text, seen_ms, 0, 0,
				   "SNMP %s with the %s community lets settings be changed",
				   version, community);
	}
	/* A community in the ledger: it is how keepwatch asks. Where more is known it is no news.
	 */
	for (size_t i = 0; !is_told && i < eval->subject->login_count; i++) {
		const struct audit_login *login = &eval->subject->logins[i];

		if (strcmp(login->account, "community") == 0 && login->secret != NULL)
			want_old(eval, "v1/v2c", login->last_proven_ms, "as keepwatch asks it");
	}
}

void
audit_exposure(struct audit_eval *eval)
{
	check_ports(eval);
	check_http(eval);
	check_snmp(eval);
}
