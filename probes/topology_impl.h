/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the topology probe: the readers, one file each, what a target remembers of its tables, and
 * the run that walks one table after the other. Which rows mean what is codec's (view_read.h).
 */
#ifndef KEEPWATCH_PROBES_TOPOLOGY_IMPL_H
#define KEEPWATCH_PROBES_TOPOLOGY_IMPL_H

#include "keepwatch/mem.h"
#include "keepwatch/probe.h"
#include "keepwatch/snmpc.h"
#include "keepwatch/view_read.h"

/* ---- readers */

struct topology_table {
	enum view_table table;
	/* Without it nothing is known of its part. What is missing of the others does not harm. */
	bool is_vital;
};

/* When an answer is less than it can be. */
struct topology_doubt {
	uint32_t rows;	       /* believed before, from which on... */
	uint8_t below_percent; /* ...fewer than this share of them are doubted */
};

struct topology_reader {
	const struct topology_table *tables; /* in the order in which they are walked */
	size_t count;
	struct topology_doubt doubt;
	/* Bit 1 << table: it may be longer than there is time, so it leaves some to what comes
	 * after it, and where it was cut it goes on in the next run. */
	uint64_t longs;
	bool is_per_vlan; /* in the context of each VLAN that codec names */
	/* NULL: always; beside view_builder_wants. */
	bool (*is_wanted)(const struct probe_run *run);
};

extern const struct topology_reader topology_read_interfaces, topology_read_lag, topology_read_lldp,
	topology_read_cdp, topology_read_fdb, topology_read_fdb_vlans, topology_read_stp,
	topology_read_vlan, topology_read_arp, topology_read_poe, topology_read_entity,
	topology_read_entity_alias;

/* In the order in which they are read; NULL past the last. */
const struct topology_reader *topology_reader(size_t i);

/* ---- memory (topology_memory.c): what is believed of a switch, across runs */

enum {
	TOPOLOGY_TABLES = VIEW_TABLE_COUNT + 1, /* the last: all FDBs of VLANs together */
	TOPOLOGY_VLAN_FDB = VIEW_TABLE_COUNT,
	TOPOLOGY_SILENT_VLANS = 16,
	TOPOLOGY_PLACES = 4, /* long tables */
	TOPOLOGY_INDEX = 24,
};

/* Where a table was cut by time. */
struct topology_place {
	uint8_t table, len; /* 0: nowhere */
	uint32_t index[TOPOLOGY_INDEX];
};

struct topology_memory {
	struct snmpc_peer *peer;
	uint32_t rows[TOPOLOGY_TABLES]; /* as last believed */
	uint64_t doubted;		/* bit 1 << table: much less, in the run before */
	uint32_t runs;
	uint8_t silences[TOPOLOGY_TABLES]; /* runs in a row in which it silenced the agent */
	uint16_t silent_vlans[TOPOLOGY_SILENT_VLANS]; /* in whose context it does not answer */
	struct topology_place places[TOPOLOGY_PLACES];
};

_Static_assert(TOPOLOGY_TABLES <= 64, "one bit a table");

enum topology_belief { BELIEVED, DOUBTED_ONCE, DOUBTED_BEFORE };
/* What to think of so many rows, read to the end. */
enum topology_belief topology_judge(const struct topology_memory *memory, size_t table,
				    const struct topology_doubt *doubt, uint32_t rows);
void topology_believe(struct topology_memory *memory, size_t table, uint32_t rows);
void topology_keep_doubt(struct topology_memory *memory, size_t table);
/* Whether the agent fell silent over this table so often that it is spared in most runs. */
bool topology_is_spared(const struct topology_memory *memory, size_t table);
void topology_note_silence(struct topology_memory *memory, size_t table, bool is_silent);
/* The place of a long table, or a free one; NULL: there is none. */
struct topology_place *topology_place_of(struct topology_memory *memory, size_t table);
/* The same for the context of a VLAN: one without a bridge of its own is answered by nobody. */
bool topology_vlan_is_spared(const struct topology_memory *memory, uint16_t vlan);
void topology_note_vlan_silence(struct topology_memory *memory, uint16_t vlan);

/* ---- the run */

/* How a table ended; the worst of a part is told. */
#define TOPOLOGY_ENDS(X)                                                       \
	X(WHOLE, WHOLE, "")                                                    \
	X(ROWS, CUT, "cut: more rows than max_rows")                           \
	X(REST, CUT, "cut: the rest of what was longer than max_time")         \
	X(TIME, CUT, "cut: longer than max_time")                              \
	X(ASTRAY, CUT, "cut: the agent's OIDs do not increase")                \
	X(REFUSED, CUT, "refused by the agent")                                \
	X(SILENT, CUT, "cut: the agent fell silent")                           \
	X(SPARED, CUT, "left out in most readings: it has silenced the agent") \
	X(LOCAL, CUT, "cut: out of memory")                                    \
	X(DOUBTED, DOUBTED, "doubted: much less than before, until it is so once more")

enum topology_end {
#define X(name, trust, text) END_##name,
	TOPOLOGY_ENDS(X)
#undef X
		END_COUNT,
	END_NONE = END_COUNT /* nobody wanted it */
};
const char *topology_end_text(enum topology_end end);

enum {
	TOPOLOGY_VLANS_MAX = 256,
	TOPOLOGY_PRESENCE_MAX = 160,
};

struct topology_state {
	struct snmpc_request request; /* first: of the scalars, then of the presence check */
	struct snmpc_walk walk;
	struct net_timer pause;
	void (*then)(struct probe_run *run); /* after the pause */
	struct probe_run *run;
	struct view_builder *builder;
	uint64_t deadline_ms;
	struct oid_ref oids[SNMPC_OIDS_MAX];
	/* presence check */
	struct {
		uint8_t table, column;
	} asked[TOPOLOGY_PRESENCE_MAX];
	size_t asked_count, asked_at, asked_now;
	uint16_t present[VIEW_TABLE_COUNT]; /* bit 1 << column */
	/* where the reading is */
	size_t reader, table;
	uint16_t vlans[TOPOLOGY_VLANS_MAX];
	size_t vlan_count, vlan;
	uint32_t rows_before;		/* of the FDB, without its VLANs */
	uint8_t column[SNMPC_OIDS_MAX]; /* of those walked */
	uint8_t tries;			/* resumptions of this table */
	uint8_t silent_tables;		/* in a row */
	uint8_t silent_vlans;		/* in a row */
	bool is_brief;			/* only the state, errors and power of the ports */
	bool is_reread, is_over, has_overflown, is_out_of_memory;
	bool is_later;			/* the columns that are walked after the others */
	bool has_enough;		/* what follows of the table is not wanted */
	bool has_scalars;		/* one of them, at least */
	bool is_rest;			/* the walk began where the last run's was cut */
	uint8_t ends[VIEW_TABLE_COUNT]; /* enum topology_end */
	uint32_t exchanges;
};

static inline struct topology_state *
topology_state(struct probe_run *run)
{
	return (struct topology_state *)(void *)run->state;
}

/* Whether this run reads the table: a brief one only what tells the state, errors and power of the
 * ports, and what is needed to bring their numbers together. */
bool topology_is_of_run(const struct topology_state *state, enum view_table table);
void topology_init_tables(struct probe_run *run);
/* Walks all tables; topology_finish comes at its end (topology_run.c). */
void topology_run_tables(struct probe_run *run);
void topology_cancel_tables(struct probe_run *run);
/* The result from what was read (topology.c). */
void topology_finish(struct probe_run *run);
/* Facts for people from the view (topology_facts.c). */
void topology_add_facts(struct probe_run *run);

#endif
