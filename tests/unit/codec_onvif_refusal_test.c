/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is refused, with which reason, at which limit exactly; and what is forgiven, with which
 * note.
 */
#include "keepwatch/onvif_reply.h"

#include "keepwatch/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OPEN                                                               \
	"<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" " \
	"xmlns:tds=\"http://www.onvif.org/ver10/device/wsdl\"><s:Body>"    \
	"<tds:GetDeviceInformationResponse><tds:Model>M</tds:Model>"
#define CLOSE "</tds:GetDeviceInformationResponse></s:Body></s:Envelope>"

enum { DEPTH_OF_RESPONSE = 3, FIXTURE_NODES = 6 /* elements and attributes of OPEN */ };

static void
read_bytes(const char *body, size_t len, struct onvif_reply *reply)
{
	/* A copy of exactly that size, so that the sanitizer sees a read past its end. */
	char *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	memcpy(copy, body, len);
	assert_int_equal(onvif_read_reply(ONVIF_GET_DEVICE_INFORMATION, copy, len, reply), 0);
	free(copy);
}

static void
assert_refused_bytes(const char *body, size_t len, enum onvif_refusal expected)
{
	struct onvif_reply reply;

	read_bytes(body, len, &reply);
	if (reply.kind != ONVIF_REPLY_REFUSED || reply.refusal != expected)
		fail_msg("\"%.60s\": kind %d, \"%s\" instead of \"%s\"", body, reply.kind,
			 onvif_refusal_text(reply.refusal), onvif_refusal_text(expected));
	onvif_reply_fini(&reply);
}

static void
assert_refused(const char *body, enum onvif_refusal expected)
{
	assert_refused_bytes(body, strlen(body), expected);
}

/* The Model that comes out. */
static void
assert_read(const char *body, size_t len, const char *model, unsigned oddities)
{
	struct onvif_reply reply;

	read_bytes(body, len, &reply);
	if (reply.kind != ONVIF_REPLY_OK)
		fail_msg("\"%.60s\": %s", body, onvif_refusal_text(reply.refusal));
	assert_string_equal(reply.u.info.model, model);
	assert_int_equal(reply.oddities, oddities);
	onvif_reply_fini(&reply);
}

static void
test_what_is_no_reply(void **state)
{
	(void)state;
	assert_refused("", ONVIF_REFUSED_EMPTY);
	assert_refused(" \r\n", ONVIF_REFUSED_EMPTY);
	assert_refused("\xef\xbb\xbf", ONVIF_REFUSED_EMPTY);
	assert_refused("Unauthorized", ONVIF_REFUSED_NOT_XML);
	assert_refused("{\"a\": \"<x/>\"}", ONVIF_REFUSED_NOT_XML);
	assert_refused("<", ONVIF_REFUSED_TRUNCATED);
	assert_refused("< s:Envelope/>", ONVIF_REFUSED_NOT_XML);
	assert_refused("<HTML><body>x", ONVIF_REFUSED_HTML);
	assert_refused("<!doctype html><html>", ONVIF_REFUSED_HTML);
	assert_refused("<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\">", ONVIF_REFUSED_HTML);
	assert_refused("<!DOCTYPE s [<!ENTITY a 'b'>]>" OPEN CLOSE, ONVIF_REFUSED_DOCTYPE);
	assert_refused("<root/>", ONVIF_REFUSED_NO_ENVELOPE);
	assert_refused("<s:Envelope xmlns:s='x'/>", ONVIF_REFUSED_NO_BODY);
	assert_refused("<s:Envelope xmlns:s='x'><s:Body/></s:Envelope>", ONVIF_REFUSED_EMPTY_BODY);
	assert_refused("<s:Envelope xmlns:s='x'><s:Body>text</s:Body></s:Envelope>",
		       ONVIF_REFUSED_EMPTY_BODY);
}

static void
test_malformed(void **state)
{
	(void)state;
	assert_refused("</x>", ONVIF_REFUSED_MALFORMED);
	assert_refused("<![CDATA[x]]>", ONVIF_REFUSED_MALFORMED);
	assert_refused(OPEN "<a></b>" CLOSE, ONVIF_REFUSED_MALFORMED);
	assert_refused(OPEN "<a b=1/>" CLOSE, ONVIF_REFUSED_MALFORMED);
	assert_refused(OPEN "<a b='1' b='2'/>" CLOSE, ONVIF_REFUSED_MALFORMED);
	assert_refused(OPEN "<a b/>" CLOSE, ONVIF_REFUSED_MALFORMED);
	assert_refused(OPEN "<!ELEMENT a ANY>" CLOSE, ONVIF_REFUSED_MALFORMED);
	assert_refused(OPEN "< a/>" CLOSE, ONVIF_REFUSED_MALFORMED);
	assert_refused_bytes(OPEN "\0" CLOSE, sizeof(OPEN "\0" CLOSE) - 1,
			     ONVIF_REFUSED_BAD_CHARACTER);
}

