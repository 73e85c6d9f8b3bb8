/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fill_store's script lines about what an audit leaves behind: acceptances and the ledger of
 * passwords.
 */
#include "fill_store.h"

#include "keepwatch/err.h"
#include "keepwatch/store_audit.h"

#include <stdio.h>
#include <string.h>

/* "+30d" is in so long, else as fill_past. */
static int64_t
some_time(const struct filler *filler, const char *age)
{
	return age[0] == '+' ? 2 * filler->now_ms - fill_past(filler, age + 1)
			     : fill_past(filler, age);
}

char *
fill_rule(char *text, enum finding_rule *rule)
{
	char *slash = strchr(text, '/');

	if (slash != NULL)
		*slash++ = '\0';
	fill_check(finding_rule_parse(text, rule), text, "");
	return slash == NULL ? text + strlen(text) : slash;
}

void
fill_accept(struct filler *filler, char **f)
{
	struct store_acceptance acceptance = {.node = fill_id(filler, f[2]),
					      .name = f[2],
					      .at_ms = fill_past(filler, f[3]),
					      .until_ms = some_time(filler, f[4]),
					      .who = f[5],
					      .why = f[6]};

	acceptance.instance = fill_rule(f[1], &acceptance.rule);
	fill_check(store_batch_acceptance(filler->batch, &acceptance), "accept", "");
}

void
fill_reopen(struct filler *filler, char **f)
{
	struct store_acceptance withdrawal = {.node = fill_id(filler, f[2]),
					      .at_ms = fill_past(filler, f[3]),
					      .who = f[4],
					      .why = f[5]};

	withdrawal.instance = fill_rule(f[1], &withdrawal.rule);
	fill_check(store_batch_acceptance_withdrawn(filler->batch, &withdrawal), "reopen", "");
}

void
fill_ledger(struct filler *filler, char **f)
{
	struct ledger_entry entry = {.device = fill_id(filler, f[1]),
				     .first_proven_ms = fill_past(filler, f[5]),
				     .last_proven_ms = fill_past(filler, f[6]),
				     .changed_after_ms = fill_past(filler, f[8]),
				     .changed_before_ms = fill_past(filler, f[9]),
				     .refused_ms = fill_past(filler, f[10]),
				     .default_found_ms = fill_past(filler, f[11])};

	fill_check(ledger_use_parse(f[2], &entry.use), f[2], "");
	fill_check(ledger_change_parse(f[7], &entry.change), f[7], "");
	snprintf(entry.account, sizeof(entry.account), "%s", f[3]);
	snprintf(entry.proof, sizeof(entry.proof), "%s", fill_text(f[4]));
	snprintf(entry.who, sizeof(entry.who), "%s", fill_text(f[12]));
	snprintf(entry.why, sizeof(entry.why), "%s", fill_text(f[13]));
	fill_check(store_batch_ledger(filler->batch, &entry), "ledger", "");
}

void
fill_password(struct filler *filler, char **f)
{
	struct store_ledger_event event = {.device = fill_id(filler, f[1]),
					   .account = f[3],
					   .at_ms = fill_past(filler, f[5]),
					   .after_ms = fill_past(filler, f[6]),
					   .before_ms = fill_past(filler, f[7]),
					   .who = fill_text(f[8]),
					   .why = fill_text(f[9])};

	fill_check(ledger_use_parse(f[2], &event.use), f[2], "");
	fill_check(ledger_event_parse(f[4], &event.event), f[4], "");
	fill_check(store_batch_ledger_event(filler->batch, &event), "password", "");
}
