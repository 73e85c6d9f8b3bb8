/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the view builder: where the raw rows of the tables are, how a table of the MIBs is
 * described by the file that reads it, and what those files offer each other. Each table has one
 * `struct view_impl` named view_impl_TABLE; each part of a view has one finishing function.
 */
#ifndef KEEPWATCH_CODEC_VIEW_IMPL_H
#define KEEPWATCH_CODEC_VIEW_IMPL_H

#include "keepwatch/view_read.h"

/*
 * Rows by a key: a growing array in the order of arrival, and a hash over it. A row begins with its
 * key (key_size bytes without padding inside) and is zeroed when it is made. Columns that are
 * walked one after the other, in whatever order, find the row again in constant time.
 */
struct view_rows {
	unsigned char *items;
	size_t count, cap;
	uint16_t item_size, key_size;
	uint32_t max;	   /* rows */
	uint32_t *slots;   /* 1 + index into items, 0 empty */
	size_t slot_count; /* a power of two */
	size_t next;	   /* where the next cell of a sorted walk will be */
};

void view_rows_init(struct view_rows *rows, size_t item_size, size_t key_size, uint32_t max);
void view_rows_fini(struct view_rows *rows);
/* Empties; memory is given back. */
void view_rows_clear(struct view_rows *rows);
/* The row of a key, made if it is not there: 0, ERR_NOMEM, ERR_TOOBIG. */
int view_rows_get(struct view_rows *rows, const void *key, void **out);
/* NULL if there is none. */
void *view_rows_find(const struct view_rows *rows, const void *key);
static inline void *
view_rows_at(const struct view_rows *rows, size_t i)
{
	return rows->items + i * rows->item_size;
}

/* One table of VIEW_TABLES: spec, the layout of its rows, and its hooks; NULL hooks are none. */
struct view_impl {
	struct view_table_spec spec;
	/* builder->rows[table] is made of these; 0: the table keeps its rows elsewhere. */
	uint16_t item_size, key_size;
	/* In place of the dropping of the table's rows: where rows are kept elsewhere, or where
	 * another VLAN's are to stay. */
	void (*begin)(struct view_builder *builder, uint16_t vlan);
	/* Frees what is kept elsewhere. */
	void (*fini)(struct view_builder *builder);
	/* Number of rows, where they are kept elsewhere. */
	uint32_t (*count)(const struct view_builder *builder);
	/* Whether it is worth asking for; NULL: always. */
	bool (*wants)(const struct view_builder *builder);
	/* Whether the columns spec.later are; NULL: always. */
	bool (*wants_later)(const struct view_builder *builder);
	bool is_later_of_empty; /* it is asked for a table without rows too */
};

#define X(name, part) extern const struct view_impl view_impl_##name;
VIEW_TABLES(X)
#undef X

/* Scalars; texts are cleaned, absent ones 0 or "". */
struct view_scalars {
	uint32_t uptime_cs;
	char sys_name[VIEW_TEXT], object_id[VIEW_TEXT], sys_descr[VIEW_LONG_TEXT];
	mac_addr bridge_mac;
	uint64_t stp_root;
	uint32_t stp_root_port; /* dot1dStpRootPort: a dot1dBasePort */
	uint32_t stp_root_cost, stp_changes;
	bool has_stp;		 /* one of them was served */
	uint32_t enterprise;	 /* sysObjectID: 1.3.6.1.4.1.ENTERPRISE, 0 none */
	uint32_t object_ids[32]; /* sysObjectID */
	size_t object_id_len;
	uint8_t chassis_subtype, chassis_subtype2; /* LLDP-MIB, LLDP-V2-MIB */
	uint8_t chassis_bytes[VIEW_TEXT], chassis_bytes2[VIEW_TEXT];
	size_t chassis_len, chassis_len2;
	uint32_t lldp_change_cs, lldp2_change_cs;
};

