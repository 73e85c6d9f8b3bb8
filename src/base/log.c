/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes log lines. One write(2) a line, so that lines of threads do not mix. State is file static:
 * the log is the house's only global (see log.h).
 */
#include "keepwatch/log.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOG_LINE_MAX = 2048 };

static struct {
	enum log_level level;
	enum log_format format;
	int journal;
	log_sink_fn *sink;
	void *sink_arg;
} log_state = {.level = LOG_LEVEL_INFO, .format = LOG_FORMAT_TEXT};

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error", [LOG_LEVEL_WARNING] = "warning", [LOG_LEVEL_NOTICE] = "notice",
	[LOG_LEVEL_INFO] = "info",   [LOG_LEVEL_DEBUG] = "debug",
};

/* Whether standard error is the journal's stream (systemd.exec(5), $JOURNAL_STREAM): the variable
 * is inherited by children whose standard error went elsewhere. */
static int
is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream != NULL && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void
log_setup(enum log_level level, enum log_format format)
{
	log_state.level = level;
	log_state.format = format;
	log_state.journal = is_journal();
}

int
log_level_parse(const char *text, enum log_level *out)
{
	for (int i = LOG_LEVEL_ERROR; i <= LOG_LEVEL_DEBUG; i++) {
		if (strcmp(text, level_names[i]) == 0) {
			*out = (enum log_level)i;
			return 0;
		}
	}
	return ERR_INVAL;
}

void
log_set_sink(log_sink_fn *sink, void *arg)
{
	log_state.sink = sink;
	log_state.sink_arg = arg;
}

static void
log_line_text(struct buf *line, enum log_level level, const char *tag, const char *message)
{
	if (log_state.journal)
		buf_printf(line, "<%d>%s: ", (int)level, tag);
	else
		buf_printf(line, "%-7s %s: ", level_names[level], tag);
	buf_put_escaped(line, message, strlen(message));
	buf_put(line, "\n", 1);
}

static void
log_line_json(struct buf *line, enum log_level level, const char *tag, const char *message)
{
	char when[CLOCK_ISO_SIZE];

	clock_format_iso(clock_wall_ms(), when, sizeof(when));
	buf_printf(line, "{\"time\":\"%s\",\"level\":\"%s\",\"tag\":\"%s\",\"message\":", when,
		   level_names[level], tag);
	buf_put_json_string(line, message, strlen(message));
	buf_puts(line, "}\n");
}

void
log_write(enum log_level level, const char *tag, const char *fmt, ...)
{
	char message[LOG_LINE_MAX];
	struct buf line;
	va_list ap;

	if (level > log_state.level)
		return;
	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	if (log_state.sink != NULL) {
		log_state.sink(log_state.sink_arg, level, tag, message);
		return;
	}
	buf_init(&line, 4 * LOG_LINE_MAX + 256);
	if (log_state.format == LOG_FORMAT_JSON)
		log_line_json(&line, level, tag, message);
	else
		log_line_text(&line, level, tag, message);
	if (line.error == 0) {
		/* A log that cannot be written has nowhere to complain to. */
		ssize_t ignored = write(STDERR_FILENO, line.data, line.len);
		(void)ignored;
	}
	buf_fini(&line);
}
