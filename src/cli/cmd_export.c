/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch export: files for auditors, with a second file beside that says what the first is. The
 * columns are those of `devices`, `events` and `topology`; states have their own here.
 */
#include "export.h"

#include "device_sheet.h"
#include "event_sheet.h"
#include "finding_sheet.h"
#include "incident_sheet.h"
#include "link_sheet.h"
#include "progress.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { JSON_MAX = 64 << 20 };

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
static const struct column state_columns[] = {STATE_COLUMNS(X)};
#undef X

static void
begin(struct export *export)
{
	enum sheet_format format = export->cli->format;

	export->is_begun = true;
	sheet_select(&export->sheet, format, NULL, NULL);
	if (format == SHEET_CSV) {
		if (args_has(&export->cli->args, ARG_BOM))
			out_puts(export->out, "\xef\xbb\xbf");
		return;
	}
	jsonw_init(&export->json, export->out, &export->buf);
	jsonw_object(&export->json, NULL);
	cli_put_json_head(export->cli, &export->json, export->name);
	selection_put_json(&export->selection, &export->json);
	jsonw_array(&export->json, export->name);
}

void
export_write_piece(struct export *export)
{
	bool is_first = !export->is_begun;

	if (is_first)
		begin(export);
	if (export->cli->format == SHEET_CSV)
		sheet_write_csv(&export->sheet, export->out,
				is_first && !args_has(&export->cli->args, ARG_NO_HEADER));
	else
		sheet_write_json_rows(&export->sheet, &export->json);
	export->rows += export->sheet.row_count;
	progress_count(export->cli->progress, export->rows);
	out_fail(export->out, export->sheet.error);
	sheet_clear(&export->sheet);
}

void
export_end(struct export *export)
{
	export_write_piece(export);
	if (export->cli->format == SHEET_JSON) {
		jsonw_end_array(&export->json);
		jsonw_end_object(&export->json);
		jsonw_finish(&export->json);
		out_fail(export->out, export->buf.error);
	}
}

static int
export_inventory(struct export *export)
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

static int
export_states(struct export *export)
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

static int
export_events(struct export *export)
{
	struct reader_event_query query;
	int rc = event_query_init(export->cli, &query, 0);

	if (rc == 0)
		rc = event_each(&export->selection, &query, add_event, export);
	if (rc == 0)
		export_end(export);
	return rc;
}

static const struct export_kind {
	const char *name;
	int (*run)(struct export *export);
	const struct column *columns;
	const size_t *count; /* NULL: of states */
} kinds[] = {
	{"inventory", export_inventory, device_columns, &device_column_count},
	{"states", export_states, state_columns, NULL},
	{"events", export_events, event_columns, &event_column_count},
	{"incidents", export_incidents_run, incident_columns, &incident_column_count},
	{"findings", export_findings_run, finding_columns, &finding_column_count},
	{"topology", export_links_run, link_columns, &link_column_count},
	{"topology-history", export_links_run, link_columns, &link_column_count},
};

static const struct export_kind *
find_kind(const char *name)
{
	for (size_t i = 0; i < MEM_COUNT(kinds); i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	}
	return NULL;
}

/* What was wrong with a file, in words that say what to do. */
static int
complain_file(const struct cli *cli, const char *path, int rc, const struct out *out)
{
	switch (rc) {
	case ERR_EXISTS:
		cli_complain(cli,
			     "%s is a symbolic link, which is never written through; name the "
			     "file itself",
			     path);
		break;
	case ERR_INVAL:
		cli_complain(cli, "%s is no regular file; name a file, or - for standard output",
			     path);
		break;
	case ERR_NOTFOUND:
		cli_complain(cli, "%s: there is no such folder", path);
		break;
	case ERR_FULL:
		cli_complain(cli, "%s: no space left; nothing was changed", path);
		break;
	default:
		cli_complain(cli, "%s: %s; nothing was changed", path,
			     out != NULL && out_errno(out) != 0 ? strerror(out_errno(out))
								: err_text(rc));
		break;
	}
	return CLI_UNREADABLE;
}

