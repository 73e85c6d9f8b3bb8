/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files that appear whole or not at all: links, strangers at the path, a full disk, no leftovers.
 */
#include "../../src/cli/out.h"

#include "keepwatch/err.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static int
make_folder(void **state)
{
	char *folder = strdup("/tmp/cli_out_test.XXXXXX");

	if (folder == NULL || mkdtemp(folder) == NULL || chdir(folder) != 0)
		return -1;
	*state = folder;
	return 0;
}

/* Names in the folder, so that leftovers show. */
static size_t
count_files(const char *folder)
{
	DIR *dir = opendir(folder);
	size_t count = 0;

	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	return count;
}

static int
remove_folder(void **state)
{
	DIR *dir = opendir(*state);

	for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
		if (entry->d_name[0] != '.' || strlen(entry->d_name) > 2)
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
	if (dir != NULL)
		closedir(dir);
	(void)!chdir("/");
	rmdir(*state);
	free(*state);
	return 0;
}

static void
content_is(const char *path, const char *want)
{
	char text[256] = "";
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	(void)!fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	assert_string_equal(text, want);
}

static void
put_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void
whole_file_with_digest(void **state)
{
	struct out *out = NULL;
	mode_t old = umask(022);
	struct stat st;

	put_file("a.csv", "old");
	assert_int_equal(out_open_file(&out, "a.csv"), 0);
	out_puts(out, "abc");
	assert_int_equal(out_finish(out), 0);
	/* FIPS 180-4's own example */
	assert_string_equal(out_sha256(out),
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(out_bytes(out), 3);
	content_is("a.csv", "old");
	assert_int_equal(out_commit(out), 0);
	out_close(out);
	content_is("a.csv", "abc");
	assert_int_equal(stat("a.csv", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(count_files(*state), 1);
	umask(old);
}

static void
umask_counts(void **state)
{
	struct out *out = NULL;
	mode_t old = umask(077);
	struct stat st;

	(void)state;
	assert_int_equal(out_open_file(&out, "b.csv"), 0);
	assert_int_equal(out_finish(out), 0);
	assert_int_equal(out_commit(out), 0);
	out_close(out);
	umask(old);
	assert_int_equal(stat("b.csv", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
abandoned_leaves_nothing(void **state)
{
	struct out *out = NULL;

	assert_int_equal(out_open_file(&out, "a.csv"), 0);
	out_puts(out, "abc");
	out_close(out);
	assert_int_equal(count_files(*state), 0);
	assert_int_equal(out_open_file(&out, "a.csv"), 0);
	assert_int_equal(out_finish(out), 0);
	out_close(out);
	assert_int_equal(count_files(*state), 0);
}

static void
links_and_strangers_are_refused(void **state)
{
	struct out *out = NULL;

	put_file("victim", "precious");
	assert_int_equal(symlink("victim", "link.csv"), 0);
	assert_int_equal(symlink("nowhere", "dangling.csv"), 0);
	assert_int_equal(mkfifo("pipe.csv", 0600), 0);
	assert_int_equal(out_open_file(&out, "link.csv"), ERR_EXISTS);
	assert_int_equal(out_open_file(&out, "dangling.csv"), ERR_EXISTS);
	assert_int_equal(out_open_file(&out, "pipe.csv"), ERR_INVAL);
	assert_int_equal(out_open_file(&out, *state), ERR_INVAL);
	assert_int_equal(out_open_file(&out, ""), ERR_INVAL);
	assert_int_equal(out_open_file(&out, "x/"), ERR_INVAL);
	assert_int_equal(out_open_file(&out, ".."), ERR_INVAL);
	assert_int_equal(out_open_file(&out, "no/such/folder.csv"), ERR_NOTFOUND);
	content_is("victim", "precious");
	assert_int_equal(count_files(*state), 4);
}

/* A link that appears after the check is not written through either. */
static void
late_link_is_refused(void **state)
{
	struct out *out = NULL;

	put_file("victim", "precious");
	assert_int_equal(out_open_file(&out, "a.csv"), 0);
	out_puts(out, "abc");
	assert_int_equal(out_finish(out), 0);
	assert_int_equal(symlink("victim", "a.csv"), 0);
	assert_int_equal(out_commit(out), ERR_EXISTS);
	out_close(out);
	content_is("victim", "precious");
	assert_int_equal(count_files(*state), 2);
}

static void
full_disk_leaves_nothing(void **state)
{
	struct rlimit old, small;
	struct out *out = NULL;
	char block[4096];
	int rc;

	put_file("a.csv", "old");
	memset(block, 'x', sizeof(block));
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){.rlim_cur = 10000, .rlim_max = old.rlim_max};
	assert_int_equal(out_open_file(&out, "a.csv"), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (int i = 0; i < 100; i++)
		out_put(out, block, sizeof(block));
	rc = out_finish(out);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_not_equal(rc, 0);
	assert_int_equal(out_errno(out), EFBIG);
	assert_int_not_equal(out_commit(out), 0);
	out_close(out);
	content_is("a.csv", "old");
	assert_int_equal(count_files(*state), 1);
}

static void
full_stream_is_noticed(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	struct out *out = NULL;

	(void)state;
	assert_non_null(full);
	assert_int_equal(out_open_stream(&out, full), 0);
	out_puts(out, "abc");
	assert_int_equal(out_finish(out), ERR_FULL);
	assert_int_equal(out_errno(out), ENOSPC);
	out_close(out);
	fclose(full);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whole_file_with_digest, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(umask_counts, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(abandoned_leaves_nothing, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(links_and_strangers_are_refused, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(late_link_is_refused, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(full_disk_leaves_nothing, make_folder,
						remove_folder),
		cmocka_unit_test(full_stream_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
