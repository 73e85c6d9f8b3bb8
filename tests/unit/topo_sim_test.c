/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inference against made-up networks (tests/topo): whole evidence, evidence with a fifth of the
 * rows missing and a tenth wrong, and things that happen. The thresholds are what the program
 * promises; the figures are printed. TOPO_SIM_NETWORKS: how many of each; TOPO_SIM_SEED: only that
 * one, and TOPO_SIM_LOUD: with all that is wrong.
 */
#include "../topo/sim_play.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NETWORKS = 60, READ_ROUNDS = 3 };

static const struct sim_size campus = {
	.distribution = 4, .access = 5, .ports = 48, .fill_permille = 700};
static const struct sim_damage damaged = {
	.missing_permille = 200, .wrong_permille = 100, .seed = 99};
static const struct sim_damage damaged_alike = {
	.missing_permille = 200, .wrong_permille = 100, .is_persistent = true, .seed = 77};

static unsigned
number_from(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text == NULL ? otherwise : (unsigned)strtoul(text, NULL, 10);
}

static double
percent(unsigned part, unsigned whole)
{
	return whole == 0 ? 0 : 100.0 * part / whole;
}

static void
print_tally(const char *what, const struct play_tally *t)
{
	printf("# %-18s %6u: right %6.2f %%, sure %6.2f %%, missing %5.2f %%, wrong %5.2f %%, "
	       "wrong and sure %5.3f %%\n",
	       what, t->count, percent(t->right, t->count), percent(t->high, t->count),
	       percent(t->missing, t->count), percent(t->wrong, t->count),
	       percent(t->wrong_high, t->count));
}

static void
print_score(const char *title, const struct play_score *score)
{
	printf("# %s\n", title);
	print_tally("devices", &score->devices);
	print_tally("switches, routers", &score->switches);
	print_tally("dark devices", &score->dark);
	printf("# of links said to be right by");
	for (unsigned i = 0; i < PLAY_BUCKETS; i++)
		printf(" %u+: %.1f of %u%s", play_bucket_from(i),
		       percent(score->sure_right[i], score->sure[i]), score->sure[i],
		       i + 1 < PLAY_BUCKETS ? "," : "\n");
	for (int i = 0; i < TOPO_EVENT_COUNT; i++) {
		const struct play_event_tally *e = &score->events[i];

		if (e->expected + e->false_ones > 0)
			printf("# %-18s expected %4u, found %4u, false %4u\n",
			       topo_event_type_name((enum topo_event_type)i), e->expected, e->found,
			       e->false_ones);
	}
	fflush(stdout);
}

/* Networks that are read a few times; nothing happens in them. */
static void
play_still(const struct sim_damage *damage, unsigned rounds, struct play_score *score)
{
	unsigned networks = number_from("TOPO_SIM_NETWORKS", NETWORKS);
	unsigned only = number_from("TOPO_SIM_SEED", 0);

	for (unsigned seed = 1; seed <= networks; seed++) {
		struct play play;

		if (only != 0 && seed != only)
			continue;
		play_begin(&play, seed, &campus, damage, score);
		play.is_loud = getenv("TOPO_SIM_LOUD") != NULL;
		for (unsigned i = 0; i < rounds; i++)
			play_round(&play);
		play_judge(&play);
		play_end(&play);
	}
}

/* Rows of a view that say of a device's MAC what the truth is, and that say otherwise. */
static void
count_rows(const struct sim *sim, const struct switch_view *view, uint32_t parent, uint32_t box,
	   unsigned *right, unsigned *wrong)
{
	struct sim_place places[SIM_PLACES_MAX];
	size_t count = sim_truth(sim, box, places);
	bool is_right = false;

	for (size_t i = 0; i < view->fdb_count; i++) {
		if (view->fdb[i].mac != sim->boxes[box].macs[0])
			continue;
		for (size_t n = 0; n < count; n++)
			is_right = is_right || (places[n].parent == sim->boxes[parent].id &&
						places[n].if_index == view->fdb[i].if_index);
		*right += is_right;
		*wrong += !is_right;
	}
}

