/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What loading a configuration leaves behind in memory: the secrets are in locked memory that no
 * core dump holds, and nowhere else. The files are made by a child, so that this process has the
 * secrets from loading them only, and looks for them by a disguise.
 */
#include "temp_dir.h"

#include "keepwatch/conf.h"
#include "keepwatch/err.h"

#include <stdint.h>
#include <sys/random.h>
#include <sys/wait.h>

enum { NEEDLES = 6, NEEDLE_SIZE = 40, DISGUISE = 0x5a, CHUNK = 1 << 20 };

/* As in the files, but with every byte disguised; of lengths as people have them. */
static unsigned char needles[NEEDLES][NEEDLE_SIZE];
static const size_t lengths[NEEDLES] = {12, 15, 20, 39, 12, 12};

static void
put(const char *dir, const char *name, const void *bytes, size_t len, mode_t mode)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len || fchmod(fd, mode) != 0)
		_exit(1);
	close(fd);
}

/* In the child: the files, and the needles in disguise. */
static void
make_files(const char *dir)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	char plain[NEEDLES][NEEDLE_SIZE] = {{0}}, text[2000], own[100];
	unsigned char random[NEEDLES * NEEDLE_SIZE];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		_exit(1);
	for (size_t n = 0; n < NEEDLES; n++) {
		for (size_t i = 0; i < lengths[n]; i++) {
			plain[n][i] = letters[random[n * NEEDLE_SIZE + i] % (sizeof(letters) - 1)];
			needles[n][i] = (unsigned char)(plain[n][i] ^ DISGUISE);
		}
	}
	put(dir, "needles", needles, sizeof(needles), 0600);
	put(dir, "file", plain[0], lengths[0], 0600);
	snprintf(text, sizeof(text), "#!/bin/sh\necho %s\n", plain[1]);
	put(dir, "show", text, strlen(text), 0700);
	snprintf(own, sizeof(own), "%s/own", dir);
	if (mkdir(own, 0700) != 0)
		_exit(1);
	put(own, "cam1", plain[4], lengths[4], 0600);
	snprintf(text, sizeof(text),
		 "fleet: fleet.csv\n"
		 "credentials:\n"
		 "  - { name: a, onvif: { username: u, password_file: file, password_dir: own } }\n"
		 "  - { name: b, http: { username: u, password_command: [ %s/show ] } }\n"
		 "  - { name: c, snmp: { version: 2c, community: %s } }\n"
		 "  - { name: d, snmp: { version: 2c, community: \"%s\" } }\n"
		 "  - name: e\n"
		 "    snmp: { community: %s, version: 1 }\n",
		 dir, plain[2], plain[3], plain[5]);
	put(dir, "keepwatch.yaml", text, strlen(text), 0600);
	snprintf(text, sizeof(text),
		 "name,address,kind,credential\ncam1,192.0.2.1,camera,a\n"
		 "cam2,192.0.2.2,camera,a+b+c\n");
	put(dir, "fleet.csv", text, strlen(text), 0600);
}

static bool
is_here(const unsigned char *data, size_t n)
{
	for (size_t i = 0; i < lengths[n]; i++) {
		if ((data[i] ^ DISGUISE) != needles[n][i])
			return false;
	}
	return true;
}

/* How often each needle is in a mapping. */
static void
scan(int memory, unsigned long from, unsigned long to, unsigned found[NEEDLES])
{
	static unsigned char chunk[CHUNK + NEEDLE_SIZE];

	for (; from < to; from += CHUNK) {
		size_t want = to - from < sizeof(chunk) ? to - from : sizeof(chunk);
		ssize_t got;

		if (from <= (uintptr_t)chunk && to > (uintptr_t)chunk)
			memset(chunk, 0, sizeof(chunk)); /* not what was read before */
		got = pread(memory, chunk, want, (off_t)from);
		for (ssize_t i = 0; i + NEEDLE_SIZE <= got && i < CHUNK; i++) {
			for (size_t n = 0; n < NEEDLES; n++)
				found[n] += is_here(chunk + i, n);
		}
	}
	memset(chunk, 0, sizeof(chunk));
}

/* All memory of this process, by whether a core dump would hold it (VmFlags, proc(5)). */
static void
scan_all(unsigned dumped[NEEDLES], unsigned guarded[NEEDLES])
{
	FILE *maps = fopen("/proc/self/smaps", "re");
	int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	unsigned long from = 0, to = 0, next_from, next_to;
	char line[512], access[8], next_access[8] = "";

	assert_non_null(maps);
	assert_true(memory >= 0);
	while (fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%lx-%lx %7s", &next_from, &next_to, next_access) == 3) {
			from = next_from;
			to = next_to;
			memcpy(access, next_access, sizeof(access));
		} else if (strncmp(line, "VmFlags:", 8) == 0 && access[0] == 'r' &&
			   access[1] == 'w') {
			scan(memory, from, to, strstr(line, " dd") != NULL ? guarded : dumped);
		}
	}
	close(memory);
	fclose(maps);
}

static void
secrets_are_nowhere_but_in_guarded_memory(void **state)
{
	char dir[] = "/tmp/keepwatch-residue.XXXXXX", path[100];
	unsigned dumped[NEEDLES] = {0}, guarded[NEEDLES] = {0};
	struct conf_problems problems = {0};
	struct conf *conf = NULL;
	int status = -1, fd;
	pid_t pid;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip(); /* it keeps freed memory, and the stacks of functions, apart */
#endif
	assert_non_null(mkdtemp(dir));
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		make_files(dir);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	snprintf(path, sizeof(path), "%s/needles", dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, needles, sizeof(needles)), sizeof(needles));
	close(fd);
	snprintf(path, sizeof(path), "%s/keepwatch.yaml", dir);
	if (conf_load(&conf, path, NULL, &problems) != 0)
		conf_problems_print(&problems, stderr);
	assert_non_null(conf);
	scan_all(dumped, guarded);
	for (size_t n = 0; n < NEEDLES; n++) {
		assert_int_equal(guarded[n], 1);
		if (dumped[n] != 0)
			print_error("secret %zu is %u times in memory that a core dump holds\n", n,
				    dumped[n]);
	}
	for (size_t n = 0; n < NEEDLES; n++)
		assert_int_equal(dumped[n], 0);
	conf_free(conf);
	memset(guarded, 0, sizeof(guarded));
	scan_all(dumped, guarded);
	for (size_t n = 0; n < NEEDLES; n++)
		assert_int_equal(guarded[n] + dumped[n], 0);
	conf_problems_fini(&problems);
	temp_dir_remove(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets_are_nowhere_but_in_guarded_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
