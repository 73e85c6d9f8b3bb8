/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Applies migrations. A migration and its version number are one transaction: a crash in its middle
 * leaves the version before.
 */
#include "migrate.h"

#include "keepwatch/mem.h"

#include <stdio.h>

static const struct migration migration_table[] = {
#include "migrations.inc"
};

const struct migration *
migrations(size_t *count)
{
	*count = MEM_COUNT(migration_table);
	return migration_table;
}

int
migration_latest(void)
{
	return migration_table[MEM_COUNT(migration_table) - 1].version;
}

int
migration_version(struct sql *sql, int64_t *version)
{
	return sql_get_int(sql, "PRAGMA user_version", version);
}

static int
apply(struct sql *sql, const struct migration *migration)
{
	char set_version[64];
	int rc;

	/* a pragma takes no bound value; the number is our own */
	snprintf(set_version, sizeof(set_version), "PRAGMA user_version = %d", migration->version);
	rc = sql_exec(sql, "BEGIN IMMEDIATE");
	if (rc != 0)
		return rc;
	rc = sql_exec(sql, migration->sql);
	if (rc == 0)
		rc = sql_exec(sql, set_version);
	if (rc == 0)
		rc = sql_exec(sql, "COMMIT");
	if (rc != 0)
		sqlite3_exec(sql->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

int
migrate(struct sql *sql, char *what, size_t size)
{
	int64_t version;
	int rc = migration_version(sql, &version);

	snprintf(what, size, "cannot read the schema's version");
	for (size_t i = 0; rc == 0 && i < MEM_COUNT(migration_table); i++) {
		if (migration_table[i].version <= version)
			continue;
		snprintf(what, size, "migration %04d-%s failed", migration_table[i].version,
			 migration_table[i].name);
		rc = apply(sql, &migration_table[i]);
	}
	return rc;
}
