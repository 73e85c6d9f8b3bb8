/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the ONVIF probe makes of devices that are well, broken in part, hung or hostile. Logins are
 * in probes_login_test.c.
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
lab_open(struct lab *lab, enum device_kind kind, enum camera_auth auth)
{
	camera_init(&lab->camera);
	lab->camera.auth = auth;
	lab->server = server_start(camera_script, &lab->camera, NULL);
	rig_open(&lab->rig, PROBE_ONVIF, kind, server_port(lab->server));
	rig_password(&lab->rig, "secret");
}

static void
lab_close(struct lab *lab)
{
	rig_close(&lab->rig);
	server_stop(lab->server);
	pthread_mutex_destroy(&lab->camera.lock);
}

static void
test_well(void **state)
{
	struct lab lab;
	long offset;

	(void)state;
	lab_open(&lab, KIND_CAMERA, CAMERA_WSSE);
	lab.camera.clock_offset_s = 90;
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "clock is 1m 30s ahead");
	offset = strtol(rig_fact(&lab.rig, FACT_CLOCK_OFFSET_MS, NULL), NULL, 10);
	assert_in_range(offset, 88000, 92000);
	assert_string_equal(rig_fact(&lab.rig, FACT_CLOCK_SOURCE, NULL), "ntp");
	assert_string_equal(rig_fact(&lab.rig, FACT_VENDOR, NULL), "Axis");
	assert_string_equal(rig_fact(&lab.rig, FACT_MODEL, NULL), "P1");
	assert_string_equal(rig_fact(&lab.rig, FACT_FIRMWARE, NULL), "9.80.1");
	assert_string_equal(rig_fact(&lab.rig, FACT_HARDWARE, NULL), "7");
	assert_string_equal(rig_fact(&lab.rig, FACT_HOSTNAME, NULL), "cam-1");
	assert_string_equal(rig_fact(&lab.rig, FACT_SERVICES, NULL), "device 2.40, media 2.40");
	assert_true((lab.rig.result.complete & 1ull << FACT_MAC) != 0);
	assert_true(lab.rig.result.rtt_us != RTT_NONE);
	/* the XAddr names another host and port: its path is used here */
	assert_int_equal(lab.camera.service_calls, 1);
	assert_string_equal(lab.camera.ops,
			    "GetSystemDateAndTime;GetServices;GetDeviceInformation;"
			    "GetDeviceInformation;GetHostname;GetNetworkInterfaces;GetProfiles;"
			    "GetUsers;GetDiscoveryMode;GetNTP;");
	assert_int_equal(server_connections(lab.server), 1);

	/* between inventories: one request, and no connection is held */
	lab.camera.ops[0] = '\0';
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
	assert_string_equal(lab.camera.ops, "GetSystemDateAndTime;");
	rig_option(&lab.rig, OPT_ONVIF_MAX_CLOCK_OFFSET, "0");
	rig_run(&lab.rig);
	assert_string_equal(lab.rig.result.detail, "");
	lab_close(&lab);
}

