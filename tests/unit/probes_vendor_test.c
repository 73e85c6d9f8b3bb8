/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The probe `vendor` against a scripted device: each vendor's interface, which of them it is, and
 * above all that a wrong password is tried once.
 */
#include "../http/rig.h"
#include "../http/server.h"

#include "keepwatch/vendor.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MINUTE = 60 * 1000 };

/* What the device answers at a source's path; NULL: 404. */
struct page {
	enum vendor_source source;
	int status;
	const char *body;
};

struct vendor_device {
	pthread_mutex_t lock; /* of all that follows; tests change it between runs */
	struct page pages[4];
	size_t page_count;
	const char *password; /* NULL: none is wanted */
	const char *refusal;  /* body of a 401 with a login */
	bool asks_for_basic;  /* and for nothing else */
	bool guards_all;      /* 401 in place of 404, until somebody logs in */
	bool is_silent;
	unsigned requests, logins, refused;
};

static const struct page axis_page = {
	VENDOR_AXIS_INFO, 200,
	"{\"data\":{\"propertyList\":{\"Brand\":\"AXIS\",\"ProdNbr\":\"P3245-V\",\"Version\":"
	"\"10.12.1\",\"SerialNumber\":\"ACCC8E000001\",\"HardwareID\":\"77F\"}}}"};
static const struct page axis_old_page = {VENDOR_AXIS_PARAM, 200,
					  "root.Brand.Brand=AXIS\nroot.Brand.ProdNbr=P1346\nroot."
					  "Properties.Firmware.Version=5.40.9\n"};
static const struct page hikvision_page = {
	VENDOR_HIKVISION_INFO, 200,
	"<DeviceInfo xmlns=\"http://www.hikvision.com/ver20/XMLSchema\"><manufacturer>hikvision"
	"</manufacturer><model>DS-2CD2385G1</model><serialNumber>DS-2CD2385G120210101AAWR1"
	"</serialNumber><firmwareVersion>V5.5.61</firmwareVersion><firmwareReleasedDate>build "
	"180718</firmwareReleasedDate></DeviceInfo>"};
static const struct page dahua_pages[] = {
	{VENDOR_DAHUA_INFO, 200,
	 "deviceType=IPC-HDW4431C\r\nhardwareVersion=1.00\r\nserialNumber=3K00A1B2C3\r\n"},
	{VENDOR_DAHUA_VERSION, 200, "version=2.622.0000000.18.R,build:2019-06-12\r\n"}};
static const struct page hanwha_page = {
	VENDOR_HANWHA_INFO, 200,
	"Model=XNV-8080R\r\nSerialNumber=ZC8K70GM5\r\nFirmwareVersion=1.41.04\r\n"};
static const struct page two_n_page = {
	VENDOR_TWO_N_INFO, 200,
	"{\"success\":true,\"result\":{\"variant\":\"2N IP Verso\",\"serialNumber\":\"54-0001\","
	"\"hwVersion\":\"535v1\",\"swVersion\":\"2.38.1\"}}"};

struct lab {
	struct vendor_device device;
	struct server *server;
	struct rig rig;
};

static const struct page *
find_page(const struct vendor_device *device, const char *request)
{
	for (size_t i = 0; i < device->page_count; i++) {
		const struct vendor_query *query = vendor_query(device->pages[i].source);
		size_t method = strlen(query->method), path = strlen(query->path);

		if (strncmp(request, query->method, method) == 0 && request[method] == ' ' &&
		    strncmp(request + method + 1, query->path, path) == 0 &&
		    request[method + 1 + path] == ' ')
			return &device->pages[i];
	}
	return NULL;
}

static bool
answer(struct server_conn *conn, struct vendor_device *device)
{
	static const char digest[] = "WWW-Authenticate: Digest realm=\"device\", nonce=\"n1\", "
				     "algorithm=MD5, qop=\"auth\"\r\n";
	static const char basic[] = "WWW-Authenticate: Basic realm=\"device\"\r\n";
	const struct page *page = find_page(device, conn->request);
	char login[512];
	bool is_right;

	server_header(conn, "Authorization", login, sizeof(login));
	device->requests++;
	if (device->is_silent)
		return false;
	if (page == NULL && !device->guards_all)
		return server_reply(conn, 404, "", "text/html", "<html>Not found</html>");
	if (device->password == NULL)
		return server_reply(conn, page->status, "", "text/plain", page->body);
	is_right = strncmp(login, "Basic ", 6) == 0
			   ? strcmp(login + 6, "bW9uaXRvcjpzZWNyZXQ=") == 0
			   : server_digest_is_right(conn, "MD5", "monitor", device->password, "n1");
	if (login[0] != '\0')
		device->logins++;
	if (login[0] != '\0' && !is_right)
		device->refused++;
	if (!is_right)
		return server_reply(conn, 401, device->asks_for_basic ? basic : digest, "text/html",
				    login[0] != '\0' && device->refusal != NULL
					    ? device->refusal
					    : "<html>Login</html>");
	if (page == NULL)
		return server_reply(conn, 404, "", "text/html", "<html>Not found</html>");
	return server_reply(conn, page->status, "", "text/plain", page->body);
}

