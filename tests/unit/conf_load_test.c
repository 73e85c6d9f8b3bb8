/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Loading a configuration: what comes out of right files, what is carried over a reload, what
 * never is half done.
 */
#include "keepwatch/conf.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

/* The files that the manual shows first. */
static const char example_yaml[] =
	"# keepwatch.yaml\n"
	"database: /var/lib/keepwatch/keepwatch.db\n"
	"fleet: fleet.csv                 # relative to this file\n"
	"poll: { interval: 60s, timeout: 2s, retries: 2 }\n"
	"credentials:\n"
	"  - { name: switches, snmp: { version: 2c, community: public } }\n"
	"  - { name: core, snmp: { version: 3, user: monitor, auth: SHA-256, auth_password_file: "
	"secrets/core.auth, priv: AES-128, priv_password_file: secrets/core.priv } }\n"
	"  - { name: cams, onvif: { username: monitor, password_file: secrets/cams } }\n"
	"sites:\n"
	"  - { name: hq, contact: \"IT network <noc@example.org>\" }\n";
static const char example_csv[] =
	"name,address,kind,site,owner,credential,upstream\n"
	"hq-core,10.77.1.1,switch,hq,it-network,switches,\n"
	"hq-acc-1,10.77.1.11,switch,hq,it-network,switches,hq-core:p1\n"
	"cam-lobby,10.77.1.101,camera,hq,physical-security,cams,hq-acc-1:p1\n";

struct world {
	char dir[64];
	char path[128];
};

static void
put(const struct world *w, const char *name, const char *text, mode_t mode)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", w->dir, name);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	char path[256];

	if (w == NULL)
		return -1;
	unsetenv("CREDENTIALS_DIRECTORY");
	snprintf(w->dir, sizeof(w->dir), "/tmp/keepwatch-conf.XXXXXX");
	if (mkdtemp(w->dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/secrets", w->dir);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/systemd", w->dir);
	mkdir(path, 0700);
	snprintf(w->path, sizeof(w->path), "%s/keepwatch.yaml", w->dir);
	put(w, "keepwatch.yaml", example_yaml, 0644);
	put(w, "fleet.csv", example_csv, 0644);
	put(w, "secrets/core.auth", "authauth\n", 0600);
	put(w, "secrets/core.priv", "privpriv\n", 0600);
	put(w, "secrets/cams", "geheim\n", 0600);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	static const char *const names[] = {
		"keepwatch.yaml",    "fleet.csv",    "secrets/core.auth",
		"secrets/core.priv", "secrets/cams", "systemd/bare",
		"secrets",	     "systemd",	     ""};
	struct world *w = *state;
	char path[256];

	for (size_t i = 0; i < MEM_COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", w->dir, names[i]);
		(void)remove(path);
	}
	free(w);
	return 0;
}

/* Loads what must be right. */
static struct conf *
load_with(const struct world *w, const struct conf *previous, unsigned flags)
{
	struct conf_problems problems = {0};
	struct conf *conf = NULL;
	int rc = conf_load_with(&conf, w->path, previous, flags, &problems);

	if (rc != 0)
		conf_problems_print(&problems, stderr);
	assert_int_equal(rc, 0);
	assert_int_equal(problems.count, 0);
	assert_non_null(conf);
	conf_problems_fini(&problems);
	return conf;
}

