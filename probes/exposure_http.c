/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * HTTP at the open ports that should speak it: content or a redirect to HTTPS, and the schemes of
 * authentication that any reply there offers. Nobody logs in, and no peer is trusted with anything.
 */
#include "exposure_impl.h"

#include "keepwatch/err.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
	BODY_MAX = 64 * 1024,
	/* libcurl and its OpenSSL speak no others. */
	TLS_SPOKEN = 1 << TLS_SCAN_1_3 | 1 << TLS_SCAN_1_2,
};

static void next_web(struct exposure *x);

bool
exposure_http_ask(struct exposure *x, struct http_request *request, const char *path,
		  void (*done)(void *arg, const struct http_reply *reply))
{
	const struct probe_target *target = x->run->target;

	request->https = x->web->https;
	request->host = target->device->ip.family == 0 ? target->device->address : NULL;
	request->ip = target->ip;
	request->port = x->web->port->item.port;
	request->path = path;
	request->max_body = BODY_MAX;
	request->total_timeout_ms = target->settings->timeout_ms;
	request->last = true;
	/* Nothing secret is sent, so that any key will do; which one it is, the TLS part tells. */
	request->trust = TLS_TRUST_TOFU;
	return http_send(x->run->env->http, request, done, x, &x->exchange) == 0;
}

/* A redirect to where TLS is, on whatever port (RFC 9110 section 10.2.2). */
static bool
is_to_https(const struct http_reply *reply)
{
	return reply->status >= 300 && reply->status < 400 &&
	       strncasecmp(reply->location, "https://", 8) == 0;
}

bool
exposure_note_web(struct exposure *x, const struct http_reply *reply)
{
	struct exposure_web *web = x->web;

	if (reply->status == 0)
		return false;
	web->is_http = true;
	web->basic |= reply->basic_offered;
	web->digest |= reply->digest_offered;
	if (is_to_https(reply))
		web->is_redirect = true;
	else
		web->is_content = true;
	if (web->server[0] == '\0')
		snprintf(web->server, sizeof(web->server), "%s", reply->server);
	return true;
}

static const char *
schemes_of(bool basic, bool digest)
{
	return basic && digest ? "basic digest" : basic ? "basic" : digest ? "digest" : "none";
}

/* All that was asked counts. Where something could not be asked, what was not seen proves nothing.
 */
void
exposure_tell_webs(struct exposure *x)
{
	/* Schemes are found on many pages: of those not seen this time the last time counts. */
	bool is_whole = x->part > EXPOSURE_ANONYMOUS && !x->is_cut[EXPOSURE_ANONYMOUS];
	struct probe_target *target = x->run->target;
	char where[EXPOSURE_WHERE_SIZE];

	for (size_t i = 0; i < x->web_count; i++) {
		struct exposure_web *web = &x->webs[i];
		const char *schemes;

		if (!web->is_http)
			continue;
		exposure_where(web, where);
		web->basic |= !is_whole && exposure_has_offered(target, where, "basic");
		web->digest |= !is_whole && exposure_has_offered(target, where, "digest");
		schemes = schemes_of(web->basic, web->digest);
		if (web->is_redirect && !web->is_content)
			schemes = "redirect to https";
		fact_add(exposure_facts(x), FACT_HTTP_AUTH, where, schemes);
		exposure_remember(target, where, schemes);
	}
	for (size_t i = 0; i < x->port_count; i++) {
		const struct exposure_port *port = &x->ports[i];

		if (!port->is_rtsp)
			continue;
		snprintf(where, sizeof(where), "rtsp:%u", port->item.port);
		fact_add(exposure_facts(x), FACT_HTTP_AUTH, where,
			 schemes_of(port->basic, port->digest));
	}
	x->is_cut[EXPOSURE_HTTP] |= !is_whole;
}

static void
on_reply(void *arg, const struct http_reply *reply)
{
	struct exposure *x = arg;
	char where[EXPOSURE_WHERE_SIZE];

	x->exchange = NULL;
	/* Silence is no answer; anything else that is not HTTP is one. */
	if (!exposure_note_web(x, reply))
		x->is_cut[EXPOSURE_HTTP] |= reply->reason == REASON_TIMEOUT ||
					    reply->reason == REASON_LOCAL ||
					    reply->reason == REASON_RESET;
	probe_trace(x->run, "exposure: GET / at %s: %s%d%s%s", exposure_where(x->web, where),
		    reply->status == 0 ? reply->error : "HTTP ", reply->status,
		    reply->location[0] != '\0' ? ", to " : "", reply->location);
	x->at++;
	exposure_pause(x, next_web);
}

static void
next_web(struct exposure *x)
{
	struct http_request request = {0};

	if (x->at == x->web_count) {
		exposure_part_done(x, x->web_count > 0
					      ? NULL
					      : exposure_why_none(x, "no port of HTTP is known"));
		return;
	}
	x->web = &x->webs[x->at];
	if (exposure_http_ask(x, &request, "/", on_reply))
		return;
	x->is_cut[EXPOSURE_HTTP] = true;
	exposure_part_done(x, "the monitoring host could not ask");
}

static void
list_webs(struct exposure *x)
{
	for (size_t i = 0; i < x->port_count; i++) {
		const struct exposure_port *port = &x->ports[i];
		bool https = port->item.service->speaks == PORT_SPEAKS_HTTPS;

		if (port->state != EXPOSURE_PORT_OPEN || x->web_count == EXPOSURE_WEB_MAX ||
		    (!https && port->item.service->speaks != PORT_SPEAKS_HTTP) ||
		    (https && (port->tls & TLS_SPOKEN) == 0))
			continue;
		x->webs[x->web_count++] = (struct exposure_web){.port = port, .https = https};
	}
}

void
exposure_http(struct exposure *x)
{
	x->is_cut[EXPOSURE_HTTP] = !exposure_ports_are_known(x);
	if (!x->has_answered) {
		exposure_part_done(x, "no port answered");
		return;
	}
	list_webs(x);
	next_web(x);
}
