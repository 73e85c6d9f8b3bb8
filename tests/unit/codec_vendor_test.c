/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Vendors' own interfaces. Replies are written after the vendors' API documentation.
 */
#include "keepwatch/vendor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
read_text(enum vendor_source source, const char *body, struct vendor_reply *reply)
{
	size_t len = strlen(body);
	char *copy = malloc(len + 1); /* exact size, for the sanitizer */

	assert_non_null(copy);
	memcpy(copy, body, len);
	assert_int_equal(vendor_read_reply(source, copy, len, reply), 0);
	free(copy);
}

static void
assert_refused(enum vendor_source source, const char *body, enum vendor_refusal expected,
	       const char *error)
{
	struct vendor_reply reply;

	read_text(source, body, &reply);
	if (reply.refusal != expected)
		fail_msg("\"%.60s\": \"%s\" instead of \"%s\"", body,
			 vendor_refusal_text(reply.refusal), vendor_refusal_text(expected));
	assert_string_equal(reply.error, error);
	vendor_reply_fini(&reply);
}

static void
test_axis_info(void **state)
{
	struct vendor_reply r;

	(void)state;
	read_text(VENDOR_AXIS_INFO,
		  "\xef\xbb\xbf{\"apiVersion\":\"1.3\",\"data\":{\"propertyList\":{"
		  "\"Brand\":\"AXIS\",\"ProdNbr\":\"P3245-V\",\"Version\":\"10.12.1\","
		  "\"SerialNumber\":\"ACCC8E000001\",\"HardwareID\":\"77F\"}}}\n",
		  &r);
	assert_int_equal(r.refusal, VENDOR_REFUSED_NONE);
	assert_string_equal(r.vendor, "Axis");
	assert_string_equal(r.model, "P3245-V");
	assert_string_equal(r.firmware, "10.12.1");
	assert_string_equal(r.serial, "ACCC8E000001");
	assert_string_equal(r.hardware, "77F");
	assert_string_equal(r.mac, "ac:cc:8e:00:00:01");
	vendor_reply_fini(&r);
	assert_refused(VENDOR_AXIS_INFO,
		       "{\"error\":{\"code\":2003,\"message\":\"API version not supported\"}}",
		       VENDOR_REFUSED_DEVICE, "API version not supported");
	assert_refused(VENDOR_AXIS_INFO, "{\"data\":{\"propertyList\":{\"Brand\":\"AXIS\"}}}",
		       VENDOR_REFUSED_INCOMPLETE, "");
	assert_refused(VENDOR_AXIS_INFO, "{\"data\":[]}", VENDOR_REFUSED_OTHER, "");
	assert_refused(VENDOR_AXIS_INFO, "{\"data\":{\"propertyList\":{\"ProdNbr\":\"x\"",
		       VENDOR_REFUSED_MALFORMED, "");
	assert_refused(VENDOR_AXIS_INFO, "[1]", VENDOR_REFUSED_MALFORMED, "");
	assert_refused(VENDOR_AXIS_INFO, "<html>401</html>", VENDOR_REFUSED_HTML, "");
	assert_refused(VENDOR_AXIS_INFO, " \r\n", VENDOR_REFUSED_EMPTY, "");
}

static void
test_axis_ready(void **state)
{
	struct vendor_reply r;

	(void)state;
	read_text(VENDOR_AXIS_READY,
		  "{\"apiVersion\":\"1.2\",\"method\":\"systemready\",\"data\":{"
		  "\"systemready\":\"yes\",\"needsetup\":\"no\",\"uptime\":\"1463\"}}",
		  &r);
	assert_int_equal(r.refusal, VENDOR_REFUSED_NONE);
	assert_int_equal(r.is_ready, VENDOR_YES);
	assert_int_equal(r.needs_setup, VENDOR_NO);
	assert_int_equal(r.uptime_s, 1463);
	vendor_reply_fini(&r);
	read_text(VENDOR_AXIS_READY, "{\"data\":{\"systemready\":\"no\"}}", &r);
	assert_int_equal(r.is_ready, VENDOR_NO);
	assert_int_equal(r.needs_setup, VENDOR_UNKNOWN);
	assert_int_equal(r.uptime_s, -1);
	vendor_reply_fini(&r);
	assert_refused(VENDOR_AXIS_READY, "{\"data\":{}}", VENDOR_REFUSED_INCOMPLETE, "");
}

