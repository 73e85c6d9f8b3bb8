/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the decoders of both formats of evidence share: the line, the piece that it becomes, and
 * the names that lines have told.
 */
#ifndef CODEC_EVIDENCE_READER_H
#define CODEC_EVIDENCE_READER_H

#include "evidence_names.h"
#include "json_line.h"

#include "keepwatch/evidence_line.h"

struct evidence_reader {
	enum evidence_format format;
	struct json_line line;
	struct evidence_header header;
	bool has_header;
	struct evidence_names known;
	uint32_t node_count, zone_count; /* numbers given so far, in scenarios */
	uint32_t monitor;

	/* The line: `piece` for each of `nodes` if there are some, or as it is. */
	struct evidence piece;
	size_t pieces, given;
	uint32_t *nodes;
	size_t node_cap;
	bool is_batch;
	mac_addr macs[EVIDENCE_MACS_MAX];
	char spelled[24]; /* a number instead of a name */
};

extern const struct json_key evidence_recording_keys[];
extern const size_t evidence_recording_key_count;
extern const struct json_key evidence_scenario_keys[];
extern const size_t evidence_scenario_key_count;

/* The line is parsed; fills reader->piece and pieces. Returns the error of the line. */
int evidence_read_recording(struct evidence_reader *reader);
int evidence_read_scenario(struct evidence_reader *reader);

#endif
