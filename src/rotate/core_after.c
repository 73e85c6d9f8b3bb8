/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What follows from the answer to each step that asks the device.
 */
#include "core_impl.h"

static void
accepted(struct rotate_core *core)
{
	core->journal.tries_old = core->journal.tries_new = 0;
}

void
core_after_hello(struct rotate_core *core, enum rotate_answer answer, const char *words,
		 uint64_t now_ms)
{
	if (answer == ANSWER_YES) {
		core_go(core, core->after);
		return;
	}
	if (!core->is_first) {
		core_wait_for(
			core, core->after, now_ms,
			answer == ANSWER_OPEN
				? "the device answers without a login now: nothing can be proven; "
				  "both passwords are kept"
				: "the device does not answer; both passwords are kept, --resume "
				  "goes on");
		return;
	}
	if (answer == ANSWER_OPEN)
		core_say(core, "the device answers without a login: nothing could be proven");
	else if (answer == ANSWER_UNSUPPORTED)
		core_say(core, "the device does not have that interface%s%s",
			 words[0] != '\0' ? ": " : "", words);
	else
		core_say(core, "the device does not answer%s%s", words[0] != '\0' ? ": " : "",
			 words);
	core_discard(core);
}

/* The login as it is, before anything is sent. */
void
core_after_first(struct rotate_core *core, enum rotate_answer answer, const char *words)
{
	const char *colon = words[0] != '\0' ? ": " : "";

	switch (answer) {
	case ANSWER_YES:
		accepted(core);
		core_go(core, STEP_TRY_OTHER);
		if (core->is_trial) {
			core_say(core, "login and account are right");
			core_finish(core, ROTATE_END_READY);
		} else if (!core->journal.has_other) {
			core->journal.stage = ROTATE_SENT;
			core_record_then(core, STEP_SEND);
		}
		return;
	case ANSWER_NO:
		core->refused++;
		core_say(core,
			 "the present password is refused, or the account may not manage "
			 "accounts%s%s",
			 colon, words);
		break;
	case ANSWER_LOCKED:
		core_say(core, "the account is locked%s%s", colon, words);
		break;
	case ANSWER_NO_ACCOUNT:
		accepted(core);
		core_say(core, "the device does not list the account '%s'", core->journal.account);
		break;
	case ANSWER_UNSUPPORTED:
		core_say(core, "the device does not list its accounts%s%s", colon, words);
		break;
	default:
		core_say(core, "the device does not answer to the login%s%s", colon, words);
		break;
	}
	core_discard(core);
}

void
core_after_send(struct rotate_core *core, enum rotate_answer answer, const char *words,
		uint64_t now_ms)
{
	core->sends++;
	core->deadline_ms = now_ms + core->settle_ms;
	core->waits = 0;
	switch (answer) {
	case ANSWER_YES:
		core->sent = VERDICT_ACCEPTED;
		core_go(core, STEP_TRY_OLD);
		break;
	case ANSWER_NO:
		core->refused++; /* it was right a moment ago: a right is missing, or it is changed
				  */
		core->sent = VERDICT_REFUSED;
		core_say(core, "the device does not let the account change its password%s%s",
			 words[0] != '\0' ? ": " : "", words);
		core_go(core, STEP_TRY_OLD);
		break;
	case ANSWER_RULES:
	case ANSWER_NO_ACCOUNT:
	case ANSWER_UNSUPPORTED:
		core->sent = VERDICT_REFUSED;
		core_say(core, "%s",
			 words[0] != '\0' ? words : "the device refused the new password");
		core_go(core, STEP_TRY_OLD);
		break;
	case ANSWER_LOCKED:
		core_keep(core, "the account is locked; both passwords are kept");
		break;
	default: /* it may have heard: the device tells by its logins */
		core->sent = VERDICT_DOUBT;
		core_hello_then(core, STEP_TRY_OLD);
		break;
	}
}

void
core_after_back(struct rotate_core *core, enum rotate_answer answer, uint64_t now_ms)
{
	core->backs++;
	core->deadline_ms = now_ms + core->settle_ms;
	core->old_dead = core->new_works = core->new_dead = false;
	if (answer == ANSWER_LOCKED)
		core_keep(core, "the account is locked; both passwords are kept");
	else if (answer == ANSWER_YES)
		core_go(core, STEP_TRY_OLD);
	else
		core_hello_then(core, STEP_TRY_OLD);
}

/* The former password is accepted after the candidate may have been sent. */
static void
old_works(struct rotate_core *core, uint64_t now_ms)
{
	core->new_dead = false;
	if (core->journal.stage == ROTATE_BACK) {
		core_say(core,
			 "the device changed the password of one interface only; it was put back");
		core_discard(core);
	} else if (core->new_works) {
		core_wait_for(core, STEP_TRY_OLD, now_ms,
			      "the device accepts the former and the new password; both are kept");
	} else if (core->sent == VERDICT_REFUSED) {
		core_discard(core);
	} else if (core->sends == 0) {
		core_go(core, STEP_SEND); /* the same candidate: no other may come while one is in
					     doubt */
	} else if (now_ms < core->deadline_ms) {
		core_wait_for(core, STEP_TRY_OLD, now_ms, "");
	} else if (core->sent == VERDICT_DOUBT && core->sends < 2) {
		core_go(core, STEP_SEND);
	} else {
		core_keep(core,
			  core->sent == VERDICT_DOUBT
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
		core_go(core, STEP_TRY_OTHER);
		return;
	}
	core->journal.stage = ROTATE_PROVED;
	core_record_then(core, STEP_COMMIT);
}

static void
neither(struct rotate_core *core)
{
	core->journal.is_stuck = true;
	core_keep(core, "neither the former nor the new password is accepted; both are kept");
}

void
core_after_try(struct rotate_core *core, enum rotate_answer answer, uint64_t now_ms)
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
			core_go(core, STEP_SEND_BACK);
		else if (core->journal.stage == ROTATE_BACK)
			core_keep(core, "the former password could not be put back; both are kept");
		else if (core->old_dead)
			proven(core);
		else
			core_go(core, STEP_TRY_OLD);
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
			core_go(core, is_old ? STEP_TRY_NEW : STEP_TRY_OLD);
		return;
	case ANSWER_LOCKED:
		core_keep(core, "the account is locked; both passwords are kept");
		return;
	default:
		core_wait_for(
			core, core->step, now_ms,
			"the device does not answer; both passwords are kept, --resume goes on");
		return;
	}
}

/*
 * The other interface, with the former password before and after. Refused afterwards it is of no
 * use there either; accepted, it must not be lost.
 */
void
core_after_other(struct rotate_core *core, enum rotate_answer answer, uint64_t now_ms)
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
		core_record_then(core, STEP_SEND);
	} else if (answer == ANSWER_NO) {
		core->journal.stage = ROTATE_PROVED;
		core_record_then(core, STEP_COMMIT);
	} else if (answer == ANSWER_YES) {
		core->journal.stage = ROTATE_BACK;
		core_record_then(core, STEP_SEND_BACK);
	} else if (answer == ANSWER_LOCKED) {
		core_keep(core, "the account is locked over HTTP; both passwords are kept");
	} else {
		core_wait_for(
			core, core->step, now_ms,
			"the device does not answer over HTTP; both passwords are kept, --resume "
			"goes on");
	}
}
