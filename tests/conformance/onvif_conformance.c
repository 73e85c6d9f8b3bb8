/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * onvif_conformance CAPTURES EDGES: reads every captured ONVIF reply and every edge file, and says
 * in TAP what was decoded, refused, and where that is not what it should be.
 */
#include "onvif_check.h"

#include <stdio.h>

int
main(int argc, char **argv)
{
	struct tap tap = {0};

	if (argc != 3) {
		fprintf(stderr, "usage: %s CAPTURES EDGES\n", argv[0]);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	check_captures(&tap, argv[1]);
	check_edges(&tap, argv[2]);
	printf("1..%d\n", tap.count);
	return tap.failed == 0 ? 0 : 1;
}
