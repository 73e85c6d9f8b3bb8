/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A login that was refused and is not tried again for a while, as a fact: so that a restart of the
 * agent does not lock an account. Shared by the probes that log in over HTTP.
 */
#ifndef KEEPWATCH_PROBES_LOGIN_HOLD_H
#define KEEPWATCH_PROBES_LOGIN_HOLD_H

#include "keepwatch/result.h"

struct login_hold {
	int64_t until_ms;  /* wall clock; 0: not held */
	unsigned refusals; /* runs in a row that ended in a refused login */
	bool is_locked;	   /* the device said so */
};

/* FACT_AUTH_HOLD: "2026-03-01T14:02:11.000Z 2" and, if it is, " locked"; none: that there is none.
 */
void login_hold_note(const struct login_hold *hold, struct probe_result *result);
/* False if there is no such fact, or not one that can be read. */
bool login_hold_restore(struct login_hold *hold, const struct fact_list *facts);

#endif
