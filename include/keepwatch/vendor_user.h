/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Accounts by vendors' own interfaces: which there are, and setting the password of one. Axis:
 * VAPIX pwdgrp.cgi; Hikvision: ISAPI Security/users. Pure; the HTTP authentication is the caller's.
 * A password stands in a body alone, never in a URL, which proxies and devices log.
 */
#ifndef KEEPWATCH_VENDOR_USER_H
#define KEEPWATCH_VENDOR_USER_H

#include "keepwatch/buf.h"
#include "keepwatch/mem.h"

#include <stdbool.h>
#include <stddef.h>

enum vendor_user_api { VENDOR_USER_AXIS, VENDOR_USER_HIKVISION, VENDOR_USER_API_COUNT };

enum {
	VENDOR_USER_NAME_MAX = 64,   /* bytes; Axis takes 14 to 55, Hikvision 32 */
	VENDOR_USER_BODY_MAX = 8192, /* of a request */
	VENDOR_USER_LIST_MAX = 256,
};

struct vendor_user_request {
	const char *method;
	char path[96];
	const char *content_type; /* NULL without a body */
	struct buf body;	  /* empty for the list; memory for all of it from the start */
};

struct vendor_user_set {
	const char *id;		    /* Hikvision: of the list; Axis: ignored */
	const char *name;	    /* account */
	const char *level;	    /* Hikvision: userLevel of the list; Axis: ignored */
	const char *password;	    /* secret_text() */
	const char *login_password; /* Hikvision: of the one who asks; newer firmware wants it */
};

/* To be given to vendor_user_request_fini in any case, which wipes. */
void vendor_user_list_request(enum vendor_user_api api, struct vendor_user_request *out);
/* ERR_NOMEM; ERR_INVAL: a name, id or password that cannot be sent; ERR_TOOBIG. */
int vendor_user_set_request(enum vendor_user_api api, const struct vendor_user_set *set,
			    struct vendor_user_request *out);
void vendor_user_request_fini(struct vendor_user_request *request);

#define VENDOR_USER_ANSWERS(X)                                                  \
	X(UNREADABLE, "reply is not that of the account interface")             \
	X(OK, "")                                                               \
	X(RULES, "password refused by the device's rules")                      \
	X(NO_ACCOUNT, "no such account")                                        \
	X(DENIED, "not permitted with this account") /* right, but too small */ \
	X(FAILED, "refused by the device")

enum vendor_user_answer {
#define X(name, text) VENDOR_USER_##name,
	VENDOR_USER_ANSWERS(X)
#undef X
		VENDOR_USER_ANSWER_COUNT
};
const char *vendor_user_answer_text(enum vendor_user_answer answer);

/* Texts as in onvif_reply.h: never NULL, owned by the reply. */
struct vendor_user {
	const char *id; /* Hikvision; "" for Axis */
	const char *name;
	const char *level; /* "Administrator"; Axis: "admin", "operator" or "viewer", the highest */
};

struct vendor_user_reply {
	enum vendor_user_answer answer;
	const char *words; /* what the device said, if it was not OK; "" if nothing */
	bool reboot;	   /* it must reboot before the change counts (ISAPI statusCode 7) */
	struct vendor_user *items;
	size_t count;
	struct mem_arena arena;
};

/* 0, then out is to be given to vendor_user_reply_fini, or ERR_NOMEM. */
int vendor_user_read_list(enum vendor_user_api api, const void *body, size_t len,
			  struct vendor_user_reply *out);
int vendor_user_read_set(enum vendor_user_api api, const void *body, size_t len,
			 struct vendor_user_reply *out);
void vendor_user_reply_fini(struct vendor_user_reply *reply);

#endif
