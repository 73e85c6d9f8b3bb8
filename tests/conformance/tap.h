/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TAP lines and whole files, for the conformance programs.
 */
#ifndef TESTS_CONFORMANCE_TAP_H
#define TESTS_CONFORMANCE_TAP_H

#include <stdbool.h>
#include <stddef.h>

struct tap {
	int count, failed;
};

void tap_result(struct tap *tap, bool is_ok, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void tap_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The whole file, which the caller frees; NULL if it cannot be read. */
char *read_whole(const char *path, size_t *len);

#endif
