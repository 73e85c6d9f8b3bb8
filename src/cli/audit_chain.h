/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Evidence packs as a chain: each pack names the one before it by the SHA-256 sum of its MANIFEST,
 * and the manifest has the sums of all files. Who changes a file has to change the manifest, and
 * then all packs that came later, and what the agent has on record of them.
 *   MANIFEST	sums, as sha256sum(1) reads them
 *   chain.json	number, when, of which database, and the pack before: {"number", "made",
 *		"database_id", "previous": {"number", "sha256"} or null}
 */
#ifndef CLI_AUDIT_CHAIN_H
#define CLI_AUDIT_CHAIN_H

#include "cli.h"

enum { CHAIN_TEXT_SIZE = 64, CHAIN_PROBLEM_SIZE = 512 };

/* A pack in its chain; 0 and "": not known, or none. */
struct audit_link {
	int64_t number;
	char sha256[OUT_SHA256_SIZE]; /* of its MANIFEST */
};

struct audit_chain {
	struct audit_link own, previous;
	char made[CHAIN_TEXT_SIZE];
};

/* SHA-256 of a file, in lower-case hexadecimal; bytes (may be NULL): its size. */
int audit_file_sum(const char *path, char out[OUT_SHA256_SIZE], uint64_t *bytes);

/*
 * What a pack says of itself; its sums are not checked. ERR_NOTFOUND: no pack; ERR_SYNTAX: its
 * chain cannot be read; in words in problem.
 */
int audit_chain_read(const char *folder, struct audit_chain *out, char problem[CHAIN_PROBLEM_SIZE]);

/* The last pack that the agent has on record; number 0 if there is none. A code of the reader. */
int audit_chain_recorded(const struct cli *cli, struct audit_link *out);
/* What it has on record under that number; ERR_NOTFOUND. */
int audit_chain_record_of(const struct cli *cli, int64_t number, struct audit_link *out);

/*
 * Holds the files of a pack against its manifest. `each` is told of every file that is not as it
 * was, in words ("inventory.csv: changed"). How many there are, or a code below 0 (problem).
 */
int audit_pack_check(const char *folder, void (*each)(void *arg, const char *words), void *arg,
		     char problem[CHAIN_PROBLEM_SIZE]);

/* `export audit -o DIR`. An exit code. */
int audit_pack_run(struct cli *cli);

#endif
