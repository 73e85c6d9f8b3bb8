/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Typed results of every operation, from replies shaped as real devices shape them.
 */
#include "keepwatch/onvif_reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ENVELOPE(body)                                                            \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                            \
	"<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "        \
	"xmlns:tds=\"http://www.onvif.org/ver10/device/wsdl\" "                   \
	"xmlns:trt=\"http://www.onvif.org/ver10/media/wsdl\" "                    \
	"xmlns:tr2=\"http://www.onvif.org/ver20/media/wsdl\" "                    \
	"xmlns:tdc=\"http://www.onvif.org/ver10/doorcontrol/wsdl\" "              \
	"xmlns:tac=\"http://www.onvif.org/ver10/accesscontrol/wsdl\" "            \
	"xmlns:tt=\"http://www.onvif.org/ver10/schema\"><s:Header/><s:Body>" body \
	"</s:Body></s:Envelope>"

static void
read_ok(enum onvif_op op, const char *body, struct onvif_reply *reply)
{
	assert_int_equal(onvif_read_reply(op, body, strlen(body), reply), 0);
	if (reply->kind != ONVIF_REPLY_OK)
		fail_msg("%s: %s", onvif_op_name(op), onvif_refusal_text(reply->refusal));
}

static void
assert_refused(enum onvif_op op, const char *body, enum onvif_refusal expected)
{
	struct onvif_reply reply;

	assert_int_equal(onvif_read_reply(op, body, strlen(body), &reply), 0);
	assert_int_equal(reply.kind, ONVIF_REPLY_REFUSED);
	assert_string_equal(onvif_refusal_text(reply.refusal), onvif_refusal_text(expected));
	onvif_reply_fini(&reply);
}

static void
test_device_information(void **state)
{
	struct onvif_reply reply;
	const struct onvif_device_info *info = &reply.u.info;

	(void)state;
	read_ok(ONVIF_GET_DEVICE_INFORMATION,
		ENVELOPE("<tds:GetDeviceInformationResponse>"
			 "<tds:Manufacturer> Acme \n&amp; Co </tds:Manufacturer>"
			 "<tds:Model note=\"x\">M&#45;1&lt;x&gt;</tds:Model>"
			 "<tds:FirmwareVersion/><tds:SerialNumber>10.0.0.9</tds:SerialNumber>"
			 "<tds:Extension><tds:HardwareId>inner</tds:HardwareId></tds:Extension>"
			 "</tds:GetDeviceInformationResponse>"),
		&reply);
	assert_string_equal(info->manufacturer, "Acme  & Co");
	assert_string_equal(info->model, "M-1<x>");
	assert_string_equal(info->firmware, "");
	assert_string_equal(info->serial, "10.0.0.9");
	assert_true(info->serial_is_address);
	/* Only children of the response are its values. */
	assert_string_equal(info->hardware, "");
	assert_int_equal(reply.oddities, 0);
	onvif_reply_fini(&reply);
	assert_refused(ONVIF_GET_DEVICE_INFORMATION,
		       ENVELOPE("<tds:GetDeviceInformationResponse><tds:Model> </tds:Model>"
				"</tds:GetDeviceInformationResponse>"),
		       ONVIF_REFUSED_INCOMPLETE);
}

static void
test_values_are_fit_for_a_terminal(void **state)
{
	char body[8192], longest[3000];
	struct onvif_reply reply;

	(void)state;
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	memcpy(longest + ONVIF_TEXT_MAX - 1, "\xc3\xa9", 2); /* must not be cut in two */
	snprintf(body, sizeof(body),
		 ENVELOPE("<tds:GetDeviceInformationResponse><tds:Model>a\x1b[31mb\tc&#x9b;d&#0;e"
			  "</tds:Model><tds:SerialNumber>%s</tds:SerialNumber>"
			  "</tds:GetDeviceInformationResponse>"),
		 longest);
	read_ok(ONVIF_GET_DEVICE_INFORMATION, body, &reply);
	assert_string_equal(reply.u.info.model, "a\xef\xbf\xbd[31mb c\xef\xbf\xbd"
						"d\xef\xbf\xbd"
						"e");
	assert_int_equal(strlen(reply.u.info.serial), ONVIF_TEXT_MAX - 1);
	assert_int_equal(reply.oddities, ONVIF_ODD_CHARACTER);
	onvif_reply_fini(&reply);
}

