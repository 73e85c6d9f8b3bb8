/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes JSON (RFC 8259) as it goes, without building a tree: an export has tens of thousands of
 * rows.
 */
#ifndef CLI_JSONW_H
#define CLI_JSONW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct out;
struct buf;

enum { JSON_DEPTH_MAX = 16 };

struct jsonw {
	struct out *out; /* borrowed */
	struct buf *buf; /* borrowed; emptied into out now and then */
	unsigned depth;
	unsigned flat; /* depth from which all stands on one line; 0: none */
	bool has_items[JSON_DEPTH_MAX];
};

void jsonw_init(struct jsonw *json, struct out *out, struct buf *buf);

/* key is NULL within an array and at the top. */
void jsonw_object(struct jsonw *json, const char *key);
void jsonw_array(struct jsonw *json, const char *key);
/* The same, all on one line with what is in it. */
void jsonw_flat_object(struct jsonw *json, const char *key);
void jsonw_flat_array(struct jsonw *json, const char *key);
void jsonw_end_object(struct jsonw *json);
void jsonw_end_array(struct jsonw *json);

/* NULL text is null. */
void jsonw_text(struct jsonw *json, const char *key, const char *text);
/* Empty text is null, too. */
void jsonw_text_or_null(struct jsonw *json, const char *key, const char *text);
void jsonw_number(struct jsonw *json, const char *key, int64_t number);
/* A number with decimals; NaN is null. */
void jsonw_real(struct jsonw *json, const char *key, double number);
void jsonw_bool(struct jsonw *json, const char *key, bool value);
void jsonw_null(struct jsonw *json, const char *key);
/* Milliseconds since 1970 as RFC 3339 UTC; 0 is null. */
void jsonw_time(struct jsonw *json, const char *key, int64_t wall_ms);
/* After the outermost end: the last line end, and all that is left goes out. */
void jsonw_finish(struct jsonw *json);

#endif
