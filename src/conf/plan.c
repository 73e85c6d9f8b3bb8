/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Laying the layers over one another: the probe's own defaults, `poll:`, `probes:`, the kind, the
 * device; within a layer, what is said of one probe beats what is said of all.
 */
#include "plan.h"

#include "option_check.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLAN_BUCKETS = 1024, PLAN_INTERVAL_MS = 60000, PLAN_TIMEOUT_MS = 2000, PLAN_RETRIES = 2 };

/* All there is to say of how a device is probed. */
struct plan {
	struct knob common[PROBE_COUNT][OVERRIDE_OPTION]; /* interval, timeout, retries */
	struct knob options[OPTION_COUNT];
};

/* Settings, or a set of them, that devices share. */
struct shared {
	struct shared *next;
	uint32_t hash;
	uint8_t count; /* of a set */
	union {
		const struct probe_settings *settings;
		const struct probe_settings *const *set;
	};
};

struct planner {
	struct reader *reader;
	const struct settings *settings;
	struct fleet *fleet;
	struct plan base;		/* before kinds */
	struct plan *kinds[KIND_COUNT]; /* malloc, when first asked for */
	/* settings of a kind, NULL when first asked for */
	const struct probe_settings *of_kind[KIND_COUNT][PROBE_COUNT];
	struct shared *settings_seen[PLAN_BUCKETS], *sets_seen[PLAN_BUCKETS];
	struct plan scratch;
};

/* An interval that is given for all probes at once is meant for those that tell how a device is.
 * One that has an interval of its own works at another pace, and has it changed by its name only.
 */
static bool
is_meant(enum probe_id id, enum override_what what)
{
	return what != OVERRIDE_INTERVAL || probe_spec(id)->interval == NULL;
}

static void
lay_over(struct plan *plan, const struct layer *layer)
{
	for (int pass = 0; pass < 2; pass++) {
		for (const struct override *o = layer->overrides; o != NULL; o = o->next) {
			if ((o->probe == OVERRIDE_ALL_PROBES) != (pass == 0))
				continue;
			if (o->what == OVERRIDE_OPTION)
				plan->options[o->option] = o->value;
			else if (o->probe < PROBE_COUNT)
				plan->common[o->probe][o->what] = o->value;
			else
				for (int id = 0; id < PROBE_COUNT; id++) {
					if (is_meant((enum probe_id)id, o->what))
						plan->common[id][o->what] = o->value;
				}
		}
	}
}

/* The defaults of the table, which are right by test: only memory can fail them. */
static void
plan_defaults(struct planner *planner, struct plan *plan)
{
	const struct poll_settings *poll = &planner->settings->poll;

	for (int id = 0; id < PROBE_COUNT; id++) {
		const struct probe_spec *spec = probe_spec((enum probe_id)id);
		struct knob *common = plan->common[id];

		common[OVERRIDE_INTERVAL].number = PLAN_INTERVAL_MS;
		if (spec->interval != NULL)
			(void)clock_parse_duration(spec->interval,
						   &common[OVERRIDE_INTERVAL].number);
		common[OVERRIDE_TIMEOUT].number = PLAN_TIMEOUT_MS;
		common[OVERRIDE_RETRIES].number = PLAN_RETRIES;
		if (poll->interval.is_set && is_meant((enum probe_id)id, OVERRIDE_INTERVAL))
			common[OVERRIDE_INTERVAL] = poll->interval;
		if (poll->timeout.is_set)
			common[OVERRIDE_TIMEOUT] = poll->timeout;
		if (poll->retries.is_set)
			common[OVERRIDE_RETRIES] = poll->retries;
	}
	for (int id = 0; id < OPTION_COUNT; id++) {
		struct option_value value = {0};

		if (option_parse(option_spec((enum option_id)id),
				 option_spec((enum option_id)id)->fallback, &value, NULL, 0) != 0)
			planner->reader->complaints->out_of_memory = true;
		plan->options[id].number = value.number;
		if (value.text != NULL) {
			plan->options[id].text = arena_strdup(&planner->reader->arena, value.text);
			planner->reader->complaints->out_of_memory |=
				plan->options[id].text == NULL;
		}
		free(value.text);
	}
}

struct planner *
planner_new(struct reader *reader, const struct settings *settings, struct fleet *fleet)
{
	struct planner *planner = calloc(1, sizeof(*planner));

	if (planner == NULL)
		return NULL;
	planner->reader = reader;
	planner->settings = settings;
	planner->fleet = fleet;
	plan_defaults(planner, &planner->base);
	lay_over(&planner->base, &settings->probes);
	return planner;
}

