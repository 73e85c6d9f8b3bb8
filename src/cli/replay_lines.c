/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of a file of any size, in place: a scenario has a million of them.
 */
#include "replay.h"

#include "cli.h"

#include "keepwatch/err.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 256 << 10, ROOM = EVIDENCE_LINE_MAX + CHUNK };

struct replay_lines {
	int fd;
	bool is_over;
	size_t from, to; /* what of `data` was read and not yet given */
	char data[ROOM];
};

struct replay_lines *
replay_lines_open(const struct cli *cli, const char *path)
{
	struct replay_lines *lines = malloc(sizeof(*lines));

	if (lines == NULL) {
		cli_complain(cli, "%s", err_text(ERR_NOMEM));
		return NULL;
	}
	lines->fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	lines->is_over = false;
	lines->from = lines->to = 0;
	if (lines->fd < 0) {
		cli_complain(cli, "%s: %s", path, strerror(errno));
		free(lines);
		return NULL;
	}
	return lines;
}

void
replay_lines_close(struct replay_lines *lines)
{
	if (lines == NULL)
		return;
	close(lines->fd);
	free(lines);
}

/* More bytes behind those that are there. */
static int
fill(struct replay_lines *lines)
{
	ssize_t got;

	if (lines->from > 0) {
		memmove(lines->data, lines->data + lines->from, lines->to - lines->from);
		lines->to -= lines->from;
		lines->from = 0;
	}
	if (lines->to == ROOM)
		return ERR_TOOBIG;
	do
		got = read(lines->fd, lines->data + lines->to,
			   ROOM - lines->to < CHUNK ? ROOM - lines->to : CHUNK);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return ERR_IO;
	lines->is_over = got == 0;
	lines->to += (size_t)got;
	return 0;
}

int
replay_lines_next(struct replay_lines *lines, const char **line, size_t *len)
{
	size_t seen = 0;
	int rc;

	for (;;) {
		char *start = lines->data + lines->from;
		char *end = memchr(start + seen, '\n', lines->to - lines->from - seen);

		if (end != NULL || (lines->is_over && lines->to > lines->from)) {
			*line = start;
			*len = end != NULL ? (size_t)(end - start) : lines->to - lines->from;
			lines->from += *len + (end != NULL);
			return end != NULL ? 1 : 2;
		}
		if (lines->is_over)
			return 0;
		seen = lines->to - lines->from;
		rc = fill(lines);
		if (rc != 0)
			return rc;
	}
}
