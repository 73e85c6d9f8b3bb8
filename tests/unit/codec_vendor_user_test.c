/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Accounts by Axis's pwdgrp.cgi and Hikvision's ISAPI: requests byte by byte, and what answers
 * mean.
 */
#include "keepwatch/err.h"
#include "keepwatch/vendor_user.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
test_axis_request(void **state)
{
	struct vendor_user_request request;
	struct vendor_user_set set = {.name = "root", .password = "a b&c=\xc3\xa4%+~"};

	(void)state;
	vendor_user_list_request(VENDOR_USER_AXIS, &request);
	assert_string_equal(request.method, "GET");
	assert_string_equal(request.path, "/axis-cgi/pwdgrp.cgi?action=get");
	vendor_user_request_fini(&request);

	assert_int_equal(vendor_user_set_request(VENDOR_USER_AXIS, &set, &request), 0);
	assert_string_equal(request.method, "POST");
	assert_string_equal(request.path, "/axis-cgi/pwdgrp.cgi"); /* no secret in a URL */
	assert_string_equal(request.content_type, "application/x-www-form-urlencoded");
	assert_string_equal(request.body.data,
			    "action=update&user=root&pwd=a%20b%26c%3D%C3%A4%25%2B%7E");
	vendor_user_request_fini(&request);
}

static void
test_hikvision_request(void **state)
{
	struct vendor_user_request request;
	struct vendor_user_set set = {
		.id = "1",
		.name = "admin",
		.level = "Administrator",
		.password = "a<b>&\"'c",
		.login_password = "old",
	};

	(void)state;
	vendor_user_list_request(VENDOR_USER_HIKVISION, &request);
	assert_string_equal(request.path, "/ISAPI/Security/users");
	vendor_user_request_fini(&request);

	assert_int_equal(vendor_user_set_request(VENDOR_USER_HIKVISION, &set, &request), 0);
	assert_string_equal(request.method, "PUT");
	assert_string_equal(request.path, "/ISAPI/Security/users/1");
	assert_string_equal(request.body.data,
			    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
			    "<User version=\"2.0\" "
			    "xmlns=\"http://www.hikvision.com/ver20/XMLSchema\">\r\n"
			    "<id>1</id>\r\n<userName>admin</userName>\r\n"
			    "<password>a&#60;b&#62;&#38;&#34;&#39;c</password>\r\n"
			    "<loginPassword>old</loginPassword>\r\n"
			    "<userLevel>Administrator</userLevel>\r\n</User>\r\n");
	vendor_user_request_fini(&request);
}

static void
test_unsendable(void **state)
{
	static const struct vendor_user_set bad[] = {
		{.id = "1", .name = "", .password = "p"},
		{.id = "1", .name = "a\nb", .password = "p"},
		{.id = "1", .name = "a", .password = ""},
		{.id = "1", .name = "a", .password = "p\xff"},
		{.id = "1", .name = "a"},
		{.id = "", .name = "a", .password = "p"},
		{.id = "../1", .name = "a", .password = "p"},
		{.name = "a", .password = "p"},
		{.id = "1", .name = "a", .password = "p", .login_password = "x\n"},
	};

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(bad); i++) {
		struct vendor_user_request request;

		assert_int_equal(vendor_user_set_request(VENDOR_USER_HIKVISION, &bad[i], &request),
				 ERR_INVAL);
		vendor_user_request_fini(&request);
	}
}

static void
test_axis_list(void **state)
{
	static const char body[] = "admin=\"root,joe\"\noperator=\"root,joe,guard\"\n"
				   "viewer=\"root,joe,guard,tv\"\nptz=\"root\"\n"
				   "digusers=\"root,joe,guard,tv,lost\"\n";
	struct vendor_user_reply reply;

	(void)state;
	assert_int_equal(vendor_user_read_list(VENDOR_USER_AXIS, body, strlen(body), &reply), 0);
	assert_int_equal(reply.answer, VENDOR_USER_OK);
	assert_int_equal(reply.count, 5);
	assert_string_equal(reply.items[0].name, "root");
	assert_string_equal(reply.items[0].level, "admin");
	assert_string_equal(reply.items[2].name, "guard");
	assert_string_equal(reply.items[2].level, "operator");
	assert_string_equal(reply.items[3].level, "viewer");
	assert_string_equal(reply.items[4].name, "lost");
	assert_string_equal(reply.items[4].level, "");
	vendor_user_reply_fini(&reply);
}

