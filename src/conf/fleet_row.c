/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A row of the fleet file, cell by cell.
 */
#include "fleet_row.h"

#include "address.h"
#include "suggest.h"

#include "keepwatch/err.h"

#include <string.h>

enum { UPSTREAM_MAX = 2 * DEVICE_NAME_MAX + 1 };

const char *
fleet_intern(struct fleet_reader *r, const char *text)
{
	const struct strmap_entry *entry;
	char *copy;

	if (*text == '\0')
		return "";
	entry = strmap_get(&r->texts, text);
	if (entry != NULL)
		return entry->key;
	copy = fleet_strdup(r->fleet, text);
	if (copy == NULL || strmap_put(&r->texts, copy, 0) != 0)
		r->complaints->out_of_memory = true;
	return copy != NULL ? copy : "";
}

static void
complain_unknown(struct fleet_reader *r, const struct cell *cell, const char *what,
		 const char *word, struct suggest *suggest)
{
	complain_csv(r, cell->at, "unknown %s %s%s", what,
		     quoted(r->complaints, word, strlen(word)), suggest_text(suggest));
}

/* The cell of a column; one without text if the file has no such column. */
static const struct cell *
cell_of(const struct fleet_reader *r, const struct row *row, enum column column)
{
	static const struct cell empty = {.text = ""};
	int i = r->columns[column];

	return i == COLUMN_ABSENT || (size_t)i >= row->count ? &empty : &row->cells[i];
}

/* Complains of line ends and tabs, which a cell may hold and a name may not. */
static bool
is_one_line(struct fleet_reader *r, const struct cell *cell, const char *what)
{
	if (strpbrk(cell->text, "\r\n\t") == NULL)
		return true;
	complain_csv(r, cell->at, "a %s with a tab or line end in it: %s", what,
		     quoted(r->complaints, cell->text, cell->len));
	return false;
}

static void
read_name(struct fleet_reader *r, const struct cell *cell, struct mark at, struct device *device)
{
	const struct strmap_entry *first;
	char *name;

	if (cell->is_broken)
		return;
	if (cell->len == 0) {
		complain_csv(r, cell->at.line > 0 ? cell->at : at, "a device without a name");
	} else if (cell->len > DEVICE_NAME_MAX) {
		complain_csv(r, cell->at, "a name of %zu bytes; expected at most %d", cell->len,
			     DEVICE_NAME_MAX);
	} else if (is_one_line(r, cell, "name")) {
		first = strmap_get(&r->names, cell->text);
		if (first != NULL) {
			complain_csv(r, cell->at, "duplicate name %s; first given in line %u",
				     quoted(r->complaints, cell->text, cell->len),
				     r->lines[first->value]);
			return;
		}
		name = fleet_strdup(r->fleet, cell->text);
		if (name == NULL ||
		    strmap_put(&r->names, name, (uint32_t)r->fleet->device_count - 1) != 0)
			r->complaints->out_of_memory = true;
		else
			device->name = name;
	}
}

static void
read_address(struct fleet_reader *r, const struct cell *cell, struct mark at, struct device *device)
{
	const char *problem;
	char *copy;

	if (cell->is_broken || !is_one_line(r, cell, "address"))
		return;
	if (cell->len == 0) {
		complain_csv(r, cell->at.line > 0 ? cell->at : at,
			     "a device without an address; expected an IPv4 or IPv6 address or a "
			     "host name");
		return;
	}
	problem = address_check(cell->text, &device->ip);
	if (problem != NULL)
		complain_csv(r, cell->at, "address %s %s",
			     quoted(r->complaints, cell->text, cell->len), problem);
	copy = fleet_strdup(r->fleet, cell->text);
	if (copy == NULL)
		r->complaints->out_of_memory = true;
	else
		device->address = copy;
}

static void
read_kind(struct fleet_reader *r, const struct cell *cell, struct mark at, struct device *device)
{
	struct suggest suggest;

	if (cell->is_broken || kind_parse(cell->text, &device->kind) == 0)
		return;
	device->kind = KIND_OTHER;
	suggest_init(&suggest, cell->text);
	for (int i = 0; i < KIND_COUNT; i++)
		suggest_offer(&suggest, kind_name((enum device_kind)i));
	if (cell->len == 0)
		complain_csv(r, cell->at.line > 0 ? cell->at : at, "a device without a kind%s",
			     suggest_text(&suggest));
	else
		complain_unknown(r, cell, "kind", cell->text, &suggest);
}

