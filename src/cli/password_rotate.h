/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Between the files of `keepwatch password rotate`.
 */
#ifndef CLI_PASSWORD_ROTATE_H
#define CLI_PASSWORD_ROTATE_H

#include "cli.h"

#include "keepwatch/conf.h"
#include "keepwatch/rotate.h"

/* What is to be rotated. Texts are borrowed from conf, or owned by the arena. */
struct rotate_plan {
	struct conf *conf; /* with secrets */
	struct rotate_target *targets;
	const struct device **devices; /* of the targets */
	struct rotate_result *results;
	bool *held;	      /* the agent holds its login back */
	const char **vendors; /* as the store knows them; NULL: it does not */
	size_t count;
	bool is_resume;
	struct mem_arena arena;
};

/*
 * Reads the configuration and chooses devices by the operands and filters; by: as --by says. With
 * resume: those that have a journal, by its interface. An exit code after complaining; fini is due
 * in any case.
 */
int rotate_plan_make(struct rotate_plan *plan, const struct cli *cli, enum rotate_by by,
		     bool resume);
/* Where ONVIF, or its web server, is on a device. */
struct rotate_place rotate_plan_onvif(struct rotate_plan *plan, const struct device *device);
struct rotate_place rotate_plan_http(struct rotate_plan *plan, const struct device *device);
/* password_rotate_known.c */
void rotate_plan_ask_store(struct rotate_plan *plan);
/* Asks the devices whose interface nobody has named; those that have none are skipped. */
int rotate_plan_find(struct rotate_plan *plan, uint32_t timeout_ms);
void rotate_plan_fini(struct rotate_plan *plan);

/* Every password_dir of the configuration, once; NULL-terminated, in the arena. NULL: no memory. */
const char **rotate_plan_dirs(struct rotate_plan *plan);

/* password_rotate_sheet.c: how it ended for each, and journals that are left; an exit code. */
int rotate_sheet_write(struct cli *cli, const struct rotate_plan *plan);
int rotate_sheet_left(struct cli *cli, struct rotate_plan *plan);
bool rotate_sheet_asked_columns(struct cli *cli);

#endif
