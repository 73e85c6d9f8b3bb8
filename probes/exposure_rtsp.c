/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether an RTSP stream is described to anybody (RFC 2326 section 10.2). A path that the device
 * does not know proves nothing; the first that is answered with a description, or with a demand for
 * a login, decides.
 */
#include "exposure_impl.h"

#include "keepwatch/err.h"

#include <stdio.h>
#include <strings.h>

static const char *const paths[] = {
	"/",
	"/Streaming/Channels/101",
	"/axis-media/media.amp",
	"/cam/realmonitor?channel=1&subtype=0",
	"/live",
};
enum { PATHS = sizeof(paths) / sizeof(paths[0]), BYTES_MAX = 64 * 1024 };

static void
end_path(struct exposure *x, int rc)
{
	tcp_talk_close(x->talk);
	x->talk = NULL;
	buf_reset(&x->heard);
	x->rtsp_at++;
	if (rc != 0 && rc != ERR_SYNTAX)
		x->is_cut[EXPOSURE_ANONYMOUS] = true;
	exposure_pause(x, rc != 0 || x->is_rtsp_told || x->rtsp_at == PATHS ? exposure_open_next
									    : exposure_rtsp);
}

static void
judge(struct exposure *x, const struct rtsp_reply *reply)
{
	const char *path = paths[x->rtsp_at];

	probe_trace(x->run, "exposure: RTSP DESCRIBE %s at port %u: %d", path, x->rtsp->item.port,
		    reply->status);
	x->rtsp->basic |= reply->basic_offered;
	x->rtsp->digest |= reply->digest_offered;
	if (reply->status == 401 || reply->status == 403)
		x->is_rtsp_told = true;
	if (reply->status == 200 && strncasecmp(reply->content_type, "application/sdp", 15) == 0) {
		x->is_rtsp_told = true;
		if (fact_get(exposure_facts(x), FACT_ANONYMOUS, "RTSP DESCRIBE") == NULL)
			fact_addf(exposure_facts(x), FACT_ANONYMOUS, "RTSP DESCRIBE", "rtsp:%u%s",
				  x->rtsp->item.port, path);
	}
	x->rtsp->is_rtsp = x->is_rtsp_told;
	x->streams += x->is_rtsp_told;
	end_path(x, 0);
}

static void
on_connected(void *arg)
{
	struct exposure *x = arg;
	char address[IPADDR_TEXT_SIZE], host[IPADDR_TEXT_SIZE + 2];
	const struct ipaddr *ip = &x->run->target->ip;
	struct buf request;

	ipaddr_format(ip, address, sizeof(address));
	snprintf(host, sizeof(host), ip->family == 6 ? "[%s]" : "%s", address);
	buf_init(&request, 1024);
	if (rtsp_write_describe(&request, host, x->rtsp->item.port, paths[x->rtsp_at]) != 0 ||
	    tcp_talk_send(x->talk, request.data, request.len) != 0)
		end_path(x, ERR_NOMEM);
	buf_fini(&request);
}

static void
on_received(void *arg, const void *data, size_t len)
{
	struct exposure *x = arg;
	struct rtsp_reply reply;
	int rc;

	buf_put(&x->heard, data, len);
	rc = x->heard.error != 0 ? x->heard.error
				 : rtsp_read_reply(x->heard.data, x->heard.len, &reply);
	if (rc == 0)
		judge(x, &reply);
	else if (rc != ERR_TRUNCATED)
		end_path(x, rc);
}

static void
on_ended(void *arg, int rc)
{
	struct exposure *x = arg;

	x->talk = NULL;
	probe_trace(x->run, "exposure: RTSP at port %u: %s", x->rtsp->item.port,
		    rc == 0 ? "closed" : err_text(rc));
	end_path(x, rc == 0 ? ERR_TRUNCATED : rc);
}

void
exposure_rtsp(struct exposure *x)
{
	struct tcp_talk_options options = {
		.to = x->run->target->ip,
		.port = x->rtsp->item.port,
		.timeout_ms = x->run->target->settings->timeout_ms,
		.max_bytes = BYTES_MAX,
		.connected = on_connected,
		.received = on_received,
		.ended = on_ended,
		.arg = x,
	};

	if (tcp_talk_open(&x->talk, x->run->env->loop, &options) != 0)
		end_path(x, ERR_IO);
}
