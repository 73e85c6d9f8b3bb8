/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RTSP 1.0, as far as DESCRIBE without a login and the head of what comes back.
 */
#include "keepwatch/rtsp.h"

#include "keepwatch/err.h"

#include <string.h>
#include <strings.h>

int
rtsp_write_describe(struct buf *out, const char *host, unsigned port, const char *path)
{
	buf_printf(out,
		   "DESCRIBE rtsp://%s:%u%s RTSP/1.0\r\n"
		   "CSeq: 1\r\n"
		   "User-Agent: keepwatch/" KEEPWATCH_VERSION "\r\n"
		   "Accept: application/sdp\r\n"
		   "\r\n",
		   host, port, path);
	return out->error;
}

/* "RTSP/1.0 401 Unauthorized" (RFC 2326 section 7.1): the status, or 0. */
static int
read_status(const char *line, size_t len)
{
	static const char protocol[] = "RTSP/";
	const char *digits;
	int status = 0;

	if (len < sizeof(protocol) + 6 || memcmp(line, protocol, sizeof(protocol) - 1) != 0)
		return 0;
	digits = memchr(line, ' ', len);
	if (digits == NULL || line + len - digits < 4)
		return 0;
	for (int i = 1; i <= 3; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return 0;
		status = status * 10 + (digits[i] - '0');
	}
	return status;
}

/* The value of a header, if the line is of this name. */
static bool
is_header(const char *line, size_t len, const char *name, const char **value, size_t *value_len)
{
	size_t n = strlen(name);

	if (len <= n || strncasecmp(line, name, n) != 0 || line[n] != ':')
		return false;
	for (line += n + 1, len -= n + 1; len > 0 && (*line == ' ' || *line == '\t'); len--)
		line++;
	*value = line;
	*value_len = len;
	return true;
}

static void
copy_text(char out[RTSP_TEXT_SIZE], const char *value, size_t len)
{
	if (len >= RTSP_TEXT_SIZE)
		len = RTSP_TEXT_SIZE - 1;
	memcpy(out, value, len);
	out[len] = '\0';
}

static bool
begins_with(const char *value, size_t len, const char *word)
{
	return len >= strlen(word) && strncasecmp(value, word, strlen(word)) == 0;
}

static void
read_header(const char *line, size_t len, struct rtsp_reply *out)
{
	const char *value;
	size_t value_len;

	if (is_header(line, len, "WWW-Authenticate", &value, &value_len)) {
		out->basic_offered |= begins_with(value, value_len, "Basic");
		out->digest_offered |= begins_with(value, value_len, "Digest");
	} else if (is_header(line, len, "Server", &value, &value_len)) {
		copy_text(out->server, value, value_len);
	} else if (is_header(line, len, "Content-Type", &value, &value_len)) {
		copy_text(out->content_type, value, value_len);
	}
}

int
rtsp_read_reply(const void *data, size_t len, struct rtsp_reply *out)
{
	static const char protocol[] = "RTSP/";
	struct rtsp_reply reply = {0};
	const char *text = data, *end = text + (len < RTSP_HEAD_MAX ? len : RTSP_HEAD_MAX);
	const char *line = text, *stop;
	size_t known = len < sizeof(protocol) - 1 ? len : sizeof(protocol) - 1;

	if (memcmp(text, protocol, known) != 0)
		return ERR_SYNTAX;
	for (; (stop = memchr(line, '\n', (size_t)(end - line))) != NULL; line = stop + 1) {
		size_t n = (size_t)(stop - line);

		if (n > 0 && line[n - 1] == '\r')
			n--;
		if (line == text) {
			reply.status = read_status(line, n);
			if (reply.status == 0)
				return ERR_SYNTAX;
		} else if (n == 0) {
			reply.head_len = (size_t)(stop + 1 - text);
			*out = reply;
			return 0;
		} else {
			read_header(line, n, &reply);
		}
	}
	return len >= RTSP_HEAD_MAX ? ERR_TOOBIG : ERR_TRUNCATED;
}
