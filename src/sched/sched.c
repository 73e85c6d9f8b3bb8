/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The schedule: a timing wheel of due times, and per site a queue of items that are due and wait
 * for room under a cap. Sites with waiting items are served in turn, so that one large site cannot
 * starve the others.
 */
#include "keepwatch/sched.h"

#include "keepwatch/mem.h"
#include "keepwatch/wheel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	DEFAULT_IN_FLIGHT = 4096,
	DEFAULT_SITE_IN_FLIGHT = 64,
	DEFAULT_SITE_RATE = 200,
	DEFAULT_RETRY_MS = 1000,
	DEFAULT_QUICK_RETRIES = 3,
	RATE_BURST_MS = 200, /* a site may start at once what it may start in that time */
	BACKOFF_SHIFT_MAX = 16,
};

enum item_place { PLACE_WHEEL, PLACE_QUEUE, PLACE_BLOCKED, PLACE_IN_FLIGHT };

struct item {
	struct wheel_node node; /* first */
	struct sched_item conf;
	uint64_t due_ms;
	sched_id id;   /* its own */
	sched_id next; /* in a site's queue or a device's blocked list */
	uint8_t place;
	uint8_t quick;	   /* quick retries made */
	uint8_t backoff;   /* doublings of the pause */
	bool is_expedited; /* while in flight: again at once when done */
};

struct queue {
	sched_id head, tail;
	uint32_t in_flight;
	uint32_t max_in_flight, max_rate;
	uint64_t tokens_milli; /* thousandths of a start */
	uint64_t refilled_ms;
};

struct device_slot {
	sched_id blocked; /* exclusive items that wait for the device's run */
	bool is_busy;
};

struct sched {
	struct sched_params params;
	struct wheel wheel;
	/* Nodes are linked by address, so items are allocated in blocks that never move. */
	struct item **blocks;
	size_t block_count, block_cap;
	uint32_t item_count;
	struct queue *queues; /* one a site, and one for items without */
	size_t queue_count;
	size_t turn; /* next queue to serve */
	struct device_slot *devices;
	size_t device_count;
	uint32_t in_flight, waiting;
	uint64_t started;
	uint64_t late_max_ms;
};

enum { BLOCK_ITEMS = 1024 };

static struct item *
item_at(const struct sched *sched, sched_id id)
{
	assert(id < sched->item_count);
	return &sched->blocks[id / BLOCK_ITEMS][id % BLOCK_ITEMS];
}

/* splitmix64: spreads keys that differ in few bits. */
static uint64_t
mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15U;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
	return x ^ (x >> 31);
}

static void
queue_init(struct queue *queue, const struct sched_site *site, uint64_t now_ms)
{
	queue->head = queue->tail = SCHED_NO_ID;
	queue->in_flight = 0;
	queue->max_in_flight = site == NULL		  ? UINT32_MAX
			       : site->max_in_flight != 0 ? site->max_in_flight
							  : DEFAULT_SITE_IN_FLIGHT;
	queue->max_rate = site == NULL		? UINT32_MAX
			  : site->max_rate != 0 ? site->max_rate
						: DEFAULT_SITE_RATE;
	queue->tokens_milli = 1000;
	queue->refilled_ms = now_ms;
}

struct sched *
sched_new(const struct sched_params *params, const struct sched_site *sites, size_t site_count,
	  size_t devices, uint64_t now_ms)
{
	struct sched *sched = calloc(1, sizeof(*sched));

	if (sched == NULL)
		return NULL;
	sched->params = *params;
	if (sched->params.tick_ms == 0)
		sched->params.tick_ms = 1;
	if (sched->params.max_in_flight == 0)
		sched->params.max_in_flight = DEFAULT_IN_FLIGHT;
	if (sched->params.retry_ms == 0)
		sched->params.retry_ms = DEFAULT_RETRY_MS;
	if (sched->params.quick_retries == UINT32_MAX)
		sched->params.quick_retries = DEFAULT_QUICK_RETRIES;
	wheel_init(&sched->wheel, now_ms, sched->params.tick_ms);
	sched->queue_count = site_count + 1;
	sched->device_count = devices;
	sched->queues = calloc(sched->queue_count, sizeof(*sched->queues));
	sched->devices = calloc(devices + 1, sizeof(*sched->devices));
	if (sched->queues == NULL || sched->devices == NULL) {
		sched_free(sched);
		return NULL;
	}
	for (size_t i = 0; i < sched->queue_count; i++)
		queue_init(&sched->queues[i], i < site_count ? &sites[i] : NULL, now_ms);
	for (size_t i = 0; i < devices; i++)
		sched->devices[i].blocked = SCHED_NO_ID;
	return sched;
}

