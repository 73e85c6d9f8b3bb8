/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ONVIF probe: each run asks for the clock, which needs no login and shows that the service
 * lives, and for the states of doors; now and then it reads the inventory. One request at a time,
 * step by step; what is wrong on the way is noted and the run goes on where that makes sense.
 */
#include "onvif_impl.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/probe_kinds.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INVENTORY_AGAIN_MS = 5 * 60 * 1000 }; /* after one that went wrong */

void
onvif_note(struct onvif_state *st, enum reason reason, const char *fmt, ...)
{
	va_list ap;

	if (st->problem != REASON_NONE)
		return;
	st->problem = reason;
	va_start(ap, fmt);
	vsnprintf(st->problem_text, sizeof(st->problem_text), fmt, ap);
	va_end(ap);
}

/* ---- the end */

static void
release(struct onvif_state *st)
{
	http_session_close(st->session);
	st->session = NULL;
	free(st->next_start);
	st->next_start = NULL;
}

static void
end_run(struct onvif_state *st, enum outcome outcome, enum reason reason, const char *words)
{
	struct probe_run *run = st->run;

	result_set(&run->result, outcome, reason, "%s", words);
	onvif_note_login(st);
	release(st);
	probe_run_done(run);
}

static void
remember_problem(struct onvif_state *st)
{
	struct onvif_memory *memory = st->memory;
	/* a refused login is remembered as a hold */
	bool is_sticky = st->problem != REASON_AUTH && st->problem != REASON_LOCKED;

	if (!st->inventory)
		return;
	memory->has_inventory = true;
	memory->inventory_ms = clock_mono_ms();
	memory->problem = is_sticky ? st->problem : REASON_NONE;
	snprintf(memory->problem_text, sizeof(memory->problem_text), "%s", st->problem_text);
}

/* All steps are done, or those that made sense. */
static void
conclude(struct onvif_state *st)
{
	struct onvif_memory *memory = st->memory;
	char words[RESULT_DETAIL_SIZE], until[CLOCK_ISO_SIZE];

	remember_problem(st);
	if (st->was_held)
		onvif_note(st, REASON_AUTH_HELD, "no login until %.19sZ, after %u refused%s",
			   clock_format_iso(memory->hold_until_ms, until, sizeof(until)),
			   memory->refusals, memory->locked ? ", account locked" : "");
	if (!st->inventory && memory->problem != REASON_NONE)
		onvif_note(st, memory->problem, "%s", memory->problem_text);
	if (st->door_states == memory->door_count && memory->doors_are_all)
		st->run->result.complete |= 1ull << FACT_DOOR;
	if (st->problem == REASON_NONE) {
		end_run(st, OUTCOME_OK, REASON_NONE, st->clock_note);
		return;
	}
	snprintf(words, sizeof(words), "%.110s%s%.47s", st->problem_text,
		 st->clock_note[0] == '\0' ? "" : "; ", st->clock_note);
	end_run(st, OUTCOME_DEGRADED, st->problem, words);
}

/* The device service itself gave no answer that can be used. */
static void
give_up(struct onvif_state *st)
{
	enum outcome outcome = OUTCOME_FAIL;

	if (st->reason == REASON_LOCAL)
		outcome = OUTCOME_ERROR;
	else if (st->verdict != ONVIF_CALL_NO_REPLY || st->reason == REASON_TLS_UNTRUSTED ||
		 st->reason == REASON_TLS_PIN || st->reason == REASON_BAD_REPLY)
		outcome = OUTCOME_DEGRADED; /* something answers there */
	end_run(st, outcome, st->reason, st->words);
}

/* ---- steps */

static void
next_step(struct onvif_state *st)
{
	st->step++;
	st->page = 0;
	free(st->next_start);
	st->next_start = NULL;
}

static void
not_sent(struct onvif_state *st, int rc)
{
	if (rc == ERR_TIMEOUT) {
		onvif_note(st, REASON_TIMEOUT, "too slow: stopped at %s",
			   onvif_op_name(onvif_step_op(st->step)));
		conclude(st);
		return;
	}
	st->reason = REASON_LOCAL;
	snprintf(st->words, sizeof(st->words), "%s could not be sent: %s",
		 onvif_op_name(onvif_step_op(st->step)), err_text(rc));
	give_up(st);
}

/* Why that part of the audit could not be done; NULL: it was. */
static void
note_audit(struct onvif_state *st, const char *why)
{
	const char *part = onvif_step_audit(st->step);

	if (part != NULL)
		fact_add(&st->run->result.facts, FACT_AUDITED, part, why == NULL ? "checked" : why);
}

/* Sends what comes next, or ends the run. */
static void
go_on(struct onvif_state *st)
{
	while (st->step < ONVIF_STEP_END) {
		const char *path = onvif_step_path(st);
		int rc;

		if (path == NULL || !onvif_login_first(st, onvif_step_op(st->step))) {
			if (path != NULL)
				note_audit(st, "login held back");
			next_step(st);
			continue;
		}
		rc = onvif_call(st, onvif_step_op(st->step), path, onvif_step_is_last(st));
		if (rc != 0)
			not_sent(st, rc);
		return;
	}
	conclude(st);
}

