/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fake device: GET, GETNEXT and GETBULK (RFC 1157 section 4.1, RFC 3416 section 4.2) over rows
 * made anew for each request.
 */
#include "device.h"

#include "keepwatch/ipaddr.h"
#include "keepwatch/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { NO_SUCH_NAME = 2, GEN_ERR = 5 };

static const uint32_t vendor_arc[] = {1, 3, 6, 1, 4, 1, 32473};

static struct device_row *
add_row(struct snmp_device *device, const uint32_t *prefix, size_t len, uint32_t arc, uint32_t last,
	enum varbind_type type)
{
	struct device_row *row = &device->rows[device->row_count++];

	assert_true(device->row_count < DEVICE_ROWS);
	memset(row, 0, sizeof(*row));
	memcpy(row->ids, prefix, len * sizeof(*prefix));
	row->ids[len] = arc;
	row->ids[len + 1] = last;
	row->len = len + 2;
	row->type = type;
	return row;
}

static void
set_text(struct device_row *row, const char *text)
{
	row->text_len = (size_t)snprintf(row->text, sizeof(row->text), "%s", text);
}

static void
add_system(struct snmp_device *device)
{
	static const uint32_t system[] = {1, 3, 6, 1, 2, 1, 1};
	static const char *const texts[] = {NULL, "Example switch", NULL, NULL, "noc@example.org",
					    NULL, "Hall 4"};

	for (uint32_t arc = 1; arc <= 6; arc++) {
		static const enum varbind_type types[] = {
			0, VB_OCTETS, VB_OID, VB_TIMETICKS, VB_OCTETS, VB_OCTETS, VB_OCTETS};
		struct device_row *row;

		if (device->lacks & 1u << arc)
			continue;
		row = add_row(device, system, MEM_COUNT(system), arc, 0, types[arc]);
		row->number = device->ticks;
		if (row->type == VB_OCTETS)
			set_text(row, arc == 5 ? device->name : texts[arc]);
	}
}

static void
add_interfaces(struct snmp_device *device)
{
	static const uint32_t if_entry[] = {1, 3, 6, 1, 2, 1, 2, 2, 1};
	static const uint32_t if_x_entry[] = {1, 3, 6, 1, 2, 1, 31, 1, 1, 1};
	static const struct {
		bool is_x;
		uint8_t arc;
		enum varbind_type type;
		uint32_t number;
	} columns[] = {
		{false, 2, VB_OCTETS, 0},     {false, 3, VB_INTEGER, 6},
		{false, 5, VB_GAUGE32, 1000}, {false, 6, VB_OCTETS, 0},
		{false, 7, VB_INTEGER, 1},    {false, 8, VB_INTEGER, 1},
		{true, 1, VB_OCTETS, 0},      {true, 15, VB_GAUGE32, 1000},
		{true, 18, VB_OCTETS, 0},
	};

	for (size_t i = 0; i < MEM_COUNT(columns); i++) {
		for (uint32_t port = 1; port <= device->interfaces; port++) {
			struct device_row *row =
				columns[i].is_x ? add_row(device, if_x_entry, MEM_COUNT(if_x_entry),
							  columns[i].arc, port, columns[i].type)
						: add_row(device, if_entry, MEM_COUNT(if_entry),
							  columns[i].arc, port, columns[i].type);

			row->number = columns[i].number;
			if (columns[i].type != VB_OCTETS)
				continue;
			row->text_len = (size_t)snprintf(row->text, sizeof(row->text), "p%u", port);
			if (!columns[i].is_x && columns[i].arc == 6) {
				memcpy(row->text, "\x02\0\0\0\0", 5);
				row->text[5] = (char)port;
				row->text_len = 6;
			}
		}
	}
}

