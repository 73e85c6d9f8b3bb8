/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Loading when memory runs out: at whichever allocation, the answer is ERR_NOMEM or the mistakes,
 * nothing is leaked and nothing half done. build.mk wraps the allocators of the house's own code.
 */
#include "refuse_one.h"

#include "keepwatch/conf.h"
#include "keepwatch/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { ALLOCATIONS_MAX = 5000 };

/* Fails each allocation in turn until one round had enough; that round's answer. */
static int
exhaust(const char *yaml, const char *csv)
{
	const struct conf_text y = {"k.yaml", yaml, strlen(yaml)}, c = {"f.csv", csv, strlen(csv)};
	int rc = ERR_NOMEM, had_enough = 0, forgiven = 0;

	for (long n = 0; n < ALLOCATIONS_MAX && !had_enough; n++) {
		struct conf_problems problems = {0};
		struct conf *conf = NULL;

		granted = n;
		rc = conf_parse(&conf, &y, &c, NULL, CONF_NO_SECRETS, &problems);
		had_enough = granted >= 0;
		granted = -1;
		assert_true((conf != NULL) == (rc == 0));
		/* One may fail and do no harm: the array of devices is shrunk to fit. */
		if (!had_enough)
			assert_true(rc == ERR_NOMEM || (rc == 0 && ++forgiven == 1));
		conf_free(conf);
		conf_problems_fini(&problems);
	}
	assert_true(had_enough);
	return rc;
}

static const char settings[] =
	"fleet: f.csv\n"
	"database: kw.db\n"
	"user: keepwatch\n"
	"credentials:\n"
	"  - { name: s, snmp: { version: 2c, community: x } }\n"
	"  - { name: v3, snmp: { version: 3, user: u, auth: MD5, auth_password_file: p } }\n"
	"  - { name: o, onvif: { username: u, password_file: p } }\n"
	"sites: [ { name: hq, contact: c }, { name: lab } ]\n"
	"probes: { http: { path: /x }, icmp: { count: 3 } }\n"
	"traps: { listen: [127.0.0.1], forwarders: [10.1.1.1], credentials: [s],\n"
	"  rules: [{ oid: 1.3.6.1.4.1.9.*, name: n, probe: [snmp] }] }\n"
	"policy: { vlans: { camera: 10 }, accounts: { default: [ admin, m* ] },\n"
	"  firmware: [ { vendor: a, minimum: 1.0, approved: [ 1.* ], forbidden: [ 1.1 ] } ],\n"
	"  ports: { camera: 80, default: none }, passwords: { max_age: { door: 1y } } }\n"
	"kinds: { camera: { probes: [icmp, onvif] } }\n"
	"devices: { cam: { interval: 5s } }\n";

static void
right_files_load_or_memory_is_said_to_be_out(void **state)
{
	(void)state;
	assert_int_equal(exhaust(settings, "name,address,kind,site,owner,credential,upstream,rack\n"
					   "sw,10.1.1.1,switch,hq,it,s,,r1\n"
					   "cam,10.1.1.2,camera,lab,it,o,sw:p1,r1\n"
					   "box,10.1.1.3,other,lab,it,,sw:p2,r2\n"),
			 0);
}

static void
mistakes_are_found_or_memory_is_said_to_be_out(void **state)
{
	char yaml[2000];

	(void)state;
	snprintf(yaml, sizeof(yaml), "%sunknown: 1\nuser: 2\n", settings);
	assert_int_equal(exhaust(yaml, "name,address,kind,site,owner,credential,upstream,rack\n"
				       "sw,10.1.1.300,swich,hqq,it,t,sw,r1\n"
				       "sw,10.1.1.2,camera,lab,it,o,cam:p1,\"r\"1\n"
				       "cam,10.1.1.2\n"),
			 ERR_SYNTAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_files_load_or_memory_is_said_to_be_out),
		cmocka_unit_test(mistakes_are_found_or_memory_is_said_to_be_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
