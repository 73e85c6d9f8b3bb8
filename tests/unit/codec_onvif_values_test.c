/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Vendors, MAC addresses, XAddr paths and serial numbers, in the spellings that devices use.
 */
#include "keepwatch/err.h"
#include "keepwatch/onvif_reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
assert_mac(const char *text, const char *expected)
{
	char mac[18] = "untouched";

	assert_int_equal(onvif_mac_normalise(text, mac), 0);
	assert_string_equal(mac, expected);
}

static void
assert_no_mac(const char *text, int expected)
{
	char mac[18] = "untouched";

	assert_int_equal(onvif_mac_normalise(text, mac), expected);
	assert_string_equal(mac, "untouched");
}

static void
test_mac_spellings(void **state)
{
	(void)state;
	assert_mac("00:07:5f:e0:a6:04", "00:07:5f:e0:a6:04");
	assert_mac("00-07-5F-E0-A6-04", "00:07:5f:e0:a6:04");
	assert_mac("00047D0EB85C", "00:04:7d:0e:b8:5c");
	assert_mac("AABB.CCDD.EEFF", "aa:bb:cc:dd:ee:ff");
	assert_mac("aabb-ccdd-eeff", "aa:bb:cc:dd:ee:ff");
	assert_mac("0:7:5f:e0:a6:4", "00:07:5f:e0:a6:04");
	assert_mac("00 07 5f e0 a6 04", "00:07:5f:e0:a6:04");
	assert_mac(" 00:07:5f:e0:a6:04 ", "00:07:5f:e0:a6:04");
}

static void
test_mac_refusals(void **state)
{
	(void)state;
	assert_no_mac("", ERR_SYNTAX);
	assert_no_mac("   ", ERR_SYNTAX);
	assert_no_mac("unknown", ERR_SYNTAX);
	assert_no_mac("00:07:5f:e0:a6", ERR_SYNTAX);
	assert_no_mac("00:07:5f:e0:a6:04:05", ERR_SYNTAX);
	assert_no_mac("00:07:5f:e0:a6-04", ERR_SYNTAX);
	assert_no_mac("00:07:5f:e0:a6:", ERR_SYNTAX);
	assert_no_mac("00:07:5f:e0:a6:004", ERR_SYNTAX);
	assert_no_mac("00:07:5f:e0:a6:0g", ERR_SYNTAX);
	assert_no_mac("00075fe0a60", ERR_SYNTAX);
	assert_no_mac("AABB.CCDD.EEF", ERR_SYNTAX);
	assert_no_mac("AABB.CCDD", ERR_SYNTAX);
	assert_no_mac("00:00:00:00:00:00", ERR_RANGE);
	assert_no_mac("FFFFFFFFFFFF", ERR_RANGE);
	assert_no_mac("01:00:5e:00:00:01", ERR_RANGE);
}

static void
test_vendors(void **state)
{
	(void)state;
	assert_string_equal(onvif_vendor("AXIS"), "Axis");
	assert_string_equal(onvif_vendor("hikvision"), "Hikvision");
	assert_string_equal(onvif_vendor("Acme Cameras"), "Acme Cameras");
	assert_null(onvif_vendor(""));
	assert_null(onvif_vendor("NONE"));
	assert_null(onvif_vendor("H264"));
	assert_null(onvif_vendor("ONVIF"));
	assert_null(onvif_vendor("ONVIF_IPNC"));
}

static void
assert_path(const char *xaddr, const char *expected)
{
	char path[64];

	assert_int_equal(onvif_xaddr_path(xaddr, path, sizeof(path)), 0);
	assert_string_equal(path, expected);
}

static void
test_xaddr_paths(void **state)
{
	char path[8];

	(void)state;
	assert_path("http://192.168.4.12/onvif/device_service", "/onvif/device_service");
	assert_path("HTTPS://[fe80::1]:8443/onvif/media?x=1&y=2#top", "/onvif/media?x=1&y=2");
	assert_path("http://cam:8080", "/");
	assert_path("http://cam?x", "/?x");
	assert_path("/onvif/services", "/onvif/services");
	/* "//host" would be taken for an authority when it is put behind ours. */
	assert_path("http://cam//evil.example/x", "/evil.example/x");
	assert_path("//evil.example/x", "/evil.example/x");
	assert_int_equal(onvif_xaddr_path("", path, sizeof(path)), ERR_SYNTAX);
	assert_int_equal(onvif_xaddr_path("onvif/media", path, sizeof(path)), ERR_SYNTAX);
	assert_int_equal(onvif_xaddr_path("file:///etc/passwd", path, sizeof(path)), ERR_SYNTAX);
	assert_int_equal(onvif_xaddr_path("http:///x", path, sizeof(path)), ERR_SYNTAX);
	assert_int_equal(onvif_xaddr_path("http://a/x y", path, sizeof(path)), ERR_SYNTAX);
	assert_int_equal(onvif_xaddr_path("http://a/x\r\nHost: b", path, sizeof(path)), ERR_SYNTAX);
	assert_int_equal(onvif_xaddr_path("http://a/1234567", path, sizeof(path)), ERR_TOOBIG);
	assert_int_equal(onvif_xaddr_path("http://a/123456", path, sizeof(path)), 0);
}

static void
test_serial_addresses(void **state)
{
	(void)state;
	assert_true(onvif_is_address("192.168.2.61"));
	assert_true(onvif_is_address("fe80::1"));
	assert_false(onvif_is_address("J250117"));
	assert_false(onvif_is_address(""));
	assert_true(onvif_serial_is_address("192168261", "192.168.2.61"));
	assert_true(onvif_serial_is_address("192.168.2.61", "192.168.2.61"));
	assert_false(onvif_serial_is_address("192168262", "192.168.2.61"));
	assert_false(onvif_serial_is_address("1921682611", "192.168.2.61"));
	assert_false(onvif_serial_is_address("19216826", "192.168.2.61"));
}

static void
test_services(void **state)
{
	(void)state;
	for (int i = ONVIF_SERVICE_OTHER + 1; i < ONVIF_SERVICE_COUNT; i++)
		assert_int_equal(
			onvif_service_from_uri(onvif_service_uri((enum onvif_service_id)i)), i);
	assert_int_equal(onvif_service_from_uri("http://www.onvif.org/ver10/media/wsdl/"),
			 ONVIF_SERVICE_MEDIA);
	assert_int_equal(onvif_service_from_uri(""), ONVIF_SERVICE_OTHER);
	assert_int_equal(onvif_service_from_uri("urn:schemas-pelco-com:onvif:media:1"),
			 ONVIF_SERVICE_OTHER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mac_spellings),	 cmocka_unit_test(test_mac_refusals),
		cmocka_unit_test(test_vendors),		 cmocka_unit_test(test_xaddr_paths),
		cmocka_unit_test(test_serial_addresses), cmocka_unit_test(test_services),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
