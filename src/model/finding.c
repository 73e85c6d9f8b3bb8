/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of the rules that make findings, and of how serious a finding is.
 */
#include "keepwatch/finding.h"

#include "keepwatch/mem.h"
#include "keepwatch/name_find.h"

static const struct {
	enum finding_severity severity;
	enum team team;
	const char *words;
} rules[] = {
#define X(name, text, severity, team, words) {FINDING_##severity, TEAM_##team, words},
	FINDING_RULES(X)
#undef X
};
static const char *const rule_names[] = {
#define X(name, text, severity, team, words) text,
	FINDING_RULES(X)
#undef X
};
static const char *const severity_names[] = {
#define X(name, text) text,
	FINDING_SEVERITIES(X)
#undef X
};

const char *
finding_rule_name(enum finding_rule rule)
{
	return name_of(rule_names, MEM_COUNT(rule_names), (int)rule);
}

const char *
finding_rule_words(enum finding_rule rule)
{
	return (size_t)rule < MEM_COUNT(rules) ? rules[rule].words : "?";
}

enum team
finding_rule_team(enum finding_rule rule)
{
	return (size_t)rule < MEM_COUNT(rules) ? rules[rule].team : TEAM_NONE;
}

enum finding_severity
finding_rule_severity(enum finding_rule rule)
{
	return (size_t)rule < MEM_COUNT(rules) ? rules[rule].severity : FINDING_NOTICE;
}

int
finding_rule_parse(const char *text, enum finding_rule *out)
{
	int i = name_find(rule_names, MEM_COUNT(rule_names), text);

	if (i < 0)
		return i;
	*out = (enum finding_rule)i;
	return 0;
}

const char *
finding_severity_name(enum finding_severity severity)
{
	return name_of(severity_names, MEM_COUNT(severity_names), (int)severity);
}

int
finding_severity_parse(const char *text, enum finding_severity *out)
{
	int i = name_find(severity_names, MEM_COUNT(severity_names), text);

	if (i < 0)
		return i;
	*out = (enum finding_severity)i;
	return 0;
}
