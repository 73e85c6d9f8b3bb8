/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fill_store's script lines about incidents and findings. Lines of evidence, deciders and
 * alternatives are gathered for the next step of an incident.
 */
#include "fill_store.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SITE_ID = 1, ZONE_ID = 1, OUTSIDE_ID = 2000000000 /* not in the fleet */ };

static enum verdict
verdict_of(const char *name)
{
	enum verdict verdict = VERDICT_UNDETERMINED;

	fill_check(verdict_parse(name, &verdict), name, "");
	return verdict;
}

/* "node:hq-acc-1", "site:hq", "zone:A", "outside:monitor". */
static struct blame
blame_of(struct filler *filler, const char *text, const char **name)
{
	const char *colon = strchr(text, ':');

	fill_check(colon == NULL ? ERR_SYNTAX : 0, text, "");
	*name = colon + 1;
	if (strncmp(text, "node:", 5) == 0)
		return (struct blame){.type = BLAME_NODE, .id = fill_id(filler, *name)};
	if (strncmp(text, "site:", 5) == 0)
		return (struct blame){.type = BLAME_SITE, .id = SITE_ID};
	if (strncmp(text, "zone:", 5) == 0)
		return (struct blame){.type = BLAME_ZONE, .id = ZONE_ID};
	return (struct blame){.type = BLAME_NODE, .id = OUTSIDE_ID};
}

void
fill_evidence(struct filler *filler, char **f)
{
	struct evidence_line *line = &filler->evidence[filler->evidence_count];

	fill_check(filler->evidence_count == LINES ? ERR_TOOBIG : 0, "evidence", "");
	filler->evidence_count++;
	*line = (struct evidence_line){.at_ms = fill_past(filler, f[1]),
				       .node = fill_id(filler, f[2]),
				       .port = (uint32_t)strtoul(f[3], NULL, 10),
				       .weight = strtof(f[4], NULL)};
	snprintf(line->text, sizeof(line->text), "%s", f[5]);
}

void
fill_decider(struct filler *filler, char **f)
{
	struct evidence_line *line = &filler->deciders[filler->decider_count];

	fill_check(filler->decider_count == LINES ? ERR_TOOBIG : 0, "decider", "");
	filler->decider_count++;
	*line = (struct evidence_line){.weight = 1};
	snprintf(line->text, sizeof(line->text), "%s", f[1]);
}

void
fill_alt(struct filler *filler, char **f)
{
	struct store_alt *alt = &filler->alts[filler->alt_count];
	const char *name;

	fill_check(filler->alt_count == INCIDENT_ALTS_MAX ? ERR_TOOBIG : 0, "alt", "");
	filler->alt_count++;
	alt->alt.verdict = verdict_of(f[1]);
	alt->alt.blame = blame_of(filler, f[2], &name);
	alt->alt.share = strtof(f[3], NULL) / 100;
	snprintf(filler->alt_names[filler->alt_count - 1], sizeof(filler->alt_names[0]), "%s",
		 name);
	alt->name = filler->alt_names[filler->alt_count - 1];
}

/* "cam-1@3m" is out since, "cam-1@3m/1m" was, "cam-1@-" never was. */
static void
add_device(struct filler *filler, struct incident_device *out, char *text)
{
	char *at = strchr(text, '@'), *slash;

	fill_check(at == NULL ? ERR_SYNTAX : 0, text, "");
	*at++ = '\0';
	slash = strchr(at, '/');
	if (slash != NULL)
		*slash++ = '\0';
	*out = (struct incident_device){.device = fill_id(filler, text),
					.since_ms = fill_past(filler, at),
					.until_ms = slash != NULL ? fill_past(filler, slash) : 0};
}

static const char *
value_of(const char *field, const char *key)
{
	size_t len = strlen(key);

	return strncmp(field, key, len) == 0 && field[len] == '=' ? field + len + 1 : NULL;
}

static void
set_incident(struct filler *filler, struct store_incident *step, char *field)
{
	const char *value;

	if ((value = value_of(field, "class")) != NULL)
		step->verdict = verdict_of(value);
	else if ((value = value_of(field, "blame")) != NULL)
		step->blame = blame_of(filler, value, &step->blame_name);
	else if ((value = value_of(field, "sure")) != NULL)
		step->confidence = strtof(value, NULL) / 100;
	else if ((value = value_of(field, "since")) != NULL)
		step->since_ms = fill_past(filler, value);
	else if ((value = value_of(field, "other")) != NULL)
		step->other = (uint32_t)strtoul(value, NULL, 10);
	else if ((value = value_of(field, "cause")) != NULL)
		step->cause = verdict_of(value);
	else if ((value = value_of(field, "note")) != NULL)
		step->note = value;
	else if ((value = value_of(field, "by")) != NULL)
		step->by = value;
	else if (strcmp(field, "alert") == 0)
		step->is_alert = true;
	else if (strchr(field, '@') != NULL)
		add_device(filler, &filler->outages[step->device_count++], field);
	else if (strcmp(field, "-") != 0)
		fill_check(ERR_NOTFOUND, field, "");
}