static void
test_services(void **state)
{
	struct onvif_reply reply;
	const struct onvif_services *s = &reply.u.services;

	(void)state;
	read_ok(ONVIF_GET_SERVICES,
		ENVELOPE("<tds:GetServicesResponse><tds:Service>"
			 "<tds:Namespace>http://www.onvif.org/ver10/media/wsdl</tds:Namespace>"
			 "<tds:XAddr>http://10.0.0.9:8000/onvif/media</tds:XAddr>"
			 "<tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version>"
			 "</tds:Service><tds:Service><tds:Namespace>urn:x</tds:Namespace>"
			 "<tds:Version><tt:Major>two</tt:Major></tds:Version></tds:Service>"
			 "</tds:GetServicesResponse>"),
		&reply);
	assert_int_equal(s->count, 2);
	assert_int_equal(s->items[0].id, ONVIF_SERVICE_MEDIA);
	assert_string_equal(s->items[0].xaddr, "http://10.0.0.9:8000/onvif/media");
	assert_int_equal(s->items[0].major, 2);
	assert_int_equal(s->items[0].minor, 60);
	assert_int_equal(s->items[1].id, ONVIF_SERVICE_OTHER);
	assert_string_equal(s->items[1].uri, "urn:x");
	assert_string_equal(s->items[1].xaddr, "");
	assert_int_equal(s->items[1].major, -1);
	assert_int_equal(reply.oddities, ONVIF_ODD_VALUE);
	onvif_reply_fini(&reply);
	assert_refused(ONVIF_GET_SERVICES, ENVELOPE("<tds:GetServicesResponse/>"),
		       ONVIF_REFUSED_INCOMPLETE);
}

static void
test_capabilities(void **state)
{
	struct onvif_reply reply;
	const struct onvif_services *s = &reply.u.services;

	(void)state;
	read_ok(ONVIF_GET_CAPABILITIES,
		ENVELOPE("<tds:GetCapabilitiesResponse><tds:Capabilities>"
			 "<tt:Events><tt:XAddr>http://c/e</tt:XAddr></tt:Events>"
			 "<tt:Media><tt:XAddr>http://c/m</tt:XAddr></tt:Media>"
			 "<tt:PTZ/><tt:Extension><tt:DeviceIO><tt:XAddr>http://c/io</tt:XAddr>"
			 "</tt:DeviceIO></tt:Extension></tds:Capabilities>"
			 "</tds:GetCapabilitiesResponse>"),
		&reply);
	assert_int_equal(s->count, 3);
	assert_int_equal(s->items[0].id, ONVIF_SERVICE_MEDIA);
	assert_string_equal(s->items[0].uri, "http://www.onvif.org/ver10/media/wsdl");
	assert_int_equal(s->items[1].id, ONVIF_SERVICE_EVENTS);
	assert_int_equal(s->items[2].id, ONVIF_SERVICE_DEVICE_IO);
	assert_string_equal(s->items[2].xaddr, "http://c/io");
	onvif_reply_fini(&reply);
}

static void
test_interfaces(void **state)
{
	struct onvif_reply reply;
	const struct onvif_interface *i;

	(void)state;
	read_ok(ONVIF_GET_NETWORK_INTERFACES,
		ENVELOPE("<tds:GetNetworkInterfacesResponse>"
			 "<tds:NetworkInterfaces token=\"eth0\"><tt:Enabled>true</tt:Enabled>"
			 "<tt:Info><tt:Name>LAN</tt:Name><tt:HwAddress>00-07-5F-E0-A6-04</"
			 "tt:HwAddress>"
			 "</tt:Info><tt:IPv4><tt:Enabled>true</tt:Enabled><tt:Config>"
			 "<tt:Manual><tt:Address>192.0.2.7</tt:Address>"
			 "<tt:PrefixLength>24</tt:PrefixLength></tt:Manual>"
			 "<tt:FromDHCP><tt:Address>192.0.2.7</tt:Address>"
			 "<tt:PrefixLength>24</tt:PrefixLength></tt:FromDHCP>"
			 "<tt:LinkLocal><tt:Address>0.0.0.0</tt:Address>"
			 "<tt:PrefixLength>0</tt:PrefixLength></tt:LinkLocal>"
			 "<tt:DHCP>true</tt:DHCP></tt:Config></tt:IPv4>"
			 "<tt:IPv6><tt:Enabled>true</tt:Enabled><tt:Config><tt:LinkLocal>"
			 "<tt:Address>fe80::1</tt:Address><tt:PrefixLength>999</tt:PrefixLength>"
			 "</tt:LinkLocal></tt:Config></tt:IPv6></tds:NetworkInterfaces>"
			 "<tds:NetworkInterfaces token=\"w&amp;0\"><tt:Enabled>0</tt:Enabled>"
			 "<tt:Info><tt:HwAddress>00:00:00:00:00:00</tt:HwAddress></tt:Info>"
			 "</tds:NetworkInterfaces></tds:GetNetworkInterfacesResponse>"),
		&reply);
	assert_int_equal(reply.u.interfaces.count, 2);
	i = &reply.u.interfaces.items[0];
	assert_string_equal(i->token, "eth0");
	assert_string_equal(i->name, "LAN");
	assert_string_equal(i->mac, "00:07:5f:e0:a6:04");
	assert_true(i->enabled);
	assert_int_equal(i->address_count, 2);
	assert_string_equal(i->addresses[0], "192.0.2.7/24");
	assert_string_equal(i->addresses[1], "fe80::1");
	i = &reply.u.interfaces.items[1];
	assert_string_equal(i->token, "w&0");
	assert_string_equal(i->mac, "");
	assert_false(i->enabled);
	assert_int_equal(i->address_count, 0);
	onvif_reply_fini(&reply);
}

