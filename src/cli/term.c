/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The terminal.
 */
#include "term.h"

#include "keepwatch/buf.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_LEAST = 20, WIDTH_DEFAULT = 80, SIZE_MOST = 10000 };

/* A size of the terminal that the environment says; 0 if it does not. */
static size_t
size_said(const char *variable)
{
	const char *text = getenv(variable);
	char *end;
	long n;

	if (text == NULL || *text == '\0')
		return 0;
	n = strtol(text, &end, 10);
	return *end == '\0' && n > 0 && n <= SIZE_MOST ? (size_t)n : 0;
}

static void
find_size(struct term *term, int fd)
{
	struct winsize size = {0};

	term->width = size_said("COLUMNS");
	term->height = size_said("LINES");
	if (term->is_terminal && (term->width == 0 || term->height == 0)) {
		if (ioctl(fd, TIOCGWINSZ, &size) != 0)
			size = (struct winsize){0};
		if (term->width == 0)
			term->width = size.ws_col > 0 ? size.ws_col : WIDTH_DEFAULT;
		if (term->height == 0)
			term->height = size.ws_row;
	}
	if (term->width > 0 && term->width < WIDTH_LEAST)
		term->width = WIDTH_LEAST;
}

void
term_detect(struct term *term, int fd, enum term_color color)
{
	const char *no_color = getenv("NO_COLOR"), *name = getenv("TERM");

	term->is_terminal = isatty(fd) == 1;
	term->has_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	find_size(term, fd);
	term->has_color =
		color == TERM_COLOR_ALWAYS || (color == TERM_COLOR_AUTO && term->is_terminal &&
					       (no_color == NULL || *no_color == '\0') &&
					       name != NULL && strcmp(name, "dumb") != 0);
}

const char *
term_sequence(enum term_tint tint)
{
	static const char *const sequences[TINTS] = {
		[TINT_NONE] = "",	   [TINT_GOOD] = "\033[32m", [TINT_WARN] = "\033[33m",
		[TINT_BAD] = "\033[1;31m", [TINT_FAINT] = "\033[2m", [TINT_BOLD] = "\033[1m",
	};

	return sequences[tint];
}

void
term_put_tinted(const struct term *term, struct buf *buf, enum term_tint tint, const char *text)
{
	bool tinted = term->has_color && tint != TINT_NONE;

	if (tinted)
		buf_puts(buf, term_sequence(tint));
	buf_puts(buf, text);
	if (tinted)
		buf_puts(buf, "\033[0m");
}

/*
 * Characters of two or three bytes that change how their neighbours are shown: U+061C, U+200B-200F,
 * U+2028-202E, U+2060-206F, U+FEFF.
 */
static bool
is_invisible(const unsigned char *s, size_t n)
{
	if (n == 2)
		return s[0] == 0xd8 && s[1] == 0x9c;
	if (n != 3)
		return false;
	if (s[0] == 0xe2 && s[1] == 0x80)
		return (s[2] >= 0x8b && s[2] <= 0x8f) || (s[2] >= 0xa8 && s[2] <= 0xae);
	if (s[0] == 0xe2 && s[1] == 0x81)
		return s[2] >= 0xa0 && s[2] <= 0xaf;
	return s[0] == 0xef && s[1] == 0xbb && s[2] == 0xbf;
}

void
term_put_text(bool has_utf8, struct buf *buf, const char *text, size_t len)
{
	size_t plain = 0;

	for (size_t i = 0; i < len;) {
		size_t n = utf8_sequence(text + i, len - i);
		bool harmless = n == 1 || (n > 1 && has_utf8 &&
					   !is_invisible((const unsigned char *)text + i, n));

		if (harmless) {
			i += n;
			continue;
		}
		buf_put_escaped(buf, text + plain, i - plain);
		n = n == 0 ? 1 : n;
		for (size_t j = 0; j < n; j++)
			buf_printf(buf, "\\x%02x", (unsigned char)text[i + j]);
		i += n;
		plain = i;
	}
	buf_put_escaped(buf, text + plain, len - plain);
}

void
term_put_sparkline(bool has_utf8, struct buf *buf, const double *values, size_t count, double top)
{
	static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const ascii[] = {"_", ".", "-", "=", "+", "*", "#", "@"};
	const char *const *levels = has_utf8 ? blocks : ascii;
	bool has_top = top > 0;

	for (size_t i = 0; i < count && !has_top; i++)
		top = values[i] > top ? values[i] : top;
	if (top <= 0)
		top = 1;
	for (size_t i = 0; i < count; i++) {
		double level = values[i] / top * 8;

		if (values[i] < 0)
			buf_puts(buf, " ");
		else
			buf_puts(buf, levels[level >= 8 ? 7 : (size_t)level]);
	}
}
