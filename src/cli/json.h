/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes JSON (RFC 8259) as it goes, without building a tree: an export has tens of thousands of rows.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct out;
struct buf;

enum { JSON_DEPTH_MAX = 16 };

struct json {
	struct out *out; /* borrowed */
	struct buf *buf; /* borrowed; emptied into out now and then */
	unsigned depth;
	unsigned flat; /* depth from which all stands on one line; 0: none */
	bool has_items[JSON_DEPTH_MAX];
};

void json_init(struct json *json, struct out *out, struct buf *buf);

/* key is NULL within an array and at the top. */
void json_object(struct json *json, const char *key);
void json_array(struct json *json, const char *key);
/* The same, all on one line with what is in it. */
void json_flat_object(struct json *json, const char *key);
void json_flat_array(struct json *json, const char *key);
void json_end_object(struct json *json);
void json_end_array(struct json *json);

/* NULL text is null. */
void json_text(struct json *json, const char *key, const char *text);
void json_number(struct json *json, const char *key, int64_t number);
/* A number with decimals; NaN is null. */
void json_real(struct json *json, const char *key, double number);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
/* Milliseconds since 1970 as RFC 3339 UTC; 0 is null. */
void json_time(struct json *json, const char *key, int64_t wall_ms);
/* After the outermost end: the last line end, and all that is left goes out. */
void json_finish(struct json *json);

#endif
