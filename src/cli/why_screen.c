/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why something is dark, on the screen: first what a person on call needs, then why it is believed.
 */
#include "why.h"

#include "fit.h"
#include "human.h"
#include "incident_sheet.h"
#include "topo_text.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TEXT_MAX = 64 << 10,
	LABEL = 14,
	BULLET = 3,
	LINES_MOST = 12,
	STEPS_MOST = 12,
	WIDTH_LEAST = 40
};

/* "  label       text", made harmless, its further lines below the first; empties buf. */
static void
put_field(struct cli *cli, size_t column, const char *label, enum term_tint tint, struct buf *buf)
{
	size_t width = cli->term.width;
	char *wrapped = NULL, *line, *rest;
	struct buf safe, tinted;

	buf_init(&safe, TEXT_MAX);
	buf_init(&tinted, TEXT_MAX);
	term_put_text(cli->term.has_utf8, &safe, buf->data != NULL ? buf->data : "", buf->len);
	if (safe.len > 0) {
		wrapped = fit_wrap(safe.data, width > WIDTH_LEAST ? width - column - 1 : SIZE_MAX);
		rest = wrapped;
		while ((line = strsep(&rest, "\n")) != NULL) {
			buf_reset(&tinted);
			term_put_tinted(&cli->term, &tinted, tint, line);
			out_printf(cli->out, "  %-*s %s\n", (int)column - 2,
				   line == wrapped ? label : "",
				   tinted.data != NULL ? tinted.data : "");
		}
		if (wrapped == NULL)
			out_fail(cli->out, ERR_NOMEM);
	}
	out_fail(cli->out, buf->error != 0 ? buf->error : safe.error);
	free(wrapped);
	buf_fini(&safe);
	buf_fini(&tinted);
	buf_reset(buf);
}

/* "SWITCH DOWN: hq-acc-3" */
static void
put_verdict(struct cli *cli, const struct reader_incident *incident, struct buf *buf)
{
	size_t words = strlen(verdict_words(incident->verdict));
	struct buf safe, tinted;

	incident_put_what(buf, incident->verdict, incident->blame_name);
	for (size_t i = 0; i < words && i < buf->len; i++)
		buf->data[i] = (char)toupper((unsigned char)buf->data[i]);
	buf_init(&safe, TEXT_MAX);
	buf_init(&tinted, TEXT_MAX);
	term_put_text(cli->term.has_utf8, &safe, buf->data != NULL ? buf->data : "", buf->len);
	term_put_tinted(&cli->term, &tinted, incident->closed_ms != 0 ? TINT_BOLD : TINT_BAD,
			safe.data != NULL ? safe.data : "");
	out_printf(cli->out, "%s\n", tinted.data != NULL ? tinted.data : "");
	buf_fini(&safe);
	buf_fini(&tinted);
	buf_reset(buf);
}

static void
put_times(struct cli *cli, const struct why *why, struct buf *buf)
{
	const struct reader_incident *incident = why->incident;
	int64_t until_ms = incident->closed_ms != 0 ? incident->closed_ms : cli->now_ms;
	char text[HUMAN_SIZE];

	buf_printf(buf, "%u, %s", incident->id, incident_state(incident));
	if (incident->closed_ms != 0)
		buf_printf(buf, " at %s",
			   clock_format_local(incident->closed_ms, text, sizeof(text)));
	if (incident->adopted_by != 0)
		buf_printf(buf, " by incident %u", incident->adopted_by);
	if (*incident->by != '\0')
		buf_printf(buf, " by %s", incident->by);
	put_field(cli, LABEL, "incident", TINT_NONE, buf);
	buf_printf(buf, "%s", clock_format_local(incident->since_ms, text, sizeof(text)));
	buf_printf(buf, " (%s", human_age(incident->since_ms, until_ms, text, sizeof(text)));
	buf_puts(buf, incident->closed_ms != 0 ? " long)" : ")");
	if (incident->told_ms != 0)
		buf_printf(buf, ", told at %s",
			   why_time(why, incident->told_ms, text, sizeof(text)));
	if (incident->healed_ms != 0)
		buf_printf(buf, ", works again since %s",
			   why_time(why, incident->healed_ms, text, sizeof(text)));
	put_field(cli, LABEL, "since", TINT_NONE, buf);
}

