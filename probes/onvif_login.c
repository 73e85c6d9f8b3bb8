/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Logging in without locking the account: which way a device wants, one other way at most, and
 * then a growing pause until the credential changes. Everything here is decided from what was seen;
 * nothing is sent.
 */
#include "onvif_impl.h"

#include <stdlib.h>
#include <string.h>

enum {
	MINUTE_MS = 60 * 1000,
	LOCKED_PAUSE_MS = 60 * MINUTE_MS,
	PAUSE_MAX_MS = 24 * 60 * MINUTE_MS,
	/* Two ways at the first refusal; later only the one that is most likely right. */
	FIRST_ATTEMPTS = 2,
	LATER_ATTEMPTS = 1,
	CLOCK_MATTERS_MS = 2000, /* below, signing by the other clock is no other attempt */
};

const char *
onvif_login_name(enum onvif_login login)
{
	static const char *const names[] = {
#define X(name, text) text,
		ONVIF_LOGINS(X)
#undef X
	};

	return (unsigned)login < ONVIF_LOGIN_COUNT ? names[login] : "?";
}

enum onvif_login
onvif_login_from_name(const char *name)
{
	for (int i = 0; i < ONVIF_LOGIN_COUNT; i++) {
		if (strcmp(name, onvif_login_name((enum onvif_login)i)) == 0)
			return (enum onvif_login)i;
	}
	return ONVIF_LOGIN_UNKNOWN;
}

static int64_t
pause_ms(unsigned refusals)
{
	static const int minutes[] = {5, 15, 60, 4 * 60, 24 * 60};
	size_t i = refusals == 0 ? 0 : refusals - 1;

	if (i >= sizeof(minutes) / sizeof(minutes[0]))
		i = sizeof(minutes) / sizeof(minutes[0]) - 1;
	return (int64_t)minutes[i] * MINUTE_MS;
}

bool
onvif_login_is_held(const struct onvif_memory *memory, int64_t now_ms)
{
	return memory->hold_until_ms > now_ms;
}

void
onvif_login_begin(struct onvif_state *st, int64_t now_ms)
{
	struct onvif_memory *memory = st->memory;

	if (st->web != NULL && memory->generation != 0 && memory->generation != st->generation) {
		memory->hold_until_ms = 0;
		memory->refusals = 0;
		memory->locked = false;
		memory->has_inventory = false; /* try the new one now */
	}
	if (st->web != NULL)
		memory->generation = st->generation;
	/* A wall clock that was set back must not hold for longer than any pause. */
	if (memory->hold_until_ms > now_ms + PAUSE_MAX_MS)
		memory->hold_until_ms = now_ms + PAUSE_MAX_MS;
	st->may_login = st->web != NULL && !onvif_login_is_held(memory, now_ms);
	st->sign_offset_zero = memory->sign_with_our_clock;
}

/* ONVIF Core 5.9.4: access class PRE_AUTH. */
static bool
is_pre_auth(enum onvif_op op)
{
	return op == ONVIF_GET_SYSTEM_DATE_AND_TIME || op == ONVIF_GET_SERVICES ||
	       op == ONVIF_GET_CAPABILITIES || op == ONVIF_GET_HOSTNAME;
}

bool
onvif_login_first(struct onvif_state *st, enum onvif_op op)
{
	const struct onvif_memory *memory = st->memory;
	bool is_basic_forbidden =
		memory->login == ONVIF_LOGIN_BASIC && (st->web == NULL || !st->web->allow_basic);

	st->way = ONVIF_LOGIN_NONE;
	if (op == ONVIF_GET_SYSTEM_DATE_AND_TIME || memory->login == ONVIF_LOGIN_NONE)
		return true;
	if (is_pre_auth(op) && !memory->pre_auth_refused && !st->login_confirmed)
		return true;
	if (st->web == NULL)
		return !is_pre_auth(op); /* one that is not refused is welcome */
	if (!st->may_login)
		return false;
	/* Nothing known: asked without a login, the device shows which one it wants. */
	if (memory->login != ONVIF_LOGIN_UNKNOWN && !is_basic_forbidden)
		st->way = memory->login;
	return true;
}

static enum onvif_login
way_offered(const struct onvif_state *st)
{
	if (st->digest_offered)
		return ONVIF_LOGIN_DIGEST;
	if (st->basic_offered && st->web->allow_basic)
		return ONVIF_LOGIN_BASIC;
	return ONVIF_LOGIN_WSSE;
}

