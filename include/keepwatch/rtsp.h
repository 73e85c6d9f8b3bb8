/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The little of RTSP 1.0 (RFC 2326) that tells whether a stream is described to anybody who asks:
 * one DESCRIBE, and the head of its reply. Pure.
 */
#ifndef KEEPWATCH_RTSP_H
#define KEEPWATCH_RTSP_H

#include "keepwatch/buf.h"

#include <stdbool.h>
#include <stddef.h>

enum { RTSP_HEAD_MAX = 8192, RTSP_TEXT_SIZE = 128 };

struct rtsp_reply {
	int status;			    /* RFC 2326 section 7.1.1 */
	bool basic_offered, digest_offered; /* WWW-Authenticate */
	char server[RTSP_TEXT_SIZE];	    /* "" if not told */
	char content_type[RTSP_TEXT_SIZE];
	size_t head_len; /* with the empty line */
};

/* DESCRIBE rtsp://HOST:PORT/PATH. host: numeric, in brackets if IPv6. ERR_NOMEM, ERR_TOOBIG. */
int rtsp_write_describe(struct buf *out, const char *host, unsigned port, const char *path);
/*
 * The head of a reply. ERR_TRUNCATED: more bytes are needed; ERR_SYNTAX: this is no RTSP;
 * ERR_TOOBIG: no end within RTSP_HEAD_MAX.
 */
int rtsp_read_reply(const void *data, size_t len, struct rtsp_reply *out);

#endif