static void
put_sure(struct cli *cli, const struct why *why, struct buf *buf)
{
	buf_printf(buf, "%d %%", human_share(why->incident->confidence));
	for (size_t i = 0; i < why->alts.count && i < 2; i++) {
		const struct reader_incident_alt *alt = &why->alts.items[i];

		buf_puts(buf, i == 0 ? "; else " : ", ");
		incident_put_what(buf, alt->alt.verdict, alt->name);
		buf_printf(buf, " (%d %%)", human_share(alt->alt.share));
	}
	put_field(cli, LABEL, "sure", TINT_NONE, buf);
}

static void
put_affected(struct cli *cli, const struct why *why, struct buf *buf)
{
	const struct reader_incident *incident = why->incident;

	buf_printf(buf, "%u device%s", incident->devices, incident->devices == 1 ? "" : "s");
	if (incident->devices > 0) {
		buf_puts(buf, " (");
		topo_put_kinds(buf, why->kinds);
		buf_puts(buf, ")");
		if (incident->closed_ms == 0)
			buf_printf(buf, ", %u still out", incident->out);
	}
	put_field(cli, LABEL, "affected", TINT_NONE, buf);
}

static void
put_where(struct cli *cli, const struct why *why, struct buf *buf)
{
	const struct why_place *place = &why->place;
	const char *site = why->incident->site;

	if (*site != '\0')
		buf_printf(buf, "site %s", site);
	if (place->cause != TREE_NONE && place->parent != TREE_NONE) {
		buf_puts(buf, *site != '\0' ? "; behind " : "behind ");
		topo_put_path(buf, &place->tree, TREE_NONE, place->cause);
	}
	put_field(cli, LABEL, "where", TINT_NONE, buf);
}

static void
put_head(struct cli *cli, const struct why *why)
{
	const struct reader_incident *incident = why->incident;
	bool is_innocent = verdict_is_device_innocent(incident->verdict);
	struct buf buf;

	buf_init(&buf, TEXT_MAX);
	put_verdict(cli, incident, &buf);
	why_put_advice(&buf, why);
	put_field(cli, LABEL, "what to do", TINT_BOLD, &buf);
	buf_puts(&buf, team_words(incident->team));
	if (is_innocent && incident->devices > 0)
		buf_puts(&buf, "; NO TECHNICIAN to the devices");
	put_field(cli, LABEL, "whose job", TINT_NONE, &buf);
	put_sure(cli, why, &buf);
	put_times(cli, why, &buf);
	if (incident->overturned_ms != 0) {
		incident_put_what(&buf, incident->cause, "");
		if (*incident->note != '\0')
			buf_printf(&buf, ": %s", incident->note);
		put_field(cli, LABEL, "it was", TINT_WARN, &buf);
	} else if (*incident->note != '\0') {
		buf_puts(&buf, incident->note);
		put_field(cli, LABEL, "note", TINT_NONE, &buf);
	}
	put_affected(cli, why, &buf);
	put_where(cli, why, &buf);
	buf_fini(&buf);
}

/* A sheet below its title, if it has rows. */
static void
put_section(struct cli *cli, const char *title, struct sheet *sheet)
{
	if (sheet->row_count == 0) {
		out_fail(cli->out, sheet->error);
		sheet_fini(sheet);
		return;
	}
	cli_put_title(cli, title);
	cli_put_table(cli, sheet);
}

/* "and 4 more; all: --all" */
static void
put_more(struct cli *cli, size_t count, size_t most, const char *what)
{
	if (count > most)
		out_printf(cli->out, "and %zu %s; all: --all\n", count - most, what);
}

