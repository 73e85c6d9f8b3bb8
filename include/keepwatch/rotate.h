/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sets new passwords on devices, so that at every moment somebody knows each device's password: the
 * candidate is on disk before the device hears of it, and the former one until the candidate is
 * proven. Journals lie in DIR/.rotate, where DIR is the credential's password_dir:
 *   NAME.new NAME.old   candidate and former password, 0600
 *   NAME.journal        how far it got; no secrets
 *   .lock               flock: one rotation at a time in a folder
 * NAME is that of credential_password_name(). When the device has proven the candidate, NAME.new
 * becomes DIR/NAME in one step. At most two logins are refused per device and run.
 */
#ifndef KEEPWATCH_ROTATE_H
#define KEEPWATCH_ROTATE_H

#include "keepwatch/credential.h"
#include "keepwatch/ipaddr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whose interface sets the password. ONVIF: SetUser (Core 8.4.5); the others: vendor_user.h. */
#define ROTATE_BYS(X)     \
	X(AUTO, "auto")   \
	X(ONVIF, "onvif") \
	X(AXIS, "axis")   \
	X(HIKVISION, "hikvision")

enum rotate_by {
#define X(name, text) ROTATE_BY_##name,
	ROTATE_BYS(X)
#undef X
		ROTATE_BY_COUNT
};
const char *rotate_by_name(enum rotate_by by);
int rotate_by_parse(const char *text, enum rotate_by *out); /* ERR_NOTFOUND */

/* How far a journal got. From SENT on, the device may hold either password. */
#define ROTATE_STAGES(X)                                                        \
	X(PREPARED, "prepared") /* nothing that could change the device */      \
	X(SENT, "sent")		/* the candidate may have been sent */          \
	X(BACK, "back")		/* the former one may have been sent again */   \
	X(PROVED, "proved")	/* the candidate counts, the former does not */ \
	X(CLOSED, "closed")	/* the former one counts: nothing has changed */

enum rotate_stage {
#define X(name, text) ROTATE_##name,
	ROTATE_STAGES(X)
#undef X
		ROTATE_STAGE_COUNT
};
const char *rotate_stage_name(enum rotate_stage stage);

/* How it ended for a device. */
#define ROTATE_ENDS(X)                                                                     \
	X(SKIPPED, "skipped") /* not begun */                                              \
	X(READY, "ready")     /* a trial: it could be rotated */                           \
	X(ROTATED, "rotated")                                                              \
	X(UNCHANGED, "unchanged") /* the former password is proven or was never touched */ \
	X(IN_DOUBT, "in-doubt")	  /* the journal is left: both passwords are kept */

enum rotate_end {
#define X(name, text) ROTATE_END_##name,
	ROTATE_ENDS(X)
#undef X
		ROTATE_END_COUNT
};
const char *rotate_end_name(enum rotate_end end);

enum { ROTATE_WORDS_SIZE = 240, ROTATE_PIN_SIZE = 64 };

/* Where an interface of a device is. */
struct rotate_place {
	bool https;
	uint16_t port;
	const char *path;
	enum tls_trust trust;
	const char *pin; /* PIN; TOFU: the key remembered; NULL: none */
};

/* One device. All is borrowed until rotate_run returns. */
struct rotate_target {
	const char *name;
	const char *host; /* NULL: a bare address */
	struct ipaddr ip;
	enum rotate_by by;		  /* not AUTO: see rotate_find_by */
	const struct credential_web *web; /* the login to change; password_dir is set */
	struct rotate_place place;	  /* of ONVIF, or of the web server for the others */
	/*
	 * Another interface whose login reads the same file: HTTP besides ONVIF, or the other way
	 * round. Where it takes the former password before, it may not do so afterwards: then the
	 * device has changed one of two. path NULL: there is none.
	 */
	struct rotate_place other;
	const char *skip; /* why it cannot be rotated at all; NULL: it can */
};

struct rotate_options {
	bool apply;	     /* else a trial: login and account are looked at, nothing is written */
	bool resume;	     /* what journals have left, nothing new */
	bool again;	     /* also journals whose logins were refused before */
	unsigned parallel;   /* devices at a time, 1.. */
	uint32_t settle_ms;  /* a change may take so long to count */
	uint32_t timeout_ms; /* of one request */
	unsigned length;     /* of generated passwords, ROTATE_LENGTH_MIN.. */
	const struct secret *given; /* the new password; NULL: generated, one for each device */
	/* The new password of a device; NULL: as above. 0 or a code. Owned by the caller then. */
	int (*ask)(void *arg, const char *device, struct secret **out);
	const char *socket_path; /* the agent is told; NULL: it is not */
	const char *who;	 /* for the record; may be NULL */
	/* A stage of a device begins; for a person. */
	void (*tell)(void *arg, const char *device, const char *line);
	void *arg;
};

enum {
	ROTATE_LENGTH_MIN = 12,
	ROTATE_LENGTH_MAX = 64,
	ROTATE_LENGTH = 20,
	ROTATE_SETTLE_MS = 30000,
	ROTATE_TIMEOUT_MS = 10000,
	ROTATE_PARALLEL_MAX = 64,
	ROTATE_REFUSED_MAX = 2, /* logins, per device and run */
};

struct rotate_result {
	enum rotate_end end;
	char words[ROTATE_WORDS_SIZE]; /* why, for a person; never a secret */
	unsigned refused;	       /* logins in this run */
	bool was_told;		       /* the agent took it */
};

/*
 * Rotates the targets, or those of them that have a journal (resume). One that does not end well
 * stops the others from beginning; those that are under way end their steps. Fills a result for
 * each target. 0; ERR_BUSY: another rotation works in a folder (its path in why); ERR_NOMEM,
 * ERR_IO, ERR_PERM, then nothing was begun.
 */
int rotate_run(const struct rotate_target *targets, size_t count,
	       const struct rotate_options *options, struct rotate_result *results, char *why,
	       size_t why_size);

/*
 * Which interface has accounts: asks each without a login which one demands one. ONVIF is left
 * alone. AXIS, HIKVISION, or AUTO if it is neither. 0 or a code.
 */
int rotate_find_by(const struct rotate_target *target, uint32_t timeout_ms, enum rotate_by *out);

/* A journal that was left. Texts are owned by the list. */
struct rotate_left {
	char *file; /* the device's file name: NAME */
	char *device, *account;
	enum rotate_by by;
	enum rotate_stage stage;
	bool is_stuck;	  /* neither password was accepted */
	int64_t began_ms; /* wall clock */
};

struct rotate_left_list {
	struct rotate_left *items;
	size_t count, cap;
};

/* Of one folder; none if there is no .rotate in it. 0, ERR_PERM, ERR_IO, ERR_NOMEM. */
int rotate_list(const char *dir, struct rotate_left_list *out);
void rotate_left_list_fini(struct rotate_left_list *list);

/*
 * A password of that length from getrandom: letters of both cases, digits and -_.!, at least one of
 * each, the first one a letter, none that people confuse (0 O o, 1 I l). Cameras of all vendors
 * that we know of take these characters. ERR_RANGE, ERR_IO, ERR_NOMEM.
 */
int rotate_generate(unsigned length, struct secret **out);

#endif