void
planner_free(struct planner *planner)
{
	if (planner == NULL)
		return;
	for (int i = 0; i < KIND_COUNT; i++)
		free(planner->kinds[i]);
	free(planner);
}

static const struct plan *
kind_plan(struct planner *planner, enum device_kind kind)
{
	struct plan *plan = planner->kinds[kind];

	if (plan == NULL) {
		plan = malloc(sizeof(*plan));
		if (plan == NULL) {
			planner->reader->complaints->out_of_memory = true;
			return &planner->base;
		}
		*plan = planner->base;
		lay_over(plan, &planner->settings->kinds[kind]);
		planner->kinds[kind] = plan;
	}
	return plan;
}

static void
check_settings(struct planner *planner, enum probe_id probe, const struct plan *plan)
{
	const struct knob *interval = &plan->common[probe][OVERRIDE_INTERVAL];
	const struct knob *timeout = &plan->common[probe][OVERRIDE_TIMEOUT];
	char a[CLOCK_DURATION_SIZE], b[CLOCK_DURATION_SIZE], where[32] = "";

	if (timeout->number > interval->number) {
		if (timeout->is_set && interval->is_set)
			snprintf(where, sizeof(where), " (line %u)", interval->at.line);
		/* The defaults fit, so one of the two is in the file. */
		complain_yaml(planner->reader, timeout->is_set ? timeout->at : interval->at,
			      "a timeout of %s is longer than the interval of %s%s",
			      clock_format_duration(timeout->number, a, sizeof(a)),
			      clock_format_duration(interval->number, b, sizeof(b)), where);
	}
	options_check(planner->reader, probe, plan->options);
}

static bool
settings_equal(const struct probe_settings *a, const struct probe_settings *b)
{
	if (a->probe != b->probe || a->interval_ms != b->interval_ms ||
	    a->timeout_ms != b->timeout_ms || a->retries != b->retries)
		return false;
	for (size_t i = 0; i < probe_option_count(a->probe); i++) {
		const struct option_value *x = &a->options[i], *y = &b->options[i];

		if (x->number != y->number || (x->text == NULL) != (y->text == NULL) ||
		    (x->text != NULL && strcmp(x->text, y->text) != 0))
			return false;
	}
	return true;
}

static uint32_t
settings_hash(const struct probe_settings *settings)
{
	uint32_t h =
		mem_hash(MEM_HASH_START, &settings->interval_ms, sizeof(settings->interval_ms));

	h = mem_hash(h, &settings->timeout_ms, sizeof(settings->timeout_ms));
	h = mem_hash(h, &settings->retries, sizeof(settings->retries));
	h = mem_hash(h, &settings->probe, sizeof(settings->probe));
	for (size_t i = 0; i < probe_option_count(settings->probe); i++) {
		const struct option_value *value = &settings->options[i];

		h = mem_hash(h, &value->number, sizeof(value->number));
		if (value->text != NULL)
			h = mem_hash(h, value->text, strlen(value->text));
	}
	return h;
}

/* A copy in the fleet's memory; NULL when out of memory. */
static const struct probe_settings *
settings_copy(struct fleet *fleet, const struct probe_settings *from)
{
	size_t count = probe_option_count(from->probe);
	struct probe_settings *copy = fleet_alloc(fleet, sizeof(*copy));
	struct option_value *options = fleet_alloc(fleet, count * sizeof(*options) + 1);

	if (copy == NULL || options == NULL)
		return NULL;
	*copy = *from;
	for (size_t i = 0; i < count; i++) {
		options[i] = from->options[i];
		if (options[i].text != NULL) {
			options[i].text = fleet_strdup(fleet, options[i].text);
			if (options[i].text == NULL)
				return NULL;
		}
	}
	copy->options = options;
	return copy;
}

/* The shared settings of a probe under a plan; NULL when out of memory. */
static const struct probe_settings *
settle(struct planner *planner, enum probe_id probe, const struct plan *plan)
{
	struct option_value options[OPTION_COUNT];
	struct probe_settings settings = {
		.probe = probe,
		.interval_ms = (uint32_t)plan->common[probe][OVERRIDE_INTERVAL].number,
		.timeout_ms = (uint32_t)plan->common[probe][OVERRIDE_TIMEOUT].number,
		.retries = (uint16_t)plan->common[probe][OVERRIDE_RETRIES].number,
		.options = options,
	};
	size_t first = (size_t)probe_spec(probe)->first_option;
	struct shared **bucket, *shared;
	uint32_t hash;

	for (size_t i = 0; i < probe_option_count(probe); i++) {
		const struct knob *knob = &plan->options[first + i];
		/* Not written to: the copy in the fleet is. */
		options[i] = (struct option_value){.number = knob->number,
						   .text = (char *)(uintptr_t)knob->text};
	}
	hash = settings_hash(&settings);
	bucket = &planner->settings_seen[hash % PLAN_BUCKETS];
	for (shared = *bucket; shared != NULL; shared = shared->next) {
		if (shared->hash == hash && settings_equal(shared->settings, &settings))
			return shared->settings;
	}
	check_settings(planner, probe, plan);
	shared = arena_alloc(&planner->reader->arena, sizeof(*shared));
	if (shared == NULL)
		return NULL;
	shared->settings = settings_copy(planner->fleet, &settings);
	shared->hash = hash;
	shared->next = *bucket;
	*bucket = shared;
	return shared->settings;
}

