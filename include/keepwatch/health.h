/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From results to states, with hysteresis: one lost packet changes nothing, a state that comes and
 * goes is called flapping, and a device's state follows from those of its probes. Pure; times are
 * the wall clock in ms at which things were measured.
 */
#ifndef KEEPWATCH_HEALTH_H
#define KEEPWATCH_HEALTH_H

#include "keepwatch/kinds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct health_params {
	uint32_t down_after;	/* results in a row before a worse state is believed; >= 1 */
	uint32_t up_after;	/* results in a row before a better state is believed; >= 1 */
	uint32_t unknown_after; /* runs in a row that could not be tried before the state is unknown
				 */
	/*
	 * Flapping: the share of the last HEALTH_FLAP_WINDOW results that differ from the one
	 * before, in percent; begins at flap_high, ends below flap_low.
	 */
	uint32_t flap_high, flap_low;
};

enum { HEALTH_FLAP_WINDOW = 20 };

/* Sensible values: 2, 1, 5, 35, 15. */
extern const struct health_params health_default_params;

/* State of one probe of one device. Zeroed means: nothing known. */
struct health_probe {
	int64_t since_ms; /* when the first result that led to `state` was measured; 0: never any */
	int64_t first_bad_ms; /* of the streak towards another state */
	uint32_t flips;	      /* bit n: the n-th last result differed from its predecessor */
	uint8_t state;	      /* enum health */
	uint8_t reason;	      /* enum reason of the state */
	uint8_t last;	      /* enum health that the last usable result meant */
	uint8_t candidate;    /* enum health the streak leads to */
	uint8_t streak;	      /* length of the streak; 0: the last result confirmed `state` */
	uint8_t untried;      /* runs in a row that ended in ERROR */
	uint8_t seen;	      /* usable results, up to HEALTH_FLAP_WINDOW */
	bool is_flapping;
	bool was_up; /* has ever been UP or DEGRADED */
};

struct health_change {
	bool is_changed; /* `state` went from `from` to `to` */
	enum health from, to;
	enum reason reason;
	int64_t since_ms; /* onset of the new state */
	bool flapping_started, flapping_stopped;
	bool is_unsettled; /* a streak runs: look again soon */
};

/*
 * Takes one result into account. at_ms: when it was measured; results older than the last change
 * are taken all the same, in the order in which they come.
 */
struct health_change health_probe_update(struct health_probe *probe,
					 const struct health_params *params, enum outcome outcome,
					 enum reason reason, int64_t at_ms);

/* Flip share of the recent results in percent, 0..100; 0 until ten results are seen. */
uint32_t health_flap_percent(const struct health_probe *probe);

/* State of a device as a whole. Zeroed means: nothing known. */
struct health_device {
	int64_t since_ms;
	int64_t differs_ms; /* when the state that follows first differed from `state`; 0: it does
			       not */
	uint8_t state;	    /* enum health */
	uint8_t reason;
	bool is_flapping;
};

/* What the device's state follows from. */
struct health_input {
	const struct health_probe *probe;
	bool is_reachability; /* ICMP: may be filtered while the device lives */
	bool is_pending;      /* a fresh result is on its way */
};

/*
 * The state that follows from the probes: UP if all that are decided are up; DOWN if all are down;
 * DEGRADED in between; UNKNOWN if none is decided. A reachability probe that never was up counts
 * for nothing while another probe is answered (ICMP filtered). The reason is that of the worst
 * probe.
 */
enum health health_combine(const struct health_input *inputs, size_t count, enum reason *reason,
			   int64_t *since_ms);

/*
 * Moves the device to the state that follows, but holds a change for at most hold_ms while probes
 * are unsettled or pending, so that an outage seen first by one probe and seconds later by the next
 * is one change and not two.
 */
struct health_change health_device_update(struct health_device *device,
					  const struct health_input *inputs, size_t count,
					  int64_t at_ms, int64_t hold_ms);

#endif
