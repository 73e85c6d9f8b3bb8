/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Scratch of one building of the tree, shared by tree.c (joining), hang.c (containment), root.c
 * and votes.c
 * (which end is up) and order.c (numbering).
 */
#ifndef KEEPWATCH_TOPO_TREE_H
#define KEEPWATCH_TOPO_TREE_H

#include "topo_impl.h"

enum { WAYS_SCORE = 10000, BEACONS = 2 * MONITOR_MAX };

struct joint {
	uint32_t node, peer; /* to the peer */
	uint16_t port, peer_port;
	uint8_t source;
	double error;
	uint32_t next;
};

/* Scratch of one building. */
struct build {
	struct joint *joints; /* both directions of each edge of the tree */
	size_t joint_count, joint_cap;
	uint32_t *first;   /* by node */
	uint32_t *part;	   /* by node: representative */
	uint32_t *network; /* by node: representative of all that may be joined */
	uint32_t *queue;
	uint32_t *counts;	   /* by node: stations of another that it sees */
	uint16_t *ports;	   /* by node: and on which port */
	double *score;		   /* by node: for being the root */
	double former_score;	   /* what being it so far counts */
	uint32_t beacons[BEACONS]; /* stations on the way to the monitor */
	size_t beacon_count;
	bool is_monitor_seen;
	bool is_gateway_known; /* a switch or router of the fleet is next to the monitor */
	uint16_t *up;	       /* by node: the port where it sees a beacon */
	int32_t *votes;	       /* by node: how many point to it */
};

int tree_joint_add(struct build *build, uint32_t a, uint16_t pa, uint32_t b, uint16_t pb,
		   uint8_t source, double error);
/* Breadth first from the root: parents, ports and depths of its part; build->queue has its nodes.
 * Their number. */
uint32_t tree_orient(struct topo *topo, struct build *build, uint32_t root, uint32_t component);
void tree_part_reset(struct topo *topo, const uint32_t *nodes, uint32_t count);

/* root.c */
void tree_beacons_find(const struct topo *topo, struct build *build);
/* Where a node sees the way up; NONE16. */
uint16_t tree_beacon_port(const struct topo *topo, const struct build *build, uint32_t n);
void tree_former_weigh(struct topo *topo, struct build *build);
void tree_score_roots(const struct topo *topo, struct build *build);
/* The best root of a component that was joined, and its orientation. */
void tree_root_choose(struct topo *topo, struct build *build, uint32_t component);

/* votes.c: of a component, whose nodes are in build->queue, parents first. */
/* How many point to each as the one where the monitor is, into build->votes; returns how many say
 * anything. */
uint32_t tree_votes_count(const struct topo *topo, struct build *build, uint32_t count);
/* Links that they contradict may be upside down. Overwrites build->votes. */
void tree_votes_doubt(struct topo *topo, struct build *build, uint32_t count);

/* hang.c: hangs the part of `top` on the component, if its stations are seen there. */
enum { SEEN_MAX = 4096 }; /* of the room `seen` */
int tree_part_hang(struct topo *topo, struct build *build, uint32_t top, uint32_t component,
		   uint32_t *seen, bool *is_hung);

double tree_hang_error(const struct topo *topo, uint32_t agree);

/* order.c */
int tree_number(struct topo *topo);

#endif