static void
add_vendor(struct snmp_device *device)
{
	static const uint32_t scalars[] = {1, 3, 6, 1, 4, 1, 32473, 1};
	static const uint32_t units[] = {1, 3, 6, 1, 4, 1, 32473, 2};

	for (uint32_t i = 0; i < DEVICE_VENDOR; i++) {
		if (device->vendor[i] != NULL)
			set_text(add_row(device, scalars, MEM_COUNT(scalars), i + 1, 0, VB_OCTETS),
				 device->vendor[i]);
	}
	for (uint32_t i = 0; i < DEVICE_VENDOR; i++) {
		if (device->units[i] != NULL)
			set_text(add_row(device, units, MEM_COUNT(units), 1, i + 1, VB_OCTETS),
				 device->units[i]);
	}
}

static bool
is_vendors(const struct snmp_device *device, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct varbind *vb = &device->varbinds[i];

		if (oid_has_prefix(vb->oid, vb->oid_len, vendor_arc, MEM_COUNT(vendor_arc)))
			return true;
	}
	return false;
}

static bool
is_choking(const struct snmp_device *device, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct varbind *vb = &device->varbinds[i];

		if (device->chokes_on != 0 && vb->oid_len == 10 && vb->oid[7] == 1 &&
		    vb->oid[8] == device->chokes_on && is_vendors(device, count))
			return true;
	}
	return false;
}

static void
put_row(struct out *out, const struct device_row *row)
{
	static const uint32_t product[] = {1, 3, 6, 1, 4, 1, 32473, 7};
	size_t end = out->at;

	if (row->type == VB_OCTETS)
		out_put(out, VB_OCTETS, row->text, row->text_len);
	else if (row->type == VB_OID)
		out_oid(out, product, MEM_COUNT(product));
	else if (row->type >= VB_NO_SUCH_OBJECT)
		out_put(out, (uint8_t)row->type, "", 0);
	else
		out_int(out, (uint8_t)row->type, row->number);
	out_oid(out, row->ids, row->len);
	out_wrap(out, BER_SEQUENCE, end);
}

/* The row that is asked for, or the exception in its place. */
static struct device_row
find(const struct snmp_device *device, uint8_t op, const uint32_t *ids, size_t len)
{
	struct device_row none = {.len = len, .type = VB_NO_SUCH_OBJECT};

	assert_true(len <= MEM_COUNT(none.ids));
	memcpy(none.ids, ids, len * sizeof(*ids));
	for (size_t i = 0; i < device->row_count; i++) {
		const struct device_row *row = &device->rows[i];
		int order = oid_compare(row->ids, row->len, ids, len);

		if (op == BER_PDU_GET ? order == 0 : order > 0)
			return *row;
	}
	if (op != BER_PDU_GET)
		none.type = VB_END_OF_MIB_VIEW;
	return none;
}

/* The number of answers, or, for v1, minus the index of the object that it lacks. */
static int
answer(struct snmp_device *device, const struct ber_pdu *pdu, size_t count, bool is_v1,
       struct device_row *answers, size_t max)
{
	size_t repetitions = pdu->type == BER_PDU_GETBULK ? pdu->error_index : 1, n = 0;

	for (size_t r = 0; r < repetitions && n + count <= max; r++) {
		for (size_t i = 0; i < count; i++) {
			const struct varbind *vb = &device->varbinds[i];

			answers[n] = r == 0 ? find(device, pdu->type, vb->oid, vb->oid_len)
					    : find(device, pdu->type, answers[n - count].ids,
						   answers[n - count].len);
			if (is_v1 && answers[n].type >= VB_NO_SUCH_OBJECT)
				return -(int)(i + 1);
			n++;
		}
	}
	return (int)n;
}

