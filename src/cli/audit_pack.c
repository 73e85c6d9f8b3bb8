/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * export audit -o DIR: the evidence pack of an audit. All tables as CSV and JSON, the policy in
 * force, the advisories that were used, a summary, and its place in the chain of packs.
 */
#include "audit_chain.h"

#include "agent_call.h"
#include "audit_view.h"
#include "export_table.h"
#include "finding_sheet.h"
#include "jsonw.h"
#include "pack.h"
#include "select.h"

#include "keepwatch/advisory_files.h"
#include "keepwatch/buf.h"
#include "keepwatch/clock.h"
#include "keepwatch/conf.h"
#include "keepwatch/control.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TEXT_WIDTH = 120, STORED_TRIES = 50 };

struct making {
	struct cli *cli;
	struct cli file; /* writes into a file of the pack */
	struct pack *pack;
	struct selection selection;
	struct audit_link previous;
	int64_t number;
	struct audit_view view;
	int code; /* exit code of what was complained about already */
};

/* ---- the files */

static int
write_tables(struct making *making)
{
	static const enum sheet_format formats[] = {SHEET_CSV, SHEET_JSON};
	const struct export_table *table;
	int rc = 0;

	for (size_t i = 0; rc == 0 && (table = export_table_at(i)) != NULL; i++) {
		for (size_t f = 0; rc == 0 && f < MEM_COUNT(formats); f++) {
			struct export_style style = {.format = formats[f], .has_header = true};
			char name[64];
			struct out *out = NULL;
			size_t rows;

			snprintf(name, sizeof(name), "%.40s.%s", table->name,
				 formats[f] == SHEET_CSV ? "csv" : "json");
			rc = pack_begin(making->pack, name, &out);
			if (rc != 0)
				break;
			making->code = export_table_write(making->cli, table, &making->selection,
							  &style, out, &rows);
			rc = making->code != 0 ? ERR_INVAL : pack_end(making->pack);
		}
	}
	return rc;
}

static int
write_summary(struct making *making)
{
	struct cli *file = &making->file;
	const struct audit_view *view = &making->view;
	char made[CLOCK_ISO_SIZE];
	struct sheet sheet;
	struct buf head;
	int rc = pack_begin(making->pack, "summary.txt", &file->out);

	if (rc != 0)
		return rc;
	buf_init(&head, 4096);
	audit_view_put_headline(view, &head);
	out_printf(file->out, "Audit of %zu devices, pack %lld, made %s\n%s\n", view->total.devices,
		   (long long)making->number, clock_format_iso(file->now_ms, made, sizeof(made)),
		   head.data != NULL ? head.data : "");
	buf_fini(&head);
	for (int group = 0; group < AUDIT_GROUP_COUNT; group++) {
		audit_view_sheet(file, view, (enum audit_group)group, &sheet);
		out_printf(file->out, "\nBy %s\n", audit_group_name((enum audit_group)group));
		cli_put_table(file, &sheet);
	}
	out_puts(file->out, "\nFindings, the worst first (all in findings.csv)\n");
	sheet_init(&sheet, finding_columns, finding_column_count);
	for (size_t i = 0; i < view->findings.count; i++)
		finding_sheet_add(file, &sheet, &view->findings.items[i]);
	cli_put_table(file, &sheet);
	return pack_end(making->pack);
}

/* What the policy asks for, as keepwatch has read it. */
static int
write_policy(struct making *making)
{
	const struct conf *conf = making->cli->conf;
	struct out *out = NULL;
	char *text = NULL;
	size_t size = 0;
	FILE *stream;
	int rc = pack_begin(making->pack, "policy.txt", &out);

	if (rc != 0)
		return rc;
	if (conf == NULL) {
		out_puts(out, "The configuration was not read (--database was given): what the "
			      "policy asks for is not known here.\n");
		return pack_end(making->pack);
	}
	stream = open_memstream(&text, &size);
	if (stream == NULL)
		return ERR_NOMEM;
	conf_describe_policy(conf, stream);
	if (fclose(stream) == 0)
		out_put(out, text, size);
	else
		rc = ERR_NOMEM;
	free(text);
	return rc == 0 ? pack_end(making->pack) : rc;
}

/* Which advisories were held against the fleet: their sums, as sha256sum(1) writes them. */
static int
write_advisories(struct making *making)
{
	const struct conf *conf = making->cli->conf;
	char path[4096], sum[OUT_SHA256_SIZE];
	struct out *out = NULL;
	int rc = pack_begin(making->pack, "advisories.txt", &out);

	if (rc != 0)
		return rc;
	for (int i = 0; i < ADVISORY_SOURCE_COUNT && conf != NULL; i++) {
		const char *name = advisory_files_name((enum advisory_source)i);

		snprintf(path, sizeof(path), "%s/%s", conf->advisories_dir, name);
		if (audit_file_sum(path, sum, NULL) == 0)
			out_printf(out, "%s  %s\n", sum, name);
		else
			out_printf(out, "# none: %s\n", name);
	}
	return pack_end(making->pack);
}

