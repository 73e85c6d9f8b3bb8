/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `probes:`, `kinds:` and `devices:`: how probes are done, in general and for some. The keys come
 * from the table of probes; here is only what all probes share.
 */
#include "option_check.h"
#include "settings.h"
#include "suggest.h"

#include "keepwatch/err.h"

#include <string.h>

/* In the order of enum override_what. */
static const struct option_spec common_keys[] = {
	{"interval", OPTION_DURATION, NULL, 1000, 86400000, NULL, "time between two runs"},
	{"timeout", OPTION_DURATION, NULL, 10, 60000, NULL, "wait for one answer"},
	{"retries", OPTION_INT, NULL, 0, 10, NULL, "further attempts within a run"},
};

struct layer_arg {
	struct layer *layer;
	enum probe_id probe; /* OVERRIDE_ALL_PROBES: the keys of a kind or device themselves */
	const char *what;
};

static void
add_override(struct reader *reader, struct layer *layer, struct override override)
{
	struct override *copy = arena_alloc(&reader->arena, sizeof(*copy));

	if (copy == NULL) {
		reader->complaints->out_of_memory = true;
		return;
	}
	*copy = override;
	copy->next = layer->overrides;
	layer->overrides = copy;
}

/* A key that all probes have, or an option of this one; false if it is neither. */
static bool
read_setting(struct reader *reader, const char *name, const yaml_node_t *value,
	     const struct layer_arg *arg)
{
	struct override override = {.probe = (uint16_t)arg->probe};
	const struct option_spec *spec = NULL;
	enum option_id option;

	for (uint16_t i = 0; i < MEM_COUNT(common_keys); i++) {
		if (strcmp(common_keys[i].name, name) == 0) {
			override.what = i;
			spec = &common_keys[i];
		}
	}
	if (spec == NULL && arg->probe < PROBE_COUNT &&
	    option_find(arg->probe, name, &option) == 0) {
		override.what = OVERRIDE_OPTION;
		override.option = option;
		spec = option_spec(option);
	}
	if (spec == NULL)
		return false;
	value_read(reader, value, spec, &override.value);
	if (override.what == OVERRIDE_OPTION)
		option_check_text(reader, option, &override.value);
	if (override.value.is_set)
		add_override(reader, arg->layer, override);
	return true;
}

static void
unknown_key(struct reader *reader, const char *name, struct mark at, const struct layer_arg *arg)
{
	struct suggest suggest;

	suggest_init(&suggest, name);
	for (size_t i = 0; i < MEM_COUNT(common_keys); i++)
		suggest_offer(&suggest, common_keys[i].name);
	if (arg->probe < PROBE_COUNT) {
		size_t first = (size_t)probe_spec(arg->probe)->first_option;
		for (size_t i = 0; i < probe_option_count(arg->probe); i++)
			suggest_offer(&suggest, option_spec((enum option_id)(first + i))->name);
	} else {
		suggest_offer(&suggest, "probes");
	}
	complain_yaml(reader, at, "unknown key %s in %s%s",
		      quoted(reader->complaints, name, strlen(name)), arg->what,
		      suggest_text(&suggest));
}

static void
read_probe_key(struct reader *reader, const char *name, struct mark at, const yaml_node_t *value,
	       void *arg)
{
	if (!read_setting(reader, name, value, arg))
		unknown_key(reader, name, at, arg);
}

/* A probe by name, with a complaint if there is none. */
static bool
find_probe(struct reader *reader, const char *name, struct mark at, enum probe_id *out)
{
	struct suggest suggest;

	if (probe_spec_find(name, out) == 0)
		return true;
	suggest_init(&suggest, name);
	for (int id = 0; id < PROBE_COUNT; id++)
		suggest_offer(&suggest, probe_spec((enum probe_id)id)->name);
	complain_yaml(reader, at, "unknown probe %s%s",
		      quoted(reader->complaints, name, strlen(name)), suggest_text(&suggest));
	return false;
}

