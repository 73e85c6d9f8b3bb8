/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Building batches. Memory only.
 */
#include "batch.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { TAGS_MAX = 64 * 1024 }; /* bytes of a device's tags as JSON */

struct store_batch *
store_batch_new(void)
{
	struct store_batch *batch = calloc(1, sizeof(*batch));

	if (batch != NULL)
		arena_init(&batch->text);
	return batch;
}

/* Frees what one link of the chain holds. */
static void
clear_link(struct store_batch *batch)
{
	for (size_t i = 0; i < batch->facts.count; i++)
		fact_list_fini(&batch->facts.items[i].list);
	free(batch->devices.items);
	free(batch->states.items);
	free(batch->lasts.items);
	free(batch->facts.items);
	free(batch->events.items);
	free(batch->rollups.items);
	batch_topology_clear(batch);
	batch_incident_clear(batch);
	batch_audit_clear(batch);
	arena_fini(&batch->text);
}

void
store_batch_free(struct store_batch *batch)
{
	struct store_batch *next;

	for (; batch != NULL; batch = next) {
		next = batch->next;
		clear_link(batch);
		free(batch);
	}
}

bool
store_batch_is_empty(const struct store_batch *batch)
{
	for (; batch != NULL; batch = batch->next) {
		if (batch->devices.count + batch->states.count + batch->lasts.count +
				    batch->facts.count + batch->events.count +
				    batch->rollups.count >
			    0 ||
		    batch->heartbeat_ms != 0 || !batch_topology_is_empty(batch) ||
		    !batch_incident_is_empty(batch) || !batch_audit_is_empty(batch))
			return false;
	}
	return true;
}

size_t
store_batch_bytes(const struct store_batch *batch)
{
	size_t bytes = 0;

	for (; batch != NULL; batch = batch->next)
		bytes += sizeof(*batch) + batch->text.used + batch->fact_bytes +
			 batch->devices.cap * sizeof(*batch->devices.items) +
			 batch->states.cap * sizeof(*batch->states.items) +
			 batch->lasts.cap * sizeof(*batch->lasts.items) +
			 batch->facts.cap * sizeof(*batch->facts.items) +
			 batch->events.cap * sizeof(*batch->events.items) +
			 batch->rollups.cap * sizeof(*batch->rollups.items) +
			 batch_topology_bytes(batch) + batch_incident_bytes(batch) +
			 batch_audit_bytes(batch);
	return bytes;
}

int
store_batch_append(struct store_batch *into, struct store_batch *from)
{
	struct store_batch *link;

	assert(into != from);
	if (store_batch_is_empty(from))
		return 0;
	link = malloc(sizeof(*link));
	if (link == NULL)
		return ERR_NOMEM;
	*link = *from;
	*from = (struct store_batch){0};
	arena_init(&from->text);
	while (into->next != NULL)
		into = into->next;
	into->next = link;
	return 0;
}

const char *
batch_text(struct store_batch *batch, const char *text)
{
	return text == NULL || text[0] == '\0' ? "" : arena_strdup(&batch->text, text);
}

/* The device's further columns as a JSON object. */
static const char *
copy_tags(struct store_batch *batch, const struct device *device)
{
	const char *copy = NULL;
	struct buf json;

	if (device->tag_count == 0)
		return "{}";
	buf_init(&json, TAGS_MAX);
	buf_puts(&json, "{");
	for (unsigned i = 0; i < device->tag_count; i++) {
		const struct tag *tag = &device->tags[i];

		buf_puts(&json, i == 0 ? "" : ",");
		buf_put_json_string(&json, tag->key, strlen(tag->key));
		buf_puts(&json, ":");
		buf_put_json_string(&json, tag->value, strlen(tag->value));
	}
	buf_puts(&json, "}");
	if (json.error == 0)
		copy = arena_strndup(&batch->text, json.data, json.len);
	else if (json.error == ERR_TOOBIG)
		copy = "{}";
	buf_fini(&json);
	return copy;
}

int
store_batch_device(struct store_batch *batch, uint32_t id, const struct fleet *fleet,
		   const struct device *device, int64_t at_ms)
{
	struct batch_device item = {
		.id = id,
		.kind = device->kind,
		.at_ms = at_ms,
		.name = batch_text(batch, device->name),
		.address = batch_text(batch, device->address),
		.site = batch_text(batch, device_site_name(fleet, device)),
		.owner = batch_text(batch, device->owner),
		.upstream_switch = batch_text(batch, device->upstream_switch),
		.upstream_port = batch_text(batch, device->upstream_port),
		.tags = copy_tags(batch, device),
	};

	assert(id > 0);
	if (item.name == NULL || item.address == NULL || item.site == NULL || item.owner == NULL ||
	    item.upstream_switch == NULL || item.upstream_port == NULL || item.tags == NULL ||
	    BATCH_GROW(&batch->devices) != 0)
		return ERR_NOMEM;
	batch->devices.items[batch->devices.count++] = item;
	return 0;
}

