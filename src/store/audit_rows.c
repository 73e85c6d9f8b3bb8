/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ledger of passwords between structs and statements.
 */
#include "audit_rows.h"

#include <stdio.h>

int
ledger_row_read(struct sql_call *call, int column, struct ledger_entry *out)
{
	*out = (struct ledger_entry){
		.device = (uint32_t)sql_int(call, column),
		.first_proven_ms = sql_int(call, column + 4),
		.last_proven_ms = sql_int(call, column + 5),
		.change = LEDGER_NONE,
		.changed_after_ms = sql_int(call, column + 7),
		.changed_before_ms = sql_int(call, column + 8),
		.refused_ms = sql_int(call, column + 9),
		.default_found_ms = sql_int(call, column + 10),
	};
	/* a change of a newer program: what is known of its times stands */
	ledger_change_parse(sql_text(call, column + 6), &out->change);
	snprintf(out->account, sizeof(out->account), "%s", sql_text(call, column + 2));
	snprintf(out->proof, sizeof(out->proof), "%s", sql_text(call, column + 3));
	snprintf(out->who, sizeof(out->who), "%s", sql_text(call, column + 11));
	snprintf(out->why, sizeof(out->why), "%s", sql_text(call, column + 12));
	return ledger_use_parse(sql_text(call, column + 1), &out->use);
}
