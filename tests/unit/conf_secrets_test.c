/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where secrets come from: files, systemd credentials, commands, and a folder of passwords of
 * single devices; and that a device's login is released when its own password changes, no other.
 */
#include "temp_dir.h"

#include "keepwatch/clock.h"
#include "keepwatch/conf.h"
#include "keepwatch/err.h"

#include <signal.h>

struct world {
	char dir[TEMP_DIR_SIZE];
	char *problems; /* of the last load, as printed */
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return -1;
	*state = w;
	return temp_dir_make(w->dir, "secrets");
}

static int
teardown(void **state)
{
	struct world *w = *state;

	temp_dir_remove(w->dir);
	free(w->problems);
	free(w);
	return 0;
}

static void
put(const struct world *w, const char *name, const char *text, mode_t mode)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", w->dir, name);
	temp_file_put(path, text, strlen(text), mode);
}

static void
make_folder(const struct world *w, const char *name, mode_t mode)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", w->dir, name);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* Loads these credentials with that fleet; NULL, with w->problems, if there are mistakes. */
static struct conf *
load(struct world *w, const char *credentials, const char *fleet, const struct conf *previous,
     unsigned flags)
{
	char yaml[8192], path[300];
	struct conf_problems problems = {0};
	struct conf *conf = NULL;
	size_t len = 0;
	FILE *out;
	int rc;

	snprintf(yaml, sizeof(yaml), "fleet: fleet.csv\ncredentials:\n%s\n", credentials);
	put(w, "keepwatch.yaml", yaml, 0644);
	put(w, "fleet.csv", fleet, 0644);
	snprintf(path, sizeof(path), "%s/keepwatch.yaml", w->dir);
	rc = conf_load_with(&conf, path, previous, flags, &problems);
	assert_true((rc == 0) == (problems.count == 0));
	free(w->problems);
	w->problems = NULL;
	out = open_memstream(&w->problems, &len);
	assert_non_null(out);
	conf_problems_print(&problems, out);
	fclose(out);
	conf_problems_fini(&problems);
	return conf;
}

/* Expects the mistake, and to be in that place. */
static void
expect(struct world *w, const char *credentials, const char *place, const char *words)
{
	static const char fleet[] = "name,address,kind,credential\ncam1,192.0.2.1,camera,a\n";
	struct conf *conf = load(w, credentials, fleet, NULL, 0);

	assert_null(conf);
	if (strstr(w->problems, place) == NULL || strstr(w->problems, words) == NULL)
		fail_msg("not %s ... %s but:\n%s", place, words, w->problems);
}

static const char one_cam[] = "name,address,kind,credential\ncam1,192.0.2.1,camera,a\n";

static const struct credential *
login_of(const struct conf *conf, const char *device)
{
	const struct device *d = fleet_find(conf->fleet, device);

	assert_non_null(d);
	assert_non_null(device_credential(conf->fleet, d, USE_ONVIF));
	return device_credential(conf->fleet, d, USE_ONVIF);
}

static void
systemd_gives_credentials(void **state)
{
	static const char credentials[] =
		"  - { name: a, onvif: { username: u, password_credential: cams },\n"
		"      snmp: { version: 3, user: m, auth: SHA-256, auth_password_credential: snmp "
		"} }\n";
	struct world *w = *state;
	struct conf *conf;

	expect(w, credentials, "keepwatch.yaml:3:59: ", "CREDENTIALS_DIRECTORY is not set");
	conf = load(w, credentials, one_cam, NULL, CONF_NO_SECRETS);
	assert_non_null(conf);
	conf_free(conf);
	make_folder(w, "given", 0700);
	put(w, "given/cams", "geheim\n", 0400);
	setenv("CREDENTIALS_DIRECTORY", w->dir, 1);
	expect(w, credentials, "keepwatch.yaml:3:59: ",
	       "systemd was given no credential 'cams'; expected LoadCredential=");
	put(w, "cams", "geheim\n", 0400);
	put(w, "snmp", "geheim99\n", 0400);
	conf = load(w, credentials, one_cam, NULL, 0);
	assert_non_null(conf);
	assert_string_equal(secret_text(login_of(conf, "cam1")->onvif.password), "geheim");
	assert_string_equal(secret_text(login_of(conf, "cam1")->snmp.auth_password), "geheim99");
	assert_null(login_of(conf, "cam1")->onvif.password_path);
	conf_free(conf);
	expect(w, "  - { name: a, onvif: { username: u, password_credential: ../cams } }\n",
	       "keepwatch.yaml:3:59: ", "is no name of a credential");
}

