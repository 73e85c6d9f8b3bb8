/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What goes dark, as a screen, as JSON and as CSV.
 */
#include "impact.h"

#include "jsonw.h"
#include "topo_text.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"

#include <string.h>

enum { TEXT_MAX = 64 << 10 };

#define DEVICE_COLUMNS(X)                                                                 \
	X(EFFECT, "effect", "EFFECT", TEXT, 0)                                            \
	X(DEVICE, "device", "DEVICE", TEXT, COLUMN_SHOWN)                                 \
	X(KIND, "kind", "KIND", TEXT, COLUMN_SHOWN | 2 * COLUMN_YIELDS)                   \
	X(SITE, "site", "SITE", TEXT, COLUMN_SHOWN | COLUMN_TRUNC | 3 * COLUMN_YIELDS)    \
	X(OWNER, "owner", "OWNER", TEXT, COLUMN_SHOWN | COLUMN_TRUNC | 4 * COLUMN_YIELDS) \
	X(ADDRESS, "address", "ADDRESS", TEXT, 0)                                         \
	X(STATE, "state", "STATE", STATE, COLUMN_SHOWN)                                   \
	X(CONFIDENCE, "confidence", "SURE %", COUNT, COLUMN_SHOWN | 1 * COLUMN_YIELDS)    \
	X(PATH, "path", "HANGS ON", TEXT, COLUMN_SHOWN | COLUMN_WRAP)                     \
	X(SPARE, "other_path", "OTHER PATH", TEXT,                                        \
	  COLUMN_SHOWN | COLUMN_WRAP | COLUMN_HIDDEN_IF_EMPTY)                            \
	X(CONTACT, "contact", "CONTACT", TEXT, 0)

enum device_column {
#define X(id, name, title, type, flags) COL_##id,
	DEVICE_COLUMNS(X)
#undef X
		COL_COUNT
};

#define X(id, name, title, type, flags) {name, title, CELL_##type, flags, ""},
static const struct column screen_columns[] = {DEVICE_COLUMNS(X)};
#undef X
#define X(id, name, title, type, flags) {name, title, CELL_##type, COLUMN_SHOWN, ""},
static const struct column row_columns[] = {DEVICE_COLUMNS(X)};
#undef X

/* The content of the buffer, kept in the sheet. */
static const char *
keep(struct sheet *sheet, struct buf *buf)
{
	const char *text = arena_strdup(&sheet->arena, buf->data != NULL ? buf->data : "");

	if (text == NULL || buf->error != 0)
		sheet->error = ERR_NOMEM;
	buf_reset(buf);
	return text;
}

/* "hq-acc-1 gi1/0/15 (seen there, but declared elsewhere)" */
static void
put_seen(struct buf *buf, const struct impact_show *show, const struct impact_device *hit)
{
	const struct topo_tree *tree = &show->tree;
	const struct topo_link *link = tree->nodes[hit->seen].link;
	size_t place = topo_tree_find(tree, link->seen_parent);

	if (place != TREE_NONE && place != show->impact.target) {
		topo_put_path(buf, tree, show->impact.target, place);
		buf_puts(buf, " > ");
	}
	topo_put_seen(buf, tree, link);
	if (hit->seen == hit->place)
		buf_puts(buf, " (seen there, but declared elsewhere)");
	else
		buf_printf(buf, " > %s (seen there, but declared elsewhere)",
			   tree->nodes[hit->seen].name);
}

static void
add_device(struct sheet *sheet, const struct impact_show *show, const struct impact_device *hit)
{
	const struct topo_tree *tree = &show->tree;
	const struct reader_device *device = tree->nodes[hit->place].device;
	size_t above = tree->nodes[show->impact.target].parent;
	struct cell *row = sheet_add(sheet);
	struct buf buf;

	buf_init(&buf, TEXT_MAX);
	cell_set_text(&row[COL_EFFECT], impact_effect_name(hit->effect));
	cell_set_text(&row[COL_DEVICE], device->name);
	cell_set_text(&row[COL_KIND], kind_name(device->kind));
	cell_set_text(&row[COL_SITE], device->site);
	cell_set_text(&row[COL_OWNER], device->owner);
	cell_set_text(&row[COL_ADDRESS], device->address);
	cell_set_text(&row[COL_STATE], health_name(device->health));
	if (hit->seen == TREE_NONE) {
		cell_set_number(&row[COL_CONFIDENCE], hit->confidence);
		topo_put_path(&buf, tree,
			      hit->place == show->impact.target ? above : show->impact.target,
			      hit->place);
	} else {
		put_seen(&buf, show, hit);
	}
	cell_set_text(&row[COL_PATH], keep(sheet, &buf));
	if (hit->spare != NULL) {
		size_t child = topo_tree_find(tree, hit->spare->device);

		buf_printf(&buf, "%s to ", child != TREE_NONE ? tree->nodes[child].name : "?");
		topo_put_parent(&buf, tree, hit->spare);
		buf_printf(&buf, "%s%s", hit->spare->port[0] != '\0' ? " " : "", hit->spare->port);
		cell_set_text(&row[COL_SPARE], keep(sheet, &buf));
	}
	cell_set_text(&row[COL_CONTACT], impact_contact(show, device->site));
	buf_fini(&buf);
}