static void
test_no_answer(void **state)
{
	static const struct {
		const char *how;
		enum outcome outcome;
		enum reason reason;
		const char *words;
		unsigned requests;
	} cases[] = {
		{"stall", OUTCOME_FAIL, REASON_TIMEOUT, "TCP connects, HTTP stalls", 2},
		{"close", OUTCOME_FAIL, REASON_RESET, "closed without a reply", 2},
		{"503", OUTCOME_DEGRADED, REASON_HTTP_STATUS, "HTTP 503", 1},
		{"404", OUTCOME_DEGRADED, REASON_NOT_SERVED, "HTTP 404", 1},
		{"302", OUTCOME_DEGRADED, REASON_HTTP_STATUS, "not followed", 1},
		{"garbage", OUTCOME_DEGRADED, REASON_BAD_REPLY, "", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lab lab;

		lab_open(&lab, KIND_CAMERA, CAMERA_WSSE);
		lab.camera.broken = "GetSystemDateAndTime";
		lab.camera.broken_reply = cases[i].how;
		lab.rig.settings.retries = 1;
		if (strcmp(cases[i].how, "stall") == 0)
			lab.rig.settings.timeout_ms = 300;
		rig_run(&lab.rig);
		rig_expect(&lab.rig, cases[i].outcome, cases[i].reason, cases[i].words);
		assert_int_equal(lab.camera.requests, cases[i].requests);
		assert_int_equal(lab.rig.result.sent, cases[i].requests);
		/* and is well again at once */
		lab.camera.broken = NULL;
		lab.rig.settings.timeout_ms = 5000;
		rig_run(&lab.rig);
		rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
		lab_close(&lab);
	}
}

static void
test_refused(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, KIND_CAMERA, CAMERA_WSSE);
	server_stop(lab.server);
	lab.server = NULL;
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_FAIL, REASON_REFUSED, "refused");
	lab_close(&lab);
}

static void
test_partly_broken(void **state)
{
	static const struct {
		const char *op, *how;
		enum reason reason;
		const char *words;
	} cases[] = {
		{"GetDeviceInformation", "503", REASON_HTTP_STATUS,
		 "GetDeviceInformation: HTTP 503"},
		{"GetDeviceInformation", "garbage", REASON_BAD_REPLY, "GetDeviceInformation: "},
		{"GetDeviceInformation", "OutofMemory", REASON_FAULT, "GetDeviceInformation: "},
		{"GetDeviceInformation", "close", REASON_RESET, "GetDeviceInformation: "},
		{"GetProfiles", "InvalidArgVal", REASON_FAULT, "GetProfiles: "},
		{"GetNetworkInterfaces", "ActionNotSupported", REASON_NONE, ""},
		{"GetHostname;GetNetworkInterfaces;GetProfiles", "ActionNotSupported", REASON_NONE,
		 ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum outcome outcome =
			cases[i].reason == REASON_NONE ? OUTCOME_OK : OUTCOME_DEGRADED;
		struct lab lab;

		lab_open(&lab, KIND_CAMERA, CAMERA_WSSE);
		lab.camera.broken = cases[i].op;
		lab.camera.broken_reply = cases[i].how;
		rig_run(&lab.rig);
		rig_expect(&lab.rig, outcome, cases[i].reason, cases[i].words);
		/* it stays so until the next inventory, without being asked again */
		lab.camera.ops[0] = '\0';
		rig_run(&lab.rig);
		rig_expect(&lab.rig, outcome, cases[i].reason, cases[i].words);
		assert_string_equal(lab.camera.ops, "GetSystemDateAndTime;");
		lab.camera.broken = NULL;
		rig_option(&lab.rig, OPT_ONVIF_INVENTORY, "1ms");
		rig_run(&lab.rig);
		rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
		lab_close(&lab);
	}
}

static void
test_door(void **state)
{
	struct lab lab;
	char token[16];

	(void)state;
	lab_open(&lab, KIND_DOOR, CAMERA_DIGEST);
	lab.camera.doors = 7;
	lab.camera.page = 3;
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
	for (int i = 0; i < 7; i++) {
		snprintf(token, sizeof(token), "d%d", i);
		assert_non_null(strstr(rig_fact(&lab.rig, FACT_DOOR, token),
				       ": Locked, door Closed, lock Locked"));
		token[0] = 'a';
		assert_non_null(
			strstr(rig_fact(&lab.rig, FACT_ACCESS_POINT, token), "AccessPoint"));
	}
	assert_string_equal(rig_fact(&lab.rig, FACT_DOOR, "d3"),
			    "Door 3: Locked, door Closed, lock Locked");
	assert_true((lab.rig.result.complete & 1ull << FACT_DOOR) != 0);
	assert_true((lab.rig.result.complete & 1ull << FACT_ACCESS_POINT) != 0);
	/* states are read in every run */
	lab.camera.ops[0] = '\0';
	rig_run(&lab.rig);
	assert_ptr_equal(strstr(lab.camera.ops, "GetSystemDateAndTime;GetDoorState;"),
			 lab.camera.ops);
	assert_null(strstr(lab.camera.ops, "GetDoorInfoList"));
	assert_string_not_equal(rig_fact(&lab.rig, FACT_DOOR, "d6"), "");
	assert_true((lab.rig.result.complete & 1ull << FACT_DOOR) != 0);
	/* a door that cannot be read does not vanish */
	lab.camera.broken = "GetDoorState";
	lab.camera.broken_reply = "InvalidArgVal";
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_DEGRADED, REASON_FAULT, "GetDoorState");
	assert_true((lab.rig.result.complete & 1ull << FACT_DOOR) == 0);
	lab_close(&lab);
}

