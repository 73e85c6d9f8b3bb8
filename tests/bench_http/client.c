/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CPU time of one ONVIF request with 16 in flight: written by the codec with WS-Security, carried
 * by the HTTP client on the loop, its reply read by the codec. `client PORT REQUESTS MODE`, MODE
 * keep (connections are kept), new (one each), or easy: the same bytes by one bare libcurl easy
 * handle, one after the other, to compare with. Prints us of CPU per request and how many were
 * answered.
 */
#include "keepwatch/clock.h"
#include "keepwatch/http.h"
#include "keepwatch/onvif_reply.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>

enum { IN_FLIGHT = 16 };

struct bench {
	struct http_client *client;
	struct onvif_writer *writer;
	struct http_request request;
	unsigned left, running, answered;
};

struct device {
	struct bench *bench;
	struct http_session *session;
};

static int
write_request(struct onvif_writer *writer, struct buf *out)
{
	struct onvif_wsse wsse = {"monitor", "secret", clock_wall_ms(), {0}};
	const struct onvif_request request = {.op = ONVIF_GET_DEVICE_INFORMATION, .wsse = &wsse};

	if (getrandom(wsse.nonce, sizeof(wsse.nonce), 0) != (ssize_t)sizeof(wsse.nonce))
		return -1;
	return onvif_write_request(writer, &request, out);
}

static unsigned
read_reply(const void *data, size_t len)
{
	struct onvif_reply reply;
	unsigned ok;

	if (onvif_read_reply(ONVIF_GET_DEVICE_INFORMATION, data, len, &reply) != 0)
		return 0;
	ok = reply.kind == ONVIF_REPLY_OK && strcmp(reply.u.info.firmware, "1.2.3") == 0;
	onvif_reply_fini(&reply);
	return ok;
}

static void ask(struct device *device);

static void
on_done(void *arg, const struct http_reply *http)
{
	struct device *device = arg;
	struct bench *bench = device->bench;

	bench->running--;
	if (http->reason == REASON_NONE)
		bench->answered += read_reply(http->body->data, http->body->len);
	ask(device);
}

static void
ask(struct device *device)
{
	struct bench *bench = device->bench;
	struct http_request request = bench->request;
	struct buf body;

	if (bench->left == 0)
		return;
	bench->left--;
	buf_init(&body, ONVIF_REQUEST_MAX);
	if (write_request(bench->writer, &body) != 0)
		exit(1);
	request.session = device->session;
	request.body = body.data;
	request.body_len = body.len;
	if (http_send(bench->client, &request, on_done, device, NULL) != 0)
		exit(1);
	bench->running++;
	buf_fini(&body);
}

static size_t
on_easy_body(char *data, size_t size, size_t count, void *arg)
{
	buf_put(arg, data, size * count);
	return size * count;
}

static void
run_easy(struct bench *bench)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
	CURL *easy = curl_easy_init();
	struct buf in, out;
	char url[64];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u/onvif/device_service", bench->request.port);
	headers = curl_slist_append(headers, "Content-Type: application/soap+xml");
	buf_init(&in, ONVIF_BODY_MAX);
	buf_init(&out, ONVIF_REQUEST_MAX);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_easy_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &in);
	for (; bench->left > 0; bench->left--) {
		buf_reset(&in);
		buf_reset(&out);
		if (write_request(bench->writer, &out) != 0)
			exit(1);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)out.len);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, out.data);
		if (curl_easy_perform(easy) == CURLE_OK)
			bench->answered += read_reply(in.data, in.len);
	}
	buf_fini(&in);
	buf_fini(&out);
	curl_easy_cleanup(easy);
	curl_slist_free_all(headers);
}

static void
run_client(struct bench *bench)
{
	struct device devices[IN_FLIGHT];
	struct net_loop *loop;
	uv_loop_t uv;

	uv_loop_init(&uv);
	if (net_loop_open(&loop, &uv, 50) != 0 || http_client_open(&bench->client, loop, NULL) != 0)
		exit(1);
	for (size_t i = 0; i < IN_FLIGHT; i++) {
		devices[i].bench = bench;
		http_session_open(&devices[i].session, bench->client);
		ask(&devices[i]);
	}
	while (bench->running > 0)
		uv_run(&uv, UV_RUN_ONCE);
	for (size_t i = 0; i < IN_FLIGHT; i++)
		http_session_close(devices[i].session);
	http_client_close(bench->client);
	net_loop_close(loop);
	uv_run(&uv, UV_RUN_DEFAULT);
	uv_loop_close(&uv);
}

static double
cpu_us(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

int
main(int argc, char **argv)
{
	struct bench bench = {0};
	unsigned requests;
	double before;

	if (argc != 4)
		return 2;
	bench.request.port = (uint16_t)strtoul(argv[1], NULL, 10);
	requests = bench.left = (unsigned)strtoul(argv[2], NULL, 10);
	bench.request.path = "/onvif/device_service";
	bench.request.content_type = onvif_content_type(ONVIF_GET_DEVICE_INFORMATION);
	bench.request.total_timeout_ms = 10000;
	bench.request.last = strcmp(argv[3], "new") == 0;
	if (ipaddr_parse("127.0.0.1", &bench.request.ip) != 0 ||
	    onvif_writer_new(&bench.writer) != 0)
		return 1;
	before = cpu_us();
	if (strcmp(argv[3], "easy") == 0)
		run_easy(&bench);
	else
		run_client(&bench);
	printf("%.1f %u %u\n", (cpu_us() - before) / requests, bench.answered, requests);
	onvif_writer_free(bench.writer);
	return bench.answered == requests ? 0 : 1;
}
