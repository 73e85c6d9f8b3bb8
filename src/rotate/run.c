/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Does the steps of one device. What a step says it has done is on disk, or was said by the device.
 */
#include "run.h"

#include "keepwatch/clock.h"
#include "keepwatch/control.h"
#include "keepwatch/err.h"

#include <stdio.h>
#include <string.h>

enum { CONTROL_TIMEOUT_MS = 20000, HIKVISION_LENGTH_MAX = 16 };

static void drive(struct rotate_run *run);

/* ---- begin */

static void
talk_init(struct rotate_run *run, struct rotate_talk *talk, enum rotate_by by,
	  const struct rotate_place *place)
{
	*talk = (struct rotate_talk){
		.http = run->engine->http,
		.writer = run->engine->writer,
		.target = run->target,
		.place = *place,
		.by = by,
		.account = run->core.journal.account,
		.allow_basic = run->target->web->allow_basic,
		.timeout_ms = run->options->timeout_ms,
		.level = ONVIF_LEVEL_ADMINISTRATOR,
	};
}

/* The new password of a fresh rotation. */
static int
new_password(struct rotate_run *run, const char **why)
{
	const struct rotate_options *options = run->options;
	unsigned length = options->length;
	int rc;

	*why = "no new password";
	if (run->target->by == ROTATE_BY_HIKVISION && length > HIKVISION_LENGTH_MAX)
		length = HIKVISION_LENGTH_MAX; /* ISAPI: passwordLenNoMoreThan16 */
	if (options->ask != NULL)
		rc = options->ask(options->arg, run->target->name, &run->new);
	else if (options->given != NULL)
		rc = secret_new(&run->new, secret_text(options->given), secret_len(options->given));
	else
		rc = rotate_generate(length, &run->new);
	if (rc == 0 && secret_equal(run->new, run->old)) {
		*why = "the new password is the present one";
		rc = ERR_INVAL;
	}
	return rc;
}

/* 0 or a code with words in why. left: whether there is a journal. */
static int
prepare(struct rotate_run *run, struct rotate_journal *journal, bool *left, const char **why)
{
	const struct rotate_target *target = run->target;
	int rc = credential_password_name(target->name, run->file);

	*why = "its name makes no file name";
	if (rc != 0)
		return rc;
	*why = "the journal cannot be read";
	rc = rotate_load(run->folder, run->file, journal);
	*left = rc == 0;
	if (rc != 0 && rc != ERR_NOTFOUND)
		return rc;
	if (*left && !run->options->resume) {
		*why = "a former rotation was left unfinished: --resume comes first";
		return ERR_EXISTS;
	}
	if (!*left && run->options->resume) {
		*why = "there is no journal";
		return ERR_NOTFOUND;
	}
	if (*left) {
		/* What is left to do then needs no password; they may be wiped already. */
		if (journal->stage == ROTATE_PROVED || journal->stage == ROTATE_CLOSED)
			return 0;
		*why = "the journal's passwords cannot be read";
		rc = rotate_secrets(run->folder, run->file, &run->old, &run->new);
		if (rc == 0 && (run->old == NULL || run->new == NULL))
			rc = ERR_NOTFOUND;
		if (rc == 0 && journal->by != target->by) {
			*why = "the journal is of another interface";
			rc = ERR_INVAL;
		}
		return rc;
	}
	*journal = (struct rotate_journal){
		.by = target->by,
		.began_ms = clock_wall_ms(),
		.has_other = target->other.path != NULL,
	};
	snprintf(journal->device, sizeof(journal->device), "%s", target->name);
	snprintf(journal->account, sizeof(journal->account), "%s", target->web->username);
	*why = "its user name is too long, or has a line end";
	if (strlen(target->web->username) >= sizeof(journal->account) ||
	    strpbrk(target->web->username, "\r\n") != NULL)
		return ERR_INVAL;
	*why = "no present password";
	rc = secret_new(&run->old, secret_text(target->web->password),
			secret_len(target->web->password));
	if (rc == 0 && run->options->apply)
		rc = new_password(run, why);
	return rc;
}

static void
end(struct rotate_run *run, enum rotate_end how, const char *words)
{
	struct rotate_result *result = run->result;

	result->end = how;
	snprintf(result->words, sizeof(result->words), "%s", words);
	result->refused = run->core.refused;
	run->is_done = true;
	run->done(run);
}

static void
on_timer(struct net_timer *timer)
{
	struct rotate_run *run = (struct rotate_run *)timer;

	rotate_core_answer(&run->core, ANSWER_YES, "", clock_mono_ms());
	drive(run);
}

void
rotate_run_start(struct rotate_run *run)
{
	struct rotate_journal journal = {0};
	const char *why = "";
	bool left = false;
	int rc = prepare(run, &journal, &left, &why);

	net_timer_init(&run->timer, on_timer);
	if (rc != 0) {
		char words[ROTATE_WORDS_SIZE];

		snprintf(words, sizeof(words), "%s%s%s", why, rc == ERR_EXISTS ? "" : ": ",
			 rc == ERR_EXISTS ? "" : err_text(rc));
		end(run,
		    left && run->options->resume ? ROTATE_END_IN_DOUBT
		    : left			 ? ROTATE_END_SKIPPED
						 : ROTATE_END_UNCHANGED,
		    words);
		return;
	}
	rotate_core_init(&run->core, left ? &journal : NULL, &journal, run->options,
			 clock_mono_ms());
	talk_init(run, &run->talk, run->target->by, &run->target->place);
	talk_init(run, &run->other,
		  run->target->by == ROTATE_BY_ONVIF ? ROTATE_BY_AUTO : ROTATE_BY_ONVIF,
		  &run->target->other);
	drive(run);
}

