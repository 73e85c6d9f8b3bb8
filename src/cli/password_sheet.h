/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ledger of passwords as rows: `export passwords` and `credentials-age`, `password status`.
 */
#ifndef CLI_PASSWORD_SHEET_H
#define CLI_PASSWORD_SHEET_H

#include "cli.h"

#include "keepwatch/reader_audit.h"

extern const struct column password_columns[];
extern const size_t password_column_count;
extern const struct column password_age_columns[];
extern const size_t password_age_column_count;
extern const struct column password_event_columns[];
extern const size_t password_event_column_count;

/* What is known of a password now. */
#define PASSWORD_STATES(X)                                                        \
	X(PROVEN, "proven")	/* the device takes the one that is configured */ \
	X(REFUSED, "refused")	/* it did, and does no longer */                  \
	X(DEFAULT, "default")	/* the device takes a default one */              \
	X(UNPROVEN, "unproven") /* no login has succeeded yet */

enum password_state {
#define X(name, text) PASSWORD_##name,
	PASSWORD_STATES(X)
#undef X
		PASSWORD_STATE_COUNT
};
const char *password_state_name(enum password_state state);
enum password_state password_state_of(const struct ledger_entry *entry);

/* How its age compares to the policy. */
#define PASSWORD_AGES(X)                                                                  \
	X(FINE, "ok")                                                                     \
	X(UNSURE, "unsure")   /* may be older than allowed: nobody saw when it was set */ \
	X(OVERDUE, "overdue") /* is older than allowed */                                 \
	X(ANY, "no-limit")    /* policy asks for none, or is not known here */            \
	X(NONE, "unproven")

enum password_age {
#define X(name, text) PASSWORD_AGE_##name,
	PASSWORD_AGES(X)
#undef X
		PASSWORD_AGE_COUNT
};
const char *password_age_name(enum password_age age);
/* The greatest age that policy allows a device of this kind, in ms; 0: any. */
int64_t password_age_limit(const struct cli *cli, enum device_kind kind);
enum password_age password_age_of(const struct cli *cli, const struct reader_ledger *ledger);

/* Texts are borrowed, and must outlive the sheet or its next sheet_clear. */
void password_sheet_add(struct sheet *sheet, const struct reader_ledger *ledger);
void password_age_sheet_add(const struct cli *cli, struct sheet *sheet,
			    const struct reader_ledger *ledger);
void password_event_sheet_add(struct sheet *sheet, const struct reader_ledger_event *event);

#endif
