/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The topology as a tree for people. On a switch with many devices that are well, these are one
 * line: what is wrong must not be lost among them.
 */
#include "topology.h"

#include "fit.h"
#include "human.h"
#include "topo_text.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

enum {
	FOLD_ABOVE = 8, /* so many that are well are shown one by one */
	TEXT_MAX = 64 << 10,
	STALE_MS = 24 * 3600 * 1000, /* a place not confirmed for longer is remarked */
};

enum { COL_NAME, COL_PORT, COL_VLAN, COL_STATE, COL_KIND, COL_SOURCE, COL_SURE, COL_NOTE };

static const struct column columns[] = {
	{"device", "DEVICE", CELL_TEXT, COLUMN_SHOWN | COLUMN_TREE, ""},
	{"port", "PORT", CELL_TEXT, COLUMN_SHOWN | COLUMN_TRUNC, ""},
	{"vlan", "VLAN", CELL_COUNT, COLUMN_SHOWN | COLUMN_HIDDEN_IF_EMPTY | 2 * COLUMN_YIELDS, ""},
	{"state", "STATE", CELL_STATE, COLUMN_SHOWN | COLUMN_HIDDEN_IF_EMPTY, ""},
	{"kind", "KIND", CELL_TEXT, COLUMN_SHOWN | 4 * COLUMN_YIELDS, ""},
	{"source", "KNOWN BY", CELL_TEXT, COLUMN_SHOWN | 3 * COLUMN_YIELDS, ""},
	{"confidence", "SURE", CELL_TEXT, COLUMN_SHOWN | 1 * COLUMN_YIELDS, ""},
	{"note", "NOTE", CELL_TEXT, COLUMN_SHOWN | COLUMN_WRAP | COLUMN_HIDDEN_IF_EMPTY, ""},
};

/* What is folded below one node. */
struct fold {
	size_t count, kinds[KIND_COUNT];
};

struct screen {
	struct topology *topology;
	struct sheet sheet;
	struct fold *folds; /* by node; the last one is of those without a place */
	size_t *rows;	    /* by node */
	size_t parent_cap;
	size_t monitor, unplaced; /* rows */
	size_t folded;
	struct buf text;
};

/* The content of screen->text, kept in the sheet. */
static const char *
keep(struct screen *screen)
{
	const char *text = screen->text.data != NULL ? screen->text.data : "";

	text = arena_strdup(&screen->sheet.arena, text);
	if (text == NULL)
		screen->sheet.error = ERR_NOMEM;
	buf_reset(&screen->text);
	return text;
}

static struct cell *
add_row(struct screen *screen, size_t parent_row)
{
	struct cell *row = sheet_add(&screen->sheet);

	if (mem_grow(&screen->sheet.parents, &screen->parent_cap, screen->sheet.row_count + 1,
		     sizeof(*screen->sheet.parents)) != 0) {
		screen->sheet.error = ERR_NOMEM;
		return row;
	}
	screen->sheet.parents[screen->sheet.row_count - 1] = parent_row;
	return row;
}

static size_t
last_row(const struct screen *screen)
{
	return screen->sheet.row_count - 1;
}

/* Whether a device is one of many that need not be looked at. */
static bool
is_foldable(const struct screen *screen, size_t place)
{
	const struct tree_node *node = &screen->topology->tree.nodes[place];
	bool is_well = screen->topology->at_ms != 0 ||
		       (node->type == TREE_DEVICE && node->device->health == HEALTH_UP &&
			!node->device->is_flapping);

	if (!topology_is_drawn(screen->topology, place) || tree_node_is_switch(node))
		return false;
	return is_well && (node->is_unplaced || !topology_is_problem(screen->topology, node));
}

static struct fold *
fold_of(struct screen *screen, size_t place)
{
	const struct topo_tree *tree = &screen->topology->tree;
	const struct tree_node *node = &tree->nodes[place];

	return &screen->folds[node->parent != TREE_NONE ? node->parent : tree->count];
}

/* Counts what can be folded, and lets go of what is too little for it. */
static void
fold(struct screen *screen)
{
	const struct topo_tree *tree = &screen->topology->tree;

	if (screen->topology->has_names || args_has(&screen->topology->cli->args, ARG_ALL))
		return;
	for (size_t i = 0; i < tree->device_count; i++) {
		if (!is_foldable(screen, i))
			continue;
		fold_of(screen, i)->count++;
		fold_of(screen, i)->kinds[tree->nodes[i].device->kind]++;
	}
	for (size_t i = 0; i <= tree->count; i++) {
		if (screen->folds[i].count <= FOLD_ABOVE)
			screen->folds[i].count = 0;
		screen->folded += screen->folds[i].count;
	}
}

static void
next_note(struct buf *buf)
{
	if (buf->len > 0)
		buf_puts(buf, "; ");
}

static void
note_state(struct screen *screen, const struct reader_device *device)
{
	struct buf *buf = &screen->text;
	char age[HUMAN_SIZE];

	if (device->health == HEALTH_UP || device->since_ms == 0)
		return;
	buf_printf(buf, "for %s",
		   human_age(device->since_ms, screen->topology->cli->now_ms, age, sizeof(age)));
	if (device->reason != REASON_NONE)
		buf_printf(buf, ": %s", reason_text(device->reason));
}

