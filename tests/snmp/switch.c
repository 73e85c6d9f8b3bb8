/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fake switch: cells in order, and how they are served or not.
 */
#include "switch.h"

#include "keepwatch/clock.h"
#include "keepwatch/ipaddr.h"
#include "keepwatch/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	TOO_BIG = 1,
	NO_SUCH_NAME = 2,
	GEN_ERR = 5,
	ASKED_MAX = 32,
	ANSWERS_MAX = 600,
	CIRCLE = 10,
};

/* ---- cells */

static struct switch_cell *
put_cell(struct fake_switch *sw, uint16_t vlan, const char *oid, uint32_t last)
{
	struct switch_cell *cell;
	size_t len;

	if (sw->count == sw->cap) {
		sw->cap = sw->cap == 0 ? 256 : sw->cap * 2;
		sw->cells = realloc(sw->cells, sw->cap * sizeof(*sw->cells));
		assert_non_null(sw->cells);
	}
	cell = &sw->cells[sw->count++];
	memset(cell, 0, sizeof(*cell));
	assert_int_equal(oid_parse(oid, cell->ids, SWITCH_OID - 1, &len), 0);
	if (last != UINT32_MAX)
		cell->ids[len++] = last;
	cell->len = (uint8_t)len;
	cell->vlan = vlan;
	sw->is_sorted = false;
	return cell;
}

void
switch_put_number(struct fake_switch *sw, uint16_t vlan, const char *oid, uint32_t last,
		  enum varbind_type type, uint32_t number)
{
	struct switch_cell *cell = put_cell(sw, vlan, oid, last);

	cell->type = type;
	cell->number = number;
}

void
switch_put_bytes(struct fake_switch *sw, uint16_t vlan, const char *oid, uint32_t last,
		 const void *bytes, size_t len)
{
	struct switch_cell *cell = put_cell(sw, vlan, oid, last);

	assert_true(len <= SWITCH_TEXT);
	cell->type = VB_OCTETS;
	cell->text_len = (uint8_t)len;
	memcpy(cell->text, bytes, len);
}

void
switch_put_text(struct fake_switch *sw, const char *oid, uint32_t last, const char *text)
{
	switch_put_bytes(sw, 0, oid, last, text, strlen(text));
}

void
switch_put_oid(struct fake_switch *sw, const char *oid, const char *value)
{
	struct switch_cell *cell = put_cell(sw, 0, oid, UINT32_MAX);
	size_t len;

	cell->type = VB_OID;
	assert_int_equal(oid_parse(value, cell->value, MEM_COUNT(cell->value), &len), 0);
	cell->value_len = (uint8_t)len;
}

static bool
is_under(const struct switch_cell *cell, const uint32_t *ids, size_t len)
{
	return oid_has_prefix(cell->ids, cell->len, ids, len);
}

void
switch_set_number(struct fake_switch *sw, const char *oid, uint32_t number)
{
	uint32_t ids[SWITCH_OID];
	size_t len, found = 0;

	assert_int_equal(oid_parse(oid, ids, SWITCH_OID, &len), 0);
	for (size_t i = 0; i < sw->count; i++) {
		if (sw->cells[i].len == len && is_under(&sw->cells[i], ids, len)) {
			sw->cells[i].number = number;
			found++;
		}
	}
	assert_int_equal(found, 1);
}

static int
compare_cells(const void *a, const void *b)
{
	const struct switch_cell *x = a, *y = b;

	if (x->vlan != y->vlan)
		return x->vlan < y->vlan ? -1 : 1;
	return oid_compare(x->ids, x->len, y->ids, y->len);
}

static void
sort_cells(struct fake_switch *sw)
{
	if (!sw->is_sorted)
		qsort(sw->cells, sw->count, sizeof(*sw->cells), compare_cells);
	sw->is_sorted = true;
}

