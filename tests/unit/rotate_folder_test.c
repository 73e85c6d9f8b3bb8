/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files of a rotation: who may read them, what they hold, what is gone afterwards; generated
 * passwords.
 */
#include "../../src/rotate/folder.h"
#include "keepwatch/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char dir[64];
	struct rotate_folder folder;
	struct secret *old, *new;
};

static int
setup(void **state)
{
	static struct fixture f;

	snprintf(f.dir, sizeof(f.dir), "/tmp/kwrot.XXXXXX");
	assert_non_null(mkdtemp(f.dir));
	assert_int_equal(rotate_folder_open(&f.folder, f.dir), 0);
	assert_int_equal(secret_new(&f.old, "former secret", 13), 0);
	assert_int_equal(secret_new(&f.new, "candidate", 9), 0);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];

	rotate_folder_close(&f->folder);
	secret_free(f->old);
	secret_free(f->new);
	snprintf(command, sizeof(command), "rm -rf '%s'", f->dir);
	return system(command);
}

/* What a file has, "" if it is not there. */
static const char *
content(const struct fixture *f, const char *name, mode_t *mode)
{
	static char text[4096];
	char path[512];
	struct stat st = {0};
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	text[0] = '\0';
	file = fopen(path, "r");
	if (file != NULL) {
		text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
		assert_int_equal(fstat(fileno(file), &st), 0);
		fclose(file);
	}
	if (mode != NULL)
		*mode = st.st_mode & 07777;
	return text;
}

static void
test_life(void **state)
{
	struct fixture *f = *state;
	struct rotate_journal journal = {.by = ROTATE_BY_AXIS,
					 .tries_old = 2,
					 .tries_new = 1,
					 .has_other = true,
					 .began_ms = 1772373731123,
					 .account = "m\xc3\xb6nitor 1",
					 .device = "cam 1"};
	struct rotate_journal read;
	struct secret *old, *new;
	mode_t mode;

	assert_int_equal(rotate_save(&f->folder, "cam%201", &journal, f->old, f->new), 0);
	assert_string_equal(content(f, ".rotate/cam%201.old", &mode), "former secret\n");
	assert_int_equal(mode, 0600);
	assert_string_equal(content(f, ".rotate/cam%201.new", &mode), "candidate\n");
	assert_int_equal(mode, 0600);
	assert_null(strstr(content(f, ".rotate/cam%201.journal", &mode), "secret"));
	assert_int_equal(mode, 0600);
	content(f, ".rotate", &mode);
	/* One that is there is not overwritten: its candidate may be what the device has. */
	assert_int_equal(rotate_save(&f->folder, "cam%201", &journal, f->old, f->old), ERR_EXISTS);
	assert_string_equal(content(f, ".rotate/cam%201.new", NULL), "candidate\n");

	journal.stage = ROTATE_PROVED;
	assert_int_equal(rotate_record(&f->folder, "cam%201", &journal), 0);
	assert_int_equal(rotate_load(&f->folder, "cam%201", &read), 0);
	assert_int_equal(read.stage, ROTATE_PROVED);
	assert_int_equal(read.by, ROTATE_BY_AXIS);
	assert_int_equal(read.tries_old, 2);
	assert_int_equal(read.tries_new, 1);
	assert_true(read.has_other);
	assert_false(read.is_stuck);
	assert_true(read.began_ms == journal.began_ms);
	assert_string_equal(read.account, journal.account);
	assert_string_equal(read.device, journal.device);
	assert_int_equal(rotate_secrets(&f->folder, "cam%201", &old, &new), 0);
	assert_true(secret_equal(old, f->old) && secret_equal(new, f->new));
	secret_free(old);
	secret_free(new);

	/* Twice: the first one may have died before it could say so. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(rotate_commit(&f->folder, "cam%201"), 0);
		assert_string_equal(content(f, "cam%201", &mode), "candidate\n");
		assert_int_equal(mode, 0600);
		assert_string_equal(content(f, ".rotate/cam%201.new", NULL), "");
		assert_string_equal(content(f, ".rotate/cam%201.old", NULL), "former secret\n");
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(rotate_clean(&f->folder, "cam%201"), 0);
		assert_string_equal(content(f, ".rotate/cam%201.old", NULL), "");
		assert_int_equal(rotate_load(&f->folder, "cam%201", &read), ERR_NOTFOUND);
	}
	assert_int_equal(rotate_commit(&f->folder, "nobody"), ERR_NOTFOUND);
}

/* The agent reads as a member of the folder's group, where that may. */
static void
test_readable_as_the_folder(void **state)
{
	struct fixture *f = *state;
	struct rotate_journal journal = {.by = ROTATE_BY_ONVIF};
	mode_t mode;

	assert_int_equal(chmod(f->dir, 0750), 0);
	assert_int_equal(rotate_save(&f->folder, "cam", &journal, f->old, f->new), 0);
	assert_int_equal(rotate_commit(&f->folder, "cam"), 0);
	content(f, "cam", &mode);
	assert_int_equal(mode, 0640);
}

static void
test_one_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct rotate_folder other;

	assert_int_equal(rotate_folder_open(&other, f->dir), ERR_BUSY);
	assert_int_equal(rotate_folder_look(&other, f->dir), 0);
	rotate_folder_close(&other);
	rotate_folder_close(&f->folder);
	assert_int_equal(rotate_folder_open(&f->folder, f->dir), 0);
}

