/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What faults mean. Wordings are those of real devices, shortened.
 */
#include "keepwatch/onvif_reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void
read_fault(const char *content, struct onvif_reply *reply)
{
	char body[4096];

	snprintf(body, sizeof(body),
		 "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
		 "xmlns:ter=\"http://www.onvif.org/ver10/error\"><s:Body><s:Fault>%s</s:Fault>"
		 "</s:Body></s:Envelope>",
		 content);
	assert_int_equal(onvif_read_reply(ONVIF_GET_HOSTNAME, body, strlen(body), reply), 0);
	assert_int_equal(reply->kind, ONVIF_REPLY_FAULT);
}

static void
test_meanings(void **state)
{
	static const struct {
		const char *code, *subcode, *inner, *reason;
		enum onvif_fault_class what;
	} cases[] = {
		{"Sender", "NotAuthorized", "", "Sender not authorized",
		 ONVIF_FAULT_NOT_AUTHORIZED},
		{"Receiver", "FailedAuthentication", "", "", ONVIF_FAULT_NOT_AUTHORIZED},
		{"Sender", "", "", "The requested operation requires authorization",
		 ONVIF_FAULT_NOT_AUTHORIZED},
		{"Sender", "NotAuthorized", "", "The account is locked", ONVIF_FAULT_LOCKED_OUT},
		{"Sender", "NotAuthorized", "", "lockout: 300 s", ONVIF_FAULT_LOCKED_OUT},
		{"Sender", "NotAuthorized", "", "Too many failed logins", ONVIF_FAULT_LOCKED_OUT},
		{"Receiver", "", "", "user is locked", ONVIF_FAULT_LOCKED_OUT},
		{"Receiver", "", "", "record locked by another", ONVIF_FAULT_RECEIVER_OTHER},
		{"Sender", "NotAuthorized", "", "Timestamp expired", ONVIF_FAULT_CLOCK},
		{"Sender", "MessageExpired", "", "", ONVIF_FAULT_CLOCK},
		{"Receiver", "ActionNotSupported", "AudioNotSupported", "No audio support",
		 ONVIF_FAULT_ACTION_NOT_SUPPORTED},
		{"Sender", "", "",
		 "Method 'tds:GetDPAddresses' not implemented: method name or namespace not "
		 "recognized",
		 ONVIF_FAULT_ACTION_NOT_SUPPORTED},
		{"Reveiver", "InvalidDot11", "ActionNotSupported", "",
		 ONVIF_FAULT_ACTION_NOT_SUPPORTED},
		{"Sender", "InvalidArgVal", "NoProfile", "", ONVIF_FAULT_NOT_FOUND},
		{"Sender", "InvalidArgVal", "InvalidParameter", "the parameter value is illegal",
		 ONVIF_FAULT_INVALID_ARGS},
		{"Sender", "invalidargval", "", "", ONVIF_FAULT_INVALID_ARGS},
		{"Sender", "OperationProhibited", "PasswordTooWeak", "Password too weak",
		 ONVIF_FAULT_PASSWORD_RULES},
		{"Sender", "OperationProhibited", "PasswordTooLong", "",
		 ONVIF_FAULT_PASSWORD_RULES},
		{"Sender", "OperationProhibited", "Password", "", ONVIF_FAULT_PASSWORD_RULES},
		{"Sender", "", "", "The password is too weak", ONVIF_FAULT_PASSWORD_RULES},
		{"Sender", "", "", "wrong password", ONVIF_FAULT_NOT_AUTHORIZED},
		{"Sender", "InvalidArgVal", "UsernameMissing", "", ONVIF_FAULT_NOT_FOUND},
		{"Sender", "InvalidArgVal", "FixedUser", "", ONVIF_FAULT_ACCOUNT_FIXED},
		{"Sender", "OperationProhibited", "FixedUserLevel", "", ONVIF_FAULT_ACCOUNT_FIXED},
		{"Sender", "OperationProhibited", "AnonymousNotAllowed", "",
		 ONVIF_FAULT_ACCOUNT_FIXED},
		{"Receiver", "OutofMemory", "", "", ONVIF_FAULT_BUSY},
		{"MustUnderstand", "", "", "", ONVIF_FAULT_VERSION},
		{"VersionMismatch", "", "", "", ONVIF_FAULT_VERSION},
		{"Receiver", "Action", "", "Action Failed", ONVIF_FAULT_RECEIVER_OTHER},
		{"Sender", "", "", "", ONVIF_FAULT_SENDER_OTHER},
	};
	char content[1024], sub[512];

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(cases); i++) {
		struct onvif_reply reply;

		sub[0] = '\0';
		if (cases[i].inner[0] != '\0')
			snprintf(sub, sizeof(sub),
				 "<s:Subcode><s:Value>ter:%s</s:Value></s:Subcode>",
				 cases[i].inner);
		snprintf(content, sizeof(content),
			 "<s:Code><s:Value>s:%s</s:Value><s:Subcode><s:Value>%s%s</s:Value>%s"
			 "</s:Subcode></s:Code><s:Reason><s:Text xml:lang=\"en\">%s</s:Text>"
			 "</s:Reason>",
			 cases[i].code, cases[i].subcode[0] != '\0' ? "ter:" : "", cases[i].subcode,
			 sub, cases[i].reason);
		read_fault(content, &reply);
		if (reply.fault.what != cases[i].what)
			fail_msg("%s/%s \"%s\": %s", cases[i].code, cases[i].subcode,
				 cases[i].reason, onvif_fault_text(reply.fault.what));
		assert_string_equal(reply.fault.code, cases[i].code);
		assert_string_equal(reply.fault.reason, cases[i].reason);
		onvif_reply_fini(&reply);
	}
}

