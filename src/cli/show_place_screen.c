/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a device is in the network, on the screen.
 */
#include "show_place.h"

#include "human.h"
#include "topo_text.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <string.h>

enum { TEXT_MAX = 64 << 10, PORT_NAMES = 3 };

/* One line: the text of `buf`, made harmless, behind its name. */
static void
put_field(struct cli *cli, const char *name, struct buf *buf)
{
	struct buf line;

	buf_init(&line, TEXT_MAX);
	term_put_text(cli->term.has_utf8, &line, buf->data != NULL ? buf->data : "", buf->len);
	if (buf->len > 0)
		out_printf(cli->out, "  %-12s %s\n", name, line.data != NULL ? line.data : "");
	out_fail(cli->out, buf->error != 0 ? buf->error : line.error);
	buf_fini(&line);
	buf_reset(buf);
}

/* "cam-1 (down), cam-2 (up) and 3 more" */
static void
put_names(struct buf *buf, const struct topo_tree *tree, const size_t *places, size_t count,
	  bool with_state)
{
	for (size_t i = 0; i < count && i < PLACE_NAMES; i++) {
		const struct reader_device *device = tree->nodes[places[i]].device;

		buf_printf(buf, "%s%s", i > 0 ? ", " : "", device->name);
		if (with_state)
			buf_printf(buf, " (%s)", health_name(device->health));
	}
	if (count > PLACE_NAMES)
		buf_printf(buf, " and %zu more", count - PLACE_NAMES);
}

static void
put_hangs_on(struct cli *cli, const struct show_place *place, struct buf *buf)
{
	const struct topo_link *link = place->link;
	const struct tree_node *node = &place->tree.nodes[place->place];

	if (place->parent == TREE_NONE) {
		buf_puts(buf, node->is_ring ? "a ring of links; see 'keepwatch topology'"
			      : tree_node_is_switch(node) && node->child != TREE_NONE
				      ? "nothing: it is at the top"
				      : "not known yet");
		put_field(cli, "hangs on", buf);
		return;
	}
	topo_put_name(buf, &place->tree.nodes[place->parent]);
	if (place->tree.nodes[place->parent].type == TREE_DEVICE)
		buf_printf(buf, " (%s)",
			   health_name(place->tree.nodes[place->parent].device->health));
	if (link->port[0] != '\0')
		buf_printf(buf, " port %s", link->port);
	if (place->port != NULL && place->port->port.alias[0] != '\0')
		buf_printf(buf, " \"%s\"", place->port->port.alias);
	if (link->vlan != 0)
		buf_printf(buf, ", VLAN %u", link->vlan);
	if (link->device_port[0] != '\0')
		buf_printf(buf, ", by its own %s", link->device_port);
	put_field(cli, "hangs on", buf);
	if (place->tree.nodes[node->parent].type == TREE_HIDDEN) {
		topo_put_hidden(buf, &place->tree.nodes[node->parent]);
		put_field(cli, "between", buf);
	}
	if (place->tree.nodes[place->parent].parent != TREE_NONE) {
		topo_put_path(buf, &place->tree, TREE_NONE, place->place);
		put_field(cli, "way", buf);
	}
}

static void
put_port(struct cli *cli, const struct topo_port *port, struct buf *buf)
{
	char text[HUMAN_SIZE * 2];

	buf_puts(buf, topo_port_state(port));
	topo_speed(port->speed_mbps, port->duplex, text, sizeof(text));
	if (*text != '\0' && port->oper == 1)
		buf_printf(buf, "%s%s", buf->len > 0 ? ", " : "", text);
	if (port->stp != STP_UNKNOWN && port->stp != STP_FORWARDING && port->oper == 1)
		buf_printf(buf, ", spanning tree %s",
			   view_stp_state_name((enum view_stp_state)port->stp));
	if (port->changed_ms != 0) {
		buf_printf(buf, ", since %s",
			   clock_format_local(port->changed_ms, text, sizeof(text)));
		buf_printf(buf, " (%s)",
			   human_age(port->changed_ms, cli->now_ms, text, sizeof(text)));
	}
	put_field(cli, "link", buf);
	buf_puts(buf, topo_poe(port, text, sizeof(text)));
	put_field(cli, "PoE", buf);
}

