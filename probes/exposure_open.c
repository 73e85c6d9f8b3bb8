/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is answered without a login though it ought to need one: ONVIF operations beyond those that
 * every device answers to anybody (ONVIF Core 5.9.4, PRE_AUTH), pages and pictures of vendors, RTSP
 * streams. Only an answer with the content asked for is a proof; servers that answer everything
 * with their start page prove nothing.
 */
#include "exposure_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/onvif_reply.h"
#include "keepwatch/vendor.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum page_kind { PAGE_ONVIF, PAGE_VENDOR, PAGE_TEXT, PAGE_PICTURE };

/* ONVIF access classes: GetDeviceInformation and GetNetworkInterfaces are READ_SYSTEM, GetUsers is
 * READ_SYSTEM_SECRET. */
static const struct page {
	enum page_kind kind;
	int what;	  /* enum onvif_op or vendor_source */
	const char *path; /* of TEXT and PICTURE */
	const char *mark; /* of TEXT: begins a line of the real page */
} pages[] = {
	{PAGE_ONVIF, ONVIF_GET_DEVICE_INFORMATION, NULL, NULL},
	{PAGE_ONVIF, ONVIF_GET_NETWORK_INTERFACES, NULL, NULL},
	{PAGE_ONVIF, ONVIF_GET_USERS, NULL, NULL},
	{PAGE_VENDOR, VENDOR_HIKVISION_INFO, NULL, NULL},
	{PAGE_VENDOR, VENDOR_DAHUA_INFO, NULL, NULL},
	{PAGE_VENDOR, VENDOR_TWO_N_INFO, NULL, NULL},
	{PAGE_VENDOR, VENDOR_AXIS_INFO, NULL, NULL},
	{PAGE_TEXT, 0, "/axis-cgi/param.cgi?action=list&group=root.Network", "root.Network."},
	{PAGE_TEXT, 0, "/stw-cgi/system.cgi?msubmenu=deviceinfo&action=view", "SerialNumber="},
	{PAGE_PICTURE, 0, "/axis-cgi/jpg/image.cgi", NULL},
	{PAGE_PICTURE, 0, "/ISAPI/Streaming/channels/101/picture", NULL},
	{PAGE_PICTURE, 0, "/cgi-bin/snapshot.cgi", NULL},
	{PAGE_PICTURE, 0, "/cgi-bin/viewer/video.jpg", NULL},
	{PAGE_PICTURE, 0, "/onvif-http/snapshot", NULL},
	{PAGE_PICTURE, 0, "/snapshot.jpg", NULL},
};
enum { PAGES = sizeof(pages) / sizeof(pages[0]) };

static void next_page(struct exposure *x);

static const char *
path_of(const struct exposure *x, const struct page *page)
{
	const struct device *device = x->run->target->device;

	if (page->kind == PAGE_VENDOR)
		return vendor_query((enum vendor_source)page->what)->path;
	if (page->kind != PAGE_ONVIF)
		return page->path;
	for (size_t i = 0; i < device->probe_count; i++) {
		if (device->probes[i]->probe == PROBE_ONVIF)
			return settings_option(device->probes[i], OPT_ONVIF_PATH)->text;
	}
	return option_spec(OPT_ONVIF_PATH)->fallback;
}

/* "ONVIF GetUsers", "/axis-cgi/param.cgi" */
static void
name_of(const struct exposure *x, const struct page *page, char out[FACT_INSTANCE_MAX])
{
	const char *path = path_of(x, page);

	if (page->kind == PAGE_ONVIF)
		snprintf(out, FACT_INSTANCE_MAX, "ONVIF %s",
			 onvif_op_name((enum onvif_op)page->what));
	else
		snprintf(out, FACT_INSTANCE_MAX, "%.*s", (int)strcspn(path, "?"), path);
}

/* ---- what proves it */

static bool
is_onvif(struct exposure *x, enum onvif_op op, const struct http_reply *http)
{
	struct onvif_reply reply;
	bool is_answer;

	if (http->reason != REASON_NONE || http->body->len == 0 ||
	    onvif_read_reply(op, http->body->data, http->body->len, &reply) != 0)
		return false;
	is_answer = reply.kind == ONVIF_REPLY_OK;
	x->has_no_onvif |= reply.kind == ONVIF_REPLY_REFUSED && http->status != 401;
	onvif_reply_fini(&reply);
	return is_answer;
}

static bool
is_vendor(enum vendor_source source, const struct http_reply *http)
{
	struct vendor_reply reply;
	bool is_answer;

	if (http->reason != REASON_NONE || http->status != 200 || http->body->len == 0 ||
	    vendor_read_reply(source, http->body->data, http->body->len, &reply) != 0)
		return false;
	is_answer = reply.refusal == VENDOR_REFUSED_NONE;
	vendor_reply_fini(&reply);
	return is_answer;
}

static bool
is_text(const char *mark, const struct http_reply *http)
{
	size_t len = strlen(mark);
	const char *at, *end;

	if (http->reason != REASON_NONE || http->status != 200 || http->body->len == 0)
		return false;
	end = http->body->data + http->body->len;
	for (at = http->body->data; (size_t)(end - at) >= len; at++) {
		if (memcmp(at, mark, len) == 0)
			return true;
		at = memchr(at, '\n', (size_t)(end - at));
		if (at == NULL)
			break;
	}
	return false;
}

/* JPEG, as far as it was read: pictures are larger than what is taken of them. */
static bool
is_picture(const struct http_reply *http)
{
	const uint8_t *bytes = (const uint8_t *)http->body->data;

	return http->status == 200 && strncasecmp(http->content_type, "image/", 6) == 0 &&
	       (http->body->len < 2 || (bytes[0] == 0xff && bytes[1] == 0xd8));
}

