/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opening: modes, migrations from every version, and what must be refused without being harmed.
 */
#include "../store/fixture.h"

#include "../../src/store/migrate.h"
#include "keepwatch/err.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned
mode_of(const char *path, const char *suffix)
{
	char name[400];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	assert_int_equal(stat(name, &st), 0);
	return st.st_mode & 07777;
}

static void
test_create(void **state)
{
	struct fixture *f = *state;
	struct store_size size;

	snprintf(f->path, sizeof(f->path), "%s/new/kw.db", f->dir);
	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(mode_of(f->path, ""), 0640);
	assert_int_equal(mode_of(f->path, "-wal"), 0640);
	assert_int_equal(mode_of(f->path, "-shm"), 0640);
	assert_int_equal(mode_of(f->path, ".lock"), 0600);
	assert_int_equal(fixture_sql_int(f->path, "PRAGMA user_version"), migration_latest());
	assert_int_equal(fixture_sql_int(f->path, "PRAGMA application_id"), SQL_APPLICATION_ID);
	assert_int_equal(fixture_sql_int(f->path, "PRAGMA auto_vacuum"), 2);
	store_get_size(f->store, &size);
	assert_true(size.database_bytes > 0);
	fixture_close(f);
	/* a reader that may write nothing needs them */
	assert_int_equal(mode_of(f->path, "-wal"), 0640);
	assert_int_equal(mode_of(f->path, "-shm"), 0640);
	assert_true(fixture_sql_int(f->path, "SELECT stopped_at FROM agent") == AT(1));
	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(fixture_sql_int(f->path, "SELECT stopped_at FROM agent"), 0);
}

static void
test_not_there(void **state)
{
	struct fixture *f = *state;
	struct store_options options = {.create = false};

	assert_int_equal(store_open(&f->store, f->path, &options, f->message, sizeof(f->message)),
			 ERR_NOTFOUND);
	assert_non_null(strstr(f->message, f->path));
	assert_int_not_equal(access(f->path, F_OK), 0);
}

/* A database as each older version left it, with a row in it, comes up to date and keeps the row.
 */
static void
test_migrations(void **state)
{
	struct fixture *f = *state;
	const struct migration *all;
	char version[64];
	size_t count;

	all = migrations(&count);
	assert_true(count > 0);
	for (size_t from = 1; from <= count; from++) {
		snprintf(f->path, sizeof(f->path), "%s/kw.db", f->dir);
		assert_int_equal(fixture_sql(f->path, "PRAGMA auto_vacuum = 2;"
						      "PRAGMA application_id = 0x4b574442;"
						      "PRAGMA journal_mode = WAL"),
				 SQLITE_OK);
		for (size_t i = 0; i < from; i++) {
			assert_int_equal(all[i].version, i + 1);
			assert_int_equal(fixture_sql(f->path, all[i].sql), SQLITE_OK);
		}
		snprintf(version, sizeof(version), "PRAGMA user_version = %zu", from);
		assert_int_equal(fixture_sql(f->path, version), SQLITE_OK);
		assert_int_equal(fixture_sql(f->path,
					     "INSERT INTO device VALUES (7, 'old', '', 'camera',"
					     " '', '', '', '', '{}', 1, 0)"),
				 SQLITE_OK);
		if (fixture_open(f) != 0)
			fail_msg("from %zu: %s", from, f->message);
		assert_int_equal(fixture_sql_int(f->path, "PRAGMA user_version"),
				 migration_latest());
		assert_int_equal(fixture_sql_int(f->path, "SELECT id FROM device"), 7);
		fixture_close(f);
		unlink(f->path);
		snprintf(f->path, sizeof(f->path), "%s/kw.db-wal", f->dir);
		unlink(f->path);
		snprintf(f->path, sizeof(f->path), "%s/kw.db-shm", f->dir);
		unlink(f->path);
	}
	snprintf(f->path, sizeof(f->path), "%s/kw.db", f->dir);
}

/* Version 0 with our mark: a crash after the file was made, before the first migration. */
static void
test_unfinished_create(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_sql(f->path, "PRAGMA application_id = 0x4b574442"), SQLITE_OK);
	assert_int_equal(fixture_open(f), 0);
	fixture_close(f);
	/* and one of no bytes at all */
	unlink(f->path);
	assert_true(close(open(f->path, O_CREAT | O_WRONLY, 0600)) == 0);
	assert_int_equal(fixture_open(f), 0);
	assert_int_equal(mode_of(f->path, ""), 0640);
}

static void
test_newer(void **state)
{
	struct fixture *f = *state;
	struct reader *reader;

	assert_int_equal(fixture_open(f), 0);
	fixture_close(f);
	assert_int_equal(fixture_sql(f->path, "PRAGMA user_version = 999"), SQLITE_OK);
	assert_int_equal(fixture_open(f), ERR_VERSION);
	assert_non_null(strstr(f->message, "999"));
	assert_int_equal(fixture_sql_int(f->path, "PRAGMA user_version"), 999);
	assert_int_equal(reader_open(&reader, f->path, f->message, sizeof(f->message)),
			 ERR_VERSION);
	assert_non_null(strstr(f->message, "999"));
}

/* Reads a whole file; the caller frees. */
static char *
slurp(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	char *data = calloc(1, 1 << 20);

	assert_non_null(file);
	assert_non_null(data);
	*len = fread(data, 1, 1 << 20, file);
	fclose(file);
	return data;
}

