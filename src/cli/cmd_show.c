/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch show DEVICE: gathers all that the store knows of it.
 */
#include "show.h"

#include "select.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

enum { DAY_MS = 24 * 3600 * 1000 };

static void
add_point(struct show_day *day, const struct rollup_point *point, size_t slot, double *rtt_sum,
	  uint64_t *rtt_count, uint64_t *runs)
{
	day->runs += point->runs;
	day->up += point->up;
	day->sent += point->sent;
	day->lost += point->lost;
	runs[slot] += point->runs;
	if (point->runs > point->up)
		day->down[slot] += point->runs - point->up;
	if (point->rtt_count == 0)
		return;
	rtt_sum[slot] += (double)point->rtt_avg_us * point->rtt_count;
	rtt_count[slot] += point->rtt_count;
	if (point->rtt_min_us < day->rtt_min_us)
		day->rtt_min_us = point->rtt_min_us;
	if (point->rtt_max_us > day->rtt_max_us)
		day->rtt_max_us = point->rtt_max_us;
}

static int
read_day(const struct cli *cli, uint32_t device, const char *probe, struct show_day *day)
{
	double rtt_sum[SHOW_SLOTS] = {0}, sum = 0;
	uint64_t rtt_count[SHOW_SLOTS] = {0}, runs[SHOW_SLOTS] = {0}, count = 0;
	struct rollup_point_list points = {0};
	/* Whole periods, so that the last one is in it. */
	int64_t until_ms = rollup_start_ms(ROLLUP_5MIN, cli->now_ms) + rollup_tier_ms(ROLLUP_5MIN);
	int64_t since_ms = until_ms - DAY_MS;
	int rc =
		reader_series(cli->reader, device, probe, ROLLUP_5MIN, since_ms, until_ms, &points);

	*day = (struct show_day){.rtt_min_us = UINT32_MAX, .rtt_avg_us = -1};
	for (size_t i = 0; i < points.count && rc == 0; i++) {
		int64_t slot = (points.items[i].start_ms - since_ms) / SHOW_SLOT_MS;

		if (slot >= 0 && slot < SHOW_SLOTS)
			add_point(day, &points.items[i], (size_t)slot, rtt_sum, rtt_count, runs);
	}
	for (size_t i = 0; i < SHOW_SLOTS; i++) {
		day->rtt_us[i] = rtt_count[i] > 0 ? rtt_sum[i] / (double)rtt_count[i] : -1;
		day->down[i] = runs[i] > 0 ? day->down[i] / (double)runs[i] : -1;
		sum += rtt_sum[i];
		count += rtt_count[i];
	}
	if (count > 0)
		day->rtt_avg_us = sum / (double)count;
	rollup_point_list_fini(&points);
	return rc;
}

static int
read_lists(struct cli *cli, struct show *show)
{
	struct reader_filter one = READER_FILTER_ANY;
	struct reader_event_query query = {.limit = SHOW_EVENTS};
	int rc;

	one.device = show->device->id;
	one.with_removed = true;
	query.devices = one;
	rc = reader_probes(cli->reader, &one, &show->probes);
	if (rc == 0)
		rc = reader_facts(cli->reader, &one, 0, true, &show->facts);
	if (rc == 0)
		rc = reader_history(cli->reader, &one, 0, 0, SHOW_HISTORY, &show->history);
	if (rc == 0)
		rc = reader_events(cli->reader, &query, &show->events);
	if (rc != 0)
		return rc;
	show->days = calloc(show->probes.count + 1, sizeof(*show->days));
	if (show->days == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < show->probes.count && rc == 0; i++)
		rc = read_day(cli, show->device->id, show->probes.items[i].probe, &show->days[i]);
	return rc;
}

int
show_read(struct cli *cli, const char *name, struct show *show)
{
	int rc;

	memset(show, 0, sizeof(*show));
	rc = select_device(cli, name, &show->found);
	if (rc != 0)
		return rc;
	show->device = &show->found.items[0];
	rc = read_lists(cli, show);
	if (rc == 0 && *show->device->upstream_switch != '\0') {
		rc = reader_find(cli->reader, show->device->upstream_switch, &show->upstream);
		if (rc == ERR_NOTFOUND || rc == ERR_EXISTS)
			rc = 0;
	}
	if (rc == 0)
		rc = show_place_read(cli, show->device, &show->place);
	return rc != 0 ? cli_reader_failed(cli, rc) : 0;
}

void
show_fini(struct show *show)
{
	reader_device_list_fini(&show->found);
	reader_device_list_fini(&show->upstream);
	reader_probe_list_fini(&show->probes);
	reader_fact_list_fini(&show->facts);
	reader_past_list_fini(&show->history);
	reader_event_list_fini(&show->events);
	show_place_fini(&show->place);
	free(show->days);
}

int
cmd_show_run(struct cli *cli)
{
	struct show show = {0};
	int rc = cli_open_store(cli);

	if (rc == 0)
		rc = show_read(cli, cli->args.operands.items[0], &show);
	if (rc == 0) {
		if (cli->format == SHEET_JSON)
			show_write_json(cli, &show);
		else if (cli->format == SHEET_CSV)
			show_write_csv(cli, &show);
		else
			show_write_screen(cli, &show);
	}
	show_fini(&show);
	return rc;
}