/* A reply cut anywhere is never a success, and is called cut. */
static void
test_every_truncation(void **state)
{
	static const char whole[] =
		"<?xml version=\"1.0\"?><!-- c -->" OPEN "<x a='1'>t&amp;u<![CDATA[v]]></x>" CLOSE;
	size_t len = sizeof(whole) - 1;

	(void)state;
	assert_read(whole, len, "M", 0);
	for (size_t cut = 1; cut < len; cut++)
		assert_refused_bytes(whole, cut, ONVIF_REFUSED_TRUNCATED);
}

static void
put_repeated(struct buf *out, const char *text, int count)
{
	for (int i = 0; i < count; i++)
		buf_puts(out, text);
}

static void
assert_limit(struct buf *body, enum onvif_refusal expected)
{
	assert_int_equal(body->error, 0);
	if (expected == ONVIF_REFUSED_NONE)
		assert_read(body->data, body->len, "M", 0);
	else
		assert_refused_bytes(body->data, body->len, expected);
	buf_fini(body);
}

static void
make_deep(struct buf *body, int levels)
{
	buf_init(body, 8U << 20);
	buf_puts(body, OPEN);
	put_repeated(body, "<a>", levels);
	put_repeated(body, "</a>", levels);
	buf_puts(body, CLOSE);
}

static void
make_attributes(struct buf *body, int count)
{
	buf_init(body, 8U << 20);
	buf_puts(body, OPEN "<a");
	for (int i = 0; i < count; i++)
		buf_printf(body, " a%d='x'", i);
	buf_puts(body, "/>" CLOSE);
}

static void
make_tag(struct buf *body, size_t len)
{
	buf_init(body, 8U << 20);
	buf_puts(body, OPEN "<a b='");
	put_repeated(body, "x", (int)(len - strlen("<a b=''/>")));
	buf_puts(body, "'/>" CLOSE);
}

static void
make_size(struct buf *body, size_t len)
{
	buf_init(body, 8U << 20);
	buf_puts(body, OPEN);
	put_repeated(body, "x", (int)(len - strlen(OPEN CLOSE)));
	buf_puts(body, CLOSE);
}

static void
test_limits(void **state)
{
	struct buf body;

	(void)state;
	make_deep(&body, ONVIF_DEPTH_MAX - DEPTH_OF_RESPONSE);
	assert_limit(&body, ONVIF_REFUSED_NONE);
	make_deep(&body, ONVIF_DEPTH_MAX - DEPTH_OF_RESPONSE + 1);
	assert_limit(&body, ONVIF_REFUSED_TOO_DEEP);
	make_deep(&body, 100000);
	assert_limit(&body, ONVIF_REFUSED_TOO_DEEP);

	make_attributes(&body, ONVIF_ATTRIBUTES_MAX);
	assert_limit(&body, ONVIF_REFUSED_NONE);
	make_attributes(&body, ONVIF_ATTRIBUTES_MAX + 1);
	assert_limit(&body, ONVIF_REFUSED_TOO_MANY_ATTRIBUTES);

	make_tag(&body, ONVIF_TAG_MAX);
	assert_limit(&body, ONVIF_REFUSED_NONE);
	make_tag(&body, ONVIF_TAG_MAX + 1);
	assert_limit(&body, ONVIF_REFUSED_TAG_TOO_BIG);

	make_size(&body, ONVIF_BODY_MAX);
	assert_limit(&body, ONVIF_REFUSED_NONE);
	make_size(&body, ONVIF_BODY_MAX + 1);
	assert_limit(&body, ONVIF_REFUSED_TOO_BIG);

	buf_init(&body, 8U << 20);
	buf_puts(&body, OPEN);
	put_repeated(&body, "<a/>", ONVIF_ELEMENTS_MAX - FIXTURE_NODES);
	buf_puts(&body, CLOSE);
	assert_limit(&body, ONVIF_REFUSED_NONE);
	buf_init(&body, 8U << 20);
	buf_puts(&body, OPEN);
	put_repeated(&body, "<a/>", ONVIF_ELEMENTS_MAX - FIXTURE_NODES + 1);
	buf_puts(&body, CLOSE);
	assert_limit(&body, ONVIF_REFUSED_TOO_MANY_ELEMENTS);
}

