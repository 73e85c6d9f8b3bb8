/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The decisions of a rotation, PURE: what to do next with one device, from its journal and from
 * what came of the steps before. Does no I/O, reads no clock; whoever drives it does each step to
 * its end, and may die between any two of them.
 */
#ifndef ROTATE_CORE_H
#define ROTATE_CORE_H

#include "keepwatch/rotate.h"

enum {
	/* Logins without a known good end, over all runs: most devices lock at five. */
	ROTATE_TRIES_MAX = 4,
};

/* What is kept on disk, beside the secrets. */
struct rotate_journal {
	enum rotate_stage stage;
	enum rotate_by by;
	unsigned tries_old, tries_new; /* logins since the last accepted one that may be refused */
	bool is_stuck;		       /* neither was accepted */
	bool has_other;		       /* the other interface took the former password */
	int64_t began_ms;
	char account[257];
	char device[129];
};

/* What to do. TRY and SEND ask the device; all others are local, or ask without a login. */
#define ROTATE_STEPS(X)                                                                 \
	X(SAVE, "the new password is written") /* both secrets, then the journal */     \
	X(RECORD, "journal")		       /* the journal as it is now */           \
	X(HELLO, "asked without a login")                                               \
	X(TRY_OLD, "login with the present password")                                   \
	X(TRY_NEW, "login with the new password")                                       \
	X(TRY_OTHER, "login over HTTP with the former password")                        \
	X(SEND, "the new password is set")                                              \
	X(SEND_BACK, "the former password is set again")                                \
	X(WAIT, "waits")                                                                \
	X(COMMIT, "the new password is put in place") /* rename; may be done already */ \
	X(TELL, "the agent is told")                                                    \
	X(CLEAN, "the former password is removed") /* and the journal */                \
	X(DISCARD, "the new password is removed")  /* and the journal */                \
	X(END, "ends")

enum rotate_step {
#define X(name, text) STEP_##name,
	ROTATE_STEPS(X)
#undef X
		STEP_COUNT
};

/* What came of it. */
enum rotate_answer {
	ANSWER_YES,	    /* done; login accepted; HELLO: it demands a login */
	ANSWER_NO,	    /* the login was refused */
	ANSWER_LOCKED,	    /* the account is locked */
	ANSWER_RULES,	    /* SEND: the device says that it did not do it */
	ANSWER_NO_ACCOUNT,  /* login accepted, but it does not list the account */
	ANSWER_OPEN,	    /* HELLO: it answers without a login: nothing could be proven */
	ANSWER_UNSUPPORTED, /* the interface is not there */
	ANSWER_SILENCE,	    /* no answer, or none that says anything */
	ANSWER_FAILED,	    /* a local failure */
};

enum rotate_verdict { VERDICT_NONE, VERDICT_ACCEPTED, VERDICT_REFUSED, VERDICT_DOUBT };

struct rotate_core {
	struct rotate_journal journal;
	bool is_trial, may_again;
	uint32_t settle_ms;

	/* of this run */
	enum rotate_step step;	  /* that is due */
	enum rotate_step after;	  /* HELLO, WAIT and RECORD: what follows */
	bool is_armed;		  /* the login that is due stands in the journal */
	bool is_first;		  /* nothing has been sent in this run or before */
	enum rotate_verdict sent; /* what came of the last SEND of this run */
	unsigned sends, backs;
	bool old_dead, new_dead, new_works;
	unsigned refused, waits;
	uint64_t deadline_ms;
	enum rotate_end end;
	char words[ROTATE_WORDS_SIZE];
};

/* left: the journal of a former run, NULL: a fresh one with by, account and device of `fresh`. */
void rotate_core_init(struct rotate_core *core, const struct rotate_journal *left,
		      const struct rotate_journal *fresh, const struct rotate_options *options,
		      uint64_t now_ms);
/* The step that is due; wait_ms is set for WAIT. The same until rotate_core_answer. */
enum rotate_step rotate_core_step(struct rotate_core *core, uint64_t now_ms, uint32_t *wait_ms);
/* words: what the device or the system said, "" if nothing. */
void rotate_core_answer(struct rotate_core *core, enum rotate_answer answer, const char *words,
			uint64_t now_ms);
const char *rotate_step_text(enum rotate_step step);

#endif
