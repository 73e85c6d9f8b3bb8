/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An advisory while it is put together from a record: its memory, texts on one line, times, CPE
 * names; and what its reading has come to.
 */
#ifndef CODEC_ADVISORY_BUILD_H
#define CODEC_ADVISORY_BUILD_H

#include "keepwatch/advisory_file.h"
#include "keepwatch/mem.h"

#include <jansson.h>

struct advisory_build {
	struct mem_arena arena;
	struct advisory advisory;
	size_t range_cap;
	int error;	 /* 0, ERR_NOMEM, ERR_TOOBIG (more ranges than ADVISORY_RANGES_MAX) */
	const char *why; /* why the record is refused; static */
};

/* All texts are "" then. */
void advisory_build_init(struct advisory_build *build, enum advisory_source source);
void advisory_build_fini(struct advisory_build *build);

/* A copy on one line, blanks taken together, at most `most` bytes; "" of NULL. Never NULL. */
char *build_text(struct advisory_build *build, const char *text, size_t most);
/* A new range with texts "". Never NULL; not part of the advisory after an error. */
struct advisory_range *build_range(struct advisory_build *build);
void build_copy_range(struct advisory_build *build, const struct advisory_range *range);

/* "2022-01-10", "2023-01-01T00:00:00.000", RFC 3339; without an offset it is UTC. 0: none. */
int64_t build_time(const char *text);

/* NISTIR 7695 formatted string: "cpe:2.3:o:hikvision:ds-2cd2143g0-i_firmware:*:..." */
struct cpe {
	char part; /* 'a', 'o', 'h' */
	char vendor[128], product[192], version[128], update[64];
};

bool cpe_read(const char *text, struct cpe *out);

/* A member that is a text; "" if it is none. Borrowed. */
const char *json_text(const json_t *object, const char *name);

struct advisory_reader {
	const struct advisory_file_sink *sink;
	struct advisory_file_result *result;
	const char *start; /* of the file, for places */
};

/* Gives it away if it is whole, else says why not. Returns what is to end the reading, or 0. */
int advisory_deliver(struct advisory_reader *reader, struct advisory_build *build,
		     const char *place);

/* One record each; `place` is where it stands, for words. */
int advisory_read_kev(struct advisory_reader *reader, const json_t *record, const char *place);
int advisory_read_nvd(struct advisory_reader *reader, const json_t *record, const char *place);
/* A whole document: an advisory for each of its vulnerabilities. */
int advisory_read_csaf(struct advisory_reader *reader, const json_t *document, const char *place);
/* A whole file. */
int advisory_read_kev_csv(struct advisory_reader *reader, const char *data, size_t len);

/*
 * CSAF product_version_range: "vers:intdot/>=1.0|<2.3" (VERS), "<V3.2", "All versions < V3.2",
 * ">=3.0|<3.5|>=4|<4.2". Copies of `like` with these bounds are added. False: it is not understood,
 * and nothing was added.
 */
bool advisory_vers(struct advisory_build *build, const struct advisory_range *like,
		   const char *text);

#endif
