/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Evidence as text: one JSON object a line (RFC 8259). Two formats are read: our own recordings,
 * which are also written, and the scenarios of the diagnosis benchmark. Both become the same
 * struct evidence.
 *
 * A recording begins with {"keepwatch":"evidence","v":1,"cycle_ms":...,"start_ms":...}. All other
 * lines are one piece of evidence each: "k" is its kind, "n" the node, "at" and "seen" its times in
 * ms since 1970; what else there is, is named in src/codec/evidence_encode.c. What is 0, false or
 * not known is left out.
 */
#ifndef KEEPWATCH_EVIDENCE_LINE_H
#define KEEPWATCH_EVIDENCE_LINE_H

#include "keepwatch/evidence.h"
#include "keepwatch/incident.h"

struct buf;

enum {
	EVIDENCE_LINE_VERSION = 1,
	EVIDENCE_LINE_MAX = 1 << 20, /* a longer line is not read */
	EVIDENCE_WHY_SIZE = 160,
};
/* Second 0 of a scenario, so that no time in it is 0, which means none. */
#define EVIDENCE_SCENARIO_ZERO_MS INT64_C(1000000000000)

enum evidence_format { EVIDENCE_RECORDING, EVIDENCE_SCENARIO };

struct evidence_header {
	uint32_t cycle_ms;
	int64_t start_ms;
	int64_t end_ms; /* of a scenario; 0 not known */
};

/* Appends the line with its line end. Errors are those of buf. */
void evidence_put_header(struct buf *out, const struct evidence_header *header);
void evidence_put(struct buf *out, const struct evidence *evidence);

struct evidence_reader;

/* NULL: out of memory. */
struct evidence_reader *evidence_reader_new(enum evidence_format format);
void evidence_reader_free(struct evidence_reader *reader); /* NULL is fine */
/*
 * The next file of the same recording begins: its first line must be a header. Nodes keep their
 * names.
 */
void evidence_reader_begin(struct evidence_reader *reader);

/*
 * Decodes one line, without its line end. 0 or ERR_SYNTAX, ERR_RANGE, ERR_NOTFOUND (of a node that
 * was not told), ERR_VERSION, ERR_REFUSED (a line of answers), ERR_TOOBIG, ERR_NOMEM; what is wrong
 * is then said by evidence_reader_why, and nothing was taken of the line.
 */
int evidence_reader_feed(struct evidence_reader *reader, const char *line, size_t len);
const char *evidence_reader_why(const struct evidence_reader *reader);
/*
 * The pieces that the line held, one a call; NULL: no more. Header lines hold none, a scenario's
 * `ok` line one for each device. Borrowed until the next call of any function with the reader.
 */
const struct evidence *evidence_reader_next(struct evidence_reader *reader);
/* NULL until the header was read. */
const struct evidence_header *evidence_reader_header(const struct evidence_reader *reader);

/*
 * Name of a node, site or zone as the lines told it; never NULL: without a name a number is made
 * of it, which is borrowed until the next call. owner is the reader: a diag_name_fn.
 */
const char *evidence_reader_name(void *owner, enum blame_type type, uint32_t id);

#endif
