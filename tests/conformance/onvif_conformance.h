/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the two halves of the ONVIF conformance run share: TAP lines and whole files.
 */
#ifndef TESTS_CONFORMANCE_ONVIF_H
#define TESTS_CONFORMANCE_ONVIF_H

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

/* Every capture below dir, checked against dir/INDEX.tsv. */
void check_captures(struct tap *tap, const char *dir);
/* Every hostile or odd file in dir: its class, CPU time and memory. */
void check_edges(struct tap *tap, const char *dir);

#endif
