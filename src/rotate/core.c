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
#include "core.h"

#include <stdarg.h>
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

/* ---- where it goes */

static void say(struct rotate_core *core, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void
say(struct rotate_core *core, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(core->words, sizeof(core->words), fmt, ap);
	va_end(ap);
}

static void
go(struct rotate_core *core, enum rotate_step step)
{
	core->step = step;
	core->is_armed = false;
}

/* Writes the journal, then does that. */
static void
record_then(struct rotate_core *core, enum rotate_step step)
{
	go(core, STEP_RECORD);
	core->after = step;
}

static void
hello_then(struct rotate_core *core, enum rotate_step step)
{
	go(core, STEP_HELLO);
	core->after = step;
}

static void
finish(struct rotate_core *core, enum rotate_end end)
{
	core->end = end;
	go(core, STEP_END);
}

/* The former password counts, or the device never heard of another. */
static void
discard(struct rotate_core *core)
{
	core->end = ROTATE_END_UNCHANGED;
	if (core->is_trial) {
		go(core, STEP_END);
		return;
	}
	core->journal.stage = ROTATE_CLOSED;
	record_then(core, STEP_DISCARD);
}

/* Both are kept. */
static void
keep(struct rotate_core *core, const char *words)
{
	say(core, "%s", words);
	core->end = ROTATE_END_IN_DOUBT;
	record_then(core, STEP_END);
}

/* Waits and asks again without a login, until the device answers; then tries `step`. */
static void
wait_for(struct rotate_core *core, enum rotate_step step, uint64_t now_ms, const char *words)
{
	if (now_ms >= core->deadline_ms) {
		keep(core, words);
		return;
	}
	core->waits++;
	go(core, STEP_WAIT);
	core->after = step;
}

static void
prove_by_either(struct rotate_core *core)
{
	bool new_first = core->journal.tries_old > core->journal.tries_new;

	hello_then(core, new_first ? STEP_TRY_NEW : STEP_TRY_OLD);
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
		go(core, STEP_SAVE);
		if (core->is_trial)
			hello_then(core, STEP_TRY_OLD);
		return;
	}
	if (core->journal.is_stuck) {
		say(core, "neither the former nor the new password was accepted before; both are "
			  "kept, --again tries once more");
		finish(core, ROTATE_END_IN_DOUBT);
		return;
	}
	switch (core->journal.stage) {
	case ROTATE_PREPARED:
		core->is_first = true;
		hello_then(core, STEP_TRY_OLD);
		break;
	case ROTATE_SENT:
	case ROTATE_BACK:
		prove_by_either(core);
		break;
	case ROTATE_PROVED:
		go(core, STEP_COMMIT);
		break;
	case ROTATE_CLOSED:
	case ROTATE_STAGE_COUNT:
		say(core, "nothing had changed");
		core->end = ROTATE_END_UNCHANGED;
		go(core, STEP_DISCARD);
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
		keep(core, "two logins were refused in this run: no further one is tried; --resume "
			   "goes on");
		return;
	}
	if (journal->tries_old + journal->tries_new >= ROTATE_TRIES_MAX) {
		keep(core, "too many logins without an answer: no further one is tried, against "
			   "lockout; --again does");
		return;
	}
	if (step == STEP_TRY_NEW)
		journal->tries_new++;
	else
		journal->tries_old++;
	record_then(core, step);
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
accepted(struct rotate_core *core)
{
	core->journal.tries_old = core->journal.tries_new = 0;
}

static void
after_hello(struct rotate_core *core, enum rotate_answer answer, const char *words, uint64_t now_ms)
{
	if (answer == ANSWER_YES) {
		go(core, core->after);
		return;
	}
	if (!core->is_first) {
		wait_for(core, core->after, now_ms,
			 answer == ANSWER_OPEN
				 ? "the device answers without a login now: nothing can be proven; "
				   "both passwords are kept"
				 : "the device does not answer; both passwords are kept, --resume "
				   "goes on");
		return;
	}
	if (answer == ANSWER_OPEN)
		say(core, "the device answers without a login: nothing could be proven");
	else if (answer == ANSWER_UNSUPPORTED)
		say(core, "the device does not have that interface%s%s",
		    words[0] != '\0' ? ": " : "", words);
	else
		say(core, "the device does not answer%s%s", words[0] != '\0' ? ": " : "", words);
	discard(core);
}

/* The login as it is, before anything is sent. */
static void
after_first(struct rotate_core *core, enum rotate_answer answer, const char *words)
{
	const char *colon = words[0] != '\0' ? ": " : "";

	switch (answer) {
	case ANSWER_YES:
		accepted(core);
		go(core, STEP_TRY_OTHER);
		if (core->is_trial) {
			say(core, "login and account are right");
			finish(core, ROTATE_END_READY);
		} else if (!core->journal.has_other) {
			core->journal.stage = ROTATE_SENT;
			record_then(core, STEP_SEND);
		}
		return;
	case ANSWER_NO:
		core->refused++;
		say(core,
		    "the present password is refused, or the account may not manage "
		    "accounts%s%s",
		    colon, words);
		break;
	case ANSWER_LOCKED:
		say(core, "the account is locked%s%s", colon, words);
		break;
	case ANSWER_NO_ACCOUNT:
		accepted(core);
		say(core, "the device does not list the account '%s'", core->journal.account);
		break;
	case ANSWER_UNSUPPORTED:
		say(core, "the device does not list its accounts%s%s", colon, words);
		break;
	default:
		say(core, "the device does not answer to the login%s%s", colon, words);
		break;
	}
	discard(core);
}

static void
after_send(struct rotate_core *core, enum rotate_answer answer, const char *words, uint64_t now_ms)
{
	core->sends++;
	core->deadline_ms = now_ms + core->settle_ms;
	core->waits = 0;
	switch (answer) {
	case ANSWER_YES:
		core->sent = VERDICT_ACCEPTED;
		go(core, STEP_TRY_OLD);
		break;
	case ANSWER_NO:
		core->refused++; /* it was right a moment ago: a right is missing, or it is changed
				  */
		core->sent = VERDICT_REFUSED;
		say(core, "the device does not let the account change its password%s%s",
		    words[0] != '\0' ? ": " : "", words);
		go(core, STEP_TRY_OLD);
		break;
	case ANSWER_RULES:
	case ANSWER_NO_ACCOUNT:
	case ANSWER_UNSUPPORTED:
		core->sent = VERDICT_REFUSED;
		say(core, "%s", words[0] != '\0' ? words : "the device refused the new password");
		go(core, STEP_TRY_OLD);
		break;
	case ANSWER_LOCKED:
		keep(core, "the account is locked; both passwords are kept");
		break;
	default: /* it may have heard: the device tells by its logins */
		core->sent = VERDICT_DOUBT;
		hello_then(core, STEP_TRY_OLD);
		break;
	}
}

static void
after_back(struct rotate_core *core, enum rotate_answer answer, uint64_t now_ms)
{
	core->backs++;
	core->deadline_ms = now_ms + core->settle_ms;
	core->old_dead = core->new_works = core->new_dead = false;
	if (answer == ANSWER_LOCKED)
		keep(core, "the account is locked; both passwords are kept");
	else if (answer == ANSWER_YES)
		go(core, STEP_TRY_OLD);
	else
		hello_then(core, STEP_TRY_OLD);
}

/* The former password is accepted after the candidate may have been sent. */
static void
old_works(struct rotate_core *core, uint64_t now_ms)
{
	core->new_dead = false;
	if (core->journal.stage == ROTATE_BACK) {
		say(core, "the device changed the password of one interface only; it was put back");
		discard(core);
	} else if (core->new_works) {
		wait_for(core, STEP_TRY_OLD, now_ms,
			 "the device accepts the former and the new password; both are kept");
	} else if (core->sent == VERDICT_REFUSED) {
		discard(core);
	} else if (core->sends == 0) {
		go(core,
		   STEP_SEND); /* the same candidate: no other may come while one is in doubt */
	} else if (now_ms < core->deadline_ms) {
		wait_for(core, STEP_TRY_OLD, now_ms, "");
	} else if (core->sent == VERDICT_DOUBT && core->sends < 2) {
		go(core, STEP_SEND);
	} else {
		keep(core, core->sent == VERDICT_DOUBT
				   ? "the device drops the connection and keeps its password; both "
				     "passwords are kept, should it change later: --resume looks"
				   : "the device said yes, but still has the former password; both "
				     "are kept, should it change later: --resume looks");
	}
}

static void
proven(struct rotate_core *core)
{
	if (core->journal.has_other) {
		go(core, STEP_TRY_OTHER);
		return;
	}
	core->journal.stage = ROTATE_PROVED;
	record_then(core, STEP_COMMIT);
}

static void
neither(struct rotate_core *core)
{
	core->journal.is_stuck = true;
	keep(core, "neither the former nor the new password is accepted; both are kept");
}

static void
after_try(struct rotate_core *core, enum rotate_answer answer, const char *words, uint64_t now_ms)
{
	bool is_old = core->step == STEP_TRY_OLD;

	switch (answer) {
	case ANSWER_YES:
	case ANSWER_NO_ACCOUNT:
		accepted(core);
		if (is_old) {
			old_works(core, now_ms);
			return;
		}
		core->new_works = true;
		if (core->journal.stage == ROTATE_BACK && core->backs < 2)
			go(core, STEP_SEND_BACK);
		else if (core->journal.stage == ROTATE_BACK)
			keep(core, "the former password could not be put back; both are kept");
		else if (core->old_dead)
			proven(core);
		else
			go(core, STEP_TRY_OLD);
		return;
	case ANSWER_NO:
		core->refused++;
		if (is_old)
			core->old_dead = true;
		else
			core->new_dead = true;
		if (core->old_dead && core->new_works)
			proven(core);
		else if (core->old_dead && core->new_dead)
			neither(core);
		else
			go(core, is_old ? STEP_TRY_NEW : STEP_TRY_OLD);
		return;
	case ANSWER_LOCKED:
		keep(core, "the account is locked; both passwords are kept");
		return;
	default:
		(void)words;
		wait_for(core, core->step, now_ms,
			 "the device does not answer; both passwords are kept, --resume goes on");
		return;
	}
}

/*
 * The other interface, with the former password before and after. Refused afterwards it is of no
 * use there either; accepted, it must not be lost.
 */
static void
after_other(struct rotate_core *core, enum rotate_answer answer, uint64_t now_ms)
{
	bool is_before = core->journal.stage == ROTATE_PREPARED;

	if (answer == ANSWER_YES)
		accepted(core);
	if (answer == ANSWER_NO)
		core->refused++;
	if (is_before) {
		/* One that does not take it now says nothing about the change either. */
		core->journal.has_other = answer == ANSWER_YES;
		core->journal.stage = ROTATE_SENT;
		record_then(core, STEP_SEND);
	} else if (answer == ANSWER_NO) {
		core->journal.stage = ROTATE_PROVED;
		record_then(core, STEP_COMMIT);
	} else if (answer == ANSWER_YES) {
		core->journal.stage = ROTATE_BACK;
		record_then(core, STEP_SEND_BACK);
	} else if (answer == ANSWER_LOCKED) {
		keep(core, "the account is locked over HTTP; both passwords are kept");
	} else {
		wait_for(core, core->step, now_ms,
			 "the device does not answer over HTTP; both passwords are kept, --resume "
			 "goes on");
	}
}

static void
local_failure(struct rotate_core *core, const char *words)
{
	bool is_safe = core->journal.stage == ROTATE_PREPARED || core->is_trial;

	say(core, "%s: %s", rotate_step_text(core->step), words[0] != '\0' ? words : "failed");
	finish(core, is_safe ? ROTATE_END_UNCHANGED : ROTATE_END_IN_DOUBT);
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
		hello_then(core, STEP_TRY_OLD);
		break;
	case STEP_RECORD:
		go(core, after);
		core->is_armed = true;
		break;
	case STEP_HELLO:
		after_hello(core, answer, words, now_ms);
		break;
	case STEP_WAIT:
		hello_then(core, after);
		break;
	case STEP_TRY_OLD:
		if (core->is_first && core->journal.stage == ROTATE_PREPARED)
			after_first(core, answer, words);
		else
			after_try(core, answer, words, now_ms);
		break;
	case STEP_TRY_NEW:
		after_try(core, answer, words, now_ms);
		break;
	case STEP_TRY_OTHER:
		after_other(core, answer, now_ms);
		break;
	case STEP_SEND:
		core->is_first = false;
		after_send(core, answer, words, now_ms);
		break;
	case STEP_SEND_BACK:
		after_back(core, answer, now_ms);
		break;
	case STEP_COMMIT:
		go(core, STEP_TELL);
		break;
	case STEP_TELL:
		go(core, STEP_CLEAN);
		break;
	case STEP_CLEAN:
		say(core, "the new password works, the former one does not");
		finish(core, ROTATE_END_ROTATED);
		break;
	case STEP_DISCARD:
		finish(core, core->end);
		break;
	case STEP_END:
	case STEP_COUNT:
		break;
	}
}
