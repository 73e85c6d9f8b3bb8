/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Interfaces: ifTable and ifXTable of IF-MIB (RFC 2863), dot3StatsDuplexStatus of EtherLike-MIB
 * (RFC 3635), and the counters of errors. They become the ports of a view, by ifIndex.
 */
#include "view_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IF_ENTRY   1, 3, 6, 1, 2, 1, 2, 2, 1
#define IFX_ENTRY  1, 3, 6, 1, 2, 1, 31, 1, 1, 1
#define DOT3_STATS 1, 3, 6, 1, 2, 1, 10, 7, 2, 1

#define IF_COLUMNS(X)                \
	X(DESCR, IF_ENTRY, 2)        \
	X(TYPE, IF_ENTRY, 3)         \
	X(SPEED, IF_ENTRY, 5)        \
	X(PHYS, IF_ENTRY, 6)         \
	X(ADMIN, IF_ENTRY, 7)        \
	X(OPER, IF_ENTRY, 8)         \
	X(NAME, IFX_ENTRY, 1)        \
	X(HIGH_SPEED, IFX_ENTRY, 15) \
	X(ALIAS, IFX_ENTRY, 18)      \
	X(DUPLEX, DOT3_STATS, 19)

#define IF_COUNTER_COLUMNS(X)         \
	X(LAST_CHANGE, IF_ENTRY, 9)   \
	X(IN_DISCARDS, IF_ENTRY, 13)  \
	X(IN_ERRORS, IF_ENTRY, 14)    \
	X(OUT_DISCARDS, IF_ENTRY, 19) \
	X(OUT_ERRORS, IF_ENTRY, 20)

#define X(name, ...) static const uint32_t oid_##name[] = {__VA_ARGS__};
IF_COLUMNS(X)
IF_COUNTER_COLUMNS(X)
#undef X

enum if_column {
#define X(name, ...) IF_##name,
	IF_COLUMNS(X)
#undef X
};

enum if_counter_column {
#define X(name, ...) IF_##name,
	IF_COUNTER_COLUMNS(X)
#undef X
		IF_COUNTER_COUNT
};

static const struct oid_ref if_columns[] = {
#define X(name, ...) OID_REF(oid_##name),
	IF_COLUMNS(X)
#undef X
};

static const struct oid_ref if_counter_columns[] = {
#define X(name, ...) OID_REF(oid_##name),
	IF_COUNTER_COLUMNS(X)
#undef X
};

struct if_row {
	uint32_t if_index; /* the key */
	uint32_t type, speed_bps, speed_mbps;
	uint8_t admin, oper, duplex;
	mac_addr mac;
	char name[VIEW_TEXT], descr[VIEW_TEXT], alias[VIEW_TEXT];
};

struct if_counter_row {
	uint32_t if_index; /* the key */
	uint32_t has;	   /* bit 1 << column */
	uint32_t values[IF_COUNTER_COUNT];
};

/* The row of an instance; its index is the ifIndex alone. */
static int
if_row(struct view_builder *builder, const struct view_table_spec *spec, size_t column,
       const struct varbind *vb, void **out)
{
	size_t len;
	const uint32_t *index = view_index(spec, column, vb, &len);

	if (index == NULL || len != 1 || index[0] == 0)
		return ERR_SYNTAX;
	return view_rows_get(&builder->rows[spec->table], index, out);
}

/* ifAdminStatus and ifOperStatus: 1 to 7; others say nothing. */
static uint8_t
if_status(uint32_t number)
{
	return number <= 7 ? (uint8_t)number : 0;
}

static void
if_number(struct if_row *row, enum if_column column, uint32_t number)
{
	switch (column) {
	case IF_TYPE:
		row->type = number;
		break;
	case IF_SPEED:
		row->speed_bps = number;
		break;
	case IF_HIGH_SPEED:
		row->speed_mbps = number;
		break;
	case IF_ADMIN:
		row->admin = if_status(number);
		break;
	case IF_OPER:
		row->oper = if_status(number);
		break;
	case IF_DUPLEX: /* 1 unknown, 2 halfDuplex, 3 fullDuplex */
		row->duplex = number == 2   ? DUPLEX_HALF
			      : number == 3 ? DUPLEX_FULL
					    : DUPLEX_UNKNOWN;
		break;
	default:
		break;
	}
}

static int
if_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	const struct view_table_spec *spec = &view_impl_IF.spec;
	bool is_text = column == IF_DESCR || column == IF_NAME || column == IF_ALIAS;
	char text[VIEW_TEXT];
	uint32_t number = 0;
	void *item;
	struct if_row *row;
	int rc;

	if (is_text		? !view_text(vb, text, sizeof(text))
	    : column == IF_PHYS ? vb->type != VB_OCTETS
				: !view_u32(vb, &number))
		return ERR_SYNTAX;
	rc = if_row(builder, spec, column, vb, &item);
	if (rc != 0)
		return rc;
	row = item;
	switch (column) {
	case IF_DESCR:
		memcpy(row->descr, text, sizeof(text));
		break;
	case IF_NAME:
		memcpy(row->name, text, sizeof(text));
		break;
	case IF_ALIAS:
		memcpy(row->alias, text, sizeof(text));
		break;
	case IF_PHYS: /* empty, eight bytes or none: the interface has no MAC */
		view_mac(vb, &row->mac);
		break;
	default:
		if_number(row, (enum if_column)column, number);
		break;
	}
	return 0;
}

