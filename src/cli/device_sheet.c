/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Devices as rows of a sheet.
 */
#include "device_sheet.h"

#include "select.h"

#include "keepwatch/err.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define S COLUMN_SHOWN
#define E COLUMN_HIDDEN_IF_EMPTY
#define Y COLUMN_YIELDS

/* DEVICE_COLUMN(ID, "name", "title", type, flags, help); facts follow in a row of FACT_COLUMN. */
#define DEVICE_COLUMNS(X)                                                                         \
	X(NAME, "name", "DEVICE", TEXT, S | COLUMN_TREE, "name in the fleet file")                \
	X(SITE, "site", "SITE", TEXT, S | COLUMN_TRUNC | 1 * Y, "site")                           \
	X(KIND, "kind", "KIND", TEXT, S | 3 * Y, "camera, door, switch ...")                      \
	X(ADDRESS, "address", "ADDRESS", TEXT, S | COLUMN_TRUNC | 2 * Y,                          \
	  "address in the fleet file")                                                            \
	X(STATE, "state", "STATE", STATE, S, "up, degraded, down or unknown")                     \
	X(FLAPPING, "flapping", "FLAPPING", BOOL, 0, "whether the state comes and goes")          \
	X(FOR, "for_ms", "FOR", DURATION, S, "how long it has been so, in ms")                    \
	X(SINCE, "since", "SINCE", TIME, 0, "since when it has been so")                          \
	X(REASON, "reason", "REASON", TEXT, 0, "why it is not up, as a name")                     \
	X(WHY, "why", "WHY", TEXT, S | COLUMN_WRAP | COLUMN_LISTED, "reason and detail in words") \
	X(DETAIL, "detail", "DETAIL", TEXT, 0, "what was seen, in words")                         \
	X(OWNER, "owner", "OWNER", TEXT, 0, "who looks after it")                                 \
	X(UPSTREAM, "upstream", "UPSTREAM", TEXT, 0, "switch that it hangs on, as declared")      \
	X(UPSTREAM_PORT, "upstream_port", "PORT", TEXT, 0, "port of that switch")                 \
	X(VENDOR, "vendor", "VENDOR", TEXT, S | E | COLUMN_TRUNC | 6 * Y,                         \
	  "vendor that it reports")                                                               \
	X(MODEL, "model", "MODEL", TEXT, S | E | COLUMN_TRUNC | 7 * Y, "model that it reports")   \
	X(FIRMWARE, "firmware", "FIRMWARE", TEXT, S | E | COLUMN_TRUNC | 8 * Y,                   \
	  "firmware that it reports")                                                             \
	X(FIRMWARE_SOURCE, "firmware_source", "SOURCE", TEXT, 0,                                  \
	  "who told the firmware: operation, path or MIB object")                                 \
	X(SERIAL, "serial", "SERIAL", TEXT, 0, "serial number that it reports")                   \
	X(HARDWARE, "hardware", "HARDWARE", TEXT, 0, "hardware version that it reports")          \
	X(HOSTNAME, "hostname", "HOSTNAME", TEXT, 0, "host name that it reports")                 \
	X(MACS, "macs", "MACS", LIST, 0, "MAC addresses that it reports")                         \
	X(ADDRESSES, "addresses", "ADDRESSES", LIST, 0, "addresses that it reports")              \
	X(CLOCK_OFFSET, "clock_offset_ms", "CLOCK", OFFSET, 0, "its clock minus ours, in ms")     \
	X(CLOCK_SOURCE, "clock_source", "CLOCK SOURCE", TEXT, 0, "manual or ntp")                 \
	X(BOOT_TIME, "boot_time", "BOOTED", TEXT, 0, "when it started (RFC 3339)")                \
	X(CONTACT, "sys_contact", "CONTACT", TEXT, 0, "SNMP sysContact")                          \
	X(LOCATION, "sys_location", "LOCATION", TEXT, 0, "SNMP sysLocation")                      \
	X(DECLARED, "declared", "DECLARED", TIME, 0, "when it appeared in the fleet file")        \
	X(FIRST_SEEN, "first_seen", "FIRST SEEN", TIME, 0,                                        \
	  "when it first told anything of itself")                                                \
	X(LAST_ANSWER, "last_answer", "LAST ANSWER", TIME, 0, "when it last answered a probe")    \
	X(LAST_RUN, "last_run", "LAST RUN", TIME, 0, "when it was last probed")                   \
	X(TAGS, "tags", "TAGS", MAP, 0, "other columns of the fleet file")

enum device_column {
#define X(id, name, title, type, flags, help) COL_##id,
	DEVICE_COLUMNS(X)
#undef X
		COL_COUNT
};

#define X(id, name, title, type, flags, help) {name, title, CELL_##type, flags, help},
const struct column device_columns[] = {DEVICE_COLUMNS(X)};
#undef X
const size_t device_column_count = COL_COUNT;

