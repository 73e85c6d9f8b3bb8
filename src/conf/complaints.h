/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mistakes as they are found, in any order, in either of the two files. At the end they are sorted,
 * said once each, and cut to what a person can read.
 */
#ifndef CONF_COMPLAINTS_H
#define CONF_COMPLAINTS_H

#include "keepwatch/conf.h"
#include "keepwatch/mem.h"

#include <stdbool.h>

/* Line and column from 1; {0, 0} is the whole file. */
struct mark {
	unsigned line, column;
};

/* Files by number, in the order of their mistakes: the settings, what they include, the fleet. */
enum {
	CONF_INCLUDED_MAX = 250,
	CONF_FILE_YAML = 0,
	CONF_FILE_INCLUDED,
	CONF_FILE_CSV = CONF_FILE_INCLUDED + CONF_INCLUDED_MAX,
	CONF_FILES_MAX
};

struct complaint {
	int file;
	struct mark at;
	const char *message;
};

struct complaints {
	const char *names[CONF_FILES_MAX]; /* borrowed */
	struct complaint *items;
	size_t count, cap;
	size_t dropped;	       /* found when there were far too many already */
	size_t suggest_budget; /* names still to be compared for suggestions */
	bool was_cut_short;    /* not all was looked at any more */
	bool out_of_memory;
	struct mem_arena arena; /* the messages */
};

void complaints_init(struct complaints *complaints);
void complaints_fini(struct complaints *complaints);
/* Notes a mistake; what cannot be noted for want of memory sets out_of_memory. */
void complain(struct complaints *complaints, int file, struct mark at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Whether there are so many that looking further is of no use; notes that it was asked. */
bool complaints_are_full(struct complaints *complaints);
bool complaints_any(const struct complaints *complaints);
/* Whether `names` names may be searched for a suggestion: many mistakes in a large fleet must not
 * take minutes. */
bool may_suggest(struct complaints *complaints, size_t names);
/* 0 if there were none, else ERR_SYNTAX with `out` filled, or ERR_NOMEM. */
int complaints_finish(struct complaints *complaints, struct conf_problems *out);

/* Text from a file inside a message: printable, shortened. Lives as long as the complaints. */
const char *quoted(struct complaints *complaints, const char *text, size_t len);

#endif
