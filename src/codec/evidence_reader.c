/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Evidence out of lines: what is common to both formats.
 */
#include "keepwatch/evidence_line.h"

#include "evidence_reader.h"

#include "keepwatch/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct evidence_reader *
evidence_reader_new(enum evidence_format format)
{
	struct evidence_reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		return NULL;
	reader->format = format;
	if (format == EVIDENCE_SCENARIO)
		json_line_init(&reader->line, evidence_scenario_keys, evidence_scenario_key_count);
	else
		json_line_init(&reader->line, evidence_recording_keys,
			       evidence_recording_key_count);
	evidence_names_init(&reader->known);
	return reader;
}

void
evidence_reader_free(struct evidence_reader *reader)
{
	if (reader == NULL)
		return;
	evidence_names_fini(&reader->known);
	json_line_fini(&reader->line);
	free(reader->nodes);
	free(reader);
}

void
evidence_reader_begin(struct evidence_reader *reader)
{
	reader->has_header = false;
}

int
evidence_reader_feed(struct evidence_reader *reader, const char *text, size_t len)
{
	struct json_line *line = &reader->line;
	int rc;

	reader->pieces = reader->given = 0;
	reader->is_batch = false;
	memset(&reader->piece, 0, sizeof(reader->piece));
	if (len > EVIDENCE_LINE_MAX) {
		line->error = 0;
		return json_line_fail(line, ERR_TOOBIG, "longer than %d bytes", EVIDENCE_LINE_MAX);
	}
	rc = json_line_parse(line, text, len);
	if (rc == 0)
		rc = reader->format == EVIDENCE_SCENARIO ? evidence_read_scenario(reader)
							 : evidence_read_recording(reader);
	if (rc != 0)
		reader->pieces = 0;
	return rc;
}

const char *
evidence_reader_why(const struct evidence_reader *reader)
{
	return reader->line.error != 0 ? reader->line.why : "";
}

const struct evidence *
evidence_reader_next(struct evidence_reader *reader)
{
	if (reader->given == reader->pieces)
		return NULL;
	if (reader->is_batch)
		reader->piece.node = reader->nodes[reader->given];
	reader->given++;
	return &reader->piece;
}

const struct evidence_header *
evidence_reader_header(const struct evidence_reader *reader)
{
	return reader->has_header ? &reader->header : NULL;
}

const char *
evidence_reader_name(void *owner, enum blame_type type, uint32_t id)
{
	static const char *const kinds[] = {"node", "site", "zone"};
	struct evidence_reader *reader = owner;
	const char *name = evidence_names_get(&reader->known, type, id);

	if (name != NULL)
		return name;
	snprintf(reader->spelled, sizeof(reader->spelled), "%s%u", kinds[type], id);
	return reader->spelled;
}