static void
put_known(struct cli *cli, const struct topo_link *link, struct buf *buf)
{
	char text[HUMAN_SIZE], mac[MAC_TEXT_SIZE];

	buf_printf(buf, "%s, %u %% sure", topo_source_name((enum topo_source)link->source),
		   link->confidence);
	/* Where it contradicts, the reason stands with the contradiction. */
	if (link->why[0] != '\0' && !link->is_contradicted)
		buf_printf(buf, ": %s", link->why);
	if (link->mac != MAC_NONE && strstr(link->why, mac_format(link->mac, mac)) == NULL)
		buf_printf(buf, " (%s)", mac);
	put_field(cli, "known by", buf);
	buf_printf(buf, "%s", clock_format_local(link->first_seen_ms, text, sizeof(text)));
	buf_printf(buf, ", confirmed %s",
		   clock_format_local(link->confirmed_ms, text, sizeof(text)));
	buf_printf(buf, " (%s ago)",
		   human_age(link->confirmed_ms, cli->now_ms, text, sizeof(text)));
	if (link->first_seen_ms != 0)
		put_field(cli, "there since", buf);
	buf_reset(buf);
}

static void
put_contradiction(struct cli *cli, const struct show_place *place, struct buf *buf)
{
	const struct topo_link *link = place->link;
	struct buf line;

	if (!link->is_contradicted)
		return;
	buf_puts(buf, "DECLARED, BUT SEEN AT ");
	if (!topo_put_seen(buf, &place->tree, link))
		buf_puts(buf, "A SWITCH THAT IS GONE");
	buf_puts(buf, "; see the fleet file");
	buf_init(&line, TEXT_MAX);
	term_put_text(cli->term.has_utf8, &line, buf->data != NULL ? buf->data : "", buf->len);
	buf_reset(buf);
	term_put_tinted(&cli->term, buf, TINT_WARN, line.data != NULL ? line.data : "");
	out_printf(cli->out, "  %s\n", buf->data != NULL ? buf->data : "");
	buf_fini(&line);
	buf_reset(buf);
}

static void
put_others(struct cli *cli, const struct show_place *place, struct buf *buf)
{
	const struct topo_link *link = place->link;

	put_names(buf, &place->tree, place->beside, place->beside_count, true);
	if (link->shared > place->beside_count)
		buf_printf(buf, "%s%zu station%s that no device is known for",
			   buf->len > 0 ? ", " : "", link->shared - place->beside_count,
			   link->shared - place->beside_count == 1 ? "" : "s");
	put_field(cli, "same port", buf);
	if (place->others == 0)
		return;
	topo_put_kinds(buf, place->kinds);
	if (place->down_count > 0) {
		buf_puts(buf, "; down: ");
		put_names(buf, &place->tree, place->down, place->down_count, false);
	}
	put_field(cli, "same switch", buf);
}

static void
put_spares(struct cli *cli, const struct show_place *place, struct buf *buf)
{
	const struct topo_link *const *spares;
	size_t count;

	spares = topo_tree_spares(&place->tree, place->tree.nodes[place->place].device->id, &count);
	for (size_t i = 0; i < count; i++) {
		topo_put_parent(buf, &place->tree, spares[i]);
		if (spares[i]->port[0] != '\0')
			buf_printf(buf, " port %s", spares[i]->port);
		buf_printf(buf, " (%s, %u %% sure)",
			   topo_source_name((enum topo_source)spares[i]->source),
			   spares[i]->confidence);
		put_field(cli, "spare path", buf);
	}
}

/* What a switch gives to all, and what its supplies can give. */
static void
put_power(struct cli *cli, const struct show_place *place, const struct reader_fact_list *facts,
	  struct buf *buf)
{
	uint64_t mw = 0;

	for (size_t i = 0; i < place->ports.count; i++) {
		const struct topo_port *port = &place->ports.items[i].port;

		if (port->poe_status == POE_DELIVERING && port->poe_mw != VIEW_UNKNOWN_MW)
			mw += port->poe_mw;
	}
	if (mw > 0) {
		buf_printf(buf, "%llu.%llu W by all ports", (unsigned long long)(mw + 50) / 1000,
			   (unsigned long long)(mw + 50) % 1000 / 100);
		put_field(cli, "PoE given", buf);
	}
	for (size_t i = 0; i < facts->count; i++) {
		const struct reader_fact *fact = &facts->items[i];

		if (fact->key != FACT_POE_SUPPLY || fact->gone_ms != 0)
			continue;
		buf_printf(buf, "%s (supply %s)", fact->value, fact->instance);
		put_field(cli, "PoE budget", buf);
	}
}