static void
put_groups(struct cli *cli, const struct impact_show *show)
{
	static const struct column columns[] = {
		{"site", "SITE", CELL_TEXT, COLUMN_SHOWN, ""},
		{"owner", "OWNER", CELL_TEXT, COLUMN_SHOWN, ""},
		{"dark", "DARK", CELL_COUNT, COLUMN_SHOWN, ""},
		{"perhaps", "PERHAPS", CELL_COUNT, COLUMN_SHOWN | COLUMN_HIDDEN_IF_EMPTY, ""},
		{"spared", "OTHER PATH", CELL_COUNT, COLUMN_SHOWN | COLUMN_HIDDEN_IF_EMPTY, ""},
		{"kinds", "GOES DARK", CELL_TEXT, COLUMN_SHOWN | COLUMN_WRAP, ""},
		{"contact", "CONTACT", CELL_TEXT,
		 COLUMN_SHOWN | COLUMN_WRAP | COLUMN_HIDDEN_IF_EMPTY, ""},
	};
	struct sheet sheet;
	struct buf buf;

	if (show->impact.group_count == 0)
		return;
	sheet_init(&sheet, columns, MEM_COUNT(columns));
	buf_init(&buf, TEXT_MAX);
	for (size_t i = 0; i < show->impact.group_count; i++) {
		const struct impact_group *group = &show->impact.groups[i];
		struct cell *row = sheet_add(&sheet);

		cell_set_text(&row[0], group->site);
		cell_set_text(&row[1], group->owner);
		for (size_t k = 0; k < IMPACT_EFFECTS; k++) {
			if (group->counts[k] > 0)
				cell_set_number(&row[2 + k], (int64_t)group->counts[k]);
		}
		topo_put_kinds(&buf, group->kinds);
		cell_set_text(&row[5], keep(&sheet, &buf));
		cell_set_text(&row[6], impact_contact(show, group->site));
	}
	buf_fini(&buf);
	out_puts(cli->out, "\n");
	cli_put_table(cli, &sheet);
}

static void
put_text(struct cli *cli, struct buf *buf)
{
	struct buf line;

	buf_init(&line, TEXT_MAX);
	term_put_text(cli->term.has_utf8, &line, buf->data != NULL ? buf->data : "", buf->len);
	out_printf(cli->out, "%s\n", line.data != NULL ? line.data : "");
	out_fail(cli->out, buf->error != 0 ? buf->error : line.error);
	buf_fini(&line);
	buf_reset(buf);
}

static bool
is_among(const struct impact *impact, size_t place, enum impact_effect effect)
{
	for (size_t i = 0; i < impact->device_count; i++) {
		if (impact->devices[i].place == place)
			return impact->devices[i].effect == effect;
	}
	return false;
}

/* "hq-acc-1 gi1/0/13" */
static void
put_target(struct buf *buf, const struct impact_show *show)
{
	const struct topo_port *port = show->impact.port;

	buf_puts(buf, show->target->name);
	if (port != NULL)
		buf_printf(buf, " %s", port->name);
	if (port != NULL && port->alias[0] != '\0')
		buf_printf(buf, " (%s)", port->alias);
}

static void
put_head(struct cli *cli, const struct impact_show *show)
{
	const struct impact *impact = &show->impact;
	struct buf buf;

	buf_init(&buf, TEXT_MAX);
	buf_puts(&buf, "If ");
	put_target(&buf, show);
	if (impact->counts[IMPACT_DARK] > 0) {
		buf_printf(&buf,
			   " is taken down, %zu device%s go%s dark: ", impact->counts[IMPACT_DARK],
			   impact->counts[IMPACT_DARK] == 1 ? "" : "s",
			   impact->counts[IMPACT_DARK] == 1 ? "es" : "");
		topo_put_kinds(&buf, impact->kinds);
	} else {
		buf_puts(&buf, " is taken down, nothing that is known goes dark");
	}
	put_text(cli, &buf);
	if (impact->is_uplink && impact->members_left == 0) {
		bool is_spared = impact->counts[IMPACT_SPARED] > 0 &&
				 is_among(impact, impact->target, IMPACT_SPARED);

		buf_printf(&buf, "It is the uplink: %s itself is %s.", show->target->name,
			   is_spared ? "left with another path" : "cut off");
		put_text(cli, &buf);
	}
	if (impact->members_left > 0) {
		buf_printf(&buf, "It is a member of %s, which is carried on by %zu other%s.",
			   impact->aggregate != NULL ? impact->aggregate->name : "an aggregation",
			   impact->members_left, impact->members_left == 1 ? "" : "s");
		put_text(cli, &buf);
	}
	if (impact->down_already > 0) {
		buf_printf(&buf, "%zu of them %s down already.", impact->down_already,
			   impact->down_already == 1 ? "is" : "are");
		put_text(cli, &buf);
	}
	if (impact->unplaced > 0) {
		buf_printf(&buf,
			   "%zu device%s at the same sites %s not placed yet and may go dark too.",
			   impact->unplaced, impact->unplaced == 1 ? "" : "s",
			   impact->unplaced == 1 ? "is" : "are");
		put_text(cli, &buf);
	}
	if (impact->contradicted > 0) {
		buf_printf(
			&buf,
			"%zu device%s at the same sites %s seen elsewhere than declared, it is not "
			"known where; see 'keepwatch topology --problems'.",
			impact->contradicted, impact->contradicted == 1 ? "" : "s",
			impact->contradicted == 1 ? "is" : "are");
		put_text(cli, &buf);
	}
	buf_fini(&buf);
}

