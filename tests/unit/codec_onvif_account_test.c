/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GetUsers, SetUser, GetDiscoveryMode and GetNTP: replies shaped as real devices shape them.
 */
#include "keepwatch/onvif_reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ENVELOPE(body)                                                     \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                     \
	"<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" " \
	"xmlns:tds=\"http://www.onvif.org/ver10/device/wsdl\" "            \
	"xmlns:tt=\"http://www.onvif.org/ver10/schema\"><s:Body>" body "</s:Body></s:Envelope>"

static void
read_kind(enum onvif_op op, const char *body, enum onvif_reply_kind kind, struct onvif_reply *reply)
{
	assert_int_equal(onvif_read_reply(op, body, strlen(body), reply), 0);
	assert_int_equal(reply->kind, kind);
}

static void
test_users(void **state)
{
	struct onvif_reply reply;
	const struct onvif_user *user;

	(void)state;
	read_kind(ONVIF_GET_USERS,
		  ENVELOPE("<tds:GetUsersResponse>"
			   "<tds:User><tt:Username> admin </tt:Username>"
			   "<tt:UserLevel>Administrator</tt:UserLevel></tds:User>"
			   "<tds:User><tt:Username>op</tt:Username><tt:Password/>"
			   "<tt:UserLevel>operator</tt:UserLevel></tds:User>"
			   "<tds:User><tt:Username>v</tt:Username><tt:Password>geheim</tt:Password>"
			   "<tt:UserLevel>Media User</tt:UserLevel></tds:User>"
			   "<tds:User><tt:UserLevel>Anonymous</tt:UserLevel></tds:User>"
			   "<tds:User><tt:Username>x</tt:Username><tt:UserLevel>Extended"
			   "</tt:UserLevel><tt:Extension/></tds:User>"
			   "</tds:GetUsersResponse>"),
		  ONVIF_REPLY_OK, &reply);
	assert_int_equal(reply.u.users.count, 5);
	user = reply.u.users.items;
	assert_string_equal(user[0].name, "admin");
	assert_int_equal(user[0].level, ONVIF_LEVEL_ADMINISTRATOR);
	assert_false(user[0].has_password);
	assert_int_equal(user[1].level, ONVIF_LEVEL_OPERATOR);
	assert_string_equal(user[1].level_text, "operator");
	assert_false(user[1].has_password);
	assert_int_equal(user[2].level, ONVIF_LEVEL_UNKNOWN);
	assert_string_equal(user[2].level_text, "Media User");
	assert_true(user[2].has_password);
	assert_string_equal(user[3].name, "");
	assert_int_equal(user[3].level, ONVIF_LEVEL_ANONYMOUS);
	assert_int_equal(user[4].level, ONVIF_LEVEL_EXTENDED);
	assert_true(reply.oddities & ONVIF_ODD_VALUE);
	onvif_reply_fini(&reply);

	/* No accounts yet: a device as it leaves the factory. */
	read_kind(ONVIF_GET_USERS, ENVELOPE("<tds:GetUsersResponse/>"), ONVIF_REPLY_OK, &reply);
	assert_int_equal(reply.u.users.count, 0);
	onvif_reply_fini(&reply);
}

static void
test_set_user(void **state)
{
	struct onvif_reply reply;

	(void)state;
	read_kind(ONVIF_SET_USER, ENVELOPE("<tds:SetUserResponse/>"), ONVIF_REPLY_OK, &reply);
	onvif_reply_fini(&reply);
	/* An empty body is no confirmation. */
	read_kind(ONVIF_SET_USER, ENVELOPE(""), ONVIF_REPLY_REFUSED, &reply);
	onvif_reply_fini(&reply);
	read_kind(ONVIF_SET_USER, ENVELOPE("<tds:CreateUsersResponse/>"), ONVIF_REPLY_REFUSED,
		  &reply);
	onvif_reply_fini(&reply);
}

