/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is concluded, on its way to people: each step of an incident goes to the store with its
 * evidence in words, to the log, and, if it matters, among the events. And the way back: what is
 * stored at start, and what a person says it was.
 */
#include "diagnosis.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/log.h"
#include "keepwatch/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names */

static const char *
known_name(const struct diagnosis_names *names, uint32_t id, const char *fallback)
{
	for (size_t i = 0; i < names->count; i++) {
		if (names->items[i].id == id)
			return names->items[i].name;
	}
	return fallback;
}

const char *
diagnosis_node_name(void *owner, uint32_t node)
{
	struct agent_diagnosis *diagnosis = owner;
	const struct diagnosis_device *d = diagnosis_find(diagnosis, node);

	if (d != NULL)
		return diagnosis_agent_device(diagnosis, d)->device->name;
	if (node == DIAGNOSIS_MONITOR)
		return "the monitor";
	if (node < DIAGNOSIS_WAN)
		return "a device that is no longer watched";
	snprintf(diagnosis->name, sizeof(diagnosis->name), "connection of %s",
		 known_name(&diagnosis->sites, node & ~DIAGNOSIS_WAN, "the site"));
	return diagnosis->name;
}

/* Of a node, site or zone, as diag_name_fn. */
static const char *
name_of_blamed(void *owner, enum blame_type type, uint32_t id)
{
	struct agent_diagnosis *diagnosis = owner;

	switch (type) {
	case BLAME_SITE:
		return known_name(&diagnosis->sites, id, "no site");
	case BLAME_ZONE:
		return known_name(&diagnosis->zones, id, "a power zone");
	default:
		return diagnosis_node_name(owner, id);
	}
}

/* ---- one step */

static size_t
put_lines(struct agent_diagnosis *diagnosis, const struct diag_reason *reasons, size_t count,
	  struct evidence_line *out)
{
	size_t n = 0;

	for (; n < count && n < STORE_INCIDENT_LINES; n++) {
		out[n] = (struct evidence_line){
			.at_ms = reasons[n].at_ms,
			.node = reasons[n].node,
			.port = reasons[n].port,
			.weight = reasons[n].weight,
		};
		diag_words(&reasons[n], name_of_blamed, diagnosis, -1, out[n].text,
			   sizeof(out[n].text));
	}
	return n;
}

static int
keep_step(struct agent_diagnosis *diagnosis, const struct store_incident *step)
{
	int rc = open_incidents_take(diagnosis->open, step);

	if (rc == 0 && agent_batch_open(diagnosis->agent, true))
		rc = store_batch_incident(diagnosis->agent->batch, step);
	return rc;
}

static int
store_step(struct agent_diagnosis *diagnosis, const struct diag_event *event, const char *name)
{
	char names[INCIDENT_ALTS_MAX][INCIDENT_NAME_SIZE];
	struct store_alt alts[INCIDENT_ALTS_MAX];
	struct store_incident step = {
		.incident = event->incident,
		.step = event->step,
		.at_ms = event->at_ms,
		.verdict = event->verdict,
		.blame = event->blame,
		.blame_name = name,
		.team = event->team,
		.confidence = event->confidence,
		.is_alert = event->is_alert,
		.since_ms = event->since_ms,
		.other = event->other,
		.devices = event->devices,
		.device_count = event->device_count,
		.evidence = diagnosis->lines,
		.deciders = diagnosis->deciders,
		.alts = alts,
	};

	for (; step.alt_count < event->alt_count && step.alt_count < INCIDENT_ALTS_MAX;
	     step.alt_count++) {
		const struct verdict_alt *alt = &event->alts[step.alt_count];

		snprintf(
			names[step.alt_count], sizeof(names[0]), "%s",
			name_of_blamed(diagnosis, (enum blame_type)alt->blame.type, alt->blame.id));
		alts[step.alt_count] = (struct store_alt){*alt, names[step.alt_count]};
	}
	/* What ends it does not take the place of what told it: that stands. */
	if (event->step != INCIDENT_HEALED && event->step != INCIDENT_CLOSED &&
	    event->step != INCIDENT_ADOPTED)
		step.evidence_count =
			put_lines(diagnosis, event->reasons, event->reason_count, diagnosis->lines);
	step.decider_count =
		put_lines(diagnosis, event->deciders, event->decider_count, diagnosis->deciders);
	return keep_step(diagnosis, &step);
}

/* Steps that people look for among the events. */
static bool
event_type(enum incident_step step, enum event_type *out)
{
	switch (step) {
	case INCIDENT_OPENED:
		*out = EVENT_INCIDENT_OPENED;
		return true;
	case INCIDENT_GROWN:
	case INCIDENT_REBLAMED:
	case INCIDENT_HEALED:
		*out = EVENT_INCIDENT_CHANGED;
		return true;
	case INCIDENT_CLOSED:
	case INCIDENT_ADOPTED:
	case INCIDENT_OVERTURNED:
		*out = EVENT_INCIDENT_CLOSED;
		return true;
	default:
		return false;
	}
}

