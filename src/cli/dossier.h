/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The content of the pack that `keepwatch evidence` makes: what the store knows of the devices that
 * an incident concerns, around the time when it was.
 */
#ifndef CLI_DOSSIER_H
#define CLI_DOSSIER_H

#include "why.h"

struct pack;

struct dossier {
	struct cli *cli; /* its output is a file of the pack */
	const struct why *why;
	struct pack *pack;
	/* Affected, blamed, and all that these hang on; borrowed from `why`. */
	struct reader_device_list devices;
	struct id_place *ids; /* of these */
	int64_t since_ms, until_ms;
	const struct reader_device *sw; /* the switch in question; NULL: none */
};

/* ERR_NOMEM. dossier_fini is due in any case. */
int dossier_init(struct dossier *dossier, struct cli *cli, const struct why *why,
		 struct pack *pack);
void dossier_fini(struct dossier *dossier);
/* Writes all files. 0, a code of the reader or of writing. */
int dossier_write(struct dossier *dossier);

/* Its tables: 0 or a code. */
int dossier_fill_timeline(const struct dossier *dossier, struct sheet *sheet);
int dossier_fill_ports(const struct dossier *dossier, struct sheet *sheet);
int dossier_fill_metrics(const struct dossier *dossier, struct sheet *sheet);
int dossier_fill_facts(const struct dossier *dossier, struct sheet *sheet);
extern const struct column dossier_timeline_columns[], dossier_port_columns[],
	dossier_metric_columns[], dossier_fact_columns[];
extern const size_t dossier_timeline_column_count, dossier_port_column_count,
	dossier_metric_column_count, dossier_fact_column_count;

#endif
