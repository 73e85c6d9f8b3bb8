/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Requests as libxml2 reads them back: the right element in the right namespace, the Security
 * header with what was given, nothing that could break out of a text.
 */
#include "keepwatch/err.h"
#include "keepwatch/mem.h"
#include "keepwatch/onvif.h"

#include <malloc.h>

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WSS	   "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
#define SOAP12	   "http://www.w3.org/2003/05/soap-envelope"
#define TOKEN_PATH "/s:Envelope/s:Header/wsse:Security/wsse:UsernameToken"

struct fixture {
	struct onvif_writer *writer;
	struct buf out;
};

static int
setup(void **state)
{
	static struct fixture f;

	assert_int_equal(onvif_writer_new(&f.writer), 0);
	buf_init(&f.out, ONVIF_REQUEST_MAX);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	onvif_writer_free(f->writer);
	buf_fini(&f->out);
	return 0;
}

/* The string value of an XPath expression over the request; xmlFree. */
static char *
evaluate(const struct buf *request, const char *expression)
{
	xmlDoc *doc = xmlReadMemory(request->data, (int)request->len, NULL, NULL, XML_PARSE_NONET);
	xmlXPathContext *ctxt;
	xmlXPathObject *object;
	char *text;

	assert_non_null(doc);
	ctxt = xmlXPathNewContext(doc);
	xmlXPathRegisterNs(ctxt, BAD_CAST "s", BAD_CAST SOAP12);
	xmlXPathRegisterNs(ctxt, BAD_CAST "wsse", BAD_CAST WSS "wssecurity-secext-1.0.xsd");
	xmlXPathRegisterNs(ctxt, BAD_CAST "wsu", BAD_CAST WSS "wssecurity-utility-1.0.xsd");
	object = xmlXPathEvalExpression(BAD_CAST expression, ctxt);
	assert_non_null(object);
	text = (char *)xmlXPathCastToString(object);
	xmlXPathFreeObject(object);
	xmlXPathFreeContext(ctxt);
	xmlFreeDoc(doc);
	return text;
}

static void
assert_value(const struct buf *request, const char *expression, const char *expected)
{
	char *text = evaluate(request, expression);

	assert_string_equal(text, expected);
	xmlFree(text);
}

static void
test_every_operation(void **state)
{
	struct fixture *f = *state;

	for (int op = 0; op < ONVIF_OP_COUNT; op++) {
		struct onvif_set_user user = {"u", "p", ONVIF_LEVEL_OPERATOR};
		struct onvif_request request = {
			.op = (enum onvif_op)op, .token = "door_001", .set_user = &user};
		const char *uri = onvif_service_uri(onvif_op_service(request.op));
		char action[256];

		buf_reset(&f->out);
		assert_int_equal(onvif_write_request(f->writer, &request, &f->out), 0);
		assert_value(&f->out, "count(/s:Envelope/s:Body/*)", "1");
		assert_value(&f->out, "local-name(/s:Envelope/s:Body/*)",
			     onvif_op_name(request.op));
		assert_value(&f->out, "namespace-uri(/s:Envelope/s:Body/*)", uri);
		assert_value(&f->out, "count(/s:Envelope/s:Body/*/@*)", "0");
		assert_value(&f->out, "count(//wsse:*)", "0");
		snprintf(action, sizeof(action),
			 "application/soap+xml; charset=utf-8; action=\"%s/%s\"", uri,
			 onvif_op_name(request.op));
		assert_string_equal(onvif_content_type(request.op), action);
	}
}