void
sched_free(struct sched *sched)
{
	if (sched == NULL)
		return;
	for (size_t i = 0; i < sched->block_count; i++)
		free(sched->blocks[i]);
	free(sched->blocks);
	free(sched->queues);
	free(sched->devices);
	free(sched);
}

/* The item's first grid time after `after`, moved by this cycle's jitter. */
static uint64_t
grid_after(const struct sched *sched, const struct sched_item *conf, uint64_t after)
{
	uint64_t period = conf->period_ms;
	uint64_t phase = mix(conf->key ^ sched->params.seed) % period;
	uint64_t cycle = after < phase ? 0 : (after - phase) / period + 1;
	uint64_t jitter_max = sched->params.jitter_ms;
	uint64_t jitter = 0;

	if (jitter_max >= period)
		jitter_max = period - 1;
	if (jitter_max > 0)
		jitter = mix(conf->key ^ sched->params.seed ^ mix(cycle)) % (jitter_max + 1);
	return phase + cycle * period + jitter;
}

static void
schedule_at(struct sched *sched, struct item *item, uint64_t due_ms)
{
	item->place = PLACE_WHEEL;
	item->due_ms = due_ms;
	wheel_arm(&sched->wheel, &item->node, due_ms);
}

sched_id
sched_add(struct sched *sched, const struct sched_item *conf, uint32_t first_within_ms)
{
	uint64_t now_ms = sched->wheel.now * sched->params.tick_ms;
	sched_id id = sched->item_count;
	struct item *item;
	uint64_t due;

	assert(conf->device < sched->device_count);
	if (id / BLOCK_ITEMS == sched->block_count) {
		struct item *block;

		if (mem_grow(&sched->blocks, &sched->block_cap, sched->block_count + 1,
			     sizeof(struct item *)) != 0)
			return SCHED_NO_ID;
		block = calloc(BLOCK_ITEMS, sizeof(*block));
		if (block == NULL)
			return SCHED_NO_ID;
		sched->blocks[sched->block_count++] = block;
	}
	sched->item_count++;
	item = item_at(sched, id);
	wheel_node_init(&item->node);
	item->id = id;
	item->conf = *conf;
	if (item->conf.period_ms < sched->params.tick_ms)
		item->conf.period_ms = sched->params.tick_ms;
	item->next = SCHED_NO_ID;
	due = grid_after(sched, &item->conf, now_ms);
	if (due > now_ms + first_within_ms)
		due = now_ms +
		      mix(conf->key ^ ~sched->params.seed) % ((uint64_t)first_within_ms + 1);
	schedule_at(sched, item, due);
	return id;
}

static struct queue *
queue_of(struct sched *sched, const struct item *item)
{
	size_t last = sched->queue_count - 1;

	return &sched->queues[item->conf.site < last ? item->conf.site : last];
}

static void
enqueue(struct sched *sched, sched_id id)
{
	struct item *item = item_at(sched, id);
	struct queue *queue = queue_of(sched, item);

	item->place = PLACE_QUEUE;
	item->next = SCHED_NO_ID;
	if (queue->tail == SCHED_NO_ID)
		queue->head = id;
	else
		item_at(sched, queue->tail)->next = id;
	queue->tail = id;
	sched->waiting++;
}

static void
collect_due(struct sched *sched, uint64_t now_ms)
{
	struct wheel_node *node;

	while ((node = wheel_expire(&sched->wheel, now_ms)) != NULL)
		enqueue(sched, ((struct item *)(void *)node)->id);
}

static void
refill(struct queue *queue, uint64_t now_ms)
{
	uint64_t full = (uint64_t)queue->max_rate * RATE_BURST_MS;
	uint64_t elapsed = now_ms > queue->refilled_ms ? now_ms - queue->refilled_ms : 0;

	if (full < 1000)
		full = 1000;
	if (elapsed > 60000)
		elapsed = 60000;
	queue->tokens_milli += elapsed * queue->max_rate;
	if (queue->tokens_milli > full)
		queue->tokens_milli = full;
	queue->refilled_ms = now_ms;
}

/* Takes the first item of a queue that may start; items whose device is busy step aside. */
static sched_id
dequeue(struct sched *sched, struct queue *queue, uint64_t now_ms)
{
	if (queue->head == SCHED_NO_ID || queue->in_flight >= queue->max_in_flight)
		return SCHED_NO_ID;
	refill(queue, now_ms);
	if (queue->tokens_milli < 1000)
		return SCHED_NO_ID;
	while (queue->head != SCHED_NO_ID) {
		sched_id id = queue->head;
		struct item *item = item_at(sched, id);
		struct device_slot *device = &sched->devices[item->conf.device];

		queue->head = item->next;
		if (queue->head == SCHED_NO_ID)
			queue->tail = SCHED_NO_ID;
		sched->waiting--;
		if (!item->conf.is_exclusive || !device->is_busy) {
			queue->tokens_milli -= 1000;
			return id;
		}
		item->place = PLACE_BLOCKED;
		item->next = device->blocked;
		device->blocked = id;
	}
	return SCHED_NO_ID;
}

