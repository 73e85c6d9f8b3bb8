/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inside of the reader, shared by its files.
 */
#ifndef KEEPWATCH_STORE_READER_INSIDE_H
#define KEEPWATCH_STORE_READER_INSIDE_H

#include "keepwatch/reader.h"
#include "series.h"
#include "sql.h"

#include <string.h>

struct reader {
	struct sql sql;
	char message[READER_MESSAGE_SIZE];
	unsigned depth;		     /* of begin */
	char *probes[SERIES_PROBES]; /* names by number; NULL if unused */
	struct series_point *points;
	struct series_last *lasts;
};

/* Keeps words for reader_error; returns code. what: "events cannot be read". */
int reader_failed(struct reader *reader, int code, const char *what);

/*
 * The condition of a filter over table `device` d LEFT JOIN state s, with fixed parameters
 * ?1 to ?7 that reader_put_filter binds first. A statement that uses it numbers its own from ?8.
 */
#define READER_WHERE                                                          \
	" (?1 IS NULL OR d.site = ?1) AND (?2 IS NULL OR d.owner = ?2)"       \
	" AND (?3 IS NULL OR d.name GLOB ?3) AND (?4 IS NULL OR d.kind = ?4)" \
	" AND (?5 IS NULL OR coalesce(s.health, 'unknown') = ?5)"             \
	" AND (?6 = 0 OR d.id = ?6) AND (?7 OR d.removed_at = 0) "
/* More of it for one device, which then is looked up instead of searched for. */
#define READER_ONE  " AND d.id = ?6 "
#define READER_FROM " device d LEFT JOIN state s ON s.device = d.id AND s.probe = 0 "

void reader_put_filter(struct sql_call *call, const struct reader_filter *filter);
/*
 * Of what has happened, to removed devices as well: binds ?1 to ?7, ?8: what belongs to no device
 * passes, too, ?9 and ?10: since and until, which is not in it (0: no end).
 */
void reader_put_past(struct sql_call *call, const struct reader_filter *devices, int64_t since_ms,
		     int64_t until_ms);

/* True if the filter names one device. */
bool reader_is_one(const struct reader_filter *filter);

enum { READER_QUERY_MAX = 8192 }; /* of a query that is put together from fixed parts */

/* True if it lets every device pass, and so what belongs to none. */
bool reader_is_any(const struct reader_filter *filter);

/* Makes room for one item of a list. */
#define READER_GROW(list) \
	mem_grow(&(list)->items, &(list)->cap, (list)->count + 1, sizeof(*(list)->items))

/* A copy in the list's arena; sets *rc to ERR_NOMEM when out of memory. */
char *reader_text(struct mem_arena *arena, struct sql_call *call, int column, int *rc);

enum health reader_health(const char *name);
enum reason reader_reason(const char *name);
enum device_kind reader_kind(const char *name);

/* The last runs of a chunk, NULL list and 0 if there are none; *out is reader->lasts. */
int reader_lasts(struct reader *reader, uint32_t chunk, size_t *count);

#endif
