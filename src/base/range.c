/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Threshold ranges of check plugins.
 */
#include "keepwatch/range.h"

#include "keepwatch/err.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A finite number at s up to `end`; hexadecimal, "inf" and "nan" are not what people mean. */
static int
parse_bound(const char *s, const char *end, double *out)
{
	char *stop;

	if (s == end || strspn(s, "+-.0123456789eE") < (size_t)(end - s))
		return ERR_SYNTAX;
	*out = strtod(s, &stop);
	return stop == end && isfinite(*out) ? 0 : ERR_SYNTAX;
}

int
range_parse(const char *text, struct range *out)
{
	struct range range = {.start = 0, .end = INFINITY};
	const char *colon, *end = text + strlen(text);

	if (*text == '@') {
		range.alert_inside = true;
		text++;
	}
	colon = strchr(text, ':');
	if (colon == NULL) {
		if (parse_bound(text, end, &range.end) != 0)
			return ERR_SYNTAX;
	} else {
		if (colon - text == 1 && *text == '~')
			range.start = -INFINITY;
		else if (parse_bound(text, colon, &range.start) != 0)
			return ERR_SYNTAX;
		if (colon[1] != '\0' && parse_bound(colon + 1, end, &range.end) != 0)
			return ERR_SYNTAX;
	}
	if (range.start > range.end)
		return ERR_RANGE;
	*out = range;
	return 0;
}

bool
range_alerts(const struct range *range, double value)
{
	bool inside = value >= range->start && value <= range->end;

	return inside == range->alert_inside;
}
