/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Takes a version to pieces, for most vendors alike: words before the first number that are not a
 * mere label are the train; numbers and words follow; a build number or date ends it. What vendors
 * do otherwise, as far as it fits in this way of reading, is in struct scan's scheme.
 */
#include "version_parse.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <ctype.h>
#include <string.h>

struct word {
	const char *text;
	enum version_part_kind kind;
	uint64_t rank;
};

static const struct word words[] = {
	{"alpha", VERSION_PRE, 1},    {"beta", VERSION_PRE, 2},	   {"rc", VERSION_PRE, 3},
	{"pre", VERSION_PRE, 0},      {"preview", VERSION_PRE, 0}, {"dev", VERSION_PRE, 0},
	{"snapshot", VERSION_PRE, 0}, {"nightly", VERSION_PRE, 0}, {"test", VERSION_PRE, 0},
	{"patch", VERSION_POST, 0},   {"update", VERSION_POST, 0}, {"hotfix", VERSION_POST, 0},
	{"sp", VERSION_POST, 0},      {"hf", VERSION_POST, 0},	   {"ru", VERSION_POST, 0},
	{"mr", VERSION_POST, 0},
};

/* They say nothing that a version before or after would not be. */
static const char *const fillers[] = {"v",  "ver",   "version", "stable",  "long",   "term",
				      "ga", "final", "lts",	"release", "mature", "longterm"};
/* Before the first number they are labels, not a train. */
static const char *const labels[] = {
	"v",	    "ver",     "version",  "fw",    "firmware", "software", "sw",    "rev",
	"revision", "release", "rel",	   "build", "aos",	"dsm",	    "os",    "axis",
	"fsos",	    "fortios", "routeros", "junos", "ros",	"exos",	    "image", "is"};
/* From there on it is a build, or another program of the same device. */
static const char *const builders[] = {"build", "bld", "date", "rel", "app", "bootldr", "firmware"};

static bool
is_among(const char *const *list, size_t count, const char *text, size_t len)
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

static size_t
digits(const char *p)
{
	return strspn(p, "0123456789");
}

static size_t
letters(const char *p)
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
static bool
is_calendar_day(const char *p)
{
	return digits(p) == 4 && (p[4] == '-' || p[4] == '.') && digits(p + 5) == 2 &&
	       p[7] == p[4] && digits(p + 8) == 2 && p[0] == '2' && p[1] == '0';
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
	size_t len = digits(scan->p);
	uint64_t value;

	if (len > 18)
		return false;
	if (starts_build(scan, len))
		scan->is_build = true;
	value = number(scan->p, len);
	if (scan->is_build && is_calendar_day(scan->p)) {
		value = number(scan->p, 4) * 10000 + number(scan->p + 5, 2) * 100 +
			number(scan->p + 8, 2);
		len = 10;
	} else if (scan->is_build && len == 6 && is_day(scan->p, len) &&
		   (scan->scheme == VERSION_DATED || scan->scheme == VERSION_DAHUA)) {
		value += 20000000;
	}
	scan->p += len;
	return version_put(scan->out, scan->is_build, VERSION_NUMBER, value, "", 0);
}

