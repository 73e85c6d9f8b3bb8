/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The results of a one-shot probe as tables, JSON or CSV.
 */
#include "probe_output.h"

#include "jsonw.h"

#include "keepwatch/buf.h"

#include <string.h>

#define RESULT_COLUMNS(X)                                           \
	X(PROBE, "probe", "PROBE", TEXT, COLUMN_SHOWN)              \
	X(OUTCOME, "outcome", "OUTCOME", STATE, COLUMN_SHOWN)       \
	X(RTT, "rtt_us", "RTT", RTT, COLUMN_SHOWN)                  \
	X(TOOK, "took_ms", "TOOK", DURATION, COLUMN_SHOWN)          \
	X(SENT, "sent", "SENT", COUNT, COLUMN_SHOWN)                \
	X(LOST, "lost", "LOST", COUNT, COLUMN_SHOWN)                \
	X(REASON, "reason", "REASON", TEXT, 0)                      \
	X(WHY, "why", "WHY", TEXT, COLUMN_SHOWN | COLUMN_WRAP)      \
	X(FACT, "fact", "FACT", TEXT, 0)                            \
	X(INSTANCE, "instance", "OF", TEXT, COLUMN_HIDDEN_IF_EMPTY) \
	X(VALUE, "value", "VALUE", TEXT, COLUMN_WRAP)

enum result_column {
#define X(id, name, title, type, flags) COL_##id,
	RESULT_COLUMNS(X)
#undef X
		COL_COUNT
};

#define X(id, name, title, type, flags) {name, title, CELL_##type, flags, ""},
static const struct column result_columns[] = {RESULT_COLUMNS(X)};
#undef X

static void
add_result(struct sheet *sheet, enum probe_id probe, const struct probe_result *result)
{
	struct cell *row = sheet_add(sheet);

	cell_set_text(&row[COL_PROBE], probe_spec(probe)->name);
	cell_set_text(&row[COL_OUTCOME], outcome_name(result->outcome));
	if (result->rtt_us != RTT_NONE)
		cell_set_number(&row[COL_RTT], result->rtt_us);
	cell_set_number(&row[COL_TOOK], result->took_ms);
	cell_set_number(&row[COL_SENT], result->sent);
	cell_set_number(&row[COL_LOST], result->lost);
	if (result->reason != REASON_NONE)
		cell_set_text(&row[COL_REASON], reason_name(result->reason));
	cell_set_why(sheet, &row[COL_WHY], reason_text(result->reason), result->detail);
}

static void
add_facts(struct sheet *sheet, enum probe_id probe, const struct fact_list *facts)
{
	for (size_t i = 0; i < facts->count; i++) {
		struct cell *row = sheet_add(sheet);

		cell_set_text(&row[COL_PROBE], probe_spec(probe)->name);
		cell_set_text(&row[COL_FACT], fact_name(facts->items[i].key));
		cell_set_text(&row[COL_INSTANCE], facts->items[i].instance);
		cell_set_text(&row[COL_VALUE], facts->items[i].value);
	}
}

static void
put_table(struct cli *cli, struct sheet *sheet, const char *const *names, size_t count)
{
	struct arg_values columns = {.items = (const char **)(uintptr_t)names, .count = count};

	sheet_select(sheet, SHEET_TABLE, count > 0 ? &columns : NULL, NULL);
	sheet_write_table(sheet, cli->out, &cli->term, !args_has(&cli->args, ARG_NO_HEADER));
	out_fail(cli->out, sheet->error);
	sheet_fini(sheet);
}

