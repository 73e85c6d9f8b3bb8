/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the ONVIF probe reads for the audit: accounts, discovery mode, time servers. That a device
 * does not tell them, or not to this user, is said, and is no fault of the device.
 */
#include "../http/camera.h"
#include "../http/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct lab {
	struct camera camera;
	struct server *server;
	struct rig rig;
};

static void
lab_open(struct lab *lab, enum camera_auth auth, const char *password)
{
	camera_init(&lab->camera);
	lab->camera.auth = auth;
	lab->server = server_start(camera_script, &lab->camera, NULL);
	rig_open(&lab->rig, PROBE_ONVIF, KIND_CAMERA, server_port(lab->server));
	rig_option(&lab->rig, OPT_ONVIF_INVENTORY, "1ms");
	if (password != NULL)
		rig_password(&lab->rig, password);
}

static void
lab_close(struct lab *lab)
{
	rig_close(&lab->rig);
	server_stop(lab->server);
	pthread_mutex_destroy(&lab->camera.lock);
}

static void
test_told(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, CAMERA_WSSE, "secret");
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
	assert_string_equal(rig_fact(&lab.rig, FACT_USER, "monitor"), "Administrator");
	assert_string_equal(rig_fact(&lab.rig, FACT_USER, "guest"), "Extended");
	assert_true((lab.rig.result.complete & 1ull << FACT_USER) != 0);
	assert_string_equal(rig_fact(&lab.rig, FACT_DISCOVERY_MODE, NULL), "Discoverable");
	assert_string_equal(rig_fact(&lab.rig, FACT_NTP_SERVER, NULL), "192.0.2.1 (dhcp)");
	assert_string_equal(rig_fact(&lab.rig, FACT_AUDITED, "users"), "checked");
	assert_string_equal(rig_fact(&lab.rig, FACT_AUDITED, "discovery"), "checked");
	assert_string_equal(rig_fact(&lab.rig, FACT_AUDITED, "ntp"), "checked");
	assert_int_equal(lab.rig.result.login, LOGIN_PROVEN);
	lab_close(&lab);
}

/* Every way not to tell it: the device stays well, and the rest is read. */
static void
test_not_told(void **state)
{
	static const struct {
		const char *how, *audited;
	} cases[] = {
		{"NotAuthorized", "not permitted to this user"},
		{"ActionNotSupported", "not supported by the device"},
		{"503", "HTTP 503"},
		{"garbage", ""},
		{"close", "connection closed by the device"},
		{"stall", "no answer in time"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lab lab;

		lab_open(&lab, CAMERA_WSSE, "secret");
		lab.camera.broken = "GetUsers;GetNTP";
		lab.camera.broken_reply = cases[i].how;
		lab.rig.settings.timeout_ms = 300;
		rig_run(&lab.rig);
		rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
		assert_non_null(
			strstr(rig_fact(&lab.rig, FACT_AUDITED, "users"), cases[i].audited));
		assert_string_not_equal(rig_fact(&lab.rig, FACT_AUDITED, "users"), "checked");
		assert_false((lab.rig.result.complete & 1ull << FACT_USER) != 0);
		assert_string_equal(rig_fact(&lab.rig, FACT_NTP_SERVER, NULL), "");
		assert_string_equal(rig_fact(&lab.rig, FACT_DISCOVERY_MODE, NULL), "Discoverable");
		assert_string_equal(rig_fact(&lab.rig, FACT_AUDITED, "discovery"), "checked");
		assert_int_equal(lab.rig.result.login, LOGIN_PROVEN);
		lab_close(&lab);
	}
}

static unsigned
count(const char *text, const char *word)
{
	unsigned n = 0;

	while ((text = strstr(text, word)) != NULL) {
		text += strlen(word);
		n++;
	}
	return n;
}

/* A device that asks no login for the rest: whether password or right is refused is not known, and
 * it is tried once. */
static void
test_open_device(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, CAMERA_OPEN, "secret");
	lab.camera.broken = "GetUsers";
	lab.camera.broken_reply = "NotAuthorized";
	for (int i = 0; i < 3; i++) {
		rig_run(&lab.rig);
		rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
		assert_non_null(
			strstr(rig_fact(&lab.rig, FACT_AUDITED, "users"), "login refused, or not"));
		assert_int_equal(lab.rig.result.login, LOGIN_NOT_TRIED);
		assert_string_equal(rig_fact(&lab.rig, FACT_DISCOVERY_MODE, NULL), "Discoverable");
	}
	assert_int_equal(count(lab.camera.ops, "GetUsers;"), 4);
	/* another credential is worth another try */
	rig_password(&lab.rig, "other");
	rig_run(&lab.rig);
	assert_int_equal(count(lab.camera.ops, "GetUsers;"), 6);
	lab_close(&lab);
}

static void
test_without_credential(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, CAMERA_OPEN, NULL);
	lab.camera.broken = "GetUsers";
	lab.camera.broken_reply = "NotAuthorized";
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
	assert_string_equal(rig_fact(&lab.rig, FACT_AUDITED, "users"), "no credential");
	lab_close(&lab);
}

static void
test_wrong_password(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, CAMERA_WSSE, "wrong");
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_DEGRADED, REASON_AUTH, "login refused");
	assert_string_equal(rig_fact(&lab.rig, FACT_AUDITED, "users"), "login held back");
	assert_true(lab.camera.logins <= 2);
	lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_told),	       cmocka_unit_test(test_not_told),
		cmocka_unit_test(test_open_device),    cmocka_unit_test(test_without_credential),
		cmocka_unit_test(test_wrong_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