static void
test_two_n(void **state)
{
	struct vendor_reply r;

	(void)state;
	read_text(VENDOR_TWO_N_INFO,
		  "{\"success\":true,\"result\":{\"variant\":\"2N IP Verso\","
		  "\"serialNumber\":\"54-0000-0001\",\"macAddr\":\"7C-1E-B3-00-00-01\","
		  "\"hwVersion\":\"570v1\",\"swVersion\":\"2.41.0\",\"deviceName\":\"Gate\","
		  "\"upTime\":77}}",
		  &r);
	assert_int_equal(r.refusal, VENDOR_REFUSED_NONE);
	assert_string_equal(r.vendor, "2N");
	assert_string_equal(r.model, "2N IP Verso");
	assert_string_equal(r.firmware, "2.41.0");
	assert_string_equal(r.serial, "54-0000-0001");
	assert_string_equal(r.name, "Gate");
	assert_string_equal(r.mac, "7c:1e:b3:00:00:01");
	assert_int_equal(r.uptime_s, 77);
	vendor_reply_fini(&r);
	assert_refused(VENDOR_TWO_N_INFO,
		       "{\"success\":false,\"error\":{\"code\":10,\"description\":\"no rights\"}}",
		       VENDOR_REFUSED_DEVICE, "no rights");
}

static void
test_hikvision(void **state)
{
	struct vendor_reply r;

	(void)state;
	read_text(VENDOR_HIKVISION_INFO,
		  "<?xml version=\"1.0\" encoding=\"UTF-8\"?><DeviceInfo version=\"2.0\" "
		  "xmlns=\"http://www.hikvision.com/ver20/XMLSchema\"><deviceName>yard</deviceName>"
		  "<model>DS-1</model><serialNumber>DS-1AA</serialNumber>"
		  "<macAddress>c0:56:e3:00:00:01</macAddress>"
		  "<firmwareVersion>V5.7.1</firmwareVersion>"
		  "<firmwareReleasedDate>build 240826</firmwareReleasedDate>"
		  "<manufacturer>hikvision</manufacturer></DeviceInfo>",
		  &r);
	assert_int_equal(r.refusal, VENDOR_REFUSED_NONE);
	assert_string_equal(r.vendor, "Hikvision");
	assert_string_equal(r.model, "DS-1");
	assert_string_equal(r.firmware, "V5.7.1 build 240826");
	assert_string_equal(r.serial, "DS-1AA");
	assert_string_equal(r.name, "yard");
	assert_string_equal(r.mac, "c0:56:e3:00:00:01");
	vendor_reply_fini(&r);
	assert_refused(VENDOR_HIKVISION_INFO,
		       "<ResponseStatus><statusCode>3</statusCode><statusString>Device Error"
		       "</statusString><subStatusCode>deviceError</subStatusCode></ResponseStatus>",
		       VENDOR_REFUSED_DEVICE, "deviceError");
	assert_refused(VENDOR_HIKVISION_INFO, "<DeviceInfo><model>x</model>",
		       VENDOR_REFUSED_MALFORMED, "");
	assert_refused(VENDOR_HIKVISION_INFO, "<DeviceCap/>", VENDOR_REFUSED_OTHER, "");
	assert_refused(VENDOR_HIKVISION_INFO, "<DeviceInfo/>", VENDOR_REFUSED_INCOMPLETE, "");
}

static void
test_dahua(void **state)
{
	struct vendor_reply r;

	(void)state;
	read_text(VENDOR_DAHUA_INFO,
		  "appAutoStart=true\r\ndeviceType=IPC-HDW1\r\nhardwareVersion=1.00\r\n"
		  "processor=x=y\r\nserialNumber=4A0001\r\n",
		  &r);
	assert_int_equal(r.refusal, VENDOR_REFUSED_NONE);
	assert_string_equal(r.vendor, "Dahua");
	assert_string_equal(r.model, "IPC-HDW1");
	assert_string_equal(r.serial, "4A0001");
	assert_string_equal(r.hardware, "1.00");
	vendor_reply_fini(&r);
	read_text(VENDOR_DAHUA_VERSION, "version=2.622.0000000.18.R,build:2019-06-12", &r);
	assert_string_equal(r.firmware, "2.622.0000000.18.R,build:2019-06-12");
	vendor_reply_fini(&r);
	assert_refused(VENDOR_DAHUA_INFO, "Error\r\nBad Request!\r\n", VENDOR_REFUSED_DEVICE,
		       "Error  Bad Request!");
	assert_refused(VENDOR_DAHUA_INFO, "hello", VENDOR_REFUSED_OTHER, "");
	assert_refused(VENDOR_DAHUA_INFO, "a=b", VENDOR_REFUSED_INCOMPLETE, "");
}

