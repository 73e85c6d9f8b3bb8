/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RTSP replies as cameras send them, torn ones, and what is none.
 */
#include "keepwatch/err.h"
#include "keepwatch/mem.h"
#include "keepwatch/rtsp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
test_question(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1024);
	assert_int_equal(rtsp_write_describe(&out, "[2001:db8::1]", 554, "/live"), 0);
	assert_int_equal(strncmp(out.data,
				 "DESCRIBE rtsp://[2001:db8::1]:554/live RTSP/1.0\r\nCSeq: 1\r\n",
				 58),
			 0);
	assert_non_null(strstr(out.data, "\r\n\r\n"));
	buf_fini(&out);
	buf_init(&out, 16);
	assert_int_equal(rtsp_write_describe(&out, "192.0.2.1", 554, "/"), ERR_TOOBIG);
	buf_fini(&out);
}

static void
test_replies(void **state)
{
	static const struct {
		const char *text;
		int rc, status;
		bool basic, digest;
		const char *type;
	} rows[] = {
		{"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\n"
		 "WWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n"
		 "www-authenticate:Basic realm=\"x\"\r\n\r\n",
		 0, 401, true, true, ""},
		{"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Type: application/sdp\r\n"
		 "Content-Length: 3\r\n\r\nv=0",
		 0, 200, false, false, "application/sdp"},
		{"RTSP/1.0 404 Not Found\n\n", 0, 404, false, false, ""},
		{"RTSP/1.0 200 OK\r\nContent-Type: application/sdp\r\n", ERR_TRUNCATED, 0, false,
		 false, ""},
		{"", ERR_TRUNCATED, 0, false, false, ""},
		{"RTS", ERR_TRUNCATED, 0, false, false, ""},
		{"HTTP/1.1 400 Bad Request\r\n\r\n", ERR_SYNTAX, 0, false, false, ""},
		{"RTSP/1.0\r\n\r\n", ERR_SYNTAX, 0, false, false, ""},
		{"RTSP/1.0 2x0 OK\r\n\r\n", ERR_SYNTAX, 0, false, false, ""},
	};

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(rows); i++) {
		struct rtsp_reply reply = {.status = -1};
		size_t len = strlen(rows[i].text);
		/* without a NUL behind it */
		char *exact = malloc(len + 1);

		memcpy(exact, rows[i].text, len);
		exact = realloc(exact, len == 0 ? 1 : len);
		assert_int_equal(rtsp_read_reply(exact, len, &reply), rows[i].rc);
		if (rows[i].rc == 0) {
			assert_int_equal(reply.status, rows[i].status);
			assert_true(reply.basic_offered == rows[i].basic);
			assert_true(reply.digest_offered == rows[i].digest);
			assert_string_equal(reply.content_type, rows[i].type);
			assert_true(reply.head_len <= len);
		} else {
			assert_int_equal(reply.status, -1);
		}
		free(exact);
	}
}

static void
test_endless(void **state)
{
	char *text = malloc(RTSP_HEAD_MAX * 2);
	struct rtsp_reply reply;

	(void)state;
	memset(text, 'x', RTSP_HEAD_MAX * 2);
	memcpy(text, "RTSP/1.0 200 OK\r\n", 17);
	assert_int_equal(rtsp_read_reply(text, RTSP_HEAD_MAX * 2, &reply), ERR_TOOBIG);
	memcpy(text + RTSP_HEAD_MAX + 10, "\n\n", 2);
	assert_int_equal(rtsp_read_reply(text, RTSP_HEAD_MAX * 2, &reply), ERR_TOOBIG);
	assert_int_equal(rtsp_read_reply(text, 4096, &reply), ERR_TRUNCATED);
	/* a long value is cut */
	memcpy(text + 17, "Server: ", 8);
	memcpy(text + 4000, "\r\n\r\n", 4);
	assert_int_equal(rtsp_read_reply(text, 5000, &reply), 0);
	assert_int_equal(strlen(reply.server), RTSP_TEXT_SIZE - 1);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_question),
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_endless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
