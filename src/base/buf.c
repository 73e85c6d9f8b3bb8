/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The growing buffer and the bounded reader.
 */
#include "keepwatch/buf.h"

#include "keepwatch/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
buf_init(struct buf *buf, size_t max)
{
	*buf = (struct buf){.max = max};
}

void
buf_fini(struct buf *buf)
{
	free(buf->data);
	buf_init(buf, buf->max);
}

void
buf_reset(struct buf *buf)
{
	buf->len = 0;
	buf->error = 0;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

char *
buf_take(struct buf *buf)
{
	char *data = NULL;

	if (buf->error == 0) {
		data = buf->data != NULL ? buf->data : strdup("");
		buf->data = NULL;
	}
	buf_fini(buf);
	return data;
}

/* Room for len more bytes and a NUL; false with the error set if there is none. */
static bool
buf_reserve(struct buf *buf, size_t len)
{
	size_t want = buf->cap < 64 ? 64 : buf->cap;
	char *grown;

	if (buf->error != 0)
		return false;
	if (len > buf->max || buf->len > buf->max - len) {
		buf->error = ERR_TOOBIG;
		return false;
	}
	if (buf->len + len < buf->cap)
		return true;
	while (want <= buf->len + len)
		want *= 2;
	grown = realloc(buf->data, want);
	if (grown == NULL) {
		buf->error = ERR_NOMEM;
		return false;
	}
	buf->data = grown;
	buf->cap = want;
	return true;
}

void
buf_put(struct buf *buf, const void *data, size_t len)
{
	if (!buf_reserve(buf, len))
		return;
	if (len > 0)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void
buf_puts(struct buf *buf, const char *text)
{
	buf_put(buf, text, strlen(text));
}

void
buf_printf(struct buf *buf, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		buf->error = ERR_INVAL;
		return;
	}
	if (!buf_reserve(buf, (size_t)n))
		return;
	va_start(ap, fmt);
	vsnprintf(buf->data + buf->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	buf->len += (size_t)n;
}

size_t
utf8_sequence(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n;

	if (len == 0)
		return 0;
	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (len < n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	/* RFC 3629 section 4: no overlong forms, no surrogates, nothing past U+10FFFF. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

/* C0, DEL and the C1 controls (U+0080..U+009F), which terminals obey as well. */
static bool
is_control(const char *s, size_t n)
{
	unsigned char c = (unsigned char)s[0];

	return (n == 1 && (c < 0x20 || c == 0x7f)) ||
	       (n == 2 && c == 0xc2 && (unsigned char)s[1] < 0xa0);
}

void
buf_put_escaped(struct buf *buf, const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n = utf8_sequence(text + i, len - i);

		if (n == 0 || is_control(text + i, n)) {
			buf_printf(buf, "\\x%02x", (unsigned char)text[i]);
			i++;
			if (n == 2)
				buf_printf(buf, "\\x%02x", (unsigned char)text[i++]);
			continue;
		}
		buf_put(buf, text + i, n);
		i += n;
	}
}

void
buf_put_json_string(struct buf *buf, const char *text, size_t len)
{
	buf_put(buf, "\"", 1);
	for (size_t i = 0; i < len;) {
		size_t n = utf8_sequence(text + i, len - i);
		unsigned char c = (unsigned char)text[i];

		if (n == 0) {
			buf_puts(buf, "\xef\xbf\xbd");
			i++;
			continue;
		}
		if (c == '"' || c == '\\')
			buf_printf(buf, "\\%c", c);
		else if (c == '\n')
			buf_puts(buf, "\\n");
		else if (c == '\t')
			buf_puts(buf, "\\t");
		else if (c < 0x20 || c == 0x7f)
			buf_printf(buf, "\\u%04x", c);
		else
			buf_put(buf, text + i, n);
		i += n;
	}
	buf_put(buf, "\"", 1);
}

void
buf_put_hex(struct buf *buf, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++)
		buf_printf(buf, "%02x", bytes[i]);
}

void
rd_init(struct rd *rd, const void *data, size_t len)
{
	*rd = (struct rd){.data = data, .len = len};
}

size_t
rd_left(const struct rd *rd)
{
	return rd->len - rd->pos;
}

const uint8_t *
rd_bytes(struct rd *rd, size_t n)
{
	const uint8_t *p;

	if (rd->error != 0 || n > rd_left(rd)) {
		rd->error = ERR_TRUNCATED;
		return NULL;
	}
	p = rd->data + rd->pos;
	rd->pos += n;
	return p;
}

uint8_t
rd_u8(struct rd *rd)
{
	const uint8_t *p = rd_bytes(rd, 1);

	return p == NULL ? 0 : p[0];
}

uint16_t
rd_u16be(struct rd *rd)
{
	const uint8_t *p = rd_bytes(rd, 2);

	return (uint16_t)(p == NULL ? 0 : p[0] << 8 | p[1]);
}

uint32_t
rd_u32be(struct rd *rd)
{
	const uint8_t *p = rd_bytes(rd, 4);

	return p == NULL ? 0
			 : (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