static void
test_size(void **state)
{
	char *body = malloc(VENDOR_BODY_MAX + 1);
	struct vendor_reply r;

	(void)state;
	assert_non_null(body);
	memset(body, '[', VENDOR_BODY_MAX + 1);
	for (int source = 0; source < VENDOR_SOURCE_COUNT; source++) {
		assert_int_equal(vendor_read_reply((enum vendor_source)source, body,
						   VENDOR_BODY_MAX + 1, &r),
				 0);
		assert_int_equal(r.refusal, VENDOR_REFUSED_TOO_BIG);
		vendor_reply_fini(&r);
		assert_int_equal(
			vendor_read_reply((enum vendor_source)source, body, VENDOR_BODY_MAX, &r),
			0);
		assert_int_not_equal(r.refusal, VENDOR_REFUSED_NONE);
		assert_int_not_equal(r.refusal, VENDOR_REFUSED_TOO_BIG);
		vendor_reply_fini(&r);
		assert_int_equal(vendor_query((enum vendor_source)source)->path[0], '/');
	}
	free(body);
}

/* VAPIX Parameter Management, of firmware that has no basicdeviceinfo.cgi. */
static void
test_axis_param(void **state)
{
	struct vendor_reply r;

	(void)state;
	read_text(VENDOR_AXIS_PARAM,
		  "root.Brand.Brand=AXIS\n"
		  "root.Brand.ProdFullName=AXIS P1346 Network Camera\n"
		  "root.Brand.ProdNbr=P1346\n"
		  "root.Properties.Firmware.BuildDate=Dec 01 2014 12:01\r\n"
		  "root.Properties.Firmware.Version=5.40.9.9\r\n"
		  "# Error: Error -1 getting param in group 'root.Properties.X'\n"
		  "root.Properties.System.SerialNumber=00408C112233\n",
		  &r);
	assert_int_equal(r.refusal, VENDOR_REFUSED_NONE);
	assert_string_equal(r.vendor, "Axis");
	assert_string_equal(r.model, "P1346");
	assert_string_equal(r.firmware, "5.40.9.9");
	assert_string_equal(r.serial, "00408C112233");
	assert_string_equal(r.hardware, "");
	assert_string_equal(r.mac, "00:40:8c:11:22:33");
	vendor_reply_fini(&r);
	assert_refused(VENDOR_AXIS_PARAM, "# Error: Error -1 getting param in group 'root.Brand'\n",
		       VENDOR_REFUSED_DEVICE,
		       "# Error: Error -1 getting param in group 'root.Brand'");
	assert_refused(VENDOR_AXIS_PARAM, "root.Brand.Brand=AXIS\n", VENDOR_REFUSED_INCOMPLETE, "");
	assert_refused(VENDOR_AXIS_PARAM, "hello", VENDOR_REFUSED_OTHER, "");
}

/* SUNAPI: lines, or JSON where it was asked for. */
static void
test_hanwha(void **state)
{
	static const char *const bodies[] = {
		"Model=XNV-8080R\r\nSerialNumber=ZC8K70GM500001X\r\n"
		"FirmwareVersion=1.41.04_20210723_R408\r\nBuildDate=2021.07.23\r\n"
		"DeviceType=NWC\r\nConnectedMACAddress=00:09:18:4F:00:01\r\n"
		"DeviceName=Gate\r\n",
		"{\"Model\":\"XNV-8080R\",\"SerialNumber\":\"ZC8K70GM500001X\","
		"\"FirmwareVersion\":\"1.41.04_20210723_R408\",\"DeviceName\":\"Gate\","
		"\"ConnectedMACAddress\":\"00:09:18:4f:00:01\"}",
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct vendor_reply r;

		read_text(VENDOR_HANWHA_INFO, bodies[i], &r);
		assert_int_equal(r.refusal, VENDOR_REFUSED_NONE);
		assert_string_equal(r.vendor, "Hanwha");
		assert_string_equal(r.model, "XNV-8080R");
		assert_string_equal(r.firmware, "1.41.04_20210723_R408");
		assert_string_equal(r.serial, "ZC8K70GM500001X");
		assert_string_equal(r.name, "Gate");
		assert_string_equal(r.mac, "00:09:18:4f:00:01");
		vendor_reply_fini(&r);
	}
	assert_refused(VENDOR_HANWHA_INFO,
		       "NG\r\nError Code: 600\r\nError Details: Submenu Not Found\r\n",
		       VENDOR_REFUSED_DEVICE, "Submenu Not Found");
	assert_refused(VENDOR_HANWHA_INFO,
		       "{\"Response\":\"Fail\",\"Error\":{\"Code\":608,\"Details\":\"No\"}}",
		       VENDOR_REFUSED_DEVICE, "No");
	assert_refused(VENDOR_HANWHA_INFO, "{}", VENDOR_REFUSED_OTHER, "");
	assert_refused(VENDOR_HANWHA_INFO, "{", VENDOR_REFUSED_MALFORMED, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_axis_info),  cmocka_unit_test(test_axis_ready),
		cmocka_unit_test(test_two_n),	   cmocka_unit_test(test_hikvision),
		cmocka_unit_test(test_axis_param), cmocka_unit_test(test_hanwha),
		cmocka_unit_test(test_dahua),	   cmocka_unit_test(test_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