static void
read_site(struct fleet_reader *r, const struct cell *cell, struct device *device)
{
	const struct strmap_entry *entry = strmap_get(&r->sites, cell->text);
	struct suggest suggest;
	size_t count;

	if (cell->len == 0)
		return;
	if (entry != NULL) {
		device->site = (uint16_t)entry->value;
		return;
	}
	suggest_init(&suggest, cell->text);
	count = may_suggest(r->complaints, r->fleet->site_count) ? r->fleet->site_count : 0;
	for (size_t i = 0; i < count; i++)
		suggest_offer(&suggest, r->fleet->sites[i].name);
	if (r->fleet->site_count == 0)
		complain_csv(r, cell->at, "unknown site %s; no sites are configured",
			     quoted(r->complaints, cell->text, cell->len));
	else
		complain_unknown(r, cell, "site", cell->text, &suggest);
}

/* Gives a device a credential for each use that it has and that is free still. */
static void
use_credential(struct fleet_reader *r, const struct cell *cell, struct device *device, uint16_t n)
{
	static const char *const use_names[] = {"SNMP", "ONVIF", "HTTP"};
	const struct credential *credential = &r->fleet->credentials[n];
	const bool has[] = {
		[USE_SNMP] = credential->snmp.version != SNMP_NONE,
		[USE_ONVIF] = credential->onvif.is_set,
		[USE_HTTP] = credential->http.is_set,
	};

	for (size_t use = 0; use < MEM_COUNT(has); use++) {
		if (!has[use])
			continue;
		if (device->credentials[use] != CREDENTIAL_NONE)
			complain_csv(r, cell->at,
				     "two credentials for %s: '%s' and '%s'; expected one",
				     use_names[use],
				     r->fleet->credentials[device->credentials[use]].name,
				     credential->name);
		else
			device->credentials[use] = n;
	}
}

typedef void word_fn(struct fleet_reader *r, const struct cell *cell, const char *word, void *arg);

/* Words separated by blanks, ';' or '+'. */
static void
each_word(struct fleet_reader *r, const struct cell *cell, word_fn *fn, void *arg)
{
	static const char separators[] = " \t\r\n;+";
	char word[CSV_CELL_MAX + 1];

	for (const char *s = cell->text + strspn(cell->text, separators); *s != '\0';) {
		size_t len = strcspn(s, separators);

		memcpy(word, s, len);
		word[len] = '\0';
		fn(r, cell, word, arg);
		s += len;
		s += strspn(s, separators);
	}
}

static void
read_credential(struct fleet_reader *r, const struct cell *cell, const char *word, void *arg)
{
	const struct strmap_entry *entry = strmap_get(&r->credentials, word);
	struct suggest suggest;
	size_t count;

	if (entry != NULL) {
		use_credential(r, cell, arg, (uint16_t)entry->value);
		return;
	}
	suggest_init(&suggest, word);
	count = may_suggest(r->complaints, r->fleet->credential_count) ? r->fleet->credential_count
								       : 0;
	for (size_t i = 0; i < count; i++)
		suggest_offer(&suggest, r->fleet->credentials[i].name);
	if (r->fleet->credential_count == 0)
		complain_csv(r, cell->at, "unknown credential %s; no credentials are configured",
			     quoted(r->complaints, word, strlen(word)));
	else
		complain_unknown(r, cell, "credential", word, &suggest);
}

static void
read_probe(struct fleet_reader *r, const struct cell *cell, const char *word, void *arg)
{
	uint32_t *probes = arg;
	struct suggest suggest;
	enum probe_id probe;

	if (probe_spec_find(word, &probe) == 0) {
		*probes |= 1U << probe;
		return;
	}
	suggest_init(&suggest, word);
	for (int id = 0; id < PROBE_COUNT; id++)
		suggest_offer(&suggest, probe_spec((enum probe_id)id)->name);
	complain_unknown(r, cell, "probe", word, &suggest);
}

