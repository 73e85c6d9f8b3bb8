/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libxml2 runs out of memory at each of its allocations in turn: that is ERR_NOMEM, never the
 * device's fault, nothing leaks (the address sanitizer looks) and nothing is printed.
 */
#include "keepwatch/err.h"
#include "keepwatch/onvif_reply.h"

#include <libxml/parser.h>
#include <libxml/xmlmemory.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* libxml2's hooks carry no argument. */
static long allocations_left = -1;
static int has_failed;

static int
fails_now(void)
{
	if (allocations_left != 0) {
		if (allocations_left > 0)
			allocations_left--;
		return 0;
	}
	has_failed = 1;
	return 1;
}

static void *
test_xml_malloc(size_t size)
{
	return fails_now() ? NULL : malloc(size);
}

static void *
test_xml_realloc(void *data, size_t size)
{
	return fails_now() ? NULL : realloc(data, size);
}

static char *
test_xml_strdup(const char *text)
{
	return fails_now() ? NULL : strdup(text);
}

static void
test_every_allocation_fails(void **state)
{
	static const char body[] =
		"<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope' "
		"xmlns:d='http://www.onvif.org/ver10/device/wsdl'><s:Body>"
		"<d:GetDeviceInformationResponse><d:Model a='1&amp;2' zz:b='2'>M &amp; N</d:Model>"
		"<d:SerialNumber>a serial number longer than what fits into a node</d:SerialNumber>"
		"</d:GetDeviceInformationResponse></s:Body></s:Envelope>";
	int saved_stderr = dup(STDERR_FILENO);
	int printed[2];
	char byte;
	long n;

	(void)state;
	assert_int_equal(pipe(printed), 0);
	dup2(printed[1], STDERR_FILENO);
	for (n = 0; n < 10000; n++) {
		struct onvif_reply reply;
		int rc;

		has_failed = 0;
		allocations_left = n;
		rc = onvif_read_reply(ONVIF_GET_DEVICE_INFORMATION, body, sizeof(body) - 1, &reply);
		allocations_left = -1;
		if (rc == 0) {
			assert_int_equal(reply.kind, ONVIF_REPLY_OK);
			assert_string_equal(reply.u.info.model, "M & N");
			onvif_reply_fini(&reply);
		} else {
			assert_int_equal(rc, ERR_NOMEM);
		}
		if (!has_failed)
			break;
	}
	assert_in_range(n, 10, 9999);
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(printed[1]);
	assert_int_equal(read(printed[0], &byte, 1), 0);
	close(printed[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_allocation_fails),
	};

	if (xmlMemSetup(free, test_xml_malloc, test_xml_realloc, test_xml_strdup) != 0)
		return 1;
	xmlInitParser();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
