/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The key of the password ledger (ledger.h): 32 random bytes in a file outside the database, so
 * that who steals the database cannot try passwords against its proofs.
 */
#ifndef KEEPWATCH_LEDGER_KEY_H
#define KEEPWATCH_LEDGER_KEY_H

#include "keepwatch/ledger.h"
#include "keepwatch/secret.h"

#include <stdbool.h>
#include <stddef.h>

/* systemd's LoadCredential= under this name beats the file (systemd.exec(5)). */
#define LEDGER_KEY_CREDENTIAL "keepwatch.ledger-key"

enum { LEDGER_KEY_PROBLEM_SIZE = 512 };

/*
 * Reads the key; makes it if may_create and there is none (mode 600, of the calling user, on disk
 * before this returns; of two that make it at once both get the same). ERR_NOTFOUND, ERR_PERM (may
 * not be read, or others may read or change it), ERR_INVAL (not 32 bytes, no regular file), ERR_IO,
 * ERR_NOMEM; problem then says which file and what to do, in a sentence without its end. The caller
 * frees *out, whose secret_bytes are the LEDGER_KEY_SIZE bytes for ledger_proof.
 */
int ledger_key_open(struct secret **out, const char *path, bool may_create,
		    char problem[LEDGER_KEY_PROBLEM_SIZE]);

#endif