static void
script(struct server_conn *conn, void *arg)
{
	struct vendor_device *device = arg;
	bool goes_on = true;

	while (goes_on && server_read(conn)) {
		pthread_mutex_lock(&device->lock);
		goes_on = answer(conn, device);
		pthread_mutex_unlock(&device->lock);
		if (!goes_on && device->is_silent)
			server_stall(conn);
	}
}

static void
lab_open(struct lab *lab, const struct page *pages, size_t count)
{
	memset(&lab->device, 0, sizeof(lab->device));
	pthread_mutex_init(&lab->device.lock, NULL);
	for (size_t i = 0; i < count; i++)
		lab->device.pages[i] = pages[i];
	lab->device.page_count = count;
	lab->device.password = "secret";
	lab->server = server_start(script, &lab->device, NULL);
	rig_open(&lab->rig, PROBE_VENDOR, KIND_CAMERA, server_port(lab->server));
	rig_password(&lab->rig, "secret");
}

static void
lab_close(struct lab *lab)
{
	rig_close(&lab->rig);
	server_stop(lab->server);
	pthread_mutex_destroy(&lab->device.lock);
}

/* NULL: it is not told. */
static void
expect_fact(const struct lab *lab, enum fact_key key, const char *instance, const char *expected)
{
	assert_string_equal(rig_fact(&lab->rig, key, instance), expected != NULL ? expected : "");
}

static void
check_interface(const struct page *pages, size_t count, const char *api, const char *const said[6])
{
	static const enum fact_key keys[] = {FACT_VENDOR, FACT_MODEL, FACT_FIRMWARE, FACT_SERIAL,
					     FACT_HARDWARE};
	struct lab lab;
	unsigned first;

	for (int is_auto = 0; is_auto < 2; is_auto++) {
		lab_open(&lab, pages, count);
		rig_option(&lab.rig, OPT_VENDOR_API, is_auto ? "auto" : api);
		rig_run(&lab.rig);
		rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
		for (size_t i = 0; i < 5; i++)
			expect_fact(&lab, keys[i], NULL, said[i]);
		expect_fact(&lab, FACT_SOURCE, "firmware", said[5]);
		assert_int_equal(lab.rig.result.login, LOGIN_PROVEN);
		assert_int_equal(lab.rig.result.login_use, USE_HTTP);
		assert_int_equal(lab.rig.result.login_generation, lab.rig.credential.generation);
		assert_int_equal(lab.device.refused, 0);
		/* it is known from now on, over a restart as well */
		first = lab.device.requests;
		lab.device.requests = 0;
		rig_restart(&lab.rig);
		rig_run(&lab.rig);
		rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
		assert_in_range(lab.device.requests, 2, first);
		assert_in_range(lab.device.requests, 2, 4);
		lab_close(&lab);
	}
}

static void
test_interfaces(void **state)
{
	static const char *const axis[] = {"Axis",	   "P3245-V", "10.12.1",
					   "ACCC8E000001", "77F",     "Axis basicdeviceinfo.cgi"};
	static const char *const axis_old[] = {"Axis", "P1346", "5.40.9",
					       NULL,   NULL,	"Axis param.cgi"};
	static const char *const hikvision[] = {"Hikvision",
						"DS-2CD2385G1",
						"V5.5.61 build 180718",
						"DS-2CD2385G120210101AAWR1",
						NULL,
						"Hikvision ISAPI deviceInfo"};
	static const char *const dahua[] = {
		"Dahua",      "IPC-HDW4431C", "2.622.0000000.18.R,build:2019-06-12",
		"3K00A1B2C3", "1.00",	      "Dahua magicBox getSoftwareVersion"};
	static const char *const hanwha[] = {"Hanwha",	  "XNV-8080R", "1.41.04",
					     "ZC8K70GM5", NULL,	       "Hanwha SUNAPI deviceinfo"};
	static const char *const two_n[] = {"2N",      "2N IP Verso", "2.38.1",
					    "54-0001", "535v1",	      "2N /api/system/info"};

	(void)state;
	check_interface(&axis_page, 1, "axis", axis);
	check_interface(&axis_old_page, 1, "axis", axis_old);
	check_interface(&hikvision_page, 1, "hikvision", hikvision);
	check_interface(dahua_pages, 2, "dahua", dahua);
	check_interface(&hanwha_page, 1, "hanwha", hanwha);
	check_interface(&two_n_page, 1, "2n", two_n);
}

static void
test_none(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, NULL, 0);
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "no vendor's interface found");
	assert_int_equal(lab.device.logins, 0);
	assert_int_equal(lab.rig.result.login, LOGIN_NOT_TRIED);
	/* that everything wants a login is no interface either */
	lab.device.guards_all = true;
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "no vendor's interface found");
	assert_int_equal(lab.device.refused, 0);
	lab_close(&lab);
}

