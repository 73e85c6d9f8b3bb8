/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Logins of the ONVIF probe: each way that devices want, the device's clock in them, and above all
 * that a wrong password never locks an account: the scripted camera counts every login.
 */
#include "../http/camera.h"
#include "../http/rig.h"

#include "keepwatch/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MINUTE = 60 * 1000 };

struct lab {
	struct camera camera;
	struct server *server;
	struct rig rig;
};

static void
lab_open(struct lab *lab, enum camera_auth auth)
{
	camera_init(&lab->camera);
	lab->camera.auth = auth;
	lab->server = server_start(camera_script, &lab->camera, NULL);
	rig_open(&lab->rig, PROBE_ONVIF, KIND_CAMERA, server_port(lab->server));
	rig_option(&lab->rig, OPT_ONVIF_INVENTORY, "1ms"); /* in every run */
	rig_password(&lab->rig, "secret");
}

static void
lab_close(struct lab *lab)
{
	rig_close(&lab->rig);
	server_stop(lab->server);
	pthread_mutex_destroy(&lab->camera.lock);
}

static unsigned
take(unsigned *count)
{
	unsigned was = *count;

	*count = 0;
	return was;
}

/* What the last run says of the credential that it was given. */
static void
expect_login(const struct lab *lab, enum login_proof login)
{
	assert_int_equal(lab->rig.result.login, login);
	assert_int_equal(lab->rig.result.login_use, USE_ONVIF);
	assert_int_equal(lab->rig.result.login_generation, lab->rig.credential.generation);
}

static void
check_way(enum camera_auth auth, const char *algorithm, int refusal_status, const char *scheme)
{
	struct lab lab;

	lab_open(&lab, auth);
	lab.camera.algorithm = algorithm;
	lab.camera.refusal_status = refusal_status;
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
	assert_string_equal(rig_fact(&lab.rig, FACT_AUTH_SCHEME, NULL), scheme);
	assert_string_equal(rig_fact(&lab.rig, FACT_SERIAL, NULL), "ACCC8E000001");
	assert_string_equal(rig_fact(&lab.rig, FACT_SOURCE, "serial"),
			    "ONVIF GetDeviceInformation");
	assert_string_equal(rig_fact(&lab.rig, FACT_MAC, "eth0"), "ac:cc:8e:00:00:01");
	assert_string_equal(rig_fact(&lab.rig, FACT_PROFILES, NULL), "main");
	/* one showed the way; another one fetched the challenge of HTTP Digest */
	assert_in_range(lab.camera.anonymous_private, 1,
			auth == CAMERA_WSSE   ? 1
			: auth == CAMERA_OPEN ? 6
					      : 2);
	/* at most one way was wrong */
	assert_in_range(lab.camera.refused, 0, 1);
	expect_login(&lab, auth == CAMERA_OPEN ? LOGIN_NOT_TRIED : LOGIN_PROVEN);
	/* learned: nothing private is asked without the right login any more */
	take(&lab.camera.refused);
	take(&lab.camera.anonymous_private);
	rig_restart(&lab.rig);
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
	assert_int_equal(lab.camera.refused, 0);
	if (auth == CAMERA_WSSE)
		assert_int_equal(lab.camera.anonymous_private, 0);
	lab_close(&lab);
}

static void
test_ways(void **state)
{
	(void)state;
	check_way(CAMERA_WSSE, NULL, 400, "wsse");
	check_way(CAMERA_WSSE, NULL, 200, "wsse");
	check_way(CAMERA_WSSE, NULL, 500, "wsse");
	check_way(CAMERA_WSSE, NULL, 401, "wsse");
	check_way(CAMERA_DIGEST, "MD5", 401, "digest");
	check_way(CAMERA_DIGEST, "SHA-256", 401, "digest");
	check_way(CAMERA_BOTH, "MD5", 400, "digest+wsse");
	check_way(CAMERA_BOTH, "SHA-256", 200, "digest+wsse");
	check_way(CAMERA_OPEN, NULL, 400, "none");
}

static void
test_everything_is_private(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, CAMERA_WSSE);
	lab.camera.all_private = true;
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
	assert_non_null(strstr(rig_fact(&lab.rig, FACT_SERVICES, NULL), "media 2.40"));
	take(&lab.camera.anonymous_private);
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
	assert_int_equal(lab.camera.anonymous_private, 0);
	lab_close(&lab);
}

/* Runs once a minute, and says at which minutes how many logins were seen. */
static void
watch(struct lab *lab, unsigned minutes, char *out, size_t size)
{
	out[0] = '\0';
	for (unsigned i = 0; i < minutes; i++) {
		unsigned logins;

		take(&lab->camera.logins);
		rig_run(&lab->rig);
		logins = take(&lab->camera.logins);
		if (logins != 0)
			snprintf(out + strlen(out), size - strlen(out), "%s%u:%u",
				 out[0] == '\0' ? "" : " ", i, logins);
		if (i > 0 && logins == 0)
			rig_expect(&lab->rig, OUTCOME_DEGRADED, REASON_AUTH_HELD, "no login until");
		lab->rig.now_ms += MINUTE;
	}
}

