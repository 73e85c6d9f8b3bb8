/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CPU time per GetDeviceInformation reply (of the size and with the many namespaces that an Axis
 * camera sends), with a bare libxml2 DOM of the same bytes as the yardstick, and per request.
 */
#include "keepwatch/buf.h"
#include "keepwatch/onvif.h"
#include "keepwatch/onvif_reply.h"

#include <libxml/parser.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 20000, NAMESPACES = 50 };

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
make_reply(struct buf *out)
{
	buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><SOAP-ENV:Envelope "
		      "xmlns:SOAP-ENV=\"http://www.w3.org/2003/05/soap-envelope\"");
	for (int i = 0; i < NAMESPACES; i++)
		buf_printf(out, " xmlns:ns%d=\"http://www.example.org/ver10/schema/part%d/wsdl\"",
			   i, i);
	buf_puts(out, " xmlns:tds=\"http://www.onvif.org/ver10/device/wsdl\"><SOAP-ENV:Header>"
		      "</SOAP-ENV:Header><SOAP-ENV:Body><tds:GetDeviceInformationResponse>"
		      "<tds:Manufacturer>AXIS</tds:Manufacturer><tds:Model>Q3819-PVE</tds:Model>"
		      "<tds:FirmwareVersion>11.11.181</tds:FirmwareVersion>"
		      "<tds:SerialNumber>B8A44F000001</tds:SerialNumber>"
		      "<tds:HardwareId>98C</tds:HardwareId></tds:GetDeviceInformationResponse>"
		      "</SOAP-ENV:Body></SOAP-ENV:Envelope>");
}

static double
time_libxml2(const struct buf *body)
{
	double start = cpu_us();

	for (int i = 0; i < ROUNDS; i++)
		xmlFreeDoc(xmlReadMemory(body->data, (int)body->len, NULL, NULL, XML_PARSE_NONET));
	return (cpu_us() - start) / ROUNDS;
}

static double
time_reading(const struct buf *body)
{
	double start = cpu_us();

	for (int i = 0; i < ROUNDS; i++) {
		struct onvif_reply reply;

		if (onvif_read_reply(ONVIF_GET_DEVICE_INFORMATION, body->data, body->len, &reply) !=
		    0)
			exit(1);
		if (reply.kind != ONVIF_REPLY_OK)
			exit(1);
		onvif_reply_fini(&reply);
	}
	return (cpu_us() - start) / ROUNDS;
}

static double
time_writing(const struct onvif_wsse *wsse)
{
	struct onvif_request request = {.op = ONVIF_GET_DEVICE_INFORMATION, .wsse = wsse};
	struct onvif_writer *writer;
	struct buf out;
	double start;

	if (onvif_writer_new(&writer) != 0)
		exit(1);
	buf_init(&out, ONVIF_REQUEST_MAX);
	start = cpu_us();
	for (int i = 0; i < ROUNDS; i++) {
		buf_reset(&out);
		if (onvif_write_request(writer, &request, &out) != 0)
			exit(1);
	}
	start = (cpu_us() - start) / ROUNDS;
	buf_fini(&out);
	onvif_writer_free(writer);
	return start;
}

int
main(void)
{
	struct onvif_wsse wsse = {.username = "monitor", .password = "password"};
	double bare, reading;
	struct buf body;

	buf_init(&body, ONVIF_BODY_MAX);
	make_reply(&body);
	time_libxml2(&body); /* warm */
	bare = time_libxml2(&body);
	reading = time_reading(&body);
	printf("onvif: GetDeviceInformation reply of %zu bytes: %.1f us, %.2f times libxml2 alone "
	       "(%.1f us)\n",
	       body.len, reading, reading / bare, bare);
	printf("onvif: request %.1f us, with WS-Security %.1f us\n", time_writing(NULL),
	       time_writing(&wsse));
	buf_fini(&body);
	return 0;
}
