/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The probe `vendor`: what a device says of itself by its vendor's own interface, for the many
 * whose ONVIF is off or says less. One request at a time; an interface that is not there is no
 * fault, and a device that is silent is for other probes to tell.
 */
#include "vendor_impl.h"

#include "tls_facts.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"
#include "keepwatch/probe_kinds.h"

#include <stdio.h>
#include <string.h>

enum { SOURCES_MAX = 2, MORE_REQUESTS = 8 }; /* timeouts beyond those of the first request */

/* What to ask. `all`: each source tells a part; else the second is for where the first is not. */
static const struct {
	enum vendor_source sources[SOURCES_MAX];
	unsigned count;
	bool all;
} apis[VENDOR_API_COUNT] = {
	[VENDOR_API_AXIS] = {{VENDOR_AXIS_INFO, VENDOR_AXIS_PARAM}, 2, false},
	[VENDOR_API_HIKVISION] = {{VENDOR_HIKVISION_INFO}, 1, false},
	[VENDOR_API_DAHUA] = {{VENDOR_DAHUA_INFO, VENDOR_DAHUA_VERSION}, 2, true},
	[VENDOR_API_HANWHA] = {{VENDOR_HANWHA_INFO}, 1, false},
	[VENDOR_API_TWO_N] = {{VENDOR_TWO_N_INFO}, 1, false},
};

static void ask(struct vendor_state *st);

/* ---- the end */

static void
end_run(struct vendor_state *st, enum outcome outcome, enum reason reason, const char *words)
{
	struct probe_run *run = st->run;

	result_set(&run->result, outcome, reason, "%s", words);
	login_hold_note(&st->memory->hold, &run->result);
	http_session_close(st->session);
	st->session = NULL;
	probe_run_done(run);
}

static void
end_held(struct vendor_state *st, enum reason reason)
{
	const struct login_hold *hold = &st->memory->hold;
	char words[RESULT_DETAIL_SIZE], until[CLOCK_ISO_SIZE];

	snprintf(words, sizeof(words), "no login until %.19sZ, after %u refused%s",
		 clock_format_iso(hold->until_ms, until, sizeof(until)), hold->refusals,
		 hold->is_locked ? ", account locked" : "");
	end_run(st, OUTCOME_DEGRADED, reason, words);
}

/* All that made sense was asked. */
static void
conclude(struct vendor_state *st)
{
	const char *words = "";

	if (st->has_told)
		st->memory->api = st->api;
	else if (st->is_forbidden)
		words = "the vendor's interface is not permitted to this user";
	else if (st->wants_basic)
		words = "the vendor's interface wants Basic, which the credential does not allow";
	else
		words = "no vendor's interface found";
	end_run(st, OUTCOME_OK, REASON_NONE, words);
}

/* ---- what comes next */

/* The interface to begin with, or the next one that was not asked; COUNT: none is left. */
static enum vendor_api
choose_api(const struct vendor_state *st)
{
	int64_t option = probe_option(st->run, OPT_VENDOR_API);

	if (!st->is_auto)
		return st->tried == 0 ? (enum vendor_api)(option - 1) : VENDOR_API_COUNT;
	if (st->tried == 0 && st->memory->api != VENDOR_API_COUNT)
		return st->memory->api;
	for (int api = 0; api < VENDOR_API_COUNT; api++) {
		if (!(st->tried & 1u << api))
			return (enum vendor_api)api;
	}
	return VENDOR_API_COUNT;
}

static void
next_api(struct vendor_state *st)
{
	enum vendor_api api = st->has_told ? VENDOR_API_COUNT : choose_api(st);

	if (api == VENDOR_API_COUNT) {
		conclude(st);
		return;
	}
	st->api = api;
	st->source = 0;
	st->tried |= 1u << api;
	ask(st);
}

static void
next_source(struct vendor_state *st, bool has_told)
{
	st->has_told |= has_told;
	st->source++;
	if (st->source < apis[st->api].count && (apis[st->api].all ? st->has_told : !has_told))
		ask(st);
	else
		next_api(st);
}

/* ---- replies */

