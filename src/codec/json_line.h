/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One JSON object on one line (RFC 8259), taken apart by jsmn: its members by a table of keys, and
 * what they hold as numbers, times and texts. Members that are not in the table are passed over.
 * The first thing that is wrong is kept in words; later calls then do nothing.
 */
#ifndef CODEC_JSON_LINE_H
#define CODEC_JSON_LINE_H

#include "keepwatch/mac.h"

#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#ifdef CODEC_JSON_LINE_IMPL
#define JSMN_STATIC
#else
#define JSMN_HEADER
#endif
#include <jsmn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JSON_KEYS_MAX = 56, JSON_WHY_SIZE = 160 };

/* Best in the order in which writers put them: a key is first sought behind the one before. */
struct json_key {
	const char *name;
	size_t len;
};

struct json_line {
	const struct json_key *keys;
	size_t key_count;
	const char *text;
	jsmntok_t *tokens;
	size_t cap;
	int count;
	int value[JSON_KEYS_MAX]; /* index of its token; 0: not there */
	char *unescaped;	  /* of the last text that had escapes */
	int error;		  /* 0 or ERR_SYNTAX, ERR_RANGE, ERR_NOMEM */
	char why[JSON_WHY_SIZE];
};

void json_line_init(struct json_line *line, const struct json_key *keys, size_t count);
void json_line_fini(struct json_line *line);
/* Takes text apart, which must stay while the line is used. Returns the error. */
int json_line_parse(struct json_line *line, const char *text, size_t len);
/* Notes what is wrong, if nothing was before. Returns the error. */
int json_line_fail(struct json_line *line, int error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* There, and not null. */
bool jline_has(const struct json_line *line, unsigned key);
/* The same, and it is wrong if not. */
bool jline_need(struct json_line *line, unsigned key);
/* An integer 0..max; 0 if it is not there. true is 1, false 0. */
uint64_t jline_uint(struct json_line *line, unsigned key, uint64_t max);
int64_t jline_int(struct json_line *line, unsigned key);
/* A number in thousands, rounded to the nearest: seconds as ms, W as mW. */
int64_t jline_milli(struct json_line *line, unsigned key);
/* A text without its quotes, not NUL-terminated; NULL if it is not there. Borrowed until the next
 * call or line. */
const char *jline_text(struct json_line *line, unsigned key, size_t *len);
bool jline_is(struct json_line *line, unsigned key, const char *text);
mac_addr jline_mac(struct json_line *line, unsigned key);
uint32_t jline_ip4(struct json_line *line, unsigned key); /* host byte order */

/* Items of an array: how many, and where the first is; each next is jline_skip of the one before.
 */
size_t jline_array(struct json_line *line, unsigned key, int *first);
int jline_skip(const struct json_line *line, int token);
bool jline_token_uint(struct json_line *line, int token, uint64_t max, uint64_t *out);
bool jline_token_milli(struct json_line *line, int token, int64_t *out);
const char *jline_token_text(struct json_line *line, int token, size_t *len);
bool jline_token_mac(struct json_line *line, int token, mac_addr *out);
/* The member `name` of the object at token; 0: none. */
int jline_member(const struct json_line *line, int token, const char *name);

#endif