static void
test_folders_of_others(void **state)
{
	struct fixture *f = *state;
	struct rotate_folder other;
	char path[128];

	assert_int_equal(rotate_folder_look(&other, "/nonexistent/folder"), ERR_NOTFOUND);
	snprintf(path, sizeof(path), "%s/open", f->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chmod(path, 0777), 0);
	assert_int_equal(rotate_folder_open(&other, path), ERR_PERM);
	/* A link in the place of the work folder is not followed. */
	assert_int_equal(chmod(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/open/.rotate", f->dir);
	assert_int_equal(symlink("/tmp", path), 0);
	snprintf(path, sizeof(path), "%s/open", f->dir);
	assert_true(rotate_folder_open(&other, path) < 0);
}

static void
test_damaged_journals(void **state)
{
	static const char *const texts[] = {
		"",
		"keepwatch rotation 2\nstage sent\nby onvif\n",
		"keepwatch rotation 1\nby onvif\n",
		"keepwatch rotation 1\nstage sent\n",
		"keepwatch rotation 1\nstage sent\nby auto\n",
		"keepwatch rotation 1\nstage gone\nby onvif\n",
		"keepwatch rotation 1\nstage sent\nby onvif\ntries 1\n",
		"keepwatch rotation 1\nstage sent\nby onvif\nwhat 1\n",
		"keepwatch rotation 1\nstage sent\nby onvif",
	};
	struct fixture *f = *state;
	struct rotate_journal read;
	struct rotate_left_list left = {0};
	char path[128];

	snprintf(path, sizeof(path), "%s/.rotate/cam.journal", f->dir);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		FILE *file = fopen(path, "w");

		assert_non_null(file);
		fputs(texts[i], file);
		fclose(file);
		assert_int_equal(rotate_load(&f->folder, "cam", &read), ERR_SYNTAX);
		/* It is told all the same. */
		assert_int_equal(rotate_list(f->dir, &left), 0);
		assert_int_equal(left.count, 1);
		assert_string_equal(left.items[0].file, "cam");
		assert_int_equal(left.items[0].stage, ROTATE_STAGE_COUNT);
		rotate_left_list_fini(&left);
	}
}

static void
test_list(void **state)
{
	struct fixture *f = *state;
	struct rotate_journal journal = {.by = ROTATE_BY_ONVIF, .stage = ROTATE_SENT};
	struct rotate_left_list left = {0};

	snprintf(journal.device, sizeof(journal.device), "cam/2");
	snprintf(journal.account, sizeof(journal.account), "admin");
	assert_int_equal(rotate_list(f->dir, &left), 0);
	assert_int_equal(left.count, 0);
	assert_int_equal(rotate_save(&f->folder, "cam%2F2", &journal, f->old, f->new), 0);
	journal.is_stuck = true;
	assert_int_equal(rotate_save(&f->folder, "cam1.journal", &journal, f->old, f->new), 0);
	assert_int_equal(rotate_list(f->dir, &left), 0);
	assert_int_equal(left.count, 2);
	assert_string_equal(left.items[0].file, "cam%2F2");
	assert_string_equal(left.items[0].device, "cam/2");
	assert_int_equal(left.items[0].stage, ROTATE_SENT);
	assert_string_equal(left.items[1].file, "cam1.journal");
	assert_true(left.items[1].is_stuck);
	rotate_left_list_fini(&left);
	assert_int_equal(rotate_list("/nonexistent/folder", &left), ERR_NOTFOUND);
}

static void
test_generate(void **state)
{
	char seen[64][ROTATE_LENGTH_MAX + 1];

	(void)state;
	for (int i = 0; i < 64; i++) {
		struct secret *secret = NULL;
		const char *text;

		assert_int_equal(rotate_generate(i % 2 == 0 ? 12 : 20, &secret), 0);
		text = secret_text(secret);
		assert_int_equal(strlen(text), i % 2 == 0 ? 12 : 20);
		assert_non_null(strpbrk(text, "23456789"));
		assert_non_null(strpbrk(text, "-_.!"));
		assert_non_null(strpbrk(text, "abcdefghijkmnpqrstuvwxyz"));
		assert_non_null(strpbrk(text, "ABCDEFGHJKLMNPQRSTUVWXYZ"));
		assert_null(strpbrk(text, "0Oo1Il '\"&<>"));
		assert_null(strchr("23456789-_.!", text[0]));
		snprintf(seen[i], sizeof(seen[i]), "%s", text);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(seen[k], seen[i]);
		secret_free(secret);
	}
	assert_int_equal(rotate_generate(11, NULL), ERR_RANGE);
	assert_int_equal(rotate_generate(65, NULL), ERR_RANGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_life, setup, teardown),
		cmocka_unit_test_setup_teardown(test_readable_as_the_folder, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_at_a_time, setup, teardown),
		cmocka_unit_test_setup_teardown(test_folders_of_others, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged_journals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_list, setup, teardown),
		cmocka_unit_test(test_generate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