static void
test_bounded_time(void **state)
{
	struct lab lab;

	(void)state;
	/* silence within the inventory ends the run, not each further request */
	lab_open(&lab, KIND_CAMERA, CAMERA_WSSE);
	lab.camera.broken = "GetServices;GetDeviceInformation;GetHostname;GetCapabilities";
	lab.camera.broken_reply = "stall";
	lab.rig.settings.timeout_ms = 300;
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_DEGRADED, REASON_TIMEOUT, "GetServices: TCP connects");
	assert_int_equal(lab.camera.requests, 2);
	lab_close(&lab);
}

static void
test_cancel(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, KIND_CAMERA, CAMERA_WSSE);
	rig_run_cancelled(&lab.rig);
	assert_int_equal(lab.rig.result.reason, REASON_CANCELED);
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
	lab_close(&lab);
}

static void
test_tofu(void **state)
{
	struct server_cert cert, other;
	struct lab lab;
	char port[8], pin[64];

	(void)state;
	server_cert_make(&cert, "DNS:whatever", 30, NULL);
	server_cert_make(&other, "DNS:whatever", 30, NULL);
	server_cert_pin(&cert, pin);
	lab_open(&lab, KIND_CAMERA, CAMERA_WSSE);
	server_stop(lab.server);
	lab.server = server_start(camera_script, &lab.camera, server_tls(&cert));
	snprintf(port, sizeof(port), "%u", server_port(lab.server));
	rig_option(&lab.rig, OPT_ONVIF_PORT, port);
	rig_option(&lab.rig, OPT_ONVIF_SCHEME, "https");
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_DEGRADED, REASON_TLS_UNTRUSTED, "self-signed");
	assert_int_equal(lab.camera.requests, 0);
	rig_option(&lab.rig, OPT_ONVIF_TRUST, "pin");
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_ERROR, REASON_LOCAL, "trust: pin needs");
	rig_option(&lab.rig, OPT_ONVIF_TRUST, "tofu");
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
	assert_string_equal(rig_fact(&lab.rig, FACT_TLS_KEY, port), pin);

	/* the same port, another key, and the agent was restarted in between */
	rig_restart(&lab.rig);
	server_stop(lab.server);
	lab.camera.requests = 0;
	lab.server = server_start(camera_script, &lab.camera, server_tls(&other));
	snprintf(port, sizeof(port), "%u", server_port(lab.server));
	rig_option(&lab.rig, OPT_ONVIF_PORT, port);
	rig_run(&lab.rig);
	server_cert_pin(&other, pin);
	rig_expect(&lab.rig, OUTCOME_DEGRADED, REASON_TLS_PIN, pin);
	assert_string_equal(rig_fact(&lab.rig, FACT_TLS_KEY, port), "");
	assert_int_equal(lab.camera.requests, 0);
	lab_close(&lab);
	server_cert_free(&cert);
	server_cert_free(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_well),	cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_partly_broken),
		cmocka_unit_test(test_door),	cmocka_unit_test(test_bounded_time),
		cmocka_unit_test(test_cancel),	cmocka_unit_test(test_tofu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
