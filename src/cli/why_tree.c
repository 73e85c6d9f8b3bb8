/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tree from the cause to each affected device, as rows: what is blamed, the switches and ports
 * between, the devices with their outages. Who does not hang below the cause, as far as is known,
 * stands directly below it.
 */
#include "why.h"

#include "human.h"
#include "incident_sheet.h"
#include "topo_text.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

enum { FOLD_ABOVE = 8, FOLD_SHOWN = 5, TEXT_MAX = 64 << 10 };

#define S COLUMN_SHOWN
#define L COLUMN_LISTED
#define E COLUMN_HIDDEN_IF_EMPTY
#define Y COLUMN_YIELDS

#define OUTAGE_COLUMNS(X)                                                                         \
	X(DEVICE, "device", "CAUSE AND AFFECTED", TEXT, S | COLUMN_TREE, "device, or what it is") \
	X(ROLE, "role", "ROLE", TEXT, 0, "cause, affected, or way: what is between")              \
	X(PORT, "port", "PORT", TEXT, S | E | COLUMN_TRUNC, "port of what it hangs on")           \
	X(PARENT, "parent", "HANGS ON", TEXT, 0, "switch or router that it hangs on")             \
	X(KIND, "kind", "KIND", TEXT, S | 3 * Y, "camera, door, switch ...")                      \
	X(SITE, "site", "SITE", TEXT, 0, "site")                                                  \
	X(ADDRESS, "address", "ADDRESS", TEXT, S | 4 * Y, "address in the fleet file")            \
	X(STATE, "state", "STATE", STATE, 0, "state of the device now")                           \
	X(OUT, "out", "OUT SINCE", TEXT, S | L | E, "since when it is out")                       \
	X(BACK, "back", "BACK", TEXT, S | L | E | 1 * Y, "when it answered again")                \
	X(SINCE, "since", "SINCE", TIME, 0, "first lost poll; none: it was never out")            \
	X(UNTIL, "until", "UNTIL", TIME, 0, "first answer after it; none: still out")             \
	X(FOR, "outage_ms", "OUT FOR", DURATION, S | E | 2 * Y, "how long it was out, in ms")     \
	X(LEFT, "left", "LEFT", TIME, 0, "since when it is no longer held to belong here")        \
	X(NOTE, "note", "NOTE", TEXT, S | L | E | COLUMN_WRAP, "what is to be said besides")

enum outage_column {
#define X(id, name, title, type, flags, help) COL_##id,
	OUTAGE_COLUMNS(X)
#undef X
		COL_COUNT
};

#define X(id, name, title, type, flags, help) {name, title, CELL_##type, flags, help},
const struct column why_outage_columns[] = {OUTAGE_COLUMNS(X)};
#undef X
const size_t why_outage_column_count = COL_COUNT;

/* What is folded below one row. */
struct fold {
	size_t leaves, shown, kinds[KIND_COUNT], out;
};

struct planting {
	const struct why *why;
	struct sheet *sheet;
	const struct reader_incident_device **outages; /* by node; NULL: a node between */
	bool *is_shown;				       /* by node */
	bool *has_shown;			       /* by node: something is shown below it */
	size_t *rows;				       /* by node */
	struct fold *folds;			       /* by node */
	size_t parent_cap;
	size_t top; /* the node at the root; TREE_NONE: the root is no node */
	bool is_folded;
	struct buf text;
};

/* The content of planting->text, kept in the sheet. */
static const char *
keep(struct planting *planting)
{
	const char *text = planting->text.data != NULL ? planting->text.data : "";

	text = arena_strdup(&planting->sheet->arena, text);
	if (text == NULL || planting->text.error != 0)
		planting->sheet->error = ERR_NOMEM;
	buf_reset(&planting->text);
	return text;
}