/* ---- answers */

static bool
keep_path(struct onvif_state *st, char **slot, const struct onvif_services *services,
	  enum onvif_service_id id)
{
	char path[ONVIF_PATH_SIZE];

	for (size_t i = 0; i < services->count; i++) {
		if (services->items[i].id != id)
			continue;
		if (onvif_xaddr_path(services->items[i].xaddr, path, sizeof(path)) != 0)
			return onvif_memory_set(slot, probe_option_text(st->run, OPT_ONVIF_PATH));
		return onvif_memory_set(slot, path);
	}
	return onvif_memory_set(slot, NULL);
}

/* True if the list goes on: another page is to be asked for. */
static bool
take_page(struct onvif_state *st, const char *next_start)
{
	bool repeats = st->next_start != NULL && strcmp(st->next_start, next_start) == 0;

	if (next_start[0] == '\0' || repeats || ++st->page >= ONVIF_PAGES_MAX)
		return false;
	return onvif_memory_set(&st->next_start, next_start);
}

static bool
take_doors(struct onvif_state *st, const struct onvif_doors *doors)
{
	struct onvif_memory *memory = st->memory;

	if (st->page == 0)
		onvif_memory_drop_doors(memory);
	for (size_t i = 0; i < doors->count && memory->door_count < ONVIF_DOORS_MAX; i++) {
		if (!onvif_memory_add_door(memory, doors->items[i].token, doors->items[i].name))
			return false;
	}
	memory->doors_are_all =
		doors->next_start[0] == '\0' && memory->door_count < ONVIF_DOORS_MAX;
	return memory->door_count < ONVIF_DOORS_MAX && take_page(st, doors->next_start);
}

/* True if the step is to be done again, for the next page or door. */
static bool
take_reply(struct onvif_state *st, const struct onvif_reply *reply)
{
	struct onvif_memory *memory = st->memory;

	onvif_note_reply(st, reply);
	switch (st->step) {
	case ONVIF_STEP_SERVICES:
	case ONVIF_STEP_CAPABILITIES:
		st->has_services = true;
		keep_path(st, &memory->media_path, &reply->u.services, ONVIF_SERVICE_MEDIA);
		keep_path(st, &memory->door_path, &reply->u.services, ONVIF_SERVICE_DOOR_CONTROL);
		keep_path(st, &memory->access_path, &reply->u.services,
			  ONVIF_SERVICE_ACCESS_CONTROL);
		return false;
	case ONVIF_STEP_DOORS:
		return take_doors(st, &reply->u.doors);
	case ONVIF_STEP_ACCESS_POINTS:
		if (take_page(st, reply->u.access_points.next_start))
			return true;
		if (reply->u.access_points.next_start[0] == '\0')
			st->run->result.complete |= 1ull << FACT_ACCESS_POINT;
		return false;
	case ONVIF_STEP_DOOR_STATES:
		st->door_states++;
		return false;
	default:
		return false;
	}
}

static void
refused(struct onvif_state *st)
{
	const char *op = onvif_op_name(st->op);
	char pause[CLOCK_DURATION_SIZE];

	note_audit(st, st->web == NULL	     ? "no credential"
		       : st->login_confirmed ? "not permitted to this user"
					     : "login refused");
	if (st->verdict == ONVIF_CALL_LOCKED)
		onvif_note(st, REASON_LOCKED, "%s", st->words);
	else if (st->op == ONVIF_GET_SYSTEM_DATE_AND_TIME)
		snprintf(st->clock_note, sizeof(st->clock_note), "clock wants a login");
	else if (st->web == NULL && onvif_step_audit(st->step) != NULL)
		probe_trace(st->run, "%s wants a login", op);
	else if (st->web == NULL)
		onvif_note(st, REASON_NO_CREDENTIAL, "%s wants a login", op);
	else if (st->login_confirmed)
		probe_trace(st->run, "%s is not permitted to this user", op);
	else if (!st->was_held)
		onvif_note(st, REASON_AUTH, "login refused, next in %s: %.90s",
			   clock_format_duration(st->memory->hold_until_ms - st->run->result.at_ms,
						 pause, sizeof(pause)),
			   st->words);
}

/*
 * A device that asks no login for the rest may ask one for the audit. Whether it refuses the
 * password or the user's rights cannot be told then, and neither makes it ill: one try for a
 * credential.
 */
static bool
is_audit_refused(struct onvif_state *st)
{
	struct onvif_memory *memory = st->memory;

	if (onvif_step_audit(st->step) == NULL || st->login_confirmed || st->web == NULL ||
	    st->verdict == ONVIF_CALL_LOCKED)
		return false;
	if (st->way != ONVIF_LOGIN_NONE)
		memory->audit_refused = st->generation;
	return memory->audit_refused == st->generation;
}

