/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The numbered migrations of schemas/migrations/, compiled in, and their application.
 */
#ifndef KEEPWATCH_STORE_MIGRATE_H
#define KEEPWATCH_STORE_MIGRATE_H

#include "sql.h"

struct migration {
	int version; /* 1, 2, ... without a gap */
	const char *name;
	const char *sql;
};

const struct migration *migrations(size_t *count);
/* Newest version that this program knows. */
int migration_latest(void);
/* The database's version (PRAGMA user_version): 0 while it is empty. */
int migration_version(struct sql *sql, int64_t *version);
/* Applies what is missing, each in a transaction of its own with the new version. On failure *what
 * (size bytes) names the migration; the ones before it stay. */
int migrate(struct sql *sql, char *what, size_t size);

#endif
