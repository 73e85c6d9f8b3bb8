/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the ONVIF probe share: onvif.c (the run), onvif_step.c (which steps a device is
 * asked), onvif_call.c (one
 * request and what its reply means), onvif_login.c (which login, when, and when not), onvif_facts.c
 * (replies as facts), onvif_memory.c (what is kept of a device between runs).
 */
#ifndef KEEPWATCH_PROBES_ONVIF_IMPL_H
#define KEEPWATCH_PROBES_ONVIF_IMPL_H

#include "tls_facts.h"

#include "keepwatch/http.h"
#include "keepwatch/onvif_reply.h"
#include "keepwatch/probe.h"

enum {
	ONVIF_PAGE_LIMIT = 50,	  /* members of one reply to Get...InfoList */
	ONVIF_PAGES_MAX = 40,	  /* a device that never ends its list is cut off */
	ONVIF_DOORS_MAX = 256,	  /* states asked for in one run */
	ONVIF_MORE_REQUESTS = 10, /* timeouts that a run may take beyond those of its first one */
	ONVIF_PATH_SIZE = 256,
};

/* Ways to log in; the texts are the values of FACT_AUTH_SCHEME. */
#define ONVIF_LOGINS(X)                                                     \
	X(UNKNOWN, "unknown")                                               \
	X(NONE, "none")	    /* the device asks for none */                  \
	X(WSSE, "wsse")	    /* WS-Security UsernameToken, PasswordDigest */ \
	X(DIGEST, "digest") /* HTTP Digest */                               \
	X(BOTH, "digest+wsse")                                              \
	X(BASIC, "basic") /* HTTP Basic, only if the credential allows it */

enum onvif_login {
#define X(name, text) ONVIF_LOGIN_##name,
	ONVIF_LOGINS(X)
#undef X
		ONVIF_LOGIN_COUNT
};

struct onvif_door_memory {
	char *token, *name;
};

/* Of a device, between runs (target->memory). */
struct onvif_memory {
	enum onvif_login login;
	bool sign_with_our_clock; /* the device refused Created by its own clock */
	bool pre_auth_refused;	  /* even GetServices wants a login */
	bool locked;
	/* Of the credential that an open device refused to a step of the audit: a wrong password,
	 * or a user who may not. It is not tried there again. */
	uint64_t audit_refused;
	unsigned refusals;     /* runs in a row that ended in a refused login */
	int64_t hold_until_ms; /* wall clock; 0: not held */
	uint64_t generation;   /* of the credential that the above belong to; 0: none yet */
	char *tls_key;	       /* trust: tofu, seen first */
	char *media_path, *door_path, *access_path; /* NULL: the device has no such service */
	struct onvif_door_memory *doors;
	size_t door_count;
	bool doors_are_all; /* the list above is complete */
	bool has_inventory;
	uint64_t inventory_ms; /* monotonic, of the last try */
	/* What was wrong at the last inventory stays wrong until the next one. */
	enum reason problem;
	char problem_text[RESULT_DETAIL_SIZE];
};

enum onvif_step {
	ONVIF_STEP_CLOCK,
	ONVIF_STEP_SERVICES,
	ONVIF_STEP_CAPABILITIES,
	ONVIF_STEP_INFO,
	ONVIF_STEP_HOSTNAME,
	ONVIF_STEP_INTERFACES,
	ONVIF_STEP_PROFILES,
	ONVIF_STEP_USERS,
	ONVIF_STEP_DISCOVERY_MODE,
	ONVIF_STEP_NTP,
	ONVIF_STEP_DOORS,
	ONVIF_STEP_ACCESS_POINTS,
	ONVIF_STEP_DOOR_STATES,
	ONVIF_STEP_END,
};

/* What a call came to. */
enum onvif_verdict {
	ONVIF_CALL_OK,
	ONVIF_CALL_NO_REPLY, /* by `reason`: no HTTP reply, or none of ours could be sent */
	ONVIF_CALL_NOT_AUTHORIZED,
	ONVIF_CALL_LOCKED,
	ONVIF_CALL_NOT_SUPPORTED, /* the operation is not there: no failure */
	ONVIF_CALL_BAD,		  /* by `reason`: HTTP_STATUS, FAULT, BAD_REPLY, NOT_SERVED */
};

