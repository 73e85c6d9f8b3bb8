/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the inference puts devices of which a recorded switch tells twice: by LLDP and by its
 * forwarding table.
 */
#ifndef TESTS_CONFORMANCE_TOPOLOGY_PLACE_H
#define TESTS_CONFORMANCE_TOPOLOGY_PLACE_H

#include "keepwatch/switch_view.h"

#include <stdio.h>

/*
 * Writes lines "place HOW MAC TRUTH FOUND CONFIDENCE". HOW "fdb": devices that LLDP names, with
 * LLDP hidden from the inference; "lldp": the same with the forwarding table hidden; "alone":
 * devices that are the only ones learned on a port. TRUTH and FOUND are ifIndexes, 0 none. -1: out
 * of memory.
 */
int topology_place(FILE *out, const struct switch_view *view);

#endif
