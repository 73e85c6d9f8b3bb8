/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files through the core: each piece of evidence is taken when its file says that it came, and
 * conclusions are drawn at every tick between, as the agent does it.
 */
#include "replay.h"

#include "cli.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <string.h>
#include <time.h>

enum {
	EVENT_MAX = 16 << 20, /* bytes of one event as text */
	SAMPLE = 61,	      /* every so many lines one is timed */
	/* A recording that begins later than this after the one before is of another run. */
	GAP_MS = 600000,
};

static double
cpu_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int
replay_init(struct replay *replay)
{
	replay->reader = evidence_reader_new(replay->format);
	return replay->reader != NULL ? 0 : ERR_NOMEM;
}

void
replay_fini(struct replay *replay)
{
	diag_free(replay->diag);
	evidence_reader_free(replay->reader);
	replay->diag = NULL;
	replay->reader = NULL;
}

static void
put_event(struct replay *replay, struct buf *buf, const struct diag_event *event)
{
	if (replay->format == EVIDENCE_SCENARIO)
		replay_put_verdict(replay, buf, event);
	else if (replay->is_json)
		replay_put_json(replay, buf, event);
	else
		replay_put_words(replay, buf, event);
}

static void
measure(struct replay *replay, double tick_s)
{
	struct diag_figures figures;
	double bytes;

	replay->stats.tick_s += tick_s;
	if (tick_s > replay->stats.worst_tick_s)
		replay->stats.worst_tick_s = tick_s;
	diag_describe(replay->diag, &figures);
	replay->stats.devices = figures.devices;
	bytes = figures.devices > 0 ? (double)figures.bytes / (double)figures.devices : 0;
	/* Where there are few, what is held in any case outweighs them. */
	if (figures.devices >= 1000 && bytes > replay->stats.worst_bytes)
		replay->stats.worst_bytes = bytes;
}

static int
tick(struct replay *replay, int64_t now_ms)
{
	const struct diag_event *event;
	double start_s = replay->has_stats ? cpu_s() : 0;
	struct buf buf;
	int rc = diag_tick(replay->diag, now_ms);

	if (rc != 0)
		return rc;
	replay->now_ms = now_ms;
	replay->stats.ticks++;
	if (replay->has_stats) {
		double end_s = cpu_s();

		measure(replay, end_s - start_s);
		start_s = cpu_s();
	}
	buf_init(&buf, EVENT_MAX);
	while ((event = diag_next(replay->diag)) != NULL) {
		buf_reset(&buf);
		put_event(replay, &buf, event);
		replay->stats.events++;
		out_fail(replay->out, buf.error);
		if (buf.error == 0)
			out_put(replay->out, buf.data, buf.len);
	}
	buf_fini(&buf);
	if (replay->has_stats)
		replay->stats.write_s += cpu_s() - start_s;
	return 0;
}

/* The ticks before what came at seen_ms. */
static int
tick_before(struct replay *replay, int64_t seen_ms)
{
	int rc = 0;

	while (rc == 0 && replay->next_ms < seen_ms) {
		rc = tick(replay, replay->next_ms);
		replay->next_ms += replay->tick_ms;
	}
	return rc;
}

/* A header was read: of the first file, or of a later one. */
static int
begin(struct replay *replay, const struct evidence_header *header)
{
	struct diag_params params = diag_default_params;

	if (replay->diag == NULL) {
		params.cycle_ms = header->cycle_ms;
		replay->diag = diag_new(&params);
		replay->next_ms = header->start_ms + replay->tick_ms;
		return replay->diag != NULL ? 0 : ERR_NOMEM;
	}
	if (header->start_ms - replay->next_ms > GAP_MS)
		replay->next_ms = header->start_ms + replay->tick_ms;
	return 0;
}

static int
take_line(struct replay *replay)
{
	const struct evidence_header *header = evidence_reader_header(replay->reader);
	const struct evidence *evidence;
	int rc = 0;

	if (header != NULL && (replay->diag == NULL || replay->is_new_file))
		rc = begin(replay, header);
	if (header != NULL)
		replay->is_new_file = false;
	while (rc == 0 && (evidence = evidence_reader_next(replay->reader)) != NULL) {
		rc = tick_before(replay, evidence->seen_ms);
		if (rc == 0)
			rc = diag_take(replay->diag, evidence);
		/* What the agent's own core refused stands in its recording. */
		if (replay->format == EVIDENCE_RECORDING &&
		    (rc == ERR_NOTFOUND || rc == ERR_RANGE)) {
			replay->stats.refused++;
			rc = 0;
		}
		replay->stats.pieces++;
		replay->stats.polls += evidence->kind == EVIDENCE_POLL;
	}
	return rc;
}

/* Decodes one line and takes it; now and then with a look at the clock. */
static int
read_line(struct replay *replay, const char *line, size_t len, bool *is_bad_line)
{
	bool is_sample = replay->has_stats && replay->stats.lines % SAMPLE == 0;
	uint64_t ticks = replay->stats.ticks;
	uint64_t start_ns = is_sample ? clock_mono_ns() : 0, parsed_ns;
	int rc = evidence_reader_feed(replay->reader, line, len);

	replay->stats.lines++;
	*is_bad_line = rc != 0;
	if (rc != 0)
		return rc;
	parsed_ns = is_sample ? clock_mono_ns() : 0;
	rc = take_line(replay);
	/* Not one before which there was a tick, which counts by itself. */
	if (is_sample && ticks == replay->stats.ticks) {
		replay->stats.parse_part += (double)(parsed_ns - start_ns) / 1e9;
		replay->stats.take_part += (double)(clock_mono_ns() - parsed_ns) / 1e9;
	}
	return rc;
}

bool
replay_file(struct replay *replay, const char *path)
{
	struct replay_lines *lines = replay_lines_open(replay->cli, path);
	double start_s = cpu_s();
	unsigned long number = 0;
	bool is_bad_line = false, is_torn = false;
	const char *line;
	size_t len;
	int rc;

	if (lines == NULL)
		return false;
	evidence_reader_begin(replay->reader);
	replay->is_new_file = true;
	while ((rc = replay_lines_next(lines, &line, &len)) > 0) {
		number++;
		if (len == 0)
			continue;
		is_torn = rc == 2;
		rc = read_line(replay, line, len, &is_bad_line);
		if (rc != 0)
			break;
	}
	/* An agent that was killed wrote its last line in part. */
	if (rc != 0 && is_torn && is_bad_line && replay->format == EVIDENCE_RECORDING) {
		cli_complain(replay->cli, "note: %s:%lu: the file stops within a line", path,
			     number);
		rc = 0;
	}
	if (rc != 0)
		cli_complain(replay->cli, "%s:%lu: %s", path, number,
			     is_bad_line ? evidence_reader_why(replay->reader) : err_text(rc));
	else if (replay->diag == NULL)
		cli_complain(replay->cli, "%s: is empty", path);
	replay_lines_close(lines);
	replay->stats.files++;
	replay->stats.cpu_s += cpu_s() - start_s;
	return rc == 0 && replay->diag != NULL;
}

bool
replay_finish(struct replay *replay)
{
	const struct evidence_header *header = evidence_reader_header(replay->reader);
	double start_s = cpu_s();
	int rc = 0;

	if (header != NULL && header->end_ms != 0)
		rc = tick_before(replay, header->end_ms + 1);
	else if (replay->diag != NULL)
		rc = tick(replay, replay->next_ms);
	if (rc != 0)
		cli_complain(replay->cli, "%s", err_text(rc));
	replay->stats.cpu_s += cpu_s() - start_s;
	return rc == 0;
}
