/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A list of open incidents, sorted by number. There are few: a step is looked up by bisection and
 * an incident that is closed leaves a gap that is moved shut.
 */
#include "open_incidents.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct open_incidents {
	struct open_incident *items;
	size_t count, cap;
	uint32_t next;
};

struct open_incidents *
open_incidents_new(void)
{
	struct open_incidents *open = calloc(1, sizeof(*open));

	if (open != NULL)
		open->next = 1;
	return open;
}

void
open_incidents_free(struct open_incidents *open)
{
	if (open == NULL)
		return;
	for (size_t i = 0; i < open->count; i++)
		free(open->items[i].devices);
	free(open->items);
	free(open);
}

/* Index of the first whose number is not below id. */
static size_t
place_of(const struct open_incidents *open, uint32_t id)
{
	size_t from = 0, to = open->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (open->items[middle].id < id)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

const struct open_incident *
open_incidents_find(const struct open_incidents *open, uint32_t id)
{
	size_t at = place_of(open, id);

	return at < open->count && open->items[at].id == id ? &open->items[at] : NULL;
}

/* The incident of that number, made if there is none; NULL: out of memory. */
static struct open_incident *
get(struct open_incidents *open, uint32_t id)
{
	size_t at = place_of(open, id);

	if (at < open->count && open->items[at].id == id)
		return &open->items[at];
	if (mem_grow(&open->items, &open->cap, open->count + 1, sizeof(*open->items)) != 0)
		return NULL;
	memmove(&open->items[at + 1], &open->items[at], (open->count - at) * sizeof(*open->items));
	open->items[at] = (struct open_incident){.id = id};
	open->count++;
	open_incidents_set_next(open, id + 1);
	return &open->items[at];
}

static void
drop(struct open_incidents *open, uint32_t id)
{
	size_t at = place_of(open, id);

	if (at == open->count || open->items[at].id != id)
		return;
	free(open->items[at].devices);
	open->count--;
	memmove(&open->items[at], &open->items[at + 1], (open->count - at) * sizeof(*open->items));
}

static void
set_devices(struct open_incident *incident, struct incident_device *devices, size_t count)
{
	free(incident->devices);
	incident->devices = devices;
	incident->device_count = count;
	incident->out_count = 0;
	for (size_t i = 0; i < count; i++)
		incident->out_count += incident_device_is_out(&devices[i]);
}

static void
set_name(char *out, size_t size, const char *name)
{
	snprintf(out, size, "%s", name != NULL ? name : "");
}

int
open_incidents_take(struct open_incidents *open, const struct store_incident *step)
{
	struct incident_device *devices = NULL;
	struct open_incident *incident;

	if (step->step == INCIDENT_CLOSED || step->step == INCIDENT_ADOPTED ||
	    step->step == INCIDENT_OVERTURNED) {
		drop(open, step->incident);
		open_incidents_set_next(open, step->incident + 1);
		return 0;
	}
	if (step->device_count > 0) {
		devices = malloc(step->device_count * sizeof(*devices));
		if (devices == NULL)
			return ERR_NOMEM;
		memcpy(devices, step->devices, step->device_count * sizeof(*devices));
	}
	incident = get(open, step->incident);
	if (incident == NULL) {
		free(devices);
		return ERR_NOMEM;
	}
	if (devices != NULL)
		set_devices(incident, devices, step->device_count);
	incident->verdict = step->verdict;
	incident->blame = step->blame;
	set_name(incident->name, sizeof(incident->name), step->blame_name);
	incident->team = step->team;
	incident->confidence = step->confidence;
	incident->since_ms = step->since_ms;
	if (step->step == INCIDENT_HEALED)
		incident->is_healed = true;
	else if (step->step != INCIDENT_REFINED)
		incident->is_healed = false;
	if (step->evidence_count > 0) {
		set_name(incident->why, sizeof(incident->why), step->evidence[0].text);
		incident->alt = (struct verdict_alt){0};
		if (step->alt_count > 0) {
			incident->alt = step->alts[0].alt;
			set_name(incident->alt_name, sizeof(incident->alt_name),
				 step->alts[0].name);
		}
	}
	return 0;
}

int
open_incidents_restore(struct open_incidents *open, const struct store_known_incident *known)
{
	const struct store_incident step = {
		.incident = known->incident,
		.step = known->healed_ms != 0 ? INCIDENT_HEALED : INCIDENT_OPENED,
		.verdict = known->verdict,
		.blame = known->blame,
		.blame_name = known->blame_name,
		.team = known->team,
		.confidence = known->confidence,
		.since_ms = known->since_ms,
		.devices = known->devices,
		.device_count = known->device_count,
	};

	return open_incidents_take(open, &step);
}

void
open_incidents_set_next(struct open_incidents *open, uint32_t next)
{
	if (next > open->next)
		open->next = next;
}

uint32_t
open_incidents_next(const struct open_incidents *open)
{
	return open->next;
}

size_t
open_incidents_count(const struct open_incidents *open)
{
	return open->count;
}

const struct open_incident *
open_incidents_at(const struct open_incidents *open, size_t i)
{
	return &open->items[i];
}
