/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch diff DIR DIR: what changed between two audits, from their evidence packs: devices,
 * firmware, passwords, findings, coverage, row by row.
 */
#include "audit_chain.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS_MOST = 5, VALUE_MAX = 4096 };

/* Which rows of a table are the same, and what of them moves without being a change. */
static const struct {
	const char *name;
	const char *keys[KEYS_MOST];
	const char *ignored; /* " name name " */
} tables[] = {
	{"inventory",
	 {"name"},
	 " state flapping for_ms since reason detail last_run last_answer clock_offset_ms "
	 "boot_time "
	 "first_seen "},
	{"firmware",
	 {"device"},
	 " first_seen since confirmed previous_firmware previous_serial changed_after "
	 "changed_before "},
	{"passwords",
	 {"device", "use", "account"},
	 " first_proven last_proven shared_group shared_devices "},
	{"credentials-age",
	 {"device", "use", "account"},
	 " age_least_days age_most_days change changed_after changed_before last_proven "},
	{"findings",
	 {"device", "rule", "port", "instance"},
	 " id duration_ms since confirmed resolved changes value evidence "},
	{"acceptances", {"device", "rule", "if_index", "instance", "at"}, " id is_found "},
	{"coverage", {"device", "part"}, " state checked since last_answer "},
	{"topology",
	 {"device"},
	 " state first_seen confirmed until confidence why other_stations source via between "},
};

#define S COLUMN_SHOWN

#define DIFF_COLUMNS(X)                                                                 \
	X(TABLE, "table", "TABLE", S, "table of the pack")                              \
	X(CHANGE, "change", "CHANGE", S, "added, removed or changed")                   \
	X(DEVICE, "device", "DEVICE", S, "device, or the first part of the row's key")  \
	X(KEY, "key", "ABOUT", S | COLUMN_HIDDEN_IF_EMPTY, "the rest of the row's key") \
	X(FIELD, "field", "FIELD", S, "column")                                         \
	X(FROM, "from", "FROM", S | COLUMN_WRAP, "in the first pack")                   \
	X(TO, "to", "TO", S | COLUMN_WRAP, "in the second pack")

enum diff_column {
#define X(id, name, title, flags, help) COL_##id,
	DIFF_COLUMNS(X)
#undef X
		COL_COUNT
};

static const struct column diff_columns[] = {
#define X(id, name, title, flags, help) {name, title, CELL_TEXT, flags, help},
	DIFF_COLUMNS(X)
#undef X
};

struct diffing {
	struct cli *cli;
	struct sheet sheet;
	size_t table;
	int error;
};

/* ---- rows */

/* A value as text; "" for null. Borrowed from the sheet's arena. */
static const char *
text_of(struct diffing *diffing, const json_t *value)
{
	char number[64], *copy;

	if (json_is_string(value))
		return json_string_value(value);
	if (json_is_boolean(value))
		return json_is_true(value) ? "true" : "false";
	if (value == NULL || json_is_null(value))
		return "";
	if (json_is_integer(value))
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		snprintf(number, sizeof(number), "%g", json_real_value(value));
	else {
		char *dumped = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);

		copy = dumped != NULL ? arena_strdup(&diffing->sheet.arena, dumped) : NULL;
		free(dumped);
		diffing->error = copy == NULL ? ERR_NOMEM : diffing->error;
		return copy != NULL ? copy : "";
	}
	copy = arena_strdup(&diffing->sheet.arena, number);
	diffing->error = copy == NULL ? ERR_NOMEM : diffing->error;
	return copy != NULL ? copy : "";
}

static void
put_key(struct diffing *diffing, const json_t *row, size_t first, struct buf *out)
{
	const char *const *keys = tables[diffing->table].keys;

	for (size_t i = first; i < KEYS_MOST && keys[i] != NULL; i++) {
		const char *text = text_of(diffing, json_object_get(row, keys[i]));

		if (*text != '\0')
			buf_printf(out, "%s%s", out->len > 0 ? " " : "", text);
	}
}

static void
add(struct diffing *diffing, const char *change, const json_t *row, const char *field,
    const char *from, const char *to)
{
	struct cell *cells = sheet_add(&diffing->sheet);
	struct buf key;

	buf_init(&key, VALUE_MAX);
	put_key(diffing, row, 1, &key);
	cell_set_text(&cells[COL_TABLE], tables[diffing->table].name);
	cell_set_text(&cells[COL_CHANGE], change);
	cell_set_text(&cells[COL_DEVICE],
		      text_of(diffing, json_object_get(row, tables[diffing->table].keys[0])));
	if (key.len > 0)
		cell_set_text(&cells[COL_KEY],
			      arena_strndup(&diffing->sheet.arena, key.data, key.len));
	cell_set_text(&cells[COL_FIELD], field);
	cell_set_text(&cells[COL_FROM], from);
	cell_set_text(&cells[COL_TO], to);
	buf_fini(&key);
}