static void
note_place(struct screen *screen, const struct tree_node *node)
{
	const struct topo_tree *tree = &screen->topology->tree;
	const struct topo_link *link = node->link;
	struct buf *buf = &screen->text;
	int64_t then_ms = screen->topology->at_ms != 0 ? screen->topology->at_ms
						       : screen->topology->cli->now_ms;
	char age[HUMAN_SIZE];

	if (link == NULL)
		return;
	if (node->is_ring) {
		next_note(buf);
		buf_puts(buf, "a ring: it is told to hang on ");
		topo_put_parent(buf, tree, link);
		buf_printf(buf, "%s%s", link->port[0] != '\0' ? " " : "", link->port);
	}
	if (link->via == VIA_SHARED && link->shared > 0) {
		next_note(buf);
		buf_printf(buf, "%u more on the port", link->shared);
	}
	if (link->is_contradicted) {
		next_note(buf);
		buf_puts(buf, "declared, but seen at ");
		if (!topo_put_seen(buf, tree, link))
			buf_puts(buf, "a switch that is gone");
	} else if (link->confidence < TOPO_CONFIDENCE_LOW) {
		next_note(buf);
		buf_printf(buf, "a guess%s%s", link->why[0] != '\0' ? ": " : "", link->why);
	}
	if (link->confirmed_ms != 0 && then_ms - link->confirmed_ms > STALE_MS) {
		next_note(buf);
		buf_printf(buf, "last seen there %s ago",
			   human_age(link->confirmed_ms, then_ms, age, sizeof(age)));
	}
}

static void
note_below(struct screen *screen, const struct tree_node *node)
{
	struct buf *buf = &screen->text;
	const struct topo_link *const *spares;
	size_t count = 0;

	if (node->child != TREE_NONE && node->type != TREE_HIDDEN) {
		next_note(buf);
		if (screen->topology->at_ms == 0)
			topo_put_health(buf, node->devices, node->by_health);
		else
			buf_printf(buf, "%zu device%s", node->devices,
				   node->devices == 1 ? "" : "s");
		buf_puts(buf, " below");
	}
	if (node->type != TREE_DEVICE)
		return;
	spares = topo_tree_spares(&screen->topology->tree, node->device->id, &count);
	for (size_t i = 0; i < count; i++) {
		next_note(buf);
		buf_puts(buf, "spare path to ");
		topo_put_parent(buf, &screen->topology->tree, spares[i]);
		buf_printf(buf, "%s%s", spares[i]->port[0] != '\0' ? " " : "", spares[i]->port);
	}
}

static void
fill_link(struct screen *screen, struct cell *row, const struct tree_node *node)
{
	const struct topo_link *link = node->link;

	if (link == NULL || node->parent == TREE_NONE)
		return;
	cell_set_text(&row[COL_PORT], link->port);
	if (link->vlan != 0)
		cell_set_number(&row[COL_VLAN], link->vlan);
	if (node->type != TREE_DEVICE)
		return;
	cell_set_text(&row[COL_SOURCE], topo_source_name((enum topo_source)link->source));
	buf_printf(&screen->text, "%u %%", link->confidence);
	cell_set_text(&row[COL_SURE], keep(screen));
	row[COL_SURE].tint = link->confidence < TOPO_CONFIDENCE_LOW ? TINT_WARN : TINT_NONE;
}

static void
put_node(struct screen *screen, size_t place)
{
	const struct tree_node *node = &screen->topology->tree.nodes[place];
	size_t parent_row = node->parent != TREE_NONE ? screen->rows[node->parent]
			    : node->is_unplaced	      ? screen->unplaced
						      : screen->monitor;
	struct cell *row = add_row(screen, parent_row);

	screen->rows[place] = last_row(screen);
	topo_put_name(&screen->text, node);
	cell_set_text(&row[COL_NAME], keep(screen));
	fill_link(screen, row, node);
	if (node->type == TREE_DEVICE) {
		cell_set_text(&row[COL_KIND], kind_name(node->device->kind));
		if (screen->topology->at_ms == 0) {
			cell_set_text(&row[COL_STATE], health_name(node->device->health));
			note_state(screen, node->device);
		}
		if (screen->topology->at_ms == 0 && node->device->is_flapping) {
			next_note(&screen->text);
			buf_puts(&screen->text, "flapping");
		}
		note_place(screen, node);
		if (node->link != NULL && node->link->is_contradicted)
			row[COL_NOTE].tint = TINT_WARN;
	}
	note_below(screen, node);
	cell_set_text(&row[COL_NOTE], keep(screen));
}

/* One line for all that is folded below a row. */
static void
put_fold(struct screen *screen, const struct fold *folded, size_t parent_row)
{
	struct cell *row = add_row(screen, parent_row);

	buf_printf(&screen->text, "and %zu more%s", folded->count,
		   screen->topology->at_ms == 0 ? ", all up" : "");
	cell_set_text(&row[COL_NAME], keep(screen));
	row[COL_NAME].tint = TINT_FAINT;
	topo_put_kinds(&screen->text, folded->kinds);
	cell_set_text(&row[COL_NOTE], keep(screen));
	row[COL_NOTE].tint = TINT_FAINT;
}

