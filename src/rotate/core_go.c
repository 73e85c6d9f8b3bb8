/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a rotation goes from one step to the next, and how it ends.
 */
#include "core_impl.h"

#include <stdarg.h>
#include <stdio.h>

void
core_say(struct rotate_core *core, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(core->words, sizeof(core->words), fmt, ap);
	va_end(ap);
}

void
core_go(struct rotate_core *core, enum rotate_step step)
{
	core->step = step;
	core->is_armed = false;
}

/* Writes the journal, then does that. */
void
core_record_then(struct rotate_core *core, enum rotate_step step)
{
	core_go(core, STEP_RECORD);
	core->after = step;
}

void
core_hello_then(struct rotate_core *core, enum rotate_step step)
{
	core_go(core, STEP_HELLO);
	core->after = step;
}

void
core_finish(struct rotate_core *core, enum rotate_end end)
{
	core->end = end;
	core_go(core, STEP_END);
}

/* The former password counts, or the device never heard of another. */
void
core_discard(struct rotate_core *core)
{
	core->end = ROTATE_END_UNCHANGED;
	if (core->is_trial) {
		core_go(core, STEP_END);
		return;
	}
	core->journal.stage = ROTATE_CLOSED;
	core_record_then(core, STEP_DISCARD);
}

/* Both are kept. */
void
core_keep(struct rotate_core *core, const char *words)
{
	core_say(core, "%s", words);
	core->end = ROTATE_END_IN_DOUBT;
	core_record_then(core, STEP_END);
}

/* Waits and asks again without a login, until the device answers; then tries `step`. */
void
core_wait_for(struct rotate_core *core, enum rotate_step step, uint64_t now_ms, const char *words)
{
	if (now_ms >= core->deadline_ms) {
		core_keep(core, words);
		return;
	}
	core->waits++;
	core_go(core, STEP_WAIT);
	core->after = step;
}