/* One letter behind a number: a later rebuild in most houses. */
static bool
scan_letter(struct scan *scan)
{
	char letter = scan->p[0];
	bool has_number = digits(scan->p + 1) > 0;
	bool is_last = scan->p[1] == '\0';
	enum version_part_kind kind = VERSION_LETTER;

	switch (scan->scheme) {
	case VERSION_ZYXEL:
		if (letter == 'c' || letter == 'b') {
			scan->p++;
			if (letter == 'c') {
				scan->p += digits(scan->p);
				return true;
			}
			return version_put(scan->out, false, VERSION_PRE, 2, "beta", 4);
		}
		break;
	case VERSION_DAHUA:
		scan->p++;
		return true;
	case VERSION_BROCADE:
		if (letter == 't' && digits(scan->p + 1) >= 3) {
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
	size_t len = letters(p);

	if (is_among(builders, MEM_COUNT(builders), p, len)) {
		/* "build date", "build": no part; "app": one, for both must name the same. */
		static const char *const plain[] = {"build", "bld", "date"};

		scan->is_build = true;
		scan->p += len;
		return is_among(plain, MEM_COUNT(plain), p, len) ||
		       version_put(scan->out, true, VERSION_NAME, 0, p, len);
	}
	if (is_among(fillers, MEM_COUNT(fillers), p, len)) {
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

static int
scan_parts(struct scan *scan)
{
	while (scan->p[0] != '\0') {
		bool is_fine = true;

		if (digits(scan->p) > 0)
			is_fine = scan_number(scan);
		else if (letters(scan->p) > 0)
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

/* ---- what stands before the version */

static void
put_train(struct version *out, const char *text, size_t len)
{
	size_t at = strlen(out->train);

	if (at + len + 2 > sizeof(out->train))
		len = at + 2 > sizeof(out->train) ? 0 : sizeof(out->train) - at - 2;
	if (at > 0 && len > 0)
		out->train[at++] = ' ';
	memcpy(out->train + at, text, len);
	out->train[at + len] = '\0';
}

static void
read_train(struct version *out, const char *text, const char *until)
{
	while (text < until) {
		size_t len = 0;

		while (text + len < until && isalnum((unsigned char)text[len]))
			len++;
		if (len > 0 && !is_among(labels, MEM_COUNT(labels), text, len))
			put_train(out, text, len);
		text += len + 1;
	}
}

/* Where the version begins: at "5.5", else at the first number. NULL: there is none. */
static const char *
find_start(const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		size_t len = digits(p);

		if (len > 0 && (p[len] == '.' || p[len] == '(') && digits(p + len + 1) > 0 &&
		    (p == text || !isalnum((unsigned char)p[-1]) || p[-1] == 'v' || p[-1] == 'r' ||
		     p[-1] == 's'))
			return p;
		if (len > 0)
			p += len - 1;
	}
	return text[strcspn(text, "0123456789")] != '\0' ? text + strcspn(text, "0123456789")
							 : NULL;
}

/* "build 210625", "build_210625": nothing but a build; "Build 5.01.B65" is a version. */
static const char *
bare_build(const char *text)
{
	const char *p;

	if (strncmp(text, "build", 5) != 0)
		return NULL;
	p = text + 5 + strspn(text + 5, " _:-");
	if (strncmp(p, "date", 4) == 0)
		p += 4 + strspn(p + 4, " _:-");
	return digits(p) > 0 && (p[digits(p)] != '.' || is_calendar_day(p)) ? p : NULL;
}

static int
read_plain(enum version_scheme scheme, const char *text, struct version *out)
{
	struct scan scan = {.scheme = scheme, .out = out};
	const char *build = bare_build(text);

	scan.p = build != NULL ? build : find_start(text);
	scan.is_build = build != NULL;
	scan.start = scan.p;
	if (scan.p == NULL)
		return ERR_UNSUPPORTED;
	if (build == NULL)
		read_train(out, text, scan.p);
	return scan_parts(&scan);
}

/* ---- forms in which a part in the middle must agree */

/* Takes [from, until) out of text and makes it the train, unless it is but punctuation. */
static void
cut_train(struct version *out, char *text, size_t from, size_t until)
{
	if (strcspn(text + from, "abcdefghijklmnopqrstuvwxyz0123456789") < until - from)
		put_train(out, text + from, until - from);
	memmove(text + from, text + until, strlen(text + until) + 1);
}

static int
read_uniview(char *text, struct version *out)
{
	char *base = strstr(text, "-b");

	while (base != NULL && digits(base + 2) == 0)
		base = strstr(base + 1, "-b");
	if (base == NULL)
		return read_plain(VERSION_PLAIN, text, out);
	cut_train(out, text, 0, (size_t)(base - text) + 2);
	return scan_parts(
		&(struct scan){.scheme = VERSION_UNIVIEW, .start = text, .p = text, .out = out});
}

static int
read_vivotek(char *text, struct version *out)
{
	char *base = strstr(text, "vvtk-");

	if (base == NULL)
		return read_plain(VERSION_PLAIN, text, out);
	cut_train(out, text, 0, (size_t)(base - text) + 5);
	return scan_parts(
		&(struct scan){.scheme = VERSION_VIVOTEK, .start = text, .p = text, .out = out});
}

static int
read_zyxel(char *text, struct version *out)
{
	char *open = strchr(text, '(');
	size_t len = open != NULL ? letters(open + 1) : 0;
	int rc;

	if (len < 3 || len > 5 || open[1 + len] != '.')
		return read_plain(VERSION_ZYXEL, text, out);
	/* "v4.70(aaxn.1)c0" -> "v4.70(.1)c0" */
	memmove(open + 1, open + 1 + len, strlen(open + 1 + len) + 1);
	rc = read_plain(VERSION_ZYXEL, text, out);
	return rc;
}

static void
zyxel_model(const char *text, struct version *out)
{
	const char *open = strchr(text, '(');
	size_t len = open != NULL ? letters(open + 1) : 0;

	if (len >= 3 && len <= 5 && open[1 + len] == '.')
		put_train(out, open + 1, len);
}

/* The fourth field is the product's, and what follows up to ONVIF as well. */
static int
read_xiongmai(char *text, struct version *out)
{
	char *code = strstr(text, ".r");
	char *after;

	if (code == NULL || digits(code + 2) == 0)
		return read_plain(VERSION_PLAIN, text, out);
	code += 2 + digits(code + 2);
	after = strstr(code, "onvif");
	cut_train(out, text, (size_t)(code - text),
		  after != NULL ? (size_t)(after - text) : strlen(text));
	return read_plain(VERSION_PLAIN, text, out);
}

static void
alcatel_release_first(struct version *out)
{
	size_t n = out->count;
	struct version_part build;

	if (n < 4 || strcmp(out->parts[n - 2].word, "r") != 0 ||
	    out->parts[n - 1].kind != VERSION_NUMBER)
		return;
	build = out->parts[n - 3];
	out->parts[n - 3] = out->parts[n - 1];
	out->parts[n - 2] = build;
	out->count--;
}

static bool
lower(const char *text, char out[VERSION_TEXT_MAX])
{
	size_t len;

	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len > 0 && isspace((unsigned char)text[len - 1]))
		len--;
	if (len == 0 || len >= VERSION_TEXT_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		out[i] = (char)tolower((unsigned char)text[i]);
	out[len] = '\0';
	return true;
}

int
version_read(enum version_scheme scheme, const char *text, struct version *out)
{
	char low[VERSION_TEXT_MAX];
	int rc;

	memset(out, 0, sizeof(*out));
	if (!lower(text, low))
		return ERR_UNSUPPORTED;
	if ((scheme == VERSION_CISCO || scheme == VERSION_PLAIN) &&
	    version_read_cisco(low, scheme == VERSION_CISCO, out))
		return 0;
	if ((scheme == VERSION_JUNIPER || scheme == VERSION_PLAIN) &&
	    version_read_juniper(low, out))
		return 0;
	if (strchr(low, 'v') != NULL && version_read_huawei(low, out))
		return 0;
	memset(out, 0, sizeof(*out));
	switch (scheme) {
	case VERSION_UNIVIEW:
		return read_uniview(low, out);
	case VERSION_VIVOTEK:
		return read_vivotek(low, out);
	case VERSION_XIONGMAI:
		return read_xiongmai(low, out);
	case VERSION_ZYXEL:
		zyxel_model(low, out);
		return read_zyxel(low, out);
	case VERSION_ALCATEL:
		rc = read_plain(scheme, low, out);
		alcatel_release_first(out);
		return rc;
	default:
		return read_plain(scheme, low, out);
	}
}