/* The made-up network is sound, and damaged as much as is said: all below stands on it. */
static void
test_simulator(void **state)
{
	unsigned right[2] = {0}, wrong[2] = {0};

	(void)state;
	for (unsigned seed = 1; seed <= 10; seed++) {
		struct sim *sim = sim_new(seed, &campus);

		sim_learn(sim);
		for (uint32_t i = 0; i < sim->count; i++) {
			uint32_t parent = sim->boxes[i].parent;

			if (sim->boxes[i].kind != SIM_END || sim->boxes[i].id == 0 ||
			    sim->boxes[parent].kind != SIM_SWITCH || !sim->boxes[parent].has_snmp ||
			    sim_towards_monitor(sim, i, &(uint16_t){0}) != parent)
				continue;
			for (int d = 0; d < 2; d++) {
				struct switch_view *view =
					sim_view(sim, parent, d == 0 ? NULL : &damaged);

				count_rows(sim, view, parent, i, &right[d], &wrong[d]);
				switch_view_free(view);
			}
		}
		sim_free(sim);
	}
	assert_true(right[0] > 300);
	assert_int_equal(wrong[0], 0);
	assert_true(right[1] > right[0] * 70 / 100 && right[1] < right[0] * 82 / 100);
	assert_true(wrong[1] > right[0] * 2 / 100 && wrong[1] < right[0] * 8 / 100);
}

/* At most so many made up, for each network. */
static void
assert_made_up(const struct play_score *score, enum topo_event_type type, double most)
{
	unsigned networks = number_from("TOPO_SIM_NETWORKS", NETWORKS);

	assert_true(score->events[type].false_ones <= most * networks + 1);
}

static void
test_whole(void **state)
{
	struct play_score score = {0};
	const struct play_tally *d = &score.devices, *s = &score.switches;

	(void)state;
	play_still(NULL, 2, &score); /* two rounds after a cold start */
	print_score("all rows, all right", &score);
	/* missing are those of whom nobody tells a MAC */
	assert_true(percent(d->right, d->count - d->missing) >= 99.0);
	assert_true(percent(d->missing, d->count) < 2.0);
	assert_true(percent(d->wrong_high, d->count) < 0.1);
	assert_true(percent(d->high, d->count) >= 75.0);
	assert_true(percent(s->right, s->count) >= 97.0);
	assert_true(percent(s->wrong_high, s->count) < 1.0);
}

static void
test_damaged(void **state)
{
	struct play_score score = {0};
	const struct play_tally *d = &score.devices, *s = &score.switches;

	(void)state;
	play_still(&damaged, READ_ROUNDS, &score);
	print_score("a fifth missing, a tenth wrong, others in each round", &score);
	assert_true(percent(d->wrong_high, d->count) < 0.5); /* what the program promises */
	assert_true(percent(d->right, d->count) >= 80.0);
	assert_true(percent(d->high, d->count) >= 25.0);
	assert_true(percent(s->right, s->count) >= 80.0);
	assert_true(percent(s->wrong_high, s->count) < 0.8);
	assert_made_up(&score, TOPO_EVENT_MOVED, 0.1);
	assert_made_up(&score, TOPO_EVENT_REPLACED, 0.1);
	assert_made_up(&score, TOPO_EVENT_DUPLICATE_IP, 0.05);
}

static void
test_damaged_alike(void **state)
{
	struct play_score score = {0};
	const struct play_tally *d = &score.devices, *s = &score.switches;

	(void)state;
	play_still(&damaged_alike, READ_ROUNDS, &score);
	print_score("a fifth missing, a tenth wrong, the same in each round", &score);
	assert_true(percent(d->wrong_high, d->count) < 0.5);
	assert_true(percent(d->right, d->count) >= 60.0);
	assert_true(percent(s->right, s->count) >= 78.0);
	assert_true(percent(s->wrong_high, s->count) < 1.0);
	assert_made_up(&score, TOPO_EVENT_MOVED, 0.1);
	assert_made_up(&score, TOPO_EVENT_REPLACED, 0.1);
	assert_made_up(&score, TOPO_EVENT_DUPLICATE_IP, 0.2);
}

/* One of each thing that can happen, then time to notice. */
static void
play_busy(unsigned seed, const struct sim_damage *damage, struct play_score *score)
{
	struct play play;

	play_begin(&play, 1000 + seed, &campus, damage, score);
	play.is_loud = getenv("TOPO_SIM_LOUD") != NULL;
	play_round(&play);
	play_round(&play);
	play_round(&play);
	for (unsigned i = 0; i < 3; i++) {
		play_move(&play);
		if (i == 0)
			play_swap(&play);
		play_round(&play);
		play_replace(&play);
		if (i == 1)
			play_duplicate(&play);
		play_round(&play);
		play_stranger(&play);
		if (i == 1)
			play_replace_switch(&play);
		if (i == 2)
			play_reroute(&play);
		play_round(&play);
	}
	play_round(&play);
	play_round(&play);
	play_judge(&play);
	play_judge_events(&play);
	play_end(&play);
}

