/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * By vendors' account interfaces, and plain pages that want a login. All speak HTTP Digest, or
 * Basic where the credential allows it.
 */
#include "talk.h"

#include "keepwatch/err.h"

#include <stdio.h>
#include <string.h>

static enum vendor_user_api
api_of(const struct rotate_talk *talk)
{
	return talk->by == ROTATE_BY_HIKVISION ? VENDOR_USER_HIKVISION : VENDOR_USER_AXIS;
}

int
talk_vendor_send(struct rotate_talk *talk)
{
	struct vendor_user_request request;
	struct http_request http = {0};
	int rc = 0;

	vendor_user_list_request(api_of(talk), &request);
	if (talk->what == TALK_SET) {
		struct vendor_user_set set = {
			.id = talk->user_id,
			.name = talk->account,
			.level = talk->user_level,
			.password = secret_text(talk->set),
			.login_password = secret_text(talk->with),
		};

		rc = vendor_user_set_request(api_of(talk), &set, &request);
	}
	http.method = request.method;
	http.path = talk->by == ROTATE_BY_AUTO ? talk->place.path : request.path;
	http.content_type = request.content_type;
	http.body = request.body.data;
	http.body_len = request.body.len;
	if (rc == 0)
		rc = talk_send(talk, &http);
	vendor_user_request_fini(&request);
	return rc;
}

static void
on_hello(struct rotate_talk *talk, const struct http_reply *http)
{
	if (http->status == 401) {
		if (http->digest_offered)
			talk->way = TALK_DIGEST;
		else if (http->basic_offered && talk->allow_basic)
			talk->way = TALK_BASIC;
		else {
			talk_done(talk, ANSWER_UNSUPPORTED, "%s",
				  http->basic_offered
					  ? "it offers HTTP Basic only, and the credential does "
					    "not allow it"
					  : "it offers no login that is known");
			return;
		}
		talk_done(talk, ANSWER_YES, "%s", "");
	} else if (http->status == 200) {
		talk_done(talk, ANSWER_OPEN, "accounts without a login");
	} else if (http->status == 404 || http->status == 405 || http->status == 501) {
		talk_done(talk, ANSWER_UNSUPPORTED, "HTTP %d", http->status);
	} else {
		talk_done(talk, ANSWER_SILENCE, "HTTP %d", http->status);
	}
}

static void
note_account(struct rotate_talk *talk, const struct vendor_user_reply *reply)
{
	talk->lists_account = false;
	for (size_t i = 0; i < reply->count; i++) {
		if (strcmp(reply->items[i].name, talk->account) != 0)
			continue;
		talk->lists_account = true;
		snprintf(talk->user_id, sizeof(talk->user_id), "%.15s", reply->items[i].id);
		snprintf(talk->user_level, sizeof(talk->user_level), "%.79s",
			 reply->items[i].level);
	}
}

/* ISAPI tells it in the body of a 401 (userCheck). */
static bool
says_locked(const struct http_reply *http)
{
	return http->body->data != NULL && strstr(http->body->data, "<lockStatus>lock<") != NULL;
}

static void
on_login(struct rotate_talk *talk, const struct http_reply *http,
	 const struct vendor_user_reply *reply)
{
	if (http->status == 401)
		talk_done(talk, says_locked(http) ? ANSWER_LOCKED : ANSWER_NO, "HTTP 401");
	else if (talk->by == ROTATE_BY_AUTO)
		talk_done(talk,
			  http->status >= 500 ? ANSWER_SILENCE
			  : http->logins == 0 ? ANSWER_UNSUPPORTED
					      : ANSWER_YES,
			  "HTTP %d", http->status);
	else if (reply->answer == VENDOR_USER_OK) {
		note_account(talk, reply);
		talk_done(talk, talk->lists_account ? ANSWER_YES : ANSWER_NO_ACCOUNT, "%s", "");
	} else if (http->status == 403 || reply->answer == VENDOR_USER_DENIED)
		talk_done(talk, ANSWER_UNSUPPORTED, "the account may not: %s", reply->words);
	else
		talk_done(talk, ANSWER_SILENCE, "HTTP %d: %s", http->status,
			  vendor_user_answer_text(reply->answer));
}

static void
on_set(struct rotate_talk *talk, const struct http_reply *http,
       const struct vendor_user_reply *reply)
{
	const char *meaning = vendor_user_answer_text(reply->answer);

	if (http->status == 401)
		talk_done(talk, says_locked(http) ? ANSWER_LOCKED : ANSWER_NO, "HTTP 401");
	else if (reply->answer == VENDOR_USER_OK)
		talk_done(talk, ANSWER_YES, "%s", "");
	else if (reply->answer == VENDOR_USER_UNREADABLE)
		talk_done(talk, ANSWER_SILENCE, "HTTP %d: %s", http->status, meaning);
	else
		talk_done(talk, ANSWER_RULES, "%s: %s", meaning, reply->words);
}

void
talk_vendor_reply(struct rotate_talk *talk, const struct http_reply *http)
{
	const char *body = http->body->data != NULL ? http->body->data : "";
	struct vendor_user_reply reply;
	int rc;

	if (talk->what == TALK_HELLO) {
		on_hello(talk, http);
		return;
	}
	rc = talk->what == TALK_SET
		     ? vendor_user_read_set(api_of(talk), body, http->body->len, &reply)
		     : vendor_user_read_list(api_of(talk), body, http->body->len, &reply);
	if (rc != 0) {
		talk_done(talk, talk->what == TALK_SET ? ANSWER_SILENCE : ANSWER_FAILED, "%s",
			  err_text(rc));
		return;
	}
	if (talk->what == TALK_SET)
		on_set(talk, http, &reply);
	else
		on_login(talk, http, &reply);
	vendor_user_reply_fini(&reply);
}
