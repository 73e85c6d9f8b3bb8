/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers and words of a version, one after the other; a build number or date ends it. What vendors
 * do otherwise, as far as it fits in this way of reading, is in the scheme.
 */
#include "version_parse.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <string.h>

struct word {
	const char *text;
	enum version_part_kind kind;
	uint64_t rank;
};

static const struct word words[] = {
	{"alpha", VERSION_PRE, 1},	 {"beta", VERSION_PRE, 2},     {"rc", VERSION_PRE, 3},
	{"pre", VERSION_PRE, 0},	 {"preview", VERSION_PRE, 0},  {"dev", VERSION_PRE, 0},
	{"development", VERSION_PRE, 0}, {"snapshot", VERSION_PRE, 0}, {"nightly", VERSION_PRE, 0},
	{"test", VERSION_PRE, 0},	 {"patch", VERSION_POST, 0},   {"update", VERSION_POST, 0},
	{"hotfix", VERSION_POST, 0},	 {"sp", VERSION_POST, 0},      {"hf", VERSION_POST, 0},
	{"ru", VERSION_POST, 0},	 {"mr", VERSION_POST, 0},
};

/* They say nothing that a version before or after would not be. */
static const char *const fillers[] = {"v",  "ver",   "version", "stable",  "long",   "term",
				      "ga", "final", "lts",	"release", "mature", "longterm"};
/* From there on it is a build, or another program of the same device. */
static const char *const builders[] = {"build", "bld", "date", "rel", "app", "bootldr", "firmware"};

bool
version_is_among(const char *const *list, size_t count, const char *text, size_t len)
{
	for (size_t i = 0; i < count; i++) {
		if (strlen(list[i]) == len && memcmp(list[i], text, len) == 0)
			return true;
	}
	return false;
}

bool
version_put(struct version *out, bool is_build, enum version_part_kind kind, uint64_t number,
	    const char *word, size_t len)
{
	struct version_part *part;
	size_t *count = is_build ? &out->build_count : &out->count;

	if (*count == (is_build ? VERSION_BUILD_PARTS : VERSION_PARTS) || len >= VERSION_WORD)
		return false;
	part = &(is_build ? out->builds : out->parts)[(*count)++];
	memset(part, 0, sizeof(*part));
	part->kind = kind;
	part->number = number;
	memcpy(part->word, word, len);
	return true;
}

struct scan {
	enum version_scheme scheme;
	const char *start, *p;
	struct version *out;
	bool is_build;
};

size_t
version_digits(const char *p)
{
	return strspn(p, "0123456789");
}

size_t
version_letters(const char *p)
{
	size_t n = 0;

	while (p[n] >= 'a' && p[n] <= 'z')
		n++;
	return n;
}

static uint64_t
number(const char *p, size_t len)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++)
		value = value * 10 + (uint64_t)(p[i] - '0');
	return value;
}

/* yymmdd or 20yymmdd. */
static bool
is_day(const char *p, size_t len)
{
	uint64_t value;

	if (len == 8 && (memcmp(p, "20", 2) == 0 || memcmp(p, "19", 2) == 0))
		p += 2;
	else if (len != 6)
		return false;
	value = number(p, 6);
	return value % 100 >= 1 && value % 100 <= 31 && value / 100 % 100 >= 1 &&
	       value / 100 % 100 <= 12;
}

/* 2020-06-10 */
bool
version_is_day(const char *p)
{
	return version_digits(p) == 4 && (p[4] == '-' || p[4] == '.') &&
	       version_digits(p + 5) == 2 && p[7] == p[4] && version_digits(p + 8) == 2 &&
	       p[0] == '2' && p[1] == '0';
}

static bool
starts_build(const struct scan *scan, size_t len)
{
	char before = scan->p == scan->start ? '\0' : scan->p[-1];

	if (scan->is_build || scan->out->count == 0)
		return false;
	if (before == '_')
		return len >= 5 || scan->p[len] == '.';
	return (before == ' ' || before == '-' ||
		(before == '.' && scan->scheme == VERSION_DAHUA)) &&
	       is_day(scan->p, len);
}

