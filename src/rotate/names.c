/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of a rotation's interfaces, stages and ends.
 */
#include "keepwatch/rotate.h"

#include "keepwatch/err.h"

#include <string.h>

static const char *const bys[ROTATE_BY_COUNT] = {
#define X(name, text) [ROTATE_BY_##name] = text,
	ROTATE_BYS(X)
#undef X
};

static const char *const stages[ROTATE_STAGE_COUNT] = {
#define X(name, text) [ROTATE_##name] = text,
	ROTATE_STAGES(X)
#undef X
};

static const char *const ends[ROTATE_END_COUNT] = {
#define X(name, text) [ROTATE_END_##name] = text,
	ROTATE_ENDS(X)
#undef X
};

const char *
rotate_by_name(enum rotate_by by)
{
	return (unsigned)by < ROTATE_BY_COUNT ? bys[by] : "?";
}

int
rotate_by_parse(const char *text, enum rotate_by *out)
{
	for (int i = 0; i < ROTATE_BY_COUNT; i++) {
		if (strcmp(text, bys[i]) == 0) {
			*out = (enum rotate_by)i;
			return 0;
		}
	}
	return ERR_NOTFOUND;
}

const char *
rotate_stage_name(enum rotate_stage stage)
{
	return (unsigned)stage < ROTATE_STAGE_COUNT ? stages[stage] : "?";
}

const char *
rotate_end_name(enum rotate_end end)
{
	return (unsigned)end < ROTATE_END_COUNT ? ends[end] : "?";
}
