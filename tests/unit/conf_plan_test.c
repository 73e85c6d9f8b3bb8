/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is probed how: defaults by kind and credential, layers of settings, caps of sites, tags.
 */
#include "keepwatch/conf.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* A configuration from texts, with all secrets left out. */
static struct conf *
parse_right(const char *yaml, const char *csv)
{
	const struct conf_text y = {"k.yaml", yaml, strlen(yaml)}, c = {"f.csv", csv, strlen(csv)};
	struct conf_problems problems = {0};
	struct conf *conf = NULL;
	int rc = conf_parse(&conf, &y, &c, NULL, CONF_NO_SECRETS, &problems);

	conf_problems_print(&problems, stderr);
	assert_int_equal(rc, 0);
	assert_non_null(conf);
	conf_problems_fini(&problems);
	return conf;
}

/* "icmp/60000 snmp/60000" */
static const char *
probes_of(const struct conf *conf, const char *name, char *out, size_t size)
{
	const struct device *device = fleet_find(conf->fleet, name);

	assert_non_null(device);
	*out = '\0';
	for (size_t i = 0; i < device->probe_count; i++) {
		size_t len = strlen(out);
		snprintf(out + len, size - len, "%s%s/%u", i > 0 ? " " : "",
			 probe_spec(device->probes[i]->probe)->name,
			 device->probes[i]->interval_ms);
	}
	return out;
}

#define SITES_AND_CREDENTIALS                                         \
	"fleet: f.csv\n"                                              \
	"credentials:\n"                                              \
	"  - { name: s, snmp: { version: 1, community: x } }\n"       \
	"  - { name: o, onvif: { username: u, password_file: p } }\n" \
	"  - { name: h, http: { username: u, password_file: p, allow_basic: yes } }\n"

static void
probes_follow_from_kind_and_credential(void **state)
{
	struct conf *conf = parse_right(SITES_AND_CREDENTIALS, "name,address,kind,credential\n"
							       "sw,10.1.1.1,switch,s\n"
							       "sw-none,10.1.1.1,switch,\n"
							       "cam,10.1.1.1,camera,o\n"
							       "cam-both,10.1.1.1,camera,o s\n"
							       "cam-none,10.1.1.1,camera,\n"
							       "cam-http,10.1.1.1,camera,h\n"
							       "nvr-snmp,10.1.1.1,nvr,s\n"
							       "ups,10.1.1.1,ups,\n"
							       "sw-onvif,10.1.1.1,switch,o\n");
	static const struct {
		const char *name, *probes;
	} rows[] = {
		{"sw", "icmp/60000 snmp/60000 topology/600000"},
		{"sw-none", "icmp/60000"},
		{"cam", "icmp/60000 onvif/60000"},
		{"cam-both", "icmp/60000 snmp/60000 onvif/60000"},
		{"cam-none", "icmp/60000 http/60000"},
		{"cam-http", "icmp/60000 http/60000 vendor/3600000"},
		{"nvr-snmp", "icmp/60000 snmp/60000"},
		{"ups", "icmp/60000"},
		{"sw-onvif", "icmp/60000"},
	};
	char text[200];

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(rows); i++)
		assert_string_equal(probes_of(conf, rows[i].name, text, sizeof(text)),
				    rows[i].probes);
	conf_free(conf);
}

static void
later_layers_win(void **state)
{
	struct conf *conf = parse_right(
		SITES_AND_CREDENTIALS
		"poll: { interval: 10s, timeout: 1s }\n"
		"probes: { icmp: { interval: 20s, count: 2 }, snmp: { port: 1161 } }\n"
		"kinds:\n"
		"  switch: { interval: 30s, timeout: 3s, probes: { icmp: { count: 3 }, snmp: } }\n"
		"  door: { probes: [tcp] }\n"
		"devices:\n"
		"  d: { interval: 40s, probes: { snmp: { interval: 50s }, icmp: } }\n"
		"  e: { retries: 9 }\n",
		"name,address,kind,credential,probes\n"
		"a,10.1.1.1,other,,\n"
		"b,10.1.1.1,switch,s,\n"
		"c,10.1.1.1,switch,s,icmp;http\n"
		"d,10.1.1.1,switch,s,\n"
		"e,10.1.1.1,door,,\n");
	const struct device *d = fleet_find(conf->fleet, "d");
	char text[200];

	(void)state;
	assert_string_equal(probes_of(conf, "a", text, sizeof(text)), "icmp/20000");
	assert_string_equal(probes_of(conf, "b", text, sizeof(text)), "icmp/30000 snmp/30000");
	assert_string_equal(probes_of(conf, "c", text, sizeof(text)), "icmp/30000 http/30000");
	assert_string_equal(probes_of(conf, "d", text, sizeof(text)), "icmp/40000 snmp/50000");
	assert_string_equal(probes_of(conf, "e", text, sizeof(text)), "tcp/10000");
	assert_int_equal(fleet_find(conf->fleet, "e")->probes[0]->retries, 9);
	assert_int_equal(fleet_find(conf->fleet, "a")->probes[0]->timeout_ms, 1000);
	assert_int_equal(fleet_find(conf->fleet, "a")->probes[0]->retries, 2);
	assert_int_equal(d->probes[0]->timeout_ms, 3000);
	assert_int_equal(settings_option(d->probes[0], OPT_ICMP_COUNT)->number, 3);
	assert_int_equal(settings_option(d->probes[1], OPT_SNMP_PORT)->number, 1161);
	assert_int_equal(
		settings_option(fleet_find(conf->fleet, "a")->probes[0], OPT_ICMP_COUNT)->number,
		2);
	assert_string_equal(
		settings_option(fleet_find(conf->fleet, "c")->probes[1], OPT_HTTP_PATH)->text, "/");
	conf_free(conf);
}

