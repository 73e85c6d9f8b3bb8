/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Advisories: which versions of which product are known to be vulnerable, and which of these are
 * known to be exploited. From files that people brought in (CISA KEV, NVD CVE, CSAF 2.0); pure.
 */
#ifndef KEEPWATCH_ADVISORY_H
#define KEEPWATCH_ADVISORY_H

#include "keepwatch/advisory_value.h"
#include "keepwatch/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ADVISORY_REASON_SIZE = 240 };

struct advisory_set; /* opaque, indexed by vendor */

int advisory_set_new(struct advisory_set **out); /* ERR_NOMEM */
void advisory_set_free(struct advisory_set *set);
/* Copies. The same source, document and id again replaces if its modified_ms is not older.
 * ERR_NOMEM. */
int advisory_set_add(struct advisory_set *set, const struct advisory *advisory);
/* The same; *what says what became of it. */
enum advisory_added { ADVISORY_NEW, ADVISORY_REPLACED, ADVISORY_LEFT /* ours is newer */ };
int advisory_set_put(struct advisory_set *set, const struct advisory *advisory,
		     enum advisory_added *what);
size_t advisory_set_count(const struct advisory_set *set); /* those replaced do not count */
const struct advisory *advisory_set_at(const struct advisory_set *set, size_t i);
/* Whether any source says of this id that it is exploited. */
bool advisory_set_is_exploited(const struct advisory_set *set, const char *id);

/* What is known of a device. NULL or "" where it is not. */
struct advisory_subject {
	const char *vendor, *model, *firmware;
};

struct advisory_match {
	const struct advisory *advisory; /* borrowed from the set: the one with the range */
	bool is_exploited;		 /* by any source that names the same id */
	bool is_certain; /* false: vendor and product match, but no version range is known */
	char reason[ADVISORY_REASON_SIZE]; /* "Hikvision DS-2CD2143 V5.5.0 is below 5.5.800 (nvd)"
					    */
};

/*
 * All that match: the vendor under any of its names; the product is the device's model ("_firmware"
 * behind it, punctuation and case do not count; families only where the source has * or ?) or the
 * system that devices of this vendor run ("ios_xe" and a dotted Cisco version, "junos"); and the
 * version is within a range. What a KEV entry names without versions matches if no other source
 * tells the versions of that id. A version that cannot be ordered matches nothing. One an id,
 * exploited ones first, then by falling score; at most `most` are written to out. How many there
 * are; 0 as well when memory ran out.
 */
size_t advisory_match(const struct advisory_set *set, const struct advisory_subject *subject,
		      struct advisory_match *out, size_t most);

/*
 * An advisory as one line of JSON without line feed, keepwatch's own form: what `advisories import`
 * keeps, sorted members. Appends; ERR_NOMEM. And back: into memory that advisory_fini frees;
 * ERR_SYNTAX, ERR_NOMEM.
 */
int advisory_format(const struct advisory *advisory, struct buf *out);
int advisory_parse(const char *line, size_t len, struct advisory *out);
void advisory_fini(struct advisory *advisory);

/* Lines into a set; those that are no advisory are counted and left out. */
struct advisory_loading {
	struct advisory_set *set;
	size_t bad;
};
/* arg: the loading. In the form that advisory_files_read calls. ERR_NOMEM. */
int advisory_take_line(void *arg, const char *line, size_t len);

const char *advisory_source_name(enum advisory_source source);
int advisory_source_parse(const char *text, enum advisory_source *out);

#endif
