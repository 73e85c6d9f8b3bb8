/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fleet summed up: what `keepwatch report` shows, gathered once and then written as a screen,
 * as JSON or as CSV.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "audit_view.h"
#include "cli.h"

#include "keepwatch/reader_incident.h"
#include "keepwatch/reader_topology.h"

struct jsonw;
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

/* What is doubtful about the places of devices, and what changed lately. */
enum report_place_class {
	REPORT_UNPLACED,
	REPORT_CONTRADICTED, /* declared, but seen elsewhere */
	REPORT_GUESSED,	     /* below TOPO_CONFIDENCE_LOW */
	REPORT_WRONG_VLAN,   /* on a VLAN that the configuration does not allow for its kind */
	REPORT_PLACE_CLASSES
};

struct report_place {
	const struct reader_device *device;
	const struct topo_link *link; /* NULL: REPORT_UNPLACED */
};

struct report_topology {
	struct reader_link_list links;
	struct id_place *ids; /* of the report's devices */
	/* Each by site and name, borrowed. */
	struct report_place *places[REPORT_PLACE_CLASSES];
	size_t counts[REPORT_PLACE_CLASSES];
	bool knows_vlans; /* what is allowed */
	int64_t since_ms;
	struct reader_event_list changes; /* since then, oldest first */
};

struct report {
	struct reader_incident_list incidents; /* open ones, the newest first */
	struct reader_finding_list findings;   /* early warnings, likewise, the worst first */
	struct audit_view audit;
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
	struct report_topology topology;
};

/* Reads all of it; since_ms: changes of the topology from then on. 0, or an exit code after
 * complaining. report_fini is due in any case. */
int report_read(struct report *report, const struct selection *selection, int64_t clock_offset_ms,
		int64_t since_ms);
void report_fini(struct report *report);

/* limit: rows of a section; 0: all; REPORT_FITTING: what leaves it on one screen, 2 to 10. */
#define REPORT_FITTING SIZE_MAX
void report_write_screen(struct cli *cli, const struct report *report, size_t limit);
void report_write_json(struct cli *cli, const struct report *report);
void report_write_csv(struct cli *cli, const struct report *report);

/* Title of a section: how many rows there are, and if only some are shown, how to see more. */
void report_put_title(struct cli *cli, enum term_tint tint, const char *title, size_t count,
		      size_t limit, const char *more);

/* The part about incidents and findings. 0, or an exit code after complaining. */
int report_incidents_read(struct report *report, const struct selection *selection);
void report_incidents_fini(struct report *report);
/* How many lines it takes with so many rows in a section. */
size_t report_incidents_lines(const struct report *report, size_t limit);
void report_incidents_write_screen(struct cli *cli, const struct report *report, size_t limit);
void report_incidents_write_json(struct cli *cli, struct jsonw *json, const struct report *report);

/* The part about the topology, once the devices are read. 0, a code of the reader, ERR_NOMEM. */
int report_topology_read(struct report *report, const struct cli *cli, int64_t since_ms);
void report_topology_fini(struct report_topology *topology);
const char *report_place_name(enum report_place_class class); /* "unplaced" ... */
/* Where it is, or where it is seen, in words: "hq-acc-1 gi1/0/14, 40 %"; "" of an unplaced one. */
void report_put_place(struct buf *buf, const struct report *report, enum report_place_class class,
		      const struct report_place *place);
/* How many lines it takes, 0: there is nothing to say. */
size_t report_topology_lines(const struct report *report);
void report_topology_write_screen(struct cli *cli, const struct report *report, size_t limit);

#endif