static struct cell *
add_row(struct planting *planting, size_t parent_row)
{
	struct sheet *sheet = planting->sheet;
	struct cell *row = sheet_add(sheet);

	if (mem_grow(&sheet->parents, &planting->parent_cap, sheet->row_count + 1,
		     sizeof(*sheet->parents)) != 0)
		sheet->error = ERR_NOMEM;
	else
		sheet->parents[sheet->row_count - 1] = parent_row;
	return row;
}

static void
note(struct planting *planting, const char *text)
{
	buf_printf(&planting->text, "%s%s", planting->text.len > 0 ? "; " : "", text);
}

static void
set_outage(struct planting *planting, struct cell *row, const struct reader_incident_device *device)
{
	const struct incident_device *outage = &device->outage;
	const struct why *why = planting->why;
	char text[WHY_TIME_SIZE];

	cell_set_time(&row[COL_SINCE], outage->since_ms);
	cell_set_time(&row[COL_UNTIL], outage->until_ms);
	cell_set_time(&row[COL_LEFT], device->left_ms);
	if (device->left_ms != 0) {
		buf_printf(&planting->text, "no longer held to belong here since %s",
			   why_time(why, device->left_ms, text, sizeof(text)));
	}
	if (outage->since_ms == 0) {
		note(planting, "not out");
		return;
	}
	/* What came after the incident was closed is not told with it. */
	cell_set_age(&row[COL_FOR], outage->since_ms,
		     outage->until_ms != 0	     ? outage->until_ms
		     : why->incident->closed_ms != 0 ? why->incident->closed_ms
						     : why->cli->now_ms);
	cell_set_text(&row[COL_OUT],
		      arena_strdup(&planting->sheet->arena,
				   why_time(why, outage->since_ms, text, sizeof(text))));
	if (outage->until_ms != 0)
		cell_set_text(&row[COL_BACK],
			      arena_strdup(&planting->sheet->arena,
					   why_time(why, outage->until_ms, text, sizeof(text))));
	else
		cell_set_text(&row[COL_BACK],
			      why->incident->closed_ms != 0 ? "not yet then" : "still out");
}

static void
set_node(struct planting *planting, struct cell *row, size_t place)
{
	const struct topo_tree *tree = &planting->why->place.tree;
	const struct tree_node *node = &tree->nodes[place];
	size_t above = topo_tree_above(tree, place);

	topo_put_name(&planting->text, node);
	cell_set_text(&row[COL_DEVICE], keep(planting));
	if (node->link != NULL && node->parent != TREE_NONE)
		cell_set_text(&row[COL_PORT], node->link->port);
	if (above != TREE_NONE)
		cell_set_text(&row[COL_PARENT], tree->nodes[above].name);
	if (node->type != TREE_DEVICE)
		return;
	cell_set_text(&row[COL_KIND], kind_name(node->device->kind));
	cell_set_text(&row[COL_SITE], node->device->site);
	cell_set_text(&row[COL_ADDRESS], node->device->address);
	cell_set_text(&row[COL_STATE], health_name(node->device->health));
}

static void
put_node(struct planting *planting, size_t place, size_t parent_row)
{
	const struct why *why = planting->why;
	const struct tree_node *node = &why->place.tree.nodes[place];
	const struct reader_incident_device *outage = planting->outages[place];
	struct cell *row = add_row(planting, parent_row);
	bool is_cause = place == why->place.cause, is_now = why->incident->closed_ms == 0;
	bool is_elsewhere = outage != NULL && place != planting->top &&
			    planting->top != TREE_NONE &&
			    (node->parent == TREE_NONE || !planting->is_shown[node->parent]);

	planting->rows[place] = planting->sheet->row_count - 1;
	set_node(planting, row, place);
	cell_set_text(&row[COL_ROLE], is_cause ? "cause" : outage != NULL ? "affected" : "way");
	if (is_cause) {
		note(planting, "TO BLAME");
		row[COL_NOTE].tint = TINT_BAD;
	} else if (outage == NULL && node->type == TREE_DEVICE && is_now) {
		note(planting, health_name(node->device->health));
	}
	if (outage != NULL)
		set_outage(planting, row, outage);
	if (is_elsewhere && node->parent == TREE_NONE) {
		note(planting, "its place is not known");
	} else if (is_elsewhere) {
		note(planting, "as far as is known on ");
		topo_put_path(&planting->text, &why->place.tree,
			      topo_tree_above(&why->place.tree, place), place);
	}
	if (why->asked.count > 0 && node->type == TREE_DEVICE &&
	    node->device->id == why->asked.items[0].id)
		note(planting, "asked for");
	cell_set_text(&row[COL_NOTE], keep(planting));
}