static void
serve(struct snmp_device *device, const struct ber_message *message, const struct ber_pdu *pdu,
      size_t count, const struct sockaddr *from, socklen_t from_len)
{
	enum { ANSWERS = 128 };
	struct device_row *answers = calloc(ANSWERS, sizeof(*answers));
	bool chokes = is_choking(device, count);
	struct out out;
	int n;

	assert_non_null(answers);
	device->row_count = 0;
	add_system(device);
	add_interfaces(device);
	add_vendor(device);
	n = chokes ? -1 : answer(device, pdu, count, message->version == 0, answers, ANSWERS);
	out_begin(&out);
	for (int i = n; i-- > 0;)
		put_row(&out, &answers[i]);
	for (size_t i = count; n < 0 && i-- > 0;) {
		struct device_row row = {.len = device->varbinds[i].oid_len, .type = VB_INTEGER};

		memcpy(row.ids, device->varbinds[i].oid, row.len * sizeof(*row.ids));
		put_row(&out, &row);
	}
	out_wrap(&out, BER_SEQUENCE, sizeof(out.bytes));
	out_int(&out, BER_INTEGER, n < 0 && !chokes ? (uint32_t)-n : 0);
	out_int(&out, BER_INTEGER, chokes ? GEN_ERR : n < 0 ? NO_SUCH_NAME : 0);
	out_int(&out, BER_INTEGER, (uint32_t)pdu->request_id);
	out_wrap(&out, BER_PDU_RESPONSE, sizeof(out.bytes));
	out_put(&out, BER_OCTETS, message->community.data, message->community.len);
	out_int(&out, BER_INTEGER, (uint32_t)message->version);
	out_wrap(&out, BER_SEQUENCE, sizeof(out.bytes));
	free(answers);
	assert_int_equal(sendto(device->fd, out.bytes + out.at, sizeof(out.bytes) - out.at, 0, from,
				from_len),
			 sizeof(out.bytes) - out.at);
}

static void
on_heard(uv_poll_t *poll, int status, int events)
{
	struct snmp_device *device = poll->data;
	struct ber_pool pool = {device->varbinds, DEVICE_POOL, device->ids, MEM_COUNT(device->ids)};
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	uint8_t bytes[2048];
	ssize_t len;

	(void)status;
	(void)events;
	while ((len = recvfrom(device->fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from,
			       &from_len)) > 0) {
		struct ber_message message;
		struct ber_pdu pdu;
		size_t count;

		device->heard++;
		assert_int_equal(ber_read_message(bytes, (size_t)len, &message), 0);
		if (message.version == 3 || device->is_silent ||
		    message.community.len != strlen(device->community) ||
		    memcmp(message.community.data, device->community, message.community.len) != 0)
			continue;
		assert_int_equal(ber_read_pdu(message.rest, &pdu), 0);
		assert_int_equal(ber_read_varbinds(pdu.varbinds, &pool, &count), 0);
		if (pdu.type == BER_PDU_GET) {
			device->gets++;
			device->last_oids = count;
			device->last_version = message.version;
		} else {
			device->walks++;
			if (device->table_replies > 0 && device->walks > device->table_replies)
				continue;
		}
		if (is_vendors(device, count)) {
			device->vendor_heard++;
			if (device->is_vendor_silent)
				continue;
		}
		serve(device, &message, &pdu, count, (const struct sockaddr *)&from, from_len);
	}
}

void
snmp_device_open(struct snmp_device *device, uv_loop_t *uv, const char *community)
{
	struct sockaddr_storage addr;
	struct ipaddr ip;
	socklen_t len;

	memset(device, 0, sizeof(*device));
	device->community = community;
	device->name = "sw-1";
	device->ticks = 100000;
	device->interfaces = 4;
	assert_int_equal(ipaddr_parse("127.0.0.1", &ip), 0);
	len = ipaddr_to_sockaddr(&ip, 0, &addr);
	device->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(device->fd >= 0);
	assert_int_equal(bind(device->fd, (struct sockaddr *)&addr, len), 0);
	assert_int_equal(getsockname(device->fd, (struct sockaddr *)&addr, &len), 0);
	assert_int_equal(ipaddr_from_sockaddr((struct sockaddr *)&addr, &ip, &device->port), 0);
	assert_int_equal(uv_poll_init(uv, &device->poll, device->fd), 0);
	device->poll.data = device;
	assert_int_equal(uv_poll_start(&device->poll, UV_READABLE, on_heard), 0);
}

void
snmp_device_close(struct snmp_device *device)
{
	uv_close((uv_handle_t *)&device->poll, NULL);
	close(device->fd);
}
