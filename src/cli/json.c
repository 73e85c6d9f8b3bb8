/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The JSON writer.
 */
#include "json.h"

#include "out.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { FLUSH_AT = 64 << 10 };

void
json_init(struct json *json, struct out *out, struct buf *buf)
{
	memset(json, 0, sizeof(*json));
	json->out = out;
	json->buf = buf;
}

static void
flush(struct json *json)
{
	if (json->buf->len > 0)
		out_put(json->out, json->buf->data, json->buf->len);
	json->buf->len = 0;
}

static bool
is_flat(const struct json *json)
{
	return json->flat != 0 && json->depth >= json->flat;
}

static void
new_line(struct json *json)
{
	buf_puts(json->buf, "\n");
	for (unsigned i = 0; i < json->depth; i++)
		buf_puts(json->buf, "  ");
}

static void
begin_item(struct json *json, const char *key)
{
	if (json->depth > 0) {
		if (json->has_items[json->depth])
			buf_puts(json->buf, is_flat(json) ? ", " : ",");
		json->has_items[json->depth] = true;
		if (!is_flat(json))
			new_line(json);
	}
	if (key != NULL) {
		buf_put_json_string(json->buf, key, strlen(key));
		buf_puts(json->buf, ": ");
	}
	if (json->buf->len > FLUSH_AT)
		flush(json);
}

static void
begin_container(struct json *json, const char *key, const char *bracket, bool flat)
{
	begin_item(json, key);
	buf_puts(json->buf, bracket);
	assert(json->depth + 1 < JSON_DEPTH_MAX);
	json->depth++;
	json->has_items[json->depth] = false;
	if (flat && json->flat == 0)
		json->flat = json->depth;
}

static void
end_container(struct json *json, const char *bracket)
{
	bool flat = is_flat(json), had = json->has_items[json->depth];

	assert(json->depth > 0);
	if (json->flat == json->depth)
		json->flat = 0;
	json->depth--;
	if (!flat && had)
		new_line(json);
	buf_puts(json->buf, bracket);
}

void
json_object(struct json *json, const char *key)
{
	begin_container(json, key, "{", false);
}

void
json_array(struct json *json, const char *key)
{
	begin_container(json, key, "[", false);
}

void
json_flat_object(struct json *json, const char *key)
{
	begin_container(json, key, "{", true);
}

void
json_flat_array(struct json *json, const char *key)
{
	begin_container(json, key, "[", true);
}

void
json_end_object(struct json *json)
{
	end_container(json, "}");
}

void
json_end_array(struct json *json)
{
	end_container(json, "]");
}

void
json_text(struct json *json, const char *key, const char *text)
{
	begin_item(json, key);
	if (text == NULL)
		buf_puts(json->buf, "null");
	else
		buf_put_json_string(json->buf, text, strlen(text));
}

void
json_number(struct json *json, const char *key, int64_t number)
{
	begin_item(json, key);
	buf_printf(json->buf, "%lld", (long long)number);
}

void
json_real(struct json *json, const char *key, double number)
{
	begin_item(json, key);
	if (isfinite(number))
		buf_printf(json->buf, "%.4g", number);
	else
		buf_puts(json->buf, "null");
}

void
json_bool(struct json *json, const char *key, bool value)
{
	begin_item(json, key);
	buf_puts(json->buf, value ? "true" : "false");
}

void
json_null(struct json *json, const char *key)
{
	begin_item(json, key);
	buf_puts(json->buf, "null");
}

void
json_time(struct json *json, const char *key, int64_t wall_ms)
{
	char text[CLOCK_ISO_SIZE];

	json_text(json, key,
		  wall_ms == 0 ? NULL : clock_format_iso(wall_ms, text, sizeof(text)));
}

void
json_finish(struct json *json)
{
	buf_puts(json->buf, "\n");
	flush(json);
}