/* Of a run (run->state). */
struct onvif_state {
	struct probe_run *run;
	struct onvif_memory *memory;	  /* of the target */
	const struct credential_web *web; /* NULL: no credential */
	uint64_t generation;
	struct http_session *session;
	enum onvif_step step;
	unsigned tries;	  /* of the first step, on silence */
	unsigned page;	  /* of a list */
	size_t door;	  /* whose state is asked for */
	char *next_start; /* of a list */
	bool inventory;	  /* is read in this run */
	bool was_held;	  /* at its start */
	bool has_services;
	size_t door_states; /* read in this run */
	bool has_offset;
	int64_t offset_ms; /* device minus monitor */
	char clock_note[96];
	uint64_t deadline_ms;

	/* login */
	bool may_login;
	bool login_confirmed;  /* one was accepted in this run: a refusal is about a right */
	bool sign_offset_zero; /* in this run */
	unsigned refused;      /* logins, in this run */
	enum onvif_login way;  /* of the call */

	/* the call */
	enum onvif_op op;
	const char *path;
	bool is_last;
	int64_t middle_ms; /* wall clock at the middle of the round trip */
	enum onvif_verdict verdict;
	enum reason reason;
	char words[RESULT_DETAIL_SIZE];
	bool digest_offered, basic_offered;
	bool has_http_login; /* the request that was answered carried one */
	bool is_clock_fault;

	/* the first thing that was wrong */
	enum reason problem;
	char problem_text[RESULT_DETAIL_SIZE];
};

/* onvif.c */
/* Goes on after a call; st->verdict and what belongs to it are set, reply is borrowed and is only
 * meaningful with ONVIF_CALL_OK. */
void onvif_call_done(struct onvif_state *st, const struct onvif_reply *reply);
/* Notes what is wrong; the first note counts. */
void onvif_note(struct onvif_state *st, enum reason reason, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* onvif_step.c */
enum onvif_op onvif_step_op(enum onvif_step step);
/* NULL: the step is not for this device or this run. */
const char *onvif_step_path(const struct onvif_state *st);
/* Only where it is certain: otherwise the connection is kept for a while. */
bool onvif_step_is_last(const struct onvif_state *st);
/* The part of the audit that it serves (instance of FACT_AUDITED), or NULL. What the device does
 * not tell of it is no fault of the device. */
const char *onvif_step_audit(enum onvif_step step);

/* onvif_call.c */
extern const struct tls_options onvif_tls_options;
/* Sends an operation, logged in by st->way; onvif_call_done comes later. 0 or a code: then nothing
 * will come. */
int onvif_call(struct onvif_state *st, enum onvif_op op, const char *path, bool is_last);

/* onvif_login.c */
const char *onvif_login_name(enum onvif_login login);
enum onvif_login onvif_login_from_name(const char *name);
/* Whether this run may log in at all. now_ms: wall clock. */
void onvif_login_begin(struct onvif_state *st, int64_t now_ms);
/* How a call of the operation begins. False: it cannot be asked (held, no credential). */
bool onvif_login_first(struct onvif_state *st, enum onvif_op op);
/* After NOT_AUTHORIZED or LOCKED: true if the call is to be sent again by st->way. */
bool onvif_login_again(struct onvif_state *st, int64_t now_ms);
/* After an answer by st->way that was not a refusal; what it proves goes to the result. */
void onvif_login_accepted(struct onvif_state *st, enum onvif_op op);
bool onvif_login_is_held(const struct onvif_memory *memory, int64_t now_ms);

/* onvif_facts.c */
void onvif_note_clock(struct onvif_state *st, const struct onvif_time *time, int64_t middle_ms);
void onvif_note_reply(struct onvif_state *st, const struct onvif_reply *reply);
/* What holds for the run as a whole: login, hold. */
void onvif_note_login(struct onvif_state *st);

/* onvif_memory.c */
/* The target's memory, made if there is none; NULL when out of memory. */
struct onvif_memory *onvif_memory_of(struct probe_target *target);
void onvif_memory_forget(struct probe_target *target);
void onvif_memory_restore(struct probe_target *target, const struct fact_list *facts);
void onvif_memory_drop_doors(struct onvif_memory *memory);
/* False when out of memory. */
bool onvif_memory_add_door(struct onvif_memory *memory, const char *token, const char *name);
bool onvif_memory_set(char **slot, const char *text);

#endif
