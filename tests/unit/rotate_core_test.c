/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The decisions of a rotation against a model of a device, with deaths between any two steps: its
 * password is always on disk, few logins are refused, and what is said at the end is so.
 */
#include "../../src/rotate/core.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { OLD, NEW, NONE, LOCK_AT = 5, SETTLE_MS = 1000 };

/* What the device does when a password is set; bits. */
enum {
	IS_LATE = 1,	 /* counts later */
	IS_DROPPED = 2,	 /* no answer */
	IS_LOST = 4,	 /* nothing happens */
	IS_WEAK = 8,	 /* refused by rules */
	IS_SILENT = 16,	 /* restarts afterwards */
	IS_HALF = 32,	 /* ONVIF only */
	IS_IGNORED = 64, /* says yes, does nothing */
	IS_DEAD = 128,	 /* never answers again */
	BEHAVIOURS = 256,
};

struct world {
	unsigned behaviour;
	uint64_t now_ms, late_ms, silent_until_ms, due_ms;
	int password, http, pending;
	unsigned failed, refused_in_run;
	bool has_http;

	/* on disk */
	bool has_journal, has_old, has_new, dir_is_new;
	struct rotate_journal journal;
	unsigned commits;
};

static void
settle(struct world *w)
{
	if (w->pending != NONE && w->now_ms >= w->due_ms) {
		w->password = w->http = w->pending;
		w->pending = NONE;
	}
}

static bool
is_on_disk(const struct world *w, int password)
{
	if (password == OLD)
		return w->has_old || !w->dir_is_new;
	return password == NONE || w->has_new || w->dir_is_new;
}

static void
check(struct world *w)
{
	settle(w);
	assert_true(is_on_disk(w, w->password));
	assert_true(!w->has_http || is_on_disk(w, w->http));
	assert_true(is_on_disk(w, w->pending));
	assert_true(w->failed < LOCK_AT);
}

static enum rotate_answer
login(struct world *w, int password, int what)
{
	settle(w);
	if (w->now_ms < w->silent_until_ms)
		return ANSWER_SILENCE;
	if (password == what) {
		w->failed = 0;
		return ANSWER_YES;
	}
	w->failed++;
	w->refused_in_run++;
	return ANSWER_NO;
}

static enum rotate_answer
set(struct world *w, int with, int what)
{
	enum rotate_answer answer = login(w, w->password, with);

	if (answer != ANSWER_YES)
		return answer;
	if (w->behaviour & IS_DEAD)
		w->silent_until_ms = UINT64_MAX;
	if ((w->behaviour & IS_WEAK) && what == NEW)
		return ANSWER_RULES;
	if (w->behaviour & (IS_LOST | IS_IGNORED))
		return w->behaviour & IS_LOST ? ANSWER_SILENCE : ANSWER_YES;
	if (w->behaviour & IS_LATE) {
		w->pending = what;
		w->due_ms = w->now_ms + w->late_ms;
	} else {
		w->pending = NONE; /* one after the other */
		w->password = what;
		if (!(w->behaviour & IS_HALF))
			w->http = what;
	}
	if (w->behaviour & IS_SILENT)
		w->silent_until_ms = w->now_ms + w->late_ms;
	return w->behaviour & IS_DROPPED ? ANSWER_SILENCE : ANSWER_YES;
}

/* Does a step; `torn` is how many of its effects happen before the death, -1 for all. */
static enum rotate_answer
act(struct world *w, struct rotate_core *core, enum rotate_step step, uint32_t wait_ms, int torn)
{
	switch (step) {
	case STEP_SAVE:
		w->has_old = true;
		if (torn == 0)
			break;
		w->has_new = true;
		if (torn == 1)
			break;
		w->journal = core->journal;
		w->has_journal = true;
		break;
	case STEP_RECORD:
		if (torn != 0)
			w->journal = core->journal;
		break;
	case STEP_HELLO:
		w->now_ms += 10;
		return w->now_ms < w->silent_until_ms ? ANSWER_SILENCE : ANSWER_YES;
	case STEP_TRY_OLD:
		return login(w, w->password, OLD);
	case STEP_TRY_NEW:
		return login(w, w->password, NEW);
	case STEP_TRY_OTHER:
		return login(w, w->http, OLD);
	case STEP_SEND:
		return set(w, OLD, NEW);
	case STEP_SEND_BACK:
		return set(w, NEW, OLD);
	case STEP_WAIT:
		w->now_ms += wait_ms;
		break;
	case STEP_COMMIT:
		if (torn == 0)
			break;
		w->dir_is_new |= w->has_new;
		w->has_new = false;
		w->commits++;
		break;
	case STEP_CLEAN:
	case STEP_DISCARD:
		w->has_new = w->has_new && torn == 0;
		check(w);
		w->has_old = w->has_old && (torn == 0 || torn == 1);
		check(w);
		w->has_journal = w->has_journal && torn >= 0;
		break;
	default:
		break;
	}
	check(w);
	return ANSWER_YES;
}

