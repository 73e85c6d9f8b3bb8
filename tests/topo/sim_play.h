/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plays a made-up network to the inference, round by round as an agent reads switches, makes things
 * happen in it, and keeps score: who was put where, how sure, and what was noticed.
 */
#ifndef KEEPWATCH_TESTS_TOPO_SIM_PLAY_H
#define KEEPWATCH_TESTS_TOPO_SIM_PLAY_H

#include "sim.h"

enum { PLAY_BUCKETS = 8, PLAY_EXPECTED_MAX = 64, PLAY_WINDOW = 3 };

struct play_tally {
	unsigned count, right, missing, wrong;
	unsigned high, wrong_high; /* confidence >= TOPO_CONFIDENCE_HIGH */
};

struct play_event_tally {
	unsigned expected, found, false_ones;
};

struct play_score {
	struct play_tally devices, switches, dark; /* dark: device that never said a word */
	unsigned sure[PLAY_BUCKETS], sure_right[PLAY_BUCKETS]; /* links by confidence */
	struct play_event_tally events[TOPO_EVENT_COUNT];
};

/* Lowest confidence of a bucket. */
unsigned play_bucket_from(unsigned bucket);

/* Something that was done, to be noticed. */
struct play_expected {
	enum topo_event_type type;
	uint32_t id;
	unsigned round;
	bool is_found;
};

struct play {
	struct sim *sim;
	struct topo *topo;
	struct sim_random random;
	struct sim_damage damage;
	bool is_damaged;
	int64_t now_ms;
	struct play_expected expected[PLAY_EXPECTED_MAX];
	size_t expected_count;
	struct topo_station *stations; /* as a store would keep them */
	size_t station_count, station_cap;
	struct play_score *score;
	bool is_loud; /* prints what is wrong */
	uint64_t seed;
};

/* damage NULL: none. score is added to, and lives longer than the play. */
void play_begin(struct play *play, uint64_t seed, const struct sim_size *size,
		const struct sim_damage *damage, struct play_score *score);
void play_end(struct play *play);
/* Traffic, then every switch is read once, in some order, with an update after some. */
void play_round(struct play *play);
/* The agent starts again, with what a store gives back. */
void play_restart(struct play *play);
/* Compares all links with the truth. */
void play_judge(struct play *play);
/* Counts what was expected and not found; forgets it. */
void play_judge_events(struct play *play);

/* Things that happen. False: there is nothing that it could happen to. */
bool play_move(struct play *play);
bool play_swap(struct play *play);
bool play_replace(struct play *play);
bool play_duplicate(struct play *play);
bool play_stranger(struct play *play);
bool play_replace_switch(struct play *play);
bool play_reroute(struct play *play);

/* Used by the above. */
void play_tell_macs(struct play *play, uint32_t box);
bool play_is_right(const struct play *play, uint32_t box, const struct topo_link *link);

#endif
