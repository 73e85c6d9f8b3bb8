/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The life of incidents of services: groups of a site that grow in place, addresses that are used
 * twice, devices that die, late results, windows, people, restarts.
 */
#include "service_script.h"

/* ---- logins of a site */

static void
test_a_site_grows_in_place(void **state)
{
	struct world *w = *state;
	uint32_t number;

	w->scripts[0] = "aaa aaa aaa aaa aaa aaa aaa aaa aaa";
	w->scripts[3] = "ooo aaa aaa aaa aaa aaa aaa aaa aaa";
	w->scripts[7] = "oot ooo aaa aaa aaa aaa aaa aaa aaa aaa";
	run(w, 9);
	assert_int_equal(w->told[0].step, INCIDENT_OPENED);
	assert_int_equal(w->told[0].blame.type, BLAME_NODE);
	number = w->told[0].incident;
	assert_int_equal(w->count, 3);
	for (size_t i = 1; i < w->count; i++) {
		assert_int_equal(w->told[i].incident, number);
		assert_int_equal(w->told[i].verdict, VERDICT_CREDENTIALS);
		assert_int_equal(w->told[i].blame.type, BLAME_SITE);
		assert_int_equal(w->told[i].blame.id, SITE);
		assert_int_equal(w->told[i].devices, i + 1);
	}
	assert_int_equal(w->told[1].step, INCIDENT_REBLAMED);
	assert_int_equal(w->told[2].step, INCIDENT_GROWN);
	run(w, 10);
	assert_int_equal(last(w)->step, INCIDENT_CLOSED);
	assert_int_equal(last(w)->incident, number);
	assert_int_equal(alerts(w), 1);
}

static void
test_logins_at_other_times_are_others(void **state)
{
	struct world *w = *state;

	w->scripts[0] = "aaa aaa aaa aaa aaa aaa aaa aaa aaa aaa aaa aaa aaa aaa aaa aaa";
	w->scripts[3] = "ooo ooo ooo ooo ooo ooo ooo ooo ooo ooo aaa aaa aaa aaa aaa aaa";
	run(w, 15);
	assert_int_equal(w->count, 2);
	assert_int_not_equal(w->told[0].incident, w->told[1].incident);
	assert_int_equal(w->told[1].blame.id, FIRST + 3);
}

/* ---- two with one address */

static void
claim(struct world *w, unsigned device)
{
	struct evidence e = {.kind = EVIDENCE_DUPLICATE, .node = FIRST + device, .at_ms = w->now};

	take(w, &e);
}

static void
test_the_topology_knows_of_two(void **state)
{
	struct world *w = *state;
	size_t told;

	claim(w, 5);
	run(w, 1);
	assert_int_equal(w->count, 1);
	assert_int_equal(w->told[0].verdict, VERDICT_DUP_IP);
	assert_int_equal(w->told[0].blame.id, FIRST + 5);
	for (unsigned i = 0; i < 30; i++) {
		claim(w, 5);
		run(w, 1);
	}
	assert_int_equal(w->count, 1);
	run(w, 4); /* not confirmed, but that may be by chance */
	assert_int_equal(w->count, 1);
	run(w, 20);
	assert_one(w, VERDICT_DUP_IP, FIRST + 5);
	told = w->count;
	claim(w, 5);
	run(w, 1);
	assert_int_equal(w->count, told + 1);
	assert_int_not_equal(last(w)->incident, w->told[0].incident);
}

/* Tables of neighbours tell as long as it lasts, and when it is over: then nobody has to wait. */
static void
test_tables_know_of_two(void **state)
{
	struct world *w = *state;
	struct evidence e = {.kind = EVIDENCE_ARP, .node = FIRST + 5};

	claim(w, 5);
	for (unsigned i = 0; i < 40; i++) {
		run(w, 1);
		e.arp.mac = OTHER_MAC;
		e.at_ms = w->now;
		take(w, &e);
	}
	assert_int_equal(w->count, 1);
	for (unsigned i = 0; i < 4; i++) {
		run(w, 1);
		e.arp.mac = MAC + FIRST + 5;
		e.at_ms = w->now;
		take(w, &e);
		assert_true(i > 0 || w->count == 1); /* not at once */
	}
	assert_one(w, VERDICT_DUP_IP, FIRST + 5);
}

