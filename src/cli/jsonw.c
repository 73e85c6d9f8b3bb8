/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The JSON writer.
 */
#include "jsonw.h"

#include "out.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { FLUSH_AT = 64 << 10 };

void
jsonw_init(struct jsonw *json, struct out *out, struct buf *buf)
{
	memset(json, 0, sizeof(*json));
	json->out = out;
	json->buf = buf;
}

static void
flush(struct jsonw *json)
{
	if (json->buf->len > 0)
		out_put(json->out, json->buf->data, json->buf->len);
	json->buf->len = 0;
}

static bool
is_flat(const struct jsonw *json)
{
	return json->flat != 0 && json->depth >= json->flat;
}

static void
new_line(struct jsonw *json)
{
	buf_puts(json->buf, "\n");
	for (unsigned i = 0; i < json->depth; i++)
		buf_puts(json->buf, "  ");
}

static void
begin_item(struct jsonw *json, const char *key)
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
begin_container(struct jsonw *json, const char *key, const char *bracket, bool flat)
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
end_container(struct jsonw *json, const char *bracket)
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
jsonw_object(struct jsonw *json, const char *key)
{
	begin_container(json, key, "{", false);
}

void
jsonw_array(struct jsonw *json, const char *key)
{
	begin_container(json, key, "[", false);
}

void
jsonw_flat_object(struct jsonw *json, const char *key)
{
	begin_container(json, key, "{", true);
}

void
jsonw_flat_array(struct jsonw *json, const char *key)
{
	begin_container(json, key, "[", true);
}

void
jsonw_end_object(struct jsonw *json)
{
	end_container(json, "}");
}

void
jsonw_end_array(struct jsonw *json)
{
	end_container(json, "]");
}

void
jsonw_text(struct jsonw *json, const char *key, const char *text)
{
	begin_item(json, key);
	if (text == NULL)
		buf_puts(json->buf, "null");
	else
		buf_put_json_string(json->buf, text, strlen(text));
}

void
jsonw_text_or_null(struct jsonw *json, const char *key, const char *text)
{
	jsonw_text(json, key, *text != '\0' ? text : NULL);
}

void
jsonw_number(struct jsonw *json, const char *key, int64_t number)
{
	begin_item(json, key);
	buf_printf(json->buf, "%lld", (long long)number);
}

void
jsonw_real(struct jsonw *json, const char *key, double number)
{
	begin_item(json, key);
	if (isfinite(number))
		buf_printf(json->buf, "%.4g", number);
	else
		buf_puts(json->buf, "null");
}

void
jsonw_bool(struct jsonw *json, const char *key, bool value)
{
	begin_item(json, key);
	buf_puts(json->buf, value ? "true" : "false");
}

void
jsonw_null(struct jsonw *json, const char *key)
{
	begin_item(json, key);
	buf_puts(json->buf, "null");
}

void
jsonw_time(struct jsonw *json, const char *key, int64_t wall_ms)
{
	char text[CLOCK_ISO_SIZE];

	jsonw_text(json, key, wall_ms == 0 ? NULL : clock_format_iso(wall_ms, text, sizeof(text)));
}

void
jsonw_finish(struct jsonw *json)
{
	buf_puts(json->buf, "\n");
	flush(json);
}