static void
there_is_one_source(void **state)
{
	struct world *w = *state;

	put(w, "p", "geheim", 0600);
	expect(w,
	       "  - { name: a, onvif: { username: u, password_file: p, password_command: [ /bin/x "
	       "] "
	       "} }\n",
	       "keepwatch.yaml:3:74: ",
	       "password_file and password_command are both given; expected one of them");
	expect(w,
	       "  - { name: a, onvif: { username: u, password_credential: p, password_command: [ "
	       "/bin/x ] } }\n",
	       "keepwatch.yaml:3:", "password_credential and password_command are both given");
	expect(w, "  - { name: a, onvif: { username: u } }\n", "keepwatch.yaml:3:23: ",
	       "onvif without password_file, password_credential, password_command or "
	       "password_dir");
	expect(w,
	       "  - { name: a, snmp: { version: 2c, community: public, community_credential: p } "
	       "}\n",
	       "keepwatch.yaml:3:", "community and community_credential are both given");
	expect(w,
	       "  - { name: a, snmp: { version: 3, user: m, priv_password_command: [ /bin/x ] } "
	       "}\n",
	       "keepwatch.yaml:3:", "priv_password_command without priv");
	expect(w, "  - { name: a, snmp: { version: 3, user: m, community_command: [ /bin/x ] } }\n",
	       "keepwatch.yaml:3:", "community_command belongs to version 1 and 2c");
}

static void
commands_print_secrets(void **state)
{
	struct world *w = *state;
	struct conf *conf;

	put(w, "show",
	    "#!/bin/sh\n"
	    "[ \"$KEEPWATCH_CREDENTIAL\" = a ] && [ -z \"$KEEPWATCH_DEVICE\" ] || exit 3\n"
	    "[ -z \"$KEEPWATCH_TEST_LEAK\" ] && [ -n \"$PATH\" ] && [ -n \"$HOME\" ] || exit 4\n"
	    "read -r line && exit 5\n" /* standard input is empty */
	    "[ \"$1\" = '100%' ] || exit 6\n"
	    "echo 'a message' >&2\n"
	    "echo geheim99\n"
	    "echo 'user: monitor'\n",
	    0700);
	setenv("KEEPWATCH_TEST_LEAK", "1", 1);
	{
		char credentials[1024];

		snprintf(credentials, sizeof(credentials),
			 "  - name: a\n"
			 "    onvif: { username: u, password_command: [ %s/show, 100%%%% ] }\n"
			 "    snmp: { version: 3, user: m, auth: MD5, auth_password_command: [ "
			 "%s/show, 100%%%% ], priv: AES, priv_password_command: [ %s/show, 100%%%% "
			 "] "
			 "}\n",
			 w->dir, w->dir, w->dir);
		conf = load(w, credentials, one_cam, NULL, 0);
		if (conf == NULL)
			fail_msg("%s", w->problems);
		assert_string_equal(secret_text(login_of(conf, "cam1")->onvif.password),
				    "geheim99");
		assert_string_equal(secret_text(login_of(conf, "cam1")->snmp.priv_password),
				    "geheim99");
		assert_null(login_of(conf, "cam1")->onvif.password_path);
		conf_free(conf);
	}
	unsetenv("KEEPWATCH_TEST_LEAK");
	{
		char credentials[1024];

		snprintf(credentials, sizeof(credentials),
			 "  - name: a\n"
			 "    snmp: { version: 2c, community_command: [ %s/show, 100%%%% ] }\n",
			 w->dir);
		conf = load(w, credentials, one_cam, NULL, 0);
		if (conf == NULL)
			fail_msg("%s", w->problems);
		assert_string_equal(secret_text(conf->fleet->credentials[0].snmp.community),
				    "geheim99");
		conf_free(conf);
	}
}

/* Expects what is said of a script. */
static void
expect_of_script(struct world *w, const char *script, const char *words)
{
	char credentials[512];

	put(w, "script", script, 0700);
	snprintf(credentials, sizeof(credentials),
		 "  - { name: a, onvif: { username: u, password_command: [ %s/script ] } }\n",
		 w->dir);
	expect(w, credentials, "keepwatch.yaml:3:56: password_command: ", words);
	assert_null(strstr(w->problems, "geheim"));
}

static void
commands_fail_in_words(void **state)
{
	struct world *w = *state;

	expect_of_script(w, "#!/bin/sh\necho geheim\nexit 7\n", "ended with exit status 7");
	expect_of_script(w, "#!/bin/sh\nkill -9 $$\n", "was ended by signal 9");
	expect_of_script(w, "#!/bin/sh\necho\necho geheim\n", "its first line is no secret");
	expect_of_script(w, "#!/bin/sh\n", "its first line is no secret");
	expect_of_script(w, "#!/bin/sh\nhead -c 3000 /dev/zero | tr '\\0' x\n",
			 "printed a line of more than 1024 bytes");
	expect_of_script(w, "#!/nowhere/sh\n", "cannot be run: No such file or directory");
	expect(w, "  - { name: a, onvif: { username: u, password_command: [ pass, show ] } }\n",
	       "keepwatch.yaml:3:58: ", "'pass' is no absolute path");
	expect(w, "  - { name: a, onvif: { username: u, password_command: /usr/bin/pass } }\n",
	       "keepwatch.yaml:3:56: ", "a command is a list");
	expect(w, "  - { name: a, onvif: { username: u, password_command: [ /bin/x, '%s' ] } }\n",
	       "keepwatch.yaml:3:",
	       "'%s' is not understood; expected %d for the name of the device");
	expect(w, "  - { name: a, snmp: { version: 1, community_command: [ /bin/x, '%d' ] } }\n",
	       "keepwatch.yaml:3:", "'%d' is not understood; expected %% for a '%'");
}

