/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading the fleet file: the header says which column is what, every further row is a device, and
 * when all are known, what they say of one another is checked.
 */
#include "fleet_file.h"

#include "fleet_row.h"
#include "suggest.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define X(name, text) [COLUMN_##name] = text,
static const char *const column_names[COLUMN_COUNT] = {COLUMNS(X)};
#undef X

static void
read_header(struct fleet_reader *r, const struct row *row)
{
	struct strmap seen = {0};

	r->has_header = true;
	r->width = row->count;
	/* A separator behind the last name is a spreadsheet's empty column. */
	while (r->width > 0 && row->cells[r->width - 1].len == 0)
		r->width--;
	for (size_t i = 0; i < r->width; i++) {
		const struct cell *cell = &row->cells[i];
		const struct strmap_entry *first = strmap_get(&seen, cell->text);
		int column = 0;

		while (column < COLUMN_COUNT && strcasecmp(column_names[column], cell->text) != 0)
			column++;
		if (cell->len == 0 && !cell->is_broken)
			complain_csv(r, cell->at, "a column without a name");
		else if (first != NULL ||
			 (column < COLUMN_COUNT && r->columns[column] != COLUMN_ABSENT))
			complain_csv(r, cell->at, "column %s is there twice",
				     quoted(r->complaints, cell->text, cell->len));
		else if (column < COLUMN_COUNT)
			r->columns[column] = (int)i;
		else
			r->tag_keys[i] = fleet_intern(r, cell->text);
		if (r->tag_keys[i] != NULL && strmap_put(&seen, r->tag_keys[i], 0) != 0)
			r->complaints->out_of_memory = true;
	}
	for (int column = 0; column < COLUMNS_NEEDED; column++) {
		struct suggest suggest;

		if (r->columns[column] != COLUMN_ABSENT)
			continue;
		suggest_init(&suggest, column_names[column]);
		for (size_t i = 0; i < r->width; i++) {
			if (r->tag_keys[i] != NULL)
				suggest_offer(&suggest, r->tag_keys[i]);
		}
		r->is_header_wrong = true;
		if (suggest.best != NULL && suggest.best_distance <= 2)
			complain_csv(r, row->at, "no column '%s'; rename '%s' if that is meant",
				     column_names[column], suggest.best);
		else
			complain_csv(r, row->at,
				     "no column '%s'; expected a first row such as "
				     "name,address,kind,site,owner,credential,upstream",
				     column_names[column]);
	}
	strmap_fini(&seen);
}

static void
read_row(void *arg, const struct row *row)
{
	struct fleet_reader *r = arg;

	if (r->complaints->out_of_memory)
		return;
	if (!r->has_header)
		read_header(r, row);
	else if (!r->is_header_wrong)
		fleet_row_read(r, row);
}

/* Names of sites and credentials to their numbers; duplicates were complained of before. */
static int
index_names(struct fleet_reader *r)
{
	const struct fleet *fleet = r->fleet;
	int rc = 0;

	for (size_t i = 0; i < fleet->site_count && rc == 0; i++) {
		if (strmap_get(&r->sites, fleet->sites[i].name) == NULL)
			rc = strmap_put(&r->sites, fleet->sites[i].name, (uint32_t)i);
	}
	for (size_t i = 0; i < fleet->credential_count && rc == 0; i++) {
		const char *name = fleet->credentials[i].name;

		if (name != NULL && strmap_get(&r->credentials, name) == NULL)
			rc = strmap_put(&r->credentials, name, (uint32_t)i);
	}
	return rc;
}

/* Settings for a device that the fleet does not have are a misspelt name. */
static void
check_device_layers(struct fleet_reader *r)
{
	for (size_t i = 0; i < r->settings->device_count; i++) {
		const struct device_layer *layer = &r->settings->devices[i];
		struct suggest suggest;
		size_t count;

		if (layer->is_used)
			continue;
		suggest_init(&suggest, layer->name);
		count = may_suggest(r->complaints, r->fleet->device_count) ? r->fleet->device_count
									   : 0;
		for (size_t d = 0; d < count; d++)
			suggest_offer(&suggest, r->fleet->devices[d].name);
		complain_yaml(r->reader, layer->at, "device %s is not in the fleet file%s",
			      quoted(r->complaints, layer->name, strlen(layer->name)),
			      suggest_text(&suggest));
	}
}

int
fleet_file_read(struct reader *reader, struct settings *settings, const void *data, size_t len,
		struct fleet *fleet)
{
	struct fleet_reader r = {
		.reader = reader,
		.complaints = reader->complaints,
		.settings = settings,
		.fleet = fleet,
	};
	size_t before = reader->complaints->count;
	int rc;

	for (int i = 0; i < COLUMN_COUNT; i++)
		r.columns[i] = COLUMN_ABSENT;
	r.planner = planner_new(reader, settings, fleet);
	rc = r.planner == NULL ? ERR_NOMEM : index_names(&r);
	if (rc == 0)
		rc = csv_rows(r.complaints, data, len, read_row, &r);
	if (rc == 0 && !r.has_header && r.complaints->count == before)
		complain_csv(&r, ((struct mark){1, 1}),
			     "empty; expected a first row such as "
			     "name,address,kind,site,owner,credential,upstream");
	if (rc == 0 && !r.complaints->out_of_memory)
		rc = upstream_resolve(r.complaints, fleet, &r.names, r.upstreams, r.upstream_count);
	if (rc == 0 && r.has_header && !r.is_header_wrong && !r.complaints->out_of_memory)
		check_device_layers(&r);
	planner_free(r.planner);
	strmap_fini(&r.names);
	strmap_fini(&r.sites);
	strmap_fini(&r.credentials);
	strmap_fini(&r.texts);
	free(r.lines);
	free(r.upstreams);
	return rc;
}