struct view_builder {
	struct view_scalars scalars;
	struct view_rows rows[VIEW_TABLE_COUNT];
	uint8_t trust[VIEW_TABLE_COUNT]; /* enum view_trust of each table; VIEW_NOT_READ at first */
	uint16_t vlan;			 /* of the table that is being read */
	bool is_lldp_copied;		 /* the rows of LLDP come from a vendor's copy of its MIB */
	uint32_t bad_rows;
};

/* ---- reading of varbinds (view_value.c) */

/* What follows the column's OID, and how many; NULL if it is no instance of the column. */
const uint32_t *view_index(const struct view_table_spec *spec, size_t column,
			   const struct varbind *varbind, size_t *len);
/* Any of INTEGER, Gauge32, Counter32, TimeTicks, Counter64 that is not negative: agents mix them
 * up. */
bool view_u32(const struct varbind *varbind, uint32_t *out); /* false above 2^32 - 1 */
bool view_u64(const struct varbind *varbind, uint64_t *out);
/* OCTETS as a text that may be shown and compared: valid UTF-8 (other bytes become '?'), no
 * control characters, no blanks or NULs at its ends. False if it is no OCTETS. */
bool view_text(const struct varbind *varbind, char *out, size_t size);
void view_clean(const uint8_t *bytes, size_t len, char *out, size_t size);
/* OCTETS with six bytes, or a MAC written as text; false if it is none or not a station's. */
bool view_mac(const struct varbind *varbind, mac_addr *out);
bool view_mac_bytes(const uint8_t *bytes, size_t len, mac_addr *out);
/* Six sub-identifiers below 256. */
bool view_mac_index(const uint32_t *ids, size_t len, mac_addr *out);

/* ---- the numberings, for each other; valid while view_builder_finish works its way down */

/* The i-th interface as it was read so far; false past the last (view_if.c). */
bool view_if_at(const struct view_builder *builder, size_t i, struct view_port *out);
/* Whether ifName or ifDescr of an interface is just so (view_if.c). */
bool view_if_is_named(const struct view_builder *builder, const char *name);
/* ifIndex of a dot1dBasePort; 0 if it has none (view_bridge.c). Needs no finishing function. */
uint32_t view_base_port_if(const struct view_builder *builder, uint32_t base_port);
/* ifIndex that entAliasMappingTable gives for an entPhysicalIndex; 0: none (view_alias.c). */
uint32_t view_entity_if(const struct view_builder *builder, uint32_t entity);

/* ---- finishing: in this order; each takes from the builder and puts into the view. The ports are
 * there and sorted after view_finish_ports. 0 or ERR_NOMEM. Trust is set by view_builder_finish. */
int view_finish_system(struct view_builder *builder, struct switch_view *view);
int view_finish_ports(struct view_builder *builder, struct switch_view *view);
int view_finish_base_ports(struct view_builder *builder, struct switch_view *view);
int view_finish_lags(struct view_builder *builder, struct switch_view *view);
int view_finish_fdb(struct view_builder *builder, struct switch_view *view);
int view_finish_stp(struct view_builder *builder, struct switch_view *view);
/* After the forwarding table, which may prove what a local port number means, and the spanning
 * tree. */
int view_finish_neighbours(struct view_builder *builder, struct switch_view *view);
int view_finish_vlans(struct view_builder *builder, struct switch_view *view);
int view_finish_arp(struct view_builder *builder, struct switch_view *view);
int view_finish_poe(struct view_builder *builder, struct switch_view *view);
int view_finish_entities(struct view_builder *builder, struct switch_view *view);

/* view_builder_fdb_vlans, by the file of the FDB. */
size_t view_fdb_vlans(const struct view_builder *builder, uint16_t *vlans, size_t max);

/*
 * Some agents show aggregates in their forwarding table and their members nowhere. Where a
 * neighbour's own MAC is learnt on such an aggregate alone, and the port that it announces itself
 * on learns nothing and takes no part in the spanning tree, that port is a member. ERR_NOMEM.
 */
int view_lag_by_neighbours(struct switch_view *view);
/* The rows of view->fdb with a MAC begin here; view->fdb_count if there are none. */
size_t view_fdb_first(const struct switch_view *view, mac_addr mac);

#endif
