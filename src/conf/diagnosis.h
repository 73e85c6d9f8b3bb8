/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `diagnosis:`, `record:` and `maintenance:`: whether and how it is worked out what is to blame,
 * where its evidence is recorded, and which outages were announced.
 */
#ifndef CONF_DIAGNOSIS_H
#define CONF_DIAGNOSIS_H

#include "table.h"

#include "keepwatch/conf.h"

struct window_settings {
	struct window_settings *next;
	struct mark at;
	struct knob of, from, to, note;
};

struct diagnosis_settings {
	struct knob enabled, cycle;
	struct mark record_at; /* {0, 0}: no such section */
	struct knob dir, size, total;
	struct window_settings *first, **end;
	size_t window_count;
};

/* Sections of the settings, read into a struct settings. */
void diagnosis_read(struct reader *reader, const yaml_node_t *node, void *settings);
void record_read(struct reader *reader, const yaml_node_t *node, void *settings);
void maintenance_read(struct reader *reader, const yaml_node_t *node, void *settings);
/* What does not need the fleet, with its defaults; dir is the settings' folder. ERR_NOMEM. */
int diagnosis_build(struct reader *reader, const struct diagnosis_settings *from, const char *dir,
		    struct conf *conf);
/* The windows, once the fleet is there; has_fleet false: devices cannot be looked up, and windows
 * are left out. ERR_NOMEM. */
int maintenance_build(struct reader *reader, const struct diagnosis_settings *from, bool has_fleet,
		      struct conf *conf);
void diagnosis_fini(struct conf_diagnosis *diagnosis);

#endif