static void
read_tags(struct fleet_reader *r, const struct row *row, struct device *device)
{
	struct tag *tags;
	uint8_t count = 0;

	for (size_t i = 0; i < r->width && i < row->count; i++)
		count = (uint8_t)(count + (r->tag_keys[i] != NULL && row->cells[i].len > 0));
	if (count == 0)
		return;
	tags = fleet_alloc(r->fleet, count * sizeof(*tags));
	if (tags == NULL) {
		r->complaints->out_of_memory = true;
		return;
	}
	device->tags = tags;
	device->tag_count = count;
	for (size_t i = 0; i < r->width && i < row->count; i++) {
		if (r->tag_keys[i] != NULL && row->cells[i].len > 0)
			*tags++ = (struct tag){r->tag_keys[i], fleet_intern(r, row->cells[i].text)};
	}
}

static void
note_upstream(struct fleet_reader *r, const struct cell *cell)
{
	struct upstream_cell upstream = {.device = (uint32_t)r->fleet->device_count - 1,
					 .at = cell->at};

	if (cell->len == 0 || !is_one_line(r, cell, "upstream"))
		return;
	if (cell->len > UPSTREAM_MAX) {
		complain_csv(r, cell->at, "upstream of %zu bytes; expected at most %d", cell->len,
			     UPSTREAM_MAX);
		return;
	}
	upstream.text = fleet_strdup(r->fleet, cell->text);
	if (upstream.text == NULL ||
	    mem_grow(&r->upstreams, &r->upstream_cap, r->upstream_count + 1, sizeof(upstream)) != 0)
		r->complaints->out_of_memory = true;
	else
		r->upstreams[r->upstream_count++] = upstream;
}

static void
plan_probes(struct fleet_reader *r, const struct row *row, struct device *device)
{
	const struct strmap_entry *entry = strmap_get(&r->settings->device_names, device->name);
	const struct cell *cell = cell_of(r, row, COLUMN_PROBES);
	struct plan_request request = {.device = device, .at = row->at, .probes_at = cell->at};

	if (entry != NULL) {
		struct device_layer *layer = &r->settings->devices[entry->value];

		layer->is_used = true;
		request.layer = &layer->layer;
	}
	if (cell->len > 0) {
		request.has_probes = true;
		each_word(r, cell, read_probe, &request.probes);
		if (request.layer != NULL && request.layer->has_probes)
			complain_csv(r, cell->at,
				     "the probes of %s are listed here and in the settings (line "
				     "%u); expected one of them",
				     quoted(r->complaints, device->name, strlen(device->name)),
				     request.layer->probes_at.line);
	}
	plan_device(r->planner, &request);
}

void
fleet_row_read(struct fleet_reader *r, const struct row *row)
{
	struct device *device;
	size_t count = row->count;

	while (count > r->width && row->cells[count - 1].len == 0)
		count--;
	if (count != r->width)
		complain_csv(
			r, count > r->width ? row->cells[r->width].at : row->cells[count - 1].at,
			"a row of %zu cells; expected %zu, as in the first row", count, r->width);
	if (r->fleet->device_count == CONF_DEVICES_MAX) {
		complain_csv(r, ((struct mark){0, 0}), "more than %d devices", CONF_DEVICES_MAX);
		return;
	}
	device = fleet_add_device(r->fleet);
	if (device == NULL ||
	    mem_grow(&r->lines, &r->line_cap, r->fleet->device_count, sizeof(*r->lines)) != 0) {
		r->complaints->out_of_memory = true;
		return;
	}
	r->lines[r->fleet->device_count - 1] = row->at.line;
	device->kind = KIND_OTHER;
	device->name = "";
	device->address = "";
	read_name(r, cell_of(r, row, COLUMN_NAME), row->at, device);
	read_address(r, cell_of(r, row, COLUMN_ADDRESS), row->at, device);
	read_kind(r, cell_of(r, row, COLUMN_KIND), row->at, device);
	read_site(r, cell_of(r, row, COLUMN_SITE), device);
	device->owner = fleet_intern(r, cell_of(r, row, COLUMN_OWNER)->text);
	each_word(r, cell_of(r, row, COLUMN_CREDENTIAL), read_credential, device);
	note_upstream(r, cell_of(r, row, COLUMN_UPSTREAM));
	read_tags(r, row, device);
	plan_probes(r, row, device);
}
