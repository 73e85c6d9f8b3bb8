/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of nodes, sites and power zones, and their numbers, in hashes both ways.
 */
#ifndef CODEC_EVIDENCE_NAMES_H
#define CODEC_EVIDENCE_NAMES_H

#include "keepwatch/incident.h"

#include <stddef.h>
#include <stdint.h>

struct evidence_name;

struct evidence_names {
	/* Of each type, the same entries twice. */
	struct evidence_name *by_id[BLAME_ZONE + 1], *by_name[BLAME_ZONE + 1];
};

void evidence_names_init(struct evidence_names *names);
void evidence_names_fini(struct evidence_names *names);
/* Tells the name of a number; a later one replaces it. ERR_NOMEM. */
int evidence_names_put(struct evidence_names *names, enum blame_type type, uint32_t id,
		       const char *name, size_t len);
/* Borrowed until it is replaced; NULL: none was told. */
const char *evidence_names_get(const struct evidence_names *names, enum blame_type type,
			       uint32_t id);
/* The number of a name; 0: none. */
uint32_t evidence_names_find(const struct evidence_names *names, enum blame_type type,
			     const char *name, size_t len);

#endif