void
impact_write_screen(struct cli *cli, const struct impact_show *show)
{
	static const char *const titles[IMPACT_EFFECTS] = {
		"GOES DARK", "PERHAPS (it is not sure that they hang there)", "HAS ANOTHER PATH"};

	cli_put_staleness(cli);
	put_head(cli, show);
	put_groups(cli, show);
	for (int effect = 0; effect < IMPACT_EFFECTS; effect++) {
		struct sheet sheet;
		struct buf buf;

		if (show->impact.counts[effect] == 0)
			continue;
		buf_init(&buf, TEXT_MAX);
		term_put_tinted(&cli->term, &buf, TINT_BOLD, titles[effect]);
		out_printf(cli->out, "\n%s (%zu)\n", buf.data != NULL ? buf.data : "",
			   show->impact.counts[effect]);
		buf_fini(&buf);
		sheet_init(&sheet, screen_columns, COL_COUNT);
		for (size_t i = 0; i < show->impact.device_count; i++) {
			if ((int)show->impact.devices[i].effect == effect)
				add_device(&sheet, show, &show->impact.devices[i]);
		}
		cli_put_table(cli, &sheet);
	}
}

void
impact_write_csv(struct cli *cli, const struct impact_show *show)
{
	struct sheet sheet;

	sheet_init(&sheet, row_columns, COL_COUNT);
	for (size_t i = 0; i < show->impact.device_count; i++)
		add_device(&sheet, show, &show->impact.devices[i]);
	cli_put_csv(cli, &sheet);
}

static void
put_counts(struct jsonw *json, const size_t counts[IMPACT_EFFECTS], const size_t kinds[KIND_COUNT])
{
	for (int i = 0; i < IMPACT_EFFECTS; i++)
		jsonw_number(json, impact_effect_name((enum impact_effect)i), (int64_t)counts[i]);
	jsonw_flat_object(json, "dark_by_kind");
	for (int i = 0; i < KIND_COUNT; i++) {
		if (kinds[i] > 0)
			jsonw_number(json, kind_name((enum device_kind)i), (int64_t)kinds[i]);
	}
	jsonw_end_object(json);
}

static void
put_json_target(struct jsonw *json, const struct impact_show *show)
{
	const struct impact *impact = &show->impact;

	jsonw_text(json, "switch", show->target->name);
	if (impact->port == NULL) {
		jsonw_null(json, "port");
	} else {
		jsonw_object(json, "port");
		jsonw_text(json, "name", impact->port->name);
		jsonw_number(json, "if_index", impact->port->if_index);
		jsonw_text_or_null(json, "alias", impact->port->alias);
		jsonw_bool(json, "uplink", impact->is_uplink);
		jsonw_text(json, "aggregate",
			   impact->aggregate != NULL ? impact->aggregate->name : NULL);
		jsonw_number(json, "other_members_up", (int64_t)impact->members_left);
		jsonw_end_object(json);
	}
	put_counts(json, impact->counts, impact->kinds);
	jsonw_number(json, "down_already", (int64_t)impact->down_already);
	jsonw_number(json, "unplaced", (int64_t)impact->unplaced);
	jsonw_number(json, "contradicted", (int64_t)impact->contradicted);
}

void
impact_write_json(struct cli *cli, const struct impact_show *show)
{
	struct jsonw json;
	struct sheet sheet;
	struct buf buf;

	sheet_init(&sheet, row_columns, COL_COUNT);
	for (size_t i = 0; i < show->impact.device_count; i++)
		add_device(&sheet, show, &show->impact.devices[i]);
	sheet_select(&sheet, SHEET_JSON, NULL, NULL);
	cli_begin_json(cli, &json, &buf, "impact");
	put_json_target(&json, show);
	jsonw_array(&json, "groups");
	for (size_t i = 0; i < show->impact.group_count; i++) {
		const struct impact_group *group = &show->impact.groups[i];

		jsonw_object(&json, NULL);
		jsonw_text_or_null(&json, "site", group->site);
		jsonw_text_or_null(&json, "owner", group->owner);
		jsonw_text_or_null(&json, "contact", impact_contact(show, group->site));
		put_counts(&json, group->counts, group->kinds);
		jsonw_end_object(&json);
	}
	jsonw_end_array(&json);
	sheet_write_json(&sheet, &json, "devices");
	cli_end_json(cli, &json);
	out_fail(cli->out, sheet.error);
	sheet_fini(&sheet);
}
