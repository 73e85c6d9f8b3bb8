/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a replay took: summed over files and workers, and said on standard error.
 */
#include "replay.h"

#include <inttypes.h>
#include <stdio.h>

static double
larger(double a, double b)
{
	return a > b ? a : b;
}

void
replay_stats_add(struct replay_stats *sum, const struct replay_stats *more)
{
	sum->files += more->files;
	sum->lines += more->lines;
	sum->pieces += more->pieces;
	sum->polls += more->polls;
	sum->ticks += more->ticks;
	sum->events += more->events;
	sum->devices += more->devices;
	sum->refused += more->refused;
	sum->cpu_s += more->cpu_s;
	sum->tick_s += more->tick_s;
	sum->write_s += more->write_s;
	sum->parse_part += more->parse_part;
	sum->take_part += more->take_part;
	sum->worst_tick_s = larger(sum->worst_tick_s, more->worst_tick_s);
	sum->worst_bytes = larger(sum->worst_bytes, more->worst_bytes);
}

void
replay_stats_print(const struct replay_stats *stats)
{
	double sampled = stats->parse_part + stats->take_part;
	double rest_s = stats->cpu_s - stats->tick_s - stats->write_s;
	double parse_s = sampled > 0 ? rest_s * stats->parse_part / sampled : rest_s;
	double lines = stats->lines > 0 ? (double)stats->lines : 1;
	double core_s = rest_s - parse_s + stats->tick_s;

	fprintf(stderr,
		"files %" PRIu64 ", lines %" PRIu64 ", pieces of evidence %" PRIu64
		", polls of devices %" PRIu64 ", devices %" PRIu64 ", ticks %" PRIu64
		", events %" PRIu64 "\n",
		stats->files, stats->lines, stats->pieces, stats->polls, stats->devices,
		stats->ticks, stats->events);
	fprintf(stderr, "CPU: %.2f s = parse %.2f + take %.2f + tick %.2f + write %.2f\n",
		stats->cpu_s, parse_s, rest_s - parse_s, stats->tick_s, stats->write_s);
	fprintf(stderr, "of each line: %.3f us, of which the core %.3f us\n",
		stats->cpu_s / lines * 1e6, core_s / lines * 1e6);
	fprintf(stderr, "worst tick: %.2f ms\n", stats->worst_tick_s * 1e3);
	if (stats->worst_bytes > 0)
		fprintf(stderr, "most bytes per device, where there are 1,000 or more: %.0f\n",
			stats->worst_bytes);
	if (stats->refused > 0)
		fprintf(stderr, "pieces that the core did not take: %" PRIu64 "\n", stats->refused);
}