/* A configuration from texts, with all secrets left out; NULL if there were complaints. */
static struct conf *
parse(const char *yaml, const char *csv, struct conf_problems *problems)
{
	const struct conf_text y = {"k.yaml", yaml, strlen(yaml)}, c = {"f.csv", csv, strlen(csv)};
	struct conf *conf = NULL;
	int rc = conf_parse(&conf, &y, &c, NULL, CONF_NO_SECRETS, problems);

	assert_true(rc == 0 || rc == ERR_SYNTAX);
	assert_true((rc == 0) == (conf != NULL));
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

static void
the_example_loads_as_it_stands(void **state)
{
	const struct world *w = *state;
	struct conf *conf = load_with(w, NULL, 0);
	const struct fleet *fleet = conf->fleet;
	const struct device *cam = fleet_find(fleet, "cam-lobby");
	const struct credential *core = &fleet->credentials[1];
	char text[200], path[300];

	assert_string_equal(conf->database, "/var/lib/keepwatch/keepwatch.db");
	snprintf(path, sizeof(path), "%s/fleet.csv", w->dir);
	assert_string_equal(conf->fleet_path, path);
	assert_string_equal(conf->socket_path, "/run/keepwatch/control.sock");
	assert_string_equal(conf->group, "keepwatch");
	assert_null(conf->user);
	assert_int_equal(conf->interval_ms, 60000);
	assert_int_equal(conf->down_after, 2);
	assert_int_equal(fleet->device_count, 3);
	assert_int_equal(core->snmp.version, SNMP_V3);
	assert_int_equal(core->snmp.auth, SNMP_AUTH_SHA256);
	assert_int_equal(core->snmp.priv, SNMP_PRIV_AES128);
	assert_string_equal(core->snmp.user, "monitor");
	assert_string_equal(secret_text(core->snmp.auth_password), "authauth");
	assert_string_equal(secret_text(core->snmp.priv_password), "privpriv");
	assert_non_null(cam);
	assert_int_equal(cam->kind, KIND_CAMERA);
	assert_int_equal(cam->ip.family, 4);
	assert_string_equal(cam->owner, "physical-security");
	assert_string_equal(device_site_name(fleet, cam), "hq");
	assert_string_equal(fleet->sites[0].contact, "IT network <noc@example.org>");
	assert_string_equal(cam->upstream_switch, "hq-acc-1");
	assert_string_equal(cam->upstream_port, "p1");
	assert_string_equal(secret_text(device_credential(fleet, cam, USE_ONVIF)->onvif.password),
			    "geheim");
	assert_null(fleet_find(fleet, "hq-core")->upstream_switch);
	assert_string_equal(probes_of(conf, "cam-lobby", text, sizeof(text)),
			    "icmp/60000 onvif/60000");
	assert_string_equal(probes_of(conf, "hq-core", text, sizeof(text)),
			    "icmp/60000 snmp/60000 topology/600000");
	/* Equal settings are one. */
	assert_ptr_equal(fleet_find(fleet, "hq-core")->probes,
			 fleet_find(fleet, "hq-acc-1")->probes);
	conf_free(conf);
}

static void
a_reload_keeps_generations_of_what_is_equal(void **state)
{
	const struct world *w = *state;
	struct conf *first = load_with(w, NULL, 0), *same, *changed;

	same = load_with(w, first, 0);
	for (size_t i = 0; i < 3; i++) {
		assert_true(first->fleet->credentials[i].generation != 0);
		assert_true(first->fleet->credentials[i].generation ==
			    same->fleet->credentials[i].generation);
	}
	conf_free(first);
	put(w, "secrets/cams", "neu\n", 0600);
	changed = load_with(w, same, 0);
	assert_true(changed->fleet->credentials[0].generation ==
		    same->fleet->credentials[0].generation);
	assert_true(changed->fleet->credentials[2].generation !=
		    same->fleet->credentials[2].generation);
	conf_free(same);
	conf_free(changed);
}

static void
a_mistake_changes_nothing(void **state)
{
	const struct world *w = *state;
	struct conf *untouched = (struct conf *)(uintptr_t)1, *conf = untouched;
	struct conf_problems problems = {0};

	put(w, "fleet.csv", "name,address,kind\na,10.1.1.1,other\nb,10.1.1.300,other\n", 0644);
	assert_int_equal(conf_load(&conf, w->path, NULL, &problems), ERR_SYNTAX);
	assert_ptr_equal(conf, untouched);
	assert_int_equal(problems.count, 1);
	assert_int_equal(problems.items[0].line, 3);
	assert_int_equal(problems.items[0].column, 3);
	conf_problems_fini(&problems);
}

static void
files_that_cannot_be_read_are_said(void **state)
{
	const struct world *w = *state;
	struct conf *conf = NULL;
	struct conf_problems problems = {0};

	assert_int_equal(conf_load(&conf, "/nonexistent/k.yaml", NULL, &problems), ERR_SYNTAX);
	assert_int_equal(problems.count, 1);
	assert_string_equal(problems.items[0].file, "/nonexistent/k.yaml");
	assert_int_equal(problems.items[0].line, 0);
	assert_string_equal(problems.items[0].message, "cannot be read: No such file or directory");
	conf_problems_fini(&problems);
	assert_int_equal(conf_load(&conf, w->dir, NULL, &problems), ERR_SYNTAX);
	assert_string_equal(problems.items[0].message, "not a regular file");
	conf_problems_fini(&problems);
	assert_null(conf);
}

static void
readers_need_no_secrets(void **state)
{
	const struct world *w = *state;
	struct conf *conf;

	put(w, "secrets/cams", "geheim", 0666);
	put(w, "secrets/core.auth", "", 0600);
	conf = load_with(w, NULL, CONF_NO_SECRETS);
	assert_true(conf->fleet->credentials[2].onvif.is_set);
	assert_null(conf->fleet->credentials[2].onvif.password);
	assert_int_equal(conf->fleet->device_count, 3);
	conf_free(conf);
	put(w, "fleet.csv", "", 0644);
	conf = load_with(w, NULL, CONF_NO_SECRETS | CONF_NO_FLEET);
	assert_int_equal(conf->fleet->device_count, 0);
	assert_int_equal(conf->fleet->site_count, 1);
	assert_null(fleet_find(conf->fleet, "hq-core"));
	conf_free(conf);
}

static void
systemd_may_hold_the_secrets(void **state)
{
	const struct world *w = *state;
	struct conf *conf;
	char directory[128];

	put(w, "keepwatch.yaml",
	    "fleet: fleet.csv\n"
	    "credentials: [ { name: c, http: { username: u, password_file: bare } } ]\n",
	    0644);
	put(w, "fleet.csv", "name,address,kind,credential\na,a.example.org,other,c\n", 0644);
	put(w, "systemd/bare", "from systemd\n", 0400);
	snprintf(directory, sizeof(directory), "%s/systemd", w->dir);
	setenv("CREDENTIALS_DIRECTORY", directory, 1);
	conf = load_with(w, NULL, 0);
	assert_string_equal(secret_text(conf->fleet->credentials[0].http.password), "from systemd");
	assert_int_equal(conf->fleet->devices[0].ip.family, 0);
	unsetenv("CREDENTIALS_DIRECTORY");
	conf_free(conf);
}

static void
the_examples_are_right(void **state)
{
	struct conf_problems problems = {0};
	struct conf *conf = NULL;

	(void)state;
	if (conf_load_with(&conf, "packaging/examples/keepwatch.yaml", NULL, CONF_NO_SECRETS,
			   &problems) != 0)
		conf_problems_print(&problems, stderr);
	assert_non_null(conf);
	assert_int_equal(conf->fleet->device_count, 8);
	conf_free(conf);
}

static void
too_many_mistakes_are_counted(void **state)
{
	struct conf_problems problems = {0};
	char *csv = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&csv, &len);

	(void)state;
	assert_non_null(out);
	fprintf(out, "name,address,kind\n");
	for (int i = 0; i < 5000; i++)
		fprintf(out, "d%d,10.1.1.300,other\n", i);
	fclose(out);
	assert_null(parse("fleet: f.csv\nunknown: 1\n", csv, &problems));
	assert_int_equal(problems.count, CONF_PROBLEMS_MAX + 1);
	assert_string_equal(problems.items[0].file, "k.yaml");
	assert_int_equal(problems.items[1].line, 2);
	assert_int_equal(problems.omitted, 5001 - CONF_PROBLEMS_MAX);
	assert_string_equal(problems.items[CONF_PROBLEMS_MAX].message, "and 4801 more mistakes");
	conf_problems_fini(&problems);
	free(csv);
}