/* Facts that a device has once, and where they go. */
static const struct {
	enum fact_key key;
	enum device_column column;
} single_facts[] = {
	{FACT_VENDOR, COL_VENDOR},
	{FACT_MODEL, COL_MODEL},
	{FACT_FIRMWARE, COL_FIRMWARE},
	{FACT_SERIAL, COL_SERIAL},
	{FACT_HARDWARE, COL_HARDWARE},
	{FACT_HOSTNAME, COL_HOSTNAME},
	{FACT_CLOCK_SOURCE, COL_CLOCK_SOURCE},
	{FACT_BOOT_TIME, COL_BOOT_TIME},
	{FACT_SYS_CONTACT, COL_CONTACT},
	{FACT_SYS_LOCATION, COL_LOCATION},
};

const struct cell_pair *
device_tags(struct sheet *sheet, const char *text, uint16_t *count)
{
	json_t *tags = json_loads(text, 0, NULL), *value;
	size_t size = json_is_object(tags) ? json_object_size(tags) : 0;
	struct cell_pair *pairs = NULL;
	const char *key;
	uint16_t n = 0;

	*count = 0;
	if (size > 0 && size < UINT16_MAX)
		pairs = arena_alloc(&sheet->arena, sizeof(*pairs) * size);
	if (pairs != NULL) {
		json_object_foreach(tags, key, value)
		{
			if (!json_is_string(value))
				continue;
			pairs[n].key = arena_strdup(&sheet->arena, key);
			pairs[n].value = arena_strdup(&sheet->arena, json_string_value(value));
			if (pairs[n].key == NULL || pairs[n].value == NULL) {
				sheet->error = ERR_NOMEM;
				break;
			}
			n++;
		}
	}
	json_decref(tags);
	*count = n;
	return n > 0 ? pairs : NULL;
}

static void
set_why(struct sheet *sheet, struct cell *cell, const struct reader_device *device)
{
	const char *reason = reason_text(device->reason);
	char *text;
	size_t size = strlen(reason) + strlen(device->detail) + 32;

	text = arena_alloc(&sheet->arena, size);
	if (text == NULL) {
		sheet->error = ERR_NOMEM;
		return;
	}
	snprintf(text, size, "%s%s%s%s%s", device->is_flapping ? "flapping" : "",
		 device->is_flapping && *reason != '\0' ? ": " : "", reason,
		 *device->detail != '\0' && (*reason != '\0' || device->is_flapping) ? ": " : "",
		 device->detail);
	cell_set_text(cell, text);
}

static void
fill_declared(const struct cli *cli, struct sheet *sheet, const struct reader_device *device)
{
	struct cell *row = sheet_add(sheet);

	cell_set_text(&row[COL_NAME], device->name);
	cell_set_text(&row[COL_SITE], device->site);
	cell_set_text(&row[COL_KIND], kind_name(device->kind));
	cell_set_text(&row[COL_ADDRESS], device->address);
	cell_set_text(&row[COL_STATE], health_name(device->health));
	if (device->is_flapping)
		row[COL_STATE].tint = TINT_WARN;
	cell_set_number(&row[COL_FLAPPING], device->is_flapping);
	cell_set_age(&row[COL_FOR], device->since_ms, cli->now_ms);
	cell_set_time(&row[COL_SINCE], device->since_ms);
	if (device->reason != REASON_NONE)
		cell_set_text(&row[COL_REASON], reason_name(device->reason));
	set_why(sheet, &row[COL_WHY], device);
	cell_set_text(&row[COL_DETAIL], device->detail);
	cell_set_text(&row[COL_OWNER], device->owner);
	cell_set_text(&row[COL_UPSTREAM], device->upstream_switch);
	cell_set_text(&row[COL_UPSTREAM_PORT], device->upstream_port);
	cell_set_time(&row[COL_DECLARED], device->declared_ms);
	cell_set_time(&row[COL_LAST_ANSWER], device->answer_ms);
	cell_set_time(&row[COL_LAST_RUN], device->run_ms);
	row[COL_TAGS].pairs = device_tags(sheet, device->tags, &row[COL_TAGS].pair_count);
	row[COL_TAGS].is_set = row[COL_TAGS].pair_count > 0;
}

/* Adds an item to a list cell; the facts of a device come together, so the list only grows. */
static void
add_item(struct sheet *sheet, struct cell *cell, const char *value)
{
	struct cell_pair *pairs;

	for (size_t i = 0; i < cell->pair_count; i++) {
		if (strcmp(cell->pairs[i].value, value) == 0)
			return;
	}
	if (cell->pair_count == UINT16_MAX)
		return;
	pairs = arena_alloc(&sheet->arena, sizeof(*pairs) * (cell->pair_count + 1U));
	if (pairs == NULL) {
		sheet->error = ERR_NOMEM;
		return;
	}
	if (cell->pair_count > 0)
		memcpy(pairs, cell->pairs, sizeof(*pairs) * cell->pair_count);
	pairs[cell->pair_count] = (struct cell_pair){.value = value};
	cell->pairs = pairs;
	cell->pair_count++;
	cell->is_set = true;
}

/* Facts come key by key, the source of the firmware after the firmware: until then the probe that
 * told it stands for it. */
