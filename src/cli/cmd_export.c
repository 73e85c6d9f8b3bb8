/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch export: files for auditors, with a second file beside that says what the first is.
 */
#include "audit_chain.h"
#include "export_table.h"
#include "jsonw.h"
#include "select.h"

#include "event_sheet.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { JSON_MAX = 64 << 20, LIST_MAX = 4096 };

/* What is written where. */
struct exported {
	struct cli *cli;
	const struct export_table *table;
	struct selection selection;
	struct out *out; /* the file, or standard output */
	size_t rows;
};

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
write_meta(const struct exported *export, const char *path, struct out *meta)
{
	const struct cli *cli = export->cli;
	const char *file = strrchr(path, '/');
	struct sheet sheet;
	struct jsonw json;
	struct buf buf;

	buf_init(&buf, JSON_MAX);
	jsonw_init(&json, meta, &buf);
	jsonw_object(&json, NULL);
	cli_put_json_head(cli, &json, "export-meta");
	jsonw_text(&json, "keepwatch_version", KEEPWATCH_VERSION);
	jsonw_text(&json, "file", file != NULL ? file + 1 : path);
	jsonw_text(&json, "export", export->table->name);
	jsonw_number(&json, "export_schema_version", 1);
	jsonw_text(&json, "format", cli->format == SHEET_CSV ? "csv" : "json");
	jsonw_text(&json, "database", cli->database);
	selection_put_json(&export->selection, &json);
	sheet_init(&sheet, export->table->columns, *export->table->column_count);
	sheet_select(&sheet, cli->format, NULL, NULL);
	jsonw_flat_array(&json, "columns");
	for (size_t i = 0; i < sheet.selected_count; i++)
		jsonw_text(&json, NULL, sheet.columns[sheet.selected[i]].name);
	jsonw_end_array(&json);
	sheet_fini(&sheet);
	jsonw_number(&json, "rows", (int64_t) export->rows);
	jsonw_number(&json, "bytes", (int64_t)out_bytes(export->out));
	jsonw_text(&json, "sha256", out_sha256(export->out));
	jsonw_end_object(&json);
	jsonw_finish(&json);
	out_fail(meta, buf.error);
	buf_fini(&buf);
}

static int
write_table(struct exported *export)
{
	const struct cli *cli = export->cli;
	const struct export_style style = {
		.format = cli->format,
		.has_header = !args_has(&cli->args, ARG_NO_HEADER),
		.has_bom = args_has(&cli->args, ARG_BOM),
	};

	return export_table_write(export->cli, export->table, &export->selection, &style,
				  export->out, &export->rows);
}

/* Both files are safe on disk under other names before the first gets its own. */
static int
write_files(struct exported *export, const char *path)
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
	code = write_table(export);
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

static int
complain_name(const struct cli *cli, const char *name)
{
	const struct export_table *table;
	struct buf list;
	int rc;

	buf_init(&list, LIST_MAX);
	for (size_t i = 0; (table = export_table_at(i)) != NULL; i++)
		buf_printf(&list, "%s%s", i == 0 ? "" : ", ", table->name);
	rc = cli_usage(cli, "'%s': expected one of %s", name, list.data);
	buf_fini(&list);
	return rc;
}

int
cmd_export_run(struct cli *cli)
{
	const char *name = cli->args.operands.items[0];
	const char *path = args_value(&cli->args, ARG_OUTPUT);
	struct exported export = {.cli = cli, .table = export_table_find(name)};
	int rc;

	if (strcmp(name, "audit") == 0)
		return audit_pack_run(cli);
	if (export.table == NULL)
		return complain_name(cli, name);
	if (args_has(&cli->args, ARG_PREVIOUS))
		return cli_usage(cli, "--previous is for 'export audit'");
	if (path == NULL)
		return cli_usage(cli, "-o FILE is missing; - is standard output");
	if (event_asked_types(cli))
		return CLI_OK;
	rc = choose_format(cli, path);
	if (rc == 0)
		rc = selection_init(&export.selection, cli, false);
	if (rc == 0)
		rc = cli_open_store(cli);
	if (rc != 0)
		return rc;
	if (cli_freshness(cli) != CLI_FRESH)
		cli_complain(cli, "note: the data is old, or the agent does not run; the export "
				  "says so");
	if (strcmp(path, "-") != 0)
		return write_files(&export, path);
	export.out = cli->out;
	return write_table(&export);
}
