/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Collecting, sorting and handing out the mistakes of a configuration.
 */
#include "complaints.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
	COMPLAINTS_KEPT = 10 * CONF_PROBLEMS_MAX, /* candidates for the first CONF_PROBLEMS_MAX */
	MESSAGE_MAX = 1024,
	QUOTED_MAX = 80, /* bytes of the file's own text in a message */
	SUGGEST_BUDGET = 500000,
};

void
complaints_init(struct complaints *complaints)
{
	*complaints = (struct complaints){.suggest_budget = SUGGEST_BUDGET};
	arena_init(&complaints->arena);
}

void
complaints_fini(struct complaints *complaints)
{
	free(complaints->items);
	arena_fini(&complaints->arena);
}

bool
complaints_any(const struct complaints *complaints)
{
	return complaints->count > 0 || complaints->out_of_memory;
}

bool
complaints_are_full(struct complaints *complaints)
{
	complaints->was_cut_short |= complaints->count == COMPLAINTS_KEPT;
	return complaints->count == COMPLAINTS_KEPT;
}

bool
may_suggest(struct complaints *complaints, size_t names)
{
	if (names > complaints->suggest_budget || complaints->count == COMPLAINTS_KEPT)
		return false;
	complaints->suggest_budget -= names;
	return true;
}

void
complain(struct complaints *complaints, int file, struct mark at, const char *fmt, ...)
{
	char text[MESSAGE_MAX];
	struct complaint *item;
	char *message;
	va_list ap;

	if (complaints->count == COMPLAINTS_KEPT) {
		complaints->dropped++;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	message = arena_strdup(&complaints->arena, text);
	if (message == NULL || mem_grow(&complaints->items, &complaints->cap, complaints->count + 1,
					sizeof(*item)) != 0) {
		complaints->out_of_memory = true;
		return;
	}
	item = &complaints->items[complaints->count++];
	*item = (struct complaint){.file = file, .at = at, .message = message};
}

const char *
quoted(struct complaints *complaints, const char *text, size_t len)
{
	struct buf buf;
	char *copy;
	size_t shown = 0;

	if (complaints->count == COMPLAINTS_KEPT)
		return "''"; /* nobody will read it */
	while (shown < len && shown < QUOTED_MAX) {
		size_t n = utf8_sequence(text + shown, len - shown);
		shown += n == 0 ? 1 : n;
	}
	buf_init(&buf, 4 * QUOTED_MAX + 64);
	buf_put(&buf, "'", 1);
	buf_put_escaped(&buf, text, shown);
	buf_puts(&buf, shown < len ? "...'" : "'");
	copy = buf.error == 0 ? arena_strndup(&complaints->arena, buf.data, buf.len) : NULL;
	buf_fini(&buf);
	if (copy == NULL)
		complaints->out_of_memory = true;
	return copy != NULL ? copy : "''";
}

static int
compare(const void *left, const void *right)
{
	const struct complaint *a = left, *b = right;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->at.line != b->at.line)
		return a->at.line < b->at.line ? -1 : 1;
	if (a->at.column != b->at.column)
		return a->at.column < b->at.column ? -1 : 1;
	return strcmp(a->message, b->message);
}

static int
hand_out(struct conf_problems *out, const char *file, struct mark at, const char *message)
{
	struct conf_problem problem = {.line = at.line, .column = at.column};

	problem.file = mem_strdup(file);
	problem.message = mem_strdup(message);
	if (problem.file == NULL || problem.message == NULL ||
	    mem_grow(&out->items, &out->cap, out->count + 1, sizeof(problem)) != 0) {
		free(problem.file);
		free(problem.message);
		return ERR_NOMEM;
	}
	out->items[out->count++] = problem;
	return 0;
}

int
complaints_finish(struct complaints *complaints, struct conf_problems *out)
{
	size_t kept = 0;
	int rc = 0;

	if (complaints->out_of_memory)
		return ERR_NOMEM;
	if (complaints->count == 0)
		return 0;
	qsort(complaints->items, complaints->count, sizeof(complaints->items[0]), compare);
	for (size_t i = 0; i < complaints->count; i++) {
		/* One wrong setting of a kind is found again with each of its devices. */
		if (kept == 0 || compare(&complaints->items[kept - 1], &complaints->items[i]) != 0)
			complaints->items[kept++] = complaints->items[i];
	}
	out->omitted = complaints->dropped;
	if (kept > CONF_PROBLEMS_MAX) {
		out->omitted += kept - CONF_PROBLEMS_MAX;
		kept = CONF_PROBLEMS_MAX;
	}
	for (size_t i = 0; i < kept && rc == 0; i++) {
		const struct complaint *item = &complaints->items[i];
		rc = hand_out(out, complaints->names[item->file], item->at, item->message);
	}
	if (out->omitted > 0 && rc == 0) {
		char text[64];
		snprintf(text, sizeof(text), "and %s%zu more mistakes",
			 complaints->was_cut_short ? "at least " : "", out->omitted);
		rc = hand_out(out, complaints->names[complaints->items[kept - 1].file],
			      (struct mark){0, 0}, text);
	}
	return rc != 0 ? rc : ERR_SYNTAX;
}

void
conf_problems_print(const struct conf_problems *problems, FILE *out)
{
	for (size_t i = 0; i < problems->count; i++) {
		const struct conf_problem *problem = &problems->items[i];

		if (problem->line > 0)
			fprintf(out, "%s:%u:%u: %s\n", problem->file, problem->line,
				problem->column, problem->message);
		else
			fprintf(out, "%s: %s\n", problem->file, problem->message);
	}
}

void
conf_problems_fini(struct conf_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		free(problems->items[i].file);
		free(problems->items[i].message);
	}
	free(problems->items);
	*problems = (struct conf_problems){0};
}
