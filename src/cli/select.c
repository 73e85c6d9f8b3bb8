/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Filters, and the devices that pass them.
 */
#include "select.h"

#include "jsonw.h"

#include "keepwatch/err.h"
#include "keepwatch/near.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int
parse_kinds(struct selection *selection, const struct arg_values *names)
{
	for (size_t i = 0; i < names->count; i++) {
		struct near_best best;
		enum device_kind kind;

		if (kind_parse(names->items[i], &kind) == 0) {
			selection->kinds |= 1U << kind;
			continue;
		}
		near_init(&best, names->items[i]);
		for (int k = 0; k < KIND_COUNT; k++)
			near_try(&best, kind_name((enum device_kind)k));
		return cli_usage(selection->cli,
				 "--kind %s: no such kind; %s%s%sexpected camera, door, nvr, "
				 "intercom, encoder, switch, router, ups, server or other",
				 names->items[i], best.name != NULL ? "did you mean " : "",
				 best.name != NULL ? best.name : "", best.name != NULL ? "? " : "");
	}
	return 0;
}

static int
parse_states(struct selection *selection, const struct arg_values *names)
{
	for (size_t i = 0; i < names->count; i++) {
		enum health health;

		if (strcasecmp(names->items[i], "flapping") == 0)
			selection->flapping = true;
		else if (health_parse(names->items[i], &health) == 0)
			selection->states |= 1U << health;
		else
			return cli_usage(
				selection->cli,
				"--state %s: expected up, degraded, down, unknown or flapping",
				names->items[i]);
	}
	return 0;
}

int
selection_init(struct selection *selection, const struct cli *cli, bool with_patterns)
{
	const struct arg_values *given = cli->args.given;
	int rc;

	*selection = (struct selection){
		.cli = cli, .sites = &given[ARG_SITE], .owners = &given[ARG_OWNER]};
	if (with_patterns)
		selection->patterns = &cli->args.operands;
	if (given[ARG_DEVICE].count > 0)
		selection->names = &given[ARG_DEVICE];
	rc = parse_kinds(selection, &given[ARG_KIND]);
	return rc != 0 ? rc : parse_states(selection, &given[ARG_STATE]);
}

bool
selection_is_all(const struct selection *selection)
{
	return selection->kinds == 0 && selection->states == 0 && !selection->flapping &&
	       selection->sites->count == 0 && selection->owners->count == 0 &&
	       (selection->patterns == NULL || selection->patterns->count == 0) &&
	       selection->names == NULL;
}

static bool
is_among(const struct arg_values *names, const char *text)
{
	for (size_t i = 0; i < names->count; i++) {
		if (strcasecmp(names->items[i], text) == 0)
			return true;
	}
	return names->count == 0;
}

static bool
matches_pattern(const struct arg_values *patterns, const char *name)
{
	for (size_t i = 0; i < patterns->count; i++) {
		if (fnmatch(patterns->items[i], name, FNM_CASEFOLD) == 0)
			return true;
	}
	return patterns->count == 0;
}

bool
selection_has(const struct selection *selection, const struct reader_device *device)
{
	bool by_state = selection->states != 0 || selection->flapping;

	if (selection->kinds != 0 && !(selection->kinds & 1U << device->kind))
		return false;
	if (by_state && !(selection->states & 1U << device->health) &&
	    !(selection->flapping && device->is_flapping))
		return false;
	if (!is_among(selection->sites, device->site) ||
	    !is_among(selection->owners, device->owner))
		return false;
	if (selection->patterns != NULL && !matches_pattern(selection->patterns, device->name))
		return false;
	return selection->names == NULL || is_among(selection->names, device->name);
}

/* A name that no device has is most often a slip of the fingers. */
static void
remark_names(const struct selection *selection, const struct reader_device_list *devices,
	     const struct arg_values *names, const char *what, size_t offset)
{
	for (size_t i = 0; i < names->count; i++) {
		struct near_best best;
		bool found = false;

		near_init(&best, names->items[i]);
		for (size_t k = 0; k < devices->count && !found; k++) {
			const char *text = *(char **)((char *)&devices->items[k] + offset);

			found = strcasecmp(text, names->items[i]) == 0;
			/* Sites come in order: each is tried once, not once for each device. */
			if (k == 0 ||
			    strcmp(text, *(char **)((char *)&devices->items[k - 1] + offset)) != 0)
				near_try(&best, text);
		}
		if (!found)
			cli_complain(selection->cli, "note: no device has %s '%s'%s%s%s", what,
				     names->items[i], best.name != NULL ? "; did you mean " : "",
				     best.name != NULL ? best.name : "",
				     best.name != NULL ? "?" : "");
	}
}

void
selection_remark(const struct selection *selection, const struct reader_device_list *devices)
{
	remark_names(selection, devices, selection->sites, "site",
		     offsetof(struct reader_device, site));
	remark_names(selection, devices, selection->owners, "owner",
		     offsetof(struct reader_device, owner));
}

