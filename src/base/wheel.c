/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hierarchical timing wheel. Level l holds nodes that expire within 64^(l+1) ticks in slots of 64^l
 * ticks; when the lower levels have turned once, the next slot of a higher level is filed anew.
 */
#include "keepwatch/wheel.h"

#include <stddef.h>

void
wheel_init(struct wheel *wheel, uint64_t now_ms, uint32_t tick_ms)
{
	wheel->tick_ms = tick_ms;
	wheel->now = now_ms / tick_ms;
	for (int l = 0; l < WHEEL_LEVELS; l++) {
		wheel->occupied[l] = 0;
		for (int s = 0; s < WHEEL_SLOTS; s++) {
			struct wheel_node *head = &wheel->slots[l][s];
			head->next = head->prev = head;
		}
	}
}

void
wheel_node_init(struct wheel_node *node)
{
	node->next = node->prev = NULL;
	node->expires = 0;
}

bool
wheel_is_armed(const struct wheel_node *node)
{
	return node->next != NULL;
}

/* Files a node under its expiry, which lies at or after wheel->now. */
static void
wheel_file(struct wheel *wheel, struct wheel_node *node)
{
	const uint64_t span = (uint64_t)1 << (WHEEL_BITS * WHEEL_LEVELS);
	uint64_t at = node->expires;
	struct wheel_node *head;
	int level = 0;
	unsigned slot;

	if (at - wheel->now >= span)
		at = wheel->now + span - 1;
	/* The highest digit in which `at` and `now` differ names the level. */
	while (level + 1 < WHEEL_LEVELS &&
	       (at >> (WHEEL_BITS * (level + 1))) != (wheel->now >> (WHEEL_BITS * (level + 1))))
		level++;
	slot = (unsigned)(at >> (WHEEL_BITS * level)) & (WHEEL_SLOTS - 1);
	head = &wheel->slots[level][slot];
	node->next = head;
	node->prev = head->prev;
	head->prev->next = node;
	head->prev = node;
	wheel->occupied[level] |= (uint64_t)1 << slot;
}

static void
wheel_unlink(struct wheel_node *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	node->next = node->prev = NULL;
}

void
wheel_disarm(struct wheel *wheel, struct wheel_node *node)
{
	struct wheel_node *head = &wheel->slots[0][0];
	struct wheel_node *last = node->next == node->prev ? node->next : NULL;
	size_t index;

	if (!wheel_is_armed(node))
		return;
	wheel_unlink(node);
	if (last == NULL || last->next != last)
		return;
	/* What is left alone is the slot's head. Its bit goes too, or whoever sleeps until
	 * wheel_next_ms would wake for nothing. */
	index = (size_t)(last - head);
	wheel->occupied[index / WHEEL_SLOTS] &= ~((uint64_t)1 << (index % WHEEL_SLOTS));
}

void
wheel_arm(struct wheel *wheel, struct wheel_node *node, uint64_t when_ms)
{
	uint64_t tick = when_ms / wheel->tick_ms + (when_ms % wheel->tick_ms != 0);

	wheel_disarm(wheel, node);
	/* The slot of `now` itself was collected already. */
	node->expires = tick > wheel->now ? tick : wheel->now + 1;
	wheel_file(wheel, node);
}

/* Files the nodes of the higher-level slots that begin at wheel->now one level or more down. */
static void
wheel_cascade(struct wheel *wheel)
{
	for (int level = 1; level < WHEEL_LEVELS; level++) {
		unsigned slot = (unsigned)(wheel->now >> (WHEEL_BITS * level)) & (WHEEL_SLOTS - 1);
		struct wheel_node *head = &wheel->slots[level][slot];

		if ((wheel->now & (((uint64_t)1 << (WHEEL_BITS * level)) - 1)) != 0)
			return;
		wheel->occupied[level] &= ~((uint64_t)1 << slot);
		if (head->next != head) {
			struct wheel_node *node = head->next;

			head->prev->next = NULL;
			head->next = head->prev = head;
			while (node != NULL) {
				struct wheel_node *next = node->next;
				wheel_file(wheel, node);
				node = next;
			}
		}
	}
}

/* The first tick after now at which something may have to be done. */
static uint64_t
wheel_next_tick(const struct wheel *wheel)
{
	for (int level = 0; level < WHEEL_LEVELS; level++) {
		unsigned digit = (unsigned)(wheel->now >> (WHEEL_BITS * level)) & (WHEEL_SLOTS - 1);
		uint64_t later = digit == WHEEL_SLOTS - 1
					 ? 0
					 : wheel->occupied[level] & (~(uint64_t)0 << (digit + 1));
		uint64_t base = wheel->now >> (WHEEL_BITS * level);

		if (later != 0)
			return (base - digit + (unsigned)__builtin_ctzll(later))
			       << (WHEEL_BITS * level);
		if (level == WHEEL_LEVELS - 1 && wheel->occupied[level] != 0)
			return (base - digit + WHEEL_SLOTS) << (WHEEL_BITS * level);
	}
	return UINT64_MAX;
}

struct wheel_node *
wheel_expire(struct wheel *wheel, uint64_t now_ms)
{
	uint64_t target = now_ms / wheel->tick_ms;

	for (;;) {
		unsigned slot = (unsigned)wheel->now & (WHEEL_SLOTS - 1);
		struct wheel_node *head = &wheel->slots[0][slot];
		uint64_t next;

		if (head->next != head) {
			struct wheel_node *node = head->next;
			wheel_unlink(node);
			return node;
		}
		wheel->occupied[0] &= ~((uint64_t)1 << slot);
		if (wheel->now >= target)
			return NULL;
		next = wheel_next_tick(wheel);
		wheel->now = next < target ? next : target;
		wheel_cascade(wheel);
	}
}

uint64_t
wheel_next_ms(const struct wheel *wheel)
{
	uint64_t tick = wheel_next_tick(wheel);

	return tick == UINT64_MAX ? UINT64_MAX : tick * wheel->tick_ms;
}