/* The root, where it is no node of the topology: a site, a power zone, the monitor. */
static void
put_root(struct planting *planting)
{
	static const char *const words[] = {
		[BLAME_NODE] = "", [BLAME_SITE] = "site ", [BLAME_ZONE] = "power zone "};
	const struct reader_incident *incident = planting->why->incident;
	struct cell *row = add_row(planting, SIZE_MAX);

	if (incident->verdict == VERDICT_MONITOR || *incident->blame_name == '\0')
		buf_puts(&planting->text,
			 incident->verdict == VERDICT_MONITOR ? "monitor" : "not known");
	else
		buf_printf(&planting->text, "%s%s",
			   incident->blame.type < MEM_COUNT(words) ? words[incident->blame.type]
								   : "",
			   incident->blame_name);
	cell_set_text(&row[COL_DEVICE], keep(planting));
	cell_set_text(&row[COL_ROLE], "cause");
	cell_set_text(&row[COL_SITE], incident->site);
	cell_set_text(&row[COL_NOTE], "TO BLAME");
	row[COL_NOTE].tint = TINT_BAD;
}

/* Whether a node above an affected device still belongs into the tree, where the root is no node.
 */
static bool
belongs(const struct why *why, size_t child, size_t place)
{
	const struct tree_node *nodes = why->place.tree.nodes;

	if (why->incident->blame.type == BLAME_SITE)
		return nodes[place].type != TREE_DEVICE ||
		       strcmp(nodes[place].device->site, why->incident->site) == 0;
	/* The switch that it hangs on, with what is between. */
	return nodes[child].type == TREE_HIDDEN || !tree_node_is_switch(&nodes[child]);
}

/* Marks what is between an affected node and the root. */
static void
mark_way(struct planting *planting, size_t place)
{
	const struct tree_node *nodes = planting->why->place.tree.nodes;
	size_t i = place;

	planting->is_shown[place] = true;
	if (planting->top != TREE_NONE) {
		while (i != TREE_NONE && i != planting->top)
			i = nodes[i].parent;
		for (; i != TREE_NONE && place != planting->top; place = nodes[place].parent)
			planting->is_shown[nodes[place].parent] = true;
		return;
	}
	for (i = nodes[place].parent; i != TREE_NONE && belongs(planting->why, place, i);
	     place = i, i = nodes[i].parent)
		planting->is_shown[i] = true;
}

static int
mark(struct planting *planting)
{
	const struct why *why = planting->why;
	const struct topo_tree *tree = &why->place.tree;
	size_t cause = why->place.cause;

	planting->top = cause;
	/* What a device hangs on is its context: it is seen to answer. */
	if (cause != TREE_NONE && !tree_node_is_switch(&tree->nodes[cause]) &&
	    why->place.parent != TREE_NONE)
		planting->top = why->place.parent;
	planting->outages = calloc(tree->count + 1, sizeof(struct reader_incident_device *));
	planting->is_shown = calloc(tree->count + 1, sizeof(*planting->is_shown));
	planting->has_shown = calloc(tree->count + 1, sizeof(*planting->has_shown));
	planting->rows = calloc(tree->count + 1, sizeof(*planting->rows));
	planting->folds = calloc(tree->count + 1, sizeof(*planting->folds));
	if (planting->outages == NULL || planting->is_shown == NULL ||
	    planting->has_shown == NULL || planting->rows == NULL || planting->folds == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < why->devices.count; i++) {
		size_t place = topo_tree_find(tree, why->devices.items[i].outage.device);

		if (place == TREE_NONE)
			continue;
		planting->outages[place] = &why->devices.items[i];
		mark_way(planting, place);
	}
	if (cause != TREE_NONE)
		mark_way(planting, cause);
	for (size_t i = 0; i < tree->count; i++) {
		if (planting->is_shown[i] && tree->nodes[i].parent != TREE_NONE)
			planting->has_shown[tree->nodes[i].parent] = true;
	}
	return 0;
}