static void
note(struct vendor_state *st, enum vendor_source source, const struct vendor_reply *reply)
{
	struct fact_list *facts = &st->run->result.facts;
	const struct {
		enum fact_key key;
		const char *value;
	} items[] = {
		{FACT_MODEL, reply->model},
		{FACT_FIRMWARE, reply->firmware},
		{FACT_SERIAL, reply->serial},
		{FACT_HARDWARE, reply->hardware},
	};

	fact_add(facts, FACT_VENDOR, NULL, reply->vendor);
	for (size_t i = 0; i < MEM_COUNT(items); i++) {
		if (items[i].value[0] == '\0')
			continue;
		fact_add(facts, items[i].key, NULL, items[i].value);
		fact_add(facts, FACT_SOURCE, fact_name(items[i].key), vendor_source_text(source));
	}
}

/* A whole reply that is no refusal of the login: true if it is the interface's. */
static bool
read_body(struct vendor_state *st, enum vendor_source source, const struct http_reply *http)
{
	struct vendor_reply reply;
	bool has_told;

	if (http->status < 200 || http->status >= 300 ||
	    vendor_read_reply(source, http->body->data == NULL ? "" : http->body->data,
			      http->body->len, &reply) != 0)
		return false;
	has_told = reply.refusal == VENDOR_REFUSED_NONE;
	probe_trace(st->run, "%s: %s%s%s", vendor_source_text(source),
		    has_told ? "told" : vendor_refusal_text(reply.refusal),
		    reply.error[0] == '\0' ? "" : ": ", reply.error);
	if (has_told)
		note(st, source, &reply);
	vendor_reply_fini(&reply);
	return has_told;
}

static bool
says_locked(const struct http_reply *http)
{
	/* ISAPI tells of lockStatus with each refusal: "unlock", until it is "lock". */
	return http->body->len > 0 && (strstr(http->body->data, "<lockStatus>lock<") != NULL ||
				       strcasestr(http->body->data, "locked") != NULL);
}

static void
take_reply(struct vendor_state *st, enum vendor_source source, const struct http_reply *http)
{
	bool has_login = http->logins > 0;

	if (has_login && (http->status == 401 || (http->status == 403 && says_locked(http)))) {
		bool is_locked = says_locked(http);

		vendor_login_refused(st, st->run->result.at_ms, is_locked);
		end_held(st, is_locked ? REASON_LOCKED : REASON_AUTH);
		return;
	}
	if (http->status == 401)
		st->wants_basic |= http->basic_offered && !http->digest_offered;
	if (http->status == 403)
		st->is_forbidden |= has_login;
	if (!read_body(st, source, http)) {
		next_source(st, false);
		return;
	}
	/* It wanted a login, or there would have been none. */
	if (has_login)
		vendor_login_accepted(st);
	next_source(st, true);
}

static void
take_failure(struct vendor_state *st, const struct http_reply *http)
{
	enum outcome outcome = OUTCOME_FAIL;
	char words[RESULT_DETAIL_SIZE];

	st->run->result.lost++;
	if ((http->reason == REASON_TIMEOUT || http->reason == REASON_RESET) &&
	    st->tries++ < st->run->target->settings->retries) {
		ask(st);
		return;
	}
	if (st->has_told) { /* the first part is worth having */
		conclude(st);
		return;
	}
	if (http->reason == REASON_LOCAL)
		outcome = OUTCOME_ERROR;
	else if (http->reason == REASON_TLS_UNTRUSTED || http->reason == REASON_TLS_PIN ||
		 http->reason == REASON_BAD_REPLY)
		outcome = OUTCOME_DEGRADED; /* something answers there */
	if (http->reason == REASON_TLS_PIN)
		snprintf(words, sizeof(words), "%.60s: %s", http->error, http->tls.key);
	else
		snprintf(words, sizeof(words), "%s", http->error);
	end_run(st, outcome, http->reason, words);
}

static void
on_reply(void *arg, const struct http_reply *http)
{
	struct vendor_state *st = arg;
	struct probe_result *result = &st->run->result;
	enum vendor_source source = apis[st->api].sources[st->source];
	uint32_t rtt_us = http->connect_us != 0 ? http->connect_us : http->first_byte_us;

	result->sent++;
	if (http->status != 0 && rtt_us < result->rtt_us)
		result->rtt_us = rtt_us;
	probe_trace(st->run, "%s: %s%d in %u us%s", vendor_query(source)->path,
		    http->reason == REASON_NONE ? "HTTP " : http->error, http->status,
		    http->total_us, http->logins > 0 ? ", logged in" : "");
	if (http->reason != REASON_NONE) {
		take_failure(st, http);
		return;
	}
	if (probe_note_tls_key(st->run, OPT_VENDOR_PORT, &http->tls) &&
	    st->memory->tls_key[0] == '\0')
		snprintf(st->memory->tls_key, sizeof(st->memory->tls_key), "%s", http->tls.key);
	take_reply(st, source, http);
}

