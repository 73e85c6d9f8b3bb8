/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The audit of default passwords: does a device still take the one with which it left the factory?
 * At most two logins on a device in 24 hours, written down before they are tried, and none where a
 * lockout shows. A password that is found is never said.
 */
#ifndef KEEPWATCH_ROTATE_DEFAULTS_H
#define KEEPWATCH_ROTATE_DEFAULTS_H

#include "keepwatch/rotate.h"

enum {
	DEFAULTS_TRIES_MAX = 2, /* on a device, in DEFAULTS_SPAN_MS */
	DEFAULTS_SPAN_MS = 24 * 3600 * 1000,
};

/* One device; all borrowed. */
struct defaults_target {
	const char *name;
	const char *host; /* NULL: a bare address */
	struct ipaddr ip;
	const char *vendor;	   /* as the fact has it; NULL: not known */
	struct rotate_place onvif; /* path NULL: not to be asked */
	struct rotate_place http;
	const struct credential_web *logins[2]; /* that are configured; NULL: none */
	const char *skip;			/* why it is left alone; NULL: it is not */
};

#define DEFAULTS_ENDS(X)                                         \
	X(SKIPPED, "skipped") /* not asked */                    \
	X(READY, "ready")     /* a trial: it would be asked */   \
	X(FOUND, "found")     /* it takes a default password */  \
	X(NONE, "none")	      /* it takes none that was tried */ \
	X(UNKNOWN, "unknown") /* it did not answer, or is locked */

enum defaults_end {
#define X(name, text) DEFAULTS_##name,
	DEFAULTS_ENDS(X)
#undef X
		DEFAULTS_END_COUNT
};
const char *defaults_end_name(enum defaults_end end);

struct defaults_options {
	const char *state_dir; /* made if need be, 0700: when which device was tried */
	bool apply;	       /* else a trial: nothing is sent */
	uint32_t timeout_ms;
	const char *socket_path; /* the agent is told; NULL: it is not */
	const char *who;
	int64_t now_ms; /* wall clock */
};

struct defaults_result {
	enum defaults_end end;
	enum rotate_by by; /* AUTO: a page of its web server */
	char account[64];  /* of the one that was found */
	char words[ROTATE_WORDS_SIZE];
	unsigned tries; /* in this run */
};

/* One device after the other. 0; ERR_PERM, ERR_IO: the state cannot be written; ERR_NOMEM. */
int defaults_run(const struct defaults_target *targets, size_t count,
		 const struct defaults_options *options, struct defaults_result *results);

/* The i-th default of a vendor; false if there is none. Static storage. */
struct defaults_row {
	const char *account, *password; /* not NUL-terminated */
	size_t account_len, password_len;
};
bool defaults_row_of(const char *vendor, size_t i, struct defaults_row *out);

#endif