/* The rows that are no device: the monitor at the top, and the heading of those without a place. */
static void
put_heads(struct screen *screen)
{
	const struct topology *topology = screen->topology;
	const struct topo_tree *tree = &topology->tree;
	size_t placed = 0, unplaced = 0;
	struct cell *row;

	for (size_t i = 0; i < tree->count; i++) {
		if (!topology_is_drawn(topology, i))
			continue;
		placed += !tree->nodes[i].is_unplaced;
		unplaced += tree->nodes[i].is_unplaced;
	}
	if (placed > 0) {
		row = add_row(screen, SIZE_MAX);
		screen->monitor = last_row(screen);
		cell_set_text(&row[COL_NAME], "monitor");
		row[COL_NAME].tint = TINT_BOLD;
		if (topology->cli->has_agent) {
			buf_printf(&screen->text, "on %s", topology->cli->agent.host);
			cell_set_text(&row[COL_NOTE], keep(screen));
		}
	}
	if (unplaced > 0) {
		row = add_row(screen, SIZE_MAX);
		screen->unplaced = last_row(screen);
		buf_printf(&screen->text, "not placed yet (%zu)", unplaced);
		cell_set_text(&row[COL_NAME], keep(screen));
		row[COL_NAME].tint = TINT_BOLD;
	}
}

/* Above: how much is known, and what is not shown. */
static void
put_summary(struct screen *screen)
{
	const struct topology *topology = screen->topology;
	const struct topo_tree *tree = &topology->tree;
	size_t width = topology->cli->term.width, unplaced = 0, guessed = 0, contradicted = 0;
	struct buf *buf = &screen->text;
	char when[CLOCK_ISO_SIZE], *wrapped;

	for (size_t i = 0; i < tree->device_count; i++) {
		const struct topo_link *link = tree->nodes[i].link;

		if (!(topology->marks[i] & TOPOLOGY_WANTED))
			continue;
		unplaced += tree->nodes[i].is_unplaced;
		guessed += link != NULL && link->confidence < TOPO_CONFIDENCE_LOW;
		contradicted += link != NULL && link->is_contradicted;
	}
	if (topology->at_ms != 0)
		buf_printf(buf, "As it was at %s; states are of now and left out. ",
			   clock_format_local(topology->at_ms, when, sizeof(when)));
	buf_printf(buf, "%zu device%s, %zu not placed yet", topology->wanted,
		   topology->wanted == 1 ? "" : "s", unplaced);
	if (guessed > 0)
		buf_printf(buf, ", %zu guessed (below %d %%)", guessed, TOPO_CONFIDENCE_LOW);
	if (contradicted > 0)
		buf_printf(buf, ", %zu seen elsewhere than declared", contradicted);
	if (screen->folded > 0)
		buf_printf(buf, "; %zu%s are folded, --all lists them", screen->folded,
			   topology->at_ms == 0 ? " that are well" : "");
	wrapped = buf->data != NULL ? fit_wrap(buf->data, width > 0 ? width : SIZE_MAX) : NULL;
	if (wrapped == NULL)
		screen->sheet.error = ERR_NOMEM;
	else
		out_printf(topology->cli->out, "%s\n\n", wrapped);
	free(wrapped);
	buf_reset(buf);
}

void
topology_write_screen(struct topology *topology)
{
	const struct topo_tree *tree = &topology->tree;
	struct screen screen = {.topology = topology, .monitor = SIZE_MAX, .unplaced = SIZE_MAX};

	cli_put_staleness(topology->cli);
	if (topology->wanted == 0)
		return;
	sheet_init(&screen.sheet, columns, MEM_COUNT(columns));
	buf_init(&screen.text, TEXT_MAX);
	screen.folds = calloc(tree->count + 1, sizeof(*screen.folds));
	screen.rows = calloc(tree->count + 1, sizeof(*screen.rows));
	if (screen.folds == NULL || screen.rows == NULL) {
		out_fail(topology->cli->out, ERR_NOMEM);
		sheet_fini(&screen.sheet);
		goto out;
	}
	fold(&screen);
	put_summary(&screen);
	put_heads(&screen);
	for (size_t i = 0; i < tree->order_count; i++) {
		size_t place = tree->order[i];

		if (!topology_is_drawn(topology, place) ||
		    (is_foldable(&screen, place) && fold_of(&screen, place)->count > 0))
			continue;
		put_node(&screen, place);
	}
	/* The last of their siblings, being the last of all rows. */
	for (size_t i = 0; i <= tree->count; i++) {
		if (screen.folds[i].count > 0)
			put_fold(&screen, &screen.folds[i],
				 i < tree->count ? screen.rows[i] : screen.unplaced);
	}
	if (screen.text.error != 0)
		screen.sheet.error = screen.text.error;
	cli_put_table(topology->cli, &screen.sheet);
out:
	buf_fini(&screen.text);
	free(screen.folds);
	free(screen.rows);
}
