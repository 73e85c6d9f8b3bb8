/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an audit leaves behind, in a batch. Memory only.
 */
#include "batch.h"

#include "keepwatch/err.h"

#include <assert.h>
#include <stdlib.h>

int
store_batch_findings_confirmed(struct store_batch *batch, uint32_t node, uint64_t rules,
			       int64_t at_ms)
{
	assert(node > 0);
	if (rules == 0)
		return 0;
	if (BATCH_GROW(&batch->confirmed) != 0)
		return ERR_NOMEM;
	batch->confirmed.items[batch->confirmed.count++] =
		(struct batch_confirmed){node, rules, at_ms};
	return 0;
}

static int
add_acceptance(struct store_batch *batch, const struct store_acceptance *acceptance,
	       bool is_withdrawn)
{
	struct batch_acceptance item = {*acceptance, is_withdrawn};
	struct store_acceptance *copy = &item.acceptance;

	assert(acceptance->rule < RULE_COUNT);
	copy->instance = batch_text(batch, acceptance->instance);
	copy->name = batch_text(batch, acceptance->name);
	copy->who = batch_text(batch, acceptance->who);
	copy->why = batch_text(batch, acceptance->why);
	if (copy->instance == NULL || copy->name == NULL || copy->who == NULL ||
	    copy->why == NULL || BATCH_GROW(&batch->acceptances) != 0)
		return ERR_NOMEM;
	batch->acceptances.items[batch->acceptances.count++] = item;
	return 0;
}

int
store_batch_acceptance(struct store_batch *batch, const struct store_acceptance *acceptance)
{
	assert(acceptance->who != NULL && acceptance->why != NULL);
	return add_acceptance(batch, acceptance, false);
}

int
store_batch_acceptance_withdrawn(struct store_batch *batch,
				 const struct store_acceptance *withdrawal)
{
	return add_acceptance(batch, withdrawal, true);
}

int
store_batch_ledger(struct store_batch *batch, const struct ledger_entry *entry)
{
	struct batch_ledger item = {
		.device = entry->device,
		.use = entry->use,
		.change = (uint8_t)entry->change,
		.first_proven_ms = entry->first_proven_ms,
		.last_proven_ms = entry->last_proven_ms,
		.changed_after_ms = entry->changed_after_ms,
		.changed_before_ms = entry->changed_before_ms,
		.refused_ms = entry->refused_ms,
		.default_found_ms = entry->default_found_ms,
		.account = batch_text(batch, entry->account),
		.proof = batch_text(batch, entry->proof),
		.who = batch_text(batch, entry->who),
		.why = batch_text(batch, entry->why),
	};

	assert(entry->device > 0);
	if (item.account == NULL || item.proof == NULL || item.who == NULL || item.why == NULL ||
	    BATCH_GROW(&batch->ledger) != 0)
		return ERR_NOMEM;
	batch->ledger.items[batch->ledger.count++] = item;
	return 0;
}

int
store_batch_ledger_event(struct store_batch *batch, const struct store_ledger_event *event)
{
	struct store_ledger_event item = *event;
	bool is_said =
		event->event == LEDGER_EVENT_ROTATED || event->event == LEDGER_EVENT_ATTESTED;

	assert(event->device > 0);
	if (!is_said && event->event != LEDGER_EVENT_CHANGED)
		item.after_ms = item.before_ms = 0;
	item.account = batch_text(batch, event->account);
	item.proof = batch_text(batch, event->proof);
	item.who = batch_text(batch, is_said ? event->who : NULL);
	item.why = batch_text(batch, is_said ? event->why : NULL);
	if (item.account == NULL || item.proof == NULL || item.who == NULL || item.why == NULL ||
	    BATCH_GROW(&batch->ledger_events) != 0)
		return ERR_NOMEM;
	batch->ledger_events.items[batch->ledger_events.count++] = item;
	return 0;
}

void
batch_audit_clear(struct store_batch *batch)
{
	free(batch->confirmed.items);
	free(batch->acceptances.items);
	free(batch->ledger.items);
	free(batch->ledger_events.items);
}

bool
batch_audit_has_more(const struct store_batch *batch)
{
	return batch->acceptances.count + batch->ledger.count + batch->ledger_events.count > 0;
}

bool
batch_audit_is_empty(const struct store_batch *batch)
{
	return batch->confirmed.count == 0 && !batch_audit_has_more(batch);
}

size_t
batch_audit_bytes(const struct store_batch *batch)
{
	return batch->confirmed.cap * sizeof(*batch->confirmed.items) +
	       batch->acceptances.cap * sizeof(*batch->acceptances.items) +
	       batch->ledger.cap * sizeof(*batch->ledger.items) +
	       batch->ledger_events.cap * sizeof(*batch->ledger_events.items);
}