static void
check_wrong_password(enum camera_auth auth, int64_t clock_offset_s, const char *expected)
{
	char seen[256];
	struct lab lab;

	lab_open(&lab, auth);
	lab.camera.clock_offset_s = lab.camera.checked_offset_s = clock_offset_s;
	rig_password(&lab.rig, "not it");
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_DEGRADED, REASON_AUTH, "login refused");
	expect_login(&lab, LOGIN_REFUSED);
	assert_in_range(lab.camera.logins, 1, 2);
	assert_int_equal(lab.camera.accepted, 0);
	assert_string_not_equal(rig_fact(&lab.rig, FACT_AUTH_HOLD, NULL), "");
	/* what goes without a login still goes */
	assert_string_equal(rig_fact(&lab.rig, FACT_HOSTNAME, NULL), "cam-1");
	lab.rig.now_ms += MINUTE;
	watch(&lab, 340, seen, sizeof(seen));
	assert_string_equal(seen, expected);

	/* the hold outlives the agent */
	rig_restart(&lab.rig);
	take(&lab.camera.logins);
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_DEGRADED, REASON_AUTH_HELD, "");
	expect_login(&lab, LOGIN_NOT_TRIED);
	assert_int_equal(lab.camera.logins, 0);

	/* a new credential is tried at once */
	rig_password(&lab.rig, "secret");
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
	assert_string_equal(rig_fact(&lab.rig, FACT_AUTH_HOLD, NULL), "");
	assert_true((lab.rig.result.complete & 1ull << FACT_AUTH_HOLD) != 0);
	assert_int_not_equal(lab.camera.accepted, 0);
	lab_close(&lab);
}

static void
test_wrong_password(void **state)
{
	(void)state;
	/* pauses of 5 and 15 minutes, 1 and 4 hours; one login each; the first was at -1 */
	check_wrong_password(CAMERA_WSSE, 0, "4:1 19:1 79:1 319:1");
	check_wrong_password(CAMERA_WSSE, 3600, "4:1 19:1 79:1 319:1");
	check_wrong_password(CAMERA_DIGEST, 0, "4:1 19:1 79:1 319:1");
}

static void
test_wrong_password_both(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, CAMERA_BOTH);
	rig_password(&lab.rig, "not it");
	for (int i = 0; i < 5; i++) {
		rig_run(&lab.rig);
		lab.rig.now_ms += MINUTE / 2;
	}
	assert_in_range(lab.camera.logins, 1, 2);
	lab_close(&lab);
}

static void
test_password_changes_on_the_device(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, CAMERA_WSSE);
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
	lab.camera.password = "another";
	take(&lab.camera.logins);
	for (int i = 0; i < 5; i++) {
		rig_run(&lab.rig);
		rig_expect(&lab.rig, OUTCOME_DEGRADED, i == 0 ? REASON_AUTH : REASON_AUTH_HELD, "");
		lab.rig.now_ms += MINUTE / 2;
	}
	assert_in_range(lab.camera.logins, 1, 2);
	/* and back: found at the end of the pause */
	lab.camera.password = "secret";
	lab.rig.now_ms += 5 * MINUTE;
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
	lab_close(&lab);
}

static void
test_locked(void **state)
{
	struct lab lab;
	int64_t until;
	char iso[CLOCK_ISO_SIZE];

	(void)state;
	lab_open(&lab, CAMERA_WSSE);
	lab.camera.lock_after = 1;
	rig_password(&lab.rig, "not it");
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_DEGRADED, REASON_LOCKED, "locked");
	assert_int_equal(lab.camera.logins, 1);
	snprintf(iso, sizeof(iso), "%.24s", rig_fact(&lab.rig, FACT_AUTH_HOLD, NULL));
	assert_int_equal(clock_parse_time(iso, &until), 0);
	assert_true(until >= lab.rig.now_ms + 60 * MINUTE);
	lab.rig.now_ms += 59 * MINUTE;
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_DEGRADED, REASON_AUTH_HELD, "account locked");
	assert_int_equal(lab.camera.logins, 1);
	lab_close(&lab);
}

static void
test_no_credential(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, CAMERA_WSSE);
	lab.rig.device.credentials[USE_ONVIF] = CREDENTIAL_NONE;
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_DEGRADED, REASON_NO_CREDENTIAL, "GetDeviceInformation");
	assert_int_equal(lab.camera.logins, 0);
	assert_string_equal(rig_fact(&lab.rig, FACT_HOSTNAME, NULL), "cam-1");
	lab.camera.auth = CAMERA_OPEN;
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
	lab_close(&lab);
}

static void
test_clock_of_the_device(void **state)
{
	struct lab lab;

	(void)state;
	/* signed by the device's clock, however wrong that is */
	lab_open(&lab, CAMERA_WSSE);
	lab.camera.clock_offset_s = lab.camera.checked_offset_s = -86400 * 365;
	lab.camera.window_s = 5;
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "clock is 365d behind");
	assert_int_equal(lab.camera.refused, 0);
	lab_close(&lab);

	/* shows local time as UTC, but checks by true UTC: our clock is tried once, and kept */
	lab_open(&lab, CAMERA_WSSE);
	lab.camera.clock_offset_s = 7200;
	lab.camera.window_s = 5;
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "clock is 2h");
	assert_int_equal(lab.camera.refused, 1);
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
	assert_int_equal(lab.camera.refused, 1);
	lab_close(&lab);

	/* month 0: no offset is known */
	lab_open(&lab, CAMERA_WSSE);
	lab.camera.month_0 = true;
	lab.camera.window_s = 5;
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "clock is not set");
	assert_string_equal(rig_fact(&lab.rig, FACT_CLOCK_OFFSET_MS, NULL), "");
	assert_int_equal(lab.camera.refused, 0);
	lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_everything_is_private),
		cmocka_unit_test(test_wrong_password),
		cmocka_unit_test(test_wrong_password_both),
		cmocka_unit_test(test_password_changes_on_the_device),
		cmocka_unit_test(test_locked),
		cmocka_unit_test(test_no_credential),
		cmocka_unit_test(test_clock_of_the_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