/* Whoever has no services, or is no device at all, is told and closed as well. */
static void
test_two_without_services(void **state)
{
	struct world *w = *state;
	struct evidence e = {.kind = EVIDENCE_DUPLICATE, .node = CORE, .at_ms = w->now};
	char words[2 * STEADY + 1] = "";

	for (unsigned i = 0; i < STEADY; i++)
		memcpy(words + 2 * i, "3 ", 2);
	w->scripts[5] = words;
	run(w, 12);
	claim(w, 5);
	run(w, 1);
	assert_int_equal(w->count, 1);
	run(w, 20);
	assert_one(w, VERDICT_DUP_IP, FIRST + 5);
	w->count = 0;
	e.at_ms = w->now;
	take(w, &e);
	run(w, 20);
	assert_one(w, VERDICT_DUP_IP, CORE);
}

static void
test_a_foreign_mac(void **state)
{
	struct world *w = *state;
	struct evidence e = {.kind = EVIDENCE_ARP};

	e.arp.ip4 = 0x7f000000 + FIRST + 6;
	e.arp.mac = OTHER_MAC;
	w->scripts[6] = "ooo rrr ooo ooo";
	run(w, 1);
	e.at_ms = w->now;
	take(w, &e);
	run(w, 1);
	assert_int_equal(w->count, 0); /* one wrong answer may be a restart */
	run(w, 40);
	assert_one(w, VERDICT_DUP_IP, FIRST + 6);
	/* Without a foreign MAC the same polls say nothing; its own MAC is none. */
	w->count = w->cycle = 0;
	e.arp.mac = MAC + FIRST + 6;
	e.at_ms = w->now;
	take(w, &e);
	run(w, 20);
	assert_int_equal(w->count, 0);
}

/* ---- what becomes of it */

static void
test_death_takes_the_incident_over(void **state)
{
	struct world *w = *state;
	uint32_t number;

	w->scripts[8] = "eeo eeo eeo eeo - - - - - - - -";
	run(w, 4);
	assert_int_equal(w->count, 1);
	number = w->told[0].incident;
	run(w, 8);
	assert_int_equal(w->count, 2);
	assert_int_equal(w->told[1].incident, number);
	assert_int_equal(w->told[1].step, INCIDENT_REBLAMED);
	assert_true(w->told[1].verdict == VERDICT_DEVICE_HW ||
		    w->told[1].verdict == VERDICT_CABLE_PORT);
	run(w, 20);
	assert_int_equal(w->count, 3);
	assert_int_equal(w->told[2].incident, number);
	assert_int_equal(w->told[2].step, INCIDENT_CLOSED);
}

/* An address with two devices is nobody's death. */
static void
test_death_leaves_duplicates(void **state)
{
	struct world *w = *state;

	claim(w, 8);
	run(w, 1);
	assert_int_equal(w->count, 1);
	w->cycle = 0;
	w->scripts[8] = "- - - - - - - -";
	run(w, 8);
	assert_int_equal(w->count, 2);
	assert_int_equal(w->told[1].step, INCIDENT_OPENED);
	run(w, 40);
	for (size_t i = 2; i < w->count; i++)
		assert_int_equal(w->told[i].step, INCIDENT_CLOSED);
	assert_int_equal(w->count, 4);
}