/* By site, then name in the order of people: cam-2 before cam-10. */
static int
compare_devices(const void *pa, const void *pb)
{
	const struct reader_device *a = pa, *b = pb;
	int rc = strcmp(a->site, b->site);

	return rc != 0 ? rc : strverscmp(a->name, b->name);
}

static int
read_some(const struct selection *selection, bool with_removed, struct reader_device_list *out)
{
	struct reader_filter filter = READER_FILTER_ANY;
	struct reader_device_list devices = {0};
	size_t kept = 0;
	int rc;

	filter.with_removed = with_removed;
	rc = reader_devices(selection->cli->reader, &filter, &devices);

	if (rc != 0)
		return cli_reader_failed(selection->cli, rc);
	selection_remark(selection, &devices);
	for (size_t i = 0; i < devices.count; i++) {
		if (selection_has(selection, &devices.items[i]))
			devices.items[kept++] = devices.items[i];
	}
	devices.count = kept;
	qsort(devices.items, kept, sizeof(*devices.items), compare_devices);
	*out = devices;
	return 0;
}

int
selection_read(const struct selection *selection, struct reader_device_list *out)
{
	return read_some(selection, false, out);
}

int
selection_read_all(const struct selection *selection, struct reader_device_list *out)
{
	return read_some(selection, true, out);
}

static void
suggest(const struct cli *cli, const char *name)
{
	struct reader_device_list devices = {0};
	struct near_best best;

	near_init(&best, name);
	if (reader_devices(cli->reader, NULL, &devices) == 0) {
		for (size_t i = 0; i < devices.count; i++)
			near_try(&best, devices.items[i].name);
	}
	if (best.name != NULL)
		cli_complain(cli, "no device '%s'; did you mean %s?", name, best.name);
	else
		cli_complain(cli, "no device '%s' among %zu; 'keepwatch devices' lists them", name,
			     devices.count);
	reader_device_list_fini(&devices);
}

int
select_device(const struct cli *cli, const char *name, struct reader_device_list *out)
{
	int rc = reader_find(cli->reader, name, out);

	if (rc == 0)
		return 0;
	if (rc == ERR_NOTFOUND) {
		suggest(cli, name);
		return CLI_NO_DEVICE;
	}
	if (rc == ERR_EXISTS) {
		cli_complain(cli, "%zu devices have the address %s; name one of them:", out->count,
			     name);
		for (size_t i = 0; i < out->count; i++)
			fprintf(stderr, "  %s\n", out->items[i].name);
		reader_device_list_fini(out);
		return CLI_NO_DEVICE;
	}
	return cli_reader_failed(cli, rc);
}

static int
compare_ids(const void *pa, const void *pb)
{
	const struct id_place *a = pa, *b = pb;

	return a->id < b->id ? -1 : a->id > b->id;
}

struct id_place *
ids_sort(const struct reader_device_list *devices)
{
	struct id_place *ids = malloc(sizeof(*ids) * (devices->count + 1));

	if (ids == NULL)
		return NULL;
	for (size_t i = 0; i < devices->count; i++)
		ids[i] = (struct id_place){.id = devices->items[i].id, .place = i};
	qsort(ids, devices->count, sizeof(*ids), compare_ids);
	return ids;
}

size_t
ids_find(const struct id_place *ids, size_t count, uint32_t id)
{
	struct id_place key = {.id = id};
	const struct id_place *found = bsearch(&key, ids, count, sizeof(*ids), compare_ids);

	return found != NULL ? found->place : SIZE_MAX;
}

/* The filters one after another, by name. */
struct filter_name {
	const char *name;
	enum arg_id arg;
};

static const struct filter_name filter_names[] = {
	{"site", ARG_SITE}, {"kind", ARG_KIND},	    {"state", ARG_STATE}, {"owner", ARG_OWNER},
	{"type", ARG_TYPE}, {"device", ARG_DEVICE}, {"since", ARG_SINCE}, {"until", ARG_UNTIL},
};

void
selection_put_json(const struct selection *selection, struct jsonw *json)
{
	jsonw_flat_object(json, "filters");
	for (size_t i = 0; i < MEM_COUNT(filter_names); i++) {
		const struct arg_values *given = &selection->cli->args.given[filter_names[i].arg];

		if (given->count == 0)
			continue;
		if (arg_spec(filter_names[i].arg)->type != ARG_LIST) {
			jsonw_text(json, filter_names[i].name, given->items[given->count - 1]);
			continue;
		}
		jsonw_array(json, filter_names[i].name);
		for (size_t k = 0; k < given->count; k++)
			jsonw_text(json, NULL, given->items[k]);
		jsonw_end_array(json);
	}
	jsonw_end_object(json);
}
