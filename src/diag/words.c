/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A link of the chain of evidence in plain words: the sentences of reasons.def with their
 * placeholders filled in. Whoever calls knows the names; nothing here decides anything.
 */
#include "engine.h"

#include "keepwatch/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct words {
	const struct diag_reason *reason;
	diag_name_fn name;
	void *owner;
	int64_t zero_ms;
	char *out;
	size_t size, used;
	bool is_empty; /* a figure, port or time was 0 */
};

static void
add(struct words *w, const char *text, size_t len)
{
	size_t room = w->size - 1 - w->used;

	if (len > room) {
		len = room;
		/* Never half a character of a name. */
		while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
			len--;
	}
	memcpy(w->out + w->used, text, len);
	w->used += len;
}

static void
add_figure(struct words *w, double value, bool is_share)
{
	char text[32];
	int len;

	if (is_share)
		value *= 100;
	/* Whole numbers as such, small others with one digit. */
	len = snprintf(text, sizeof(text),
		       fabs(value - round(value)) < 0.05 || value >= 100 ? "%.0f%s" : "%.1f%s",
		       value, is_share ? "%" : "");
	if (len > 0)
		add(w, text, (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1);
	w->is_empty |= value == 0;
}

static void
add_time(struct words *w, int64_t at_ms)
{
	time_t seconds = (time_t)(at_ms / 1000);
	char text[32] = "an unknown time";
	struct tm tm;

	if (at_ms == 0)
		w->is_empty = true;
	else if (w->zero_ms >= 0)
		snprintf(text, sizeof(text), "%.0f s", (double)(at_ms - w->zero_ms) / 1000);
	else if (localtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%H:%M:%S", &tm);
	add(w, text, strlen(text));
}

static void
add_node(struct words *w, uint32_t id)
{
	const char *name = w->name(w->owner, BLAME_NODE, id);

	add(w, name, strlen(name));
}

/* What stands between the braces: `len` bytes at `key`. */
static void
add_value(struct words *w, const char *key, size_t len)
{
	const struct diag_reason *r = w->reason;
	static const char *const keys[] = {"node", "other", "port", "n", "of",
					   "x",	   "x%",    "of%",  "at"};
	size_t which = 0;

	while (which < MEM_COUNT(keys) &&
	       (strlen(keys[which]) != len || memcmp(keys[which], key, len) != 0))
		which++;
	switch (which) {
	case 0:
		add_node(w, r->node);
		break;
	case 1:
		add_node(w, r->other);
		break;
	case 2:
		add_figure(w, r->port, false);
		break;
	case 3:
		add_figure(w, r->n, false);
		break;
	case 4:
		add_figure(w, r->of, false);
		break;
	case 5:
		add_figure(w, r->x, false);
		break;
	case 6:
		add_figure(w, r->x, true);
		break;
	case 7:
		add_figure(w, r->of, true);
		break;
	case 8:
		add_time(w, r->at_ms);
		break;
	default:
		break;
	}
}

const char *
diag_words(const struct diag_reason *reason, diag_name_fn name, void *owner, int64_t zero_ms,
	   char *out, size_t size)
{
	static const char *const sentences[] = {
#define R(name, text) [REASON_##name] = (text),
#include "reasons.def"
#undef R
	};
	struct words w = {.reason = reason,
			  .name = name,
			  .owner = owner,
			  .zero_ms = zero_ms,
			  .out = out,
			  .size = size};
	const char *s = reason->what < MEM_COUNT(sentences) ? sentences[reason->what] : "";
	size_t optional = 0, plain;

	if (size == 0)
		return out;
	for (; *s; s += plain) {
		plain = strcspn(s, "{}[]");
		if (plain > 0) {
			add(&w, s, plain);
			continue;
		}
		plain = 1;
		if (*s == '{') {
			size_t len = strcspn(s + 1, "}");

			add_value(&w, s + 1, len);
			plain = len + (s[1 + len] ? 2 : 1);
		} else if (*s == '[') {
			optional = w.used;
			w.is_empty = false;
		} else if (*s == ']' && w.is_empty) {
			w.used = optional;
		}
	}
	out[w.used] = '\0';
	return out;
}
