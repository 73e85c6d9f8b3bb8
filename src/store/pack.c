/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Varints and series keys, and the packed rows of last runs. The format is in series.h.
 */
#include "pack.h"

#include "keepwatch/err.h"
#include "keepwatch/result.h"
#include "series.h"

#include <assert.h>

enum { FORMAT_LAST = 2 };

void
pack_put(struct buf *out, uint64_t value)
{
	uint8_t bytes[10];
	size_t n = 0;

	do {
		bytes[n] = (uint8_t)(value & 0x7f);
		value >>= 7;
		if (value != 0)
			bytes[n] |= 0x80;
		n++;
	} while (value != 0);
	buf_put(out, bytes, n);
}

uint64_t
pack_get(struct rd *rd)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = rd_u8(rd);

		if (rd->error != 0)
			return 0;
		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0)
			return value;
	}
	rd->error = ERR_PROTO;
	return 0;
}

uint32_t
pack_get32(struct rd *rd)
{
	uint64_t value = pack_get(rd);

	if (value > UINT32_MAX) {
		rd->error = ERR_PROTO;
		return 0;
	}
	return (uint32_t)value;
}

void
pack_put_key(struct buf *out, uint8_t *last, uint8_t device, uint8_t probe, bool flag)
{
	assert(device >= *last && device < SERIES_DEVICES && probe < SERIES_PROBES);
	pack_put(out, (uint64_t)(device - *last) * 64 + probe * 2u + flag);
	*last = device;
}

bool
pack_get_key(struct rd *rd, struct pack_key *key)
{
	uint32_t code = pack_get32(rd);
	uint32_t device = key->device + code / 64;
	uint8_t probe = (uint8_t)(code / 2 % SERIES_PROBES);

	if (rd->error != 0 || device >= SERIES_DEVICES)
		return false;
	if (!key->is_first && device == key->device && probe <= key->probe)
		return false;
	*key = (struct pack_key){false, (uint8_t)device, probe, code & 1};
	return true;
}

void
series_pack_last(struct buf *out, const struct series_last *items, size_t count)
{
	uint8_t format = FORMAT_LAST, device = 0;
	int64_t base = 0;

	for (size_t i = 0; i < count; i++) {
		if (items[i].last.run_ms > base)
			base = items[i].last.run_ms;
		if (items[i].last.answer_ms > base)
			base = items[i].last.answer_ms;
	}
	buf_put(out, &format, 1);
	pack_put(out, (uint64_t)base);
	for (size_t i = 0; i < count; i++) {
		const struct store_last *last = &items[i].last;
		bool is_unanswered = last->answer_ms != last->run_ms;
		uint64_t rtt = last->rtt_us == RTT_NONE ? 0 : (uint64_t)last->rtt_us + 1;
		int64_t run = last->run_ms < 0 ? 0 : last->run_ms;

		pack_put_key(out, &device, items[i].device, items[i].probe, is_unanswered);
		pack_put(out, rtt * 4 + (unsigned)last->outcome);
		pack_put(out, (uint64_t)(base - run));
		if (is_unanswered)
			pack_put(out,
				 last->answer_ms <= 0 ? 0 : (uint64_t)(base - last->answer_ms) + 1);
	}
}

int
series_unpack_last(const void *data, size_t len, struct series_last *out, size_t *count)
{
	struct pack_key key = {.is_first = true};
	uint64_t base, code, age;
	size_t n = 0;
	struct rd rd;

	rd_init(&rd, data, len);
	if (rd_u8(&rd) != FORMAT_LAST)
		return len == 0 ? ERR_PROTO : ERR_VERSION;
	base = pack_get(&rd);
	if (base > INT64_MAX)
		return ERR_PROTO;
	while (rd.error == 0 && rd_left(&rd) > 0) {
		struct store_last last;

		if (!pack_get_key(&rd, &key))
			return ERR_PROTO;
		code = pack_get(&rd);
		age = pack_get(&rd);
		if (code / 4 > UINT32_MAX || age > base)
			return ERR_PROTO;
		last.outcome = (enum outcome)(code % 4);
		last.rtt_us = code / 4 == 0 ? RTT_NONE : (uint32_t)(code / 4 - 1);
		last.run_ms = (int64_t)(base - age);
		last.answer_ms = last.run_ms;
		if (key.flag) {
			age = pack_get(&rd);
			if (age > base + 1)
				return ERR_PROTO;
			last.answer_ms = age == 0 ? 0 : (int64_t)(base - (age - 1));
		}
		assert(n < SERIES_MAX);
		out[n++] = (struct series_last){key.device, key.probe, last};
	}
	if (rd.error != 0)
		return ERR_PROTO;
	*count = n;
	return 0;
}
