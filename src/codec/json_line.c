/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One line of JSON: tokens by jsmn, texts with escapes by jansson, numbers here, because they must
 * become exact milliseconds.
 */
#define CODEC_JSON_LINE_IMPL
#include "json_line.h"

#include "keepwatch/err.h"
#include "keepwatch/ipaddr.h"
#include "keepwatch/mem.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKENS_START = 64, NUMBER_SIZE = 40 };

void
json_line_init(struct json_line *line, const struct json_key *keys, size_t count)
{
	*line = (struct json_line){.keys = keys, .key_count = count};
}

void
json_line_fini(struct json_line *line)
{
	free(line->tokens);
	free(line->unescaped);
}

int
json_line_fail(struct json_line *line, int error, const char *fmt, ...)
{
	va_list ap;

	if (line->error != 0)
		return line->error;
	line->error = error;
	va_start(ap, fmt);
	vsnprintf(line->why, sizeof(line->why), fmt, ap);
	va_end(ap);
	return error;
}

static int
wrong(struct json_line *line, int error, int token, const char *expected)
{
	const jsmntok_t *value = &line->tokens[token];
	const jsmntok_t *key = value->parent >= 0 ? &line->tokens[value->parent] : value;

	/* The name of the member, if it is one and not an item of an array. */
	if (key->type == JSMN_ARRAY && key->parent >= 0)
		key = &line->tokens[key->parent];
	return json_line_fail(line, error, "\"%.*s\": expected %s, not %.*s",
			      key->type == JSMN_STRING ? key->end - key->start : 0,
			      line->text + key->start, expected,
			      value->end - value->start > 40 ? 40 : value->end - value->start,
			      line->text + value->start);
}

static int
tokenize(struct json_line *line, const char *text, size_t len)
{
	jsmn_parser parser;

	if (line->cap == 0 &&
	    mem_grow(&line->tokens, &line->cap, TOKENS_START, sizeof(*line->tokens)) != 0)
		return ERR_NOMEM;
	jsmn_init(&parser);
	/* It goes on where it had no more tokens. */
	while ((line->count = jsmn_parse(&parser, text, len, line->tokens, (unsigned)line->cap)) ==
	       JSMN_ERROR_NOMEM) {
		if (mem_grow(&line->tokens, &line->cap, line->cap * 2, sizeof(*line->tokens)) != 0)
			return ERR_NOMEM;
	}
	if (line->count > 0)
		line->count = (int)parser.toknext;
	return line->count <= 0 ? ERR_SYNTAX : 0;
}

int
jline_skip(const struct json_line *line, int token)
{
	int end = line->tokens[token].end;

	for (token++; token < line->count && line->tokens[token].start < end;)
		token++;
	return token;
}

/* Names of members are a few bytes. */
static bool
is_same(const char *a, const char *b, size_t len)
{
	while (len > 0 && a[len - 1] == b[len - 1])
		len--;
	return len == 0;
}

/* The number of the key whose name is at the token, sought from `from` on. */
static size_t
find_key(const struct json_line *line, const jsmntok_t *token, size_t from)
{
	size_t len = (size_t)(token->end - token->start);
	const char *name = line->text + token->start;

	for (size_t n = 0; n < line->key_count; n++) {
		const struct json_key *key = &line->keys[from];

		if (key->len == len && is_same(key->name, name, len))
			return from;
		if (++from == line->key_count)
			from = 0;
	}
	return line->key_count;
}