static void
vlans_and_watched_kinds_are_sets(void **state)
{
	static const char yaml[] = "fleet: f.csv\n"
				   "topology: { watch: \"camera,nvr\", link_age: 2d }\n"
				   "policy: { vlans: { camera: \"10,20-22, 4094\" } }\n";
	struct conf_problems problems = {0};
	struct conf *conf = parse(yaml, "name,address,kind\n", &problems);
	char *text = NULL;
	size_t len = 0, members = 0;
	FILE *out;

	(void)state;
	assert_non_null(conf);
	assert_int_equal(conf->link_age_ms, 2 * 86400000);
	assert_int_equal(conf->watched_kinds, 1u << KIND_CAMERA | 1u << KIND_NVR);
	assert_null(conf->vlans[KIND_DOOR]);
	for (unsigned vlan = 0; vlan <= CONF_VLAN_MAX; vlan++)
		members += conf->vlans[KIND_CAMERA][vlan / 64] >> vlan % 64 & 1;
	assert_int_equal(members, 5);
	assert_true(conf->vlans[KIND_CAMERA][0] >> 21 & 1);
	out = open_memstream(&text, &len);
	assert_non_null(out);
	conf_describe(conf, out);
	fclose(out);
	assert_non_null(strstr(text, "policy: VLANs of camera 10,20-22,4094\n"));
	assert_non_null(strstr(text, "watch camera,nvr\n"));
	free(text);
	conf_free(conf);
	conf = parse("fleet: f.csv\n", "name,address,kind\n", &problems);
	assert_non_null(conf);
	assert_null(conf->vlans[KIND_CAMERA]);
	assert_true(conf->watched_kinds & 1u << KIND_CAMERA);
	assert_int_equal(conf->link_age_ms, 7 * 86400000);
	conf_free(conf);
	conf_problems_fini(&problems);
}