void
rotate_run_fini(struct rotate_run *run)
{
	rotate_talk_close(&run->talk);
	rotate_talk_close(&run->other);
	net_timer_stop(run->engine->loop, &run->timer);
	secret_free(run->old);
	secret_free(run->new);
	run->old = run->new = NULL;
}

/* ---- steps that are done at once */

/* No agent is no error: it reads the files when it starts. */
static void
tell_agent(struct rotate_run *run)
{
	const char *who = run->options->who, *account = run->core.journal.account;
	struct buf request, answer;
	int code = 1, rc;

	if (run->options->socket_path == NULL || strpbrk(account, "\t\r\n") != NULL)
		return;
	buf_init(&request, CONTROL_REQUEST_MAX);
	buf_init(&answer, CONTROL_ANSWER_MAX);
	buf_printf(&request, "password\tdo=rotated\tdevice=%s\tuse=%s\taccount=%s",
		   run->target->name, run->target->by == ROTATE_BY_ONVIF ? "onvif" : "http",
		   account);
	if (who != NULL)
		buf_printf(&request, "\twho=%s", who);
	/* First it reads the file: what it is told is about the password that it has then. */
	rc = request.error;
	if (rc == 0)
		rc = control_call(run->options->socket_path, "reload", CONTROL_TIMEOUT_MS, &code,
				  &answer);
	if (rc == 0 && code == 0) {
		buf_reset(&answer);
		rc = control_call(run->options->socket_path, request.data, CONTROL_TIMEOUT_MS,
				  &code, &answer);
		run->result->was_told = rc == 0 && code == 0;
	}
	buf_fini(&request);
	buf_fini(&answer);
}

static int
do_local(struct rotate_run *run, enum rotate_step step)
{
	const struct rotate_journal *journal = &run->core.journal;

	switch (step) {
	case STEP_SAVE:
		return rotate_save(run->folder, run->file, journal, run->old, run->new);
	case STEP_RECORD:
		return rotate_record(run->folder, run->file, journal);
	case STEP_COMMIT:
		return rotate_commit(run->folder, run->file);
	case STEP_CLEAN:
	case STEP_DISCARD:
		return rotate_clean(run->folder, run->file);
	case STEP_TELL:
		tell_agent(run);
		return 0;
	default:
		return ERR_UNSUPPORTED;
	}
}

/* ---- steps that ask the device */

static void
on_answer(void *arg, enum rotate_answer answer, const char *words)
{
	struct rotate_run *run = arg;

	rotate_core_answer(&run->core, answer, words, clock_mono_ms());
	drive(run);
}

/* The other interface: hello, then the login, as one step. */
static void
on_other(void *arg, enum rotate_answer answer, const char *words)
{
	struct rotate_run *run = arg;

	if (!run->other_said_hello && answer == ANSWER_YES) {
		run->other_said_hello = true;
		if (rotate_talk_login(&run->other, run->old) == 0)
			return;
		answer = ANSWER_FAILED;
	}
	on_answer(run, answer, words);
}

static int
ask(struct rotate_run *run, enum rotate_step step)
{
	run->talk.done = on_answer;
	run->other.done = on_other;
	run->talk.arg = run->other.arg = run;
	switch (step) {
	case STEP_HELLO:
		return rotate_talk_hello(&run->talk);
	case STEP_TRY_OLD:
		return rotate_talk_login(&run->talk, run->old);
	case STEP_TRY_NEW:
		return rotate_talk_login(&run->talk, run->new);
	case STEP_SEND:
		return rotate_talk_set(&run->talk, run->old, run->new);
	case STEP_SEND_BACK:
		return rotate_talk_set(&run->talk, run->new, run->old);
	case STEP_TRY_OTHER:
		run->other_said_hello = false;
		return rotate_talk_hello(&run->other);
	default:
		return ERR_UNSUPPORTED;
	}
}

static void
tell_step(struct rotate_run *run, enum rotate_step step)
{
	bool is_quiet = step == STEP_RECORD || step == STEP_HELLO || step == STEP_END ||
			(step == STEP_WAIT && run->core.waits > 1);

	if (run->options->tell != NULL && !is_quiet)
		run->options->tell(run->options->arg, run->target->name, rotate_step_text(step));
}

static void
drive(struct rotate_run *run)
{
	for (;;) {
		uint64_t now_ms = clock_mono_ms();
		uint32_t wait_ms = 0;
		enum rotate_step step = rotate_core_step(&run->core, now_ms, &wait_ms);
		int rc;

		tell_step(run, step);
		switch (step) {
		case STEP_END:
			end(run, run->core.end, run->core.words);
			return;
		case STEP_WAIT:
			/* What libcurl knows of a login goes with the conversation. */
			rotate_talk_close(&run->talk);
			rotate_talk_close(&run->other);
			net_timer_start(run->engine->loop, &run->timer, wait_ms);
			return;
		case STEP_HELLO:
		case STEP_TRY_OLD:
		case STEP_TRY_NEW:
		case STEP_TRY_OTHER:
		case STEP_SEND:
		case STEP_SEND_BACK:
			rc = ask(run, step);
			if (rc == 0)
				return;
			break;
		default:
			rc = do_local(run, step);
			break;
		}
		rotate_core_answer(&run->core, rc == 0 ? ANSWER_YES : ANSWER_FAILED, err_text(rc),
				   clock_mono_ms());
	}
}
