/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lists in one text: "10,20-29", "camera,door".
 */
#ifndef CONF_WORDS_H
#define CONF_WORDS_H

#include "tree.h"

enum { WORD_SIZE = 32 };

/* The next word of a list with commas, without blanks around it; false at the end. */
bool words_next(const char **list, char word[WORD_SIZE]);
/* The kind of that name, KIND_COUNT for "default" if that may be; -1 with a complaint. */
int kind_read(struct reader *reader, const char *word, struct mark at, const char *what,
	      bool may_be_default);
/* "10" or "20-29", of numbers from 1 to max. */
bool range_read(const char *word, unsigned max, unsigned *first, unsigned *last);

#endif
