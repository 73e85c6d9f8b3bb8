/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows of the ledger of passwords to values, for the writer and the reader.
 */
#ifndef KEEPWATCH_STORE_AUDIT_ROWS_H
#define KEEPWATCH_STORE_AUDIT_ROWS_H

#include "keepwatch/ledger.h"
#include "sql.h"

/* Of `password_ledger` l. */
#define LEDGER_COLUMNS                                                                  \
	"l.device, l.use, l.account, l.proof, l.first_proven, l.last_proven, l.change," \
	" l.changed_after, l.changed_before, l.refused, l.default_found, l.who, l.why"

/* ERR_NOTFOUND if a newer program wrote of a use that is not known. */
int ledger_row_read(struct sql_call *call, int column, struct ledger_entry *out);

#endif
