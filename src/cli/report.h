/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fleet summed up: what `keepwatch report` shows, gathered once and then written as a screen,
 * as JSON or as CSV.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli.h"

struct selection;

struct report_count {
	const char *name; /* of a site or kind, "" for no site */
	size_t devices, by_health[HEALTH_COUNT], flapping;
};

/* One firmware of one model. */
struct report_firmware {
	const char *vendor, *model, *firmware; /* "" if not known */
	size_t devices;
};

struct report {
	struct reader_device_list devices;
	struct report_count total;
	struct report_count *sites; /* by name */
	size_t site_count, site_cap;
	struct report_count kinds[KIND_COUNT];
	/* borrowed from devices; the newest first */
	const struct reader_device **by_health[HEALTH_COUNT];
	const struct reader_device **flapping;
	struct report_firmware *firmware; /* by vendor, model, falling count */
	size_t firmware_count, firmware_cap;
	struct reader_drift_list drifts; /* worst first */
	struct reader_fact_list facts;	 /* whose strings the firmware list borrows */
};

/* Reads all of it. 0, or an exit code after complaining. report_fini is due in any case. */
int report_read(struct report *report, const struct selection *selection, int64_t clock_offset_ms);
void report_fini(struct report *report);

/* limit: rows of a section; 0: all; REPORT_FITTING: what leaves it on one screen, 2 to 10. */
#define REPORT_FITTING SIZE_MAX
void report_write_screen(struct cli *cli, const struct report *report, size_t limit);
void report_write_json(struct cli *cli, const struct report *report);
void report_write_csv(struct cli *cli, const struct report *report);

#endif
