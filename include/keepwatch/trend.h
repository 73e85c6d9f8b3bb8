/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Early warning: devices and links on the way down, found from the same evidence as outages are.
 * Pure; deterministic; placed by when things were measured.
 */
#ifndef KEEPWATCH_TREND_H
#define KEEPWATCH_TREND_H

#include "keepwatch/evidence.h"
#include "keepwatch/finding.h"

struct trend;

/* Name of a node, for sentences; never NULL. */
typedef const char *(*trend_name_fn)(void *owner, uint32_t node);

/* NULL: out of memory. cycle_ms: the usual time between two polls. */
struct trend *trend_new(uint32_t cycle_ms, trend_name_fn name, void *owner);
void trend_free(struct trend *trend); /* NULL is fine */
/* As diag_take; kinds that say nothing of trends are ignored. */
int trend_take(struct trend *trend, const struct evidence *evidence);
/* A finding that was open before a restart. */
int trend_restore(struct trend *trend, const struct finding *finding);
/* Looks at what has come. ERR_NOMEM. */
int trend_tick(struct trend *trend, int64_t now_ms);
/* Findings that opened, changed notably (severity, or confirmed again after an hour) or were
 * resolved with the last tick, one a call; NULL: no more. Borrowed until the next tick. */
const struct finding *trend_next(struct trend *trend);
/* A device that is out or below something that is out is not looked at: nothing is learnt from an
 * outage. */
void trend_set_out(struct trend *trend, uint32_t node, bool is_out);
size_t trend_bytes(const struct trend *trend);

#endif
