/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Requests of the control socket taken apart, and the log's two forms.
 */
#include "keepwatch/control.h"
#include "keepwatch/err.h"
#include "keepwatch/log.h"

#include <stdarg.h>
#include <stdlib.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
test_request(void **state)
{
	char line[] = "check\tmode=device\tname=cam = 1\twarning=";
	struct control_request request;

	(void)state;
	assert_int_equal(control_request_parse(line, &request), 0);
	assert_string_equal(request.verb, "check");
	assert_int_equal(request.field_count, 3);
	assert_string_equal(control_field(&request, "mode"), "device");
	assert_string_equal(control_field(&request, "name"), "cam = 1");
	assert_string_equal(control_field(&request, "warning"), "");
	assert_null(control_field(&request, "critical"));
}

static void
test_bad_requests(void **state)
{
	static const char *const bad[] = {"", "\tmode=x", "check\tmode", "check\t=x", "check\t\t"};
	char line[CONTROL_REQUEST_MAX];
	struct control_request request = {.verb = "kept"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(line, sizeof(line), "%s", bad[i]);
		assert_int_equal(control_request_parse(line, &request), ERR_SYNTAX);
		assert_string_equal(request.verb, "kept");
	}
	for (size_t i = 0, len = (size_t)snprintf(line, sizeof(line), "check");
	     i <= CONTROL_FIELDS_MAX; i++)
		len += (size_t)snprintf(line + len, sizeof(line) - len, "\ta=b");
	assert_int_equal(control_request_parse(line, &request), ERR_TOOBIG);
}

/* What a line looks like, by way of a pipe in place of standard error. */
static void
capture(enum log_format format, char *out, size_t size)
{
	int fds[2], saved;
	char stream[48];
	struct stat st;
	ssize_t n;

	assert_int_equal(pipe(fds), 0);
	saved = dup(STDERR_FILENO);
	fflush(stderr);
	dup2(fds[1], STDERR_FILENO);
	if (getenv("JOURNAL_STREAM") != NULL && strcmp(getenv("JOURNAL_STREAM"), "this one") == 0) {
		assert_int_equal(fstat(STDERR_FILENO, &st), 0);
		snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
			 (unsigned long long)st.st_ino);
		setenv("JOURNAL_STREAM", stream, 1);
	}
	log_setup(LOG_LEVEL_INFO, format);
	log_warn("snmp", "switch %s: \"odd\"\x1b[2J\n", "a\xff");
	log_debug("snmp", "not written at this level");
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fds[1]);
	n = read(fds[0], out, size - 1);
	close(fds[0]);
	assert_true(n > 0);
	out[n] = '\0';
}

static void
test_log(void **state)
{
	char text[1024];

	(void)state;
	unsetenv("JOURNAL_STREAM");
	capture(LOG_FORMAT_TEXT, text, sizeof(text));
	assert_string_equal(text, "warning snmp: switch a\\xff: \"odd\"\\x1b[2J\\x0a\n");
	capture(LOG_FORMAT_JSON, text, sizeof(text));
	assert_non_null(strstr(text, "\"level\":\"warning\",\"tag\":\"snmp\",\"message\":"
				     "\"switch a\xef\xbf\xbd: \\\"odd\\\"\\u001b[2J\\n\"}\n"));
	setenv("JOURNAL_STREAM", "8:1", 1); /* of a parent whose standard error was another */
	capture(LOG_FORMAT_TEXT, text, sizeof(text));
	assert_memory_equal(text, "warning ", 8);
	setenv("JOURNAL_STREAM", "this one", 1);
	capture(LOG_FORMAT_TEXT, text, sizeof(text));
	unsetenv("JOURNAL_STREAM");
	assert_string_equal(text, "<4>snmp: switch a\\xff: \"odd\"\\x1b[2J\\x0a\n");
}

static void
test_err(void **state)
{
	(void)state;
	assert_string_equal(err_name(ERR_TIMEOUT), "TIMEOUT");
	assert_string_equal(err_text(ERR_FULL), "no space left");
	assert_string_equal(err_name(0), "OK");
	assert_string_equal(err_name(-1000), "?");
	assert_string_equal(err_name(7), "?");
	assert_int_equal(err_from_errno(ENOSPC), ERR_FULL);
	assert_int_equal(err_from_errno(EACCES), ERR_PERM);
	assert_int_equal(err_from_errno(ECONNREFUSED), ERR_REFUSED);
	assert_int_equal(err_from_errno(ENOTTY), ERR_IO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_bad_requests),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_err),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
