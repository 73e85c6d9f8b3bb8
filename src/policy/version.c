/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The order of versions, and what a pattern of versions means. A doubt is no order: whoever asks
 * gets ERR_UNSUPPORTED rather than a guess.
 */
#include "keepwatch/version.h"

#include "version_parse.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* What the shorter of two is taken to go on with. */
static const struct version_part end = {VERSION_NUMBER, 0, ""};

static int
order_of(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Where in the order of what may follow a version: before it, it, after it; -1: nobody knows. */
static int
place(const struct version_part *part)
{
	switch (part->kind) {
	case VERSION_PRE:
		return 0;
	case VERSION_NUMBER:
		return 1;
	case VERSION_LETTER:
	case VERSION_POST:
		return 2;
	case VERSION_NAME:
		break;
	}
	return -1;
}

static int
order_letters(const struct version_part *a, const struct version_part *b, bool is_cisco, int *order)
{
	/* 15.2(7)E3k, 16.12.1s: rebuilds of their own, beside those that count from a. */
	if (is_cisco && a->number != b->number && (a->number > 'j' || b->number > 'j'))
		return ERR_UNSUPPORTED;
	*order = order_of(a->number, b->number);
	return 0;
}

static int
order_parts(const struct version_part *a, const struct version_part *b, bool is_cisco, int *order)
{
	if (a->kind == VERSION_NUMBER && b->kind == VERSION_NUMBER) {
		*order = order_of(a->number, b->number);
		return 0;
	}
	if (a->kind == VERSION_LETTER && b->kind == VERSION_LETTER)
		return order_letters(a, b, is_cisco, order);
	if (a->kind == b->kind && strcmp(a->word, b->word) == 0) {
		*order = 0;
		return 0;
	}
	if (a->kind == VERSION_PRE && b->kind == VERSION_PRE) {
		*order = order_of(a->number, b->number);
		return *order != 0 && a->number != 0 && b->number != 0 ? 0 : ERR_UNSUPPORTED;
	}
	if (place(a) < 0 || place(b) < 0 || place(a) == place(b))
		return ERR_UNSUPPORTED;
	/* "1.2a" and "1.2.1": both after "1.2", and nobody knows which is first. */
	if ((a->kind == VERSION_NUMBER && a != &end && place(b) == 2) ||
	    (b->kind == VERSION_NUMBER && b != &end && place(a) == 2))
		return ERR_UNSUPPORTED;
	*order = order_of((uint64_t)place(a), (uint64_t)place(b));
	return 0;
}

static int
order_lists(const struct version_part *a, size_t an, const struct version_part *b, size_t bn,
	    bool is_cisco, int *order)
{
	*order = 0;
	for (size_t i = 0; *order == 0 && (i < an || i < bn); i++) {
		int rc = order_parts(i < an ? &a[i] : &end, i < bn ? &b[i] : &end, is_cisco, order);

		if (rc != 0)
			return rc;
	}
	return 0;
}

/* Digits of the second number. */
static unsigned
width(const struct version *version)
{
	unsigned digits = 1;

	if (version->second_width > 0)
		return version->second_width;
	for (uint64_t n = version->parts[1].number; n >= 10; n /= 10)
		digits++;
	return digits;
}

/*
 * "1.05" and "1.1": the fifth before the tenth in some houses, the fifth after the first in others.
 * Of longer versions the parts are numbers everywhere ("17.03.05" is "17.3.5").
 */
static bool
is_decimal_doubt(const struct version *a, const struct version *b)
{
	return a->count == 2 && b->count == 2 && a->parts[0].number == b->parts[0].number &&
	       a->parts[1].kind == VERSION_NUMBER && b->parts[1].kind == VERSION_NUMBER &&
	       (a->second_width > 0 ? a->second_width != width(b)
				    : b->second_width > 0 && b->second_width != width(a));
}

int
version_order(const struct version *a, const struct version *b, bool is_bound, int *order)
{
	bool is_cisco = a->is_cisco || b->is_cisco;
	int found, rc;

	if (is_bound && b->count == 0) {
		if (a->build_count == 0)
			return ERR_UNSUPPORTED;
	} else {
		if ((a->count == 0) != (b->count == 0))
			return ERR_UNSUPPORTED;
		if (strcmp(a->train, b->train) != 0 && (!is_bound || b->train[0] != '\0'))
			return ERR_UNSUPPORTED;
		if (is_decimal_doubt(a, b))
			return ERR_UNSUPPORTED;
		rc = order_lists(a->parts, a->count, b->parts, b->count, is_cisco, &found);
		if (rc != 0)
			return rc;
		if (found != 0 || (a->build_count == 0 && b->build_count == 0) ||
		    (is_bound && b->build_count == 0)) {
			*order = found;
			return 0;
		}
		if (a->build_count == 0 || b->build_count == 0)
			return ERR_UNSUPPORTED;
	}
	rc = order_lists(a->builds, a->build_count, b->builds, b->build_count, is_cisco, &found);
	if (rc == 0)
		*order = found;
	return rc;
}

uint32_t
version_hash(const struct version *version)
{
	uint32_t hash = MEM_HASH_START;
	size_t count = version->count;

	while (count > 0 && version->parts[count - 1].kind == VERSION_NUMBER &&
	       version->parts[count - 1].number == 0)
		count--;
	for (size_t i = 0; i < count; i++) {
		const struct version_part *part = &version->parts[i];

		hash = mem_hash(hash, &part->kind, sizeof(part->kind));
		hash = mem_hash(hash, &part->number, sizeof(part->number));
		hash = mem_hash(hash, part->word, strlen(part->word));
	}
	return hash;
}

static int
compare(const char *vendor, const char *a, const char *b, bool is_bound, int *order)
{
	enum version_scheme scheme = version_scheme(vendor);
	struct version left, right;
	int rc;

	if (a == NULL || b == NULL || a[0] == '\0' || b[0] == '\0')
		return ERR_UNSUPPORTED;
	if (strcasecmp(a, b) == 0) {
		*order = 0;
		return 0;
	}
	rc = version_read(scheme, a, &left);
	if (rc == 0)
		rc = version_read(scheme, b, &right);
	return rc == 0 ? version_order(&left, &right, is_bound, order) : rc;
}

int
version_compare(const char *vendor, const char *a, const char *b, int *order)
{
	return compare(vendor, a, b, false, order);
}

int
version_compare_bound(const char *vendor, const char *version, const char *bound, int *order)
{
	return compare(vendor, version, bound, true, order);
}

/* ---- patterns */

enum pattern_kind { SAME, GLOB, BELOW, AT_MOST, ABOVE, AT_LEAST, BETWEEN };

struct pattern {
	enum pattern_kind kind;
	char first[VERSION_TEXT_MAX], last[VERSION_TEXT_MAX];
};

static bool
copy_end(char out[VERSION_TEXT_MAX], const char *text, size_t len)
{
	while (len > 0 && isspace((unsigned char)text[0])) {
		text++;
		len--;
	}
	while (len > 0 && isspace((unsigned char)text[len - 1]))
		len--;
	if (len >= VERSION_TEXT_MAX)
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

static bool
has_number(const char *text)
{
	return strpbrk(text, "0123456789") != NULL;
}

/* NULL, or what is wrong. */
static const char *
read_pattern(const char *text, struct pattern *out)
{
	const char *dots;

	if (text == NULL)
		return "no version";
	text += strspn(text, " \t");
	dots = strstr(text, "..");
	out->last[0] = '\0';
	if (text[0] == '<' || text[0] == '>') {
		bool has_equal = text[1] == '=';

		out->kind = text[0] == '<' ? (has_equal ? AT_MOST : BELOW)
					   : (has_equal ? AT_LEAST : ABOVE);
		text += has_equal ? 2 : 1;
		dots = NULL;
	} else if (dots != NULL && dots[2] != '.' && dots != text) {
		out->kind = BETWEEN;
		if (!copy_end(out->first, text, (size_t)(dots - text)) ||
		    !copy_end(out->last, dots + 2, strlen(dots + 2)))
			return "too long";
	} else {
		dots = NULL;
		text += text[0] == '=' ? 1 : 0;
		out->kind = strpbrk(text, "*?") != NULL ? GLOB : SAME;
	}
	if (dots == NULL && !copy_end(out->first, text, strlen(text)))
		return "too long";
	if (out->kind == GLOB)
		return NULL;
	if (strncmp(out->first, "..", 2) == 0)
		return "no version before ..";
	if (strpbrk(out->first, "<>*?") != NULL || strpbrk(out->last, "<>*?") != NULL)
		return "a range has one version on each side, without * or ?";
	if (out->first[0] == '\0' || (out->kind == BETWEEN && out->last[0] == '\0'))
		return "no version where one is expected";
	if (!has_number(out->first) || (out->kind == BETWEEN && !has_number(out->last)))
		return "there is no number in the version";
	return NULL;
}

int
version_pattern_check(const char *pattern, char *words, size_t size)
{
	struct pattern parsed;
	const char *wrong = read_pattern(pattern, &parsed);

	if (wrong == NULL)
		return 0;
	if (words != NULL && size > 0)
		snprintf(words, size,
			 "%s; expected a version, 5.4.*, <5.5, <=5.5, >5, >=5 or "
			 "5.4.0..5.4.9",
			 wrong);
	return ERR_SYNTAX;
}

static const char *
without_v(const char *text)
{
	text += strspn(text, " \t");
	return (text[0] == 'v' || text[0] == 'V') && text[1] != '\0' &&
			       isdigit((unsigned char)text[1])
		       ? text + 1
		       : text;
}

int
version_match(const char *vendor, const char *version, const char *pattern, bool *is_match)
{
	struct pattern parsed;
	int order, rc;

	if (read_pattern(pattern, &parsed) != NULL)
		return ERR_SYNTAX;
	if (version == NULL || version[0] == '\0')
		return ERR_UNSUPPORTED;
	if (parsed.kind == GLOB) {
		*is_match = fnmatch(without_v(parsed.first), without_v(version),
				    FNM_CASEFOLD | FNM_NOESCAPE) == 0;
		return 0;
	}
	rc = version_compare_bound(vendor, version, parsed.first, &order);
	if (rc != 0)
		return rc;
	switch (parsed.kind) {
	case SAME:
		*is_match = order == 0;
		return 0;
	case BELOW:
		*is_match = order < 0;
		return 0;
	case AT_MOST:
		*is_match = order <= 0;
		return 0;
	case ABOVE:
		*is_match = order > 0;
		return 0;
	case AT_LEAST:
		*is_match = order >= 0;
		return 0;
	case BETWEEN:
	case GLOB:
		break;
	}
	if (order < 0) {
		*is_match = false;
		return 0;
	}
	rc = version_compare_bound(vendor, version, parsed.last, &order);
	if (rc == 0)
		*is_match = order <= 0;
	return rc;
}
