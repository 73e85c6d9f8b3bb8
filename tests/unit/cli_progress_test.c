/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The progress line: on a terminal after a second, wiped at the end; nowhere else.
 */
#include "../../src/cli/progress.h"

#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

/* Reads the terminal until the text is there; false after ten seconds. */
static int
await(int master, char *seen, size_t size, const char *text)
{
	size_t len = strlen(seen);

	for (int i = 0; i < 1000 && strstr(seen, text) == NULL; i++) {
		struct pollfd fd = {.fd = master, .events = POLLIN};

		if (poll(&fd, 1, 10) > 0 && len + 1 < size) {
			ssize_t n = read(master, seen + len, size - len - 1);

			if (n > 0)
				len += (size_t)n;
			seen[len] = '\0';
		}
	}
	return strstr(seen, text) != NULL;
}

static void
shown_and_wiped_on_a_terminal(void **state)
{
	struct progress *progress;
	int master, slave, saved = dup(STDERR_FILENO), shown, wiped;
	char seen[1024] = "";

	(void)state;
	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	assert_int_equal(dup2(slave, STDERR_FILENO), STDERR_FILENO);
	progress = progress_start("reading\x1b x");
	progress_count(progress, 42);
	shown = await(master, seen, sizeof(seen), "reading? x: 42 rows, 1s");
	progress_stop(progress);
	progress_stop(progress);
	memmove(seen, strstr(seen, "1s") != NULL ? strstr(seen, "1s") : seen, 3);
	seen[2] = '\0';
	wiped = await(master, seen, sizeof(seen), "\r\033[K");
	progress_free(progress);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(master);
	close(slave);
	assert_true(shown);
	assert_true(wiped);
}

static void
silent_elsewhere(void **state)
{
	int saved = dup(STDERR_FILENO), ends[2];
	struct progress *progress;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	progress = progress_start("reading");
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[0]);
	close(ends[1]);
	assert_null(progress);
	progress_count(progress, 1);
	progress_stop(progress);
	progress_free(progress);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shown_and_wiped_on_a_terminal),
		cmocka_unit_test(silent_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
