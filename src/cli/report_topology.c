/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The report's part about the topology: devices without a place, with a doubtful one, another than
 * declared or a VLAN that they may not be on; and what moved or was replaced lately.
 */
#include "report.h"

#include "event_sheet.h"
#include "select.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"
#include "keepwatch/conf.h"
#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES = 3, TEXT_MAX = 1 << 20 };

/* In the order in which they are shown. */
static const struct {
	enum event_type type;
	const char *title;
} changes[] = {
	{EVENT_MOVED, "moved"},
	{EVENT_REPLACED, "replaced"},
	{EVENT_SWITCH_REPLACED, "switch replaced"},
	{EVENT_DUPLICATE_IP, "address used twice"},
	{EVENT_UPLINK_CHANGED, "uplink changed"},
	{EVENT_NEW_MAC, "new station on a security port"},
};

const char *report_place_name(enum report_place_class class)
{
	static const char *const names[REPORT_PLACE_CLASSES] = {"unplaced", "contradicted",
								"guessed", "wrong_vlan"};

	return names[class];
}

/* Whether the configuration forbids a VLAN to a kind. */
static bool
is_wrong_vlan(const struct conf *conf, enum device_kind kind, uint16_t vlan)
{
	return conf != NULL && conf->vlans[kind] != NULL && vlan != 0 && vlan <= CONF_VLAN_MAX &&
	       !(conf->vlans[kind][vlan / 64] >> vlan % 64 & 1);
}

static void
add_place(struct report_topology *topology, enum report_place_class class,
	  const struct reader_device *device, const struct topo_link *link)
{
	topology->places[class][topology->counts[class]++] = (struct report_place){device, link};
}

/* As in `keepwatch topology`: what hangs nowhere and carries nothing has no place. */
static int
sort_places(struct report *report, const struct conf *conf)
{
	struct report_topology *topology = &report->topology;
	size_t count = report->devices.count;
	const struct topo_link **links = calloc(count + 1, sizeof(*links));
	bool *carries = calloc(count + 1, sizeof(*carries));
	int rc = links != NULL && carries != NULL ? 0 : ERR_NOMEM;

	for (int c = 0; c < REPORT_PLACE_CLASSES && rc == 0; c++) {
		topology->places[c] = malloc(sizeof(*topology->places[c]) * (count + 1));
		rc = topology->places[c] != NULL ? 0 : ERR_NOMEM;
	}
	for (size_t i = 0; i < topology->links.count && rc == 0; i++) {
		const struct topo_link *link = &topology->links.items[i].link;
		size_t place = ids_find(topology->ids, count, link->device);
		size_t parent = ids_find(topology->ids, count, link->parent);

		if (link->is_spare)
			continue;
		if (place != SIZE_MAX)
			links[place] = link;
		if (parent != SIZE_MAX)
			carries[parent] = true;
	}
	/* Where no switch was ever read, nothing is missing. */
	for (size_t i = 0; i < count && topology->links.count > 0 && rc == 0; i++) {
		const struct reader_device *device = &report->devices.items[i];
		const struct topo_link *link = links[i];

		if (link == NULL) {
			if (!carries[i])
				add_place(topology, REPORT_UNPLACED, device, NULL);
			continue;
		}
		if (link->is_contradicted)
			add_place(topology, REPORT_CONTRADICTED, device, link);
		else if (link->confidence < TOPO_CONFIDENCE_LOW)
			add_place(topology, REPORT_GUESSED, device, link);
		if (link->confidence >= TOPO_CONFIDENCE_LOW &&
		    is_wrong_vlan(conf, device->kind, link->vlan))
			add_place(topology, REPORT_WRONG_VLAN, device, link);
	}
	free(links);
	free(carries);
	return rc;
}

int
report_topology_read(struct report *report, const struct cli *cli, int64_t since_ms)
{
	struct report_topology *topology = &report->topology;
	struct reader_event_query query = {.devices = READER_FILTER_ANY, .since_ms = since_ms};
	size_t kept = 0;
	int rc;

	topology->since_ms = since_ms;
	topology->knows_vlans = cli->conf != NULL;
	topology->ids = ids_sort(&report->devices);
	if (topology->ids == NULL)
		return ERR_NOMEM;
	rc = reader_links(cli->reader, NULL, &topology->links);
	if (rc == 0)
		rc = sort_places(report, cli->conf);
	for (size_t i = 0; i < MEM_COUNT(changes); i++)
		query.types |= 1ULL << changes[i].type;
	if (rc == 0)
		rc = reader_events(cli->reader, &query, &topology->changes);
	for (size_t i = 0; i < topology->changes.count; i++) {
		if (ids_find(topology->ids, report->devices.count,
			     topology->changes.items[i].device) != SIZE_MAX)
			topology->changes.items[kept++] = topology->changes.items[i];
	}
	topology->changes.count = kept;
	return rc;
}

void
report_topology_fini(struct report_topology *topology)
{
	reader_link_list_fini(&topology->links);
	reader_event_list_fini(&topology->changes);
	for (int c = 0; c < REPORT_PLACE_CLASSES; c++)
		free(topology->places[c]);
	free(topology->ids);
}

/* "hq-acc-1 gi1/0/14"; of a switch that is not in the report, only the port. */
static void
put_port(struct buf *buf, const struct report *report, uint32_t id, const char *name,
	 const char *port)
{
	size_t place = ids_find(report->topology.ids, report->devices.count, id);

	if (place != SIZE_MAX)
		name = report->devices.items[place].name;
	buf_printf(buf, "%s%s%s", name, *name != '\0' && *port != '\0' ? " " : "", port);
}

