/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hysteresis, flapping, and the state of a device from those of its probes.
 */
#include "keepwatch/health.h"

const struct health_params health_default_params = {
	.down_after = 2,
	.up_after = 1,
	.unknown_after = 5,
	.flap_high = 35,
	.flap_low = 15,
};

enum { FLAP_MIN_SEEN = 10, STREAK_MAX = 255 };

static enum health
health_of(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_OK:
		return HEALTH_UP;
	case OUTCOME_DEGRADED:
		return HEALTH_DEGRADED;
	case OUTCOME_FAIL:
		return HEALTH_DOWN;
	default:
		return HEALTH_UNKNOWN;
	}
}

uint32_t
health_flap_percent(const struct health_probe *probe)
{
	uint32_t window = ((uint32_t)1 << HEALTH_FLAP_WINDOW) - 1;

	if (probe->seen < FLAP_MIN_SEEN)
		return 0;
	return (uint32_t)__builtin_popcount(probe->flips & window) * 100 / probe->seen;
}

static void
note_flip(struct health_probe *probe, const struct health_params *params, enum health now,
	  struct health_change *change)
{
	bool differs = probe->seen > 0 && probe->last != now;
	uint32_t percent;

	probe->flips = probe->flips << 1 | (differs ? 1 : 0);
	probe->last = (uint8_t)now;
	if (probe->seen < HEALTH_FLAP_WINDOW)
		probe->seen++;
	percent = health_flap_percent(probe);
	if (!probe->is_flapping && percent >= params->flap_high) {
		probe->is_flapping = true;
		change->flapping_started = true;
	} else if (probe->is_flapping && percent < params->flap_low) {
		probe->is_flapping = false;
		change->flapping_stopped = true;
	}
}

static void
settle(struct health_probe *probe, enum health to, enum reason reason, int64_t since_ms,
       struct health_change *change)
{
	change->is_changed = true;
	change->from = (enum health)probe->state;
	change->to = to;
	change->reason = reason;
	change->since_ms = since_ms;
	probe->state = (uint8_t)to;
	probe->reason = (uint8_t)reason;
	probe->since_ms = since_ms;
	probe->streak = 0;
}

/* How many results in a row it takes to go from one state to another. */
static uint32_t
needed(const struct health_params *params, enum health from, enum health to)
{
	if (from == HEALTH_UNKNOWN && to == HEALTH_UP)
		return 1;
	/* The order of enum health is by how bad it is; UNKNOWN is better than DOWN, not than UP.
	 */
	return to > from || from == HEALTH_UNKNOWN ? params->down_after : params->up_after;
}

struct health_change
health_probe_update(struct health_probe *probe, const struct health_params *params,
		    enum outcome outcome, enum reason reason, int64_t at_ms)
{
	struct health_change change = {
		.from = (enum health)probe->state,
		.to = (enum health)probe->state,
		.reason = (enum reason)probe->reason,
		.since_ms = probe->since_ms,
	};
	enum health now = health_of(outcome);

	if (outcome == OUTCOME_ERROR) {
		if (reason == REASON_CANCELED)
			return change;
		if (probe->untried < STREAK_MAX)
			probe->untried++;
		if (probe->state == HEALTH_UNKNOWN)
			probe->reason = (uint8_t)reason;
		else if (probe->untried >= params->unknown_after)
			settle(probe, HEALTH_UNKNOWN, reason, at_ms, &change);
		return change;
	}
	probe->untried = 0;
	note_flip(probe, params, now, &change);
	if (now == HEALTH_UP || now == HEALTH_DEGRADED)
		probe->was_up = true;
	if ((enum health)probe->state == now) {
		probe->reason = (uint8_t)reason;
		change.reason = reason;
		probe->streak = 0;
		return change;
	}
	if (probe->streak == 0)
		probe->first_bad_ms = at_ms;
	/*
	 * Any result that contradicts the state lengthens the streak: one that alternates between
	 * down and degraded is not up. The streak leads to the latest.
	 */
	probe->candidate = (uint8_t)now;
	if (probe->streak < STREAK_MAX)
		probe->streak++;
	if (probe->streak >= needed(params, (enum health)probe->state, now))
		settle(probe, now, reason, probe->first_bad_ms, &change);
	change.is_unsettled = probe->streak > 0;
	return change;
}

