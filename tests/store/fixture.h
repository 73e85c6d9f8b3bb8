/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A database in a folder of its own, and short ways to fill and look at it, for the tests of the
 * store. Every helper fails the running test if what it does fails.
 */
#ifndef KEEPWATCH_TESTS_STORE_FIXTURE_H
#define KEEPWATCH_TESTS_STORE_FIXTURE_H

#include "keepwatch/reader.h"
#include "keepwatch/store.h"
#include "keepwatch/topology.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

enum { T0 = 1700000000 }; /* s: the time at which tests begin */
#define AT(seconds) ((int64_t)(T0 + (seconds)) * 1000)

struct fixture {
	char dir[256], path[300];
	char message[STORE_MESSAGE_SIZE];
	struct store *store;
	struct store_ids ids;
	struct fleet *fleet;	   /* with the sites hq and lab */
	struct store_batch *batch; /* empty */
};

/* cmocka setup and teardown: *state is a fixture with an open, empty store. */
int fixture_setup(void **state);
/* The same without opening a store. */
int fixture_setup_dir(void **state);
int fixture_teardown(void **state);

int fixture_open(struct fixture *f); /* the code of store_open */
void fixture_close(struct fixture *f);
/* Closes and opens. */
void fixture_reopen(struct fixture *f);

/* Into the batch: a device of kind and site (0 hq, 1 lab). Returns its id. */
uint32_t fixture_declare(struct fixture *f, const char *name, enum device_kind kind, uint16_t site);
void fixture_event(struct fixture *f, uint32_t id, enum event_type type, int64_t at_ms,
		   const char *detail);
void fixture_fact(struct fixture *f, uint32_t id, enum probe_id probe, int64_t at_ms,
		  enum fact_key key, const char *instance, const char *value);
void fixture_state(struct fixture *f, uint32_t id, enum health health, int64_t since_ms);
void fixture_rollup(struct fixture *f, uint32_t id, enum probe_id probe, int64_t at_ms,
		    unsigned runs, unsigned up, uint32_t rtt_us);
/* Commits the batch and makes a new one. */
void fixture_commit(struct fixture *f);
/* store_maintain until there is nothing left to do. */
void fixture_maintain(struct fixture *f, const struct store_retention *keep, int64_t now_ms);

struct reader *fixture_reader(struct fixture *f);

/* Runs SQL on the file with a connection of its own; the code of SQLite. */
int fixture_sql(const char *path, const char *sql);
/* The first column of the first row; -1 without a row. */
int64_t fixture_sql_int(const char *path, const char *sql);

/* A link with something in every field: port "gi1/0/IF_INDEX", first seen and confirmed at since_s.
 */
struct topo_link fixture_link(uint32_t device, uint32_t parent, uint32_t if_index, int64_t since_s);
/* Takes the closed database back to an older version, of 5 at most, in what regards incidents. */
void fixture_drop_incidents(struct fixture *f, int version);
/* Commits the batch: true if that changed the database, as another connection sees it. */
bool fixture_writes(struct fixture *f);

#endif