static int
compare_devices(const void *pa, const void *pb)
{
	const struct incident_device *a = pa, *b = pb;

	return a->device < b->device ? -1 : a->device > b->device;
}

void
fill_incident(struct filler *filler, char **f)
{
	struct store_incident step = {.incident = (uint32_t)strtoul(f[1], NULL, 10),
				      .at_ms = fill_past(filler, f[3]),
				      .blame_name = ""};

	fill_check(incident_step_parse(f[2], &step.step), f[2], "");
	for (size_t i = 4; i < FIELDS; i++)
		set_incident(filler, &step, f[i]);
	qsort(filler->outages, step.device_count, sizeof(*filler->outages), compare_devices);
	step.team = verdict_team(step.verdict);
	step.devices = filler->outages;
	step.evidence = filler->evidence;
	step.evidence_count = filler->evidence_count;
	step.deciders = filler->deciders;
	step.decider_count = filler->decider_count;
	step.alts = filler->alts;
	step.alt_count = filler->alt_count;
	fill_check(store_batch_incident(filler->batch, &step), "incident", f[1]);
	filler->evidence_count = filler->decider_count = filler->alt_count = 0;
}

void
fill_finding(struct filler *filler, char **f)
{
	struct finding finding = {.node = fill_id(filler, f[2]),
				  .port = (uint32_t)strtoul(f[3], NULL, 10),
				  .since_ms = fill_past(filler, f[5]),
				  .confirmed_ms = fill_past(filler, f[6]),
				  .resolved_ms = fill_past(filler, f[7]),
				  .value = strtod(f[8], NULL),
				  .limit = strtod(f[9], NULL)};

	snprintf(finding.instance, sizeof(finding.instance), "%s", fill_rule(f[1], &finding.rule));
	fill_check(finding_severity_parse(f[4], &finding.severity), f[4], "");
	snprintf(finding.evidence, sizeof(finding.evidence), "%s", f[10]);
	fill_check(store_batch_finding(filler->batch, &finding, f[2]), "finding", "");
}

/* Of every hundredth incident, which is open, the last one has a whole site. */
static size_t
many_devices(struct filler *filler, size_t number, size_t most, struct incident_device *out,
	     int64_t since_ms)
{
	size_t first = number % 400 * 48 + 2, count = number % 100 == 0 ? 48 : 1;
	size_t total = number == most ? 1000 : count, kept = 0;
	char name[32];

	for (size_t i = 0; i < total; i++) {
		snprintf(name, sizeof(name), "dev-%zu", first + i);
		out[kept++] = (struct incident_device){
			.device = fill_id(filler, name),
			.since_ms = since_ms,
			.until_ms = number % 100 == 0 ? 0 : since_ms + 60000};
	}
	qsort(out, kept, sizeof(*out), compare_devices);
	return kept;
}

void
fill_many_incidents(struct filler *filler, size_t count)
{
	struct incident_device *devices = calloc(1000, sizeof(*devices));
	struct evidence_line lines[4] = {{.weight = 3}, {.weight = 2}, {.weight = 1}, {0}};
	char name[32];

	fill_check(devices == NULL ? ERR_NOMEM : 0, "many", "");
	for (size_t i = 0; i < MEM_COUNT(lines); i++)
		snprintf(lines[i].text, sizeof(lines[i].text), "piece of evidence %zu", i);
	for (size_t i = 1; i <= count; i++) {
		int64_t since_ms = filler->now_ms - (int64_t)(count - i + 2) * 600000;
		bool is_switch = i % 100 == 0;
		struct store_incident step = {.incident = (uint32_t)i,
					      .at_ms = since_ms + 30000,
					      .verdict = is_switch ? VERDICT_SWITCH_DOWN
								   : VERDICT_DEVICE_HW,
					      .blame_name = name,
					      .team = is_switch ? TEAM_IT_NETWORK : TEAM_INTEGRATOR,
					      .confidence = 0.9F,
					      .is_alert = true,
					      .since_ms = since_ms,
					      .devices = devices,
					      .evidence = lines,
					      .evidence_count = MEM_COUNT(lines)};

		step.device_count = many_devices(filler, i, count, devices, since_ms);
		snprintf(name, sizeof(name), "dev-%zu", is_switch ? i % 400 + 1 : i % 400 * 48 + 2);
		step.blame = (struct blame){.type = BLAME_NODE, .id = fill_id(filler, name)};
		fill_check(store_batch_incident(filler->batch, &step), "many", "");
		if (is_switch)
			continue;
		step.step = INCIDENT_CLOSED;
		step.at_ms = since_ms + 120000;
		step.evidence_count = 0;
		fill_check(store_batch_incident(filler->batch, &step), "many", "");
	}
	free(devices);
}
