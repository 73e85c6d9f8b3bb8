/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pass before libxml2. Limits come from measurement: 20,000 attributes in one tag held libxml2
 * for over 3 s, and a DOM of 1 MiB of empty elements takes 30 MB.
 */
#include "xml_clean.h"

#include "keepwatch/err.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

struct scan {
	const char *text;
	size_t len, pos;
	struct buf *out;
	unsigned oddities;
	enum onvif_refusal refusal;
	unsigned depth;
	unsigned nodes;	     /* elements and attributes so far */
	unsigned namespaces; /* declarations in scope */
	struct {
		size_t name, name_len; /* of the open element at that depth, in text */
		unsigned namespaces;   /* declared by it */
	} open[ONVIF_DEPTH_MAX + 1];
	bool is_done; /* the root element has ended */
};

static void
refuse(struct scan *scan, enum onvif_refusal refusal)
{
	if (scan->refusal == ONVIF_REFUSED_NONE)
		scan->refusal = refusal;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* XML 1.0 section 2.2, production Char. */
static bool
is_xml_char(uint32_t c)
{
	return c == 9 || c == 10 || c == 13 || (c >= 0x20 && c <= 0xd7ff) ||
	       (c >= 0xe000 && c <= 0xfffd) || (c >= 0x10000 && c <= 0x10ffff);
}

/* Length of the character reference "&#..;" at s, 0 if it is none; *c is what it means. */
static size_t
char_reference(const char *s, size_t len, uint32_t *c)
{
	bool is_hex = len > 2 && s[2] == 'x';
	size_t i = is_hex ? 3 : 2;
	size_t digits = 0;

	*c = 0;
	for (; i < len && digits < 9; i++, digits++) {
		char d = s[i];
		unsigned value;

		if (d >= '0' && d <= '9')
			value = (unsigned)(d - '0');
		else if (is_hex && (d | 0x20) >= 'a' && (d | 0x20) <= 'f')
			value = (unsigned)((d | 0x20) - 'a') + 10;
		else
			break;
		if (*c <= 0x10ffff)
			*c = *c * (is_hex ? 16 : 10) + value;
	}
	return digits > 0 && i < len && s[i] == ';' ? i + 1 : 0;
}

/* Copies one '&' and what belongs to it; returns how many bytes of s that were. */
static size_t
put_reference(struct scan *scan, const char *s, size_t len)
{
	static const char *const predefined[] = {"&lt;", "&gt;", "&amp;", "&quot;", "&apos;"};
	uint32_t c;
	size_t n;

	for (size_t i = 0; i < MEM_COUNT(predefined); i++) {
		n = strlen(predefined[i]);
		if (len >= n && memcmp(s, predefined[i], n) == 0) {
			buf_put(scan->out, s, n);
			return n;
		}
	}
	if (len > 2 && s[1] == '#') {
		n = char_reference(s, len, &c);
		if (n > 0) {
			if (is_xml_char(c)) {
				buf_put(scan->out, s, n);
			} else {
				buf_puts(scan->out, REPLACEMENT);
				scan->oddities |= ONVIF_ODD_CHARACTER;
			}
			return n;
		}
	}
	/* Bare ampersand, or an entity that only a DTD could have declared: meant literally. */
	buf_puts(scan->out, "&amp;");
	scan->oddities |= ONVIF_ODD_CHARACTER;
	return 1;
}

enum clean_as { CLEAN_TEXT, CLEAN_TAG, CLEAN_CDATA };

/* Copies a stretch without markup of its own as valid UTF-8 made of XML characters. */
static void
put_clean(struct scan *scan, const char *s, size_t len, enum clean_as as)
{
	size_t start = 0, i = 0;

	while (i < len) {
		unsigned char c = (unsigned char)s[i];
		size_t n;

		if ((c >= 0x20 && c < 0x80 && c != '&' && c != '<') || is_blank((char)c)) {
			i++;
			continue;
		}
		n = c >= 0x80 ? utf8_sequence(s + i, len - i) : 0;
		if (n > 0 && !(n == 3 && memcmp(s + i, "\xef\xbf", 2) == 0 &&
			       (unsigned char)s[i + 2] >= 0xbe)) {
			i += n;
			continue;
		}
		if (c == '<' && as == CLEAN_TAG && i == 0) {
			i++; /* the tag's own */
			continue;
		}
		buf_put(scan->out, s + start, i - start);
		if (c == '&' && as != CLEAN_CDATA) {
			i += put_reference(scan, s + i, len - i);
		} else if (c == '&') {
			buf_puts(scan->out, "&amp;");
			i++;
		} else if (c == '<') {
			buf_puts(scan->out, "&lt;");
			i++;
		} else if (c == '\0') {
			refuse(scan, ONVIF_REFUSED_BAD_CHARACTER);
			return;
		} else {
			buf_puts(scan->out, REPLACEMENT);
			scan->oddities |= c >= 0x80 ? ONVIF_ODD_ENCODING : ONVIF_ODD_CHARACTER;
			i += n > 0 ? n : 1;
		}
		start = i;
	}
	buf_put(scan->out, s + start, len - start);
}

/* Moves past `end`, which must come at or after pos + from; NULL and a refusal if it does not. */
static const char *
skip_to(struct scan *scan, size_t from, const char *end)
{
	size_t n = strlen(end);
	const char *at = NULL;

	if (scan->pos + from <= scan->len)
		at = memmem(scan->text + scan->pos + from, scan->len - scan->pos - from, end, n);
	if (at == NULL) {
		refuse(scan, ONVIF_REFUSED_TRUNCATED);
		return NULL;
	}
	scan->pos = (size_t)(at - scan->text) + n;
	return at;
}

static bool
starts_with(const struct scan *scan, const char *prefix)
{
	size_t n = strlen(prefix);

	return scan->len - scan->pos >= n && strncasecmp(scan->text + scan->pos, prefix, n) == 0;
}

/* DOCTYPE, comment or CDATA section. */
static void
scan_declaration(struct scan *scan)
{
	const char *end;
	size_t at;

	if (starts_with(scan, "<!--")) {
		skip_to(scan, 4, "-->");
	} else if (starts_with(scan, "<![CDATA[")) {
		at = scan->pos + 9;
		end = skip_to(scan, 9, "]]>");
		if (scan->depth == 0)
			refuse(scan, ONVIF_REFUSED_MALFORMED);
		else if (end != NULL)
			put_clean(scan, scan->text + at, (size_t)(end - scan->text) - at,
				  CLEAN_CDATA);
	} else if (starts_with(scan, "<!DOCTYPE")) {
		at = scan->pos + 9;
		while (at < scan->len && is_blank(scan->text[at]))
			at++;
		if (scan->len - at >= 4 && strncasecmp(scan->text + at, "html", 4) == 0)
			refuse(scan, ONVIF_REFUSED_HTML);
		else
			refuse(scan, ONVIF_REFUSED_DOCTYPE);
	} else {
		/* A cut "<!--", "<![CDATA[" or "<!DOCTYPE" is short; anything else is nonsense. */
		refuse(scan, scan->len - scan->pos < 9 ? ONVIF_REFUSED_TRUNCATED
						       : ONVIF_REFUSED_MALFORMED);
	}
}

/* Length of the tag at pos with its '>', 0 and a refusal if it does not end or is too much. */
static size_t
measure_tag(struct scan *scan, unsigned *attributes, unsigned *namespaces)
{
	const char *tag = scan->text + scan->pos;
	size_t left = scan->len - scan->pos;
	char quote = '\0';

	*attributes = *namespaces = 0;
	for (size_t i = 1; i < left; i++) {
		char c = tag[i];

		if (i >= ONVIF_TAG_MAX) {
			refuse(scan, ONVIF_REFUSED_TAG_TOO_BIG);
			return 0;
		}
		if (quote != '\0') {
			if (c == quote)
				quote = '\0';
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == '=') {
			if (++*attributes > ONVIF_ATTRIBUTES_MAX) {
				refuse(scan, ONVIF_REFUSED_TOO_MANY_ATTRIBUTES);
				return 0;
			}
		} else if (c == 'x' && is_blank(tag[i - 1]) && left - i > 5 &&
			   memcmp(tag + i, "xmlns", 5) == 0) {
			++*namespaces;
		} else if (c == '>') {
			return i + 1;
		}
	}
	refuse(scan, ONVIF_REFUSED_TRUNCATED);
	return 0;
}

static bool
is_html(const char *tag, size_t len)
{
	return len >= 6 && strncasecmp(tag, "<html", 5) == 0 && (is_blank(tag[5]) || tag[5] == '>');
}

static size_t
name_length(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && !is_blank(s[n]) && s[n] != '>' && s[n] != '/')
		n++;
	return n;
}

