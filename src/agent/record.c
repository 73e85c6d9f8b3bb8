/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The recorder: lines are gathered in memory and written at each tick. What every file has to begin
 * with, nodes and where they hang, is kept as the lines that told it.
 */
#include "record.h"

#include "record_files.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"
#include "keepwatch/evidence_line.h"
#include "keepwatch/log.h"
#include "keepwatch/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define uthash_fatal(msg)	 abort()
#define HASH_NONFATAL_OOM	 1
#define uthash_nonfatal_oom(obj) ((void)((obj)->is_lost = true))
#include <uthash.h>

enum {
	FILE_BYTES = 64 << 20,
	TOTAL_BYTES = 1 << 30,
	FILE_BYTES_MIN = 4096,
	/* Between two ticks; a burst beyond it is dropped and counted. */
	PENDING_MAX = 16 << 20,
	LINE_MAX_BYTES = 64 << 10,
	RETRY_MS = 60000,
};

/* The last lines that told of a node; NULL: none did. */
struct record_node {
	UT_hash_handle hh;
	uint32_t node;
	bool is_lost;
	char *told, *placed;
};

struct record {
	struct record_files *files;
	uint64_t file_bytes;
	uint32_t cycle_ms;
	struct buf pending;
	struct buf line;
	struct record_node *nodes;
	int64_t retry_ms; /* 0: recording */
	struct record_figures figures;
};

static void
stop(struct record *record, int error, int64_t now_ms)
{
	if (record->figures.error == 0)
		log_warn("record", "%s: %s; evidence is not recorded until it can be written again",
			 record_files_dir(record->files), err_text(error));
	record->figures.error = error;
	record->retry_ms = now_ms + RETRY_MS;
	record_files_end(record->files);
	buf_reset(&record->pending);
}

/* Nodes in the order in which they were first told: parents before what hangs on them. */
static int
write_nodes(struct record *record)
{
	struct record_node *node, *next;
	int rc = 0;

	HASH_ITER (hh, record->nodes, node, next) {
		if (rc == 0 && node->told != NULL)
			rc = record_files_write(record->files, node->told, strlen(node->told));
	}
	HASH_ITER (hh, record->nodes, node, next) {
		if (rc == 0 && node->placed != NULL)
			rc = record_files_write(record->files, node->placed, strlen(node->placed));
	}
	return rc;
}

/* A new file, which can be replayed alone. */
static int
begin(struct record *record, int64_t now_ms)
{
	struct evidence_header header = {.cycle_ms = record->cycle_ms, .start_ms = now_ms};
	int rc = record_files_begin(record->files, now_ms);

	if (rc != 0)
		return rc;
	buf_reset(&record->line);
	evidence_put_header(&record->line, &header);
	rc = record->line.error;
	if (rc == 0)
		rc = record_files_write(record->files, record->line.data, record->line.len);
	return rc == 0 ? write_nodes(record) : rc;
}

int
record_open(struct record **out, const struct record_params *params, int64_t now_ms)
{
	uint64_t file_bytes = params->file_bytes != 0 ? params->file_bytes : FILE_BYTES;
	uint64_t total_bytes = params->total_bytes != 0 ? params->total_bytes : TOTAL_BYTES;
	struct record *record;
	int rc;

	if (file_bytes < FILE_BYTES_MIN || total_bytes < 2 * file_bytes)
		return ERR_INVAL;
	record = calloc(1, sizeof(*record));
	if (record == NULL)
		return ERR_NOMEM;
	record->file_bytes = file_bytes;
	record->cycle_ms = params->cycle_ms;
	buf_init(&record->pending, PENDING_MAX);
	buf_init(&record->line, LINE_MAX_BYTES);
	rc = record_files_new(&record->files, params->dir, total_bytes - file_bytes);
	if (rc == 0)
		rc = begin(record, now_ms);
	if (rc != 0) {
		record_close(record);
		return rc;
	}
	*out = record;
	return 0;
}