/* One run, which dies at its life-th step, or goes to its end. */
static void
run(struct world *w, struct rotate_core *core, bool resume, bool again, int life, int torn)
{
	struct rotate_options options = {.apply = true, .settle_ms = SETTLE_MS, .again = again};
	struct rotate_journal fresh = {.has_other = w->has_http};

	w->refused_in_run = 0;
	rotate_core_init(core, resume ? &w->journal : NULL, &fresh, &options, w->now_ms);
	for (int steps = 0; steps < 1000; steps++) {
		uint32_t wait_ms = 0;
		enum rotate_step step = rotate_core_step(core, w->now_ms, &wait_ms);
		enum rotate_answer answer;

		if (step == STEP_END)
			return;
		if (steps == life) {
			/* It is in the middle of it, or has done it and not learnt what came of it.
			 */
			act(w, core, step, wait_ms, torn);
			check(w);
			core->end = ROTATE_END_SKIPPED;
			return;
		}
		answer = act(w, core, step, wait_ms, -1);
		check(w);
		assert_true(w->refused_in_run <= ROTATE_REFUSED_MAX);
		rotate_core_answer(core, answer, "", w->now_ms);
	}
	fail_msg("it never ends");
}

static struct world
world_new(unsigned behaviour, uint64_t late_ms, bool has_http)
{
	return (struct world){
		.behaviour = behaviour,
		.late_ms = late_ms,
		.has_http = has_http,
		.pending = NONE,
		.now_ms = 1000,
	};
}

/* What is said at the end is so. */
static void
check_end(struct world *w, const struct rotate_core *core)
{
	switch (core->end) {
	case ROTATE_END_ROTATED:
		assert_int_equal(w->password, NEW);
		assert_true(w->dir_is_new && !w->has_old && !w->has_new && !w->has_journal);
		assert_true(w->http == NEW || !w->has_http);
		break;
	case ROTATE_END_UNCHANGED:
		assert_int_equal(w->password, OLD);
		assert_true(!w->dir_is_new && !w->has_new && !w->has_journal);
		break;
	case ROTATE_END_IN_DOUBT:
		assert_true(w->has_journal && (w->has_new || w->dir_is_new));
		break;
	default:
		fail_msg("it ended with %s", rotate_end_name(core->end));
	}
}

