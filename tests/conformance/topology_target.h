/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Settings of the probe `topology`, and a fleet of switches that share a community, for programs
 * that run it without configuration files.
 */
#ifndef TESTS_CONFORMANCE_TOPOLOGY_TARGET_H
#define TESTS_CONFORMANCE_TOPOLOGY_TARGET_H

#include "keepwatch/fleet.h"
#include "keepwatch/probe.h"

enum { TOPOLOGY_OPTIONS_MAX = 32 };

struct topology_settings {
	struct probe_settings settings;
	struct option_value options[TOPOLOGY_OPTIONS_MAX];
};

/* Defaults, with 500 ms and one retry. 0 or a code of err.h. Not to be moved. */
int topology_settings_init(struct topology_settings *settings);
/* "gap=0". */
int topology_settings_set(struct topology_settings *settings, const char *text);
/* NULL: out of memory. */
struct fleet *topology_fleet_new(const char *community, uint16_t port, size_t switches);

#endif