static void
test_parameters(void **state)
{
	struct fixture *f = *state;
	struct onvif_request request = {.op = ONVIF_GET_DOOR_STATE, .token = "<d&1>"};

	assert_int_equal(onvif_write_request(f->writer, &request, &f->out), 0);
	assert_value(&f->out, "/s:Envelope/s:Body/*/*[local-name()='Token']", "<d&1>");

	buf_reset(&f->out);
	request = (struct onvif_request){.op = ONVIF_GET_DOOR_INFO_LIST};
	assert_int_equal(onvif_write_request(f->writer, &request, &f->out), 0);
	assert_value(&f->out, "count(/s:Envelope/s:Body/*/*)", "0");

	buf_reset(&f->out);
	request = (struct onvif_request){
		.op = ONVIF_GET_ACCESS_POINT_INFO_LIST, .limit = 50, .start_reference = "next"};
	assert_int_equal(onvif_write_request(f->writer, &request, &f->out), 0);
	assert_value(&f->out, "/s:Envelope/s:Body/*/*[1][local-name()='Limit']", "50");
	assert_value(&f->out, "/s:Envelope/s:Body/*/*[2][local-name()='StartReference']", "next");

	buf_reset(&f->out);
	request = (struct onvif_request){.op = ONVIF_GET_SERVICES};
	assert_int_equal(onvif_write_request(f->writer, &request, &f->out), 0);
	assert_value(&f->out, "/s:Envelope/s:Body/*/*[local-name()='IncludeCapability']", "false");
}

static void
test_security_header(void **state)
{
	struct fixture *f = *state;
	struct onvif_wsse wsse = {
		.username = "m\xc3\xb6nitor <&>\"'",
		.password = "p\xc3\xa4ss w\xc3\xb6rd<&>",
		.created_ms = INT64_C(1772373731123), /* 2026-03-01T14:02:11.123Z */
	};
	struct onvif_request request = {.op = ONVIF_GET_DEVICE_INFORMATION, .wsse = &wsse};

	for (size_t i = 0; i < ONVIF_NONCE_SIZE; i++)
		wsse.nonce[i] = (uint8_t)i;
	assert_int_equal(onvif_write_request(f->writer, &request, &f->out), 0);
	assert_value(&f->out, TOKEN_PATH "/wsse:Username", wsse.username);
	assert_value(&f->out, TOKEN_PATH "/wsu:Created", "2026-03-01T14:02:11.123Z");
	assert_value(&f->out, TOKEN_PATH "/wsse:Nonce", "AAECAwQFBgcICQoLDA0ODw==");
	/* From openssl: see codec_wsse_test.c. */
	assert_value(&f->out, TOKEN_PATH "/wsse:Password", "YJm5vZhPD7fIO5lWKMr6hEi/I8w=");
	assert_value(&f->out, TOKEN_PATH "/wsse:Password/@Type",
		     WSS "username-token-profile-1.0#PasswordDigest");
	assert_value(&f->out, TOKEN_PATH "/wsse:Nonce/@EncodingType",
		     WSS "soap-message-security-1.0#Base64Binary");
	assert_value(&f->out, "/s:Envelope/s:Header/wsse:Security/@s:mustUnderstand", "true");
	assert_null(strstr(f->out.data, wsse.password));

	/* The next request of the same writer is clean of it. */
	buf_reset(&f->out);
	request.wsse = NULL;
	assert_int_equal(onvif_write_request(f->writer, &request, &f->out), 0);
	assert_value(&f->out, "count(//wsse:*)", "0");
}

static void
test_refusals(void **state)
{
	struct fixture *f = *state;
	char longest[ONVIF_USERNAME_MAX + 2];
	struct onvif_wsse wsse = {.username = "u", .password = "p"};
	struct onvif_request request = {.op = ONVIF_GET_HOSTNAME, .wsse = &wsse};
	static const char *const bad_names[] = {"a\nb", "a\x01", "\xff", "\xef\xbf\xbf", "\x7f"};

	for (size_t i = 0; i < MEM_COUNT(bad_names); i++) {
		wsse.username = bad_names[i];
		assert_int_equal(onvif_write_request(f->writer, &request, &f->out), ERR_INVAL);
	}
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	wsse.username = longest;
	assert_int_equal(onvif_write_request(f->writer, &request, &f->out), ERR_INVAL);
	longest[ONVIF_USERNAME_MAX] = '\0';
	assert_int_equal(onvif_write_request(f->writer, &request, &f->out), 0);
	wsse.created_ms = -1;
	assert_int_equal(onvif_write_request(f->writer, &request, &f->out), ERR_INVAL);
	wsse.created_ms = INT64_C(253402300800000);
	assert_int_equal(onvif_write_request(f->writer, &request, &f->out), ERR_INVAL);

	request = (struct onvif_request){.op = ONVIF_GET_DOOR_STATE};
	assert_int_equal(onvif_write_request(f->writer, &request, &f->out), ERR_INVAL);
	request = (struct onvif_request){.op = ONVIF_OP_COUNT};
	assert_int_equal(onvif_write_request(f->writer, &request, &f->out), ERR_INVAL);
}

