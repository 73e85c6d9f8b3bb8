/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of evidence out of anything. The first byte chooses the format. What a recording yields is
 * written and read again, and must then be the same.
 */
#include "keepwatch/buf.h"
#include "keepwatch/evidence_line.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct evidence *evidence)
{
	static const char header[] =
		"{\"keepwatch\":\"evidence\",\"v\":1,\"cycle_ms\":60000,\"start_ms\":1}";
	struct evidence_reader *reader = evidence_reader_new(EVIDENCE_RECORDING);
	const struct evidence *got;
	struct buf first, again;

	buf_init(&first, 8 << 20);
	buf_init(&again, 8 << 20);
	evidence_put(&first, evidence);
	if (reader == NULL || first.error != 0)
		goto out;
	if (evidence_reader_feed(reader, header, sizeof(header) - 1) != 0)
		abort();
	/* Escapes may make it longer than a line may be. */
	if (first.len - 1 > EVIDENCE_LINE_MAX)
		goto out;
	if (evidence_reader_feed(reader, first.data, first.len - 1) != 0)
		abort();
	got = evidence_reader_next(reader);
	if (got == NULL)
		abort();
	evidence_put(&again, got);
	if (again.error == 0 &&
	    (first.len != again.len || memcmp(first.data, again.data, first.len) != 0))
		abort();
out:
	buf_fini(&first);
	buf_fini(&again);
	evidence_reader_free(reader);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct evidence_reader *reader;
	const struct evidence *evidence;

	if (size == 0)
		return 0;
	reader = evidence_reader_new(data[0] == 's' ? EVIDENCE_SCENARIO : EVIDENCE_RECORDING);
	data++;
	size--;
	while (reader != NULL && size > 0) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end != NULL ? (size_t)(end - data) : size;

		if (evidence_reader_feed(reader, (const char *)data, len) != 0 &&
		    strlen(evidence_reader_why(reader)) == 0)
			abort();
		while ((evidence = evidence_reader_next(reader)) != NULL) {
			check(evidence);
			if (evidence_reader_name(reader, BLAME_NODE, evidence->node) == NULL)
				abort();
		}
		len += end != NULL;
		data += len;
		size -= len;
	}
	evidence_reader_free(reader);
	return 0;
}
