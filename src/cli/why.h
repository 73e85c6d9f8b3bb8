/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why something is dark: one incident with all that is stored of it, and the part of the topology
 * that it is about. `why`, `incident show` and the pack of `evidence` are written from it.
 */
#ifndef CLI_WHY_H
#define CLI_WHY_H

#include "cli.h"
#include "topo_tree.h"

#include "keepwatch/reader_incident.h"

/* What the incident concerns: devices affected, what is blamed, and what they hang on, each up to
 * the top; as it was at its onset if it is closed, else as it is. */
struct why_place {
	struct reader_device_list *parts; /* one device each, or all in one */
	size_t part_count, part_cap;
	struct reader_device_list devices; /* borrowed from the parts */
	struct reader_link_list links;
	struct topo_tree tree;
	size_t cause;  /* the node that is blamed; TREE_NONE: a site, a zone, not in the fleet */
	size_t parent; /* what that one hangs on, TREE_NONE */
};

struct why {
	struct cli *cli;
	struct reader_device_list asked;	/* the device asked for; empty: an incident was */
	struct reader_incident_list incidents;	/* the one, the others of the device behind it */
	const struct reader_incident *incident; /* NULL: none has, or had, the device */
	size_t others;				/* further open ones that have the device */
	struct reader_incident_device_list devices;
	struct reader_incident_alt_list alts;
	struct reader_incident_step_list steps;
	struct evidence_line_list evidence, deciders;
	struct why_place place;
	size_t kinds[KIND_COUNT]; /* of the affected */
};

/* text: number of an incident, name or address of a device. 0 or an exit code after complaining.
 * why_fini is due in any case. */
int why_read(struct cli *cli, const char *text, struct why *why);
void why_fini(struct why *why);
/* Reads and writes it as --format asks. */
int why_run(struct cli *cli, const char *text);

void why_write_screen(struct cli *cli, const struct why *why, bool with_all);
void why_write_json(struct cli *cli, const struct why *why);

/* The part of the topology; the rest must have been read. 0, a code of the reader, ERR_NOMEM. */
int why_place_read(struct why *why);
void why_place_fini(struct why_place *place);
const struct reader_device *why_find_device(const struct why *why, uint32_t id);

/* "HH:MM:SS" within a day of the onset, else with the date; "" for 0. */
enum { WHY_TIME_SIZE = 32 };
const char *why_time(const struct why *why, int64_t at_ms, char *out, size_t size);
/* What is to be done, one sentence. */
void why_put_advice(struct buf *buf, const struct why *why);

/*
 * The sheets of its sections. Rows for tables, JSON and CSV alike; texts are borrowed.
 * Outages: the tree from the cause to the affected; is_folded: where many hang on one switch, some
 * of them and how many more.
 */
extern const struct column why_outage_columns[], why_line_columns[], why_alt_columns[],
	why_step_columns[];
extern const size_t why_outage_column_count, why_line_column_count, why_alt_column_count,
	why_step_column_count;
void why_fill_outages(const struct why *why, struct sheet *sheet, bool is_folded);
void why_fill_lines(const struct why *why, struct sheet *sheet,
		    const struct evidence_line_list *lines, size_t most);
void why_fill_alts(const struct why *why, struct sheet *sheet);
void why_fill_steps(const struct why *why, struct sheet *sheet, size_t first);

#endif
