/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packed rows of rollups: encoder, decoder, merge. The format is in series.h.
 */
#include "series.h"

#include "keepwatch/err.h"
#include "pack.h"

#include <assert.h>
#include <string.h>

enum { FORMAT_ROLLUP = 1 };

/* What is equal among most series of a probe. */
struct counters {
	uint32_t runs, up, sent, lost, rtt_count;
};

static struct counters
counters_of(const struct rollup_point *point)
{
	return (struct counters){point->runs, point->up, point->sent, point->lost,
				 point->rtt_count};
}

static bool
counters_equal(const struct counters *a, const struct counters *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static void
put_counters(struct buf *out, const struct counters *c)
{
	pack_put(out, c->runs);
	pack_put(out, c->up);
	pack_put(out, c->sent);
	pack_put(out, c->lost);
	pack_put(out, c->rtt_count);
}

static struct counters
get_counters(struct rd *rd)
{
	struct counters c;

	c.runs = pack_get32(rd);
	c.up = pack_get32(rd);
	c.sent = pack_get32(rd);
	c.lost = pack_get32(rd);
	c.rtt_count = pack_get32(rd);
	if (c.runs == 0 || c.up > c.runs || c.lost > c.sent)
		rd->error = ERR_PROTO;
	return c;
}

/* Boyer-Moore vote: finds the majority if there is one, else something harmless. */
static void
find_common(const struct series_point *items, size_t count, struct counters *common)
{
	uint32_t votes[SERIES_PROBES] = {0};

	memset(common, 0, SERIES_PROBES * sizeof(*common));
	for (size_t i = 0; i < count; i++) {
		struct counters c = counters_of(&items[i].point);
		uint8_t probe = items[i].probe;

		if (votes[probe] == 0) {
			common[probe] = c;
			votes[probe] = 1;
		} else if (counters_equal(&c, &common[probe])) {
			votes[probe]++;
		} else {
			votes[probe]--;
		}
	}
}

void
series_pack(struct buf *out, const struct series_point *items, size_t count)
{
	struct counters common[SERIES_PROBES];
	uint8_t format = FORMAT_ROLLUP;
	unsigned probes = 0;
	uint8_t device = 0;

	find_common(items, count, common);
	buf_put(out, &format, 1);
	for (unsigned p = 0; p < SERIES_PROBES; p++)
		probes += common[p].runs != 0;
	pack_put(out, probes);
	for (unsigned p = 0; p < SERIES_PROBES; p++) {
		if (common[p].runs != 0) {
			pack_put(out, p);
			put_counters(out, &common[p]);
		}
	}
	for (size_t i = 0; i < count; i++) {
		const struct rollup_point *point = &items[i].point;
		struct counters c = counters_of(point);
		bool differs = !counters_equal(&c, &common[items[i].probe]);

		pack_put_key(out, &device, items[i].device, items[i].probe, differs);
		if (differs)
			put_counters(out, &c);
		if (point->rtt_count > 0) {
			pack_put(out, point->rtt_min_us);
			pack_put(out, point->rtt_avg_us - point->rtt_min_us);
			pack_put(out, point->rtt_max_us - point->rtt_avg_us);
		}
	}
}

static void
get_rtt(struct rd *rd, struct rollup_point *point)
{
	uint64_t min = pack_get32(rd);
	uint64_t avg = min + pack_get32(rd);
	uint64_t max = avg + pack_get32(rd);

	if (max > UINT32_MAX) {
		rd->error = ERR_PROTO;
		return;
	}
	point->rtt_min_us = (uint32_t)min;
	point->rtt_avg_us = (uint32_t)avg;
	point->rtt_max_us = (uint32_t)max;
}

int
series_unpack(const void *data, size_t len, struct series_point *out, size_t *count)
{
	struct counters common[SERIES_PROBES] = {{0}};
	struct pack_key key = {.is_first = true};
	uint32_t probes;
	size_t n = 0;
	struct rd rd;

	rd_init(&rd, data, len);
	if (rd_u8(&rd) != FORMAT_ROLLUP)
		return len == 0 ? ERR_PROTO : ERR_VERSION;
	probes = pack_get32(&rd);
	for (uint32_t i = 0; i < probes && rd.error == 0; i++) {
		uint32_t p = pack_get32(&rd);

		if (p >= SERIES_PROBES)
			return ERR_PROTO;
		common[p] = get_counters(&rd);
	}
	while (rd.error == 0 && rd_left(&rd) > 0) {
		struct series_point *item;
		struct counters c;

		if (!pack_get_key(&rd, &key))
			return ERR_PROTO;
		c = key.flag ? get_counters(&rd) : common[key.probe];
		if (c.runs == 0)
			return ERR_PROTO;
		/* keys ascend, so there are at most SERIES_MAX */
		assert(n < SERIES_MAX);
		item = &out[n++];
		*item = (struct series_point){
			key.device,
			key.probe,
			{
				.runs = c.runs,
				.up = c.up,
				.sent = c.sent,
				.lost = c.lost,
				.rtt_count = c.rtt_count,
			},
		};
		if (c.rtt_count > 0)
			get_rtt(&rd, &item->point);
	}
	if (rd.error != 0)
		return ERR_PROTO;
	*count = n;
	return 0;
}

/* Series in the order of rows: <0, 0, >0. */
static int
compare(uint8_t a_device, uint8_t a_probe, uint8_t b_device, uint8_t b_probe)
{
	return a_device != b_device ? a_device - b_device : a_probe - b_probe;
}

size_t
series_merge(struct series_point *a, size_t a_count, const struct series_point *b, size_t b_count)
{
	size_t at = 0;

	for (size_t i = 0; i < b_count; i++) {
		int order = -1;

		while (at < a_count &&
		       (order = compare(a[at].device, a[at].probe, b[i].device, b[i].probe)) < 0)
			at++;
		if (at < a_count && order == 0) {
			rollup_merge(&a[at].point, &b[i].point);
			continue;
		}
		assert(a_count < SERIES_MAX);
		memmove(&a[at + 1], &a[at], (a_count - at) * sizeof(*a));
		a[at] = b[i];
		a_count++;
	}
	return a_count;
}

size_t
series_merge_last(struct series_last *a, size_t a_count, const struct series_last *b,
		  size_t b_count)
{
	size_t at = 0;

	for (size_t i = 0; i < b_count; i++) {
		int order = -1;

		while (at < a_count &&
		       (order = compare(a[at].device, a[at].probe, b[i].device, b[i].probe)) < 0)
			at++;
		if (at < a_count && order == 0) {
			int64_t answer_ms = a[at].last.answer_ms;

			/* the clock may have been set back: the later written one is the last */
			a[at].last = b[i].last;
			if (b[i].last.answer_ms == 0)
				a[at].last.answer_ms = answer_ms;
			continue;
		}
		assert(a_count < SERIES_MAX);
		memmove(&a[at + 1], &a[at], (a_count - at) * sizeof(*a));
		a[at] = b[i];
		a_count++;
	}
	return a_count;
}
