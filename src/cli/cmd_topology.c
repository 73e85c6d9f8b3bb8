/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch topology: which switch port every device hangs on.
 */
#include "topology.h"

#include "link_sheet.h"
#include "jsonw.h"
#include "select.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

bool
topology_is_problem(const struct topology *topology, const struct tree_node *node)
{
	bool is_well = topology->at_ms != 0 ||
		       (node->device->health == HEALTH_UP && !node->device->is_flapping);

	return !is_well || node->is_unplaced || node->is_ring ||
	       (node->link != NULL &&
		(node->link->is_contradicted || node->link->confidence < TOPO_CONFIDENCE_LOW));
}

bool
topology_is_drawn(const struct topology *topology, size_t place)
{
	return (topology->marks[place] & TOPOLOGY_SHOWN) &&
	       (topology->depth == 0 || topology->tree.nodes[place].depth < topology->depth);
}

/* Whether a device without a place was in the fleet at the time that is shown. */
static bool
was_there(const struct topology *topology, const struct tree_node *node)
{
	const struct reader_device *device = node->device;

	return topology->at_ms == 0 || !node->is_unplaced ||
	       (device->declared_ms <= topology->at_ms &&
		(device->removed_ms == 0 || device->removed_ms > topology->at_ms));
}

/* Marks what was asked for, and what stands above it. */
static int
mark(struct topology *topology, const struct selection *filters, const struct selection *names)
{
	const struct topo_tree *tree = &topology->tree;
	bool only_problems = args_has(&topology->cli->args, ARG_PROBLEMS);
	bool *is_named = calloc(tree->count + 1, sizeof(*is_named));

	topology->marks = calloc(tree->count + 1, sizeof(*topology->marks));
	if (topology->marks == NULL || is_named == NULL) {
		free(is_named);
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < tree->order_count; i++) {
		size_t place = tree->order[i];
		const struct tree_node *node = &tree->nodes[place];

		/* Whoever names a switch wants to see what hangs on it. */
		is_named[place] = node->parent != TREE_NONE && is_named[node->parent];
		if (node->type != TREE_DEVICE)
			continue;
		is_named[place] = is_named[place] || selection_has(names, node->device);
		if (!is_named[place] || !selection_has(filters, node->device) ||
		    !was_there(topology, node) ||
		    (only_problems && !topology_is_problem(topology, node)))
			continue;
		topology->marks[place] = TOPOLOGY_WANTED | TOPOLOGY_SHOWN;
		topology->wanted++;
	}
	for (size_t i = tree->order_count; i-- > 0;) {
		size_t place = tree->order[i], parent = tree->nodes[place].parent;

		if (parent != TREE_NONE)
			topology->marks[parent] |= topology->marks[place] & TOPOLOGY_SHOWN;
	}
	free(is_named);
	return 0;
}

static int
read_all(struct topology *topology)
{
	static const struct arg_values none;
	const struct cli *cli = topology->cli;
	struct reader_filter filter = READER_FILTER_ANY;
	struct selection filters, names, all;
	int rc = selection_init(&filters, cli, false);

	if (rc != 0)
		return rc;
	all = (struct selection){.cli = cli, .sites = &none, .owners = &none};
	names = all;
	names.patterns = &cli->args.operands;
	topology->has_names = cli->args.operands.count > 0;
	rc = selection_read_all(&all, &topology->devices);
	if (rc != 0)
		return rc;
	selection_remark(&filters, &topology->devices);
	filter.with_removed = topology->at_ms != 0;
	rc = topology->at_ms != 0
		     ? reader_links_at(cli->reader, &filter, topology->at_ms, &topology->links)
		     : reader_links(cli->reader, &filter, &topology->links);
	if (rc != 0)
		return cli_reader_failed(cli, rc);
	rc = topo_tree_build(&topology->tree, &topology->devices, &topology->links,
			     topology->at_ms != 0);
	if (rc == 0)
		rc = mark(topology, &filters, &names);
	if (rc != 0) {
		cli_complain(cli, "%s", err_text(rc));
		return CLI_UNREADABLE;
	}
	if (topology->wanted == 0)
		cli_complain(cli, "note: no device to show");
	return 0;
}

static const struct reader_device *
find_device(const struct topo_tree *tree, uint32_t id)
{
	size_t place = topo_tree_find(tree, id);

	return place != TREE_NONE ? tree->nodes[place].device : NULL;
}

