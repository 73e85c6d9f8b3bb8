/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Threshold ranges as the Monitoring Plugins Development Guidelines define them: "10" (alert
 * outside 0..10), "10:" (below 10), "~:10" (above 10), "10:20" (outside), "@10:20" (inside).
 */
#ifndef KEEPWATCH_RANGE_H
#define KEEPWATCH_RANGE_H

#include <stdbool.h>

struct range {
	double start, end; /* -INFINITY and INFINITY are allowed */
	bool alert_inside; /* written with "@" */
};

/* ERR_SYNTAX; ERR_RANGE if start is greater than end. */
int range_parse(const char *text, struct range *out);
/* True if value raises an alert; the bounds themselves count as inside. */
bool range_alerts(const struct range *range, double value);

#endif
