/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The two halves of the ONVIF conformance run.
 */
#ifndef TESTS_CONFORMANCE_ONVIF_CHECK_H
#define TESTS_CONFORMANCE_ONVIF_CHECK_H

#include "tap.h"

#include "keepwatch/buf.h"

/* Every capture below dir, checked against dir/INDEX.tsv. */
void check_captures(struct tap *tap, const char *dir);
/* Every hostile or odd file in dir: its class, CPU time and memory. */
void check_edges(struct tap *tap, const char *dir);

/* The i-th generated body, for the caller to buf_fini, and its name; NULL past the last. */
const char *generate_edge(size_t i, struct buf *body);

#endif