static void
add_rows(struct topology *topology, struct sheet *sheet)
{
	const struct topo_tree *tree = &topology->tree;
	const struct reader_link *link = topology->links.items;

	/* Links come by device id; the rows go out by site and name. */
	for (size_t i = 0; i < tree->device_count; i++) {
		const struct tree_node *node = &tree->nodes[i];
		size_t low = 0, high = topology->links.count;

		if (!(topology->marks[i] & TOPOLOGY_WANTED))
			continue;
		while (low < high) {
			size_t middle = low + (high - low) / 2;

			if (link[middle].link.device < node->device->id)
				low = middle + 1;
			else
				high = middle;
		}
		for (; low < topology->links.count && link[low].link.device == node->device->id;
		     low++) {
			link_sheet_add(sheet, node->device,
				       find_device(tree, link[low].link.parent),
				       find_device(tree, link[low].link.seen_parent), &link[low],
				       topology->at_ms == 0);
		}
	}
}

void
topology_write_rows(struct topology *topology)
{
	struct cli *cli = topology->cli;
	struct jsonw json;
	struct sheet sheet;
	struct buf buf;

	sheet_init(&sheet, link_columns, link_column_count);
	add_rows(topology, &sheet);
	if (cli->format == SHEET_CSV) {
		cli_put_csv(cli, &sheet);
		return;
	}
	sheet_select(&sheet, SHEET_JSON, NULL, NULL);
	cli_begin_json(cli, &json, &buf, "topology");
	if (topology->at_ms != 0)
		jsonw_time(&json, "at", topology->at_ms);
	sheet_write_json(&sheet, &json, "topology");
	jsonw_array(&json, "unplaced");
	for (size_t i = 0; i < topology->tree.device_count; i++) {
		const struct tree_node *node = &topology->tree.nodes[i];

		if (!node->is_unplaced || !(topology->marks[i] & TOPOLOGY_WANTED))
			continue;
		jsonw_flat_object(&json, NULL);
		jsonw_text(&json, "device", node->name);
		jsonw_text_or_null(&json, "site", node->device->site);
		jsonw_text(&json, "kind", kind_name(node->device->kind));
		jsonw_text(&json, "state",
			   topology->at_ms == 0 ? health_name(node->device->health) : NULL);
		jsonw_end_object(&json);
	}
	jsonw_end_array(&json);
	cli_end_json(cli, &json);
	out_fail(cli->out, sheet.error);
	sheet_fini(&sheet);
}

static int
parse_options(struct topology *topology)
{
	struct cli *cli = topology->cli;
	const char *at = args_value(&cli->args, ARG_AT), *depth = args_value(&cli->args, ARG_DEPTH);
	char *end;

	if (at != NULL && cli_parse_when(cli, at, &topology->at_ms) != 0)
		return cli_usage(cli,
				 "--at %s: expected a duration back from now, as 2h or 7d, or a "
				 "time, as 2026-03-01 or 2026-03-01T14:00Z",
				 at);
	if (depth != NULL) {
		topology->depth = strtoul(depth, &end, 10);
		if (*depth < '0' || *depth > '9' || *end != '\0')
			return cli_usage(cli, "--depth %s: expected a number, 0 for all", depth);
	}
	if (args_has(&cli->args, ARG_ALL) && args_has(&cli->args, ARG_PROBLEMS))
		return cli_usage(cli, "--all or --problems, but not both");
	return 0;
}

int
cmd_topology_run(struct cli *cli)
{
	struct topology topology = {.cli = cli};
	int rc = parse_options(&topology);

	if (rc == 0)
		rc = cli_open_store(cli);
	if (rc == 0)
		rc = read_all(&topology);
	if (rc == 0) {
		if (cli->drawing == CLI_DRAW_DOT)
			topology_write_dot(&topology, cli->out);
		else if (cli->drawing == CLI_DRAW_SVG)
			rc = topology_write_svg(&topology);
		else if (cli->format == SHEET_TABLE)
			topology_write_screen(&topology);
		else
			topology_write_rows(&topology);
	}
	free(topology.marks);
	topo_tree_fini(&topology.tree);
	reader_link_list_fini(&topology.links);
	reader_device_list_fini(&topology.devices);
	return rc;
}
