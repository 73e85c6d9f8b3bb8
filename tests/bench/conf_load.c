/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Loads a configuration as the agent does, ROUNDS times, and says the least CPU time of one load
 * and the memory that the fleet holds: conf_load FILE ROUNDS
 */
#include "keepwatch/conf.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double
cpu_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

int
main(int argc, char **argv)
{
	int rounds = argc == 3 ? (int)strtol(argv[2], NULL, 10) : 0;
	double best = 0;
	size_t devices = 0, fleet = 0, heap = 0;

	if (rounds < 1) {
		fprintf(stderr, "usage: conf_load FILE ROUNDS\n");
		return 2;
	}
	for (int i = 0; i < rounds; i++) {
		struct conf_problems problems = {0};
		struct conf *conf = NULL;
		double start = cpu_ms(), took;

		if (conf_load(&conf, argv[1], NULL, &problems) != 0) {
			conf_problems_print(&problems, stderr);
			conf_problems_fini(&problems);
			return 1;
		}
		took = cpu_ms() - start;
		best = i == 0 || took < best ? took : best;
		devices = conf->fleet->device_count;
		fleet = fleet_memory(conf->fleet);
		heap = mallinfo2().uordblks + mallinfo2().hblkhd;
		conf_free(conf);
	}
	printf("FIGURE conf-load-ms-%zu-devices %.1f (limit 1000)\n", devices, best);
	printf("FIGURE conf-bytes-per-device %.0f (record of %zu, rest names, tags, index)\n",
	       (double)fleet / (double)devices, sizeof(struct device));
	printf("FIGURE conf-heap-bytes-per-device %.0f\n", (double)heap / (double)devices);
	return 0;
}