static void
test_hostname(void **state)
{
	struct onvif_reply reply;

	(void)state;
	read_ok(ONVIF_GET_HOSTNAME,
		ENVELOPE("<tds:GetHostnameResponse><tds:HostnameInformation>"
			 "<tt:FromDHCP>true</tt:FromDHCP><tt:Name>cam-7</tt:Name>"
			 "</tds:HostnameInformation></tds:GetHostnameResponse>"),
		&reply);
	assert_true(reply.u.hostname.from_dhcp);
	assert_string_equal(reply.u.hostname.name, "cam-7");
	onvif_reply_fini(&reply);
	assert_refused(ONVIF_GET_HOSTNAME, ENVELOPE("<tds:GetHostnameResponse/>"),
		       ONVIF_REFUSED_INCOMPLETE);
}

static void
test_profiles(void **state)
{
	struct onvif_reply reply;

	(void)state;
	read_ok(ONVIF_GET_PROFILES,
		ENVELOPE("<trt:GetProfilesResponse><trt:Profiles token=\"p1\" fixed=\"true\">"
			 "<tt:Name>main</tt:Name><tt:VideoEncoderConfiguration token=\"e1\">"
			 "<tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>1920</tt:Width>"
			 "<tt:Height>1080</tt:Height></tt:Resolution>"
			 "</tt:VideoEncoderConfiguration></trt:Profiles>"
			 "<trt:Profiles token=\"p2\"><tt:Name>audio</tt:Name></trt:Profiles>"
			 "</trt:GetProfilesResponse>"),
		&reply);
	assert_int_equal(reply.u.profiles.count, 2);
	assert_string_equal(reply.u.profiles.items[0].token, "p1");
	assert_string_equal(reply.u.profiles.items[0].encoding, "H264");
	assert_int_equal(reply.u.profiles.items[0].width, 1920);
	assert_int_equal(reply.u.profiles.items[0].height, 1080);
	assert_string_equal(reply.u.profiles.items[1].name, "audio");
	assert_string_equal(reply.u.profiles.items[1].encoding, "");
	onvif_reply_fini(&reply);
	read_ok(ONVIF_GET_PROFILES, ENVELOPE("<trt:GetProfilesResponse/>"), &reply);
	assert_int_equal(reply.u.profiles.count, 0);
	onvif_reply_fini(&reply);
}

static void
test_doors(void **state)
{
	struct onvif_reply reply;

	(void)state;
	read_ok(ONVIF_GET_DOOR_INFO_LIST,
		ENVELOPE("<tdc:GetDoorInfoListResponse>"
			 "<tdc:NextStartReference>n1</tdc:NextStartReference>"
			 "<tdc:DoorInfo token=\"d1\"><tdc:Name>Front</tdc:Name>"
			 "<tdc:Description>main entrance</tdc:Description>"
			 "<tdc:Capabilities Access=\"true\"/></tdc:DoorInfo>"
			 "</tdc:GetDoorInfoListResponse>"),
		&reply);
	assert_int_equal(reply.u.doors.count, 1);
	assert_string_equal(reply.u.doors.next_start, "n1");
	assert_string_equal(reply.u.doors.items[0].token, "d1");
	assert_string_equal(reply.u.doors.items[0].name, "Front");
	assert_string_equal(reply.u.doors.items[0].description, "main entrance");
	onvif_reply_fini(&reply);

	read_ok(ONVIF_GET_ACCESS_POINT_INFO_LIST,
		ENVELOPE("<tac:GetAccessPointInfoListResponse>"
			 "<tac:AccessPointInfo token=\"a1\"><tac:Name>In</tac:Name>"
			 "<tac:Entity>d1</tac:Entity></tac:AccessPointInfo>"
			 "</tac:GetAccessPointInfoListResponse>"),
		&reply);
	assert_int_equal(reply.u.access_points.count, 1);
	assert_string_equal(reply.u.access_points.next_start, "");
	assert_string_equal(reply.u.access_points.items[0].entity, "d1");
	onvif_reply_fini(&reply);
}

