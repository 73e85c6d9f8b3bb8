/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Logging in to vendors' interfaces without locking the account: after one refused login the run
 * ends, and the next comes after a growing pause, or when the credential changes. Nothing is sent
 * here.
 */
#include "vendor_impl.h"

#include "keepwatch/mem.h"

#include <string.h>

enum { MINUTE_MS = 60 * 1000, PAUSE_MAX_MS = 24 * 60 * MINUTE_MS };

static int64_t
pause_ms(unsigned refusals)
{
	static const int minutes[] = {55, 4 * 60 - 5,
				      24 * 60}; /* a little less than the intervals */
	size_t i = refusals > 0 ? refusals - 1 : 0;

	return (int64_t)minutes[i < MEM_COUNT(minutes) ? i : MEM_COUNT(minutes) - 1] * MINUTE_MS;
}

bool
vendor_login_begin(struct vendor_state *st, uint64_t generation, int64_t now_ms)
{
	struct vendor_memory *memory = st->memory;
	struct login_hold *hold = &memory->hold;

	if (memory->generation != 0 && memory->generation != generation)
		memset(hold, 0, sizeof(*hold)); /* try the new one now */
	memory->generation = generation;
	/* A wall clock that was set back must not hold for longer than any pause. */
	if (hold->until_ms > now_ms + PAUSE_MAX_MS)
		hold->until_ms = now_ms + PAUSE_MAX_MS;
	return hold->until_ms <= now_ms;
}

void
vendor_login_refused(struct vendor_state *st, int64_t now_ms, bool is_locked)
{
	struct login_hold *hold = &st->memory->hold;

	hold->refusals++;
	hold->is_locked = is_locked;
	hold->until_ms = now_ms + pause_ms(hold->refusals);
	if (!is_locked) /* a locked account refuses the right password as well */
		st->run->result.login = LOGIN_REFUSED;
}

void
vendor_login_accepted(struct vendor_state *st)
{
	memset(&st->memory->hold, 0, sizeof(st->memory->hold));
	st->run->result.login = LOGIN_PROVEN;
}
