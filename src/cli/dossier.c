/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which devices the pack is about, and its files one after the other.
 */
#include "dossier.h"

#include "device_sheet.h"
#include "link_sheet.h"
#include "pack.h"
#include "select.h"
#include "show.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

enum { AROUND_MS = 3600 * 1000, TEXT_WIDTH = 100 };

/* Marks a node and all that it hangs on. */
static void
mark(const struct topo_tree *tree, bool *marks, size_t place)
{
	for (; place != TREE_NONE && !marks[place]; place = tree->nodes[place].parent)
		marks[place] = true;
}

static int
choose_devices(struct dossier *dossier)
{
	const struct why *why = dossier->why;
	const struct topo_tree *tree = &why->place.tree;
	bool *marks = calloc(tree->count + 1, sizeof(*marks));

	if (marks == NULL)
		return ERR_NOMEM;
	mark(tree, marks, why->place.cause);
	for (size_t i = 0; i < why->devices.count; i++)
		mark(tree, marks, topo_tree_find(tree, why->devices.items[i].outage.device));
	dossier->devices.items = malloc(sizeof(*dossier->devices.items) * (tree->count + 1));
	for (size_t i = 0; i < tree->device_count && dossier->devices.items != NULL; i++) {
		if (marks[i])
			dossier->devices.items[dossier->devices.count++] = *tree->nodes[i].device;
	}
	free(marks);
	if (dossier->devices.items != NULL)
		dossier->ids = ids_sort(&dossier->devices);
	return dossier->ids != NULL ? 0 : ERR_NOMEM;
}

int
dossier_init(struct dossier *dossier, struct cli *cli, const struct why *why, struct pack *pack)
{
	const struct reader_incident *incident = why->incident;
	const struct topo_tree *tree = &why->place.tree;
	size_t cause = why->place.cause, above = why->place.parent;

	*dossier = (struct dossier){.cli = cli, .why = why, .pack = pack};
	dossier->since_ms = incident->since_ms;
	for (size_t i = 0; i < why->devices.count; i++) {
		int64_t since_ms = why->devices.items[i].outage.since_ms;

		if (since_ms != 0 && since_ms < dossier->since_ms)
			dossier->since_ms = since_ms;
	}
	dossier->since_ms -= AROUND_MS;
	dossier->until_ms = cli->now_ms + 1;
	if (incident->closed_ms != 0 && incident->closed_ms + AROUND_MS < cli->now_ms)
		dossier->until_ms = incident->closed_ms + AROUND_MS;
	if (cause != TREE_NONE && tree_node_is_switch(&tree->nodes[cause]))
		dossier->sw = tree->nodes[cause].device;
	else if (cause != TREE_NONE && above != TREE_NONE)
		dossier->sw = tree->nodes[above].device;
	return choose_devices(dossier);
}

void
dossier_fini(struct dossier *dossier)
{
	free(dossier->devices.items);
	free(dossier->ids);
}

static int
write_summary(struct dossier *dossier)
{
	why_write_screen(dossier->cli, dossier->why, true);
	return 0;
}

static int
write_incident(struct dossier *dossier)
{
	why_write_json(dossier->cli, dossier->why);
	return 0;
}

static int
write_switch(struct dossier *dossier)
{
	struct show show;
	int rc;

	if (dossier->sw == NULL) {
		out_puts(dossier->cli->out, "No one switch is in question.\n");
		return 0;
	}
	rc = show_read(dossier->cli, dossier->sw->name, &show);
	if (rc == 0)
		show_write_screen(dossier->cli, &show);
	show_fini(&show);
	return rc == 0 ? 0 : ERR_IO;
}

/* A table of the dossier as CSV; takes what filling it returned. */
static int
put_csv(struct dossier *dossier, struct sheet *sheet, int rc)
{
	if (rc == 0)
		cli_put_csv(dossier->cli, sheet);
	else
		sheet_fini(sheet);
	return rc;
}

static int
write_timeline(struct dossier *dossier)
{
	struct sheet sheet;

	sheet_init(&sheet, dossier_timeline_columns, dossier_timeline_column_count);
	return put_csv(dossier, &sheet, dossier_fill_timeline(dossier, &sheet));
}

static int
write_devices(struct dossier *dossier)
{
	struct sheet sheet;

	sheet_init(&sheet, device_columns, device_column_count);
	return put_csv(dossier, &sheet,
		       device_sheet_fill(dossier->cli, &sheet, &dossier->devices) == 0 ? 0
										       : ERR_IO);
}

static int
write_outages(struct dossier *dossier)
{
	struct sheet sheet;

	sheet_init(&sheet, why_outage_columns, why_outage_column_count);
	why_fill_outages(dossier->why, &sheet, false);
	return put_csv(dossier, &sheet, sheet.error);
}

static int
write_topology(struct dossier *dossier)
{
	const struct why *why = dossier->why;
	struct sheet sheet;

	sheet_init(&sheet, link_columns, link_column_count);
	for (size_t i = 0; i < why->place.links.count; i++) {
		const struct reader_link *link = &why->place.links.items[i];
		size_t place = ids_find(dossier->ids, dossier->devices.count, link->link.device);

		if (place != SIZE_MAX)
			link_sheet_add(&sheet, &dossier->devices.items[place],
				       why_find_device(why, link->link.parent),
				       why_find_device(why, link->link.seen_parent), link,
				       why->incident->closed_ms == 0);
	}
	return put_csv(dossier, &sheet, sheet.error);
}

static int
write_ports(struct dossier *dossier)
{
	struct sheet sheet;

	sheet_init(&sheet, dossier_port_columns, dossier_port_column_count);
	return put_csv(dossier, &sheet, dossier_fill_ports(dossier, &sheet));
}

static int
write_metrics(struct dossier *dossier)
{
	struct sheet sheet;

	sheet_init(&sheet, dossier_metric_columns, dossier_metric_column_count);
	return put_csv(dossier, &sheet, dossier_fill_metrics(dossier, &sheet));
}

static int
write_facts(struct dossier *dossier)
{
	struct sheet sheet;

	sheet_init(&sheet, dossier_fact_columns, dossier_fact_column_count);
	return put_csv(dossier, &sheet, dossier_fill_facts(dossier, &sheet));
}

static const struct {
	const char *name;
	int (*write)(struct dossier *dossier);
} files[] = {
	{"summary.txt", write_summary},	  {"incident.json", write_incident},
	{"timeline.csv", write_timeline}, {"switch.txt", write_switch},
	{"ports.csv", write_ports},	  {"devices.csv", write_devices},
	{"outages.csv", write_outages},	  {"topology.csv", write_topology},
	{"metrics.csv", write_metrics},	  {"facts.csv", write_facts},
};

int
dossier_write(struct dossier *dossier)
{
	struct cli *cli = dossier->cli, file = *cli;
	int rc = 0;

	/* Text that is the same whoever asked for it. */
	file.term = (struct term){.has_utf8 = cli->term.has_utf8, .width = TEXT_WIDTH};
	dossier->cli = &file;
	for (size_t i = 0; i < MEM_COUNT(files) && rc == 0; i++) {
		rc = pack_begin(dossier->pack, files[i].name, &file.out);
		if (rc == 0)
			rc = files[i].write(dossier);
		if (rc == 0)
			rc = pack_end(dossier->pack);
	}
	dossier->cli = cli;
	return rc;
}