/* Declarations add up over the levels, where each costs every lookup below. */
static void
test_namespaces_in_scope(void **state)
{
	struct buf body;

	(void)state;
	buf_init(&body, 8U << 20);
	buf_puts(&body, OPEN);
	for (int level = 0; level < 6; level++) {
		buf_puts(&body, "<a");
		for (int i = 0; i < 100; i++)
			buf_printf(&body, " xmlns:n%d_%d='u'", level, i);
		buf_puts(&body, ">");
	}
	put_repeated(&body, "</a>", 6);
	buf_puts(&body, CLOSE);
	assert_limit(&body, ONVIF_REFUSED_TOO_MANY_ATTRIBUTES);

	/* Side by side they do not: many stacks declare them on each element. */
	buf_init(&body, 8U << 20);
	buf_puts(&body, OPEN);
	put_repeated(&body, "<n:a xmlns:n='u' xmlns:m='v'></n:a>", 1000);
	buf_puts(&body, CLOSE);
	assert_limit(&body, ONVIF_REFUSED_NONE);
}

static void
test_what_is_forgiven(void **state)
{
	static const char utf16[] = "\xff\xfe<\0a\0/\0>\0";
#define FORGIVEN(text, odd) assert_read(text, sizeof(text) - 1, "M", odd)

	(void)state;
	FORGIVEN("\xef\xbb\xbf" OPEN CLOSE, 0);
	FORGIVEN("\r\n\r\n" OPEN CLOSE, ONVIF_ODD_LEADING);
	FORGIVEN(OPEN CLOSE "\r\nDEBUG: <ok>\n", ONVIF_ODD_TRAILING);
	FORGIVEN(OPEN CLOSE "\r\n\0", 0);
	FORGIVEN(OPEN "<q:x q:y='1'/>" CLOSE, ONVIF_ODD_PREFIX);
	FORGIVEN(OPEN "a & b &nbsp; &#1; &#xFFFFFFFFF;" CLOSE, ONVIF_ODD_CHARACTER);
	FORGIVEN(OPEN "\xff\xc3" CLOSE, ONVIF_ODD_ENCODING);
	FORGIVEN(OPEN "<tds:Model>second</tds:Model>" CLOSE, ONVIF_ODD_DUPLICATE);
	FORGIVEN("<?xml version='1.0' encoding='utf-16'?>" OPEN CLOSE, ONVIF_ODD_ENCODING);
	FORGIVEN("<?xml version='1.0' encoding='gb2312'?>" OPEN "\xff\xff" CLOSE,
		 ONVIF_ODD_ENCODING);
	FORGIVEN("<?xml version='1.0' encoding='iso-8859-1'?>" OPEN "\xe9" CLOSE, 0);
	FORGIVEN(OPEN "<!-- </x> & --><?pi <x> ?><![CDATA[<y> & ]] ]]>" CLOSE, 0);
	FORGIVEN(OPEN "<a b='x > y \"' c=\"'\"/>" CLOSE, 0);
	FORGIVEN("\r\n--b1\r\nContent-Type: application/xop+xml\r\n\r\n" OPEN CLOSE
		 "\r\n--b1\r\n\r\n\x01\x02\xff\r\n--b1--\r\n",
		 ONVIF_ODD_MULTIPART);
	FORGIVEN("--b1\nContent-Type: image/jpeg\n\n\xff\xd8\xff\n--b1\nContent-ID: <r>\n\n" OPEN
			 CLOSE "\n--b1--",
		 ONVIF_ODD_MULTIPART);
#undef FORGIVEN
	assert_refused_bytes(utf16, sizeof(utf16) - 1, ONVIF_REFUSED_NO_ENVELOPE);
	assert_refused("--b1\r\nContent-Type: text/plain\r\n\r\nno\r\n--b1--\r\n",
		       ONVIF_REFUSED_NOT_XML);
	/* A multipart whose root part is cut is as cut as any other. */
	assert_refused("--b1\r\nContent-Type: application/xop+xml\r\n\r\n" OPEN "\r\n--b1--\r\n",
		       ONVIF_REFUSED_TRUNCATED);
}

static void
test_utf16(void **state)
{
	static const char ascii[] = OPEN CLOSE;
	char body[2 * sizeof(ascii) + 2];
	size_t n = 0;

	(void)state;
	for (int big_endian = 0; big_endian < 2; big_endian++) {
		n = 0;
		body[n++] = (char)(big_endian ? 0xfe : 0xff);
		body[n++] = (char)(big_endian ? 0xff : 0xfe);
		for (size_t i = 0; i + 1 < sizeof(ascii); i++) {
			body[n + (size_t)big_endian] = ascii[i];
			body[n + 1 - (size_t)big_endian] = '\0';
			n += 2;
		}
		assert_read(body, n, "M", 0);
		assert_read(body + 2, n - 2, "M", 0); /* without its mark */
		assert_refused_bytes(body, n - 2, ONVIF_REFUSED_TRUNCATED);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_no_reply),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_namespaces_in_scope),
		cmocka_unit_test(test_what_is_forgiven),
		cmocka_unit_test(test_utf16),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
