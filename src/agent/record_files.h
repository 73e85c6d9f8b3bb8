/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The files of recordings: made, written and, the oldest first, deleted. What stands in them is
 * not known here.
 */
#ifndef AGENT_RECORD_FILES_H
#define AGENT_RECORD_FILES_H

#include <stddef.h>
#include <stdint.h>

struct record_files;

/* keep_bytes: what closed files may fill together. Errors as record_open. */
int record_files_new(struct record_files **out, const char *dir, uint64_t keep_bytes);
void record_files_free(struct record_files *files); /* NULL is fine */
const char *record_files_dir(const struct record_files *files);

/* Closes the file that is written, deletes what is too much, and begins one of this time. */
int record_files_begin(struct record_files *files, int64_t now_ms);
/* A line that was written in part is taken back. ERR_FULL, ERR_IO. */
int record_files_write(struct record_files *files, const char *data, size_t len);
void record_files_end(struct record_files *files);
/* Bytes of the file that is written; of all files in the folder. */
uint64_t record_files_current(const struct record_files *files);
uint64_t record_files_bytes(const struct record_files *files);

#endif