static void
traps_are_off_unless_they_are_there(void **state)
{
	static const char yaml[] =
		"fleet: f.csv\n"
		"credentials: [{ name: a, snmp: { version: 2c, community: x } },\n"
		"  { name: b, snmp: { version: 2c, community: y } }]\n"
		"traps: { listen: ['10.1.1.1', '[::1]:1162'], forwarders: 10.1.1.2, credentials: "
		"b,\n"
		"  rules: [{ oid: 1.3.6.1.4.1.9.*, name: cisco, probe: [snmp, icmp], attached: yes "
		"},\n"
		"    { oid: .1.3.6.1, name: plain }] }\n";
	struct conf_problems problems = {0};
	struct conf *conf = parse(yaml, "name,address,kind\n", &problems);
	const struct trap_settings *traps;
	char text[IPADDR_TEXT_SIZE];

	(void)state;
	assert_non_null(conf);
	traps = &conf->traps;
	assert_int_equal(traps->listen_count, 2);
	assert_int_equal(traps->listen[0].port, 162);
	assert_int_equal(traps->listen[1].port, 1162);
	assert_string_equal(ipaddr_format(&traps->listen[1].ip, text, sizeof(text)), "::1");
	assert_int_equal(traps->forwarder_count, 1);
	assert_int_equal(traps->credential_count, 1);
	assert_int_equal(traps->credentials[0], 1);
	assert_int_equal(traps->expedite_ms, 5000);
	assert_int_equal(traps->rule_count, 2);
	assert_true(traps->rules[0].is_subtree && traps->rules[0].is_attached);
	assert_int_equal(traps->rules[0].oid_len, 7);
	assert_int_equal(traps->rules[0].probes, 1u << PROBE_SNMP | 1u << PROBE_ICMP);
	assert_false(traps->rules[1].is_subtree || traps->rules[1].is_attached);
	assert_int_equal(traps->rules[1].oid_len, 4);
	assert_int_equal(traps->rules[1].probes, 0);
	conf_free(conf);
	conf = parse("fleet: f.csv\n", "name,address,kind\n", &problems);
	assert_int_equal(conf->traps.listen_count, 0);
	conf_free(conf);
	conf = parse("fleet: f.csv\ntraps:\n", "name,address,kind\n", &problems);
	assert_int_equal(conf->traps.listen_count, 2);
	conf_free(conf);
	conf_problems_fini(&problems);
}

/* What is meant for all probes leaves the one at its own pace that has one. */
static void
the_topology_has_its_own_interval(void **state)
{
	static const char csv[] = "name,address,kind,credential\na,10.0.0.1,switch,s\n";
	static const char yaml[] =
		"fleet: f.csv\npoll: { interval: 20s }\n"
		"kinds: { switch: { interval: 10s, timeout: 1s } }\n"
		"credentials: [{ name: s, snmp: { version: 2c, community: c } }]\n";
	struct conf_problems problems = {0};
	struct conf *conf = parse(yaml, csv, &problems);
	char text[256], named[512];

	(void)state;
	assert_non_null(conf);
	assert_string_equal(probes_of(conf, "a", text, sizeof(text)),
			    "icmp/10000 snmp/10000 topology/600000");
	conf_free(conf);
	snprintf(named, sizeof(named), "%sprobes: { topology: { interval: 5m } }\n", yaml);
	conf = parse(named, csv, &problems);
	assert_non_null(conf);
	assert_string_equal(probes_of(conf, "a", text, sizeof(text)),
			    "icmp/10000 snmp/10000 topology/300000");
	conf_free(conf);
	conf_problems_fini(&problems);
}

static void
secrets_are_not_described(void **state)
{
	const struct world *w = *state;
	struct conf *conf = load_with(w, NULL, 0);
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	conf_describe(conf, out);
	fclose(out);
	assert_non_null(strstr(text, "user monitor auth SHA-256 (password set)"));
	assert_null(strstr(text, "authauth"));
	assert_null(strstr(text, "geheim"));
	assert_null(strstr(text, "public"));
	free(text);
	conf_free(conf);
}

int
main(void)
{
#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_FILES(the_example_loads_as_it_stands),
		WITH_FILES(a_reload_keeps_generations_of_what_is_equal),
		WITH_FILES(a_mistake_changes_nothing),
		WITH_FILES(files_that_cannot_be_read_are_said),
		WITH_FILES(readers_need_no_secrets),
		WITH_FILES(systemd_may_hold_the_secrets),
		WITH_FILES(secrets_are_not_described),
		cmocka_unit_test(the_examples_are_right),
		cmocka_unit_test(vlans_and_watched_kinds_are_sets),
		cmocka_unit_test(traps_are_off_unless_they_are_there),
		cmocka_unit_test(the_topology_has_its_own_interval),
		cmocka_unit_test(too_many_mistakes_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
