/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Secrets: from files that only their owner may read, in memory that is wiped.
 */
#include "keepwatch/err.h"
#include "keepwatch/mem.h"
#include "keepwatch/secret.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

struct world {
	char dir[64];
	char path[128];
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return -1;
	snprintf(w->dir, sizeof(w->dir), "/tmp/keepwatch-secret.XXXXXX");
	if (mkdtemp(w->dir) == NULL)
		return -1;
	snprintf(w->path, sizeof(w->path), "%s/secret", w->dir);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	unlink(w->path);
	rmdir(w->dir);
	free(w);
	return 0;
}

static void
write_file(const struct world *w, const char *bytes, size_t len, mode_t mode)
{
	int fd;

	unlink(w->path);
	fd = open(w->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void
the_first_line_is_the_secret(void **state)
{
	static const struct {
		const char *bytes, *text;
	} rows[] = {
		{"geheim", "geheim"},
		{"geheim\n", "geheim"},
		{"geheim\r\n", "geheim"},
		{" with blanks \nmore\n", " with blanks "},
		{"gr\xc3\xbc\xc3\x9f"
		 "e\n",
		 "gr\xc3\xbc\xc3\x9f"
		 "e"},
	};
	struct world *w = *state;

	for (size_t i = 0; i < MEM_COUNT(rows); i++) {
		struct secret *secret = NULL;

		write_file(w, rows[i].bytes, strlen(rows[i].bytes), 0600);
		assert_int_equal(secret_read_file(&secret, w->path), 0);
		assert_string_equal(secret_text(secret), rows[i].text);
		assert_int_equal(secret_len(secret), strlen(rows[i].text));
		secret_free(secret);
	}
}

static void
what_others_may_read_is_refused(void **state)
{
	static const struct {
		mode_t mode;
		int rc;
	} rows[] = {{0600, 0},	      {0400, 0},	{0640, 0},	  {0440, 0},
		    {0644, ERR_PERM}, {0604, ERR_PERM}, {0602, ERR_PERM}, {0601, ERR_PERM},
		    {0660, ERR_PERM}, {0777, ERR_PERM}};
	struct world *w = *state;

	for (size_t i = 0; i < MEM_COUNT(rows); i++) {
		struct secret *secret = NULL;

		write_file(w, "geheim", 6, rows[i].mode);
		assert_int_equal(secret_read_file(&secret, w->path), rows[i].rc);
		assert_true((secret != NULL) == (rows[i].rc == 0));
		secret_free(secret);
	}
}

static void
what_is_no_secret_is_refused(void **state)
{
	struct world *w = *state;
	struct secret *secret = NULL;
	char large[3000];

	assert_int_equal(secret_read_file(&secret, w->path), ERR_NOTFOUND);
	assert_int_equal(secret_read_file(&secret, w->dir), ERR_INVAL);
	write_file(w, "", 0, 0600);
	assert_int_equal(secret_read_file(&secret, w->path), ERR_INVAL);
	write_file(w, "\nsecond", 7, 0600);
	assert_int_equal(secret_read_file(&secret, w->path), ERR_INVAL);
	write_file(w, "a\0b", 3, 0600);
	assert_int_equal(secret_read_file(&secret, w->path), ERR_INVAL);
	memset(large, 'x', sizeof(large));
	write_file(w, large, sizeof(large), 0600);
	assert_int_equal(secret_read_file(&secret, w->path), ERR_TOOBIG);
	write_file(w, large, SECRET_MAX + 1, 0600);
	assert_int_equal(secret_read_file(&secret, w->path), ERR_TOOBIG);
	assert_null(secret);
	write_file(w, large, SECRET_MAX, 0600);
	assert_int_equal(secret_read_file(&secret, w->path), 0);
	assert_int_equal(secret_len(secret), SECRET_MAX);
	secret_free(secret);
	unlink(w->path);
	assert_int_equal(mkfifo(w->path, 0600), 0);
	secret = NULL;
	assert_int_equal(secret_read_file(&secret, w->path), ERR_INVAL); /* and does not wait */
	assert_null(secret);
}

static void
what_follows_the_first_line_may_be_long(void **state)
{
	struct world *w = *state;
	struct secret *secret = NULL;
	char large[9000];

	memset(large, 'x', sizeof(large));
	large[6] = '\n';
	write_file(w, large, sizeof(large), 0600);
	assert_int_equal(secret_read_file(&secret, w->path), 0);
	assert_string_equal(secret_text(secret), "xxxxxx");
	secret_free(secret);
}

static void
files_are_read_into_a_pool(void **state)
{
	struct world *w = *state;
	struct secret_pool *pool = secret_pool_new();
	struct secret *first = NULL, *second = NULL, *none = NULL;

	write_file(w, "a longer secret\n", 16, 0600);
	assert_int_equal(secret_pool_read_file(pool, &first, w->path), 0);
	write_file(w, "short", 5, 0600);
	assert_int_equal(secret_pool_read_file(pool, &second, w->path), 0);
	write_file(w, "", 0, 0600);
	assert_int_equal(secret_pool_read_file(pool, &none, w->path), ERR_INVAL);
	assert_null(none);
	assert_string_equal(secret_text(first), "a longer secret");
	assert_string_equal(secret_text(second), "short");
	secret_pool_free(pool);
	secret_free(first);
	secret_free(second);
}

static void
secrets_come_in_pieces(void **state)
{
	struct secret *secret = NULL;
	int ends[2];
	size_t got = 7;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(secret_begin(&secret), 0);
	assert_int_equal(secret_read(secret, ends[0], &got), ERR_BUSY);
	assert_int_equal(write(ends[1], "geh", 3), 3);
	assert_int_equal(secret_read(secret, ends[0], &got), 0);
	assert_int_equal(got, 3);
	assert_int_equal(write(ends[1], "eim\nuser: x", 11), 11);
	assert_int_equal(secret_read(secret, ends[0], &got), 0);
	close(ends[1]);
	assert_int_equal(secret_read(secret, ends[0], &got), 0);
	assert_int_equal(got, 0);
	assert_int_equal(secret_end(secret), 0);
	assert_string_equal(secret_text(secret), "geheim");
	assert_int_equal(secret_len(secret), 6);
	close(ends[0]);
	secret_free(secret);
}

static void
many_secrets_share_memory(void **state)
{
	enum { MANY = 5000 };
	static struct secret *secrets[MANY];
	struct secret_pool *pool = secret_pool_new();
	char text[32];

	(void)state;
	assert_non_null(pool);
	for (int i = 0; i < MANY; i++) {
		int len = snprintf(text, sizeof(text), "%0*d", 1 + i % 24, i);

		assert_int_equal(secret_new(&secrets[i], text, (size_t)len), 0);
		assert_int_equal(secret_pool_take(pool, &secrets[i]), 0);
		assert_int_equal(secret_pool_take(pool, &secrets[i]), 0); /* it is there */
	}
	secret_free(secrets[7]);
	for (int i = 0; i < MANY; i++) {
		if (i == 7)
			continue;
		snprintf(text, sizeof(text), "%0*d", 1 + i % 24, i);
		assert_string_equal(secret_text(secrets[i]), text);
		assert_int_equal(secret_len(secrets[i]), strlen(text));
	}
	secret_pool_free(pool); /* which stays for who is in it */
	assert_string_equal(secret_text(secrets[0]), "0");
	for (int i = 0; i < MANY; i++) {
		if (i != 7)
			secret_free(secrets[i]);
	}
	secret_pool_free(NULL);
}

/* Flags of the mapping that holds the address (proc(5), smaps). */
static void
find_mapping(const void *address, char *flags, size_t size)
{
	FILE *in = fopen("/proc/self/smaps", "re");
	char line[512];
	bool is_it = false;

	assert_non_null(in);
	*flags = '\0';
	while (fgets(line, sizeof(line), in) != NULL) {
		unsigned long from, to;

		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			is_it = (uintptr_t)address >= from && (uintptr_t)address < to;
		else if (is_it && strncmp(line, "VmFlags:", 8) == 0)
			snprintf(flags, size, "%.*s", (int)size - 1, line + 8);
	}
	fclose(in);
}

static void
memory_is_guarded(void **state)
{
	struct secret_pool *pool = secret_pool_new();
	struct secret *alone = NULL, *pooled = NULL;
	struct rlimit limit;
	char flags[256];

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
	assert_int_equal(secret_new(&alone, "alone", 5), 0);
	assert_int_equal(secret_new(&pooled, "pooled", 6), 0);
	assert_int_equal(secret_pool_take(pool, &pooled), 0);
	for (int i = 0; i < 2; i++) {
		find_mapping(i == 0 ? alone : pooled, flags, sizeof(flags));
		assert_non_null(strstr(flags, " dd")); /* not in a core dump */
		assert_non_null(strstr(flags, " wf")); /* not in a child */
#ifndef __SANITIZE_ADDRESS__			       /* which makes mlock do nothing */
		if (limit.rlim_cur >= 1 << 20 || geteuid() == 0)
			assert_non_null(strstr(flags, " lo"));
#endif
	}
	secret_free(alone);
	secret_free(pooled);
	secret_pool_free(pool);
}

static void
keys_may_hold_any_byte(void **state)
{
	static const unsigned char key[4] = {0, 1, 0, 255};
	struct secret *secret = NULL;

	(void)state;
	assert_int_equal(secret_new(&secret, (const char *)key, sizeof(key)), ERR_INVAL);
	assert_int_equal(secret_new_bytes(&secret, key, sizeof(key)), 0);
	assert_int_equal(secret_len(secret), sizeof(key));
	assert_memory_equal(secret_bytes(secret), key, sizeof(key));
	secret_free(secret);
}

static void
secrets_are_compared(void **state)
{
	struct secret *a = NULL, *b = NULL, *c = NULL;

	(void)state;
	assert_int_equal(secret_new(&a, "geheim", 6), 0);
	assert_int_equal(secret_new(&b, "geheim", 6), 0);
	assert_int_equal(secret_new(&c, "geheiM", 6), 0);
	assert_true(secret_equal(a, b));
	assert_false(secret_equal(a, c));
	assert_false(secret_equal(a, NULL));
	assert_true(secret_equal(NULL, NULL));
	secret_free(c);
	assert_int_equal(secret_new(&c, "gehei", 5), 0);
	assert_false(secret_equal(a, c));
	secret_free(a);
	secret_free(b);
	secret_free(c);
	secret_free(NULL);
}

static void
wiping_wipes(void **state)
{
	char text[16] = "geheim";
	static const char zeros[16];

	(void)state;
	secret_wipe(text, sizeof(text));
	assert_memory_equal(text, zeros, sizeof(text));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_first_line_is_the_secret, setup, teardown),
		cmocka_unit_test_setup_teardown(what_others_may_read_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_secret_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(what_follows_the_first_line_may_be_long, setup,
						teardown),
		cmocka_unit_test_setup_teardown(files_are_read_into_a_pool, setup, teardown),
		cmocka_unit_test(secrets_come_in_pieces),
		cmocka_unit_test(many_secrets_share_memory),
		cmocka_unit_test(memory_is_guarded),
		cmocka_unit_test(keys_may_hold_any_byte),
		cmocka_unit_test(secrets_are_compared),
		cmocka_unit_test(wiping_wipes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