/* One entry of a mapping of probes: its name and its settings. */
static void
read_probe(struct reader *reader, const char *name, struct mark at, const yaml_node_t *value,
	   void *arg)
{
	const struct layer_arg *outer = arg;
	struct layer_arg inner = {.layer = outer->layer, .what = name};

	if (!find_probe(reader, name, at, &inner.probe))
		return;
	outer->layer->probes |= 1U << inner.probe;
	map_each(reader, value, name, read_probe_key, &inner);
}

/* One entry of a list of probes: its name. */
static void
read_probe_name(struct reader *reader, const yaml_node_t *item, void *arg)
{
	struct layer *layer = arg;
	const char *name = node_text(reader, item, "a probe");
	enum probe_id probe;

	if (name != NULL && find_probe(reader, name, node_mark(item), &probe)) {
		if (layer->probes & 1U << probe)
			complain_yaml(reader, node_mark(item), "probe '%s' is listed twice", name);
		layer->probes |= 1U << probe;
	}
}

static void
read_layer_key(struct reader *reader, const char *name, struct mark at, const yaml_node_t *value,
	       void *arg)
{
	const struct layer_arg *layer_arg = arg;
	struct layer *layer = layer_arg->layer;
	size_t before;

	if (strcmp(name, "probes") != 0) {
		if (!read_setting(reader, name, value, layer_arg))
			unknown_key(reader, name, at, layer_arg);
		return;
	}
	before = reader->complaints->count;
	layer->has_probes = true;
	layer->probes_at = node_mark(value);
	if (value->type == YAML_SEQUENCE_NODE)
		list_each(reader, value, "probes", read_probe_name, layer);
	else
		map_each(reader, value, "probes", read_probe, arg);
	if (layer->probes == 0 && reader->complaints->count == before)
		complain_yaml(reader, layer->probes_at,
			      "no probe is listed; a device that nothing probes cannot be watched");
}

static void
read_kind(struct reader *reader, const char *name, struct mark at, const yaml_node_t *value,
	  void *arg)
{
	struct settings *settings = arg;
	struct layer_arg layer_arg = {.probe = (enum probe_id)OVERRIDE_ALL_PROBES, .what = name};
	struct suggest suggest;
	enum device_kind kind;

	if (kind_parse(name, &kind) == 0) {
		if (settings->has_kind & 1U << kind)
			complain_yaml(reader, at, "kind '%s' is there twice", kind_name(kind));
		settings->has_kind |= 1U << kind;
		layer_arg.layer = &settings->kinds[kind];
		map_each(reader, value, name, read_layer_key, &layer_arg);
		return;
	}
	suggest_init(&suggest, name);
	for (int i = 0; i < KIND_COUNT; i++)
		suggest_offer(&suggest, kind_name((enum device_kind)i));
	complain_yaml(reader, at, "unknown kind of device %s%s",
		      quoted(reader->complaints, name, strlen(name)), suggest_text(&suggest));
}

static void
read_device(struct reader *reader, const char *name, struct mark at, const yaml_node_t *value,
	    void *arg)
{
	struct settings *settings = arg;
	struct device_layer device = {.at = at};
	struct layer_arg layer_arg = {.layer = &device.layer,
				      .probe = (enum probe_id)OVERRIDE_ALL_PROBES,
				      .what = "a device"};

	map_each(reader, value, "a device", read_layer_key, &layer_arg);
	device.name = arena_strdup(&reader->arena, name);
	if (device.name == NULL ||
	    mem_grow(&settings->devices, &settings->device_cap, settings->device_count + 1,
		     sizeof(device)) != 0 ||
	    strmap_put(&settings->device_names, device.name, (uint32_t)settings->device_count) != 0)
		reader->complaints->out_of_memory = true;
	else
		settings->devices[settings->device_count++] = device;
}

void
probes_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	struct settings *settings = target;
	struct layer_arg arg = {.layer = &settings->probes};

	map_each(reader, node, "probes", read_probe, &arg);
}

void
kinds_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	map_each(reader, node, "kinds", read_kind, target);
}

void
devices_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	map_each(reader, node, "devices", read_device, target);
}