static void
scan_start_tag(struct scan *scan)
{
	const char *tag = scan->text + scan->pos;
	unsigned attributes, namespaces;
	bool is_empty;
	size_t len;

	if (scan->depth == 0 && is_html(tag, scan->len - scan->pos)) {
		refuse(scan, ONVIF_REFUSED_HTML);
		return;
	}
	len = measure_tag(scan, &attributes, &namespaces);
	if (len == 0)
		return;
	if (scan->depth == ONVIF_DEPTH_MAX) {
		refuse(scan, ONVIF_REFUSED_TOO_DEEP);
		return;
	}
	scan->nodes += 1 + attributes;
	if (scan->nodes > ONVIF_ELEMENTS_MAX) {
		refuse(scan, ONVIF_REFUSED_TOO_MANY_ELEMENTS);
		return;
	}
	if (scan->namespaces + namespaces > XML_NAMESPACES_MAX) {
		refuse(scan, ONVIF_REFUSED_TOO_MANY_ATTRIBUTES);
		return;
	}
	is_empty = tag[len - 2] == '/';
	put_clean(scan, tag, len, CLEAN_TAG);
	scan->pos += len;
	if (is_empty) {
		scan->is_done = scan->depth == 0;
		return;
	}
	scan->depth++;
	scan->open[scan->depth].name = (size_t)(tag - scan->text) + 1;
	scan->open[scan->depth].name_len = name_length(tag + 1, len - 1);
	scan->open[scan->depth].namespaces = namespaces;
	scan->namespaces += namespaces;
}

