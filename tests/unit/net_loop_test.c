/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The loop: timers are never early, wake-ups are aligned to the quantum, an idle loop sleeps, hooks
 * run in order and may remove themselves.
 */
#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/net_loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

enum { QUANTUM_MS = 50 };

struct fixture {
	uv_loop_t uv;
	struct net_loop *loop;
};

static int
setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

	assert_int_equal(uv_loop_init(&f->uv), 0);
	assert_int_equal(net_loop_open(&f->loop, &f->uv, QUANTUM_MS), 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	net_loop_close(f->loop);
	uv_run(&f->uv, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->uv), 0);
	test_free(f);
	return 0;
}

struct alarm {
	struct net_timer timer; /* first */
	struct net_loop *loop;
	uint64_t started_ns, fired_ns;
	uint64_t tick_ms;
	int fires, again;
};

static void
on_alarm(struct net_timer *timer)
{
	struct alarm *alarm = (struct alarm *)timer;

	alarm->fires++;
	alarm->fired_ns = clock_mono_ns();
	alarm->tick_ms = net_loop_now_ms(alarm->loop);
	if (alarm->again-- > 0)
		net_timer_start(alarm->loop, timer, 1);
}

static void
alarm_start(struct alarm *alarm, struct net_loop *loop, uint64_t delay_ms)
{
	memset(alarm, 0, sizeof(*alarm));
	alarm->loop = loop;
	alarm->started_ns = clock_mono_ns();
	net_timer_init(&alarm->timer, on_alarm);
	net_timer_start(loop, &alarm->timer, delay_ms);
}

static void
timers_are_never_early(void **state)
{
	static const uint64_t delays[] = {0, 1, 7, 49, 50, 51, 120, 333};
	struct fixture *f = *state;
	struct alarm alarms[8];

	for (int eager = 0; eager < 2; eager++) {
		net_loop_set_eager(f->loop, eager);
		for (size_t i = 0; i < 8; i++)
			alarm_start(&alarms[i], f->loop, delays[i]);
		uv_run(&f->uv, UV_RUN_DEFAULT); /* returns when nothing is armed any more */
		for (size_t i = 0; i < 8; i++) {
			assert_int_equal(alarms[i].fires, 1);
			assert_true(alarms[i].fired_ns - alarms[i].started_ns >=
				    delays[i] * 1000000);
		}
	}
}

/* Ticks without end, so that it fires as soon as it may. */
static void
a_timer_counts_from_within_a_millisecond(void **state)
{
	struct fixture *f = *state;
	struct alarm alarm;

	while (clock_mono_ns() % 1000000 < 700000)
		continue;
	alarm_start(&alarm, f->loop, 5);
	while (alarm.fires == 0)
		net_loop_tick(f->loop);
	assert_true(alarm.fired_ns - alarm.started_ns >= 5000000);
	while (clock_mono_ns() % 1000000 < 700000)
		continue;
	alarm_start(&alarm, f->loop, 1);
	net_timer_start_at(f->loop, &alarm.timer, alarm.started_ns + 5000000);
	while (alarm.fires == 0)
		net_loop_tick(f->loop);
	assert_true(alarm.fired_ns - alarm.started_ns >= 5000000);
}

static void
many_timers_share_few_aligned_ticks(void **state)
{
	struct fixture *f = *state;
	struct alarm alarms[300];
	uint64_t before = net_loop_ticks(f->loop), begin_ms = clock_mono_ms(), quanta;

	for (size_t i = 0; i < 300; i++)
		alarm_start(&alarms[i], f->loop, i);
	uv_run(&f->uv, UV_RUN_DEFAULT);
	quanta = (clock_mono_ms() - begin_ms) / QUANTUM_MS + 1;
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(alarms[i].fires, 1);
	assert_true(net_loop_ticks(f->loop) - before <= quanta);
}

static void
a_far_timer_does_not_make_it_tick(void **state)
{
	struct fixture *f = *state;
	struct alarm alarm;
	uint64_t before = net_loop_ticks(f->loop);

	alarm_start(&alarm, f->loop, 900);
	uv_run(&f->uv, UV_RUN_DEFAULT);
	assert_int_equal(alarm.fires, 1);
	/* 18 quanta pass; the wheel's levels may cost a few wake-ups on the way. */
	assert_in_range(net_loop_ticks(f->loop) - before, 1, 5);
}

static void
a_stopped_timer_does_not_fire(void **state)
{
	struct fixture *f = *state;
	struct alarm stopped, other;

	alarm_start(&stopped, f->loop, 10);
	alarm_start(&other, f->loop, 60);
	net_timer_stop(f->loop, &stopped.timer);
	uv_run(&f->uv, UV_RUN_DEFAULT);
	assert_int_equal(stopped.fires, 0);
	assert_int_equal(other.fires, 1);
}