static void
write_file(const char *path, const void *data, size_t len)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	fclose(file);
}

static void
test_foreign(void **state)
{
	static const char text[] = "name,address,kind\ncam,10.0.0.1,camera\n"
				   "a text file that somebody named as the database by mistake, "
				   "longer than the header of a database is";
	struct fixture *f = *state;
	struct reader *reader;
	size_t len;
	char *after;

	write_file(f->path, text, sizeof(text));
	assert_int_equal(fixture_open(f), ERR_UNSUPPORTED);
	assert_non_null(strstr(f->message, f->path));
	after = slurp(f->path, &len);
	assert_int_equal(len, sizeof(text));
	assert_memory_equal(after, text, len);
	free(after);
	assert_int_equal(reader_open(&reader, f->path, f->message, sizeof(f->message)),
			 ERR_UNSUPPORTED);
	unlink(f->path);
	/* another program's database */
	assert_int_equal(fixture_sql(f->path, "CREATE TABLE t (x)"), SQLITE_OK);
	assert_int_equal(fixture_open(f), ERR_UNSUPPORTED);
	assert_int_equal(reader_open(&reader, f->path, f->message, sizeof(f->message)),
			 ERR_UNSUPPORTED);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM sqlite_schema"), 1);
	unlink(f->path);
	/* a folder */
	assert_int_equal(mkdir(f->path, 0700), 0);
	assert_int_not_equal(fixture_open(f), 0);
	assert_int_equal(rmdir(f->path), 0);
}

/* Damage of different kinds: each is named, and no byte of the file changes. */
static void
test_corrupt(void **state)
{
	struct fixture *f = *state;
	char *before, *damaged, *after;
	char wal[400];
	size_t len, after_len;
	int refused = 0;

	assert_int_equal(fixture_open(f), 0);
	for (int i = 0; i < 200; i++) {
		char name[32];

		snprintf(name, sizeof(name), "device-%d", i);
		fixture_event(f, fixture_declare(f, name, KIND_CAMERA, 0), EVENT_DEVICE_ADDED,
			      AT(i), "hello");
	}
	fixture_commit(f);
	fixture_close(f);
	snprintf(wal, sizeof(wal), "%s-wal", f->path);
	before = slurp(f->path, &len);
	damaged = malloc(len);
	for (size_t page = 1; page < len / 4096; page++) {
		memcpy(damaged, before, len);
		memset(damaged + page * 4096, 0xa5, 64);
		write_file(f->path, damaged, len);
		assert_true(truncate(wal, 0) == 0 || errno == ENOENT);
		if (fixture_open(f) != 0) {
			refused++;
			if (strstr(f->message, "damaged") == NULL)
				fail_msg("%s", f->message);
			after = slurp(f->path, &after_len);
			assert_int_equal(after_len, len);
			assert_memory_equal(after, damaged, len);
			free(after);
		}
		fixture_close(f);
	}
	/* a page of the free list or the pointer map may be wrong without harm */
	assert_true(refused >= (int)(len / 4096) / 2);
	write_file(f->path, before, len / 2 / 4096 * 4096);
	assert_true(truncate(wal, 0) == 0 || errno == ENOENT);
	assert_int_equal(fixture_open(f), ERR_SYNTAX);
	write_file(f->path, before, len);
	assert_true(truncate(wal, 0) == 0 || errno == ENOENT);
	assert_int_equal(fixture_open(f), 0);
	free(before);
	free(damaged);
}

static void
test_unknown_group(void **state)
{
	struct fixture *f = *state;
	struct store_options options = {.create = true, .group = "no-such-group-here"};

	assert_int_equal(store_open(&f->store, f->path, &options, f->message, sizeof(f->message)),
			 ERR_PERM);
	assert_non_null(strstr(f->message, "no-such-group-here"));
}

/* A child that holds the store until it is killed. */
static pid_t
hold_store(struct fixture *f, int *ready)
{
	int pipe_fds[2];
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe(pipe_fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		byte = fixture_open(f) == 0 ? 'y' : 'n';
		if (write(pipe_fds[1], &byte, 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(pipe_fds[1]);
	assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
	close(pipe_fds[0]);
	*ready = byte == 'y';
	return pid;
}

static void
test_second_writer(void **state)
{
	struct fixture *f = *state;
	char pid_text[32];
	int ready, status;
	pid_t pid = hold_store(f, &ready);

	snprintf(pid_text, sizeof(pid_text), "pid %d", (int)pid);
	assert_true(ready);
	assert_int_equal(fixture_open(f), ERR_BUSY);
	assert_null(f->store);
	assert_non_null(strstr(f->message, pid_text));
	assert_non_null(strstr(f->message, "since 2023-11-14T"));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	/* the lock went with the process */
	if (fixture_open(f) != 0)
		fail_msg("%s", f->message);
	assert_int_equal(fixture_sql_int(f->path, "SELECT pid FROM agent"), getpid());
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup_dir, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_create),	  TEST(test_not_there),
		TEST(test_migrations),	  TEST(test_unfinished_create),
		TEST(test_newer),	  TEST(test_foreign),
		TEST(test_corrupt),	  TEST(test_unknown_group),
		TEST(test_second_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
