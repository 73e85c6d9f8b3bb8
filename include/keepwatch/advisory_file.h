/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files of advisories as their publishers offer them, for sites without a network: the catalogue of
 * CISA KEV (JSON and CSV), NVD's CVE API 2.0 (pages and yearly feeds, the same JSON), CSAF 2.0
 * documents (OASIS). Which one it is follows from what is in it. Pure.
 */
#ifndef KEEPWATCH_ADVISORY_FILE_H
#define KEEPWATCH_ADVISORY_FILE_H

#include "keepwatch/advisory_value.h"

enum {
	ADVISORY_FILE_MAX = 512 << 20,	/* bytes of a file */
	ADVISORY_RECORD_MAX = 64 << 20, /* bytes of one record; a CSAF document is one */
	ADVISORY_RANGES_MAX = 20000,	/* of one advisory */
	ADVISORY_WORDS_SIZE = 256,
};

struct advisory_file_sink {
	/* One advisory; its memory is borrowed until return. Not 0 ends the reading with that. */
	int (*take)(void *arg, const struct advisory *advisory);
	/* A record that cannot be read, in words with its place; the others are taken. May be NULL.
	 */
	void (*refuse)(void *arg, const char *words);
	void *arg;
};

struct advisory_file_result {
	enum advisory_source source;
	size_t taken, refused;
	size_t withdrawn;		 /* NVD: "Rejected"; they name no product */
	char words[ADVISORY_WORDS_SIZE]; /* what is wrong with the whole file, with its place */
};

/*
 * 0 if the file is one of those, even if records were refused. ERR_SYNTAX, ERR_TRUNCATED,
 * ERR_TOOBIG, ERR_UNSUPPORTED (none of these forms), each with `words`, and before anything was
 * taken; ERR_NOMEM; what take returned.
 */
int advisory_file_read(const void *data, size_t len, const struct advisory_file_sink *sink,
		       struct advisory_file_result *out);

#endif
