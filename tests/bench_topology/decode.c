/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the decoding alone of a switch costs: decode FILE ROUNDS. The view builder, fed from memory
 * with the varbinds of a dump, in the order of a reading; prints "decode_us X ports N stations N".
 */
#include "../../src/net/snmpc_ber.h"
#include "../snmp/player.h"

#include "keepwatch/mem.h"
#include "keepwatch/view_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ONE = 2, IDS = 512 };

/* All varbinds of a dump, decoded beforehand: what arrives costs net, not codec. */
struct decoded {
	struct varbind varbind;
	struct varbind pool[ONE];
	uint32_t ids[IDS];
};

static const struct varbind *
decode(const struct dump *dump, size_t i, struct decoded *decoded)
{
	struct ber_pool pool = {decoded->pool, ONE, decoded->ids, IDS};
	struct ber_span span = {dump->bytes + dump->entries[i].bytes_at,
				dump->entries[i].bytes_len};
	size_t count;

	if (ber_read_varbinds(span, &pool, &count) != 0 || count != 1)
		abort();
	return decoded->pool;
}

static void
read_table(struct view_builder *builder, const struct dump *dump, struct decoded *all,
	   enum view_table table)
{
	const struct view_table_spec *spec = view_table_spec(table);

	view_builder_begin(builder, table, 0);
	for (size_t column = 0; column < spec->column_count; column++) {
		const struct oid_ref *oid = &spec->columns[column];
		size_t i = dump_find(dump, oid->ids, oid->len, false);

		while (i < dump->count && oid_has_prefix(all[i].pool[0].oid, all[i].pool[0].oid_len,
							 oid->ids, oid->len))
			view_builder_add(builder, table, column, all[i++].pool);
	}
	view_builder_end(builder, table, VIEW_WHOLE);
}

static struct switch_view *
read_all(const struct dump *dump, struct decoded *all)
{
	struct view_builder *builder = view_builder_new();
	struct switch_view *view = NULL;

	if (builder == NULL)
		abort();
	for (size_t i = 0; i < view_scalar_count; i++) {
		const struct oid_ref *oid = &view_scalar_oids[i];
		size_t at = dump_find(dump, oid->ids, oid->len, true);

		if (dump_is_at(dump, at, oid->ids, oid->len))
			view_builder_scalar(builder, all[at].pool);
	}
	for (size_t table = 0; table < VIEW_TABLE_COUNT; table++) {
		if (view_builder_wants(builder, (enum view_table)table))
			read_table(builder, dump, all, (enum view_table)table);
	}
	if (view_builder_finish(builder, &view) != 0)
		abort();
	view_builder_free(builder);
	return view;
}

static uint64_t
cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

int
main(int argc, char **argv)
{
	size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	struct dumps dumps = {0};
	struct switch_view *view = NULL;
	struct decoded *all;
	struct dump *dump;
	uint64_t begin;

	if (rounds == 0 || dumps_add(&dumps, argv[1]) != 0 ||
	    (dump = dumps_find(&dumps, dumps.items[0].name, strlen(dumps.items[0].name))) == NULL)
		return 1;
	all = calloc(dump->count, sizeof(*all));
	if (all == NULL)
		return 1;
	for (size_t i = 0; i < dump->count; i++)
		decode(dump, i, &all[i]);
	begin = cpu_ns();
	for (size_t i = 0; i < rounds; i++) {
		switch_view_free(view);
		view = read_all(dump, all);
	}
	printf("decode_us %.1f ports %zu stations %zu\n",
	       (double)(cpu_ns() - begin) / 1000 / (double)rounds, view->port_count,
	       view->fdb_count);
	switch_view_free(view);
	free(all);
	dumps_free(&dumps);
	return 0;
}