static void
forget(struct record *record, struct record_node *node)
{
	HASH_DEL(record->nodes, node);
	free(node->told);
	free(node->placed);
	free(node);
}

void
record_close(struct record *record)
{
	struct record_node *node, *next;

	if (record == NULL)
		return;
	if (record->retry_ms == 0 && record->pending.len > 0)
		record_files_write(record->files, record->pending.data, record->pending.len);
	record_files_free(record->files);
	HASH_ITER (hh, record->nodes, node, next)
		forget(record, node);
	buf_fini(&record->pending);
	buf_fini(&record->line);
	free(record);
}

static struct record_node *
find_or_add(struct record *record, uint32_t id)
{
	struct record_node *node;

	HASH_FIND (hh, record->nodes, &id, sizeof(id), node)
		;
	if (node != NULL)
		return node;
	node = calloc(1, sizeof(*node));
	if (node == NULL)
		return NULL;
	node->node = id;
	HASH_ADD(hh, record->nodes, node, sizeof(node->node), node);
	if (node->is_lost) {
		free(node);
		return NULL;
	}
	return node;
}

/* Keeps the line that was just made, if later files have to begin with it. 0 or ERR_NOMEM. */
static int
remember(struct record *record, const struct evidence *evidence)
{
	struct record_node *node;
	char *copy, **place;

	if (evidence->kind == EVIDENCE_GONE) {
		HASH_FIND (hh, record->nodes, &evidence->node, sizeof(evidence->node), node)
			;
		if (node != NULL)
			forget(record, node);
		return 0;
	}
	if (evidence->kind != EVIDENCE_NODE && evidence->kind != EVIDENCE_PLACE)
		return 0;
	node = find_or_add(record, evidence->node);
	copy = node != NULL ? mem_strdup(record->line.data) : NULL;
	if (copy == NULL)
		return ERR_NOMEM;
	place = evidence->kind == EVIDENCE_NODE ? &node->told : &node->placed;
	free(*place);
	*place = copy;
	return 0;
}

void
record_take(struct record *record, const struct evidence *evidence)
{
	int rc;

	buf_reset(&record->line);
	evidence_put(&record->line, evidence);
	rc = record->line.error;
	if (rc == 0)
		rc = remember(record, evidence);
	/* While nothing can be written, only what later files begin with is kept. */
	if (rc == 0 && record->retry_ms != 0)
		rc = ERR_IO;
	if (rc == 0) {
		size_t len = record->pending.len;

		buf_put(&record->pending, record->line.data, record->line.len);
		if (record->pending.error == 0) {
			record->figures.lines++;
			return;
		}
		record->pending.error = 0;
		record->pending.len = len;
	}
	record->figures.dropped++;
}

static void
resume(struct record *record, int64_t now_ms)
{
	int rc = begin(record, now_ms);

	if (rc != 0) {
		stop(record, rc, now_ms);
		return;
	}
	log_notice("record", "%s: evidence is recorded again", record_files_dir(record->files));
	record->figures.error = 0;
	record->retry_ms = 0;
}

void
record_tick(struct record *record, int64_t now_ms)
{
	int rc = 0;

	/* A clock that was set back does not make it wait longer. */
	if (record->retry_ms > now_ms + RETRY_MS)
		record->retry_ms = now_ms + RETRY_MS;
	if (record->retry_ms != 0) {
		if (now_ms >= record->retry_ms)
			resume(record, now_ms);
		return;
	}
	if (record->pending.len > 0)
		rc = record_files_write(record->files, record->pending.data, record->pending.len);
	buf_reset(&record->pending);
	if (rc == 0 && record_files_current(record->files) >= record->file_bytes)
		rc = begin(record, now_ms);
	if (rc != 0)
		stop(record, rc, now_ms);
}

void
record_describe(const struct record *record, struct record_figures *out)
{
	*out = record->figures;
	out->bytes = record_files_bytes(record->files);
}