void
onvif_call_done(struct onvif_state *st, const struct onvif_reply *reply)
{
	bool is_clock = st->step == ONVIF_STEP_CLOCK, again = false;
	/* HTTP Digest does not depend on the clock that is asked for; WS-Security does. */
	bool may_ask_again = !is_clock || st->digest_offered;

	switch (st->verdict) {
	case ONVIF_CALL_OK:
		onvif_login_accepted(st, st->op);
		note_audit(st, NULL);
		again = take_reply(st, reply);
		break;
	case ONVIF_CALL_NOT_AUTHORIZED:
	case ONVIF_CALL_LOCKED:
		if (is_audit_refused(st)) {
			note_audit(st, "login refused, or not permitted to this user");
			break;
		}
		if (!is_clock && st->way == ONVIF_LOGIN_NONE)
			st->memory->pre_auth_refused |= st->step < ONVIF_STEP_INFO;
		if (may_ask_again && onvif_login_again(st, st->run->result.at_ms)) {
			int rc = onvif_call(st, st->op, onvif_step_path(st), st->is_last);

			if (rc != 0)
				not_sent(st, rc);
			return;
		}
		refused(st);
		break;
	case ONVIF_CALL_NOT_SUPPORTED:
		note_audit(st, "not supported by the device");
		if (is_clock)
			snprintf(st->clock_note, sizeof(st->clock_note), "clock is not told");
		break;
	case ONVIF_CALL_NO_REPLY:
		if (is_clock && (st->reason == REASON_TIMEOUT || st->reason == REASON_RESET) &&
		    st->tries++ < st->run->target->settings->retries) {
			go_on(st);
			return;
		}
		if (is_clock) {
			give_up(st);
			return;
		}
		note_audit(st, reason_text(st->reason));
		if (onvif_step_audit(st->step) != NULL)
			break;
		onvif_note(st, st->reason, "%s: %.100s", onvif_op_name(st->op), st->words);
		conclude(st); /* the rest would be silent as well */
		return;
	case ONVIF_CALL_BAD:
		if (is_clock && st->reason != REASON_FAULT) {
			give_up(st);
			return;
		}
		note_audit(st, st->words);
		if (onvif_step_audit(st->step) != NULL)
			break;
		if (st->step != ONVIF_STEP_SERVICES) /* GetCapabilities may know */
			onvif_note(st, st->reason, "%s: %.100s", onvif_op_name(st->op), st->words);
		break;
	}
	if (st->step == ONVIF_STEP_DOOR_STATES)
		st->door++;
	else if (!again)
		next_step(st);
	go_on(st);
}

/* ---- the interface of probes */

static uint32_t
onvif_budget_ms(const struct probe_settings *settings)
{
	return settings->timeout_ms * (settings->retries + 1u + ONVIF_MORE_REQUESTS);
}

static bool
is_inventory_due(const struct onvif_state *st)
{
	const struct onvif_memory *memory = st->memory;
	uint64_t every_ms = (uint64_t)probe_option(st->run, OPT_ONVIF_INVENTORY);

	if (every_ms == 0)
		return false;
	if (!memory->has_inventory || (memory->hold_until_ms != 0 && st->may_login))
		return true;
	if (memory->problem != REASON_NONE && every_ms > INVENTORY_AGAIN_MS)
		every_ms = INVENTORY_AGAIN_MS;
	return clock_mono_ms() - memory->inventory_ms >= every_ms;
}

static const char *
missing(const struct probe_run *run, const struct onvif_memory *memory)
{
	if (run->env->http == NULL || run->env->onvif == NULL)
		return "ONVIF is not opened";
	if (memory == NULL)
		return "out of memory";
	return probe_lacks_pin(run, &onvif_tls_options);
}

static void
onvif_start(struct probe_run *run)
{
	struct onvif_state *st = (struct onvif_state *)run->state;
	struct onvif_memory *memory = onvif_memory_of(run->target);
	const char *lacks = missing(run, memory);
	const struct credential *credential =
		device_credential(run->target->fleet, run->target->device, USE_ONVIF);

	st->run = run;
	st->memory = memory;
	if (lacks == NULL && http_session_open(&st->session, run->env->http) != 0)
		lacks = "out of memory";
	if (lacks != NULL) {
		result_set(&run->result, OUTCOME_ERROR, REASON_LOCAL, "%s", lacks);
		probe_run_done(run);
		return;
	}
	if (credential != NULL && credential->onvif.is_set) {
		st->web = &credential->onvif;
		st->generation = credential->generation;
		run->result.login_use = USE_ONVIF;
		run->result.login_generation = st->generation;
	}
	st->deadline_ms = clock_mono_ms() + onvif_budget_ms(run->target->settings);
	onvif_login_begin(st, run->result.at_ms);
	st->was_held = onvif_login_is_held(memory, run->result.at_ms) && st->web != NULL;
	st->inventory = is_inventory_due(st);
	go_on(st);
}

static void
onvif_cancel(struct probe_run *run)
{
	release((struct onvif_state *)run->state);
}

const struct probe_ops probe_onvif_ops = {
	.id = PROBE_ONVIF,
	.state_size = sizeof(struct onvif_state),
	.start = onvif_start,
	.cancel = onvif_cancel,
	.budget_ms = onvif_budget_ms,
	.forget = onvif_memory_forget,
	.restore = onvif_memory_restore,
};