/* FILE.meta.json: what FILE is. */
static void
write_meta(const struct export *export, const char *path, struct out *meta)
{
	const struct cli *cli = export->cli;
	const char *file = strrchr(path, '/');
	struct jsonw json;
	struct buf buf;

	buf_init(&buf, JSON_MAX);
	jsonw_init(&json, meta, &buf);
	jsonw_object(&json, NULL);
	cli_put_json_head(cli, &json, "export-meta");
	jsonw_text(&json, "keepwatch_version", KEEPWATCH_VERSION);
	jsonw_text(&json, "file", file != NULL ? file + 1 : path);
	jsonw_text(&json, "export", export->name);
	jsonw_number(&json, "export_schema_version", 1);
	jsonw_text(&json, "format", cli->format == SHEET_CSV ? "csv" : "json");
	jsonw_text(&json, "database", cli->database);
	selection_put_json(&export->selection, &json);
	jsonw_flat_array(&json, "columns");
	for (size_t i = 0; i < export->sheet.selected_count; i++)
		jsonw_text(&json, NULL, export->sheet.columns[export->sheet.selected[i]].name);
	jsonw_end_array(&json);
	jsonw_number(&json, "rows", (int64_t) export->rows);
	jsonw_number(&json, "bytes", (int64_t)out_bytes(export->out));
	jsonw_text(&json, "sha256", out_sha256(export->out));
	jsonw_end_object(&json);
	jsonw_finish(&json);
	out_fail(meta, buf.error);
	buf_fini(&buf);
}

/* Both files are safe on disk under other names before the first gets its own. */
static int
write_files(struct export *export, const struct export_kind *kind, const char *path)
{
	struct cli *cli = export->cli;
	struct out *meta = NULL;
	char *meta_path = NULL;
	const char *failed = path;
	int code = 0, rc;

	if (asprintf(&meta_path, "%s.meta.json", path) < 0) {
		meta_path = NULL;
		return complain_file(cli, path, ERR_NOMEM, NULL);
	}
	rc = out_open_file(&export->out, path);
	if (rc == 0) {
		failed = meta_path;
		rc = out_open_file(&meta, meta_path);
	}
	if (rc != 0)
		goto out;
	failed = path;
	code = kind->run(export);
	if (code != 0)
		goto out;
	rc = out_finish(export->out);
	if (rc != 0)
		goto out;
	failed = meta_path;
	write_meta(export, path, meta);
	rc = out_finish(meta);
	if (rc != 0)
		goto out;
	failed = path;
	rc = out_commit(export->out);
	if (rc != 0)
		goto out;
	failed = meta_path;
	rc = out_commit(meta);
out:
	if (rc != 0)
		code = complain_file(cli, failed, rc, failed == path ? export->out : meta);
	out_close(meta);
	out_close(export->out);
	export->out = NULL;
	free(meta_path);
	return code;
}

static bool
ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len > end_len && strcasecmp(text + len - end_len, end) == 0;
}

/* From --format, else from the name. */
static int
choose_format(struct cli *cli, const char *path)
{
	if (args_has(&cli->args, ARG_FORMAT)) {
		if (cli->format != SHEET_TABLE)
			return 0;
		return cli_usage(cli, "an export is csv or json");
	}
	if (ends_with(path, ".csv"))
		cli->format = SHEET_CSV;
	else if (ends_with(path, ".json"))
		cli->format = SHEET_JSON;
	else
		return cli_usage(cli, "--format csv or --format json?");
	return 0;
}

int
cmd_export_run(struct cli *cli)
{
	const char *name = cli->args.operands.items[0];
	const char *path = args_value(&cli->args, ARG_OUTPUT);
	const struct export_kind *kind = find_kind(name);
	struct export export = {.cli = cli, .name = name};
	int rc;

	if (kind == NULL)
		return cli_usage(cli,
				 "'%s': expected inventory, states, events, incidents, findings, "
				 "topology or topology-history",
				 name);
	if (path == NULL)
		return cli_usage(cli, "-o FILE is missing; - is standard output");
	if (event_asked_types(cli))
		return CLI_OK;
	rc = choose_format(cli, path);
	if (rc != 0)
		return rc;
	buf_init(&export.buf, JSON_MAX);
	sheet_init(&export.sheet, kind->columns, kind->count != NULL ? *kind->count : COL_COUNT);
	rc = selection_init(&export.selection, cli, false);
	if (rc == 0)
		rc = cli_open_store(cli);
	if (rc != 0)
		goto out;
	if (cli_freshness(cli) != CLI_FRESH)
		cli_complain(cli, "note: the data is old, or the agent does not run; the export "
				  "says so");
	if (strcmp(path, "-") == 0) {
		export.out = cli->out;
		rc = kind->run(&export);
	} else {
		rc = write_files(&export, kind, path);
	}
out:
	sheet_fini(&export.sheet);
	buf_fini(&export.buf);
	return rc;
}
