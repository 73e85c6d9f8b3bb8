/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Events of traps: that one came, not that it is true. A port that flaps sends thousands, and who
 * forges them as many as he likes: the same one is told once a minute with its count, and of one
 * device only so many.
 */
#include "traps.h"

#include "keepwatch/clock.h"
#include "keepwatch/log.h"
#include "keepwatch/mem.h"

#include <stdio.h>
#include <string.h>

static void
put(struct agent_traps *traps, uint32_t device, const char *text)
{
	struct agent *agent = traps->agent;
	struct store_event event = {
		.at_ms = clock_wall_ms(),
		.type = EVENT_TRAP,
		.device = device,
		.probe = -1,
		.detail = text,
	};

	traps->events++;
	if (agent_batch_open(agent, false) && store_batch_event(agent->batch, &event) != 0)
		log_error("traps", "an event was lost: out of memory");
}

static void
end_fold(struct agent_traps *traps, struct trap_fold *fold)
{
	char text[sizeof(fold->text) + 48];

	if (fold->device != 0 && fold->more > 0) {
		snprintf(text, sizeof(text), "%s, %u more within a minute", fold->text, fold->more);
		put(traps, fold->device, text);
	}
	fold->device = 0;
}

static void
end_cap(struct agent_traps *traps, struct trap_cap *cap)
{
	char text[64];

	if (cap->device != 0 && cap->more > 0) {
		snprintf(text, sizeof(text), "%u other traps within a minute", cap->more);
		put(traps, cap->device, text);
	}
	cap->device = 0;
}

/* Whether there may be another event of this device. */
static bool
is_within_cap(struct agent_traps *traps, uint32_t device, uint64_t now_ms)
{
	struct trap_cap *cap = &traps->caps[device % TRAP_CAPS];

	if (cap->device != device || now_ms - cap->at_ms >= TRAP_FOLD_MS) {
		end_cap(traps, cap);
		*cap = (struct trap_cap){.device = device, .at_ms = now_ms};
	}
	if (cap->stored < TRAP_EVENTS_MAX) {
		cap->stored++;
		return true;
	}
	cap->more++;
	return false;
}

void
trap_event(struct agent_traps *traps, const struct agent_device *device, const char *text)
{
	uint64_t now_ms = clock_mono_ms();
	uint32_t hash = mem_hash_text(text);
	struct trap_fold *fold = &traps->folds[(hash ^ device->id * 2654435761U) % TRAP_FOLDS];

	if (fold->device == device->id && fold->hash == hash &&
	    now_ms - fold->at_ms < TRAP_FOLD_MS) {
		fold->more++;
		traps->folded++;
		return;
	}
	if (!is_within_cap(traps, device->id, now_ms)) {
		traps->folded++;
		return;
	}
	end_fold(traps, fold);
	*fold = (struct trap_fold){.device = device->id, .hash = hash, .at_ms = now_ms};
	snprintf(fold->text, sizeof(fold->text), "%s", text);
	put(traps, device->id, text);
	log_info("traps", "%s: %s", device->device->name, text);
}

void
trap_events_tick(struct agent_traps *traps, uint64_t now_ms, bool is_last)
{
	for (size_t i = 0; i < TRAP_FOLDS; i++) {
		struct trap_fold *fold = &traps->folds[i];

		if (fold->device != 0 && (is_last || now_ms - fold->at_ms >= TRAP_FOLD_MS))
			end_fold(traps, fold);
	}
	for (size_t i = 0; i < TRAP_CAPS; i++) {
		struct trap_cap *cap = &traps->caps[i];

		if (cap->device != 0 && (is_last || now_ms - cap->at_ms >= TRAP_FOLD_MS))
			end_cap(traps, cap);
	}
}
