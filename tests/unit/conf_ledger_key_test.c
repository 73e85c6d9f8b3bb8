/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The key of the password ledger: made once, for its owner only; one that is not as it should be is
 * refused in words, never replaced.
 */
#include "temp_dir.h"

#include "keepwatch/err.h"
#include "keepwatch/ledger_key.h"

#include <sys/wait.h>

struct world {
	char dir[TEMP_DIR_SIZE], path[128];
	char problem[LEDGER_KEY_PROBLEM_SIZE];
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return -1;
	*state = w;
	if (temp_dir_make(w->dir, "key") != 0)
		return -1;
	snprintf(w->path, sizeof(w->path), "%s/keepwatch.db.key", w->dir);
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	temp_dir_remove(w->dir);
	free(w);
	return 0;
}

static void
put(const char *path, size_t len, mode_t mode)
{
	char bytes[64];

	memset(bytes, 'k', sizeof(bytes));
	temp_file_put(path, bytes, len, mode);
}

static void
it_is_made_once(void **state)
{
	struct world *w = *state;
	struct secret *first = NULL, *again = NULL;
	static const uint8_t zeros[LEDGER_KEY_SIZE];
	struct stat st;
	mode_t mask = umask(0);

	assert_int_equal(ledger_key_open(&first, w->path, false, w->problem), ERR_NOTFOUND);
	assert_non_null(strstr(w->problem, "keepwatch.db.key: not found"));
	assert_int_equal(access(w->path, F_OK), -1);
	assert_int_equal(ledger_key_open(&first, w->path, true, w->problem), 0);
	assert_int_equal(secret_len(first), LEDGER_KEY_SIZE);
	assert_memory_not_equal(secret_bytes(first), zeros, LEDGER_KEY_SIZE);
	assert_int_equal(stat(w->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, LEDGER_KEY_SIZE);
	assert_int_equal(st.st_nlink, 1); /* the draft is gone */
	assert_int_equal(ledger_key_open(&again, w->path, true, w->problem), 0);
	assert_true(secret_equal(first, again));
	secret_free(first);
	secret_free(again);
	umask(mask);
}

static void
what_is_wrong_is_refused_and_stays(void **state)
{
	static const struct {
		size_t len;
		mode_t mode;
		int rc;
		const char *words;
	} rows[] = {
		{32, 0600, 0, ""},
		{32, 0440, 0, ""},
		{31, 0600, ERR_INVAL, "is no file of 32 bytes"},
		{33, 0600, ERR_INVAL, "is no file of 32 bytes"},
		{0, 0600, ERR_INVAL, "is no file of 32 bytes"},
		{32, 0644, ERR_PERM, "can be read or changed by others; run chmod 600"},
		{32, 0660, ERR_PERM, "can be read or changed by others; run chmod 600"},
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct secret *key = NULL;
		struct stat st;

		unlink(w->path);
		put(w->path, rows[i].len, rows[i].mode);
		assert_int_equal(ledger_key_open(&key, w->path, true, w->problem), rows[i].rc);
		assert_true((key != NULL) == (rows[i].rc == 0));
		if (rows[i].rc != 0)
			assert_non_null(strstr(w->problem, rows[i].words));
		assert_int_equal(stat(w->path, &st), 0);
		assert_int_equal(st.st_size, rows[i].len);
		secret_free(key);
	}
	unlink(w->path);
	assert_int_equal(mkdir(w->path, 0700), 0);
	assert_int_equal(ledger_key_open(&(struct secret *){NULL}, w->path, true, w->problem),
			 ERR_INVAL);
	snprintf(w->path, sizeof(w->path), "%s/nowhere/key", w->dir);
	assert_int_equal(ledger_key_open(&(struct secret *){NULL}, w->path, true, w->problem),
			 ERR_NOTFOUND);
	assert_non_null(strstr(w->problem, "nowhere/key: cannot be made: No such file"));
}

static void
that_of_systemd_beats_it(void **state)
{
	struct world *w = *state;
	struct secret *own = NULL, *given = NULL;
	char path[160];

	assert_int_equal(ledger_key_open(&own, w->path, true, w->problem), 0);
	setenv("CREDENTIALS_DIRECTORY", w->dir, 1);
	assert_int_equal(ledger_key_open(&given, w->path, true, w->problem), 0);
	assert_true(secret_equal(own, given)); /* none of that name */
	secret_free(given);
	given = NULL;
	snprintf(path, sizeof(path), "%s/%s", w->dir, LEDGER_KEY_CREDENTIAL);
	put(path, 32, 0400);
	assert_int_equal(ledger_key_open(&given, w->path, true, w->problem), 0);
	assert_false(secret_equal(own, given));
	assert_memory_equal(secret_bytes(given), "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk", 32);
	secret_free(given);
	unlink(path);
	put(path, 5, 0400); /* a mistake there is not passed over */
	assert_int_equal(ledger_key_open(&(struct secret *){NULL}, w->path, true, w->problem),
			 ERR_INVAL);
	assert_non_null(strstr(w->problem, LEDGER_KEY_CREDENTIAL));
	secret_free(own);
}

static void
many_that_make_it_at_once_get_the_same(void **state)
{
	enum { MANY = 8 };
	struct world *w = *state;
	struct secret *key = NULL;
	int ends[2];
	pid_t pids[MANY];
	char bytes[LEDGER_KEY_SIZE];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	for (int i = 0; i < MANY; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0) {
			if (ledger_key_open(&key, w->path, true, w->problem) != 0 ||
			    write(ends[1], secret_bytes(key), secret_len(key)) != LEDGER_KEY_SIZE)
				_exit(1);
			_exit(0);
		}
	}
	close(ends[1]);
	for (int i = 0; i < MANY; i++) {
		int status = -1;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(ledger_key_open(&key, w->path, false, w->problem), 0);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(read(ends[0], bytes, sizeof(bytes)), LEDGER_KEY_SIZE);
		assert_memory_equal(bytes, secret_bytes(key), LEDGER_KEY_SIZE);
	}
	close(ends[0]);
	secret_free(key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_is_made_once, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_wrong_is_refused_and_stays, setup,
						teardown),
		cmocka_unit_test_setup_teardown(that_of_systemd_beats_it, setup, teardown),
		cmocka_unit_test_setup_teardown(many_that_make_it_at_once_get_the_same, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