static bool
is_answered(struct exposure *x, const struct page *page, const struct http_reply *reply)
{
	switch (page->kind) {
	case PAGE_ONVIF:
		return is_onvif(x, (enum onvif_op)page->what, reply);
	case PAGE_VENDOR:
		return is_vendor((enum vendor_source)page->what, reply);
	case PAGE_TEXT:
		return is_text(page->mark, reply);
	case PAGE_PICTURE:
		return is_picture(reply);
	}
	return false;
}

/* ---- asking */

static void
on_page(void *arg, const struct http_reply *reply)
{
	struct exposure *x = arg;
	const struct page *page = &pages[x->at++];
	char name[FACT_INSTANCE_MAX], where[EXPOSURE_WHERE_SIZE];
	bool is_open;

	x->exchange = NULL;
	x->pages += exposure_note_web(x, reply);
	x->is_cut[EXPOSURE_ANONYMOUS] |= reply->status == 0;
	name_of(x, page, name);
	is_open = is_answered(x, page, reply);
	if (is_open && fact_get(exposure_facts(x), FACT_ANONYMOUS, name) == NULL)
		fact_add(exposure_facts(x), FACT_ANONYMOUS, name, exposure_where(x->web, where));
	probe_trace(x->run, "exposure: %s without a login at %s: %s%d%s", name,
		    exposure_where(x->web, where), reply->status == 0 ? reply->error : "HTTP ",
		    reply->status, is_open ? ", answered" : "");
	/* Who says nothing to one question is not asked the others. */
	if (reply->status == 0 && reply->reason == REASON_TIMEOUT)
		x->at = PAGES;
	exposure_pause(x, next_page);
}

static bool
ask_onvif(struct exposure *x, enum onvif_op op, const char *path)
{
	struct onvif_request question = {.op = op};
	struct http_request request = {.content_type = onvif_content_type(op)};
	struct buf body;
	bool is_sent = false;

	buf_init(&body, ONVIF_REQUEST_MAX);
	if (onvif_write_request(x->run->env->onvif, &question, &body) == 0) {
		request.body = body.data;
		request.body_len = body.len;
		is_sent = exposure_http_ask(x, &request, path, on_page);
	}
	buf_fini(&body);
	return is_sent;
}

static bool
ask_vendor(struct exposure *x, enum vendor_source source)
{
	const struct vendor_query *query = vendor_query(source);
	struct http_request request = {.method = query->method};

	if (query->body != NULL) {
		request.body = query->body;
		request.body_len = strlen(query->body);
		request.content_type = "application/json";
	}
	return exposure_http_ask(x, &request, query->path, on_page);
}

static bool
ask(struct exposure *x, const struct page *page)
{
	struct http_request request = {0};

	if (page->kind == PAGE_ONVIF)
		return ask_onvif(x, (enum onvif_op)page->what, path_of(x, page));
	if (page->kind == PAGE_VENDOR)
		return ask_vendor(x, (enum vendor_source)page->what);
	return exposure_http_ask(x, &request, page->path, on_page);
}

/* The one that is asked after this one (NULL: the first). What serves HTTP serves the same over
 * TLS: that is asked only where there is nothing else. */
static struct exposure_web *
next_web(struct exposure *x, const struct exposure_web *web)
{
	size_t i = web == NULL ? 0 : (size_t)(web - x->webs) + 1;
	bool is_plain = false;

	for (size_t k = 0; k < x->web_count; k++)
		is_plain |= x->webs[k].is_content && !x->webs[k].https;
	for (; i < x->web_count; i++) {
		if (x->webs[i].is_content && x->webs[i].https != is_plain)
			return &x->webs[i];
	}
	return NULL;
}

static void
next_page(struct exposure *x)
{
	while (x->at < PAGES && x->has_no_onvif && pages[x->at].kind == PAGE_ONVIF)
		x->at++;
	if (x->at == PAGES) {
		x->web = next_web(x, x->web);
		x->has_no_onvif = false;
		x->at = 0;
	}
	if (x->web == NULL) {
		x->at = 0;
		exposure_open_next(x);
	} else if (!ask(x, &pages[x->at])) {
		x->is_cut[EXPOSURE_ANONYMOUS] = true;
		exposure_part_done(x, "the monitoring host could not ask");
	}
}

void
exposure_open_next(struct exposure *x)
{
	for (; x->at < x->port_count; x->at++) {
		struct exposure_port *port = &x->ports[x->at];

		if (port->state == EXPOSURE_PORT_OPEN &&
		    port->item.service->speaks == PORT_SPEAKS_RTSP) {
			x->at++;
			x->rtsp = port;
			x->rtsp_at = 0;
			x->is_rtsp_told = false;
			exposure_rtsp(x);
			return;
		}
	}
	if (x->pages > 0 || x->streams > 0)
		exposure_part_done(x, NULL);
	else if (x->rtsp != NULL)
		exposure_part_done(x, "RTSP: no stream that is known");
	else if (x->has_web)
		exposure_part_done(x, "no answer over HTTP");
	else
		exposure_part_done(x, exposure_why_none(x, "no port of HTTP or RTSP is known"));
}

void
exposure_open(struct exposure *x)
{
	x->is_cut[EXPOSURE_ANONYMOUS] = !exposure_ports_are_known(x) || x->is_cut[EXPOSURE_HTTP];
	if (!x->has_answered) {
		exposure_part_done(x, "no port answered");
		return;
	}
	x->web = next_web(x, NULL);
	x->has_web = x->web != NULL;
	next_page(x);
}