static void
fill_firmware_source(struct cell *cell, const struct reader_fact *fact, const char *value)
{
	if (strcmp(fact->instance, fact_name(FACT_FIRMWARE)) == 0 && cell->is_set &&
	    strcmp(cell->text, fact->probe) == 0)
		cell_set_text(cell, value);
}

/* What a device has once. */
static void
fill_single(struct sheet *sheet, struct cell *row, const struct reader_fact *fact,
	    const char *value)
{
	char *end;
	long long number = strtoll(value, &end, 10);

	if (fact->key == FACT_CLOCK_OFFSET_MS && end != value && *end == '\0')
		cell_set_number(&row[COL_CLOCK_OFFSET], number);
	if (fact->key == FACT_FIRMWARE)
		cell_set_text(&row[COL_FIRMWARE_SOURCE], arena_strdup(&sheet->arena, fact->probe));
	for (size_t i = 0; i < MEM_COUNT(single_facts); i++) {
		if (single_facts[i].key == fact->key)
			cell_set_text(&row[single_facts[i].column], value);
	}
}

static void
fill_fact(struct sheet *sheet, struct cell *row, const struct reader_fact *fact)
{
	const char *value = arena_strdup(&sheet->arena, fact->value);

	if (value == NULL) {
		sheet->error = ERR_NOMEM;
		return;
	}
	if (!row[COL_FIRST_SEEN].is_set || fact->first_seen_ms < row[COL_FIRST_SEEN].number)
		cell_set_time(&row[COL_FIRST_SEEN], fact->first_seen_ms);
	if (fact->key == FACT_MAC)
		add_item(sheet, &row[COL_MACS], value);
	else if (fact->key == FACT_ADDRESS)
		add_item(sheet, &row[COL_ADDRESSES], value);
	else if (fact->key == FACT_SOURCE)
		fill_firmware_source(&row[COL_FIRMWARE_SOURCE], fact, value);
	else if (!fact->is_shadowed) /* no other probe knows it better */
		fill_single(sheet, row, fact, value);
}

int
device_sheet_fill(const struct cli *cli, struct sheet *sheet,
		  const struct reader_device_list *devices)
{
	uint64_t keys = 1ULL << FACT_MAC | 1ULL << FACT_ADDRESS | 1ULL << FACT_CLOCK_OFFSET_MS |
			1ULL << FACT_SOURCE;
	struct reader_filter one = READER_FILTER_ANY;
	struct reader_fact_list facts = {0};
	struct id_place *ids = ids_sort(devices);
	int rc;

	for (size_t i = 0; i < MEM_COUNT(single_facts); i++)
		keys |= 1ULL << single_facts[i].key;
	for (size_t i = 0; i < devices->count; i++)
		fill_declared(cli, sheet, &devices->items[i]);
	if (ids == NULL || sheet->error != 0) {
		free(ids);
		cli_complain(cli, "%s", err_text(ERR_NOMEM));
		return CLI_UNREADABLE;
	}
	/* For one device alone the store need not be read as a whole. */
	if (devices->count == 1)
		one.device = devices->items[0].id;
	rc = reader_facts(cli->reader, &one, keys, false, &facts);
	for (size_t i = 0; i < facts.count && rc == 0; i++) {
		size_t place = ids_find(ids, devices->count, facts.items[i].device);

		if (place != SIZE_MAX)
			fill_fact(sheet, sheet_cell(sheet, place, 0), &facts.items[i]);
	}
	free(ids);
	reader_fact_list_fini(&facts);
	return rc != 0 ? cli_reader_failed(cli, rc) : 0;
}

struct name_place {
	const char *name;
	size_t place;
};

static int
compare_names(const void *pa, const void *pb)
{
	return strcmp(((const struct name_place *)pa)->name, ((const struct name_place *)pb)->name);
}

/* True if a line of parents leads from `from` to `to`: joining them would make a ring. */
static bool
is_above(const size_t *parents, size_t to, size_t from, size_t count)
{
	for (size_t i = 0; i <= count && from != SIZE_MAX; i++) {
		if (from == to)
			return true;
		from = parents[from];
	}
	return false;
}

int
device_sheet_plant(struct sheet *sheet, const struct reader_device_list *devices)
{
	struct name_place *names = malloc(sizeof(*names) * (devices->count + 1));

	sheet->parents = malloc(sizeof(*sheet->parents) * (devices->count + 1));
	if (names == NULL || sheet->parents == NULL) {
		free(names);
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < devices->count; i++) {
		names[i] = (struct name_place){devices->items[i].name, i};
		sheet->parents[i] = SIZE_MAX;
	}
	qsort(names, devices->count, sizeof(*names), compare_names);
	for (size_t i = 0; i < devices->count; i++) {
		struct name_place key = {devices->items[i].upstream_switch, 0};
		const struct name_place *found =
			bsearch(&key, names, devices->count, sizeof(*names), compare_names);

		if (found != NULL && !is_above(sheet->parents, i, found->place, devices->count))
			sheet->parents[i] = found->place;
	}
	free(names);
	return 0;
}
