/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PasswordDigest of the UsernameToken profile. The expected digests were computed apart from the
 * code, with: (printf NONCE; printf CREATED; printf PASSWORD) | openssl dgst -sha1 -binary | base64
 */
#include "keepwatch/onvif.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The example of the ONVIF Application Programmer's Guide, section 6.1.1.3. */
static void
test_guide_example(void **state)
{
	static const uint8_t nonce[] = {0x2c, 0xaa, 0x88, 0xe8, 0x6f, 0xc0, 0x8a, 0x42,
					0x82, 0x42, 0xb3, 0x74, 0xce, 0xa6, 0x45, 0x96};
	char digest[29];

	(void)state;
	assert_int_equal(wsse_password_digest(nonce, sizeof(nonce), "2010-09-16T07:50:45Z",
					      "userpassword", digest),
			 0);
	assert_string_equal(digest, "tuOSpGlFlIXsozq4HFNeeGeFLEI=");
}

static void
test_bytes_are_taken_as_they_are(void **state)
{
	uint8_t nonce[16];
	char digest[29];

	(void)state;
	for (size_t i = 0; i < sizeof(nonce); i++)
		nonce[i] = (uint8_t)i;
	wsse_password_digest(nonce, sizeof(nonce), "2026-03-01T14:02:11.123Z",
			     "p\xc3\xa4ss w\xc3\xb6rd<&>", digest);
	assert_string_equal(digest, "YJm5vZhPD7fIO5lWKMr6hEi/I8w=");
	wsse_password_digest(nonce, sizeof(nonce), "2026-03-01T14:02:11.123Z", "", digest);
	assert_string_equal(digest, "JkgncS6NTlRdV4I1iELpWxicBxI=");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guide_example),
		cmocka_unit_test(test_bytes_are_taken_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