/* Another way than the refused one; UNKNOWN: there is none. */
static enum onvif_login
other_way(struct onvif_state *st)
{
	bool clock_matters =
		st->has_offset && (st->is_clock_fault || llabs(st->offset_ms) > CLOCK_MATTERS_MS);

	switch (st->way) {
	case ONVIF_LOGIN_WSSE:
		if (st->digest_offered)
			return st->memory->login == ONVIF_LOGIN_WSSE ? ONVIF_LOGIN_DIGEST
								     : ONVIF_LOGIN_BOTH;
		break;
	case ONVIF_LOGIN_DIGEST:
		/* Without a new challenge HTTP was content: it is the SOAP layer that refused. */
		return st->digest_offered ? ONVIF_LOGIN_WSSE : ONVIF_LOGIN_BOTH;
	case ONVIF_LOGIN_BASIC:
		return st->digest_offered ? ONVIF_LOGIN_DIGEST : ONVIF_LOGIN_WSSE;
	default:
		break;
	}
	if (!clock_matters)
		return ONVIF_LOGIN_UNKNOWN;
	st->sign_offset_zero = !st->sign_offset_zero;
	return st->way;
}

static void
hold(struct onvif_state *st, int64_t now_ms, bool is_locked)
{
	struct onvif_memory *memory = st->memory;
	int64_t pause;

	memory->refusals++;
	memory->locked = is_locked;
	pause = pause_ms(memory->refusals);
	if (is_locked && pause < LOCKED_PAUSE_MS)
		pause = LOCKED_PAUSE_MS;
	memory->hold_until_ms = now_ms + pause;
	memory->pre_auth_refused = false; /* find out again what goes without */
	st->may_login = false;
}

bool
onvif_login_again(struct onvif_state *st, int64_t now_ms)
{
	bool was_login = st->way != ONVIF_LOGIN_NONE;
	unsigned allowed = st->memory->refusals == 0 ? FIRST_ATTEMPTS : LATER_ATTEMPTS;
	enum onvif_login way;

	if (st->verdict == ONVIF_CALL_LOCKED) {
		if (st->may_login)
			hold(st, now_ms, true);
		return false;
	}
	if (!was_login) {
		if (st->memory->login == ONVIF_LOGIN_NONE)
			st->memory->login = ONVIF_LOGIN_UNKNOWN; /* it wants one now */
		if (!st->may_login)
			return false;
		st->way = st->memory->login == ONVIF_LOGIN_UNKNOWN ? way_offered(st)
								   : st->memory->login;
		if (st->way == ONVIF_LOGIN_BASIC && !st->web->allow_basic)
			st->way = way_offered(st);
		return true;
	}
	if (st->login_confirmed)
		return false; /* the password is right, this user may not do that */
	st->refused++;
	way = st->refused < allowed ? other_way(st) : ONVIF_LOGIN_UNKNOWN;
	if (way == ONVIF_LOGIN_UNKNOWN) {
		hold(st, now_ms, false);
		if (!st->is_clock_fault) /* that says nothing of the password */
			st->run->result.login = LOGIN_REFUSED;
		return false;
	}
	st->way = way;
	return true;
}

/* An answer proves the password only where one without it was refused: not what anybody may ask,
 * and not a Digest login that the device never challenged for. */
static bool
is_proof(const struct onvif_state *st, enum onvif_op op)
{
	bool is_signed = st->way == ONVIF_LOGIN_WSSE || st->way == ONVIF_LOGIN_BOTH;

	return (is_signed || st->has_http_login) &&
	       (!is_pre_auth(op) || st->memory->pre_auth_refused);
}

void
onvif_login_accepted(struct onvif_state *st, enum onvif_op op)
{
	struct onvif_memory *memory = st->memory;

	if (st->way == ONVIF_LOGIN_NONE) {
		if (memory->login == ONVIF_LOGIN_UNKNOWN && !is_pre_auth(op))
			memory->login = ONVIF_LOGIN_NONE;
		return;
	}
	if (is_proof(st, op))
		st->run->result.login = LOGIN_PROVEN;
	st->login_confirmed = true;
	memory->login = st->way;
	memory->sign_with_our_clock = st->sign_offset_zero;
	memory->refusals = 0;
	memory->hold_until_ms = 0;
	memory->locked = false;
}