/* The node whose row a node stands below; tree->count: the root that is no node. */
static size_t
row_parent(const struct planting *planting, size_t place)
{
	const struct topo_tree *tree = &planting->why->place.tree;
	size_t parent = tree->nodes[place].parent;

	if (parent != TREE_NONE && planting->is_shown[parent])
		return parent;
	return planting->top != TREE_NONE ? planting->top : tree->count;
}

static bool
is_foldable(const struct planting *planting, size_t place)
{
	const struct why *why = planting->why;

	return planting->outages[place] != NULL && !planting->has_shown[place] &&
	       place != why->place.cause &&
	       (why->asked.count == 0 ||
		planting->outages[place]->outage.device != why->asked.items[0].id);
}

/* True if there is a line for it; else it is counted. */
static bool
fold_has_room(struct planting *planting, size_t place)
{
	const struct reader_incident_device *outage = planting->outages[place];
	struct fold *fold = &planting->folds[row_parent(planting, place)];

	if (!planting->is_folded || !is_foldable(planting, place) || fold->leaves <= FOLD_ABOVE)
		return true;
	if (fold->shown < FOLD_SHOWN) {
		fold->shown++;
		return true;
	}
	fold->kinds[outage->kind]++;
	fold->out += incident_device_is_out(&outage->outage);
	return false;
}

static void
put_folds(struct planting *planting)
{
	const struct topo_tree *tree = &planting->why->place.tree;

	for (size_t i = 0; i <= tree->count; i++) {
		const struct fold *fold = &planting->folds[i];
		struct cell *row;

		if (fold->shown == 0)
			continue;
		row = add_row(planting, i < tree->count ? planting->rows[i] : 0);
		buf_printf(&planting->text, "and %zu more", fold->leaves - fold->shown);
		cell_set_text(&row[COL_DEVICE], keep(planting));
		buf_printf(&planting->text, "%zu still out", fold->out);
		cell_set_text(&row[COL_BACK], keep(planting));
		topo_put_kinds(&planting->text, fold->kinds);
		buf_puts(&planting->text, "; --all lists them");
		cell_set_text(&row[COL_NOTE], keep(planting));
	}
}

void
why_fill_outages(const struct why *why, struct sheet *sheet, bool is_folded)
{
	struct planting planting = {.why = why, .sheet = sheet, .is_folded = is_folded};
	const struct topo_tree *tree = &why->place.tree;

	if (why->incident == NULL)
		return;
	buf_init(&planting.text, TEXT_MAX);
	if (mark(&planting) != 0) {
		sheet->error = ERR_NOMEM;
		goto out;
	}
	for (size_t i = 0; i < tree->count; i++) {
		if (planting.is_shown[i] && is_foldable(&planting, i))
			planting.folds[row_parent(&planting, i)].leaves++;
	}
	if (planting.top != TREE_NONE)
		put_node(&planting, planting.top, SIZE_MAX);
	else
		put_root(&planting);
	for (size_t i = 0; i < tree->order_count; i++) {
		size_t place = tree->order[i], parent = row_parent(&planting, place);

		if (!planting.is_shown[place] || place == planting.top ||
		    !fold_has_room(&planting, place))
			continue;
		put_node(&planting, place, parent < tree->count ? planting.rows[parent] : 0);
	}
	put_folds(&planting);
out:
	free(planting.outages);
	free(planting.is_shown);
	free(planting.has_shown);
	free(planting.rows);
	free(planting.folds);
	buf_fini(&planting.text);
}