static void
play_all_busy(const struct sim_damage *damage, struct play_score *score)
{
	unsigned networks = number_from("TOPO_SIM_NETWORKS", NETWORKS) / 2;
	unsigned only = number_from("TOPO_SIM_SEED", 0);

	for (unsigned seed = 1; seed <= networks; seed++) {
		if (only == 0 || seed + 1000 == only)
			play_busy(seed, damage, score);
	}
}

/* At least so many percent of what happened are noticed, and at most so many are made up. */
static void
assert_event(const struct play_score *score, enum topo_event_type type, double found,
	     double made_up)
{
	const struct play_event_tally *e = &score->events[type];

	assert_true(percent(e->found, e->expected) >= found);
	assert_true(percent(e->false_ones, e->found + e->false_ones) <= made_up);
}

static void
test_busy(void **state)
{
	struct play_score score = {0};

	(void)state;
	play_all_busy(NULL, &score);
	print_score("things that happen, all rows right", &score);
	assert_event(&score, TOPO_EVENT_MOVED, 95, 5);
	assert_event(&score, TOPO_EVENT_REPLACED, 95, 3);
	assert_event(&score, TOPO_EVENT_DUPLICATE_IP, 80, 10);
	assert_event(&score, TOPO_EVENT_NEW_MAC, 88, 3);
	assert_event(&score, TOPO_EVENT_SWITCH_REPLACED, 95, 3);
	assert_event(&score, TOPO_EVENT_UPLINK_CHANGED, 85, 15);
	assert_true(percent(score.devices.right, score.devices.count) >= 96.0);
	assert_true(percent(score.devices.wrong_high, score.devices.count) < 0.3);
}

/* A restart is not an event, and takes nothing from what is known. */
static void
test_restart(void **state)
{
	unsigned networks = number_from("TOPO_SIM_NETWORKS", NETWORKS) / 3;
	unsigned only = number_from("TOPO_SIM_SEED", 0);
	struct play_score score = {0};

	(void)state;
	for (unsigned seed = 1; seed <= networks; seed++) {
		struct play play;

		if (only != 0 && seed + 2000 != only)
			continue;
		play_begin(&play, 2000 + seed, &campus, NULL, &score);
		play.is_loud = getenv("TOPO_SIM_LOUD") != NULL;
		for (int i = 0; i < 4; i++)
			play_round(&play);
		play_restart(&play);
		play_move(&play);
		for (int i = 0; i < 3; i++)
			play_round(&play);
		play_judge(&play);
		play_judge_events(&play);
		play_end(&play);
	}
	print_score("a restart, and a move during it", &score);
	assert_event(&score, TOPO_EVENT_MOVED, 90, 5);
	for (int i = 0; i < TOPO_EVENT_COUNT; i++) {
		if (i != TOPO_EVENT_MOVED)
			assert_true(score.events[i].false_ones <= networks / 4);
	}
	assert_true(percent(score.devices.right, score.devices.count) >= 95.0);
	assert_true(percent(score.devices.wrong_high, score.devices.count) < 0.3);
}

static void
test_busy_damaged(void **state)
{
	struct play_score score = {0};

	(void)state;
	play_all_busy(&damaged, &score);
	print_score("things that happen, a fifth missing, a tenth wrong", &score);
	assert_true(percent(score.devices.wrong_high, score.devices.count) < 0.5);
	assert_true(percent(score.switches.wrong_high, score.switches.count) < 1.0);
	assert_event(&score, TOPO_EVENT_REPLACED, 85, 20);
	assert_event(&score, TOPO_EVENT_MOVED, 35, 50);
	assert_made_up(&score, TOPO_EVENT_DUPLICATE_IP, 0.2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_simulator), cmocka_unit_test(test_whole),
		cmocka_unit_test(test_damaged),	  cmocka_unit_test(test_damaged_alike),
		cmocka_unit_test(test_busy),	  cmocka_unit_test(test_busy_damaged),
		cmocka_unit_test(test_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
