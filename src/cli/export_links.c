/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exports of the topology: where every device hangs, and where it hung before.
 */
#include "export.h"

#include "event_sheet.h"
#include "link_sheet.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

/* Devices by id, those that left the fleet file included, and which of them are wanted. */
struct lookup {
	struct reader_device_list all, wanted;
	struct id_place *all_ids, *wanted_ids;
};

static int
look_up(struct export *export, struct lookup *lookup)
{
	int rc = selection_read_all(&export->selection, &lookup->wanted);
	struct reader_filter filter = READER_FILTER_ANY;

	if (rc != 0)
		return rc;
	filter.with_removed = true;
	rc = reader_devices(export->cli->reader, &filter, &lookup->all);
	if (rc != 0)
		return cli_reader_failed(export->cli, rc);
	lookup->all_ids = ids_sort(&lookup->all);
	lookup->wanted_ids = ids_sort(&lookup->wanted);
	if (lookup->all_ids != NULL && lookup->wanted_ids != NULL)
		return 0;
	cli_complain(export->cli, "%s", err_text(ERR_NOMEM));
	return CLI_UNREADABLE;
}

static void
lookup_fini(struct lookup *lookup)
{
	free(lookup->all_ids);
	free(lookup->wanted_ids);
	reader_device_list_fini(&lookup->all);
	reader_device_list_fini(&lookup->wanted);
}

static const struct reader_device *
find_device(const struct lookup *lookup, uint32_t id)
{
	size_t place = ids_find(lookup->all_ids, lookup->all.count, id);

	return place != SIZE_MAX ? &lookup->all.items[place] : NULL;
}

static void
add_links(struct export *export, const struct lookup *lookup, const struct reader_link_list *links,
	  int64_t until_ms)
{
	for (size_t i = 0; i < links->count; i++) {
		const struct reader_link *link = &links->items[i];
		size_t place =
			ids_find(lookup->wanted_ids, lookup->wanted.count, link->link.device);

		if (place == SIZE_MAX || (until_ms != 0 && link->link.first_seen_ms >= until_ms))
			continue;
		link_sheet_add(&export->sheet, &lookup->wanted.items[place],
			       find_device(lookup, link->link.parent),
			       find_device(lookup, link->link.seen_parent), link,
			       link->until_ms == 0);
		if (export->sheet.row_count >= EXPORT_PIECE_ROWS)
			export_write_piece(export);
	}
}

int
export_links_run(struct export *export)
{
	bool is_history = strcmp(export->name, "topology") != 0;
	struct reader_filter filter = READER_FILTER_ANY;
	struct reader_event_query times;
	struct reader_link_list links = {0};
	struct lookup lookup = {0};
	/* --since and --until are read as those of events are. */
	int rc = event_query_init(export->cli, &times, 0);

	if (rc == 0)
		rc = look_up(export, &lookup);
	if (rc != 0)
		goto out;
	filter.with_removed = is_history;
	rc = is_history
		     ? reader_link_history(export->cli->reader, &filter, times.since_ms, 0, &links)
		     : reader_links(export->cli->reader, &filter, &links);
	if (rc != 0) {
		rc = cli_reader_failed(export->cli, rc);
		goto out;
	}
	add_links(export, &lookup, &links, is_history ? times.until_ms : 0);
	export_end(export);
out:
	reader_link_list_fini(&links);
	lookup_fini(&lookup);
	return rc;
}
