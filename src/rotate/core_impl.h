/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the decisions share: core.c (begin, steps), core_go.c (where it goes) and
 * core_after.c (what follows from an answer).
 */
#ifndef ROTATE_CORE_IMPL_H
#define ROTATE_CORE_IMPL_H

#include "core.h"

/* core_go.c */
void core_say(struct rotate_core *core, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void core_go(struct rotate_core *core, enum rotate_step step);
/* Writes the journal, then does that. */
void core_record_then(struct rotate_core *core, enum rotate_step step);
/* Asks without a login, then does that. */
void core_hello_then(struct rotate_core *core, enum rotate_step step);
void core_finish(struct rotate_core *core, enum rotate_end end);
/* The former password counts, or the device never heard of another. */
void core_discard(struct rotate_core *core);
/* Both are kept. */
void core_keep(struct rotate_core *core, const char *words);
/* Waits and asks without a login until the device answers, then tries `step`; keeps both when that
 * takes too long. */
void core_wait_for(struct rotate_core *core, enum rotate_step step, uint64_t now_ms,
		   const char *words);

/* core_after.c */
void core_after_hello(struct rotate_core *core, enum rotate_answer answer, const char *words,
		      uint64_t now_ms);
/* The login as it is, before anything is sent. */
void core_after_first(struct rotate_core *core, enum rotate_answer answer, const char *words);
void core_after_send(struct rotate_core *core, enum rotate_answer answer, const char *words,
		     uint64_t now_ms);
void core_after_back(struct rotate_core *core, enum rotate_answer answer, uint64_t now_ms);
void core_after_try(struct rotate_core *core, enum rotate_answer answer, uint64_t now_ms);
void core_after_other(struct rotate_core *core, enum rotate_answer answer, uint64_t now_ms);

#endif