static void
scan_end_tag(struct scan *scan)
{
	const char *tag = scan->text + scan->pos;
	const char *end;
	size_t n;

	if (scan->depth == 0) {
		refuse(scan, ONVIF_REFUSED_MALFORMED);
		return;
	}
	end = skip_to(scan, 2, ">");
	if (end == NULL)
		return;
	if (end - tag >= ONVIF_TAG_MAX) {
		refuse(scan, ONVIF_REFUSED_TAG_TOO_BIG);
		return;
	}
	/* Here, so that a tag closed by another's end is not taken for a reply that was cut. */
	n = scan->open[scan->depth].name_len;
	if (name_length(tag + 2, (size_t)(end - tag) - 2) != n ||
	    memcmp(tag + 2, scan->text + scan->open[scan->depth].name, n) != 0) {
		refuse(scan, ONVIF_REFUSED_MALFORMED);
		return;
	}
	put_clean(scan, tag, (size_t)(end - tag) + 1, CLEAN_TAG);
	scan->namespaces -= scan->open[scan->depth].namespaces;
	scan->depth--;
	scan->is_done = scan->depth == 0;
}

static void
scan_text(struct scan *scan)
{
	const char *text = scan->text + scan->pos;
	const char *end = memchr(text, '<', scan->len - scan->pos);
	size_t len = end != NULL ? (size_t)(end - text) : scan->len - scan->pos;

	scan->pos += len;
	if (scan->depth > 0) {
		put_clean(scan, text, len, CLEAN_TEXT);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (!is_blank(text[i])) {
			refuse(scan, ONVIF_REFUSED_NOT_XML);
			return;
		}
	}
}

static void
scan_markup(struct scan *scan)
{
	char next = scan->pos + 1 < scan->len ? scan->text[scan->pos + 1] : '\0';

	if (scan->pos + 1 >= scan->len)
		refuse(scan, ONVIF_REFUSED_TRUNCATED);
	else if (next == '!')
		scan_declaration(scan);
	else if (next == '?')
		skip_to(scan, 2, "?>");
	else if (next == '/')
		scan_end_tag(scan);
	else if ((next | 0x20) >= 'a' && (next | 0x20) <= 'z')
		scan_start_tag(scan);
	else if (next == '_' || next == ':' || (unsigned char)next >= 0x80)
		scan_start_tag(scan);
	else
		refuse(scan, scan->depth == 0 ? ONVIF_REFUSED_NOT_XML : ONVIF_REFUSED_MALFORMED);
}

int
xml_clean(const void *body, size_t len, struct buf *out, enum onvif_refusal *refusal,
	  unsigned *oddities)
{
	struct scan scan = {.out = out};
	struct buf converted;
	int rc;

	buf_init(&converted, XML_CLEAN_MAX);
	if (len > ONVIF_BODY_MAX) {
		*refusal = ONVIF_REFUSED_TOO_BIG;
		return 0;
	}
	rc = xml_to_utf8(body, len, &converted, &scan.text, &scan.len, &scan.oddities);
	if (rc != 0)
		goto out;
	while (scan.pos < scan.len && is_blank(scan.text[scan.pos]))
		scan.pos++;
	if (scan.pos == scan.len)
		refuse(&scan, ONVIF_REFUSED_EMPTY);
	else if (scan.pos > 0)
		scan.oddities |= ONVIF_ODD_LEADING;
	while (scan.pos < scan.len && !scan.is_done && scan.refusal == ONVIF_REFUSED_NONE) {
		if (scan.text[scan.pos] == '<')
			scan_markup(&scan);
		else
			scan_text(&scan);
		if (out->error != 0)
			break;
	}
	if (!scan.is_done)
		refuse(&scan, ONVIF_REFUSED_TRUNCATED);
	for (size_t i = scan.pos; i < scan.len && scan.is_done; i++) {
		if (!is_blank(scan.text[i]) && scan.text[i] != '\0') {
			scan.oddities |= ONVIF_ODD_TRAILING;
			break;
		}
	}
	if (out->error == ERR_TOOBIG || converted.error == ERR_TOOBIG)
		scan.refusal = ONVIF_REFUSED_TOO_BIG;
	else if (out->error != 0)
		rc = out->error;
	*refusal = scan.refusal;
	*oddities |= scan.oddities;
out:
	buf_fini(&converted);
	return rc;
}
