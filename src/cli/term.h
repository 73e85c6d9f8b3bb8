/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the terminal can do: width, colour, UTF-8; and text made harmless for it.
 */
#ifndef CLI_TERM_H
#define CLI_TERM_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

struct term {
	bool is_terminal;
	bool has_color;
	bool has_utf8; /* the locale's encoding */
	size_t width;  /* columns; 0: not limited */
	size_t height; /* lines; 0: not limited */
};

enum term_tint { TINT_NONE, TINT_GOOD, TINT_WARN, TINT_BAD, TINT_FAINT, TINT_BOLD, TINTS };

/* How colour was asked for. */
enum term_color { TERM_COLOR_AUTO, TERM_COLOR_ALWAYS, TERM_COLOR_NEVER };

/*
 * Looks at the stream, NO_COLOR (no-color.org: set and not empty), TERM, COLUMNS and LINES (which,
 * if set, are width and height, on a terminal or not) and the locale, which must have been set.
 */
void term_detect(struct term *term, int fd, enum term_color color);

/* Escape sequence that begins a tint, "" if there is none. Static storage. */
const char *term_sequence(enum term_tint tint);
/* Text in a tint, if the terminal has colours; the text must be harmless already. */
void term_put_tinted(const struct term *term, struct buf *buf, enum term_tint tint,
		     const char *text);
/*
 * Text that came from outside: control characters, broken UTF-8 and marks that turn the direction
 * of writing (Unicode TR 36, 2.1) as \xHH; without UTF-8 all that is not ASCII.
 */
void term_put_text(bool has_utf8, struct buf *buf, const char *text, size_t len);

/*
 * A line of bars for count values from 0 to `top` (scaled to it; top 0: the largest); negative: no
 * value, a blank.
 */
void term_put_sparkline(bool has_utf8, struct buf *buf, const double *values, size_t count,
			double top);

#endif