void
report_put_place(struct buf *buf, const struct report *report, enum report_place_class class,
		 const struct report_place *place)
{
	static const char elsewhere[] = "a switch elsewhere"; /* filtered out */
	const struct topo_link *link = place->link;

	if (link == NULL)
		return;
	if (class == REPORT_CONTRADICTED) {
		buf_puts(buf, "declared ");
		put_port(buf, report, link->parent, place->device->upstream_switch, link->port);
		buf_puts(buf, ", seen at ");
		put_port(buf, report, link->seen_parent, elsewhere, link->seen_port);
		return;
	}
	put_port(buf, report, link->parent, link->parent == 0 ? link->parent_name : elsewhere,
		 link->port);
	if (class == REPORT_GUESSED)
		buf_printf(buf, ", %u %%", link->confidence);
	else
		buf_printf(buf, ", VLAN %u", link->vlan);
}

static struct cell *
add_row(struct sheet *sheet, const char *title, size_t count, struct buf *names)
{
	struct cell *row = sheet_add(sheet);

	cell_set_text(&row[0], title);
	cell_set_number(&row[1], (int64_t)count);
	cell_set_text(&row[2], arena_strdup(&sheet->arena, names->data != NULL ? names->data : ""));
	if (names->error != 0)
		sheet->error = names->error;
	buf_reset(names);
	return row;
}

static void
add_class(struct sheet *sheet, const struct report *report, enum report_place_class class,
	  size_t most)
{
	static const char *const titles[REPORT_PLACE_CLASSES] = {
		"not placed", "seen elsewhere than declared", "place is a guess",
		"on a VLAN not allowed"};
	size_t count = report->topology.counts[class];
	struct buf names;

	if (count == 0)
		return;
	buf_init(&names, TEXT_MAX);
	for (size_t i = 0; i < count && i < most; i++) {
		const struct report_place *place = &report->topology.places[class][i];

		buf_printf(&names, "%s%s", i > 0 ? ", " : "", place->device->name);
		if (place->link == NULL)
			continue;
		buf_puts(&names, " (");
		report_put_place(&names, report, class, place);
		buf_puts(&names, ")");
	}
	if (count > most)
		buf_printf(&names, " and %zu more", count - most);
	add_row(sheet, titles[class], count, &names)[0].tint =
		class == REPORT_UNPLACED ? TINT_NONE : TINT_WARN;
	buf_fini(&names);
}

static size_t
count_changes(const struct report *report, enum event_type type)
{
	size_t count = 0;

	for (size_t i = 0; i < report->topology.changes.count; i++)
		count += report->topology.changes.items[i].type == type;
	return count;
}

/* The newest of one type. */
static void
add_changes(struct sheet *sheet, const struct report *report, size_t change, size_t most)
{
	const struct reader_event_list *list = &report->topology.changes;
	size_t count = count_changes(report, changes[change].type), named = 0;
	struct buf names;

	if (count == 0)
		return;
	buf_init(&names, TEXT_MAX);
	for (size_t i = list->count; i-- > 0 && named < most;) {
		const struct reader_event *event = &list->items[i];

		if (event->type != changes[change].type)
			continue;
		buf_printf(&names, "%s%s", named++ > 0 ? ", " : "",
			   event->type == EVENT_NEW_MAC && *event->from != '\0' ? event->from
										: event->name);
		if ((event->type == EVENT_MOVED || event->type == EVENT_UPLINK_CHANGED) &&
		    *event->to != '\0')
			buf_printf(&names, " (to %s)", event->to);
	}
	if (count > named)
		buf_printf(&names, " and %zu more", count - named);
	add_row(sheet, changes[change].title, count, &names)[0].tint = TINT_WARN;
	buf_fini(&names);
}

static size_t
row_count(const struct report *report)
{
	size_t rows = 0;

	for (int c = 0; c < REPORT_PLACE_CLASSES; c++)
		rows += report->topology.counts[c] > 0;
	for (size_t i = 0; i < MEM_COUNT(changes); i++)
		rows += count_changes(report, changes[i].type) > 0;
	return rows;
}

size_t
report_topology_lines(const struct report *report)
{
	size_t rows = row_count(report);

	/* a blank line, the title, the heading, where to find all */
	return rows > 0 ? rows + 4 : 0;
}

void
report_topology_write_screen(struct cli *cli, const struct report *report, size_t limit)
{
	static const struct column columns[] = {
		{"what", "WHAT", CELL_TEXT, COLUMN_SHOWN, ""},
		{"count", "COUNT", CELL_COUNT, COLUMN_SHOWN, ""},
		{"names", "WHICH", CELL_TEXT, COLUMN_SHOWN | COLUMN_WRAP, ""},
	};
	size_t most = limit == 0 ? SIZE_MAX : NAMES;
	char when[CLOCK_ISO_SIZE];
	struct sheet sheet;
	struct buf title;

	if (row_count(report) == 0)
		return;
	buf_init(&title, 1024);
	term_put_tinted(&cli->term, &title, TINT_BOLD, "TOPOLOGY");
	out_printf(cli->out, "\n%s, changes since %s\n", title.data != NULL ? title.data : "",
		   clock_format_local(report->topology.since_ms, when, sizeof(when)));
	buf_fini(&title);
	sheet_init(&sheet, columns, MEM_COUNT(columns));
	for (int c = 0; c < REPORT_PLACE_CLASSES; c++)
		add_class(&sheet, report, (enum report_place_class)c, most);
	for (size_t i = 0; i < MEM_COUNT(changes); i++)
		add_changes(&sheet, report, i, most);
	cli_put_table(cli, &sheet);
	out_puts(cli->out, "all: keepwatch topology --problems, keepwatch events\n");
}