static void
test_plain(void **state)
{
	static const struct {
		unsigned behaviour;
		uint64_t late_ms;
		bool has_http;
		enum rotate_end end;
		unsigned refused;
	} cases[] = {
		{0, 0, false, ROTATE_END_ROTATED, 1},
		{0, 0, true, ROTATE_END_ROTATED, 2},
		{IS_DROPPED, 0, false, ROTATE_END_ROTATED, 1},
		{IS_LATE, 600, false, ROTATE_END_ROTATED, 1},
		{IS_LATE | IS_DROPPED, 600, false, ROTATE_END_ROTATED, 1},
		{IS_LATE, 5000, false, ROTATE_END_IN_DOUBT, 0},
		{IS_SILENT, 600, false, ROTATE_END_ROTATED, 1},
		{IS_SILENT | IS_DROPPED, 600, true, ROTATE_END_ROTATED, 2},
		{IS_SILENT, 5000, false, ROTATE_END_IN_DOUBT, 0},
		{IS_WEAK, 0, false, ROTATE_END_UNCHANGED, 0},
		{IS_LOST, 0, false, ROTATE_END_IN_DOUBT, 0},
		{IS_IGNORED, 0, false, ROTATE_END_IN_DOUBT, 0},
		{IS_HALF, 0, true, ROTATE_END_UNCHANGED, 1},
		{IS_DEAD, 0, false, ROTATE_END_IN_DOUBT, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct world w = world_new(cases[i].behaviour, cases[i].late_ms, cases[i].has_http);
		struct rotate_core core;

		run(&w, &core, false, false, -1, -1);
		check_end(&w, &core);
		if (core.end != cases[i].end || w.refused_in_run != cases[i].refused)
			fail_msg("case %zu: %s (%s), %u refused", i, rotate_end_name(core.end),
				 core.words, w.refused_in_run);
	}
}

/* Deaths at every step of the first run and of two runs after it, in every way of the device. */
static void
test_deaths(void **state)
{
	size_t worlds = 0, rotated = 0;

	(void)state;
	srandom(4711);
	for (unsigned round = 0; round < 200000; round++) {
		unsigned behaviour = (unsigned)random() % BEHAVIOURS & (unsigned)random();
		struct world w = world_new(behaviour, (uint64_t)(random() % 3000), random() % 2);
		struct rotate_core core;
		unsigned deaths = (unsigned)random() % 5;

		run(&w, &core, false, false, (int)(random() % 25), (int)(random() % 3) - 1);
		for (unsigned i = 0; w.has_journal && i < deaths + 3; i++) {
			/* The world goes on meanwhile. */
			w.now_ms += (uint64_t)(random() % 4000);
			if (i >= deaths)
				w.behaviour &= (unsigned)IS_HALF;
			if (i >= deaths && w.silent_until_ms == UINT64_MAX)
				w.silent_until_ms = 0;
			run(&w, &core, true, i == deaths + 2,
			    i < deaths ? (int)(random() % 12) : -1, (int)(random() % 3) - 1);
		}
		/* A death while it was saved leaves no journal: nothing was sent. */
		if (core.end == ROTATE_END_SKIPPED) {
			settle(&w);
			assert_true(is_on_disk(&w, w.password));
			continue;
		}
		check_end(&w, &core);
		worlds++;
		rotated += core.end == ROTATE_END_ROTATED;
	}
	print_message("# %zu worlds, %zu rotated in the end\n", worlds, rotated);
	assert_true(worlds > 100000 && rotated > 50000);
}

/* Nobody knows the password: neither is accepted, and it is not tried again unasked. */
static void
test_neither(void **state)
{
	struct world w = world_new(0, 0, false);
	struct rotate_core core;

	(void)state;
	w.has_old = w.has_new = w.has_journal = true;
	w.journal.stage = ROTATE_SENT;
	w.password = w.http = NONE;
	run(&w, &core, true, false, -1, -1);
	assert_int_equal(core.end, ROTATE_END_IN_DOUBT);
	assert_int_equal(w.refused_in_run, 2);
	for (int i = 0; i < 10; i++) {
		run(&w, &core, true, false, -1, -1);
		assert_int_equal(core.end, ROTATE_END_IN_DOUBT);
		assert_int_equal(w.refused_in_run, 0);
	}
	assert_true(w.has_old && w.has_new);
	/* Asked for, it is: and somebody has reset the device meanwhile. */
	w.password = w.http = OLD;
	run(&w, &core, true, true, -1, -1);
	assert_int_equal(core.end, ROTATE_END_ROTATED);
}

/* The present password is wrong: one login, nothing sent, nothing left. */
static void
test_wrong_present(void **state)
{
	struct world w = world_new(0, 0, false);
	struct rotate_core core;

	(void)state;
	w.password = w.http = NONE;
	run(&w, &core, false, false, -1, -1);
	assert_int_equal(core.end, ROTATE_END_UNCHANGED);
	assert_int_equal(w.refused_in_run, 1);
	assert_false(w.has_journal || w.has_new || w.has_old);
}

static void
test_trial_writes_nothing(void **state)
{
	struct rotate_options options = {.settle_ms = SETTLE_MS};
	struct rotate_journal fresh = {.has_other = true};
	struct rotate_core core;
	uint32_t wait_ms;
	enum rotate_step step;

	(void)state;
	rotate_core_init(&core, NULL, &fresh, &options, 0);
	while ((step = rotate_core_step(&core, 0, &wait_ms)) != STEP_END) {
		assert_true(step == STEP_HELLO || step == STEP_TRY_OLD);
		rotate_core_answer(&core, ANSWER_YES, "", 0);
	}
	assert_int_equal(core.end, ROTATE_END_READY);
	for (enum rotate_answer answer = ANSWER_NO; answer <= ANSWER_FAILED; answer++) {
		rotate_core_init(&core, NULL, &fresh, &options, 0);
		rotate_core_step(&core, 0, &wait_ms);
		rotate_core_answer(&core, answer, "", 0);
		assert_int_equal(rotate_core_step(&core, 0, &wait_ms), STEP_END);
		assert_int_equal(core.end, ROTATE_END_UNCHANGED);
		assert_true(core.words[0] != '\0');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_deaths),
		cmocka_unit_test(test_neither),
		cmocka_unit_test(test_wrong_present),
		cmocka_unit_test(test_trial_writes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