static void
write_tables(struct cli *cli, const struct probe_plan *plan, const struct probe_result *results)
{
	static const char *const fact_names[] = {"probe", "fact", "instance", "value"};
	static const enum term_tint tints[HEALTH_COUNT] = {TINT_FAINT, TINT_GOOD, TINT_WARN,
							   TINT_BAD};
	enum health health = probe_output_health(results, plan->count);
	char ip[IPADDR_TEXT_SIZE];
	struct sheet sheet;
	struct buf buf;

	sheet_init(&sheet, result_columns, COL_COUNT);
	for (size_t i = 0; i < plan->count; i++)
		add_facts(&sheet, plan->settings[i].probe, &results[i].facts);
	if (sheet.row_count > 0) {
		put_table(cli, &sheet, fact_names, MEM_COUNT(fact_names));
		out_puts(cli->out, "\n");
	}
	sheet_init(&sheet, result_columns, COL_COUNT);
	for (size_t i = 0; i < plan->count; i++)
		add_result(&sheet, plan->settings[i].probe, &results[i]);
	put_table(cli, &sheet, NULL, 0);
	buf_init(&buf, 64 << 10);
	buf_puts(&buf, "\n");
	term_put_text(cli->term.has_utf8, &buf, plan->device.name, strlen(plan->device.name));
	ipaddr_format(&plan->ip, ip, sizeof(ip));
	if (strcmp(plan->device.name, ip) != 0)
		buf_printf(&buf, " (%s)", ip);
	buf_puts(&buf, " is ");
	term_put_tinted(&cli->term, &buf, tints[health], health_name(health));
	out_printf(cli->out, "%s\n", buf.data != NULL ? buf.data : "");
	buf_fini(&buf);
}

static void
put_result(struct jsonw *json, enum probe_id probe, const struct probe_result *result)
{
	jsonw_object(json, NULL);
	jsonw_text(json, "probe", probe_spec(probe)->name);
	jsonw_text(json, "outcome", outcome_name(result->outcome));
	jsonw_text(json, "reason",
		   result->reason != REASON_NONE ? reason_name(result->reason) : NULL);
	jsonw_text(json, "detail", *result->detail != '\0' ? result->detail : NULL);
	jsonw_time(json, "at", result->at_ms);
	jsonw_number(json, "took_ms", result->took_ms);
	jsonw_number(json, "sent", result->sent);
	jsonw_number(json, "lost", result->lost);
	if (result->rtt_us != RTT_NONE)
		jsonw_number(json, "rtt_us", result->rtt_us);
	else
		jsonw_null(json, "rtt_us");
	jsonw_array(json, "facts");
	for (size_t i = 0; i < result->facts.count; i++) {
		const struct fact *fact = &result->facts.items[i];

		jsonw_flat_object(json, NULL);
		jsonw_text(json, "fact", fact_name(fact->key));
		jsonw_text(json, "instance", *fact->instance != '\0' ? fact->instance : NULL);
		jsonw_text(json, "value", fact->value);
		jsonw_end_object(json);
	}
	jsonw_end_array(json);
	jsonw_end_object(json);
}

static void
write_json(struct cli *cli, const struct probe_plan *plan, const struct probe_result *results)
{
	char ip[IPADDR_TEXT_SIZE];
	struct jsonw json;
	struct buf buf;

	cli_begin_json(cli, &json, &buf, "probe");
	jsonw_flat_object(&json, "device");
	jsonw_text(&json, "name", plan->device.name);
	jsonw_text(&json, "address", plan->device.address);
	jsonw_text(&json, "ip", ipaddr_format(&plan->ip, ip, sizeof(ip)));
	jsonw_text(&json, "kind", kind_name(plan->device.kind));
	jsonw_text_or_null(&json, "site", plan->site);
	jsonw_end_object(&json);
	jsonw_text(&json, "state", health_name(probe_output_health(results, plan->count)));
	jsonw_array(&json, "probes");
	for (size_t i = 0; i < plan->count; i++)
		put_result(&json, plan->settings[i].probe, &results[i]);
	jsonw_end_array(&json);
	cli_end_json(cli, &json);
}

static void
write_csv(struct cli *cli, const struct probe_plan *plan, const struct probe_result *results)
{
	struct sheet sheet;

	sheet_init(&sheet, result_columns, COL_COUNT);
	for (size_t i = 0; i < plan->count; i++) {
		add_result(&sheet, plan->settings[i].probe, &results[i]);
		add_facts(&sheet, plan->settings[i].probe, &results[i].facts);
	}
	cli_put_csv(cli, &sheet);
}

void
probe_output_write(struct cli *cli, const struct probe_plan *plan,
		   const struct probe_result *results)
{
	switch (cli->format) {
	case SHEET_TABLE:
		write_tables(cli, plan, results);
		break;
	case SHEET_JSON:
		write_json(cli, plan, results);
		break;
	case SHEET_CSV:
		write_csv(cli, plan, results);
		break;
	}
}