/* ---- requests */

static const struct tls_options tls_options = {OPT_VENDOR_SCHEME, OPT_VENDOR_TRUST, OPT_VENDOR_PIN};

static void
ask(struct vendor_state *st)
{
	const struct vendor_query *query = vendor_query(apis[st->api].sources[st->source]);
	const struct probe_target *target = st->run->target;
	struct http_request request = {0};
	uint64_t now_ms = clock_mono_ms();
	int rc;

	if (now_ms >= st->deadline_ms) {
		end_run(st, OUTCOME_FAIL, REASON_TIMEOUT, "too slow");
		return;
	}
	request.session = st->session;
	request.host = target->device->ip.family == 0 ? target->device->address : NULL;
	request.ip = target->ip;
	request.port = (uint16_t)probe_option(st->run, OPT_VENDOR_PORT);
	request.method = query->method;
	request.path = query->path;
	if (query->body != NULL) {
		request.content_type = "application/json";
		request.body = query->body;
		request.body_len = strlen(query->body);
	}
	request.max_body = VENDOR_BODY_MAX;
	request.total_timeout_ms = target->settings->timeout_ms;
	if (request.total_timeout_ms > st->deadline_ms - now_ms)
		request.total_timeout_ms = (uint32_t)(st->deadline_ms - now_ms);
	/* Nothing is sent of the login until the device asks for it. */
	request.auth = st->web->allow_basic ? HTTP_AUTH_DIGEST_OR_BASIC : HTTP_AUTH_DIGEST;
	request.username = st->web->username;
	request.password = st->web->password;
	probe_set_trust(st->run, &tls_options, st->memory->tls_key, &request);
	rc = http_send(st->run->env->http, &request, on_reply, st, NULL);
	if (rc != 0)
		end_run(st, OUTCOME_ERROR, REASON_LOCAL, err_text(rc));
}

/* ---- the interface of probes */

static uint32_t
vendor_budget_ms(const struct probe_settings *settings)
{
	return settings->timeout_ms * (settings->retries + 1u + MORE_REQUESTS);
}

static const char *
missing(const struct probe_run *run, const struct vendor_memory *memory)
{
	if (run->env->http == NULL)
		return "HTTP is not opened";
	if (memory == NULL)
		return "out of memory";
	return probe_lacks_pin(run, &tls_options);
}

static void
vendor_start(struct probe_run *run)
{
	struct vendor_state *st = (struct vendor_state *)(void *)run->state;
	const struct credential *credential =
		device_credential(run->target->fleet, run->target->device, USE_HTTP);
	const char *lacks;

	st->run = run;
	st->memory = vendor_memory_of(run->target);
	lacks = missing(run, st->memory);
	if (lacks == NULL && (credential == NULL || !credential->http.is_set)) {
		result_set(&run->result, OUTCOME_ERROR, REASON_NO_CREDENTIAL, "%s", "");
		probe_run_done(run);
		return;
	}
	if (lacks == NULL && http_session_open(&st->session, run->env->http) != 0)
		lacks = "out of memory";
	if (lacks != NULL) {
		result_set(&run->result, OUTCOME_ERROR, REASON_LOCAL, "%s", lacks);
		probe_run_done(run);
		return;
	}
	st->web = &credential->http;
	st->is_auto = probe_option(run, OPT_VENDOR_API) == 0;
	st->deadline_ms = clock_mono_ms() + vendor_budget_ms(run->target->settings);
	run->result.login_use = USE_HTTP;
	run->result.login_generation = credential->generation;
	if (vendor_login_begin(st, credential->generation, run->result.at_ms))
		next_api(st);
	else
		end_held(st, REASON_AUTH_HELD);
}

static void
vendor_cancel(struct probe_run *run)
{
	struct vendor_state *st = (struct vendor_state *)(void *)run->state;

	http_session_close(st->session);
	st->session = NULL;
}

const struct probe_ops probe_vendor_ops = {
	.id = PROBE_VENDOR,
	.state_size = sizeof(struct vendor_state),
	.start = vendor_start,
	.cancel = vendor_cancel,
	.budget_ms = vendor_budget_ms,
	.forget = vendor_memory_forget,
	.restore = vendor_memory_restore,
};
