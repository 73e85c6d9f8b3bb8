/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a rotation ended for each device, and what was left unfinished.
 */
#include "password_rotate.h"

#include "keepwatch/err.h"

#include <string.h>

#define S COLUMN_SHOWN

#define ROTATION_COLUMNS(X)                                                                  \
	X(DEVICE, "device", "DEVICE", TEXT, S, "device")                                     \
	X(SITE, "site", "SITE", TEXT, S | COLUMN_HIDDEN_IF_EMPTY | COLUMN_TRUNC, "its site") \
	X(ACCOUNT, "account", "ACCOUNT", TEXT, S | COLUMN_TRUNC, "account on it")            \
	X(BY, "by", "BY", TEXT, S, "interface: onvif, axis or hikvision")                    \
	X(RESULT, "result", "RESULT", TEXT, S,                                               \
	  "ready, rotated, unchanged, in-doubt (both passwords are kept), skipped")          \
	X(WHY, "why", "WHY", TEXT, S | COLUMN_WRAP, "why, in words")                         \
	X(REFUSED, "refused_logins", "REFUSED", COUNT, 0, "logins that the device refused")  \
	X(TOLD, "agent_told", "AGENT", BOOL, 0, "whether the agent took notice")

enum rotation_column {
#define X(id, name, title, type, flags, help) COL_##id,
	ROTATION_COLUMNS(X)
#undef X
		COL_COUNT
};

static const struct column rotation_columns[] = {
#define X(id, name, title, type, flags, help) {name, title, CELL_##type, flags, help},
	ROTATION_COLUMNS(X)
#undef X
};

bool
rotate_sheet_asked_columns(struct cli *cli)
{
	return cli_asked_columns(cli, rotation_columns, COL_COUNT);
}

static enum term_tint
tint_of(enum rotate_end end)
{
	switch (end) {
	case ROTATE_END_ROTATED:
	case ROTATE_END_READY:
		return TINT_GOOD;
	case ROTATE_END_IN_DOUBT:
		return TINT_BAD;
	default:
		return TINT_WARN;
	}
}

int
rotate_sheet_write(struct cli *cli, const struct rotate_plan *plan)
{
	bool is_well = true, is_any = plan->count == 0;
	struct sheet sheet;
	int rc;

	sheet_init(&sheet, rotation_columns, COL_COUNT);
	for (size_t i = 0; i < plan->count; i++) {
		const struct rotate_target *target = &plan->targets[i];
		const struct rotate_result *result = &plan->results[i];
		struct cell *row = sheet_add(&sheet);

		cell_set_text(&row[COL_DEVICE], target->name);
		cell_set_text(&row[COL_SITE],
			      device_site_name(plan->conf->fleet, plan->devices[i]));
		cell_set_text(&row[COL_ACCOUNT],
			      target->web != NULL ? target->web->username : NULL);
		cell_set_text(&row[COL_BY],
			      target->by != ROTATE_BY_AUTO ? rotate_by_name(target->by) : NULL);
		cell_set_text(&row[COL_RESULT], rotate_end_name(result->end));
		row[COL_RESULT].tint = (uint8_t)tint_of(result->end);
		cell_set_text(&row[COL_WHY], result->words);
		cell_set_number(&row[COL_REFUSED], result->refused);
		if (result->end == ROTATE_END_ROTATED)
			cell_set_number(&row[COL_TOLD], result->was_told);
		if (result->end == ROTATE_END_ROTATED || result->end == ROTATE_END_READY)
			is_any = true;
		else if (target->web != NULL) /* what has no login was not meant */
			is_well = false;
	}
	rc = cli_write_sheet(cli, &sheet, "rotations");
	sheet_fini(&sheet);
	return rc == 0 && !(is_well && is_any) ? CLI_BAD_NEWS : rc;
}

/* ---- what was left */

static const char *
words_of(enum rotate_stage stage, bool is_stuck)
{
	if (is_stuck)
		return "neither password was accepted: both are kept";
	switch (stage) {
	case ROTATE_PREPARED:
		return "the new password was not sent yet";
	case ROTATE_SENT:
		return "the new password may have been sent: both are kept";
	case ROTATE_BACK:
		return "the former password may have been set again: both are kept";
	case ROTATE_PROVED:
		return "the new password works; it is to be put in place";
	case ROTATE_CLOSED:
		return "nothing has changed; it is to be cleaned up";
	case ROTATE_STAGE_COUNT:
		break;
	}
	return "the journal cannot be read";
}

int
rotate_sheet_left(struct cli *cli, struct rotate_plan *plan)
{
	const char **dirs = rotate_plan_dirs(plan);
	size_t count = 0;
	struct sheet sheet;
	int rc = dirs == NULL ? ERR_NOMEM : 0;

	sheet_init(&sheet, rotation_columns, COL_COUNT);
	for (; rc == 0 && *dirs != NULL; dirs++) {
		struct rotate_left_list left = {0};

		rc = rotate_list(*dirs, &left);
		for (size_t i = 0; i < left.count && rc == 0; i++) {
			const struct rotate_left *one = &left.items[i];
			struct cell *row = sheet_add(&sheet);
			const struct device *device = fleet_find(plan->conf->fleet, one->device);

			cell_set_text(&row[COL_DEVICE],
				      arena_strdup(&sheet.arena, one->device[0] != '\0'
									 ? one->device
									 : one->file));
			if (device != NULL)
				cell_set_text(&row[COL_SITE],
					      device_site_name(plan->conf->fleet, device));
			cell_set_text(&row[COL_ACCOUNT], arena_strdup(&sheet.arena, one->account));
			if (one->by != ROTATE_BY_AUTO)
				cell_set_text(&row[COL_BY], rotate_by_name(one->by));
			cell_set_text(&row[COL_RESULT], rotate_end_name(ROTATE_END_IN_DOUBT));
			cell_set_text(&row[COL_WHY], words_of(one->stage, one->is_stuck));
			count++;
		}
		rotate_left_list_fini(&left);
		if (rc != 0)
			cli_complain(cli, "%s: %s", *dirs, err_text(rc));
	}
	if (rc == 0)
		rc = cli_write_sheet(cli, &sheet, "rotations");
	else
		rc = CLI_UNREADABLE;
	sheet_fini(&sheet);
	return rc == 0 && count > 0 ? CLI_BAD_NEWS : rc;
}