static int
if_counter_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	uint64_t number;
	void *item;
	struct if_counter_row *row;
	int rc;

	if (!view_u64(vb, &number))
		return ERR_SYNTAX;
	rc = if_row(builder, &view_impl_IF_COUNTERS.spec, column, vb, &item);
	if (rc != 0)
		return rc;
	row = item;
	row->values[column] = (uint32_t)number;
	row->has |= 1u << column;
	return 0;
}

/* Only slow interfaces and old agents have no ifHighSpeed. */
static bool
if_wants_speed(const struct view_builder *builder)
{
	const struct view_rows *rows = &builder->rows[VIEW_TABLE_IF];

	for (size_t i = 0; i < rows->count; i++) {
		if (((const struct if_row *)view_rows_at(rows, i))->speed_mbps != 0)
			return false;
	}
	return true;
}

bool
view_if_is_named(const struct view_builder *builder, const char *name)
{
	const struct view_rows *rows = &builder->rows[VIEW_TABLE_IF];

	for (size_t i = 0; i < rows->count; i++) {
		const struct if_row *row = view_rows_at(rows, i);

		if (strcmp(row->name, name) == 0 || strcmp(row->descr, name) == 0)
			return true;
	}
	return false;
}

const struct view_impl view_impl_IF = {
	.spec = {.table = VIEW_TABLE_IF,
		 .part = VIEW_PORTS,
		 .name = "ifTable",
		 .columns = if_columns,
		 .column_count = MEM_COUNT(if_columns),
		 .max_rows = VIEW_PORTS_MAX,
		 .later = 1u << IF_SPEED,
		 .later_max_rows = VIEW_PORTS_MAX,
		 .add = if_add},
	.item_size = sizeof(struct if_row),
	.key_size = sizeof(uint32_t),
	.wants_later = if_wants_speed,
};

const struct view_impl view_impl_IF_COUNTERS = {
	.spec = {.table = VIEW_TABLE_IF_COUNTERS,
		 .part = VIEW_PORTS,
		 .name = "ifInErrors",
		 .columns = if_counter_columns,
		 .column_count = MEM_COUNT(if_counter_columns),
		 .max_rows = VIEW_PORTS_MAX,
		 .add = if_counter_add},
	.item_size = sizeof(struct if_counter_row),
	.key_size = sizeof(uint32_t),
};

static uint64_t
if_count(const struct if_counter_row *row, enum if_counter_column column)
{
	return row != NULL && (row->has & 1u << column) ? row->values[column] : VIEW_UNKNOWN_COUNT;
}

static void
if_port(const struct view_builder *builder, const struct if_row *row, struct view_port *port)
{
	const struct if_counter_row *counters =
		view_rows_find(&builder->rows[VIEW_TABLE_IF_COUNTERS], &row->if_index);

	port->if_index = row->if_index;
	port->type = row->type;
	port->admin = row->admin;
	port->oper = row->oper;
	port->duplex = row->duplex;
	port->mac = row->mac;
	port->poe.power_class = -1;
	port->poe.mw = port->poe.limit_mw = VIEW_UNKNOWN_MW;
	/* ifHighSpeed is 0 below 500 kbit/s; ifSpeed is 2^32 - 1 where it cannot tell. */
	port->speed_mbps = row->speed_mbps != 0 ? row->speed_mbps : row->speed_bps / 1000000;
	memcpy(port->name, row->name[0] != '\0' ? row->name : row->descr, sizeof(port->name));
	memcpy(port->descr, row->descr, sizeof(port->descr));
	memcpy(port->alias, row->alias, sizeof(port->alias));
	if (port->name[0] == '\0')
		snprintf(port->name, sizeof(port->name), "if %u", row->if_index);
	port->in_errors = if_count(counters, IF_IN_ERRORS);
	port->out_errors = if_count(counters, IF_OUT_ERRORS);
	port->in_discards = if_count(counters, IF_IN_DISCARDS);
	port->out_discards = if_count(counters, IF_OUT_DISCARDS);
	if (counters != NULL && (counters->has & 1u << IF_LAST_CHANGE)) {
		port->has_last_change = true;
		port->last_change_cs = counters->values[IF_LAST_CHANGE];
	}
}

bool
view_if_at(const struct view_builder *builder, size_t i, struct view_port *out)
{
	const struct view_rows *rows = &builder->rows[VIEW_TABLE_IF];

	memset(out, 0, sizeof(*out));
	if (i >= rows->count)
		return false;
	if_port(builder, view_rows_at(rows, i), out);
	return true;
}

static int
if_port_order(const void *a, const void *b)
{
	const struct view_port *one = a, *other = b;

	return (one->if_index > other->if_index) - (one->if_index < other->if_index);
}

int
view_finish_ports(struct view_builder *builder, struct switch_view *view)
{
	const struct view_rows *rows = &builder->rows[VIEW_TABLE_IF];

	if (rows->count == 0)
		return 0;
	view->ports = calloc(rows->count, sizeof(*view->ports));
	if (view->ports == NULL)
		return ERR_NOMEM;
	view->port_count = view->port_cap = rows->count;
	for (size_t i = 0; i < rows->count; i++)
		if_port(builder, view_rows_at(rows, i), &view->ports[i]);
	qsort(view->ports, view->port_count, sizeof(*view->ports), if_port_order);
	return 0;
}