static void
put_event(struct agent_diagnosis *diagnosis, const struct diag_event *event, const char *words)
{
	struct store_event row = {
		.at_ms = event->at_ms,
		.probe = -1,
		.to = incident_step_name(event->step),
		.detail = words,
	};

	if (!event_type(event->step, &row.type))
		return;
	if (event->blame.type == BLAME_NODE && diagnosis_find(diagnosis, event->blame.id) != NULL)
		row.device = event->blame.id;
	if (agent_batch_open(diagnosis->agent, true) &&
	    store_batch_event(diagnosis->agent->batch, &row) != 0)
		log_error("diagnosis", "an event was lost: out of memory");
}

static void
describe_step(const struct diag_event *event, const char *name, char *out, size_t size)
{
	char since[CLOCK_ISO_SIZE];

	if (event->step == INCIDENT_ADOPTED)
		snprintf(out, size, "incident %u: explained by incident %u", event->incident,
			 event->other);
	else
		snprintf(out, size, "incident %u: %s: %s (%.0f %%), %zu device%s since %s; %s%s",
			 event->incident, name, verdict_words(event->verdict),
			 (double)event->confidence * 100, event->device_count,
			 event->device_count == 1 ? "" : "s",
			 clock_format_local(event->since_ms, since, sizeof(since)),
			 team_words(event->team),
			 verdict_is_device_innocent(event->verdict) ? "; do not send a technician"
								    : "");
}

/* Nothing is learnt of what is out. */
static void
mark_out(struct agent_diagnosis *diagnosis, const struct diag_event *event)
{
	bool is_over = event->step == INCIDENT_CLOSED || event->step == INCIDENT_OVERTURNED;

	if (event->step == INCIDENT_ADOPTED)
		return; /* by one that names them, too */
	for (size_t i = 0; i < event->device_count; i++)
		trend_set_out(diagnosis->trend, event->devices[i].device,
			      !is_over && incident_device_is_out(&event->devices[i]));
}

/* What is no longer watched keeps the name that it had. */
static const char *
blame_name(struct agent_diagnosis *diagnosis, const struct diag_event *event)
{
	const struct open_incident *known = open_incidents_find(diagnosis->open, event->incident);

	if (known != NULL && event->blame.type == BLAME_NODE && event->blame.id < DIAGNOSIS_WAN &&
	    known->blame.id == event->blame.id &&
	    diagnosis_find(diagnosis, event->blame.id) == NULL)
		return known->name;
	return name_of_blamed(diagnosis, (enum blame_type)event->blame.type, event->blame.id);
}

static void
tell_step(struct agent_diagnosis *diagnosis, const struct diag_event *event)
{
	char name[INCIDENT_NAME_SIZE], words[256];

	snprintf(name, sizeof(name), "%s", blame_name(diagnosis, event));
	describe_step(event, name, words, sizeof(words));
	if (event->step == INCIDENT_REFINED)
		log_info("diagnosis", "%s: %s", incident_step_name(event->step), words);
	else
		log_notice("diagnosis", "%s: %s", incident_step_name(event->step), words);
	if (store_step(diagnosis, event, name) != 0)
		log_error("diagnosis", "a step was lost: out of memory");
	put_event(diagnosis, event, words);
	mark_out(diagnosis, event);
}

void
diagnosis_incidents_tell(struct agent_diagnosis *diagnosis)
{
	const struct diag_event *event;

	while ((event = diag_next(diagnosis->diag)) != NULL)
		tell_step(diagnosis, event);
}

/* ---- early warning */

void
diagnosis_findings_tell(struct agent_diagnosis *diagnosis)
{
	const struct finding *finding;
	uint64_t now_ms = clock_mono_ms();

	if (now_ms < diagnosis->trend_at_ms)
		return;
	diagnosis->trend_at_ms = now_ms + diagnosis->cycle_ms;
	if (trend_tick(diagnosis->trend, diagnosis->tick_ms) != 0)
		log_error("diagnosis", "no early warning: out of memory");
	while ((finding = trend_next(diagnosis->trend)) != NULL) {
		const char *name = diagnosis_node_name(diagnosis, finding->node);

		log_notice("finding", "%s: %s%s: %s", name, finding_rule_words(finding->rule),
			   finding->resolved_ms != 0 ? ", resolved" : "", finding->evidence);
		if (agent_batch_open(diagnosis->agent, true) &&
		    store_batch_finding(diagnosis->agent->batch, finding, name) != 0)
			log_error("diagnosis", "a finding was lost: out of memory");
	}
}

/* ---- at start */

