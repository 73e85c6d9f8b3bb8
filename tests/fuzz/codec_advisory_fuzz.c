/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files of advisories from anywhere: whatever is in them, what is given away has all its texts, and
 * a file that is refused says why.
 */
#include "keepwatch/advisory_file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
take(void *arg, const struct advisory *advisory)
{
	size_t *total = arg;

	*total += strlen(advisory->id) + strlen(advisory->document) + strlen(advisory->title) +
		  strlen(advisory->remedy) + strlen(advisory->vendor) + strlen(advisory->product);
	if (advisory->id[0] == '\0' || strpbrk(advisory->title, "\n\r\t") != NULL ||
	    advisory->range_count > ADVISORY_RANGES_MAX)
		abort();
	for (size_t i = 0; i < advisory->range_count; i++) {
		const struct advisory_range *range = &advisory->ranges[i];

		*total += strlen(range->vendor) + strlen(range->product) + strlen(range->hardware) +
			  strlen(range->exact) + strlen(range->from) + strlen(range->until);
	}
	return 0;
}

static void
refuse(void *arg, const char *words)
{
	(void)arg;
	if (strlen(words) < 5)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct advisory_file_result result;
	size_t total = 0;
	struct advisory_file_sink sink = {take, refuse, &total};

	if (advisory_file_read(data, size, &sink, &result) != 0 && result.words[0] == '\0')
		abort();
	return 0;
}
