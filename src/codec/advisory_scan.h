/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The outermost structure of a JSON text that is too large for a tree: where the members of the
 * outer object and the elements of its arrays begin and end. What is within is not looked at but
 * for strings and brackets.
 */
#ifndef CODEC_ADVISORY_SCAN_H
#define CODEC_ADVISORY_SCAN_H

#include <stdbool.h>
#include <stddef.h>

struct json_span {
	const char *data;
	size_t len;
};

struct json_scan {
	const char *start, *p, *end;
	bool has_begun, is_over;
	int error;	  /* 0, ERR_SYNTAX, ERR_TRUNCATED, ERR_TOOBIG */
	const char *what; /* that was expected at p; static */
};

/* Of an object. */
void json_scan_init(struct json_scan *scan, const void *data, size_t len);
/* The next member; false: none, or an error. name is as written between the quotes. */
bool json_scan_member(struct json_scan *scan, struct json_span *name, struct json_span *value);
/* Elements of an array that json_scan_member gave; the scan is one of its own. */
void json_scan_array(struct json_scan *scan, const struct json_span *array);
bool json_scan_element(struct json_scan *scan, struct json_span *value);
/* Line and column (from 1) of a place within [start, end). */
void json_scan_place(const char *start, const char *at, size_t *line, size_t *column);
bool json_span_is(const struct json_span *span, const char *text);

#endif