enum health
health_combine(const struct health_input *inputs, size_t count, enum reason *reason,
	       int64_t *since_ms)
{
	bool is_answered = false, any_down = false, any_bad = false, any = false;
	const struct health_probe *worst = NULL, *latest = NULL;

	for (size_t i = 0; i < count; i++) {
		enum health state = (enum health)inputs[i].probe->state;
		if (state == HEALTH_UP || state == HEALTH_DEGRADED)
			is_answered = true;
	}
	for (size_t i = 0; i < count; i++) {
		const struct health_probe *probe = inputs[i].probe;
		enum health state = (enum health)probe->state;

		if (state == HEALTH_UNKNOWN)
			continue;
		if (inputs[i].is_reachability && state == HEALTH_DOWN && !probe->was_up &&
		    is_answered)
			continue;
		any = true;
		any_down = any_down || state == HEALTH_DOWN;
		any_bad = any_bad || state != HEALTH_UP;
		if (worst == NULL || state > (enum health)worst->state)
			worst = probe;
		if (latest == NULL || probe->since_ms > latest->since_ms)
			latest = probe;
	}
	*reason = worst == NULL || !any_bad ? REASON_NONE : (enum reason)worst->reason;
	if (!any) {
		*since_ms = 0;
		/* Nothing could be tried: say why. */
		for (size_t i = 0; i < count; i++) {
			if (inputs[i].probe->reason != REASON_NONE)
				*reason = (enum reason)inputs[i].probe->reason;
		}
		return HEALTH_UNKNOWN;
	}
	*since_ms = any_bad ? worst->since_ms : latest->since_ms;
	if (!any_bad)
		return HEALTH_UP;
	if (any_down && !is_answered) {
		/* Down since the last of its probes fell silent. */
		*since_ms = latest->since_ms;
		return HEALTH_DOWN;
	}
	return HEALTH_DEGRADED;
}

struct health_change
health_device_update(struct health_device *device, const struct health_input *inputs, size_t count,
		     int64_t at_ms, int64_t hold_ms)
{
	struct health_change change = {
		.from = (enum health)device->state,
		.to = (enum health)device->state,
	};
	bool is_open = false;
	bool was_flapping = device->is_flapping;
	enum reason reason;
	int64_t since_ms;
	enum health next = health_combine(inputs, count, &reason, &since_ms);

	device->is_flapping = false;
	for (size_t i = 0; i < count; i++) {
		is_open = is_open || inputs[i].is_pending || inputs[i].probe->streak > 0;
		device->is_flapping = device->is_flapping || inputs[i].probe->is_flapping;
	}
	change.flapping_started = device->is_flapping && !was_flapping;
	change.flapping_stopped = !device->is_flapping && was_flapping;
	change.is_unsettled = is_open;
	if (next == (enum health)device->state) {
		device->reason = (uint8_t)reason;
		device->differs_ms = 0;
		change.reason = reason;
		change.since_ms = device->since_ms;
		return change;
	}
	if (device->differs_ms == 0)
		device->differs_ms = at_ms;
	change.reason = (enum reason)device->reason;
	change.since_ms = device->since_ms;
	if (is_open && at_ms - device->differs_ms < hold_ms) {
		change.is_unsettled = true;
		return change;
	}
	change.is_changed = true;
	change.to = next;
	change.reason = reason;
	change.since_ms = since_ms != 0 ? since_ms : at_ms;
	device->state = (uint8_t)next;
	device->reason = (uint8_t)reason;
	device->since_ms = change.since_ms;
	device->differs_ms = 0;
	return change;
}
