/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finds members and elements by counting brackets outside of strings (RFC 8259), in one pass and
 * without recursion.
 */
#include "advisory_scan.h"

#include "keepwatch/err.h"

#include <string.h>

enum { DEPTH_MAX = 1000 };

static bool
fail(struct json_scan *scan, int error, const char *what)
{
	if (scan->error == 0) {
		scan->error = error;
		scan->what = what;
	}
	return false;
}

static void
skip_blanks(struct json_scan *scan)
{
	while (scan->p < scan->end &&
	       (*scan->p == ' ' || *scan->p == '\t' || *scan->p == '\n' || *scan->p == '\r'))
		scan->p++;
}

static bool
expect(struct json_scan *scan, char c, const char *what)
{
	skip_blanks(scan);
	if (scan->p == scan->end)
		return fail(scan, ERR_TRUNCATED, what);
	if (*scan->p != c)
		return fail(scan, ERR_SYNTAX, what);
	scan->p++;
	return true;
}

/* From behind the opening quote to behind the closing one. */
static bool
skip_string(struct json_scan *scan)
{
	while (scan->p < scan->end) {
		char c = *scan->p++;

		if (c == '"')
			return true;
		if (c == '\\' && scan->p < scan->end)
			scan->p++;
	}
	return fail(scan, ERR_TRUNCATED, "the end of a string");
}

/* An object or array, from its opening bracket on. */
static bool
skip_brackets(struct json_scan *scan)
{
	size_t depth = 0;

	while (scan->p < scan->end) {
		char c = *scan->p++;

		if (c == '"' && !skip_string(scan))
			return false;
		if ((c == '{' || c == '[') && ++depth > DEPTH_MAX)
			return fail(scan, ERR_TOOBIG, "fewer brackets within each other");
		if ((c == '}' || c == ']') && --depth == 0)
			return true;
	}
	return fail(scan, ERR_TRUNCATED, "a closing bracket");
}

static bool
skip_value(struct json_scan *scan, struct json_span *out)
{
	const char *start;

	skip_blanks(scan);
	start = scan->p;
	if (scan->p == scan->end)
		return fail(scan, ERR_TRUNCATED, "a value");
	if (*start == '{' || *start == '[') {
		if (!skip_brackets(scan))
			return false;
	} else if (*start == '"') {
		scan->p++;
		if (!skip_string(scan))
			return false;
	} else {
		while (scan->p < scan->end && strchr(",]}{[\" \t\r\n", *scan->p) == NULL)
			scan->p++;
		if (scan->p == start)
			return fail(scan, ERR_SYNTAX, "a value");
	}
	*out = (struct json_span){start, (size_t)(scan->p - start)};
	return true;
}

static void
init(struct json_scan *scan, const char *data, size_t len, char open, const char *what)
{
	memset(scan, 0, sizeof(*scan));
	scan->start = scan->p = data;
	scan->end = data + len;
	(void)expect(scan, open, what);
}

void
json_scan_init(struct json_scan *scan, const void *data, size_t len)
{
	init(scan, data, len, '{', "'{'");
}

void
json_scan_array(struct json_scan *scan, const struct json_span *array)
{
	init(scan, array->data, array->len, '[', "'['");
}

/* Before a member or element: false at the end, or after an error. */
static bool
begin(struct json_scan *scan, char close)
{
	bool is_first = !scan->has_begun;

	if (scan->error != 0 || scan->is_over)
		return false;
	scan->has_begun = true;
	skip_blanks(scan);
	if (scan->p == scan->end)
		return fail(scan, ERR_TRUNCATED, "',' or a closing bracket");
	if (*scan->p == close) {
		scan->p++;
		scan->is_over = true;
		skip_blanks(scan);
		if (scan->p != scan->end)
			return fail(scan, ERR_SYNTAX, "nothing after the end");
		return false;
	}
	return is_first || expect(scan, ',', "',' or a closing bracket");
}

bool
json_scan_member(struct json_scan *scan, struct json_span *name, struct json_span *value)
{
	if (!begin(scan, '}') || !expect(scan, '"', "the name of a member"))
		return false;
	name->data = scan->p;
	if (!skip_string(scan))
		return false;
	name->len = (size_t)(scan->p - name->data) - 1;
	return expect(scan, ':', "':'") && skip_value(scan, value);
}

bool
json_scan_element(struct json_scan *scan, struct json_span *value)
{
	return begin(scan, ']') && skip_value(scan, value);
}

void
json_scan_place(const char *start, const char *at, size_t *line, size_t *column)
{
	*line = 1;
	*column = 1;
	for (const char *p = start; p < at; p++) {
		++*column;
		if (*p == '\n') {
			++*line;
			*column = 1;
		}
	}
}

bool
json_span_is(const struct json_span *span, const char *text)
{
	return span->len == strlen(text) && memcmp(span->data, text, span->len) == 0;
}