static void
test_discovery(void **state)
{
	static const struct {
		const char *text;
		enum onvif_discovery_mode mode;
	} cases[] = {
		{"Discoverable", ONVIF_DISCOVERABLE},
		{"NonDiscoverable", ONVIF_NON_DISCOVERABLE},
		{"nondiscoverable", ONVIF_NON_DISCOVERABLE},
		{"On", ONVIF_DISCOVERY_UNKNOWN},
	};
	struct onvif_reply reply;
	char body[1024];

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(cases); i++) {
		snprintf(body, sizeof(body),
			 ENVELOPE("<tds:GetDiscoveryModeResponse><tds:DiscoveryMode>%s"
				  "</tds:DiscoveryMode></tds:GetDiscoveryModeResponse>"),
			 cases[i].text);
		read_kind(ONVIF_GET_DISCOVERY_MODE, body, ONVIF_REPLY_OK, &reply);
		assert_int_equal(reply.u.discovery, cases[i].mode);
		onvif_reply_fini(&reply);
	}
	read_kind(ONVIF_GET_DISCOVERY_MODE, ENVELOPE("<tds:GetDiscoveryModeResponse/>"),
		  ONVIF_REPLY_REFUSED, &reply);
	onvif_reply_fini(&reply);
}

#define NTP(content)                                                \
	ENVELOPE("<tds:GetNTPResponse><tds:NTPInformation>" content \
		 "</tds:NTPInformation></tds:GetNTPResponse>")
#define DHCP_AND_MANUAL                                                        \
	"<tt:NTPFromDHCP><tt:Type>IPv4</tt:Type><tt:IPv4Address>192.0.2.9"     \
	"</tt:IPv4Address></tt:NTPFromDHCP>"                                   \
	"<tt:NTPManual><tt:Type>DNS</tt:Type><tt:IPv4Address>0.0.0.0"          \
	"</tt:IPv4Address><tt:DNSname>ntp.example</tt:DNSname></tt:NTPManual>" \
	"<tt:NTPManual><tt:Type>IPv4</tt:Type><tt:IPv4Address>0.0.0.0"         \
	"</tt:IPv4Address></tt:NTPManual>"                                     \
	"<tt:NTPManual><tt:Type>IPv6</tt:Type><tt:IPv6Address>2001:db8::1"     \
	"</tt:IPv6Address></tt:NTPManual>"                                     \
	"<tt:NTPManual><tt:Type>IPv4</tt:Type><tt:DNSname>wrong.member"        \
	"</tt:DNSname></tt:NTPManual>"

static void
test_ntp(void **state)
{
	struct onvif_reply reply;

	(void)state;
	read_kind(ONVIF_GET_NTP, NTP("<tt:FromDHCP>false</tt:FromDHCP>" DHCP_AND_MANUAL),
		  ONVIF_REPLY_OK, &reply);
	assert_false(reply.u.ntp.from_dhcp);
	assert_int_equal(reply.u.ntp.server_count, 3);
	assert_string_equal(reply.u.ntp.servers[0], "ntp.example");
	assert_string_equal(reply.u.ntp.servers[1], "2001:db8::1");
	assert_string_equal(reply.u.ntp.servers[2], "wrong.member");
	onvif_reply_fini(&reply);

	read_kind(ONVIF_GET_NTP, NTP("<tt:FromDHCP>true</tt:FromDHCP>" DHCP_AND_MANUAL),
		  ONVIF_REPLY_OK, &reply);
	assert_true(reply.u.ntp.from_dhcp);
	assert_int_equal(reply.u.ntp.server_count, 1);
	assert_string_equal(reply.u.ntp.servers[0], "192.0.2.9");
	onvif_reply_fini(&reply);

	read_kind(ONVIF_GET_NTP, NTP("<tt:FromDHCP>false</tt:FromDHCP>"), ONVIF_REPLY_OK, &reply);
	assert_int_equal(reply.u.ntp.server_count, 0);
	onvif_reply_fini(&reply);
	read_kind(ONVIF_GET_NTP, ENVELOPE("<tds:GetNTPResponse/>"), ONVIF_REPLY_REFUSED, &reply);
	onvif_reply_fini(&reply);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_users),
		cmocka_unit_test(test_set_user),
		cmocka_unit_test(test_discovery),
		cmocka_unit_test(test_ntp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
