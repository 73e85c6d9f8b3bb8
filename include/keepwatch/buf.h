/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A growing byte buffer with a cap and a sticky error, and a bounded reader over bytes that came
 * from outside. All pointer arithmetic over wire bytes happens here.
 */
#ifndef KEEPWATCH_BUF_H
#define KEEPWATCH_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data; /* NUL-terminated after every call; NULL only while empty */
	size_t len; /* without the NUL */
	size_t cap;
	size_t max; /* a longer content sets error to ERR_TOOBIG */
	int error;  /* 0, ERR_NOMEM or ERR_TOOBIG; once set, appends do nothing */
};

void buf_init(struct buf *buf, size_t max);
void buf_fini(struct buf *buf);
/* Empties it and clears the error; memory is kept. */
void buf_reset(struct buf *buf);
/* The content as an allocated string that the caller frees; the buffer is left empty. NULL on
 * error. */
char *buf_take(struct buf *buf);

void buf_put(struct buf *buf, const void *data, size_t len);
void buf_puts(struct buf *buf, const char *text);
void buf_printf(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Text for a terminal or log: control characters and broken UTF-8 as \xHH. */
void buf_put_escaped(struct buf *buf, const char *text, size_t len);
/* A quoted JSON string (RFC 8259 section 7); broken UTF-8 becomes U+FFFD. */
void buf_put_json_string(struct buf *buf, const char *text, size_t len);
void buf_put_hex(struct buf *buf, const void *data, size_t len);

/* Length in bytes of the well-formed UTF-8 sequence at text (1..4), 0 if there is none (RFC 3629).
 */
size_t utf8_sequence(const char *text, size_t len);

/* Reader: every get checks the bound; after a short read `error` is set and gets return 0. */
struct rd {
	const uint8_t *data;
	size_t len;
	size_t pos;
	int error; /* 0 or ERR_TRUNCATED */
};

void rd_init(struct rd *rd, const void *data, size_t len);
size_t rd_left(const struct rd *rd);
uint8_t rd_u8(struct rd *rd);
uint16_t rd_u16be(struct rd *rd);
uint32_t rd_u32be(struct rd *rd);
/* Borrowed pointer to the next n bytes, NULL if fewer are left. */
const uint8_t *rd_bytes(struct rd *rd, size_t n);

#endif
