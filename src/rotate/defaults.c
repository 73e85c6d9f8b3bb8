/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tries default passwords: few, seldom, and written down first.
 */
#include "keepwatch/rotate_defaults.h"

#include "run.h"

#include "keepwatch/buf.h"
#include "keepwatch/control.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONTROL_TIMEOUT_MS = 5000 };

static const char *const ends[DEFAULTS_END_COUNT] = {
#define X(name, text) [DEFAULTS_##name] = text,
	DEFAULTS_ENDS(X)
#undef X
};

const char *
defaults_end_name(enum defaults_end end)
{
	return (unsigned)end < DEFAULTS_END_COUNT ? ends[end] : "?";
}

struct audit {
	struct rotate_engine engine;
	const struct defaults_options *options;
	int state; /* folder */
};

/* ---- when a device was tried: a file with two times, the latest last */

static int
read_tries(const struct audit *audit, const char *file, int64_t times[DEFAULTS_TRIES_MAX])
{
	int fd = openat(audit->state, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char text[128] = "";
	long long a = 0, b = 0;
	ssize_t n;

	memset(times, 0, DEFAULTS_TRIES_MAX * sizeof(times[0]));
	if (fd < 0)
		return errno == ENOENT ? 0 : err_from_errno(errno);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	/* One that cannot be read is taken for two tries just now: silence is the safe side. */
	if (n < 0 || sscanf(text, "%lld %lld", &a, &b) != 2)
		a = b = audit->options->now_ms;
	times[0] = a;
	times[1] = b;
	return 0;
}

static unsigned
tries_left(const struct audit *audit, const int64_t times[DEFAULTS_TRIES_MAX])
{
	unsigned left = 0;

	/* A time of the future comes from a clock that was wrong: it counts. */
	for (int i = 0; i < DEFAULTS_TRIES_MAX; i++)
		left += times[i] + DEFAULTS_SPAN_MS <= audit->options->now_ms;
	return left;
}

/* On disk before the login is tried. */
static int
note_try(const struct audit *audit, const char *file, int64_t times[DEFAULTS_TRIES_MAX])
{
	char text[64], temporary[CREDENTIAL_FILE_SIZE + 8];
	int len, fd, rc = 0;

	times[0] = times[1];
	times[1] = audit->options->now_ms;
	len = snprintf(text, sizeof(text), "%lld %lld\n", (long long)times[0], (long long)times[1]);
	if (snprintf(temporary, sizeof(temporary), ".%s.tmp", file) > 255)
		return ERR_TOOBIG;
	fd = openat(audit->state, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	if (fd < 0)
		return err_from_errno(errno);
	if (write(fd, text, (size_t)len) != len || fsync(fd) != 0)
		rc = ERR_IO;
	close(fd);
	if (rc == 0 && (renameat(audit->state, temporary, audit->state, file) != 0 ||
			fsync(audit->state) != 0))
		rc = err_from_errno(errno);
	return rc;
}

/* ---- asking */

struct question {
	bool is_answered;
	enum rotate_answer answer;
	char words[ROTATE_WORDS_SIZE];
};

static void
on_answer(void *arg, enum rotate_answer answer, const char *words)
{
	struct question *question = arg;

	question->is_answered = true;
	question->answer = answer;
	snprintf(question->words, sizeof(question->words), "%s", words);
}

static enum rotate_answer
wait_for(struct audit *audit, struct question *question, int rc)
{
	while (rc == 0 && !question->is_answered)
		uv_run(&audit->engine.uv, UV_RUN_ONCE);
	return rc == 0 ? question->answer : ANSWER_FAILED;
}

/* The first interface that demands a login. False: none does, with words why. */
static bool
find_interface(struct audit *audit, const struct defaults_target *target,
	       const struct rotate_target *as_rotated, struct rotate_talk *talk,
	       struct question *question, char words[ROTATE_WORDS_SIZE])
{
	const struct {
		enum rotate_by by;
		const struct rotate_place *place;
		const char *vendor; /* whose alone it is */
	} interfaces[] = {
		{ROTATE_BY_AXIS, &target->http, "Axis"},
		{ROTATE_BY_HIKVISION, &target->http, "Hikvision"},
		{ROTATE_BY_ONVIF, &target->onvif, NULL},
		{ROTATE_BY_AUTO, &target->http, NULL},
	};

	for (size_t i = 0; i < MEM_COUNT(interfaces); i++) {
		enum rotate_answer answer;

		if (interfaces[i].place->path == NULL ||
		    (interfaces[i].vendor != NULL &&
		     strcasecmp(interfaces[i].vendor, target->vendor) != 0))
			continue;
		*question = (struct question){0};
		*talk = (struct rotate_talk){
			.http = audit->engine.http,
			.writer = audit->engine.writer,
			.target = as_rotated,
			.place = *interfaces[i].place,
			.by = interfaces[i].by,
			.account = "",
			.timeout_ms = audit->options->timeout_ms,
			.level = ONVIF_LEVEL_ADMINISTRATOR,
			.done = on_answer,
			.arg = question,
		};
		answer = wait_for(audit, question, rotate_talk_hello(talk));
		if (answer == ANSWER_YES)
			return true;
		snprintf(words, ROTATE_WORDS_SIZE, "%s",
			 answer == ANSWER_OPEN ? "it answers without a login"
					       : "nothing that demands a login answers");
		rotate_talk_close(talk);
	}
	return false;
}

/* The login that is configured is the default one: known without asking. */
static bool
is_configured(const struct defaults_target *target, const struct defaults_row *row)
{
	for (size_t i = 0; i < MEM_COUNT(target->logins); i++) {
		const struct credential_web *login = target->logins[i];

		if (login != NULL && login->password != NULL && login->username != NULL &&
		    strlen(login->username) == row->account_len &&
		    memcmp(login->username, row->account, row->account_len) == 0 &&
		    secret_len(login->password) == row->password_len &&
		    memcmp(secret_text(login->password), row->password, row->password_len) == 0)
			return true;
	}
	return false;
}

static void
found(struct defaults_result *result, const struct defaults_row *row, const char *words)
{
	result->end = DEFAULTS_FOUND;
	snprintf(result->account, sizeof(result->account), "%.*s", (int)row->account_len,
		 row->account);
	snprintf(result->words, sizeof(result->words), "%s", words);
}

/* One login. False when no further one is to be tried. */
static bool
try_row(struct audit *audit, const struct defaults_row *row, struct rotate_talk *talk,
	struct question *question, struct defaults_result *result)
{
	struct secret *password = NULL;
	char account[64];
	enum rotate_answer answer;
	int rc = secret_new(&password, row->password, row->password_len);

	snprintf(account, sizeof(account), "%.*s", (int)row->account_len, row->account);
	talk->account = account;
	*question = (struct question){0};
	result->tries++;
	answer = wait_for(audit, question, rc != 0 ? rc : rotate_talk_login(talk, password));
	rotate_talk_close(talk);
	secret_free(password);
	switch (answer) {
	case ANSWER_YES:
	case ANSWER_NO_ACCOUNT:
		found(result, row, "it takes a default password");
		return false;
	case ANSWER_NO:
		result->end = DEFAULTS_NONE;
		return true;
	case ANSWER_LOCKED:
		result->end = DEFAULTS_UNKNOWN;
		snprintf(result->words, sizeof(result->words), "the account is locked");
		return false;
	default:
		result->end = DEFAULTS_UNKNOWN;
		snprintf(result->words, sizeof(result->words),
			 "it does not answer to a login: %.180s", question->words);
		return false;
	}
}

static int
try_all(struct audit *audit, const struct defaults_target *target, const char *file,
	int64_t times[DEFAULTS_TRIES_MAX], struct defaults_result *result)
{
	const struct rotate_target as_rotated = {
		.name = target->name, .host = target->host, .ip = target->ip};
	unsigned left = tries_left(audit, times);
	struct question question;
	struct rotate_talk talk;
	struct defaults_row row;
	int rc = 0;

	result->end = DEFAULTS_UNKNOWN;
	if (!find_interface(audit, target, &as_rotated, &talk, &question, result->words))
		return 0;
	result->by = talk.by;
	for (size_t i = 0; i < left && defaults_row_of(target->vendor, i, &row) && rc == 0; i++) {
		rc = note_try(audit, file, times);
		if (rc == 0 && !try_row(audit, &row, &talk, &question, result))
			break;
	}
	rotate_talk_close(&talk);
	/* Nothing is to be learnt from the same once more: today's other try is not made. */
	if (rc == 0 && result->end != DEFAULTS_FOUND && tries_left(audit, times) > 0)
		rc = note_try(audit, file, times);
	if (rc == 0 && result->end == DEFAULTS_NONE)
		snprintf(result->words, sizeof(result->words),
			 "it refused %u default password%s of %s", result->tries,
			 result->tries == 1 ? "" : "s", target->vendor);
	return rc;
}

/* ---- one device */

static void
skip(struct defaults_result *result, const char *words)
{
	result->end = DEFAULTS_SKIPPED;
	snprintf(result->words, sizeof(result->words), "%s", words);
}

static int
audit_one(struct audit *audit, const struct defaults_target *target, struct defaults_result *result)
{
	char file[CREDENTIAL_FILE_SIZE];
	int64_t times[DEFAULTS_TRIES_MAX];
	struct defaults_row row;
	int rc = 0;

	if (target->skip != NULL) {
		skip(result, target->skip);
		return 0;
	}
	if (target->vendor == NULL || !defaults_row_of(target->vendor, 0, &row)) {
		skip(result, target->vendor == NULL ? "its vendor is not known"
						    : "no default password of its vendor is known");
		return 0;
	}
	for (size_t i = 0; defaults_row_of(target->vendor, i, &row); i++) {
		if (is_configured(target, &row)) {
			found(result, &row, "a default password is configured for it");
			return 0;
		}
	}
	if (credential_password_name(target->name, file) != 0) {
		skip(result, "its name makes no file name");
		return 0;
	}
	memset(times, 0, sizeof(times));
	if (audit->state >= 0)
		rc = read_tries(audit, file, times);
	if (rc != 0)
		return rc;
	if (tries_left(audit, times) == 0) {
		skip(result, "it was tried twice in the last 24 hours");
		return 0;
	}
	if (!audit->options->apply) {
		result->end = DEFAULTS_READY;
		snprintf(result->words, sizeof(result->words), "default passwords of %s",
			 target->vendor);
		return 0;
	}
	return try_all(audit, target, file, times, result);
}

static void
tell_one(const struct audit *audit, const struct defaults_target *target,
	 const struct defaults_result *result, const char *account)
{
	const struct defaults_options *options = audit->options;
	struct buf request, answer;
	int code;

	buf_init(&request, CONTROL_REQUEST_MAX);
	buf_init(&answer, CONTROL_ANSWER_MAX);
	buf_printf(&request, "password\tdo=default\tdevice=%s\tuse=%s\taccount=%s\tfound=%s",
		   target->name, result->by == ROTATE_BY_ONVIF ? "onvif" : "http", account,
		   result->end == DEFAULTS_FOUND ? "yes" : "no");
	if (options->who != NULL)
		buf_printf(&request, "\twho=%s", options->who);
	if (request.error == 0)
		control_call(options->socket_path, request.data, CONTROL_TIMEOUT_MS, &code,
			     &answer);
	buf_fini(&request);
	buf_fini(&answer);
}

/* The account that was found, or each that was tried; no agent is no error. */
static void
tell_agent(const struct audit *audit, const struct defaults_target *target,
	   const struct defaults_result *result)
{
	char account[64], last[64] = "";
	struct defaults_row row;

	if (!audit->options->apply || audit->options->socket_path == NULL)
		return;
	if (result->end == DEFAULTS_FOUND)
		tell_one(audit, target, result, result->account);
	for (size_t i = 0; result->end == DEFAULTS_NONE && i < result->tries &&
			   defaults_row_of(target->vendor, i, &row);
	     i++) {
		snprintf(account, sizeof(account), "%.*s", (int)row.account_len, row.account);
		if (strcmp(account, last) != 0)
			tell_one(audit, target, result, account);
		memcpy(last, account, sizeof(last));
	}
}

static int
open_state(struct audit *audit)
{
	const char *path = audit->options->state_dir;
	struct stat st;

	if (audit->options->apply && mkdir(path, 0700) != 0 && errno != EEXIST)
		return err_from_errno(errno);
	audit->state = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (audit->state < 0)
		return !audit->options->apply && errno == ENOENT ? 0 : err_from_errno(errno);
	if (fstat(audit->state, &st) != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return ERR_PERM;
	/* Two audits at a time would try four. */
	if (audit->options->apply && flock(audit->state, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? ERR_BUSY : err_from_errno(errno);
	return 0;
}

int
defaults_run(const struct defaults_target *targets, size_t count,
	     const struct defaults_options *options, struct defaults_result *results)
{
	struct audit audit = {.options = options, .state = -1};
	int rc = rotate_engine_open(&audit.engine);

	if (rc != 0)
		return rc;
	for (size_t i = 0; i < count; i++)
		results[i] = (struct defaults_result){.end = DEFAULTS_SKIPPED};
	rc = open_state(&audit);
	for (size_t i = 0; i < count && rc == 0; i++) {
		rc = audit_one(&audit, &targets[i], &results[i]);
		if (rc == 0)
			tell_agent(&audit, &targets[i], &results[i]);
	}
	if (audit.state >= 0)
		close(audit.state);
	rotate_engine_close(&audit.engine);
	return rc;
}
