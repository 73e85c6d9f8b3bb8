/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A hierarchical timing wheel: timeouts that are armed and disarmed far more often than they fire.
 * Pure: it reads no clock. Arm, disarm and expiry are O(1); nodes are embedded in their owner.
 */
#ifndef KEEPWATCH_WHEEL_H
#define KEEPWATCH_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

enum {
	WHEEL_BITS = 6,
	WHEEL_SLOTS = 1 << WHEEL_BITS,
	WHEEL_LEVELS = 5, /* 64^5 ticks; a later expiry waits in the last slot and is re-filed */
};

struct wheel_node {
	struct wheel_node *next, *prev; /* NULL while disarmed */
	uint64_t expires;		/* tick */
};

struct wheel {
	uint64_t now; /* tick up to which expiries were collected */
	uint32_t tick_ms;
	uint64_t occupied[WHEEL_LEVELS]; /* one bit a slot */
	struct wheel_node slots[WHEEL_LEVELS][WHEEL_SLOTS];
};

/* now_ms: the time in the unit of all later calls; tick_ms >= 1: the resolution. */
void wheel_init(struct wheel *wheel, uint64_t now_ms, uint32_t tick_ms);
void wheel_node_init(struct wheel_node *node);
bool wheel_is_armed(const struct wheel_node *node);
/* Fires at the first tick at or after when_ms, never before; a time in the past fires at the next
 * tick. An armed node is moved. */
void wheel_arm(struct wheel *wheel, struct wheel_node *node, uint64_t when_ms);
void wheel_disarm(struct wheel *wheel, struct wheel_node *node);
/*
 * The next node that has expired at now_ms, disarmed; NULL when there is none left. Call until
 * NULL. Arming and disarming between calls is allowed.
 */
struct wheel_node *wheel_expire(struct wheel *wheel, uint64_t now_ms);
/*
 * A time at or before the next expiry (exact for those within 64 ticks), UINT64_MAX if nothing is
 * armed: sleep no longer than that.
 */
uint64_t wheel_next_ms(const struct wheel *wheel);

#endif