static void
unknown_columns_are_tags(void **state)
{
	struct conf *conf = parse_right("fleet: f.csv\n", "rack,KIND,Name,serial,address\n"
							  "r1,other,a,\"S,\n1\",10.1.1.1\n"
							  ",other,b,,10.1.1.2\n"
							  "r1,other,c,,10.1.1.3\n");
	const struct device *a = fleet_find(conf->fleet, "a"), *c = fleet_find(conf->fleet, "c");

	(void)state;
	assert_int_equal(a->tag_count, 2);
	assert_string_equal(a->tags[0].key, "rack");
	assert_string_equal(a->tags[0].value, "r1");
	assert_string_equal(a->tags[1].key, "serial");
	assert_string_equal(a->tags[1].value, "S,\n1");
	assert_int_equal(fleet_find(conf->fleet, "b")->tag_count, 0);
	assert_ptr_equal(a->tags[0].value, c->tags[0].value); /* one copy */
	conf_free(conf);
}

static void
sites_may_do_what_their_devices_need(void **state)
{
	struct conf *conf;
	char *csv = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&csv, &len);

	(void)state;
	assert_non_null(out);
	fprintf(out, "name,address,kind,site\n");
	for (int i = 0; i < 20000; i++)
		fprintf(out, "d%d,10.%d.%d.%d,other,big\n", i, i / 62500 + 1, i / 250 % 250,
			i % 250 + 1);
	fclose(out);
	conf = parse_right("fleet: f.csv\nsites: [ { name: big }, { name: small } ]\n", csv);
	/* 20,000 in 60 s are 333 a second. */
	assert_true(conf->fleet->sites[0].max_rate > 600);
	assert_true(conf->fleet->sites[0].max_in_flight > 150);
	assert_int_equal(conf->fleet->sites[1].max_rate, CONF_SITE_RATE);
	assert_int_equal(conf->fleet->sites[1].max_in_flight, CONF_SITE_IN_FLIGHT);
	assert_true(fleet_memory(conf->fleet) / 20000 < 200);
	conf_free(conf);
	free(csv);
}

/* A site's word adds to what its devices are probed by, and yields to what a device says itself. */
static void
sites_choose_to_be_audited(void **state)
{
	struct conf *conf = parse_right("fleet: f.csv\n"
					"sites: [ { name: a, audit: [ ports ] },\n"
					"  { name: b, audit: [ communities ] }, { name: c } ]\n"
					"kinds: { server: { probes: [ tcp ] } }\n"
					"devices: { own: { probes: [ icmp ] } }\n",
					"name,address,kind,site,probes\n"
					"ports,10.1.1.1,other,a,\n"
					"communities,10.1.1.2,other,b,\n"
					"neither,10.1.1.3,other,c,\n"
					"nowhere,10.1.1.4,other,,\n"
					"kind,10.1.1.5,server,a,\n"
					"own,10.1.1.6,other,a,\n"
					"row,10.1.1.7,other,a,tcp\n"
					"anyway,10.1.1.8,other,c,exposure\n");
	static const char *const rows[][2] = {
		{"ports", "icmp/60000 exposure/86400000"},
		{"communities", "icmp/60000 exposure/86400000"},
		{"neither", "icmp/60000"},
		{"nowhere", "icmp/60000"},
		{"kind", "tcp/60000 exposure/86400000"},
		{"own", "icmp/60000"},
		{"row", "tcp/60000"},
		{"anyway", "exposure/86400000"},
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(rows); i++)
		assert_string_equal(probes_of(conf, rows[i][0], text, sizeof(text)), rows[i][1]);
	assert_true(conf->fleet->sites[0].audit_ports);
	assert_false(conf->fleet->sites[0].audit_communities);
	assert_true(conf->fleet->sites[1].audit_communities);
	conf_free(conf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(probes_follow_from_kind_and_credential),
		cmocka_unit_test(later_layers_win),
		cmocka_unit_test(unknown_columns_are_tags),
		cmocka_unit_test(sites_may_do_what_their_devices_need),
		cmocka_unit_test(sites_choose_to_be_audited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
