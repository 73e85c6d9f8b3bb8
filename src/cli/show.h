/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All that is known about one device: what `keepwatch show` gathers, and how it is written.
 */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "cli.h"
#include "show_place.h"

enum {
	SHOW_SLOTS = 48,		      /* of the sparkline */
	SHOW_SLOT_MS = 24 * 3600 * 1000 / 48, /* half an hour each */
	SHOW_EVENTS = 15,
	SHOW_HISTORY = 20,
};

/* The last 24 hours of one probe. */
struct show_day {
	uint64_t runs, up, sent, lost;
	uint32_t rtt_min_us, rtt_max_us;
	double rtt_avg_us;	   /* -1: nothing answered */
	double rtt_us[SHOW_SLOTS]; /* -1: none */
	double down[SHOW_SLOTS];   /* share of runs without answer; -1: no run */
};

struct show {
	struct reader_device_list found; /* one */
	const struct reader_device *device;
	struct reader_device_list upstream; /* one or none */
	struct reader_probe_list probes;
	struct show_day *days; /* one a probe */
	struct reader_fact_list facts;
	struct reader_past_list history;
	struct reader_event_list events;
	struct show_place place;
};

/* 0, or an exit code after complaining. show_fini is due in any case. */
int show_read(struct cli *cli, const char *name, struct show *show);
void show_fini(struct show *show);

void show_write_screen(struct cli *cli, const struct show *show);
void show_write_json(struct cli *cli, const struct show *show);
/* One flat table whose first column says what a row is about. */
void show_write_csv(struct cli *cli, const struct show *show);

#endif
