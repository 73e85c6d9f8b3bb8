/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an audit finds, summed up: score and counts over all, by site, owner, team and rule.
 * Gathered once; `audit`, `report` and the evidence pack write it.
 */
#ifndef CLI_AUDIT_VIEW_H
#define CLI_AUDIT_VIEW_H

#include "cli.h"

#include "keepwatch/reader_incident.h"

struct jsonw;
struct selection;

/* By what findings are summed up. */
#define AUDIT_GROUPS(X)                                           \
	X(SITE, "site", "sites")                                  \
	X(OWNER, "owner", "owners") /* of the fleet file */       \
	X(TEAM, "team", "teams")    /* whose job the remedy is */ \
	X(RULE, "rule", "rules")

enum audit_group {
#define X(name, text, plural) AUDIT_BY_##name,
	AUDIT_GROUPS(X)
#undef X
		AUDIT_GROUP_COUNT
};

struct audit_row {
	const char *name; /* "" for devices without site or owner */
	/* Of sites and owners: all their devices; of teams and rules: those that break them. */
	size_t devices;
	size_t breaking; /* devices with an open finding */
	size_t open[FINDING_SEVERITY_COUNT], accepted;
	size_t worst[FINDING_SEVERITY_COUNT]; /* devices by their worst open finding */
	int64_t since_ms;		      /* oldest open one; 0: none */
};

struct audit_rows {
	struct audit_row *items; /* the worst first */
	size_t count, cap;
};

struct audit_view {
	struct reader_device_list devices;
	struct reader_finding_list findings; /* open, then accepted; the worst first */
	struct audit_row total;
	struct audit_rows groups[AUDIT_GROUP_COUNT];
};

/* 0, or an exit code after complaining. audit_view_fini is due in any case. The query's rules are
 * those of the audit unless it names some. */
int audit_view_read(struct audit_view *view, const struct selection *selection,
		    struct reader_finding_query *query);
void audit_view_fini(struct audit_view *view);
int audit_row_score(const struct audit_row *row);
/* The rows of a group as a sheet. Freed by sheet_fini. */
void audit_view_sheet(const struct cli *cli, const struct audit_view *view, enum audit_group group,
		      struct sheet *sheet);
/* "score 82 of 100: 3 critical, 12 warning and 5 notice open on 9 of 40 devices, 2 accepted" */
void audit_view_put_headline(const struct audit_view *view, struct buf *out);
/* "score", "open" ..., and an array a group. */
void audit_view_put_json(const struct cli *cli, const struct audit_view *view, struct jsonw *json);
const char *audit_group_name(enum audit_group group);
int audit_group_parse(const char *text, enum audit_group *out); /* ERR_NOTFOUND */

#endif