static bool
scan_number(struct scan *scan)
{
	size_t len = version_digits(scan->p);
	uint64_t value;

	if (len > 18)
		return false;
	if (starts_build(scan, len))
		scan->is_build = true;
	value = number(scan->p, len);
	if (scan->is_build && version_is_day(scan->p)) {
		value = number(scan->p, 4) * 10000 + number(scan->p + 5, 2) * 100 +
			number(scan->p + 8, 2);
		len = 10;
	} else if (scan->is_build && len == 6 && is_day(scan->p, len) &&
		   (scan->scheme == VERSION_DATED || scan->scheme == VERSION_DAHUA)) {
		value += 20000000;
	}
	if (!scan->is_build && scan->out->count == 1 && scan->p[0] == '0' && len > 1)
		scan->out->second_width = (uint8_t)len;
	scan->p += len;
	return version_put(scan->out, scan->is_build, VERSION_NUMBER, value, "", 0);
}

/* One letter behind a number: a later rebuild in most houses. */
static bool
scan_letter(struct scan *scan)
{
	char letter = scan->p[0];
	bool has_number = version_digits(scan->p + 1) > 0;
	bool is_last = scan->p[1] == '\0';
	enum version_part_kind kind = VERSION_LETTER;

	switch (scan->scheme) {
	case VERSION_ZYXEL:
		if (letter == 'c' || letter == 'b') {
			scan->p++;
			if (letter == 'c') {
				scan->p += version_digits(scan->p);
				return true;
			}
			return version_put(scan->out, false, VERSION_PRE, 2, "beta", 4);
		}
		break;
	case VERSION_DAHUA:
		scan->p++;
		return true;
	case VERSION_BROCADE:
		if (letter == 't' && version_digits(scan->p + 1) >= 3) {
			scan->is_build = true;
			kind = VERSION_NAME;
		}
		break;
	case VERSION_ARISTA:
		if (is_last && (letter == 'm' || letter == 'f')) {
			scan->is_build = true;
			kind = VERSION_NAME;
		}
		break;
	case VERSION_HP:
		if (letter == 'm')
			kind = VERSION_NAME;
		break;
	default:
		break;
	}
	/* P05 and H01 are two rows of patches; b3, a1 a beta here, a rebuild there. */
	if (has_number && kind == VERSION_LETTER)
		kind = letter == 'a' || letter == 'b' ? VERSION_NAME : VERSION_POST;
	scan->p++;
	return version_put(scan->out, scan->is_build, kind, (unsigned char)letter, &letter, 1);
}

static bool
scan_word(struct scan *scan)
{
	const char *p = scan->p;
	size_t len = version_letters(p);

	if (version_is_among(builders, MEM_COUNT(builders), p, len)) {
		/* "build date", "build": no part; "app": one, for both must name the same. */
		static const char *const plain[] = {"build", "bld", "date"};

		scan->is_build = true;
		scan->p += len;
		return version_is_among(plain, MEM_COUNT(plain), p, len) ||
		       version_put(scan->out, true, VERSION_NAME, 0, p, len);
	}
	if (version_is_among(fillers, MEM_COUNT(fillers), p, len)) {
		scan->p += len;
		return true;
	}
	for (size_t i = 0; i < MEM_COUNT(words); i++) {
		if (strlen(words[i].text) == len && memcmp(words[i].text, p, len) == 0) {
			scan->p += len;
			return version_put(scan->out, scan->is_build, words[i].kind, words[i].rank,
					   p, len);
		}
	}
	if (len == 1 || (len == 2 && scan->scheme == VERSION_BROCADE))
		return scan_letter(scan);
	scan->p += len;
	return version_put(scan->out, scan->is_build, VERSION_NAME, 0, p,
			   len < VERSION_WORD ? len : VERSION_WORD - 1);
}

/* "(GA)", "[unlocked]", "(s)": remarks without a number. Skips it, or just the bracket. */
static void
scan_bracket(struct scan *scan)
{
	const char *close = strchr(scan->p, scan->p[0] == '(' ? ')' : ']');
	size_t number_at = strcspn(scan->p, "0123456789");

	if (close != NULL && (scan->p[0] == '[' || scan->p + number_at > close))
		scan->p = close;
	scan->p++;
}

int
version_scan(enum version_scheme scheme, const char *text, bool is_build, struct version *out)
{
	struct scan own = {scheme, text, text, out, is_build}, *scan = &own;

	while (scan->p[0] != '\0') {
		bool is_fine = true;

		if (version_digits(scan->p) > 0)
			is_fine = scan_number(scan);
		else if (version_letters(scan->p) > 0)
			is_fine = scan_word(scan);
		else if (scan->p[0] == '(' || scan->p[0] == '[')
			scan_bracket(scan);
		else
			scan->p++;
		if (!is_fine)
			return ERR_UNSUPPORTED;
	}
	return scan->out->count > 0 || scan->out->build_count > 0 ? 0 : ERR_UNSUPPORTED;
}
