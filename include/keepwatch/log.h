/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The program's log: tag, subject, fact, one line each, to standard error. It is the one piece of
 * process-wide state in the house, because every room reports through it.
 * Text form carries the kernel-style <N> priority only when standard error is the journal
 * (JOURNAL_STREAM, systemd.exec(5)); JSON form is one object a line with time, level, tag, message.
 * Never pass a secret to it. What a device sent is printed with control characters escaped.
 */
#ifndef KEEPWATCH_LOG_H
#define KEEPWATCH_LOG_H

#include <stdarg.h>

/* Severities with the values of syslog(3), RFC 5424 section 6.2.1. */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* Set once at start, before the first thread: the lowest severity written, and the form. */
void log_setup(enum log_level level, enum log_format format);

/* "error", "warning", "notice", "info" or "debug" to its level; ERR_INVAL for anything else. */
int log_level_parse(const char *text, enum log_level *out);

/* Where a copy of every line goes instead of standard error; NULL restores. For tests and the CLI.
 */
typedef void log_sink_fn(void *arg, enum log_level level, const char *tag, const char *message);
void log_set_sink(log_sink_fn *sink, void *arg);

void log_write(enum log_level level, const char *tag, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define log_error(tag, ...)  log_write(LOG_LEVEL_ERROR, tag, __VA_ARGS__)
#define log_warn(tag, ...)   log_write(LOG_LEVEL_WARNING, tag, __VA_ARGS__)
#define log_notice(tag, ...) log_write(LOG_LEVEL_NOTICE, tag, __VA_ARGS__)
#define log_info(tag, ...)   log_write(LOG_LEVEL_INFO, tag, __VA_ARGS__)
#define log_debug(tag, ...)  log_write(LOG_LEVEL_DEBUG, tag, __VA_ARGS__)

#endif
