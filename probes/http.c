/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The HTTP probe: one GET of one path, healthy if the status is among those expected. It never logs
 * in: a device that asks for a login is alive, and cannot be locked by it.
 */
#include "keepwatch/err.h"
#include "keepwatch/http.h"
#include "keepwatch/probe_kinds.h"

#include "tls_facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct http_memory {
	char tls_key[TLS_KEY_SIZE]; /* trust: tofu, seen first */
};

struct http_state {
	struct http_exchange *exchange;
	unsigned tries;
};

static void send_request(struct probe_run *run);

/*
 * "200-399,401": whether it holds a status. A list that cannot be read holds none, and *is_valid
 * says so.
 */
static bool
status_matches(const char *list, int status, bool *is_valid)
{
	bool matches = false;

	*is_valid = false;
	for (;;) {
		char *end;
		long first = strtol(list, &end, 10), last = first;

		if (end == list)
			return false;
		if (*end == '-') {
			list = end + 1;
			last = strtol(list, &end, 10);
			if (end == list)
				return false;
		}
		end += strspn(end, " ");
		if (first < 100 || last > 999 || first > last || (*end != ',' && *end != '\0'))
			return false;
		matches |= status >= first && status <= last;
		if (*end == '\0')
			break;
		list = end + 1 + strspn(end + 1, " ");
	}
	*is_valid = true;
	return matches;
}

static void
conclude_failure(struct probe_run *run, const struct http_reply *reply)
{
	enum outcome outcome = OUTCOME_FAIL;

	if (reply->reason == REASON_LOCAL)
		outcome = OUTCOME_ERROR;
	else if (reply->reason == REASON_TLS_UNTRUSTED || reply->reason == REASON_TLS_PIN ||
		 reply->reason == REASON_BAD_REPLY)
		outcome = OUTCOME_DEGRADED; /* something answers there */
	result_set(&run->result, outcome, reply->reason, "%s%s%s", reply->error,
		   reply->reason == REASON_TLS_PIN ? ": " : "",
		   reply->reason == REASON_TLS_PIN ? reply->tls.key : "");
}

static void
conclude(struct probe_run *run, const struct http_reply *reply)
{
	struct http_memory *memory = run->target->memory;
	const char *list = probe_option_text(run, OPT_HTTP_STATUS);
	bool is_valid, matches = status_matches(list, reply->status, &is_valid);

	run->result.rtt_us = reply->connect_us != 0 ? reply->connect_us : reply->first_byte_us;
	fact_add(&run->result.facts, FACT_HTTP_SERVER, NULL, reply->server);
	if (probe_note_tls_key(run, OPT_HTTP_PORT, &reply->tls) && memory != NULL &&
	    memory->tls_key[0] == '\0')
		snprintf(memory->tls_key, sizeof(memory->tls_key), "%s", reply->tls.key);
	if (!is_valid)
		result_set(&run->result, OUTCOME_ERROR, REASON_LOCAL,
			   "status: \"%.60s\" is no list of statuses such as 200-399,401", list);
	else if (matches)
		result_set(&run->result, OUTCOME_OK, REASON_NONE,
			   "HTTP %d, first byte after %.1f ms", reply->status,
			   reply->first_byte_us / 1000.0);
	else
		result_set(&run->result, OUTCOME_DEGRADED, REASON_HTTP_STATUS,
			   "HTTP %d, expected %.80s", reply->status, list);
}

static void
on_reply(void *arg, const struct http_reply *reply)
{
	struct probe_run *run = arg;
	struct http_state *state = (struct http_state *)run->state;

	state->exchange = NULL;
	run->result.sent++;
	probe_trace(run, "GET %s: %s%d in %u us (connect %u, TLS %u, first byte %u)",
		    probe_option_text(run, OPT_HTTP_PATH),
		    reply->reason == REASON_NONE ? "HTTP " : reply->error, reply->status,
		    reply->total_us, reply->connect_us, reply->tls_us, reply->first_byte_us);
	if (reply->reason == REASON_NONE) {
		conclude(run, reply);
		probe_run_done(run);
		return;
	}
	run->result.lost++;
	if ((reply->reason == REASON_TIMEOUT || reply->reason == REASON_RESET) &&
	    state->tries++ < run->target->settings->retries) {
		send_request(run);
		return;
	}
	conclude_failure(run, reply);
	probe_run_done(run);
}

static void
send_request(struct probe_run *run)
{
	static const struct tls_options tls_options = {OPT_HTTP_SCHEME, OPT_HTTP_TRUST,
						       OPT_HTTP_PIN};
	struct http_state *state = (struct http_state *)run->state;
	const struct probe_target *target = run->target;
	const struct http_memory *memory = target->memory;
	struct http_request request = {0};
	int rc;

	request.host = target->device->ip.family == 0 ? target->device->address : NULL;
	request.ip = target->ip;
	request.port = (uint16_t)probe_option(run, OPT_HTTP_PORT);
	request.path = probe_option_text(run, OPT_HTTP_PATH);
	request.total_timeout_ms = target->settings->timeout_ms;
	request.last = true;
	probe_set_trust(run, &tls_options, memory != NULL ? memory->tls_key : NULL, &request);
	rc = http_send(run->env->http, &request, on_reply, run, &state->exchange);
	if (rc != 0) {
		result_set(&run->result, OUTCOME_ERROR, REASON_LOCAL, "not sent: %s%s",
			   err_text(rc), rc == ERR_INVAL ? " (path, or pin: sha256//BASE64)" : "");
		probe_run_done(run);
	}
}

static bool
keeps_key(const struct probe_target *target)
{
	return settings_option(target->settings, OPT_HTTP_SCHEME)->number == 1 &&
	       settings_option(target->settings, OPT_HTTP_TRUST)->number == TLS_TRUST_TOFU;
}

static void
http_start(struct probe_run *run)
{
	struct probe_target *target = run->target;

	if (keeps_key(target) && target->memory == NULL)
		target->memory = calloc(1, sizeof(struct http_memory));
	if (run->env->http == NULL || (keeps_key(target) && target->memory == NULL)) {
		result_set(&run->result, OUTCOME_ERROR, REASON_LOCAL,
			   run->env->http == NULL ? "HTTP is not opened" : "out of memory");
		probe_run_done(run);
		return;
	}
	send_request(run);
}

static void
http_abort(struct probe_run *run)
{
	struct http_state *state = (struct http_state *)run->state;

	http_cancel(state->exchange);
	state->exchange = NULL;
}

static void
http_forget(struct probe_target *target)
{
	free(target->memory);
	target->memory = NULL;
}

static void
http_restore(struct probe_target *target, const struct fact_list *facts)
{
	const char *key = probe_known_tls_key(target, OPT_HTTP_SCHEME, OPT_HTTP_PORT, facts);
	struct http_memory *memory;

	if (key == NULL || !keeps_key(target))
		return;
	if (target->memory == NULL)
		target->memory = calloc(1, sizeof(struct http_memory));
	memory = target->memory;
	if (memory != NULL)
		snprintf(memory->tls_key, sizeof(memory->tls_key), "%s", key);
}

const struct probe_ops probe_http_ops = {
	.id = PROBE_HTTP,
	.state_size = sizeof(struct http_state),
	.start = http_start,
	.cancel = http_abort,
	.forget = http_forget,
	.restore = http_restore,
};
