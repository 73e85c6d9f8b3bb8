/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Incidents and findings in a batch. Memory only.
 */
#include "batch.h"

#include "keepwatch/err.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Copies an array into the batch; one that is empty becomes NULL. False: out of memory. */
static bool
copy_array(struct store_batch *batch, const void *items, size_t count, size_t size,
	   const void **out)
{
	void *copy;

	*out = NULL;
	if (count == 0)
		return true;
	copy = arena_alloc(&batch->text, count * size);
	if (copy == NULL)
		return false;
	memcpy(copy, items, count * size);
	*out = copy;
	return true;
}

static bool
copy_lines(struct store_batch *batch, const struct evidence_line **lines, size_t *count)
{
	if (*count > STORE_INCIDENT_LINES)
		*count = STORE_INCIDENT_LINES;
	return copy_array(batch, *lines, *count, sizeof(**lines), (const void **)lines);
}

static bool
copy_alts(struct store_batch *batch, const struct store_alt **alts, size_t *count)
{
	struct store_alt *copy;

	if (*count > INCIDENT_ALTS_MAX)
		*count = INCIDENT_ALTS_MAX;
	copy = *count == 0 ? NULL : arena_alloc(&batch->text, *count * sizeof(*copy));
	if (copy == NULL && *count > 0)
		return false;
	for (size_t i = 0; i < *count; i++) {
		copy[i] = (struct store_alt){(*alts)[i].alt, batch_text(batch, (*alts)[i].name)};
		if (copy[i].name == NULL)
			return false;
	}
	*alts = copy;
	return true;
}

int
store_batch_incident(struct store_batch *batch, const struct store_incident *step)
{
	struct store_incident item = *step;

	assert(step->incident > 0);
	for (size_t i = 1; i < step->device_count; i++)
		assert(step->devices[i - 1].device < step->devices[i].device);
	item.blame_name = batch_text(batch, step->blame_name);
	item.note = batch_text(batch, step->note);
	item.by = batch_text(batch, step->by);
	if (item.blame_name == NULL || item.note == NULL || item.by == NULL ||
	    !copy_array(batch, step->devices, step->device_count, sizeof(*step->devices),
			(const void **)&item.devices) ||
	    !copy_lines(batch, &item.evidence, &item.evidence_count) ||
	    !copy_lines(batch, &item.deciders, &item.decider_count) ||
	    !copy_alts(batch, &item.alts, &item.alt_count) || BATCH_GROW(&batch->incidents) != 0)
		return ERR_NOMEM;
	batch->incidents.items[batch->incidents.count++] = item;
	return 0;
}

int
store_batch_finding(struct store_batch *batch, const struct finding *finding, const char *name)
{
	struct batch_finding item = {
		.rule = finding->rule,
		.severity = finding->severity,
		.node = finding->node,
		.port = finding->port,
		.since_ms = finding->since_ms,
		.confirmed_ms = finding->confirmed_ms,
		.resolved_ms = finding->resolved_ms,
		.value = finding->value,
		.limit = finding->limit,
		.instance = batch_text(batch, finding->instance),
		.evidence = batch_text(batch, finding->evidence),
		.name = batch_text(batch, name),
	};

	if (item.instance == NULL || item.evidence == NULL || item.name == NULL ||
	    BATCH_GROW(&batch->findings) != 0)
		return ERR_NOMEM;
	batch->findings.items[batch->findings.count++] = item;
	return 0;
}

void
batch_incident_clear(struct store_batch *batch)
{
	free(batch->incidents.items);
	free(batch->findings.items);
}

bool
batch_incident_is_empty(const struct store_batch *batch)
{
	return batch->incidents.count + batch->findings.count == 0;
}

size_t
batch_incident_bytes(const struct store_batch *batch)
{
	return batch->incidents.cap * sizeof(*batch->incidents.items) +
	       batch->findings.cap * sizeof(*batch->findings.items);
}