static int
restore_incident(void *arg, const struct store_known_incident *known)
{
	struct agent_diagnosis *diagnosis = arg;
	int rc = diag_restore_incident(diagnosis->diag, known->incident, known->verdict,
				       &known->blame, known->since_ms, known->confidence,
				       known->devices, known->device_count);
	struct store_incident closed = {
		.incident = known->incident,
		.step = INCIDENT_CLOSED,
		.at_ms = clock_wall_ms(),
		.verdict = known->verdict,
		.blame = known->blame,
		.blame_name = known->blame_name,
		.team = known->team,
		.confidence = known->confidence,
		.since_ms = known->since_ms,
		.note = "what was to blame is no longer watched",
		.by = "the agent",
	};

	if (rc == 0)
		rc = open_incidents_restore(diagnosis->open, known);
	for (size_t i = 0; rc == 0 && i < known->device_count; i++)
		trend_set_out(diagnosis->trend, known->devices[i].device,
			      incident_device_is_out(&known->devices[i]));
	if (rc != ERR_NOTFOUND)
		return rc;
	log_notice("diagnosis", "incident %u: %s is no longer watched: closed", known->incident,
		   known->blame_name);
	return store_batch_incident(diagnosis->agent->batch, &closed);
}

static int
restore_finding(void *arg, const struct finding *finding)
{
	int rc;

	if (finding->rule >= RULE_AUDIT_FIRST)
		return 0; /* the audit's */
	rc = trend_restore(((struct agent_diagnosis *)arg)->trend, finding);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

static int
restore_device(struct agent_diagnosis *diagnosis, const struct agent_device *device)
{
	struct diag_memory memory = {.node = device->id};

	for (size_t i = 0; i < device->probe_count; i++)
		memory.was_up =
			memory.was_up ||
			diagnosis->agent->table->probes[device->first_probe + i].health.was_up;
	if (device->health.state == HEALTH_DOWN) {
		memory.down_since_ms = device->health.since_ms;
		memory.last_ok_ms = memory.was_up ? device->health.since_ms - 1 : 0;
	} else if (device->health.state != HEALTH_UNKNOWN) {
		memory.last_ok_ms = device->health.since_ms;
	}
	return diag_restore_node(diagnosis->diag, &memory);
}

int
diagnosis_restore(struct agent_diagnosis *diagnosis, char *message, size_t message_size)
{
	static const struct store_incident_handlers handlers = {restore_incident, restore_finding};
	const struct agent_table *table = diagnosis->agent->table;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < table->device_count; i++) {
		if (diagnosis->devices[i].is_told)
			rc = restore_device(diagnosis, &table->devices[i]);
	}
	if (rc == 0)
		rc = store_load_incidents(diagnosis->agent->store, &handlers, diagnosis, NULL,
					  message, message_size);
	return rc;
}

/* ---- what a person says */

int
agent_diagnosis_answer(struct agent *agent, const struct control_request *request, uint32_t uid,
		       struct buf *out)
{
	struct agent_diagnosis *diagnosis = agent->diagnosis;
	const char *todo = control_field(request, "do"), *id = control_field(request, "id");
	const char *cause = control_field(request, "cause");
	char by[INCIDENT_NAME_SIZE], words[256];
	struct store_incident step = {
		.step = INCIDENT_OVERTURNED,
		.at_ms = clock_wall_ms(),
		.note = control_field(request, "note"),
		.by = by,
	};
	struct store_event event = {.at_ms = step.at_ms,
				    .type = EVENT_INCIDENT_CLOSED,
				    .probe = -1,
				    .to = incident_step_name(INCIDENT_OVERTURNED),
				    .detail = words};
	unsigned long long number;
	char *end;

	if (diagnosis == NULL || !diagnosis->is_ready)
		return agent_refuse(out,
				    "there is no diagnosis: see `diagnosis:` in keepwatch.yaml(5)");
	if (todo == NULL || strcmp(todo, "close") != 0)
		return agent_refuse(out, "an incident can be closed, nothing else");
	number = id == NULL ? 0 : strtoull(id, &end, 10);
	if (number == 0 || number > UINT32_MAX || *end != '\0')
		return agent_refuse(out, "not the number of an incident");
	if (cause == NULL || verdict_parse(cause, &step.cause) != 0)
		return agent_refuse(out, "not a class of verdicts");
	step.incident = (uint32_t)number;
	agent_sign(request, uid, by, sizeof(by));
	if (step.incident >= open_incidents_next(diagnosis->open))
		return agent_refuse(out, "there is no such incident");
	/* One that is closed already is corrected all the same. */
	(void)diag_overturn(diagnosis->diag, step.incident, step.cause);
	if (keep_step(diagnosis, &step) != 0)
		return agent_refuse(out, err_text(ERR_NOMEM));
	snprintf(words, sizeof(words), "incident %u: it was %s, says %s", step.incident,
		 verdict_words(step.cause), by);
	if (store_batch_event(agent->batch, &event) != 0)
		log_error("diagnosis", "an event was lost: out of memory");
	log_notice("diagnosis", "overturned: %s", words);
	buf_printf(out, "incident %u closed: %s\n", step.incident, verdict_words(step.cause));
	return 0;
}