/* Runs every quarter of an hour; says in which quarter a login was tried. */
static void
watch(struct lab *lab, unsigned quarters, char *out, size_t size)
{
	out[0] = '\0';
	for (unsigned i = 0; i < quarters; i++) {
		lab->device.logins = 0;
		rig_run(&lab->rig);
		assert_in_range(lab->device.logins, 0, 1);
		if (lab->device.logins != 0)
			snprintf(out + strlen(out), size - strlen(out), "%s%u", out[0] ? " " : "",
				 i);
		else
			rig_expect(&lab->rig, OUTCOME_DEGRADED, REASON_AUTH_HELD, "no login until");
		lab->rig.now_ms += 15 * MINUTE;
	}
}

static void
check_wrong_password(bool guards_all)
{
	struct lab lab;
	char seen[256];

	lab_open(&lab, &hanwha_page, 1);
	lab.device.guards_all = guards_all;
	rig_password(&lab.rig, "not it");
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_DEGRADED, REASON_AUTH, "no login until");
	assert_int_equal(lab.device.logins, 1);
	assert_int_equal(lab.rig.result.login, LOGIN_REFUSED);
	/* an hour, four, then a day */
	lab.rig.now_ms += 15 * MINUTE;
	watch(&lab, 4 * 48, seen, sizeof(seen));
	assert_string_equal(seen, "3 19 115");
	/* the pause outlives the agent */
	rig_restart(&lab.rig);
	lab.device.logins = 0;
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_DEGRADED, REASON_AUTH_HELD, "");
	assert_int_equal(lab.rig.result.login, LOGIN_NOT_TRIED);
	assert_int_equal(lab.device.logins, 0);
	/* a new credential is tried at once */
	rig_password(&lab.rig, "secret");
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
	expect_fact(&lab, FACT_FIRMWARE, NULL, "1.41.04");
	expect_fact(&lab, FACT_AUTH_HOLD, NULL, NULL);
	assert_true((lab.rig.result.complete & 1ull << FACT_AUTH_HOLD) != 0);
	assert_int_equal(lab.rig.result.login, LOGIN_PROVEN);
	lab_close(&lab);
}

static void
test_wrong_password(void **state)
{
	(void)state;
	check_wrong_password(false);
	check_wrong_password(true);
}

static void
test_locked(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, &hikvision_page, 1);
	lab.device.refusal = "<userCheck><lockStatus>lock</lockStatus></userCheck>";
	rig_password(&lab.rig, "not it");
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_DEGRADED, REASON_LOCKED, "account locked");
	assert_int_equal(lab.rig.result.login, LOGIN_NOT_TRIED);
	lab_close(&lab);
	lab_open(&lab, &hikvision_page, 1);
	lab.device.refusal = "<userCheck><lockStatus>unlock</lockStatus></userCheck>";
	rig_password(&lab.rig, "not it");
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_DEGRADED, REASON_AUTH, "no login until");
	lab_close(&lab);
}

/* What is told without a login proves nothing of it. */
static void
test_open(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, &axis_page, 1);
	lab.device.password = NULL;
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
	expect_fact(&lab, FACT_MODEL, NULL, "P3245-V");
	assert_int_equal(lab.rig.result.login, LOGIN_NOT_TRIED);
	lab_close(&lab);
}

static void
test_basic(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, &axis_page, 1);
	lab.device.asks_for_basic = true;
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "wants Basic");
	assert_int_equal(lab.device.logins, 0);
	lab.rig.credential.http.allow_basic = true;
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_OK, REASON_NONE, "");
	expect_fact(&lab, FACT_MODEL, NULL, "P3245-V");
	lab_close(&lab);
}

static void
test_no_answer(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, &axis_page, 1);
	lab.device.is_silent = true;
	lab.rig.settings.timeout_ms = 150;
	lab.rig.settings.retries = 1;
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_FAIL, REASON_TIMEOUT, "");
	assert_int_equal(lab.rig.result.sent, 2);
	rig_run_cancelled(&lab.rig);
	lab.device.is_silent = false;
	lab_close(&lab);
}

static void
test_no_credential(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, &axis_page, 1);
	lab.rig.device.credentials[USE_HTTP] = CREDENTIAL_NONE;
	rig_run(&lab.rig);
	rig_expect(&lab.rig, OUTCOME_ERROR, REASON_NO_CREDENTIAL, "");
	assert_int_equal(lab.device.requests, 0);
	lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interfaces),     cmocka_unit_test(test_none),
		cmocka_unit_test(test_wrong_password), cmocka_unit_test(test_locked),
		cmocka_unit_test(test_open),	       cmocka_unit_test(test_basic),
		cmocka_unit_test(test_no_answer),      cmocka_unit_test(test_no_credential),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
