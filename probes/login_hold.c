/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Holds of logins to facts and back.
 */
#include "login_hold.h"

#include "keepwatch/clock.h"

#include <stdlib.h>
#include <string.h>

void
login_hold_note(const struct login_hold *hold, struct probe_result *result)
{
	char until[CLOCK_ISO_SIZE];

	if (hold->until_ms != 0)
		fact_addf(&result->facts, FACT_AUTH_HOLD, NULL, "%s %u%s",
			  clock_format_iso(hold->until_ms, until, sizeof(until)), hold->refusals,
			  hold->is_locked ? " locked" : "");
	result->complete |= 1ull << FACT_AUTH_HOLD;
}

bool
login_hold_restore(struct login_hold *hold, const struct fact_list *facts)
{
	const char *text = fact_get(facts, FACT_AUTH_HOLD, NULL);
	const char *count = text == NULL ? NULL : strchr(text, ' ');
	size_t len = count == NULL ? 0 : (size_t)(count - text);
	char until[CLOCK_ISO_SIZE];
	int64_t until_ms;

	if (len == 0 || len >= sizeof(until))
		return false;
	memcpy(until, text, len);
	until[len] = '\0';
	if (clock_parse_time(until, &until_ms) != 0)
		return false;
	hold->until_ms = until_ms;
	hold->refusals = (unsigned)strtoul(count, NULL, 10);
	hold->is_locked = strstr(count, "locked") != NULL;
	return true;
}
