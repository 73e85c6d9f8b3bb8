/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The store, writing half: used by the agent only, which is the one writer of a database. All calls
 * are synchronous. store_open, store_load and store_close belong to start and end; store_commit and
 * store_maintain may run on a worker thread, one call at a time. Batches (batch.h) are built
 * elsewhere and handed over whole. The reading half is reader.h.
 */
#ifndef KEEPWATCH_STORE_H
#define KEEPWATCH_STORE_H

#include "keepwatch/kinds.h"
#include "keepwatch/probe_spec.h"
#include "keepwatch/result.h"
#include "keepwatch/store_batch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STORE_MESSAGE_SIZE = 512 }; /* for what failed, to which file, and what to do next */

struct store;

struct store_options {
	const char *group;   /* that may read the database; NULL: leave the group alone */
	bool create;	     /* make the file, and its folder (0750), if they are not there */
	const char *version; /* of the program, for the heartbeat row */
	int64_t now_ms;	     /* wall clock at start */
};

/*
 * Opens or creates the database (0640, group `group`) and brings its schema up to date, one
 * transaction a migration. Takes the lock PATH.lock, which the kernel releases however the process
 * ends. On failure `message` names file, cause and what to do:
 * ERR_BUSY another agent has it (pid, host, since); ERR_VERSION its schema is newer than this
 * program; ERR_UNSUPPORTED not a keepwatch database; ERR_SYNTAX damaged (nothing is changed);
 * ERR_NOTFOUND without create; ERR_PERM, ERR_FULL, ERR_IO. A group that does not exist or may not
 * be given is ERR_PERM. The caller closes *out.
 */
int store_open(struct store **out, const char *path, const struct store_options *options,
	       char *message, size_t message_size);
/* Notes the clean end (now_ms) and closes; the files stay readable for the group. NULL is fine. */
void store_close(struct store *store, int64_t now_ms);

/* What the store knows of a device, for the agent to go on from. Borrowed during the callback. */
struct store_known_probe {
	enum probe_id probe;
	struct store_state state;      /* since_ms 0 if none was stored */
	const struct fact_list *facts; /* that this probe learnt and that are not gone */
};

struct store_known {
	uint32_t id;
	const char *name;
	bool is_removed;	  /* not in the fleet file when last seen */
	struct store_state state; /* of the device; since_ms 0 if none was stored */
	int64_t answer_ms;	  /* when it was answered last, by any probe; 0: never known to */
	const struct store_known_probe *probes;
	size_t probe_count;
};

/*
 * Calls `each` for every device, by ascending id, and fills `ids` (initialized by the caller) with
 * their names. each may be NULL; a non-zero return of it ends the load and is returned.
 */
int store_load(struct store *store, struct store_ids *ids,
	       int (*each)(void *arg, const struct store_known *known), void *arg, char *message,
	       size_t message_size);

/*
 * Writes a batch in one transaction: all of it or nothing. On failure (ERR_FULL, ERR_IO, ERR_NOMEM
 * ...) the batch is untouched and can be committed again later, alone or after store_batch_append;
 * message names file and cause. ERR_INVAL alone is hopeless: the batch refers to a device that was
 * never declared (a bug). A batch that was committed must not be committed twice (rollups
 * add up).
 * Power failure: a batch with events, devices, states, incidents or findings is on disk when this
 * returns (FULL); one with rollups, facts or a heartbeat alone may be lost with the last seconds
 * (NORMAL). The database is never damaged by either.
 */
int store_commit(struct store *store, const struct store_batch *batch, char *message,
		 size_t message_size);

struct store_retention {
	int64_t keep_5min_ms, keep_hourly_ms, keep_events_ms; /* 0: for ever */
};

/*
 * Housekeeping, in steps that take some milliseconds: builds the hours, forgets what is older than
 * retention, gives free pages back, checkpoints the WAL. To be called once in a while (every 10 s
 * to a minute) between commits; *more (may be NULL) is set when it should be called again at once.
 */
int store_maintain(struct store *store, const struct store_retention *retention, int64_t now_ms,
		   bool *more, char *message, size_t message_size);

struct store_size {
	uint64_t database_bytes, wal_bytes, free_bytes; /* free: pages inside the database */
};

void store_get_size(struct store *store, struct store_size *out);

#endif