/* The shared array of these settings; NULL when out of memory. */
static const struct probe_settings *const *
settle_set(struct planner *planner, const struct probe_settings *const *settings, uint8_t count)
{
	uint32_t hash = mem_hash(MEM_HASH_START, settings, count * sizeof(*settings));
	struct shared **bucket = &planner->sets_seen[hash % PLAN_BUCKETS], *shared;
	const struct probe_settings **set;

	for (shared = *bucket; shared != NULL; shared = shared->next) {
		if (shared->count == count &&
		    memcmp(shared->set, settings, count * sizeof(*settings)) == 0)
			return shared->set;
	}
	shared = arena_alloc(&planner->reader->arena, sizeof(*shared));
	set = fleet_alloc(planner->fleet, count * sizeof(*set) + 1);
	if (shared == NULL || set == NULL)
		return NULL;
	memcpy(set, settings, count * sizeof(*set));
	shared->set = set;
	shared->count = count;
	shared->hash = hash;
	shared->next = *bucket;
	*bucket = shared;
	return set;
}

/* What was asked for must be possible: nobody watches what is left out in silence. */
static void
check_needs(struct planner *planner, const struct plan_request *request, uint32_t probes)
{
	for (int id = 0; id < PROBE_COUNT; id++) {
		const struct probe_spec *spec = probe_spec((enum probe_id)id);

		if ((probes & 1U << id) && !device_can_probe(request->device, (enum probe_id)id))
			complain(planner->reader->complaints, CONF_FILE_CSV,
				 request->has_probes ? request->probes_at : request->at,
				 "%s is to be probed by '%s' but has no credential for it; name "
				 "one in column credential or list other probes",
				 quoted(planner->reader->complaints, request->device->name,
					strlen(request->device->name)),
				 spec->name);
	}
}

/* What a site's `audit:` asks of its devices, besides what they are probed by. */
static uint32_t
audit_probes(const struct planner *planner, const struct device *device)
{
	const struct site *site =
		device->site == SITE_NONE ? NULL : &planner->fleet->sites[device->site];

	return site != NULL && (site->audit_ports || site->audit_communities) ? 1U << PROBE_EXPOSURE
									      : 0;
}

void
plan_device(struct planner *planner, const struct plan_request *request)
{
	struct device *device = request->device;
	const struct layer *kind = &planner->settings->kinds[device->kind];
	const struct plan *plan = kind_plan(planner, device->kind);
	const struct probe_settings *chosen[PROBE_COUNT];
	uint32_t probes;
	uint8_t count = 0;
	bool is_own = request->layer != NULL && request->layer->overrides != NULL;

	if (request->has_probes)
		probes = request->probes;
	else if (request->layer != NULL && request->layer->has_probes)
		probes = request->layer->probes;
	else if (kind->has_probes)
		probes = kind->probes | audit_probes(planner, device);
	else
		probes = device_default_probes(device) | audit_probes(planner, device);
	check_needs(planner, request, probes);
	if (is_own) {
		planner->scratch = *plan;
		lay_over(&planner->scratch, request->layer);
		plan = &planner->scratch;
	}
	for (int id = 0; id < PROBE_COUNT; id++) {
		const struct probe_settings **cached = &planner->of_kind[device->kind][id];
		const struct probe_settings *settings = is_own ? NULL : *cached;

		if (!(probes & 1U << id))
			continue;
		if (settings == NULL)
			settings = settle(planner, (enum probe_id)id, plan);
		if (settings == NULL)
			planner->reader->complaints->out_of_memory = true;
		if (!is_own)
			*cached = settings;
		chosen[count++] = settings;
	}
	device->probes = settle_set(planner, chosen, count);
	device->probe_count = count;
	if (device->probes == NULL)
		planner->reader->complaints->out_of_memory = true;
}
