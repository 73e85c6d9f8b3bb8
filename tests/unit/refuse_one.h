/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Allocations that fail one at a time: `granted` of them are given, the next one is refused, those
 * after it are other rounds.
 */
#ifndef KEEPWATCH_TESTS_REFUSE_ONE_H
#define KEEPWATCH_TESTS_REFUSE_ONE_H

#include "refuse_alloc.h"

static long granted = -1; /* still; negative: all */
static bool has_failed;

static bool
is_refused(void)
{
	if (granted < 0 || granted-- > 0)
		return false;
	granted = -1;
	has_failed = true;
	return true;
}

#endif
