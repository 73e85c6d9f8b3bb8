/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The decisions of a rotation. Three rules make it safe: the journal says that the candidate may
 * have been sent before it is; what may have been refused is counted in the journal before it is
 * tried; and a journal is closed only on a proof.
 *
 * After the candidate was sent, the former password is tried first: refused, it is the proof that
 * is wanted anyhow; accepted, it costs nothing and says that the change does not count yet. So a
 * rotation that goes well costs one refused login however late the device is, and none more.
 */
#include "core_impl.h"

#include <stdio.h>
#include <string.h>

enum { POLL_MIN_MS = 50, POLL_MAX_MS = 3000, POLLS = 15 };

static const char *const step_texts[STEP_COUNT] = {
#define X(name, text) [STEP_##name] = text,
	ROTATE_STEPS(X)
#undef X
};

const char *
rotate_step_text(enum rotate_step step)
{
	return (unsigned)step < STEP_COUNT ? step_texts[step] : "?";
}

static void
prove_by_either(struct rotate_core *core)
{
	bool new_first = core->journal.tries_old > core->journal.tries_new;

	core_hello_then(core, new_first ? STEP_TRY_NEW : STEP_TRY_OLD);
}

/* ---- begin */

void
rotate_core_init(struct rotate_core *core, const struct rotate_journal *left,
		 const struct rotate_journal *fresh, const struct rotate_options *options,
		 uint64_t now_ms)
{
	*core = (struct rotate_core){
		.journal = left != NULL ? *left : *fresh,
		.is_trial = !options->apply && left == NULL,
		.may_again = options->again,
		.settle_ms = options->settle_ms,
		.deadline_ms = now_ms + options->settle_ms,
	};
	if (options->again) {
		core->journal.tries_old = core->journal.tries_new = 0;
		core->journal.is_stuck = false;
	}
	if (left == NULL) {
		core->is_first = true;
		core->journal.stage = ROTATE_PREPARED;
		core_go(core, STEP_SAVE);
		if (core->is_trial)
			core_hello_then(core, STEP_TRY_OLD);
		return;
	}
	if (core->journal.is_stuck) {
		core_say(core,
			 "neither the former nor the new password was accepted before; both are "
			 "kept, --again tries once more");
		core_finish(core, ROTATE_END_IN_DOUBT);
		return;
	}
	switch (core->journal.stage) {
	case ROTATE_PREPARED:
		core->is_first = true;
		core_hello_then(core, STEP_TRY_OLD);
		break;
	case ROTATE_SENT:
	case ROTATE_BACK:
		prove_by_either(core);
		break;
	case ROTATE_PROVED:
		core_go(core, STEP_COMMIT);
		break;
	case ROTATE_CLOSED:
	case ROTATE_STAGE_COUNT:
		core_say(core, "nothing had changed");
		core->end = ROTATE_END_UNCHANGED;
		core_go(core, STEP_DISCARD);
		break;
	}
}

/* ---- steps */

static bool
is_login(enum rotate_step step)
{
	return step == STEP_TRY_OLD || step == STEP_TRY_NEW || step == STEP_TRY_OTHER;
}

/* A login that may be refused stands in the journal first, and is not tried too often. */
static void
arm(struct rotate_core *core)
{
	struct rotate_journal *journal = &core->journal;
	enum rotate_step step = core->step;

	if (core->is_trial) {
		core->is_armed = true;
		return;
	}
	if (core->refused >= ROTATE_REFUSED_MAX) {
		core_keep(core,
			  "two logins were refused in this run: no further one is tried; --resume "
			  "goes on");
		return;
	}
	if (journal->tries_old + journal->tries_new >= ROTATE_TRIES_MAX) {
		core_keep(core,
			  "too many logins without an answer: no further one is tried, against "
			  "lockout; --again does");
		return;
	}
	if (step == STEP_TRY_NEW)
		journal->tries_new++;
	else
		journal->tries_old++;
	core_record_then(core, step);
}

enum rotate_step
rotate_core_step(struct rotate_core *core, uint64_t now_ms, uint32_t *wait_ms)
{
	if (is_login(core->step) && !core->is_armed)
		arm(core);
	if (core->step == STEP_WAIT) {
		uint64_t left = core->deadline_ms > now_ms ? core->deadline_ms - now_ms : 0;

		*wait_ms = core->settle_ms / POLLS;
		if (*wait_ms > POLL_MAX_MS)
			*wait_ms = POLL_MAX_MS;
		if (*wait_ms < POLL_MIN_MS)
			*wait_ms = POLL_MIN_MS;
		if (*wait_ms > left)
			*wait_ms = (uint32_t)left + 1;
	}
	return core->step;
}

/* ---- answers */

static void
local_failure(struct rotate_core *core, const char *words)
{
	bool is_safe = core->journal.stage == ROTATE_PREPARED || core->is_trial;

	core_say(core, "%s: %s", rotate_step_text(core->step), words[0] != '\0' ? words : "failed");
	core_finish(core, is_safe ? ROTATE_END_UNCHANGED : ROTATE_END_IN_DOUBT);
}

void
rotate_core_answer(struct rotate_core *core, enum rotate_answer answer, const char *words,
		   uint64_t now_ms)
{
	enum rotate_step after = core->after;

	if (answer == ANSWER_FAILED && core->step != STEP_TELL) {
		local_failure(core, words);
		return;
	}
	switch (core->step) {
	case STEP_SAVE:
		core_hello_then(core, STEP_TRY_OLD);
		break;
	case STEP_RECORD:
		core_go(core, after);
		core->is_armed = true;
		break;
	case STEP_HELLO:
		core_after_hello(core, answer, words, now_ms);
		break;
	case STEP_WAIT:
		core_hello_then(core, after);
		break;
	case STEP_TRY_OLD:
		if (core->is_first && core->journal.stage == ROTATE_PREPARED)
			core_after_first(core, answer, words);
		else
			core_after_try(core, answer, now_ms);
		break;
	case STEP_TRY_NEW:
		core_after_try(core, answer, now_ms);
		break;
	case STEP_TRY_OTHER:
		core_after_other(core, answer, now_ms);
		break;
	case STEP_SEND:
		core->is_first = false;
		core_after_send(core, answer, words, now_ms);
		break;
	case STEP_SEND_BACK:
		core_after_back(core, answer, now_ms);
		break;
	case STEP_COMMIT:
		core_go(core, STEP_TELL);
		break;
	case STEP_TELL:
		core_go(core, STEP_CLEAN);
		break;
	case STEP_CLEAN:
		core_say(core, "the new password works, the former one does not");
		core_finish(core, ROTATE_END_ROTATED);
		break;
	case STEP_DISCARD:
		core_finish(core, core->end);
		break;
	case STEP_END:
	case STEP_COUNT:
		break;
	}
}