static void
start(struct sched *sched, struct queue *queue, sched_id id, uint64_t now_ms)
{
	struct item *item = item_at(sched, id);
	uint64_t late = now_ms > item->due_ms ? now_ms - item->due_ms : 0;

	item->place = PLACE_IN_FLIGHT;
	item->is_expedited = false;
	queue->in_flight++;
	sched->in_flight++;
	sched->started++;
	if (item->conf.is_exclusive)
		sched->devices[item->conf.device].is_busy = true;
	if (late > sched->late_max_ms)
		sched->late_max_ms = late;
}

sched_id
sched_next(struct sched *sched, uint64_t now_ms)
{
	collect_due(sched, now_ms);
	if (sched->in_flight >= sched->params.max_in_flight || sched->waiting == 0)
		return SCHED_NO_ID;
	for (size_t i = 0; i < sched->queue_count; i++) {
		struct queue *queue = &sched->queues[sched->turn];
		sched_id id = dequeue(sched, queue, now_ms);

		sched->turn = (sched->turn + 1) % sched->queue_count;
		if (id != SCHED_NO_ID) {
			start(sched, queue, id, now_ms);
			return id;
		}
	}
	return SCHED_NO_ID;
}

static uint64_t
backoff_due(const struct sched *sched, const struct item *item, uint64_t now_ms)
{
	uint64_t period = item->conf.period_ms;
	uint64_t pause = period << item->backoff;
	uint64_t longest = item->conf.max_pause_ms > period ? item->conf.max_pause_ms : period;

	if (pause > longest)
		pause = longest;
	/* The grid time nearest to the pause: cycles are skipped, phases are kept. */
	return grid_after(sched, &item->conf, now_ms + pause - period);
}

static uint64_t
next_due(const struct sched *sched, struct item *item, uint64_t now_ms, enum sched_verdict verdict)
{
	uint64_t grid = grid_after(sched, &item->conf, now_ms);
	uint64_t quick;

	switch (verdict) {
	case SCHED_UNSETTLED:
		if (item->quick >= sched->params.quick_retries)
			return grid;
		quick = now_ms + ((uint64_t)sched->params.retry_ms << item->quick);
		item->quick++;
		return quick < grid ? quick : grid;
	case SCHED_FAILING:
		item->quick = 0;
		if (item->backoff < BACKOFF_SHIFT_MAX)
			item->backoff++;
		return backoff_due(sched, item, now_ms);
	case SCHED_STEADY:
		break;
	}
	item->quick = item->backoff = 0;
	return grid;
}

void
sched_done(struct sched *sched, sched_id id, uint64_t now_ms, enum sched_verdict verdict)
{
	struct item *item = item_at(sched, id);
	struct device_slot *device = &sched->devices[item->conf.device];

	assert(item->place == PLACE_IN_FLIGHT);
	queue_of(sched, item)->in_flight--;
	sched->in_flight--;
	if (item->conf.is_exclusive) {
		device->is_busy = false;
		while (device->blocked != SCHED_NO_ID) {
			sched_id other = device->blocked;

			device->blocked = item_at(sched, other)->next;
			enqueue(sched, other);
		}
	}
	schedule_at(sched, item, next_due(sched, item, now_ms, verdict));
	if (item->is_expedited)
		sched_expedite(sched, id);
}

void
sched_expedite(struct sched *sched, sched_id id)
{
	struct item *item = item_at(sched, id);

	if (item->place == PLACE_IN_FLIGHT) {
		item->is_expedited = true;
	} else if (item->place == PLACE_WHEEL) {
		item->is_expedited = false;
		schedule_at(sched, item, sched->wheel.now * sched->params.tick_ms);
	}
}

uint64_t
sched_wanted_ms(const struct sched *sched, uint64_t now_ms)
{
	uint64_t next = wheel_next_ms(&sched->wheel);

	/* What waits for a token is looked at again next tick; what waits for a run, when that
	 * ends. */
	if (sched->waiting > 0 && sched->in_flight < sched->params.max_in_flight)
		return now_ms + sched->params.tick_ms < next ? now_ms + sched->params.tick_ms
							     : next;
	return next;
}

struct sched_stats
sched_stats(struct sched *sched)
{
	struct sched_stats stats = {
		.items = sched->item_count,
		.in_flight = sched->in_flight,
		.waiting = sched->waiting,
		.started = sched->started,
		.late_max_ms =
			sched->late_max_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)sched->late_max_ms,
	};

	sched->late_max_ms = 0;
	return stats;
}

uint64_t
sched_due_ms(const struct sched *sched, sched_id id)
{
	return item_at(sched, id)->due_ms;
}