static int
write_chain(struct making *making)
{
	const struct audit_link *previous = &making->previous;
	struct jsonw json;
	struct buf buf;
	int rc = pack_begin(making->pack, "chain.json", &making->file.out);

	if (rc != 0)
		return rc;
	cli_begin_json(&making->file, &json, &buf, "audit-chain");
	jsonw_number(&json, "number", making->number);
	jsonw_time(&json, "made", making->cli->now_ms);
	jsonw_text_or_null(&json, "agent", making->cli->has_agent ? making->cli->agent.host : "");
	if (previous->number == 0) {
		jsonw_null(&json, "previous");
	} else {
		jsonw_flat_object(&json, "previous");
		jsonw_number(&json, "number", previous->number);
		jsonw_text(&json, "sha256", previous->sha256);
		jsonw_end_object(&json);
	}
	audit_view_put_json(&making->file, &making->view, &json);
	cli_end_json(&making->file, &json);
	return pack_end(making->pack);
}

static int
write_files(struct making *making)
{
	static int (*const files[])(struct making * making) = {
		write_summary, write_policy, write_advisories, write_tables, write_chain,
	};
	int rc = 0;

	making->file = *making->cli;
	/* Text that is the same whoever asked for it. */
	making->file.term =
		(struct term){.has_utf8 = making->cli->term.has_utf8, .width = TEXT_WIDTH};
	for (size_t i = 0; i < MEM_COUNT(files) && rc == 0; i++)
		rc = files[i](making);
	return rc;
}

/* ---- its place in the chain */

/* --previous DIR, "none", or what the agent has on record. */
static int
find_previous(struct making *making)
{
	const char *given = args_value(&making->cli->args, ARG_PREVIOUS);
	char problem[CHAIN_PROBLEM_SIZE] = "";
	struct audit_chain chain;
	int rc;

	if (given == NULL) {
		rc = audit_chain_recorded(making->cli, &making->previous);
		if (rc != 0)
			return cli_reader_failed(making->cli, rc);
	} else if (strcmp(given, "none") != 0) {
		if (audit_chain_read(given, &chain, problem) != 0) {
			cli_complain(making->cli, "--previous: %s", problem);
			return CLI_UNREADABLE;
		}
		making->previous = chain.own;
	}
	making->number = making->previous.number + 1;
	return 0;
}

/* Until what the agent was told is in the store: a second, as a rule. */
static bool
is_stored(struct cli *cli, const struct audit_link *link)
{
	const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};
	struct audit_link found;

	for (int i = 0; i < STORED_TRIES; i++) {
		reader_end(cli->reader);
		if (reader_begin(cli->reader) != 0)
			return false;
		if (audit_chain_record_of(cli, link->number, &found) == 0 &&
		    strcmp(found.sha256, link->sha256) == 0)
			return true;
		(void)nanosleep(&pause, NULL);
	}
	return false;
}

/* The agent keeps its sum: who changes the pack later would have to change that as well. */
static void
put_on_record(struct cli *cli, const struct audit_link *link)
{
	struct buf request;
	int rc;

	buf_init(&request, CONTROL_REQUEST_MAX);
	buf_printf(&request, "pack\tdo=made\tnumber=%lld\tsha256=%s", (long long)link->number,
		   link->sha256);
	agent_call_add(&request, "who", agent_call_who());
	rc = request.error != 0 ? ERR_NOMEM : agent_call_quietly(cli, request.data, NULL);
	if (rc == 0 && !is_stored(cli, link))
		rc = ERR_TIMEOUT;
	if (rc != 0)
		cli_complain(cli,
			     "the pack is made, but the agent has it not on record (%s): write "
			     "down its sum, and name it with --previous next time",
			     err_text(rc));
	buf_fini(&request);
}

static int
complain(struct making *making, const char *path, int rc)
{
	if (making->code != 0)
		return making->code;
	cli_complain(making->cli, "%s: %s; nothing was left behind", path,
		     rc == ERR_EXISTS	  ? "is not empty; name a directory that is not there yet"
		     : rc == ERR_INVAL	  ? "is no directory, or a symbolic link to one"
		     : rc == ERR_NOTFOUND ? "there is no folder to make it in"
					  : err_text(rc));
	return CLI_UNREADABLE;
}

static int
make_pack(struct making *making, const char *path)
{
	char problem[CHAIN_PROBLEM_SIZE] = "";
	struct audit_chain chain;
	int rc = pack_open(&making->pack, path);

	if (rc == 0)
		rc = write_files(making);
	if (rc == 0)
		rc = pack_commit(making->pack);
	pack_close(making->pack);
	if (rc != 0)
		return complain(making, path, rc);
	if (audit_chain_read(path, &chain, problem) != 0) {
		cli_complain(making->cli, "%s", problem);
		return CLI_UNREADABLE;
	}
	out_printf(making->cli->out, "pack %lld is in %s\nsha256 of its MANIFEST: %s\n",
		   (long long)chain.own.number, path, chain.own.sha256);
	if (making->previous.number != 0)
		out_printf(making->cli->out, "after pack %lld, %s\n",
			   (long long)making->previous.number, making->previous.sha256);
	put_on_record(making->cli, &chain.own);
	return CLI_OK;
}

int
audit_pack_run(struct cli *cli)
{
	const char *path = args_value(&cli->args, ARG_OUTPUT);
	struct reader_finding_query query = READER_FINDINGS_OPEN;
	struct making making = {.cli = cli};
	int rc;

	if (path == NULL || strcmp(path, "-") == 0)
		return cli_usage(cli, "export audit: -o DIR is missing: the directory to make");
	rc = selection_init(&making.selection, cli, false);
	if (rc == 0)
		rc = cli_open_store(cli);
	if (rc == 0)
		rc = find_previous(&making);
	if (rc == 0)
		rc = audit_view_read(&making.view, &making.selection, &query);
	if (rc == 0)
		rc = make_pack(&making, path);
	audit_view_fini(&making.view);
	return rc;
}