static void
commands_are_bounded(void **state)
{
	struct world *w = *state;
	uint64_t start_ms = clock_mono_ms();
	char path[512], text[64] = "";
	pid_t child;
	FILE *in;

	/* More than is read: the pipe is closed, which ends it. */
	expect_of_script(w, "#!/bin/sh\nwhile :; do echo; done\n", "was ended by signal 13");
	/* One that hangs is killed, with what it started. */
	put(w, "script", "#!/bin/sh\nsleep 1000 &\necho $! > \"${0%/*}/child\"\nsleep 1000\n",
	    0700);
	snprintf(path, sizeof(path),
		 "  - { name: a, onvif: { username: u, password_command: [ %s/script ] } }\n",
		 w->dir);
	expect(w, path, "keepwatch.yaml:3:56: ", "took longer than 10 s");
	assert_true(clock_mono_ms() - start_ms < 20000);
	snprintf(path, sizeof(path), "%s/child", w->dir);
	in = fopen(path, "re");
	assert_non_null(in);
	assert_non_null(fgets(text, sizeof(text), in));
	fclose(in);
	child = (pid_t)strtol(text, NULL, 10);
	assert_true(child > 1);
	for (int i = 0; i < 1000 && kill(child, 0) == 0; i++)
		usleep(10000);
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)child);
	in = fopen(path, "re"); /* gone, or a zombie where nobody reaps */
	assert_true(in == NULL ||
		    (fgets(path, sizeof(path), in) != NULL && strstr(path, ") Z ") != NULL));
	if (in != NULL)
		fclose(in);
}

static void
a_command_is_asked_for_each_device(void **state)
{
	static const char fleet[] = "name,address,kind,credential\ncam 1,192.0.2.1,camera,a\n"
				    "cam2,192.0.2.2,camera,a\nsw,192.0.2.3,switch,b\n";
	struct world *w = *state;
	const struct credential *first;
	char credentials[512];
	struct conf *conf;

	put(w, "show",
	    "#!/bin/sh\n[ \"$1\" = \"cams/$KEEPWATCH_DEVICE\" ] || exit 3\n"
	    "[ \"$KEEPWATCH_DEVICE\" != cam3 ] || exit 9\n"
	    "printf 'of %s\\n' \"$KEEPWATCH_DEVICE\"\n",
	    0700);
	snprintf(
		credentials, sizeof(credentials),
		"  - { name: a, onvif: { username: u, password_command: [ %s/show, cams/%%d ] } }\n"
		"  - { name: b, snmp: { version: 2c, community: public } }\n",
		w->dir);
	conf = load(w, credentials, fleet, NULL, 0);
	if (conf == NULL)
		fail_msg("%s", w->problems);
	first = login_of(conf, "cam 1");
	assert_string_equal(secret_text(first->onvif.password), "of cam 1");
	assert_string_equal(secret_text(login_of(conf, "cam2")->onvif.password), "of cam2");
	assert_string_equal(first->name, "a");
	assert_int_equal(conf->fleet->credential_count, 4);
	conf_free(conf);
	conf = load(w, credentials, "name,address,kind,credential\ncam3,192.0.2.1,camera,a\n", NULL,
		    0);
	assert_null(conf);
	assert_non_null(strstr(w->problems, "/show' for device 'cam3' ended with exit status 9"));
}