static void
put_evidence(struct cli *cli, const struct why *why, bool with_all)
{
	size_t most = with_all ? SIZE_MAX : LINES_MOST;
	struct sheet sheet;
	struct buf buf;

	sheet_init(&sheet, why_line_columns, why_line_column_count);
	why_fill_lines(why, &sheet, &why->evidence, most);
	put_section(cli, "WHY", &sheet);
	put_more(cli, why->evidence.count, most, "weaker ones");
	sheet_init(&sheet, why_alt_columns, why_alt_column_count);
	why_fill_alts(why, &sheet);
	put_section(cli, "WHAT ELSE IT MAY BE", &sheet);
	if (why->deciders.count > 0)
		cli_put_title(cli, "WHAT WOULD CHANGE THE VERDICT");
	buf_init(&buf, TEXT_MAX);
	for (size_t i = 0; i < why->deciders.count && i < most; i++) {
		buf_puts(&buf, why->deciders.items[i].text);
		put_field(cli, BULLET, "-", TINT_NONE, &buf);
	}
	buf_fini(&buf);
}

/* "cam-1 is down for 12m 3s: no answer in time" */
static void
put_asked(struct cli *cli, const struct why *why)
{
	const struct reader_device *device = &why->asked.items[0];
	const struct reader_incident *incident = why->incident;
	char text[HUMAN_SIZE];
	struct buf buf, safe;

	buf_init(&buf, TEXT_MAX);
	buf_init(&safe, TEXT_MAX);
	buf_printf(&buf, "%s is %s for %s%s", device->name, health_name(device->health),
		   human_age(device->since_ms, cli->now_ms, text, sizeof(text)),
		   device->is_flapping ? ", flapping" : "");
	if (device->health != HEALTH_UP && device->reason != REASON_NONE)
		buf_printf(&buf, ": %s", reason_text(device->reason));
	if (incident == NULL && device->health == HEALTH_DOWN)
		buf_puts(&buf, ". No incident has it yet: the evidence is still being gathered, or "
			       "no agent diagnoses.");
	else if (incident == NULL)
		buf_puts(&buf, ". No incident has it, and none had it.");
	else if (incident->closed_ms != 0)
		buf_puts(&buf, ". No incident has it now; the last one that had it:");
	else if (incident->blame.type == BLAME_NODE && incident->blame.id == device->id)
		buf_puts(&buf, ". It is to blame itself:");
	else if (device->health == HEALTH_UP)
		buf_puts(&buf, ". It is, or was, part of this incident:");
	else
		buf_puts(&buf, ". What is to blame:");
	term_put_text(cli->term.has_utf8, &safe, buf.data != NULL ? buf.data : "", buf.len);
	if (safe.data != NULL) {
		size_t width = cli->term.width;
		char *wrapped = fit_wrap(safe.data, width > WIDTH_LEAST ? width : SIZE_MAX);

		out_printf(cli->out, "%s\n%s", wrapped != NULL ? wrapped : "",
			   incident != NULL ? "\n" : "");
		free(wrapped);
	}
	if (why->others > 0)
		out_printf(cli->out,
			   "(%zu further open incident%s ha%s it: keepwatch incidents)\n\n",
			   why->others, why->others == 1 ? "" : "s", why->others == 1 ? "s" : "ve");
	buf_fini(&buf);
	buf_fini(&safe);
}

void
why_write_screen(struct cli *cli, const struct why *why, bool with_all)
{
	size_t first = 0;
	struct sheet sheet;

	cli_put_staleness(cli);
	if (why->asked.count > 0)
		put_asked(cli, why);
	if (why->incident == NULL)
		return;
	put_head(cli, why);
	put_evidence(cli, why, with_all);
	sheet_init(&sheet, why_outage_columns, why_outage_column_count);
	why_fill_outages(why, &sheet, !with_all);
	put_section(cli, "FROM THE CAUSE TO WHAT IT AFFECTS", &sheet);
	if (!with_all && why->steps.count > STEPS_MOST)
		first = why->steps.count - STEPS_MOST;
	sheet_init(&sheet, why_step_columns, why_step_column_count);
	why_fill_steps(why, &sheet, first);
	put_section(cli, "CHANGES OF MIND", &sheet);
	put_more(cli, why->steps.count, why->steps.count - first, "older ones");
}
