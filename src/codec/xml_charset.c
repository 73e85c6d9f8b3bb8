/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Character sets of replies: told by byte order mark, by the zero bytes of UTF-16, then by the
 * label in the XML declaration. Devices label wrongly, so the bytes have the last word.
 */
#include "xml_clean.h"

#include "keepwatch/err.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { LABEL_MAX = 32, DECLARATION_MAX = 200 };

/* Labels for which iconv is asked: sets that cameras are known to be set to. */
static const char *const legacy_sets[] = {
	"gb2312",	"gbk",		"gb18030",	  "big5",	  "shift_jis",
	"euc-jp",	"euc-kr",	"ks_c_5601-1987", "iso-8859-1",	  "iso-8859-2",
	"iso-8859-5",	"iso-8859-9",	"iso-8859-15",	  "windows-1250", "windows-1251",
	"windows-1252", "windows-1254", "koi8-r",
};

static bool
is_ascii(const char *text, size_t len)
{
	unsigned char seen = 0;

	for (size_t i = 0; i < len; i++)
		seen |= (unsigned char)text[i];
	return seen < 0x80;
}

/* The value of encoding= in a declaration that opens the text, lower case not wanted; "" if none.
 */
static void
find_label(const char *text, size_t len, char label[LABEL_MAX])
{
	const char *end, *at;
	size_t n = 0;
	char quote;

	label[0] = '\0';
	while (len > 0 && strchr(" \t\r\n", *text) != NULL && *text != '\0')
		text++, len--;
	if (len > DECLARATION_MAX)
		len = DECLARATION_MAX;
	if (len < 5 || memcmp(text, "<?xml", 5) != 0)
		return;
	end = memmem(text, len, "?>", 2);
	if (end == NULL)
		return;
	at = memmem(text, (size_t)(end - text), "encoding", 8);
	if (at == NULL)
		return;
	at += 8;
	while (at < end && (*at == ' ' || *at == '='))
		at++;
	if (at >= end || (*at != '"' && *at != '\''))
		return;
	quote = *at++;
	while (at + n < end && at[n] != quote)
		n++;
	if (at + n >= end || n >= LABEL_MAX)
		return;
	memcpy(label, at, n);
	label[n] = '\0';
}

static void
put_code_point(struct buf *out, uint32_t c)
{
	char s[4];
	size_t n;

	if (c < 0x80) {
		s[0] = (char)c;
		n = 1;
	} else if (c < 0x800) {
		s[0] = (char)(0xc0 | c >> 6);
		s[1] = (char)(0x80 | (c & 0x3f));
		n = 2;
	} else if (c < 0x10000) {
		s[0] = (char)(0xe0 | c >> 12);
		s[1] = (char)(0x80 | (c >> 6 & 0x3f));
		s[2] = (char)(0x80 | (c & 0x3f));
		n = 3;
	} else {
		s[0] = (char)(0xf0 | c >> 18);
		s[1] = (char)(0x80 | (c >> 12 & 0x3f));
		s[2] = (char)(0x80 | (c >> 6 & 0x3f));
		s[3] = (char)(0x80 | (c & 0x3f));
		n = 4;
	}
	buf_put(out, s, n);
}

/* RFC 2781; unpaired surrogates become U+FFFD. */
static void
from_utf16(const char *text, size_t len, bool big_endian, struct buf *out, unsigned *oddities)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned hi = big_endian ? 0 : 1;
	uint32_t lead = 0;

	for (size_t i = 0; i + 1 < len; i += 2) {
		uint32_t c = (uint32_t)s[i + hi] << 8 | s[i + 1 - hi];

		if (lead != 0 && c >= 0xdc00 && c <= 0xdfff) {
			put_code_point(out, 0x10000 + ((lead - 0xd800) << 10) + (c - 0xdc00));
			lead = 0;
			continue;
		}
		if (lead != 0 || (c >= 0xdc00 && c <= 0xdfff)) {
			put_code_point(out, 0xfffd);
			*oddities |= ONVIF_ODD_ENCODING;
			lead = 0;
			if (c >= 0xdc00 && c <= 0xdfff)
				continue;
		}
		if (c >= 0xd800 && c <= 0xdbff)
			lead = c;
		else
			put_code_point(out, c);
	}
	if (lead != 0) {
		put_code_point(out, 0xfffd);
		*oddities |= ONVIF_ODD_ENCODING;
	}
}

/* False if the bytes are not of that set (out is then to be reset) or there is no such converter.
 */
static bool
from_legacy(const char *label, const char *text, size_t len, struct buf *out)
{
	char chunk[4096];
	char *in = (char *)text; /* iconv's interface; it only reads */
	size_t left = len, rc;
	iconv_t cd = iconv_open("UTF-8", label);

	if (cd == (iconv_t)-1) {
		if (errno == ENOMEM)
			out->error = ERR_NOMEM;
		return false;
	}
	do {
		char *to = chunk;
		size_t room = sizeof(chunk);

		rc = iconv(cd, &in, &left, &to, &room);
		buf_put(out, chunk, sizeof(chunk) - room);
		/* A full chunk is the one reason to go on. */
		if (rc == (size_t)-1 && room == sizeof(chunk))
			break;
	} while (left > 0 && out->error == 0);
	iconv_close(cd);
	return left == 0;
}

int
xml_to_utf8(const char *body, size_t len, struct buf *converted, const char **text,
	    size_t *text_len, unsigned *oddities)
{
	char label[LABEL_MAX];
	const char *set = NULL;

	*text = body;
	*text_len = len;
	if (len >= 3 && memcmp(body, "\xef\xbb\xbf", 3) == 0) {
		*text = body + 3;
		*text_len = len - 3;
		return 0;
	}
	if (len >= 4 && (memcmp(body, "\xff\xfe", 2) == 0 || memcmp(body, "<\0", 2) == 0 ||
			 memcmp(body, "\xfe\xff", 2) == 0 || memcmp(body, "\0<", 2) == 0)) {
		bool big_endian = body[0] == '\xfe' || body[0] == '\0';
		bool has_mark = body[0] == '\xff' || body[0] == '\xfe';

		from_utf16(has_mark ? body + 2 : body, has_mark ? len - 2 : len, big_endian,
			   converted, oddities);
		goto take;
	}
	find_label(body, len, label);
	if (label[0] == '\0' || strcasecmp(label, "utf-8") == 0 || strcasecmp(label, "utf8") == 0 ||
	    strcasecmp(label, "us-ascii") == 0)
		return 0;
	for (size_t i = 0; i < MEM_COUNT(legacy_sets); i++) {
		if (strcasecmp(label, legacy_sets[i]) == 0)
			set = legacy_sets[i];
	}
	if (set == NULL) {
		*oddities |= ONVIF_ODD_ENCODING; /* e.g. "utf-16" on plain bytes */
		return 0;
	}
	if (is_ascii(body, len))
		return 0;
	/* GB2312 devices send characters of its supersets. */
	if (strcmp(set, "gb2312") == 0 || strcmp(set, "gbk") == 0)
		set = "gb18030";
	if (!from_legacy(set, body, len, converted) && converted->error == 0) {
		buf_reset(converted);
		*oddities |= ONVIF_ODD_ENCODING;
		return 0;
	}
take:
	if (converted->error == ERR_NOMEM)
		return ERR_NOMEM;
	/* Longer than its cap: what is there is cut, and the scan will find it truncated. */
	*text = converted->data != NULL ? converted->data : "";
	*text_len = converted->len;
	return 0;
}