static void
a_stopped_timer_keeps_nobody_awake(void **state)
{
	struct fixture *f = *state;
	struct alarm stopped, other;

	alarm_start(&stopped, f->loop, 3600000);
	alarm_start(&other, f->loop, 30);
	net_timer_stop(f->loop, &stopped.timer);
	while (other.fires == 0)
		uv_run(&f->uv, UV_RUN_ONCE);
	assert_false(uv_loop_alive(&f->uv));
}

static void
a_timer_may_start_itself_again(void **state)
{
	struct fixture *f = *state;
	struct alarm alarm;

	alarm_start(&alarm, f->loop, 1);
	alarm.again = 3;
	uv_run(&f->uv, UV_RUN_DEFAULT);
	assert_int_equal(alarm.fires, 4);
}

struct note {
	struct net_hook hook; /* first */
	struct net_loop *loop;
	enum net_phase phase;
	char *log;
	char letter;
	bool once;
	struct note *also_remove;
	uint64_t want_ms;
	int runs;
	uint64_t ran_ms;
};

static void
note_run(struct net_hook *hook)
{
	struct note *note = (struct note *)hook;

	note->runs++;
	note->ran_ms = clock_mono_ms();
	note->want_ms = UINT64_MAX;
	if (note->log != NULL)
		strncat(note->log, &note->letter, 1);
	if (note->also_remove != NULL)
		net_loop_remove_hook(note->loop, note->also_remove->phase,
				     &note->also_remove->hook);
	if (note->once)
		net_loop_remove_hook(note->loop, note->phase, hook);
}

static uint64_t
note_wanted(struct net_hook *hook)
{
	return ((struct note *)hook)->want_ms;
}

static void
note_add(struct note *note, struct net_loop *loop, enum net_phase phase, char letter, char *log)
{
	*note = (struct note){.hook = {.run = note_run, .wanted_ms = note_wanted},
			      .loop = loop,
			      .phase = phase,
			      .log = log,
			      .letter = letter,
			      .want_ms = UINT64_MAX};
	net_loop_add_hook(loop, phase, &note->hook);
}

static void
phases_run_in_order(void **state)
{
	struct fixture *f = *state;
	struct note a, b, c, d, e;
	char log[32] = "";

	note_add(&d, f->loop, NET_FLUSH, 'd', log);
	note_add(&c, f->loop, NET_SCHEDULE, 'c', log);
	note_add(&a, f->loop, NET_DRAIN, 'a', log);
	note_add(&b, f->loop, NET_DRAIN, 'b', log);
	note_add(&e, f->loop, NET_FLUSH, 'e', log);
	a.once = true;
	d.also_remove = &e;
	net_loop_tick(f->loop);
	assert_string_equal(log, "abcd");
	net_loop_tick(f->loop);
	assert_string_equal(log, "abcdbcd");
	net_loop_remove_hook(f->loop, NET_DRAIN, &b.hook);
	net_loop_remove_hook(f->loop, NET_SCHEDULE, &c.hook);
	net_loop_remove_hook(f->loop, NET_FLUSH, &d.hook);
}

static void
a_hook_names_the_next_wake_up(void **state)
{
	struct fixture *f = *state;
	struct note note;
	uint64_t want_ms = clock_mono_ms() + 180;

	note_add(&note, f->loop, NET_SCHEDULE, 'x', NULL);
	note.want_ms = want_ms;
	net_loop_kick(f->loop);
	uv_run(&f->uv, UV_RUN_DEFAULT);
	assert_int_equal(note.runs, 1);
	assert_true(note.ran_ms >= want_ms);
	net_loop_remove_hook(f->loop, NET_SCHEDULE, &note.hook);
	assert_false(uv_loop_alive(&f->uv));
}

static void
a_quantum_has_bounds(void **state)
{
	struct fixture *f = *state;
	struct net_loop *loop = NULL;

	assert_int_equal(net_loop_open(&loop, &f->uv, 0), ERR_RANGE);
	assert_int_equal(net_loop_open(&loop, &f->uv, 1001), ERR_RANGE);
	assert_null(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(timers_are_never_early, setup, teardown),
		cmocka_unit_test_setup_teardown(a_timer_counts_from_within_a_millisecond, setup,
						teardown),
		cmocka_unit_test_setup_teardown(many_timers_share_few_aligned_ticks, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_far_timer_does_not_make_it_tick, setup, teardown),
		cmocka_unit_test_setup_teardown(a_stopped_timer_does_not_fire, setup, teardown),
		cmocka_unit_test_setup_teardown(a_stopped_timer_keeps_nobody_awake, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_timer_may_start_itself_again, setup, teardown),
		cmocka_unit_test_setup_teardown(phases_run_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(a_hook_names_the_next_wake_up, setup, teardown),
		cmocka_unit_test_setup_teardown(a_quantum_has_bounds, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