#define USER_PATH "/s:Envelope/s:Body/*/*[local-name()='User']"

static void
test_set_user(void **state)
{
	struct fixture *f = *state;
	static const char password[] = "n\xc3\xa4w <&>\"'4711 long enough to be found";
	struct onvif_set_user user = {"m\xc3\xb6nitor", password, ONVIF_LEVEL_ADMINISTRATOR};
	struct onvif_request request = {.op = ONVIF_SET_USER, .set_user = &user};
	char *memory;

	assert_int_equal(onvif_reserve(&f->out), 0);
	memory = f->out.data;
	assert_int_equal(onvif_write_request(f->writer, &request, &f->out), 0);
	assert_ptr_equal(f->out.data, memory);
	assert_value(&f->out, "count(" USER_PATH ")", "1");
	assert_value(&f->out, USER_PATH "/*[1][local-name()='Username']", user.username);
	assert_value(&f->out, USER_PATH "/*[2][local-name()='Password']", password);
	assert_value(&f->out, USER_PATH "/*[3][local-name()='UserLevel']", "Administrator");
	assert_value(&f->out, "namespace-uri(" USER_PATH ")",
		     "http://www.onvif.org/ver10/device/wsdl");
	assert_value(&f->out, "namespace-uri(" USER_PATH "/*[1])",
		     "http://www.onvif.org/ver10/schema");
	/* Neither the writer nor the wiped buffer has any of it. */
	assert_null(memmem(f->writer, malloc_usable_size(f->writer), "4711 long enough", 16));
	assert_non_null(memmem(f->out.data, f->out.cap, "4711 long enough", 16));
	onvif_wipe(&f->out);
	assert_null(memmem(f->out.data, f->out.cap, "4711", 4));

	user.password = NULL; /* the level alone */
	assert_int_equal(onvif_write_request(f->writer, &request, &f->out), 0);
	assert_value(&f->out, "count(" USER_PATH "/*)", "2");
}

static void
test_set_user_refusals(void **state)
{
	struct fixture *f = *state;
	char longest[ONVIF_PASSWORD_MAX + 2];
	const struct onvif_set_user bad[] = {
		{NULL, "p", ONVIF_LEVEL_USER},	 {"", "p", ONVIF_LEVEL_USER},
		{"u", "", ONVIF_LEVEL_USER},	 {"u", "a\tb", ONVIF_LEVEL_USER},
		{"u", "\xff", ONVIF_LEVEL_USER}, {"u", longest, ONVIF_LEVEL_USER},
		{"u", "p", ONVIF_LEVEL_UNKNOWN}, {"u", "p", ONVIF_LEVEL_COUNT},
	};
	struct onvif_request request = {.op = ONVIF_SET_USER};

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(onvif_write_request(f->writer, &request, &f->out), ERR_INVAL);
	for (size_t i = 0; i < MEM_COUNT(bad); i++) {
		request.set_user = &bad[i];
		assert_int_equal(onvif_write_request(f->writer, &request, &f->out), ERR_INVAL);
		assert_int_equal(f->out.len, 0);
	}
}

static void
test_full_buffer(void **state)
{
	struct fixture *f = *state;
	struct onvif_request request = {.op = ONVIF_GET_HOSTNAME};
	struct buf small;

	buf_init(&small, 100);
	assert_int_equal(onvif_write_request(f->writer, &request, &small), ERR_TOOBIG);
	buf_fini(&small);
	/* The writer is as good as new. */
	assert_int_equal(onvif_write_request(f->writer, &request, &f->out), 0);
	assert_value(&f->out, "local-name(/s:Envelope/s:Body/*)", "GetHostname");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_operation, setup, teardown),
		cmocka_unit_test_setup_teardown(test_parameters, setup, teardown),
		cmocka_unit_test_setup_teardown(test_security_header, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_set_user, setup, teardown),
		cmocka_unit_test_setup_teardown(test_set_user_refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_buffer, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