static void
test_parts(void **state)
{
	struct onvif_reply reply;

	(void)state;
	read_fault("<s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:InvalidArgVal"
		   "</s:Value><s:Subcode><s:Value>ter:NoConfig</s:Value></s:Subcode></s:Subcode>"
		   "</s:Code><s:Reason><s:Text xml:lang=\"de\">fehlt</s:Text>"
		   "<s:Text xml:lang=\"en-US\">missing</s:Text></s:Reason>",
		   &reply);
	assert_string_equal(reply.fault.code, "Sender");
	assert_string_equal(reply.fault.subcode, "InvalidArgVal/NoConfig");
	assert_string_equal(reply.fault.reason, "missing");
	onvif_reply_fini(&reply);

	read_fault("<s:Code><s:Value>s:Receiver</s:Value></s:Code>", &reply);
	assert_string_equal(reply.fault.reason, "");
	assert_string_equal(reply.fault.subcode, "");
	onvif_reply_fini(&reply);

	read_fault("<s:Code><s:Value>s:Receiver</s:Value></s:Code><s:Reason><s:Text/></s:Reason>"
		   "<s:Detail><x:SubscribeCreationFailedFault xmlns:x=\"urn:x\"/></s:Detail>",
		   &reply);
	assert_string_equal(reply.fault.reason, "SubscribeCreationFailedFault");
	onvif_reply_fini(&reply);

	read_fault("", &reply);
	assert_int_equal(reply.fault.what, ONVIF_FAULT_RECEIVER_OTHER);
	onvif_reply_fini(&reply);
}

static void
test_soap11(void **state)
{
	struct onvif_reply reply;

	(void)state;
	read_fault("<faultcode>s:Client.NotAuthorized</faultcode><faultstring>no</faultstring>",
		   &reply);
	assert_string_equal(reply.fault.code, "Sender");
	assert_string_equal(reply.fault.subcode, "NotAuthorized");
	assert_int_equal(reply.fault.what, ONVIF_FAULT_NOT_AUTHORIZED);
	onvif_reply_fini(&reply);
	read_fault("<faultcode>SOAP-ENV:Server</faultcode><faultstring/>"
		   "<detail>out of order</detail>",
		   &reply);
	assert_string_equal(reply.fault.code, "Receiver");
	assert_string_equal(reply.fault.reason, "out of order");
	onvif_reply_fini(&reply);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meanings),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_soap11),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
