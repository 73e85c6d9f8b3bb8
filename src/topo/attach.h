/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A device between its candidate places: candidates.c finds and weighs them, attach.c chooses.
 */
#ifndef KEEPWATCH_TOPO_ATTACH_H
#define KEEPWATCH_TOPO_ATTACH_H

#include "topo_impl.h"

#define HIGH_ERROR 0.004 /* of links with TOPO_CONFIDENCE_HIGH at most this share is wrong */
#define UNSEEN	   0.15	 /* a switch that is right may lack the row */

enum { CANDIDATES = 12 };

struct candidate {
	struct place place;
	const struct heard *heard;
	bool has_row, is_former;
	uint32_t first_s;
	uint16_t vlan, agreeing, opposing;
	double score;
};

struct field {
	const struct topo *topo;
	const struct device_state *dev;
	const struct station *station;
	uint32_t station_index;
	struct candidate list[CANDIDATES];
	size_t count;
};

/* All candidates, with their scores: logarithms of how likely the rows are if it were the place. */
void attach_prepare(struct field *field);
/* Adds what the rows of all switches say of the candidate. */
void attach_score_rows(const struct field *field, struct candidate *candidate);
/* When the latest that speaks for it appeared. */
uint32_t attach_newest(const struct candidate *candidate);
bool attach_is_stale(const struct topo *topo, const struct node *node);

#endif
