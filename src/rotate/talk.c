/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The conversation with one interface: sessions, logins by HTTP, and what all interfaces share.
 */
#include "talk.h"

#include "keepwatch/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
talk_done(struct rotate_talk *talk, enum rotate_answer answer, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(talk->words, sizeof(talk->words), fmt, ap);
	va_end(ap);
	talk->what = TALK_IDLE;
	talk->done(talk->arg, answer, talk->words);
}

static void
on_reply(void *arg, const struct http_reply *http)
{
	struct rotate_talk *talk = arg;

	talk->exchange = NULL;
	if (talk->place.trust == TLS_TRUST_TOFU && http->reason == REASON_NONE &&
	    http->tls.key[0] != '\0' && talk->pin[0] == '\0')
		snprintf(talk->pin, sizeof(talk->pin), "%s", http->tls.key);
	if (http->reason == REASON_LOCAL) {
		talk_done(talk, talk->what == TALK_SET ? ANSWER_SILENCE : ANSWER_FAILED, "%s",
			  http->error);
		return;
	}
	if (http->reason != REASON_NONE) {
		talk_done(talk, ANSWER_SILENCE, "%s", http->error);
		return;
	}
	if (talk->by == ROTATE_BY_ONVIF)
		talk_onvif_reply(talk, http);
	else
		talk_vendor_reply(talk, http);
}

int
talk_send(struct rotate_talk *talk, struct http_request *request)
{
	static const enum http_auth auths[] = {
		[TALK_NO_LOGIN] = HTTP_AUTH_NONE, [TALK_WSSE] = HTTP_AUTH_NONE,
		[TALK_DIGEST] = HTTP_AUTH_DIGEST, [TALK_BOTH] = HTTP_AUTH_DIGEST,
		[TALK_BASIC] = HTTP_AUTH_BASIC,
	};

	request->session = talk->session;
	request->host = talk->target->host;
	request->ip = talk->target->ip;
	request->https = talk->place.https;
	request->port = talk->place.port;
	request->trust = talk->place.trust;
	request->pin = talk->pin[0] != '\0' ? talk->pin : talk->place.pin;
	request->total_timeout_ms = talk->timeout_ms;
	request->auth = auths[talk->asked_by];
	if (request->auth != HTTP_AUTH_NONE) {
		request->username = talk->account;
		request->password = talk->with;
	}
	/* What sets a password is sent once, and never again by itself. */
	request->fresh = talk->what == TALK_SET;
	/* A connection that is kept keeps the password it was made for. */
	request->last = talk->asked_by != TALK_NO_LOGIN;
	return http_send(talk->http, request, on_reply, talk, &talk->exchange);
}

/* A conversation anew: nothing of a former login is left in it. */
static int
begin(struct rotate_talk *talk)
{
	rotate_talk_close(talk);
	talk->has_retried = false;
	return http_session_open(&talk->session, talk->http);
}

int
rotate_talk_hello(struct rotate_talk *talk)
{
	int rc = begin(talk);

	talk->with = talk->set = NULL;
	talk->asked_by = TALK_NO_LOGIN;
	if (rc != 0)
		return rc;
	if (talk->by != ROTATE_BY_ONVIF) {
		talk->what = TALK_HELLO;
		return talk_vendor_send(talk);
	}
	talk->what = TALK_CLOCK;
	return talk_onvif_send(talk, ONVIF_GET_SYSTEM_DATE_AND_TIME);
}

int
rotate_talk_login(struct rotate_talk *talk, const struct secret *with)
{
	int rc = begin(talk);

	talk->with = with;
	talk->set = NULL;
	talk->asked_by = talk->way;
	talk->what = TALK_LOGIN;
	if (rc != 0)
		return rc;
	return talk->by == ROTATE_BY_ONVIF ? talk_onvif_send(talk, ONVIF_GET_USERS)
					   : talk_vendor_send(talk);
}

int
rotate_talk_set(struct rotate_talk *talk, const struct secret *with, const struct secret *set)
{
	int rc = 0;

	/* The conversation of the login knows its nonce: one request, no challenge. */
	if (talk->session == NULL || talk->with != with)
		rc = begin(talk);
	talk->has_retried = true;
	talk->with = with;
	talk->set = set;
	talk->asked_by = talk->way;
	talk->what = TALK_SET;
	if (rc != 0)
		return rc;
	return talk->by == ROTATE_BY_ONVIF ? talk_onvif_send(talk, ONVIF_SET_USER)
					   : talk_vendor_send(talk);
}

void
rotate_talk_close(struct rotate_talk *talk)
{
	http_session_close(talk->session);
	talk->session = NULL;
	talk->exchange = NULL;
}