static bool
is_ignored(const struct diffing *diffing, const char *field)
{
	char padded[128];
	const char *ignored = tables[diffing->table].ignored;

	snprintf(padded, sizeof(padded), " %s ", field);
	return ignored != NULL && strstr(ignored, padded) != NULL;
}

static void
compare_rows(struct diffing *diffing, json_t *from, json_t *to)
{
	const char *field;
	json_t *value;

	json_object_foreach(to, field, value)
	{
		json_t *before = json_object_get(from, field);

		if (!is_ignored(diffing, field) && before != NULL && !json_equal(before, value))
			add(diffing, "changed", to, field, text_of(diffing, before),
			    text_of(diffing, value));
	}
}

/* ---- tables */

/* The rows of a table by their keys: an object; several rows of one key are numbered. */
static json_t *
index_rows(struct diffing *diffing, json_t *rows)
{
	json_t *index = json_object(), *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		struct buf key;

		buf_init(&key, VALUE_MAX);
		put_key(diffing, row, 0, &key);
		for (int n = 2; key.data != NULL && json_object_get(index, key.data) != NULL; n++)
			buf_printf(&key, " #%d", n);
		if (index == NULL || key.error != 0 ||
		    json_object_set(index, key.data != NULL ? key.data : "", row) != 0)
			diffing->error = ERR_NOMEM;
		buf_fini(&key);
	}
	return index;
}

/* The document and in *rows the table's rows; NULL after complaining. */
static json_t *
load(struct diffing *diffing, const char *folder, json_t **rows)
{
	const char *name = tables[diffing->table].name;
	char path[4096];
	json_error_t error;
	json_t *root;

	snprintf(path, sizeof(path), "%s/%s.json", folder, name);
	root = json_load_file(path, 0, &error);
	*rows = json_object_get(root, name);
	if (root != NULL && json_is_array(*rows))
		return root;
	cli_complain(diffing->cli, "%s:%d:%d: %s", path, root != NULL ? 1 : error.line,
		     root != NULL ? 1 : error.column,
		     root != NULL ? "not a table of an evidence pack" : error.text);
	json_decref(root);
	return NULL;
}

static void
compare_tables(struct diffing *diffing, json_t *from, json_t *to)
{
	json_t *before = index_rows(diffing, from), *after = index_rows(diffing, to), *row;
	const char *key;

	json_object_foreach(before, key, row)
	{
		if (json_object_get(after, key) == NULL)
			add(diffing, "removed", row, NULL, NULL, NULL);
		else
			compare_rows(diffing, row, json_object_get(after, key));
	}
	json_object_foreach(after, key, row)
	{
		if (json_object_get(before, key) == NULL)
			add(diffing, "added", row, NULL, NULL, NULL);
	}
	json_decref(before);
	json_decref(after);
}

static void
tell(void *arg, const char *words)
{
	cli_complain(((struct diffing *)arg)->cli, "%s", words);
}

/* Nothing is said of packs that are not as they were made. */
static int
check_packs(struct diffing *diffing, const char *const *folders)
{
	char problem[CHAIN_PROBLEM_SIZE] = "";

	for (size_t i = 0; i < 2; i++) {
		int wrong = audit_pack_check(folders[i], tell, diffing, problem);

		if (wrong == 0)
			continue;
		cli_complain(diffing->cli, "%s", wrong < 0 ? problem : "not as it was made");
		return wrong < 0 ? CLI_UNREADABLE : CLI_BAD_NEWS;
	}
	return 0;
}

int
cmd_diff_run(struct cli *cli)
{
	const char *folders[] = {cli->args.operands.items[0], cli->args.operands.items[1]};
	struct diffing diffing = {.cli = cli};
	json_t *from[MEM_COUNT(tables)] = {NULL}, *to[MEM_COUNT(tables)] = {NULL};
	int rc;

	if (cli_asked_columns(cli, diff_columns, COL_COUNT))
		return CLI_OK;
	sheet_init(&diffing.sheet, diff_columns, COL_COUNT);
	rc = check_packs(&diffing, folders);
	for (size_t i = 0; i < MEM_COUNT(tables) && rc == 0; i++) {
		json_t *before, *after;

		diffing.table = i;
		from[i] = load(&diffing, folders[0], &before);
		to[i] = from[i] != NULL ? load(&diffing, folders[1], &after) : NULL;
		if (to[i] == NULL)
			rc = CLI_UNREADABLE;
		else
			compare_tables(&diffing, before, after);
	}
	if (rc == 0 && diffing.error != 0) {
		cli_complain(cli, "%s", err_text(diffing.error));
		rc = CLI_UNREADABLE;
	}
	if (rc == 0)
		rc = cli_write_sheet(cli, &diffing.sheet, "diff");
	sheet_fini(&diffing.sheet);
	for (size_t i = 0; i < MEM_COUNT(tables); i++) {
		json_decref(from[i]);
		json_decref(to[i]);
	}
	return rc;
}