static void
devices_have_passwords_of_their_own(void **state)
{
	static const char credentials[] =
		"  - { name: a, onvif: { username: u, password_file: common, password_dir: own },\n"
		"      http: { username: w, password_file: web },\n"
		"      snmp: { version: 2c, community: public } }\n";
	static const char fleet[] = "name,address,kind,credential\nhq/cam 1,192.0.2.1,camera,a\n"
				    "cam2,192.0.2.2,camera,a\ncam3,192.0.2.3,camera,a\n";
	struct world *w = *state;
	const struct credential *own, *common;
	struct conf *conf, *next;
	const struct device *device;

	put(w, "common", "common", 0600);
	put(w, "web", "web", 0600);
	expect(w, credentials, "keepwatch.yaml:3:75: ", "there is no folder 'own'");
	make_folder(w, "own", 0770);
	expect(w, credentials, "keepwatch.yaml:3:75: ", "others may write to 'own' (mode 770)");
	make_folder(w, "else", 0700);
	{
		char path[128];

		snprintf(path, sizeof(path), "%s/own", w->dir);
		assert_int_equal(chmod(path, 0750), 0);
	}
	put(w, "own/hq%2Fcam%201", "single\n", 0640);
	conf = load(w, credentials, fleet, NULL, 0);
	if (conf == NULL)
		fail_msg("%s", w->problems);
	assert_int_equal(conf->fleet->credential_count, 2);
	own = login_of(conf, "hq/cam 1");
	common = login_of(conf, "cam2");
	assert_ptr_equal(common, &conf->fleet->credentials[0]);
	assert_string_equal(own->name, "a");
	assert_string_equal(secret_text(own->onvif.password), "single");
	assert_string_equal(own->onvif.username, "u");
	assert_string_equal(secret_text(own->http.password), "web");
	assert_int_equal(own->snmp.version, SNMP_NONE);
	assert_string_equal(secret_text(common->onvif.password), "common");
	assert_string_equal(strrchr(own->onvif.password_path, '/'), "/hq%2Fcam%201");
	assert_string_equal(strrchr(common->onvif.password_path, '/'), "/common");
	assert_string_equal(strrchr(common->onvif.password_dir, '/'), "/own");
	assert_string_equal(own->onvif.password_dir, common->onvif.password_dir);
	device = fleet_find(conf->fleet, "hq/cam 1");
	assert_ptr_equal(device_credential(conf->fleet, device, USE_HTTP), own);
	assert_string_equal(
		secret_text(device_credential(conf->fleet, device, USE_SNMP)->snmp.community),
		"public");
	/* Only what changed is released. */
	put(w, "own/cam2", "common", 0600);
	next = load(w, credentials, fleet, conf, 0);
	assert_non_null(next);
	assert_int_equal(next->fleet->credential_count, 3);
	assert_true(login_of(next, "hq/cam 1")->generation ==
		    login_of(conf, "hq/cam 1")->generation);
	assert_true(login_of(next, "cam3")->generation == login_of(conf, "cam3")->generation);
	conf_free(conf);
	conf = next;
	put(w, "own/hq%2Fcam%201", "rotated\n", 0640);
	next = load(w, credentials, fleet, conf, 0);
	assert_non_null(next);
	assert_true(login_of(next, "hq/cam 1")->generation !=
		    login_of(conf, "hq/cam 1")->generation);
	assert_true(login_of(next, "hq/cam 1")->generation != login_of(next, "cam2")->generation);
	assert_true(login_of(next, "cam2")->generation == login_of(conf, "cam2")->generation);
	conf_free(conf);
	/* A device's file is held to what every secret file is. */
	put(w, "own/cam3", "open", 0644);
	conf = load(w, credentials, fleet, next, 0);
	assert_null(conf);
	assert_non_null(
		strstr(w->problems, "own/cam3' can be read or changed by others (mode 644)"));
	conf_free(next);
	/* Who may not see secrets is not told of them. */
	conf = load(w, credentials, fleet, NULL, CONF_NO_SECRETS);
	assert_non_null(conf);
	assert_int_equal(conf->fleet->credential_count, 1);
	assert_non_null(conf->fleet->credentials[0].onvif.password_dir);
	conf_free(conf);
}

static void
a_folder_alone_holds_all(void **state)
{
	static const char credentials[] =
		"  - { name: a, http: { username: u, password_dir: own } }\n";
	struct world *w = *state;
	struct conf *conf;

	make_folder(w, "own", 0700);
	expect(w, credentials, "keepwatch.yaml:3:51: ",
	       "there is no password of device 'cam1' in it, and no password_file");
	put(w, "own/cam1", "single", 0600);
	conf = load(w, credentials, one_cam, NULL, 0);
	if (conf == NULL)
		fail_msg("%s", w->problems);
	assert_string_equal(secret_text(device_credential(conf->fleet,
							  fleet_find(conf->fleet, "cam1"), USE_HTTP)
						->http.password),
			    "single");
	conf_free(conf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(systemd_gives_credentials, setup, teardown),
		cmocka_unit_test_setup_teardown(there_is_one_source, setup, teardown),
		cmocka_unit_test_setup_teardown(commands_print_secrets, setup, teardown),
		cmocka_unit_test_setup_teardown(commands_fail_in_words, setup, teardown),
		cmocka_unit_test_setup_teardown(commands_are_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(a_command_is_asked_for_each_device, setup,
						teardown),
		cmocka_unit_test_setup_teardown(devices_have_passwords_of_their_own, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_folder_alone_holds_all, setup, teardown),
	};

	signal(SIGPIPE, SIG_IGN); /* as in the agent: commands have it back */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