void
show_place_write_screen(struct cli *cli, const struct show_place *place,
			const struct reader_fact_list *facts)
{
	struct buf buf;

	if (!show_place_is_known(place))
		return;
	cli_put_title(cli, "PLACE");
	buf_init(&buf, TEXT_MAX);
	if (place->place == TREE_NONE) {
		buf_puts(&buf, "not known yet");
		put_field(cli, "hangs on", &buf);
	} else {
		put_hangs_on(cli, place, &buf);
	}
	if (place->port != NULL)
		put_port(cli, &place->port->port, &buf);
	if (place->parent != TREE_NONE) {
		put_known(cli, place->link, &buf);
		put_contradiction(cli, place, &buf);
		put_others(cli, place, &buf);
	}
	if (place->place != TREE_NONE) {
		const struct tree_node *node = &place->tree.nodes[place->place];

		put_spares(cli, place, &buf);
		if (node->child != TREE_NONE) {
			topo_put_health(&buf, node->devices, node->by_health);
			put_field(cli, "below it", &buf);
		}
	}
	put_power(cli, place, facts, &buf);
	buf_fini(&buf);
}

/* The first few names of what hangs on a port. */
struct names {
	struct buf *buf;
	size_t count;
};

static void
add_name(void *arg, const struct tree_node *node)
{
	struct names *names = arg;

	if (names->count++ < PORT_NAMES)
		buf_printf(names->buf, "%s%s", names->buf->len > 0 ? ", " : "", node->name);
}

static const char *
on_port(struct sheet *sheet, const struct show_place *place, const struct topo_port *port)
{
	struct names names;
	struct buf buf;
	const char *text;

	buf_init(&buf, TEXT_MAX);
	names = (struct names){.buf = &buf};
	show_place_each_on_port(place, port, add_name, &names);
	if (names.count > PORT_NAMES)
		buf_printf(&buf, " and %zu more", names.count - PORT_NAMES);
	if (names.count == 0 && port->neighbour[0] != '\0')
		buf_puts(&buf, port->neighbour);
	else if (names.count == 0 && port->stations > 0)
		buf_printf(&buf, "%u station%s", port->stations, port->stations == 1 ? "" : "s");
	text = arena_strdup(&sheet->arena, buf.data != NULL ? buf.data : "");
	if (text == NULL || buf.error != 0)
		sheet->error = ERR_NOMEM;
	buf_fini(&buf);
	return text;
}

static const char *
lag_name(const struct show_place *place, const struct topo_port *port)
{
	for (size_t i = 0; i < place->ports.count && port->lag != 0; i++) {
		if (place->ports.items[i].port.if_index == port->lag)
			return place->ports.items[i].port.name;
	}
	return NULL;
}

static void
add_port(struct sheet *sheet, const struct show_place *place, const struct topo_port *port)
{
	struct cell *row = sheet_add(sheet);
	char text[HUMAN_SIZE * 2];
	const char *state = topo_port_state(port), *lag = lag_name(place, port);

	cell_set_text(&row[0], port->name);
	cell_set_text(&row[1], port->alias);
	cell_set_text(&row[2], topo_role_name((enum topo_role)port->role));
	cell_set_text(&row[3], state);
	row[3].tint = port->oper == 1 ? TINT_GOOD : port->admin == 2 ? TINT_FAINT : TINT_WARN;
	if (port->oper == 1)
		cell_set_text(&row[4],
			      arena_strdup(&sheet->arena, topo_speed(port->speed_mbps, port->duplex,
								     text, sizeof(text))));
	if (port->pvid != 0)
		cell_set_number(&row[5], port->pvid);
	cell_set_text(&row[6], arena_strdup(&sheet->arena, topo_poe(port, text, sizeof(text))));
	row[6].tint = port->poe_overload || port->poe_status == POE_FAULT ? TINT_WARN : TINT_NONE;
	cell_set_text(&row[7], lag != NULL ? lag : on_port(sheet, place, port));
	cell_set_time(&row[8], port->changed_ms);
}