int
store_batch_device_removed(struct store_batch *batch, uint32_t id, int64_t at_ms)
{
	assert(id > 0);
	if (BATCH_GROW(&batch->devices) != 0)
		return ERR_NOMEM;
	batch->devices.items[batch->devices.count++] =
		(struct batch_device){.id = id, .is_removed = true, .at_ms = at_ms};
	return 0;
}

static int
add_state(struct store_batch *batch, uint32_t id, int probe, const struct store_state *state)
{
	struct batch_state item = {
		.id = id,
		.probe = probe,
		.health = (uint8_t)state->health,
		.reason = (uint8_t)state->reason,
		.is_flapping = state->is_flapping,
		.was_up = state->was_up,
		.flips = state->flips,
		.since_ms = state->since_ms,
		.detail = batch_text(batch, state->detail),
	};

	assert(id > 0);
	if (item.detail == NULL || BATCH_GROW(&batch->states) != 0)
		return ERR_NOMEM;
	batch->states.items[batch->states.count++] = item;
	return 0;
}

int
store_batch_device_state(struct store_batch *batch, uint32_t id, const struct store_state *state)
{
	return add_state(batch, id, BATCH_DEVICE, state);
}

int
store_batch_probe_state(struct store_batch *batch, uint32_t id, enum probe_id probe,
			const struct store_state *state)
{
	assert(probe < PROBE_COUNT);
	return add_state(batch, id, (int)probe, state);
}

int
store_batch_probe_gone(struct store_batch *batch, uint32_t id, enum probe_id probe, int64_t at_ms)
{
	assert(id > 0 && probe < PROBE_COUNT);
	if (BATCH_GROW(&batch->states) != 0)
		return ERR_NOMEM;
	batch->states.items[batch->states.count++] = (struct batch_state){
		.id = id, .probe = (int)probe, .is_gone = true, .since_ms = at_ms};
	return 0;
}

int
store_batch_last(struct store_batch *batch, uint32_t id, enum probe_id probe,
		 const struct store_last *last)
{
	assert(id > 0 && probe < PROBE_COUNT);
	if (BATCH_GROW(&batch->lasts) != 0)
		return ERR_NOMEM;
	batch->lasts.items[batch->lasts.count++] = (struct batch_last){id, probe, *last};
	return 0;
}

int
store_batch_facts(struct store_batch *batch, uint32_t id, enum probe_id probe, int64_t at_ms,
		  struct fact_list *facts, uint64_t complete)
{
	assert(id > 0 && probe < PROBE_COUNT);
	if (facts->count == 0 && complete == 0)
		return 0;
	if (BATCH_GROW(&batch->facts) != 0)
		return ERR_NOMEM;
	batch->facts.items[batch->facts.count++] =
		(struct batch_facts){id, probe, at_ms, complete, *facts};
	batch->fact_bytes += facts->cap * sizeof(*facts->items);
	for (size_t i = 0; i < facts->count; i++)
		batch->fact_bytes +=
			strlen(facts->items[i].instance) + strlen(facts->items[i].value) + 2;
	*facts = (struct fact_list){0};
	return 0;
}

/* NULL stays NULL. False: out of memory. */
static bool
copy_optional(struct store_batch *batch, const char *text, const char **out)
{
	*out = text == NULL ? NULL : batch_text(batch, text);
	return text == NULL || *out != NULL;
}

int
store_batch_event(struct store_batch *batch, const struct store_event *event)
{
	struct store_event item = *event;

	if (!copy_optional(batch, event->from, &item.from) ||
	    !copy_optional(batch, event->to, &item.to) ||
	    !copy_optional(batch, event->detail, &item.detail) || BATCH_GROW(&batch->events) != 0)
		return ERR_NOMEM;
	batch->events.items[batch->events.count++] = item;
	return 0;
}

int
store_batch_rollup(struct store_batch *batch, uint32_t id, enum probe_id probe, int64_t at_ms,
		   const struct rollup_acc *acc)
{
	assert(id > 0 && probe < PROBE_COUNT);
	if (rollup_is_empty(acc))
		return 0;
	if (BATCH_GROW(&batch->rollups) != 0)
		return ERR_NOMEM;
	batch->rollups.items[batch->rollups.count++] =
		(struct batch_rollup){id, probe, rollup_start_ms(ROLLUP_5MIN, at_ms), *acc};
	return 0;
}

int
store_batch_heartbeat(struct store_batch *batch, int64_t at_ms, int64_t config_loaded_ms)
{
	batch->heartbeat_ms = at_ms;
	if (config_loaded_ms != 0)
		batch->config_loaded_ms = config_loaded_ms;
	return 0;
}
