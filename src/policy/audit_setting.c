/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules about settings: the clock and who sets it, discovery, the VLAN.
 */
#include "audit_impl.h"

#include "keepwatch/clock.h"

#include <stdlib.h>
#include <string.h>

/* An offset that swings about a limit is told once: it is fine again below four fifths. */
uint8_t
audit_clock_class(const struct audit_policy *policy, uint8_t before, int64_t offset_ms)
{
	int64_t off = llabs((long long)offset_ms);
	int64_t limits[] = {policy->clock_warning_ms, policy->clock_critical_ms};
	uint8_t now = 0;

	for (uint8_t i = 0; i < 2; i++) {
		if (limits[i] != 0 && off > (before > i ? limits[i] / 5 * 4 : limits[i]))
			now = (uint8_t)(i + 1);
	}
	return now;
}

static void
check_clock(struct audit_eval *eval)
{
	struct audit_subject *subject = eval->subject;
	int64_t seen_ms, offset_ms, limit_ms;
	const char *value = audit_fact(subject, FACT_CLOCK_OFFSET_MS, "", &seen_ms);
	char words[CLOCK_DURATION_SIZE];

	if (value[0] == '\0')
		return;
	offset_ms = strtoll(value, NULL, 10);
	subject->clock_class = audit_clock_class(eval->policy, subject->clock_class, offset_ms);
	if (subject->clock_class == 0)
		return;
	limit_ms = subject->clock_class == 2 ? eval->policy->clock_critical_ms
					     : eval->policy->clock_warning_ms;
	/* The offset moves all the time: it is the value, and the words have its class alone. */
	audit_want_as(eval, RULE_CLOCK_WRONG, "",
		      subject->clock_class == 2 ? FINDING_CRITICAL : FINDING_WARNING, seen_ms,
		      (double)offset_ms, (double)limit_ms,
		      "its clock is %s by more than %s against the monitor's",
		      offset_ms < 0 ? "behind" : "ahead",
		      clock_format_duration(limit_ms, words, sizeof(words)));
}

static void
check_ntp(struct audit_eval *eval)
{
	int64_t seen_ms;
	const char *servers = audit_fact(eval->subject, FACT_NTP_SERVER, "", &seen_ms);
	const char *source = audit_fact(eval->subject, FACT_CLOCK_SOURCE, "",
					servers[0] == '\0' ? &seen_ms : NULL);

	if (strcmp(servers, "none") == 0 || (servers[0] == '\0' && strcmp(source, "manual") == 0))
		audit_want(eval, RULE_NTP_NONE, "", seen_ms, 0, 0,
			   servers[0] != '\0' ? "no time server is configured"
					      : "its clock is set by hand");
	else if (servers[0] != '\0' && strcmp(source, "manual") == 0)
		audit_want(eval, RULE_NTP_NONE, "", seen_ms, 0, 0,
			   "a time server is configured (%.60s), but not used", servers);
}

void
audit_settings(struct audit_eval *eval)
{
	struct audit_subject *subject = eval->subject;
	int64_t seen_ms;
	const char *mode = audit_fact(subject, FACT_DISCOVERY_MODE, "", &seen_ms);
	char where[128];

	check_clock(eval);
	check_ntp(eval);
	if (strcmp(mode, "Discoverable") == 0)
		audit_want(eval, RULE_DISCOVERY_ON, "", seen_ms, 0, 0,
			   "its ONVIF discovery mode is Discoverable");
	if (subject->is_vlan_forbidden)
		audit_want(eval, RULE_VLAN, "", 0, subject->vlan, 0,
			   "%s; policy does not allow it for a %s",
			   audit_where(subject, where, sizeof(where)),
			   kind_name((enum device_kind)subject->kind));
}