static void
test_hikvision_list(void **state)
{
	static const char body[] =
		"<?xml version=\"1.0\"?><UserList version=\"2.0\" "
		"xmlns=\"http://www.hikvision.com/ver20/XMLSchema\"><User><id>1</id>"
		"<userName>admin</userName><priority>high</priority>"
		"<userLevel>Administrator</userLevel></User><User><id>2</id>"
		"<userName>op</userName><userLevel>Operator</userLevel></User></UserList>";
	struct vendor_user_reply reply;

	(void)state;
	assert_int_equal(vendor_user_read_list(VENDOR_USER_HIKVISION, body, strlen(body), &reply),
			 0);
	assert_int_equal(reply.answer, VENDOR_USER_OK);
	assert_int_equal(reply.count, 2);
	assert_string_equal(reply.items[1].id, "2");
	assert_string_equal(reply.items[1].name, "op");
	assert_string_equal(reply.items[1].level, "Operator");
	vendor_user_reply_fini(&reply);
}

#define STATUS(code, sub)                                                      \
	"<ResponseStatus version=\"2.0\"><statusCode>" code "</statusCode>"    \
	"<statusString>S</statusString><subStatusCode>" sub "</subStatusCode>" \
	"</ResponseStatus>"

static void
test_answers(void **state)
{
	static const struct {
		enum vendor_user_api api;
		const char *body;
		enum vendor_user_answer answer;
		bool reboot;
	} cases[] = {
		{VENDOR_USER_AXIS, "Modified account root.\r\n", VENDOR_USER_OK, false},
		{VENDOR_USER_AXIS,
		 "<HTML><HEAD><TITLE>x</TITLE></HEAD>\n<BODY>\nModified account "
		 "root.\n</BODY></HTML>",
		 VENDOR_USER_OK, false},
		{VENDOR_USER_AXIS,
		 "<html><body>Error: this user name doesn't exist, consult the system log "
		 "file</body></html>",
		 VENDOR_USER_NO_ACCOUNT, false},
		{VENDOR_USER_AXIS, "Error: the password is too short", VENDOR_USER_RULES, false},
		{VENDOR_USER_AXIS, "Error: consult the system log file", VENDOR_USER_FAILED, false},
		{VENDOR_USER_AXIS, "<html><body>Login</body></html>", VENDOR_USER_UNREADABLE,
		 false},
		{VENDOR_USER_AXIS, "", VENDOR_USER_UNREADABLE, false},
		{VENDOR_USER_HIKVISION, STATUS("1", "ok"), VENDOR_USER_OK, false},
		{VENDOR_USER_HIKVISION, STATUS("7", "rebootRequired"), VENDOR_USER_OK, true},
		{VENDOR_USER_HIKVISION, STATUS("4", "riskPassword"), VENDOR_USER_RULES, false},
		{VENDOR_USER_HIKVISION, STATUS("6", "passwordLenNoMoreThan16"), VENDOR_USER_RULES,
		 false},
		{VENDOR_USER_HIKVISION, STATUS("4", "lowPrivilege"), VENDOR_USER_DENIED, false},
		{VENDOR_USER_HIKVISION, STATUS("2", "deviceBusy"), VENDOR_USER_FAILED, false},
		{VENDOR_USER_HIKVISION, "<UserList/>", VENDOR_USER_UNREADABLE, false},
		{VENDOR_USER_HIKVISION, "<html/>", VENDOR_USER_UNREADABLE, false},
		{VENDOR_USER_HIKVISION, "not XML", VENDOR_USER_UNREADABLE, false},
	};

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(cases); i++) {
		struct vendor_user_reply reply;

		assert_int_equal(vendor_user_read_set(cases[i].api, cases[i].body,
						      strlen(cases[i].body), &reply),
				 0);
		if (reply.answer != cases[i].answer || reply.reboot != cases[i].reboot)
			fail_msg("%s: %s", cases[i].body, vendor_user_answer_text(reply.answer));
		vendor_user_reply_fini(&reply);
	}
}

static void
test_list_refusals(void **state)
{
	struct vendor_user_reply reply;

	(void)state;
	assert_int_equal(vendor_user_read_list(VENDOR_USER_HIKVISION, STATUS("4", "lowPrivilege"),
					       strlen(STATUS("4", "lowPrivilege")), &reply),
			 0);
	assert_int_equal(reply.answer, VENDOR_USER_DENIED);
	assert_string_equal(reply.words, "lowPrivilege");
	vendor_user_reply_fini(&reply);
	assert_int_equal(vendor_user_read_list(VENDOR_USER_HIKVISION, STATUS("1", "ok"),
					       strlen(STATUS("1", "ok")), &reply),
			 0);
	assert_int_equal(reply.answer, VENDOR_USER_UNREADABLE);
	vendor_user_reply_fini(&reply);
	assert_int_equal(vendor_user_read_list(VENDOR_USER_AXIS, "admin=\"root", 11, &reply), 0);
	assert_int_equal(reply.count, 0);
	vendor_user_reply_fini(&reply);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_axis_request),   cmocka_unit_test(test_hikvision_request),
		cmocka_unit_test(test_unsendable),     cmocka_unit_test(test_axis_list),
		cmocka_unit_test(test_hikvision_list), cmocka_unit_test(test_answers),
		cmocka_unit_test(test_list_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