void
switch_drop(struct fake_switch *sw, const char *oid, size_t keep)
{
	uint32_t ids[SWITCH_OID];
	size_t len, kept = 0, n = 0;

	assert_int_equal(oid_parse(oid, ids, SWITCH_OID, &len), 0);
	sort_cells(sw);
	for (size_t i = 0; i < sw->count; i++) {
		if (is_under(&sw->cells[i], ids, len) && kept++ >= keep)
			continue;
		sw->cells[n++] = sw->cells[i];
	}
	sw->count = n;
}

void
switch_aim(struct fake_switch *sw, const char *oid)
{
	assert_int_equal(oid_parse(oid, sw->under, SWITCH_OID, &sw->under_len), 0);
}

/* ---- answers */

struct answers {
	struct switch_cell *cells;
	size_t count;
	uint32_t status, index;
};

static size_t
first_at(const struct fake_switch *sw, uint16_t vlan, const uint32_t *ids, size_t len, bool is_past)
{
	size_t low = 0, high = sw->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct switch_cell *cell = &sw->cells[middle];
		int order = cell->vlan != vlan ? (cell->vlan < vlan ? -1 : 1)
					       : oid_compare(cell->ids, cell->len, ids, len);

		if (order < 0 || (order == 0 && is_past))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_aimed(const struct fake_switch *sw, const uint32_t *ids, size_t len)
{
	return sw->under_len > 0 && oid_has_prefix(ids, len, sw->under, sw->under_len);
}

static struct switch_cell
find(const struct fake_switch *sw, uint16_t vlan, uint8_t op, const uint32_t *ids, size_t len)
{
	struct switch_cell none = {.len = (uint8_t)len, .type = VB_NO_SUCH_INSTANCE};
	size_t at = first_at(sw, vlan, ids, len, op != BER_PDU_GET);

	assert_true(len <= SWITCH_OID);
	memcpy(none.ids, ids, len * sizeof(*ids));
	while (sw->is_missing && at < sw->count &&
	       is_aimed(sw, sw->cells[at].ids, sw->cells[at].len))
		at++;
	if (sw->is_circling && is_aimed(sw, ids, len) && len > sw->under_len + 1 && at >= CIRCLE &&
	    is_aimed(sw, sw->cells[at - CIRCLE].ids, sw->cells[at - CIRCLE].len) &&
	    sw->cells[at - CIRCLE].ids[sw->under_len] == ids[sw->under_len])
		at -= CIRCLE;
	if (at < sw->count && sw->cells[at].vlan == vlan &&
	    (op != BER_PDU_GET || oid_compare(sw->cells[at].ids, sw->cells[at].len, ids, len) == 0))
		return sw->cells[at];
	if (op != BER_PDU_GET)
		none.type = VB_END_OF_MIB_VIEW;
	return none;
}

static size_t
size_of(const struct switch_cell *cell)
{
	return 12u + cell->len + cell->text_len + cell->value_len;
}

static void
answer(struct fake_switch *sw, uint16_t vlan, const struct ber_pdu *pdu,
       const struct varbind *asked, size_t count, bool is_v1, struct answers *out)
{
	size_t repetitions = pdu->type == BER_PDU_GETBULK ? pdu->error_index : 1, bytes = 0;

	if (sw->too_big_over > 0 && count * repetitions > sw->too_big_over) {
		out->status = TOO_BIG;
		return;
	}
	for (size_t i = 0; i < count && sw->is_refused; i++) {
		if (is_aimed(sw, asked[i].oid, asked[i].oid_len)) {
			out->status = GEN_ERR;
			out->index = (uint32_t)i + 1;
			return;
		}
	}
	for (size_t r = 0; r < repetitions; r++) {
		for (size_t i = 0; i < count; i++) {
			const struct switch_cell *last =
				r == 0 ? NULL : &out->cells[out->count - count];
			struct switch_cell cell =
				r == 0 ? find(sw, vlan, pdu->type, asked[i].oid, asked[i].oid_len)
				       : find(sw, vlan, pdu->type, last->ids, last->len);

			if (is_v1 && cell.type >= VB_NO_SUCH_OBJECT) {
				out->status = NO_SUCH_NAME;
				out->index = (uint32_t)i + 1;
				return;
			}
			bytes += size_of(&cell);
			if (out->count >= ANSWERS_MAX || (r > 0 && bytes > sw->max_bytes))
				return;
			out->cells[out->count++] = cell;
		}
	}
}

static void
put_varbind(struct out *out, const struct switch_cell *cell)
{
	size_t end = out->at;

	if (cell->type == VB_OCTETS)
		out_put(out, VB_OCTETS, cell->text, cell->text_len);
	else if (cell->type == VB_OID)
		out_oid(out, cell->value, cell->value_len);
	else if (cell->type >= VB_NO_SUCH_OBJECT || cell->type == VB_NULL)
		out_put(out, (uint8_t)cell->type, "", 0);
	else
		out_int(out, (uint8_t)cell->type, cell->number);
	out_oid(out, cell->ids, cell->len);
	out_wrap(out, BER_SEQUENCE, end);
}

static void
send_answers(struct fake_switch *sw, const struct ber_message *message, const struct ber_pdu *pdu,
	     const struct varbind *asked, size_t count, const struct answers *answers,
	     const struct sockaddr *to, socklen_t to_len)
{
	struct out out;
	uint8_t version = (uint8_t)message->version;

	out_begin(&out);
	for (size_t i = answers->count; i-- > 0 && answers->status == 0;)
		put_varbind(&out, &answers->cells[i]);
	for (size_t i = count; i-- > 0 && answers->status != 0;) {
		struct switch_cell cell = {.len = (uint8_t)asked[i].oid_len, .type = VB_NULL};

		memcpy(cell.ids, asked[i].oid, cell.len * sizeof(*cell.ids));
		put_varbind(&out, &cell);
	}
	out_wrap(&out, BER_SEQUENCE, sizeof(out.bytes));
	out_int(&out, BER_INTEGER, answers->index);
	out_int(&out, BER_INTEGER, answers->status);
	out_int(&out, BER_INTEGER, (uint32_t)pdu->request_id);
	out_wrap(&out, BER_PDU_RESPONSE, sizeof(out.bytes));
	out_put(&out, VB_OCTETS, message->community.data, message->community.len);
	out_put(&out, BER_INTEGER, &version, 1);
	out_wrap(&out, BER_SEQUENCE, sizeof(out.bytes));
	assert_int_equal(
		sendto(sw->fd, out.bytes + out.at, sizeof(out.bytes) - out.at, 0, to, to_len),
		sizeof(out.bytes) - out.at);
	sw->replied_ns = clock_mono_ns();
}

/* Which context a community names; false if it is none of ours. */
static bool
context_of(const struct fake_switch *sw, struct ber_span community, uint16_t *vlan)
{
	size_t len = strlen(sw->community);
	char text[64];

	*vlan = 0;
	if (community.len < len || community.len >= sizeof(text) ||
	    memcmp(community.data, sw->community, len) != 0)
		return false;
	memcpy(text, community.data, community.len);
	text[community.len] = '\0';
	if (community.len == len)
		return true;
	if (text[len] != '@')
		return false;
	*vlan = (uint16_t)strtoul(text + len + 1, NULL, 10);
	for (size_t i = 0; i < sw->count; i++) {
		if (sw->cells[i].vlan == *vlan)
			return true;
	}
	return false;
}

static bool
is_lost(struct fake_switch *sw, uint8_t op, const struct varbind *asked, size_t count)
{
	bool is_about = false;

	if (sw->dead > 0) {
		sw->dead--;
		return true;
	}
	if (op == BER_PDU_GETBULK && sw->dead_after_bulk > 0) {
		if (sw->bulks_until_dead == 0) {
			sw->dead = sw->dead_after_bulk;
			return true;
		}
		sw->bulks_until_dead--;
	}
	for (size_t i = 0; i < count; i++)
		is_about = is_about || is_aimed(sw, asked[i].oid, asked[i].oid_len);
	if (!is_about || op == BER_PDU_GET)
		return false;
	if (sw->missing_for > 0 && --sw->missing_for == 0)
		sw->is_missing = false;
	if (sw->skip > 0) {
		sw->skip--;
		return false;
	}
	if (sw->lose == 0)
		return false;
	sw->lose--;
	return true;
}

static void
serve(struct fake_switch *sw, const uint8_t *bytes, size_t len, const struct sockaddr *from,
      socklen_t from_len)
{
	static const size_t ids_max = 4096;
	struct varbind asked[ASKED_MAX];
	struct ber_pool pool = {asked, ASKED_MAX, calloc(ids_max, sizeof(uint32_t)), ids_max};
	struct answers answers = {.cells = calloc(ANSWERS_MAX, sizeof(struct switch_cell))};
	struct ber_message message;
	struct ber_pdu pdu;
	uint16_t vlan;
	size_t count;

	assert_non_null(pool.ids);
	assert_non_null(answers.cells);
	assert_int_equal(ber_read_message(bytes, len, &message), 0);
	if (message.version == 3 || sw->is_silent || !context_of(sw, message.community, &vlan))
		goto out;
	assert_int_equal(ber_read_pdu(message.rest, &pdu), 0);
	assert_int_equal(ber_read_varbinds(pdu.varbinds, &pool, &count), 0);
	sw->gets += pdu.type == BER_PDU_GET;
	sw->nexts += pdu.type == BER_PDU_GETNEXT;
	sw->bulks += pdu.type == BER_PDU_GETBULK;
	if (is_lost(sw, pdu.type, asked, count))
		goto out;
	if (pdu.type == BER_PDU_GETBULK && sw->refuses_bulk)
		answers.status = GEN_ERR;
	else
		answer(sw, vlan, &pdu, asked, count, message.version == 0, &answers);
	send_answers(sw, &message, &pdu, asked, count, &answers, from, from_len);
out:
	free(pool.ids);
	free(answers.cells);
}

static void
on_heard(uv_poll_t *poll, int status, int events)
{
	struct fake_switch *sw = poll->data;
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	uint8_t bytes[4096];
	ssize_t len;

	(void)status;
	(void)events;
	sort_cells(sw);
	while ((len = recvfrom(sw->fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from,
			       &from_len)) > 0) {
		uint64_t gap_us = (clock_mono_ns() - sw->replied_ns) / 1000;

		sw->heard++;
		if (sw->replied_ns != 0 && gap_us < sw->min_gap_us)
			sw->min_gap_us = (unsigned)gap_us;
		serve(sw, bytes, (size_t)len, (const struct sockaddr *)&from, from_len);
	}
}

void
switch_open(struct fake_switch *sw, uv_loop_t *uv, const char *community)
{
	struct sockaddr_storage addr;
	struct ipaddr ip;
	socklen_t len;

	memset(sw, 0, sizeof(*sw));
	sw->community = community;
	sw->max_bytes = 8000;
	sw->min_gap_us = UINT32_MAX;
	assert_int_equal(ipaddr_parse("127.0.0.1", &ip), 0);
	len = ipaddr_to_sockaddr(&ip, 0, &addr);
	sw->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(sw->fd >= 0);
	assert_int_equal(bind(sw->fd, (struct sockaddr *)&addr, len), 0);
	assert_int_equal(getsockname(sw->fd, (struct sockaddr *)&addr, &len), 0);
	assert_int_equal(ipaddr_from_sockaddr((struct sockaddr *)&addr, &ip, &sw->port), 0);
	assert_int_equal(uv_poll_init(uv, &sw->poll, sw->fd), 0);
	sw->poll.data = sw;
	assert_int_equal(uv_poll_start(&sw->poll, UV_READABLE, on_heard), 0);
}

void
switch_close(struct fake_switch *sw)
{
	uv_close((uv_handle_t *)&sw->poll, NULL);
	close(sw->fd);
	free(sw->cells);
}
