/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Takes a version to pieces, for most vendors alike: words before the first number that are not a
 * mere label are the train; what follows is version_scan.c's. And the forms in which a part in the
 * middle is the product.
 */
#include "version_parse.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <ctype.h>
#include <string.h>

/* Before the first number they are labels, not a train. */
static const char *const labels[] = {
	"v",	  "ver",      "version", "fw",	    "firmware", "software", "sw",
	"rev",	  "revision", "release", "rel",	    "build",	"aos",	    "dsm",
	"os",	  "axis",     "fsos",	 "fortios", "routeros", "junos",    "ros",
	"exos",	  "image",    "is",	 "qts",	    "eos",	"panos",    "sonicos",
	"edgeos", "airos",    "arubaos", "qutshero"};

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
		if (len > 0 && !version_is_among(labels, MEM_COUNT(labels), text, len))
			put_train(out, text, len);
		text += len + 1;
	}
}

/* Where the version begins: at "5.5", else at the first number. NULL: there is none. */
static const char *
find_start(const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		size_t len = version_digits(p);

		if (len > 0 && (p[len] == '.' || p[len] == '(') &&
		    version_digits(p + len + 1) > 0 &&
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
	return version_digits(p) > 0 && (p[version_digits(p)] != '.' || version_is_day(p)) ? p
											   : NULL;
}

static int
read_plain(enum version_scheme scheme, const char *text, struct version *out)
{
	const char *build = bare_build(text), *start = build != NULL ? build : find_start(text);

	if (start == NULL)
		return ERR_UNSUPPORTED;
	if (build == NULL && scheme != VERSION_FORTINET)
		read_train(out, text, start);
	return version_scan(scheme, start, build != NULL, out);
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

	while (base != NULL && version_digits(base + 2) == 0)
		base = strstr(base + 1, "-b");
	if (base == NULL)
		return read_plain(VERSION_PLAIN, text, out);
	cut_train(out, text, 0, (size_t)(base - text) + 2);
	return version_scan(VERSION_UNIVIEW, text, false, out);
}

static int
read_vivotek(char *text, struct version *out)
{
	char *base = strstr(text, "vvtk-");

	if (base == NULL)
		return read_plain(VERSION_PLAIN, text, out);
	cut_train(out, text, 0, (size_t)(base - text) + 5);
	return version_scan(VERSION_VIVOTEK, text, false, out);
}

static int
read_zyxel(char *text, struct version *out)
{
	char *open = strchr(text, '(');
	size_t len = open != NULL ? version_letters(open + 1) : 0;
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
	size_t len = open != NULL ? version_letters(open + 1) : 0;

	if (len >= 3 && len <= 5 && open[1 + len] == '.')
		put_train(out, open + 1, len);
}

/* The fourth field is the product's, and what follows up to ONVIF as well. */
static int
read_xiongmai(char *text, struct version *out)
{
	char *code = strstr(text, ".r");
	char *after;

	if (code == NULL || version_digits(code + 2) == 0)
		return read_plain(VERSION_PLAIN, text, out);
	code += 2 + version_digits(code + 2);
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
