/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of a vocabulary (kinds, reasons, verdicts ...) by number, and the way back. The tables are
 * made by the X-macro lists of the vocabularies; a table has no gaps.
 */
#ifndef KEEPWATCH_NAME_FIND_H
#define KEEPWATCH_NAME_FIND_H

#include <stddef.h>

/* names[value], or "?" for a value that has no name. */
const char *name_of(const char *const *names, size_t count, int value);
/* The index of text among names, whatever its case, or ERR_NOTFOUND. */
int name_find(const char *const *names, size_t count, const char *text);

#endif