static void
test_another_class_in_place(void **state)
{
	struct world *w = *state;

	w->scripts[8] = "rrr rrr rrr rrr rrr rrr aaa aaa aaa aaa aaa aaa aaa aaa aaa aaa aaa aaa";
	run(w, 18);
	assert_true(w->count >= 2);
	assert_int_equal(w->told[0].verdict, VERDICT_DEVICE_SERVICE);
	assert_int_equal(last(w)->verdict, VERDICT_CREDENTIALS);
	assert_int_equal(last(w)->incident, w->told[0].incident);
	assert_int_equal(alerts(w), 1); /* the same team's */
}

/* The order in which results come makes no difference to what is said in the end. */
static void
test_late_results(void **state)
{
	static const char *const words[] = {"ooo", "rrr", "rrr", "ooo", "rrr", "rrr"};
	static const unsigned orders[][6] = {
		{0, 1, 2, 3, 4, 5}, {5, 4, 3, 2, 1, 0}, {4, 5, 0, 2, 1, 3}};
	int64_t since = 0;

	end(state);
	for (size_t o = 0; o < 3; o++) {
		struct world *w;
		int64_t start;

		begin(state);
		w = *state;
		start = w->now;
		w->now += 6 * CYCLE;
		for (unsigned k = 0; k < 6; k++)
			poll_device(w, 9, words[orders[o][k]], start + orders[o][k] * CYCLE);
		listen(w);
		assert_int_equal(w->count, 1);
		assert_int_equal(w->told[0].since - start, since ? since : CYCLE);
		since = w->told[0].since - start;
		end(state);
	}
	begin(state);
}

static void
test_windows_and_people(void **state)
{
	struct world *w = *state;
	struct evidence e = {.kind = EVIDENCE_MAINTENANCE, .node = ACCESS, .at_ms = w->now};

	e.window.from_ms = w->now;
	e.window.to_ms = w->now + 6 * CYCLE;
	take(w, &e);
	w->scripts[3] = "rrr rrr rrr rrr rrr";
	run(w, 12);
	assert_int_equal(w->count, 0);
	w->cycle = 0;
	run(w, 4);
	assert_int_equal(w->count, 1);
	assert_int_equal(diag_overturn(w->diag, w->told[0].incident, VERDICT_MAINTENANCE), 0);
	run(w, 20);
	assert_int_equal(w->count, 1);
}

static void
test_goes_on_after_a_restart(void **state)
{
	struct world *w = *state;
	struct incident_device device = {.device = FIRST + 2};
	struct blame blame = {BLAME_NODE, FIRST + 2};

	assert_int_equal(diag_restore_incident(w->diag, 41, VERDICT_DEVICE_SERVICE, &blame,
					       w->now - 10 * CYCLE, 0.9F, &device, 1),
			 0);
	w->scripts[2] = "rrr rrr rrr rrr rrr";
	run(w, 5);
	assert_int_equal(w->count, 0);
	run(w, 10);
	assert_int_equal(w->count, 1);
	assert_int_equal(w->told[0].step, INCIDENT_CLOSED);
	assert_int_equal(w->told[0].incident, 41);
}

static void
test_gone(void **state)
{
	struct world *w = *state;
	struct evidence e = {.kind = EVIDENCE_GONE, .node = FIRST + DEVICES - 1};

	w->scripts[DEVICES - 1] = "rrr rrr rrr rrr rrr";
	run(w, 4);
	assert_int_equal(w->count, 1);
	e.at_ms = w->now;
	take(w, &e);
	listen(w);
	assert_one(w, VERDICT_DEVICE_SERVICE, FIRST + DEVICES - 1);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		T(test_a_site_grows_in_place),
		T(test_logins_at_other_times_are_others),
		T(test_the_topology_knows_of_two),
		T(test_two_without_services),
		T(test_tables_know_of_two),
		T(test_a_foreign_mac),
		T(test_death_takes_the_incident_over),
		T(test_death_leaves_duplicates),
		T(test_another_class_in_place),
		T(test_late_results),
		T(test_windows_and_people),
		T(test_goes_on_after_a_restart),
		T(test_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