static void
write_ports(struct cli *cli, const struct show_place *place)
{
	static const struct column columns[] = {
		{"port", "PORT", CELL_TEXT, COLUMN_SHOWN, ""},
		{"alias", "ALIAS", CELL_TEXT,
		 COLUMN_SHOWN | COLUMN_TRUNC | COLUMN_HIDDEN_IF_EMPTY | 4 * COLUMN_YIELDS, ""},
		{"role", "ROLE", CELL_TEXT, COLUMN_SHOWN | 2 * COLUMN_YIELDS, ""},
		{"state", "STATE", CELL_TEXT, COLUMN_SHOWN, ""},
		{"speed", "SPEED", CELL_TEXT,
		 COLUMN_SHOWN | COLUMN_HIDDEN_IF_EMPTY | 3 * COLUMN_YIELDS, ""},
		{"vlan", "VLAN", CELL_COUNT,
		 COLUMN_SHOWN | COLUMN_HIDDEN_IF_EMPTY | 1 * COLUMN_YIELDS, ""},
		{"poe", "POE", CELL_TEXT, COLUMN_SHOWN | COLUMN_HIDDEN_IF_EMPTY, ""},
		{"there", "WHAT HANGS THERE", CELL_TEXT, COLUMN_SHOWN | COLUMN_WRAP, ""},
		{"changed", "SINCE", CELL_TIME,
		 COLUMN_SHOWN | COLUMN_HIDDEN_IF_EMPTY | 5 * COLUMN_YIELDS, ""},
	};
	size_t unused = 0;
	struct sheet sheet;

	if (place->ports.count == 0)
		return;
	cli_put_title(cli, "PORTS");
	sheet_init(&sheet, columns, MEM_COUNT(columns));
	for (size_t i = 0; i < place->ports.count; i++) {
		const struct topo_port *port = &place->ports.items[i].port;

		if (port->role == ROLE_UNUSED)
			unused++;
		else
			add_port(&sheet, place, port);
	}
	cli_put_table(cli, &sheet);
	if (unused > 0)
		out_printf(cli->out, "and %zu unused port%s, which --format json lists\n", unused,
			   unused == 1 ? "" : "s");
}

/* What was seen in one reading alone was a first idea, while the others were not read yet. */
static bool
is_worth(const struct reader_link *former)
{
	return former->until_ms > former->link.first_seen_ms;
}

void
show_place_write_tables(struct cli *cli, const struct show_place *place)
{
	static const struct column columns[] = {
		{"until", "UNTIL", CELL_TIME, COLUMN_SHOWN, ""},
		{"since", "FROM", CELL_TIME, COLUMN_SHOWN, ""},
		{"switch", "WAS ON", CELL_TEXT, COLUMN_SHOWN | COLUMN_WRAP, ""},
		{"port", "PORT", CELL_TEXT, COLUMN_SHOWN | COLUMN_TRUNC, ""},
		{"source", "KNOWN BY", CELL_TEXT, COLUMN_SHOWN | 1 * COLUMN_YIELDS, ""},
		{"confidence", "SURE %", CELL_COUNT, COLUMN_SHOWN | 2 * COLUMN_YIELDS, ""},
	};
	struct sheet sheet;
	struct buf buf;

	size_t worth = 0;

	write_ports(cli, place);
	for (size_t i = 0; i < place->former.count; i++)
		worth += is_worth(&place->former.items[i]);
	if (worth == 0)
		return;
	cli_put_title(cli, "WHERE IT WAS BEFORE");
	buf_init(&buf, TEXT_MAX);
	sheet_init(&sheet, columns, MEM_COUNT(columns));
	for (size_t i = 0; i < place->former.count; i++) {
		const struct reader_link *former = &place->former.items[i];
		struct cell *row;

		if (!is_worth(former))
			continue;
		row = sheet_add(&sheet);
		cell_set_time(&row[0], former->until_ms);
		cell_set_time(&row[1], former->link.first_seen_ms);
		topo_put_parent(&buf, &place->tree, &former->link);
		if (former->link.is_spare)
			buf_puts(&buf, " (spare path)");
		cell_set_text(&row[2],
			      arena_strdup(&sheet.arena, buf.data != NULL ? buf.data : ""));
		buf_reset(&buf);
		cell_set_text(&row[3], former->link.port);
		cell_set_text(&row[4], topo_source_name((enum topo_source)former->link.source));
		cell_set_number(&row[5], former->link.confidence);
	}
	buf_fini(&buf);
	cli_put_table(cli, &sheet);
}
