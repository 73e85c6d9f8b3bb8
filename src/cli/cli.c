/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the commands share: complaints, values of common options, and the way of a sheet to the
 * output.
 */
#include "cli.h"

#include "jsonw.h"
#include "progress.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { WHY_MAX = 4096, JSON_MAX = 64 << 20 };

static void
complain(const struct cli *cli, const char *fmt, va_list ap)
{
	char *text = NULL;
	struct buf buf;

	if (vasprintf(&text, fmt, ap) < 0)
		return;
	progress_stop(cli->progress);
	buf_init(&buf, 64 << 10);
	/* Line by line, so that line ends of our own survive. */
	for (char *line = text, *end; line != NULL; line = end) {
		end = strchr(line, '\n');
		if (end != NULL)
			*end++ = '\0';
		term_put_text(cli->err_term.has_utf8, &buf, line, strlen(line));
		buf_puts(&buf, "\n");
	}
	fprintf(stderr, "keepwatch%s%s: %s", cli->args.command != NULL ? " " : "",
		cli->args.command != NULL ? cli->args.command->name : "",
		buf.data != NULL ? buf.data : "out of memory\n");
	buf_fini(&buf);
	free(text);
}

void
cli_complain(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(cli, fmt, ap);
	va_end(ap);
}

int
cli_usage(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(cli, fmt, ap);
	va_end(ap);
	if (cli->args.command != NULL)
		fprintf(stderr, "See 'keepwatch help %s'.\n", cli->args.command->name);
	else
		fputs("See 'keepwatch help'.\n", stderr);
	return CLI_USAGE;
}

int
cli_reader_failed(const struct cli *cli, int rc)
{
	const char *words = reader_error(cli->reader);

	cli_complain(cli, "%s", words != NULL && *words != '\0' ? words : err_text(rc));
	return CLI_UNREADABLE;
}

int
cli_parse_when(const struct cli *cli, const char *text, int64_t *out)
{
	int64_t ms;

	if (clock_parse_duration(text, &ms) == 0) {
		*out = ms > cli->now_ms ? 1 : cli->now_ms - ms;
		return 0;
	}
	return clock_parse_time(text, out);
}

int
cli_limit(const struct cli *cli, size_t fallback, size_t *out)
{
	const char *text = args_value(&cli->args, ARG_LIMIT);
	char *end;
	unsigned long n;

	*out = fallback;
	if (text == NULL)
		return 0;
	n = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || n > 1000000000)
		return cli_usage(cli, "--limit %s: expected a number, 0 for no limit", text);
	*out = n;
	return 0;
}

bool
cli_asked_columns(struct cli *cli, const struct column *columns, size_t count)
{
	const struct arg_values *names = &cli->args.given[ARG_COLUMNS];
	struct sheet sheet;

	if (names->count != 1 || strcmp(names->items[0], "help") != 0)
		return false;
	sheet_init(&sheet, columns, count);
	sheet_write_help(&sheet, cli->out);
	sheet_fini(&sheet);
	return true;
}

void
cli_put_json_head(const struct cli *cli, struct jsonw *json, const char *schema)
{
	static const char *const words[] = {"fresh", "stale", "stopped", "never"};

	jsonw_text(json, "schema", schema);
	jsonw_number(json, "schema_version", 1);
	jsonw_time(json, "generated_at", cli->now_ms);
	if (cli->reader == NULL)
		return;
	jsonw_object(json, "data");
	jsonw_text(json, "freshness", words[cli_freshness(cli)]);
	if (cli->has_agent) {
		jsonw_number(json, "age_ms", cli_data_age_ms(cli));
		jsonw_time(json, "agent_heartbeat", cli->agent.heartbeat_ms);
		jsonw_time(json, "agent_started", cli->agent.started_ms);
		jsonw_time(json, "agent_stopped", cli->agent.stopped_ms);
		jsonw_text(json, "agent_host", cli->agent.host);
		jsonw_text(json, "agent_version", cli->agent.version);
	}
	jsonw_end_object(json);
}

void
cli_begin_json(struct cli *cli, struct jsonw *json, struct buf *buf, const char *schema)
{
	buf_init(buf, JSON_MAX);
	jsonw_init(json, cli->out, buf);
	jsonw_object(json, NULL);
	cli_put_json_head(cli, json, schema);
}

void
cli_end_json(struct cli *cli, struct jsonw *json)
{
	jsonw_end_object(json);
	jsonw_finish(json);
	out_fail(cli->out, json->buf->error);
	buf_fini(json->buf);
}

static void
write_json(struct cli *cli, const struct sheet *sheet, const char *name)
{
	struct jsonw json;
	struct buf buf;

	cli_begin_json(cli, &json, &buf, name);
	sheet_write_json(sheet, &json, name);
	cli_end_json(cli, &json);
}

void
cli_put_title(struct cli *cli, const char *title)
{
	struct buf buf;

	buf_init(&buf, WHY_MAX);
	term_put_tinted(&cli->term, &buf, TINT_BOLD, title);
	out_printf(cli->out, "\n%s\n", buf.data != NULL ? buf.data : "");
	buf_fini(&buf);
}

void
cli_put_table(struct cli *cli, struct sheet *sheet)
{
	sheet_select(sheet, SHEET_TABLE, NULL, NULL);
	sheet_write_table(sheet, cli->out, &cli->term, !args_has(&cli->args, ARG_NO_HEADER));
	out_fail(cli->out, sheet->error);
	sheet_fini(sheet);
}

void
cli_put_csv(struct cli *cli, struct sheet *sheet)
{
	sheet_select(sheet, SHEET_CSV, NULL, NULL);
	sheet_write_csv(sheet, cli->out, !args_has(&cli->args, ARG_NO_HEADER));
	out_fail(cli->out, sheet->error);
	sheet_fini(sheet);
}

int
cli_write_sheet(struct cli *cli, struct sheet *sheet, const char *name)
{
	const struct arg_values *columns = &cli->args.given[ARG_COLUMNS];
	const struct arg_values *keys = &cli->args.given[ARG_SORT];
	bool has_header = !args_has(&cli->args, ARG_NO_HEADER);
	struct buf why;
	int rc = sheet->error;

	buf_init(&why, WHY_MAX);
	if (rc == 0)
		rc = sheet_select(sheet, cli->format, columns, &why);
	if (rc == 0)
		rc = sheet_sort(sheet, keys, &why);
	if (rc != 0) {
		if (why.data != NULL)
			rc = cli_usage(cli, "%s", why.data);
		else
			cli_complain(cli, "%s", err_text(rc));
		buf_fini(&why);
		return rc == CLI_USAGE ? CLI_USAGE : CLI_UNREADABLE;
	}
	buf_fini(&why);
	switch (cli->format) {
	case SHEET_TABLE:
		if (cli->reader != NULL)
			cli_put_staleness(cli);
		sheet_write_table(sheet, cli->out, &cli->term, has_header);
		if (sheet_height(sheet) == 0)
			cli_complain(cli, "note: no %s to show", name);
		break;
	case SHEET_CSV:
		sheet_write_csv(sheet, cli->out, has_header);
		break;
	case SHEET_JSON:
		write_json(cli, sheet, name);
		break;
	}
	return CLI_OK;
}
