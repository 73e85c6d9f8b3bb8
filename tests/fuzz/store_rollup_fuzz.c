/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packed rows: any bytes are decoded or refused; what was decoded is encoded to something that
 * decodes to the same.
 */
#include "../../src/store/series.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_points(const uint8_t *data, size_t size)
{
	struct series_point *a = calloc(SERIES_MAX, sizeof(*a));
	struct series_point *b = calloc(SERIES_MAX, sizeof(*b));
	size_t a_count, b_count = 0;
	struct buf packed;

	buf_init(&packed, 1 << 20);
	if (a != NULL && b != NULL && series_unpack(data, size, a, &a_count) == 0) {
		series_pack(&packed, a, a_count);
		assert(packed.error == 0);
		if (series_unpack(packed.data, packed.len, b, &b_count) != 0)
			abort();
		if (a_count != b_count || memcmp(a, b, a_count * sizeof(*a)) != 0)
			abort();
		if (series_merge(a, a_count, b, b_count) != a_count)
			abort();
	}
	buf_fini(&packed);
	free(a);
	free(b);
}

static void
try_lasts(const uint8_t *data, size_t size)
{
	struct series_last *a = calloc(SERIES_MAX, sizeof(*a));
	struct series_last *b = calloc(SERIES_MAX, sizeof(*b));
	size_t a_count, b_count = 0;
	struct buf packed;

	buf_init(&packed, 1 << 20);
	if (a != NULL && b != NULL && series_unpack_last(data, size, a, &a_count) == 0) {
		series_pack_last(&packed, a, a_count);
		assert(packed.error == 0);
		if (series_unpack_last(packed.data, packed.len, b, &b_count) != 0)
			abort();
		if (a_count != b_count || series_merge_last(a, a_count, b, b_count) != a_count)
			abort();
		for (size_t i = 0; i < a_count; i++) {
			if (a[i].last.run_ms != b[i].last.run_ms ||
			    a[i].last.rtt_us != b[i].last.rtt_us)
				abort();
		}
	}
	buf_fini(&packed);
	free(a);
	free(b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_points(data, size);
	try_lasts(data, size);
	return 0;
}