static void
test_door_state(void **state)
{
	struct onvif_reply reply;
	const struct onvif_door_state *d = &reply.u.door_state;

	(void)state;
	read_ok(ONVIF_GET_DOOR_STATE,
		ENVELOPE("<tdc:GetDoorStateResponse><tdc:DoorState>"
			 "<tdc:DoorPhysicalState>Open</tdc:DoorPhysicalState>"
			 "<tdc:LockPhysicalState>Normal</tdc:LockPhysicalState>"
			 "<tdc:Alarm>DoorForcedOpen</tdc:Alarm>"
			 "<tdc:Tamper><tdc:Reason>lid</tdc:Reason>"
			 "<tdc:State>TamperDetected</tdc:State></tdc:Tamper>"
			 "<tdc:Fault><tdc:State>NotInFault</tdc:State></tdc:Fault>"
			 "<tdc:DoorMode>LockedDown</tdc:DoorMode>"
			 "</tdc:DoorState></tdc:GetDoorStateResponse>"),
		&reply);
	assert_int_equal(d->door, ONVIF_DOOR_OPEN);
	assert_int_equal(d->lock, ONVIF_DOOR_OTHER); /* a word, but not one for locks */
	assert_int_equal(d->double_lock, ONVIF_DOOR_ABSENT);
	assert_int_equal(d->alarm, ONVIF_DOOR_FORCED_OPEN);
	assert_int_equal(d->tamper, ONVIF_DOOR_TAMPER_DETECTED);
	assert_string_equal(d->tamper_reason, "lid");
	assert_int_equal(d->fault, ONVIF_DOOR_NOT_IN_FAULT);
	assert_string_equal(d->fault_reason, "");
	assert_int_equal(d->mode, ONVIF_DOOR_LOCKED_DOWN);
	assert_int_equal(reply.oddities, ONVIF_ODD_VALUE);
	onvif_reply_fini(&reply);
	assert_refused(ONVIF_GET_DOOR_STATE,
		       ENVELOPE("<tdc:GetDoorStateResponse><tdc:DoorState/>"
				"</tdc:GetDoorStateResponse>"),
		       ONVIF_REFUSED_INCOMPLETE);
}

static void
test_long_list_is_cut(void **state)
{
	static char body[200000];
	struct onvif_reply reply;
	size_t n = 0;

	(void)state;
	n += (size_t)snprintf(body, sizeof(body),
			      "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
			      "xmlns:t=\"http://www.onvif.org/ver10/media/wsdl\"><s:Body>"
			      "<t:GetProfilesResponse>");
	for (int i = 0; i < ONVIF_LIST_MAX + 1; i++)
		n += (size_t)snprintf(body + n, sizeof(body) - n, "<t:Profiles token=\"%d\"/>", i);
	snprintf(body + n, sizeof(body) - n, "</t:GetProfilesResponse></s:Body></s:Envelope>");
	read_ok(ONVIF_GET_PROFILES, body, &reply);
	assert_int_equal(reply.u.profiles.count, ONVIF_LIST_MAX);
	assert_int_equal(reply.oddities, ONVIF_ODD_LIST_CUT);
	onvif_reply_fini(&reply);
}

static void
test_other_operations_are_refused(void **state)
{
	static const char *const bodies[] = {
		"<tds:GetHostnameResponse/>",
		"<tds:GetProfilesResponseX/>",
		"<tds:GetProfiles/>",
		"<tr2:GetProfilesResponse><tr2:Profiles token=\"a\"/></tr2:GetProfilesResponse>",
		"<tds:x/><trt:GetProfilesResponse/>",
	};
	char body[2048];

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(bodies); i++) {
		snprintf(body, sizeof(body), ENVELOPE("%s"), bodies[i]);
		assert_refused(ONVIF_GET_PROFILES, body, ONVIF_REFUSED_WRONG_OPERATION);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_device_information),
		cmocka_unit_test(test_values_are_fit_for_a_terminal),
		cmocka_unit_test(test_services),
		cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_interfaces),
		cmocka_unit_test(test_hostname),
		cmocka_unit_test(test_profiles),
		cmocka_unit_test(test_doors),
		cmocka_unit_test(test_door_state),
		cmocka_unit_test(test_long_list_is_cut),
		cmocka_unit_test(test_other_operations_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
