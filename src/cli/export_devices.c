/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exports of devices, of what each probe sees of them, and of what happened to them. The columns of
 * the first and the last are those of `devices` and `events`.
 */
#include "export.h"

#include "device_sheet.h"
#include "event_sheet.h"

#include "keepwatch/err.h"

#include <stdlib.h>

#define STATE_COLUMNS(X)                                                         \
	X(DEVICE, "device", TEXT, "name in the fleet file")                      \
	X(SITE, "site", TEXT, "site")                                            \
	X(KIND, "kind", TEXT, "camera, door, switch ...")                        \
	X(ADDRESS, "address", TEXT, "address in the fleet file")                 \
	X(OWNER, "owner", TEXT, "who looks after it")                            \
	X(DEVICE_STATE, "device_state", STATE, "state of the device as a whole") \
	X(PROBE, "probe", TEXT, "probe")                                         \
	X(STATE, "state", STATE, "state that this probe sees")                   \
	X(SINCE, "since", TIME, "since when")                                    \
	X(REASON, "reason", TEXT, "why, as a name")                              \
	X(DETAIL, "detail", TEXT, "what was seen, in words")                     \
	X(FLAPPING, "flapping", BOOL, "whether the state comes and goes")        \
	X(OUTCOME, "last_outcome", TEXT, "how the last run ended")               \
	X(RUN, "last_run", TIME, "when that was")                                \
	X(ANSWER, "last_answer", TIME, "when it was last answered")              \
	X(RTT, "rtt_us", RTT, "last round trip in us")

enum state_column {
#define X(id, name, type, help) COL_##id,
	STATE_COLUMNS(X)
#undef X
		COL_COUNT
};

#define X(id, name, type, help) {name, name, CELL_##type, COLUMN_SHOWN, help},
const struct column state_columns[] = {STATE_COLUMNS(X)};
#undef X
const size_t state_column_count = COL_COUNT;

int
export_inventory_run(struct export *export)
{
	struct reader_device_list devices = {0};
	int rc = selection_read(&export->selection, &devices);

	if (rc == 0)
		rc = device_sheet_fill(export->cli, &export->sheet, &devices);
	if (rc == 0)
		export_end(export);
	reader_device_list_fini(&devices);
	return rc;
}

static void
add_state(struct sheet *sheet, const struct reader_device *device, const struct reader_probe *probe)
{
	struct cell *row = sheet_add(sheet);

	cell_set_text(&row[COL_DEVICE], device->name);
	cell_set_text(&row[COL_SITE], device->site);
	cell_set_text(&row[COL_KIND], kind_name(device->kind));
	cell_set_text(&row[COL_ADDRESS], device->address);
	cell_set_text(&row[COL_OWNER], device->owner);
	cell_set_text(&row[COL_DEVICE_STATE], health_name(device->health));
	cell_set_text(&row[COL_PROBE], probe->probe);
	cell_set_text(&row[COL_STATE], health_name(probe->health));
	cell_set_time(&row[COL_SINCE], probe->since_ms);
	if (probe->reason != REASON_NONE)
		cell_set_text(&row[COL_REASON], reason_name(probe->reason));
	cell_set_text(&row[COL_DETAIL], probe->detail);
	cell_set_number(&row[COL_FLAPPING], probe->is_flapping);
	if (probe->run_ms != 0) {
		cell_set_text(&row[COL_OUTCOME], outcome_name(probe->outcome));
		cell_set_number(&row[COL_RUN], probe->run_ms);
	}
	cell_set_time(&row[COL_ANSWER], probe->answer_ms);
	if (probe->rtt_us != RTT_NONE)
		cell_set_number(&row[COL_RTT], probe->rtt_us);
}

int
export_states_run(struct export *export)
{
	struct reader_device_list devices = {0};
	struct reader_probe_list probes = {0};
	struct id_place *ids = NULL;
	int rc = selection_read(&export->selection, &devices);

	if (rc != 0)
		return rc;
	ids = ids_sort(&devices);
	rc = ids == NULL ? ERR_NOMEM : reader_probes(export->cli->reader, NULL, &probes);
	for (size_t i = 0; i < probes.count && rc == 0; i++) {
		size_t place = ids_find(ids, devices.count, probes.items[i].device);

		if (place == SIZE_MAX)
			continue;
		add_state(&export->sheet, &devices.items[place], &probes.items[i]);
		if (export->sheet.row_count >= EXPORT_PIECE_ROWS)
			export_write_piece(export);
	}
	if (rc == 0)
		export_end(export);
	else
		rc = cli_reader_failed(export->cli, rc);
	free(ids);
	reader_probe_list_fini(&probes);
	reader_device_list_fini(&devices);
	return rc;
}

static void
add_event(void *arg, const struct reader_event *event)
{
	struct export *export = arg;

	event_sheet_add(&export->sheet, event);
	if (export->sheet.row_count >= EXPORT_PIECE_ROWS)
		export_write_piece(export);
}

int
export_events_run(struct export *export)
{
	struct reader_event_query query;
	int rc = event_query_init(export->cli, &query, 0);

	if (rc == 0)
		rc = event_each(&export->selection, &query, add_event, export);
	if (rc == 0)
		export_end(export);
	return rc;
}
