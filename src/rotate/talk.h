/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a rotation asks of one interface of a device: whether it demands a login, whether it takes
 * one, and to set a password. One question at a time; the answer comes through `done`, later. Each
 * login is tried once: how often in all is decided in core.h.
 */
#ifndef ROTATE_TALK_H
#define ROTATE_TALK_H

#include "core.h"

#include "keepwatch/http.h"
#include "keepwatch/onvif_reply.h"
#include "keepwatch/vendor_user.h"

enum talk_way { TALK_NO_LOGIN, TALK_WSSE, TALK_DIGEST, TALK_BOTH, TALK_BASIC };

struct rotate_talk {
	/* by the owner */
	struct http_client *http;
	struct onvif_writer *writer; /* NULL unless by ONVIF */
	const struct rotate_target *target;
	struct rotate_place place;
	enum rotate_by by; /* AUTO: a plain page, for logins alone */
	const char *account;
	bool allow_basic;
	uint32_t timeout_ms;
	void (*done)(void *arg, enum rotate_answer answer, const char *words);
	void *arg;

	/* of the conversation */
	struct http_session *session;
	struct http_exchange *exchange;
	enum talk_way way, asked_by; /* that the device wants; that of the question under way */
	bool signs_zero;	     /* it refused Created by its own clock */
	bool has_offset;
	int64_t offset_ms;		  /* device minus us */
	char pin[ROTATE_PIN_SIZE];	  /* trust on first use, within the conversation */
	enum onvif_user_level level;	  /* of the account, by GetUsers */
	char user_id[16], user_level[80]; /* of the account, by Hikvision */
	bool lists_account;

	/* the question */
	enum { TALK_IDLE, TALK_CLOCK, TALK_HELLO, TALK_LOGIN, TALK_SET } what;
	const struct secret *with; /* logs in */
	const struct secret *set;  /* SET: the new one */
	bool has_retried;	   /* another way, once */
	char words[ROTATE_WORDS_SIZE];
};

/* 0, then done comes; or a code, then it does not. */
int rotate_talk_hello(struct rotate_talk *talk);
int rotate_talk_login(struct rotate_talk *talk, const struct secret *with);
/* After a login with the same secret. */
int rotate_talk_set(struct rotate_talk *talk, const struct secret *with, const struct secret *set);
/* Drops a question under way, and the conversation. */
void rotate_talk_close(struct rotate_talk *talk);

/* Between talk.c and what the interfaces differ in. */
int talk_onvif_send(struct rotate_talk *talk, enum onvif_op op);
int talk_vendor_send(struct rotate_talk *talk);
/* Sends; the body is borrowed until it returns. */
int talk_send(struct rotate_talk *talk, struct http_request *request);
void talk_onvif_reply(struct rotate_talk *talk, const struct http_reply *http);
void talk_vendor_reply(struct rotate_talk *talk, const struct http_reply *http);
/* Ends the question. */
void talk_done(struct rotate_talk *talk, enum rotate_answer answer, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