int
json_line_parse(struct json_line *line, const char *text, size_t len)
{
	size_t from = 0;
	int rc;

	line->error = 0;
	line->text = text;
	memset(line->value, 0, line->key_count * sizeof(line->value[0]));
	while (len > 0 && text[len - 1] != '\0' && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	rc = tokenize(line, text, len);
	if (rc == ERR_NOMEM)
		return json_line_fail(line, rc, "%s", err_text(rc));
	if (rc != 0 || line->tokens[0].type != JSMN_OBJECT || (size_t)line->tokens[0].end != len)
		return json_line_fail(line, ERR_SYNTAX, "not one JSON object");
	for (int i = 1; i < line->count;) {
		const jsmntok_t *token = &line->tokens[i];
		size_t key;

		if (token->type != JSMN_STRING || token->size != 1 || i + 1 >= line->count)
			return json_line_fail(line, ERR_SYNTAX, "malformed near column %d",
					      token->start + 1);
		key = find_key(line, token, from);
		if (key < line->key_count) {
			line->value[key] = i + 1;
			from = key + 1 < line->key_count ? key + 1 : 0;
		}
		i = jline_skip(line, i + 1);
	}
	return 0;
}

bool
jline_has(const struct json_line *line, unsigned key)
{
	int token = line->value[key];

	return token != 0 && !(line->tokens[token].type == JSMN_PRIMITIVE &&
			       line->text[line->tokens[token].start] == 'n');
}

bool
jline_need(struct json_line *line, unsigned key)
{
	if (jline_has(line, key))
		return true;
	json_line_fail(line, ERR_SYNTAX, "\"%s\" is missing", line->keys[key].name);
	return false;
}

/* A plain decimal of up to 15 digits in thousands; false: it is written in another way. */
static bool
plain_milli(const char *p, const char *end, int64_t *out)
{
	bool is_negative = p < end && *p == '-';
	int64_t whole = 0, part = 0, unit = 1000;

	p += is_negative;
	if (end - p > 15 || p == end || *p < '0' || *p > '9')
		return false;
	for (; p < end && *p >= '0' && *p <= '9'; p++)
		whole = whole * 10 + (*p - '0');
	if (p < end && *p == '.') {
		if (++p == end)
			return false;
		for (; p < end && *p >= '0' && *p <= '9' && unit > 1; p++) {
			unit /= 10;
			part += (*p - '0') * unit;
		}
		/* The fourth decimal rounds; those behind it cannot. */
		if (p < end && *p >= '0' && *p <= '9') {
			part += *p >= '5';
			while (p < end && *p >= '0' && *p <= '9')
				p++;
		}
	}
	if (p != end)
		return false;
	*out = whole * 1000 + part;
	if (is_negative)
		*out = -*out;
	return true;
}

/* Numbers of any form, times `scale`. */
static bool
any_number(const char *text, size_t len, double scale, double *out)
{
	char copy[NUMBER_SIZE], *end;

	if (len == 0 || len >= sizeof(copy) || (*text != '-' && (*text < '0' || *text > '9')) ||
	    memchr(text, 'x', len) != NULL || memchr(text, 'X', len) != NULL)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	*out = round(strtod(copy, &end) * scale);
	return *end == '\0' && fabs(*out) < 9e15;
}

bool
jline_token_milli(struct json_line *line, int token, int64_t *out)
{
	const jsmntok_t *value = &line->tokens[token];
	const char *text = line->text + value->start;
	double number;

	if (value->type == JSMN_PRIMITIVE) {
		if (plain_milli(text, line->text + value->end, out))
			return true;
		if (any_number(text, (size_t)(value->end - value->start), 1000, &number)) {
			*out = (int64_t)number;
			return true;
		}
	}
	wrong(line, ERR_SYNTAX, token, "a number");
	return false;
}

static bool
token_int(struct json_line *line, int token, int64_t *out)
{
	const jsmntok_t *value = &line->tokens[token];
	const char *p = line->text + value->start, *end = line->text + value->end;
	bool is_negative = *p == '-';
	int64_t number = 0;

	if (value->type == JSMN_PRIMITIVE && (*p == 't' || *p == 'f')) {
		*out = *p == 't';
		return true;
	}
	p += is_negative;
	if (value->type != JSMN_PRIMITIVE || end - p > 18 || p == end)
		goto bad;
	for (; p < end; p++) {
		if (*p < '0' || *p > '9')
			goto bad;
		number = number * 10 + (*p - '0');
	}
	*out = is_negative ? -number : number;
	return true;
bad:
	wrong(line, ERR_SYNTAX, token, "an integer");
	return false;
}

bool
jline_token_uint(struct json_line *line, int token, uint64_t max, uint64_t *out)
{
	char expected[64];
	int64_t number;

	if (!token_int(line, token, &number))
		return false;
	if (number < 0 || (uint64_t)number > max) {
		snprintf(expected, sizeof(expected), "0..%llu", (unsigned long long)max);
		wrong(line, ERR_RANGE, token, expected);
		return false;
	}
	*out = (uint64_t)number;
	return true;
}

uint64_t
jline_uint(struct json_line *line, unsigned key, uint64_t max)
{
	uint64_t number = 0;

	if (jline_has(line, key))
		jline_token_uint(line, line->value[key], max, &number);
	return number;
}

int64_t
jline_int(struct json_line *line, unsigned key)
{
	int64_t number = 0;

	if (jline_has(line, key))
		token_int(line, line->value[key], &number);
	return number;
}

int64_t
jline_milli(struct json_line *line, unsigned key)
{
	int64_t number = 0;

	if (jline_has(line, key))
		jline_token_milli(line, line->value[key], &number);
	return number;
}

/* Escapes (RFC 8259 section 7) are rare: the whole token once more, by jansson. */
static const char *
unescape(struct json_line *line, int token, size_t *len)
{
	const jsmntok_t *value = &line->tokens[token];
	json_t *json = json_loadb(line->text + value->start - 1,
				  (size_t)(value->end - value->start) + 2, JSON_DECODE_ANY, NULL);

	free(line->unescaped);
	line->unescaped = json != NULL ? mem_strdup(json_string_value(json)) : NULL;
	json_decref(json);
	if (line->unescaped == NULL) {
		wrong(line, ERR_SYNTAX, token, "well-formed text");
		return NULL;
	}
	*len = strlen(line->unescaped);
	return line->unescaped;
}

const char *
jline_token_text(struct json_line *line, int token, size_t *len)
{
	const jsmntok_t *value = &line->tokens[token];

	if (value->type != JSMN_STRING) {
		wrong(line, ERR_SYNTAX, token, "a text");
		return NULL;
	}
	*len = (size_t)(value->end - value->start);
	if (memchr(line->text + value->start, '\\', *len) != NULL)
		return unescape(line, token, len);
	return line->text + value->start;
}

const char *
jline_text(struct json_line *line, unsigned key, size_t *len)
{
	return jline_has(line, key) ? jline_token_text(line, line->value[key], len) : NULL;
}

bool
jline_is(struct json_line *line, unsigned key, const char *text)
{
	size_t len;
	const char *got = jline_text(line, key, &len);

	return got != NULL && strlen(text) == len && is_same(got, text, len);
}

bool
jline_token_mac(struct json_line *line, int token, mac_addr *out)
{
	char copy[MAC_TEXT_SIZE];
	size_t len;
	const char *text = jline_token_text(line, token, &len);

	if (text == NULL)
		return false;
	if (len < sizeof(copy)) {
		memcpy(copy, text, len);
		copy[len] = '\0';
		if (mac_parse(copy, out) == 0)
			return true;
	}
	wrong(line, ERR_SYNTAX, token, "a MAC address");
	return false;
}

mac_addr
jline_mac(struct json_line *line, unsigned key)
{
	mac_addr mac = MAC_NONE;

	if (jline_has(line, key))
		jline_token_mac(line, line->value[key], &mac);
	return mac;
}

uint32_t
jline_ip4(struct json_line *line, unsigned key)
{
	char copy[IPADDR_TEXT_SIZE];
	struct ipaddr ip;
	size_t len;
	const char *text = jline_text(line, key, &len);

	if (text == NULL)
		return 0;
	if (len < sizeof(copy)) {
		memcpy(copy, text, len);
		copy[len] = '\0';
		if (ipaddr_parse(copy, &ip) == 0 && ip.family == 4)
			return (uint32_t)ip.bytes[0] << 24 | (uint32_t)ip.bytes[1] << 16 |
			       (uint32_t)ip.bytes[2] << 8 | ip.bytes[3];
	}
	wrong(line, ERR_SYNTAX, line->value[key], "an IPv4 address");
	return 0;
}

size_t
jline_array(struct json_line *line, unsigned key, int *first)
{
	int token = line->value[key];

	*first = token + 1;
	if (!jline_has(line, key))
		return 0;
	if (line->tokens[token].type != JSMN_ARRAY) {
		wrong(line, ERR_SYNTAX, token, "an array");
		return 0;
	}
	return (size_t)line->tokens[token].size;
}

int
jline_member(const struct json_line *line, int token, const char *name)
{
	size_t len = strlen(name);
	int end = jline_skip(line, token);

	if (line->tokens[token].type != JSMN_OBJECT)
		return 0;
	for (int i = token + 1; i + 1 < end; i = jline_skip(line, i + 1)) {
		const jsmntok_t *key = &line->tokens[i];

		if ((size_t)(key->end - key->start) == len && key->size == 1 &&
		    memcmp(line->text + key->start, name, len) == 0)
			return i + 1;
	}
	return 0;
}
