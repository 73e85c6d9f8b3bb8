/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of teams, verdicts and steps of incidents, and what a verdict means for whom.
 */
#include "keepwatch/incident.h"

#include "keepwatch/mem.h"
#include "keepwatch/name_find.h"

static const char *const team_names[] = {
#define X(name, text, words) text,
	TEAMS(X)
#undef X
};
static const char *const team_texts[] = {
#define X(name, text, words) words,
	TEAMS(X)
#undef X
};
static const char *const verdict_names[] = {
#define X(name, text, team, innocent, words) text,
	VERDICTS(X)
#undef X
};
static const char *const verdict_texts[] = {
#define X(name, text, team, innocent, words) words,
	VERDICTS(X)
#undef X
};
static const enum team verdict_teams[] = {
#define X(name, text, team, innocent, words) TEAM_##team,
	VERDICTS(X)
#undef X
};
static const bool verdict_innocent[] = {
#define X(name, text, team, innocent, words) innocent,
	VERDICTS(X)
#undef X
};
static const char *const step_names[] = {
#define X(name, text) text,
	INCIDENT_STEPS(X)
#undef X
};

const char *
team_name(enum team team)
{
	return name_of(team_names, MEM_COUNT(team_names), (int)team);
}

const char *
team_words(enum team team)
{
	return name_of(team_texts, MEM_COUNT(team_texts), (int)team);
}

int
team_parse(const char *text, enum team *out)
{
	int i = name_find(team_names, MEM_COUNT(team_names), text);

	if (i < 0)
		return i;
	*out = (enum team)i;
	return 0;
}

const char *
verdict_name(enum verdict verdict)
{
	return name_of(verdict_names, MEM_COUNT(verdict_names), (int)verdict);
}

const char *
verdict_words(enum verdict verdict)
{
	return name_of(verdict_texts, MEM_COUNT(verdict_texts), (int)verdict);
}

enum team
verdict_team(enum verdict verdict)
{
	return (size_t)verdict < MEM_COUNT(verdict_teams) ? verdict_teams[verdict] : TEAM_NONE;
}

bool
verdict_is_device_innocent(enum verdict verdict)
{
	return (size_t)verdict < MEM_COUNT(verdict_innocent) && verdict_innocent[verdict];
}

int
verdict_parse(const char *text, enum verdict *out)
{
	int i = name_find(verdict_names, MEM_COUNT(verdict_names), text);

	if (i < 0)
		return i;
	*out = (enum verdict)i;
	return 0;
}

const char *
incident_step_name(enum incident_step step)
{
	return name_of(step_names, MEM_COUNT(step_names), (int)step);
}

int
incident_step_parse(const char *text, enum incident_step *out)
{
	int i = name_find(step_names, MEM_COUNT(step_names), text);

	if (i < 0)
		return i;
	*out = (enum incident_step)i;
	return 0;
}
