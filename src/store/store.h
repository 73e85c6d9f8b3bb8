/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inside of the writer, shared by open, load, commit and maintenance.
 */
#ifndef KEEPWATCH_STORE_INSIDE_H
#define KEEPWATCH_STORE_INSIDE_H

#include "batch.h"
#include "keepwatch/store.h"
#include "series.h"
#include "sql.h"

#include <sys/types.h>

/* Statements that are kept prepared; their text is in the one function that uses each. */
enum store_stmt {
	STMT_BEGIN,
	STMT_COMMIT,
	STMT_DEVICE_PUT,
	STMT_DEVICE_REMOVE,
	STMT_STATE_SET,
	STMT_STATE_ADD,
	STMT_STATE_DELETE,
	STMT_HEARTBEAT,
	STMT_EVENT_PUT,
	STMT_FACT_GET,
	STMT_FACT_LIST,
	STMT_FACT_PUT,
	STMT_FACT_SET,
	STMT_FACT_SEEN,
	STMT_FACT_SEEN_ALL,
	STMT_FACT_GONE,
	STMT_HISTORY_PUT,
	STMT_LAST_GET,
	STMT_LAST_PUT,
	STMT_5MIN_GET,
	STMT_5MIN_PUT,
	STMT_HOUR_GET,
	STMT_HOUR_PUT,
	STMT_LINK_LIST,
	STMT_LINK_PUT,
	STMT_LINK_CONFIRMED,
	STMT_LINK_DELETE,
	STMT_LINK_PAST,
	STMT_PORT_LIST,
	STMT_PORT_PUT,
	STMT_PORT_DELETE,
	STMT_SWITCH_SEEN,
	STMT_SWITCH_PUT_SEEN,
	STMT_SWITCH_PUT,
	STMT_STATION_PUT,
	STMT_INCIDENT_ADD,
	STMT_INCIDENT_VERDICT,
	STMT_INCIDENT_LIFE,
	STMT_INCIDENT_SAID,
	STMT_INCIDENT_EXTENT,
	STMT_INCIDENT_DEVICE_LIST,
	STMT_INCIDENT_DEVICE_PUT,
	STMT_INCIDENT_OUTAGES,
	STMT_ALT_DELETE,
	STMT_ALT_PUT,
	STMT_STEP_PLACE,
	STMT_STEP_PUT,
	STMT_STEP_THIN,
	STMT_LINE_LIST,
	STMT_LINE_DELETE,
	STMT_LINE_PUT,
	STMT_LINE_THIN,
	STMT_FINDING_FIND,
	STMT_FINDING_PAST,
	STMT_FINDING_ADD,
	STMT_FINDING_SET,
	STMT_FINDING_CHANGE,
	STMT_FINDING_THIN,
	STMT_CONFIRMED_PUT,
	STMT_ACCEPTANCE_PUT,
	STMT_ACCEPTANCE_WITHDRAW,
	STMT_LEDGER_PUT,
	STMT_LEDGER_EVENT,
	STMT_UNIT_CHANGE,
	STMT_GAP_PUT,
	STMT_COUNT
};

struct store {
	struct sql sql;
	sqlite3_stmt *stmts[STMT_COUNT];
	int lock_fd;
	gid_t group;
	bool is_fully_synced;		    /* PRAGMA synchronous = FULL is set */
	uint8_t probe_numbers[PROBE_COUNT]; /* enum probe_id to row of table probe */
	int8_t probe_ids[SERIES_PROBES];    /* and back; -1: not known to this program */
	/* one packed row before and after a change */
	struct series_point *points, *new_points;
	struct series_last *lasts, *new_lasts;
	struct buf packed;
	int64_t next_hour;    /* rollup_progress */
	int64_t heartbeat_ms; /* the last one that is stored */
};

/* Parts of a commit, inside its transaction. */
int commit_devices(struct store *store, const struct store_batch *batch);
int commit_states(struct store *store, const struct store_batch *batch);
int commit_facts(struct store *store, const struct store_batch *batch);
int commit_events(struct store *store, const struct store_batch *batch);
int commit_lasts(struct store *store, const struct store_batch *batch);
int commit_rollups(struct store *store, const struct store_batch *batch);
int commit_links(struct store *store, const struct store_batch *batch);
int commit_ports(struct store *store, const struct store_batch *batch);
int commit_identities(struct store *store, const struct store_batch *batch);
int commit_stations(struct store *store, const struct store_batch *batch);
int commit_incidents(struct store *store, const struct store_batch *batch);
int commit_findings(struct store *store, const struct store_batch *batch);
int commit_confirmed(struct store *store, const struct store_batch *batch);
int commit_acceptances(struct store *store, const struct store_batch *batch);
int commit_ledger(struct store *store, const struct store_batch *batch);
int commit_ledger_events(struct store *store, const struct store_batch *batch);
/* The links of a device that left the fleet, and of what hung on it, go to the history. */
int commit_links_of_removed(struct store *store, uint32_t device);
/* One event; probe -1: none. */
int commit_event(struct store *store, const struct store_event *event);
/* All facts of a probe that is no longer used are gone. */
int commit_facts_gone(struct store *store, uint32_t device, enum probe_id probe, int64_t at_ms);

/* Adds packed points of one chunk to a row of a tier. id: of the row. */
int rollup_row_add(struct store *store, enum rollup_tier tier, int64_t id,
		   const struct series_point *points, size_t count);
enum { ROLLUP_CHUNKS = 65536 }; /* chunks in a period: id = period * ROLLUP_CHUNKS + chunk */

/* Copies what is in the WAL into the database without waiting for readers. */
int store_checkpoint(struct store *store, bool *is_complete);
/* Bytes of PATH-wal. */
uint64_t store_wal_bytes(const struct store *store);

struct sql_call store_call(struct store *store, enum store_stmt stmt, const char *text);

#endif
