/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sums up the fleet: counts, lists of what is not well, firmware spread, clocks.
 */
#include "report.h"

#include "select.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

static void
count_device(struct report_count *count, const struct reader_device *device)
{
	count->devices++;
	count->by_health[device->health]++;
	count->flapping += device->is_flapping;
}

/* Devices come by site, so the one in question is the last. */
static struct report_count *
site_of(struct report *report, const char *name)
{
	struct report_count *last =
		report->site_count > 0 ? &report->sites[report->site_count - 1] : NULL;

	if (last != NULL && strcmp(last->name, name) == 0)
		return last;
	if (mem_grow(&report->sites, &report->site_cap, report->site_count + 1,
		     sizeof(*report->sites)) != 0)
		return NULL;
	last = &report->sites[report->site_count++];
	*last = (struct report_count){.name = name};
	return last;
}

static int
newest_first(const void *pa, const void *pb)
{
	const struct reader_device *a = *(const struct reader_device *const *)pa;
	const struct reader_device *b = *(const struct reader_device *const *)pb;

	if (a->since_ms != b->since_ms)
		return a->since_ms > b->since_ms ? -1 : 1;
	return strverscmp(a->name, b->name);
}

static int
sum_up(struct report *report)
{
	size_t at[HEALTH_COUNT] = {0}, flapping = 0, count = report->devices.count;

	for (int k = 0; k < KIND_COUNT; k++)
		report->kinds[k].name = kind_name((enum device_kind)k);
	for (int h = 0; h < HEALTH_COUNT; h++) {
		report->by_health[h] = malloc(sizeof(*report->by_health[h]) * (count + 1));
		if (report->by_health[h] == NULL)
			return ERR_NOMEM;
	}
	report->flapping = malloc(sizeof(*report->flapping) * (count + 1));
	if (report->flapping == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct reader_device *device = &report->devices.items[i];
		struct report_count *site = site_of(report, device->site);

		if (site == NULL)
			return ERR_NOMEM;
		count_device(site, device);
		count_device(&report->total, device);
		count_device(&report->kinds[device->kind], device);
		report->by_health[device->health][at[device->health]++] = device;
		if (device->is_flapping)
			report->flapping[flapping++] = device;
	}
	for (int h = 0; h < HEALTH_COUNT; h++) {
		if (h != HEALTH_UP)
			qsort(report->by_health[h], at[h], sizeof(*report->by_health[h]),
			      newest_first);
	}
	qsort(report->flapping, flapping, sizeof(*report->flapping), newest_first);
	return 0;
}

static int
by_names(const void *pa, const void *pb)
{
	const struct report_firmware *a = pa, *b = pb;
	int rc = strcmp(a->vendor, b->vendor);

	/* What is not known comes last. */
	if ((*a->vendor == '\0') != (*b->vendor == '\0'))
		return *a->vendor == '\0' ? 1 : -1;
	if (rc == 0)
		rc = strcmp(a->model, b->model);
	return rc != 0 ? rc : strverscmp(a->firmware, b->firmware);
}

static int
by_count(const void *pa, const void *pb)
{
	const struct report_firmware *a = pa, *b = pb;

	if (a->devices != b->devices)
		return a->devices > b->devices ? -1 : 1;
	return strverscmp(a->firmware, b->firmware);
}

/* One entry a device, made one entry a firmware; within a model by falling count. */
static void
run_together(struct report *report)
{
	struct report_firmware *items = report->firmware;
	size_t kept = 0, model = 0;

	qsort(items, report->firmware_count, sizeof(*items), by_names);
	for (size_t i = 0; i < report->firmware_count; i++) {
		if (kept > 0 && by_names(&items[kept - 1], &items[i]) == 0)
			items[kept - 1].devices++;
		else
			items[kept++] = items[i];
	}
	report->firmware_count = kept;
	for (size_t i = 1; i <= kept; i++) {
		if (i < kept && strcmp(items[i].vendor, items[model].vendor) == 0 &&
		    strcmp(items[i].model, items[model].model) == 0)
			continue;
		qsort(&items[model], i - model, sizeof(*items), by_count);
		model = i;
	}
}

static int
read_firmware(struct report *report, struct reader *reader)
{
	size_t count = report->devices.count;
	struct id_place *ids = ids_sort(&report->devices);
	int rc = ERR_NOMEM;

	if (ids == NULL || mem_grow(&report->firmware, &report->firmware_cap, count + 1,
				    sizeof(*report->firmware)) != 0)
		goto out;
	for (size_t i = 0; i < count; i++)
		report->firmware[i] = (struct report_firmware){"", "", "", 1};
	report->firmware_count = count;
	rc = reader_facts(reader, NULL,
			  1ULL << FACT_VENDOR | 1ULL << FACT_MODEL | 1ULL << FACT_FIRMWARE, false,
			  &report->facts);
	if (rc != 0)
		goto out;
	for (size_t i = 0; i < report->facts.count; i++) {
		const struct reader_fact *fact = &report->facts.items[i];
		size_t place = ids_find(ids, count, fact->device);

		if (place == SIZE_MAX)
			continue;
		if (fact->key == FACT_VENDOR)
			report->firmware[place].vendor = fact->value;
		else if (fact->key == FACT_MODEL)
			report->firmware[place].model = fact->value;
		else
			report->firmware[place].firmware = fact->value;
	}
	run_together(report);
out:
	free(ids);
	return rc;
}

static int
read_drifts(struct report *report, struct reader *reader, int64_t clock_offset_ms)
{
	struct id_place *ids = ids_sort(&report->devices);
	size_t kept = 0;
	int rc = ERR_NOMEM;

	if (ids == NULL)
		return rc;
	rc = reader_drifts(reader, NULL, clock_offset_ms, &report->drifts);
	for (size_t i = 0; i < report->drifts.count && rc == 0; i++) {
		if (ids_find(ids, report->devices.count, report->drifts.items[i].device) !=
		    SIZE_MAX)
			report->drifts.items[kept++] = report->drifts.items[i];
	}
	report->drifts.count = kept;
	free(ids);
	return rc;
}

int
report_read(struct report *report, const struct selection *selection, int64_t clock_offset_ms,
	    int64_t since_ms)
{
	const struct cli *cli = selection->cli;
	int rc;

	memset(report, 0, sizeof(*report));
	rc = selection_read(selection, &report->devices);
	if (rc != 0)
		return rc;
	report->total.name = "";
	rc = sum_up(report);
	if (rc == 0)
		rc = read_firmware(report, cli->reader);
	if (rc == 0 && clock_offset_ms > 0)
		rc = read_drifts(report, cli->reader, clock_offset_ms);
	if (rc == 0)
		rc = report_topology_read(report, cli, since_ms);
	if (rc == ERR_NOMEM) {
		cli_complain(cli, "%s", err_text(rc));
		return CLI_UNREADABLE;
	}
	return rc != 0 ? cli_reader_failed(cli, rc) : report_incidents_read(report, selection);
}

void
report_fini(struct report *report)
{
	reader_device_list_fini(&report->devices);
	reader_drift_list_fini(&report->drifts);
	reader_fact_list_fini(&report->facts);
	free(report->sites);
	for (int h = 0; h < HEALTH_COUNT; h++)
		free(report->by_health[h]);
	free(report->flapping);
	free(report->firmware);
	report_topology_fini(&report->topology);
	report_incidents_fini(report);
}
