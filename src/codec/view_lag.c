/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Aggregations: dot3adAggPortTable of IEEE8023-LAG-MIB (IEEE 802.1AX), and ifStackTable (RFC 2863),
 * where VLANs and tunnels stack on ports as well and are not taken for aggregates.
 */
#include "view_port_numbers.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const uint32_t oid_selected[] = {1, 2, 840, 10006, 300, 43, 1, 2, 1, 1, 12};
static const uint32_t oid_attached[] = {1, 2, 840, 10006, 300, 43, 1, 2, 1, 1, 13};
static const uint32_t oid_stack_status[] = {1, 3, 6, 1, 2, 1, 31, 1, 2, 1, 3};
static const struct oid_ref lag_columns[] = {OID_REF(oid_attached), OID_REF(oid_selected)};
static const struct oid_ref stack_columns[] = {OID_REF(oid_stack_status)};

enum { LAG_ATTACHED, LAG_SELECTED };
enum { STACK_ROWS_MAX = 16384 };
enum { TYPE_ETHERNET = 6, TYPE_PROP_VIRTUAL = 53, TYPE_MULTIPLEXOR = 54, TYPE_LAG = 161 };

struct lag_row {
	uint32_t port; /* dot3adAggPortIndex, an ifIndex: the key */
	uint32_t attached, selected;
};

struct stack_row {
	struct {
		uint32_t higher, lower;
	} key;
};

static int
lag_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	size_t len;
	const uint32_t *index = view_index(&view_impl_LAG.spec, column, vb, &len);
	uint32_t number;
	void *item;
	int rc;

	if (index == NULL || len != 1 || index[0] == 0 || !view_u32(vb, &number))
		return ERR_SYNTAX;
	rc = view_rows_get(&builder->rows[VIEW_TABLE_LAG], index, &item);
	if (rc != 0)
		return rc;
	if (column == LAG_ATTACHED)
		((struct lag_row *)item)->attached = number;
	else
		((struct lag_row *)item)->selected = number;
	return 0;
}

static int
stack_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	enum { ACTIVE = 1 }; /* RowStatus */
	size_t len;
	const uint32_t *index = view_index(&view_impl_IF_STACK.spec, column, vb, &len);
	uint32_t status;
	void *item;

	if (index == NULL || len != 2 || !view_u32(vb, &status))
		return ERR_SYNTAX;
	/* Nothing above or nothing below: most rows, and of no use. */
	if (index[0] == 0 || index[1] == 0 || status != ACTIVE)
		return 0;
	return view_rows_get(&builder->rows[VIEW_TABLE_IF_STACK], index, &item);
}

/* By IANAifType; old IOS and Linux have other types for theirs, and names that tell. */
static bool
lag_is_aggregate(const struct view_port *port)
{
	static const char *const words[] = {
		"port-channel", "po",	"bundle-ether",	      "eth-trunk", "trk", "trunk",
		"lag",		"bond", "bridge-aggregation", "team",	   "ae",  "channel-group"};
	const char *text = port->descr[0] != '\0' ? port->descr : port->name;

	if (port->type == TYPE_LAG || port->type == TYPE_MULTIPLEXOR)
		return true;
	if (port->type != TYPE_PROP_VIRTUAL && port->type != TYPE_ETHERNET)
		return false;
	for (size_t i = 0; i < MEM_COUNT(words); i++) {
		size_t len = strlen(words[i]);

		if (strncasecmp(text, words[i], len) != 0)
			continue;
		/* A number and nothing else: "ae0", not "ae0.100", which is a unit of it. */
		while (text[len] == ' ' || text[len] == '-')
			len++;
		if (text[len] != '\0' && strspn(text + len, "0123456789/") == strlen(text + len))
			return true;
	}
	return false;
}

/* What stacks on what is of use unless the members of every aggregate are known already. */
static bool
stack_wants(const struct view_builder *builder)
{
	const struct view_rows *members = &builder->rows[VIEW_TABLE_LAG];
	enum { AGGREGATES_MAX = 128 }; /* of more it is not worth finding out */
	struct view_port port;
	size_t aggregates = 0;

	for (size_t i = 0; view_if_at(builder, i, &port); i++) {
		bool has_members = false;

		if (!lag_is_aggregate(&port))
			continue;
		if (++aggregates > AGGREGATES_MAX)
			return true;
		for (size_t k = 0; k < members->count && !has_members; k++) {
			const struct lag_row *row = view_rows_at(members, k);

			has_members = row->port != port.if_index && row->attached == port.if_index;
		}
		if (!has_members)
			return true;
	}
	return aggregates == 0;
}

const struct view_impl view_impl_LAG = {
	.spec = {.table = VIEW_TABLE_LAG,
		 .part = VIEW_LAGS,
		 .name = "dot3adAggPortTable",
		 .columns = lag_columns,
		 .column_count = MEM_COUNT(lag_columns),
		 .max_rows = VIEW_PORTS_MAX,
		 .add = lag_add},
	.item_size = sizeof(struct lag_row),
	.key_size = sizeof(uint32_t),
};

const struct view_impl view_impl_IF_STACK = {
	.spec = {.table = VIEW_TABLE_IF_STACK,
		 .part = VIEW_LAGS,
		 .name = "ifStackTable",
		 .columns = stack_columns,
		 .column_count = MEM_COUNT(stack_columns),
		 .max_rows = STACK_ROWS_MAX,
		 .add = stack_add},
	.item_size = sizeof(struct stack_row),
	.key_size = sizeof(struct stack_row),
	.wants = stack_wants,
};

/* An aggregate is no port with a socket: some agents number aggregates by themselves, from 1, so
 * that they would be the first ports. */
static void
lag_join(struct switch_view *view, uint32_t member, uint32_t aggregate)
{
	struct view_port *port = switch_view_port(view, member);
	struct view_port *lag = switch_view_port(view, aggregate);

	if (port == NULL || lag == NULL || port == lag || lag->lag != 0 || port->is_aggregate ||
	    (view_port_is_ethernet(lag) && !lag_is_aggregate(lag)))
		return;
	port->lag = aggregate;
	lag->is_aggregate = true;
}

int
view_finish_lags(struct view_builder *builder, struct switch_view *view)
{
	const struct view_rows *rows = &builder->rows[VIEW_TABLE_LAG];

	for (size_t i = 0; i < view->port_count; i++)
		view->ports[i].is_aggregate = view->ports[i].type == TYPE_LAG;
	for (size_t i = 0; i < rows->count; i++) {
		const struct lag_row *row = view_rows_at(rows, i);

		/* A member that is down is attached to none and still selects its aggregate; a port
		 * for itself selects itself. */
		lag_join(view, row->port, row->attached != 0 ? row->attached : row->selected);
	}
	rows = &builder->rows[VIEW_TABLE_IF_STACK];
	for (size_t i = 0; i < rows->count; i++) {
		const struct stack_row *row = view_rows_at(rows, i);
		const struct view_port *higher = switch_view_port(view, row->key.higher);
		const struct view_port *lower = switch_view_port(view, row->key.lower);

		if (higher == NULL || lower == NULL || lower->lag != 0 ||
		    lower->type == TYPE_PROP_VIRTUAL || !lag_is_aggregate(higher))
			continue;
		lag_join(view, row->key.lower, row->key.higher);
	}
	return 0;
}

size_t
view_fdb_first(const struct switch_view *view, mac_addr mac)
{
	size_t low = 0, high = view->fdb_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (view->fdb[middle].mac < mac)
			low = middle + 1;
		else
			high = middle;
	}
	return low < view->fdb_count && view->fdb[low].mac == mac ? low : view->fdb_count;
}

/* What is known of a port, beside the view. */
enum { LAG_LEARNS = 1, LAG_HAS_MEMBERS = 2 };

/* The aggregate without known members on which alone a MAC is learnt; NULL. */
static struct view_port *
lag_learnt_on(const struct switch_view *view, const uint8_t *marks, mac_addr mac)
{
	struct view_port *lag = NULL;

	if (mac == MAC_NONE)
		return NULL;
	for (size_t i = view_fdb_first(view, mac); i < view->fdb_count && view->fdb[i].mac == mac;
	     i++) {
		struct view_port *port = switch_view_port(view, view->fdb[i].if_index);

		if (view->fdb[i].status != FDB_LEARNED)
			continue;
		if (port == NULL || !port->is_aggregate || (lag != NULL && lag != port) ||
		    (marks[port - view->ports] & LAG_HAS_MEMBERS))
			return NULL;
		lag = port;
	}
	return lag;
}

int
view_lag_by_neighbours(struct switch_view *view)
{
	uint8_t *marks;

	if (view->port_count == 0 || view->fdb_count == 0 || view->neighbour_count == 0)
		return 0;
	marks = calloc(view->port_count, 1);
	if (marks == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < view->fdb_count; i++) {
		const struct view_port *port = switch_view_port(view, view->fdb[i].if_index);

		if (port != NULL && view->fdb[i].status == FDB_LEARNED)
			marks[port - view->ports] |= LAG_LEARNS;
	}
	for (size_t i = 0; i < view->port_count; i++) {
		const struct view_port *lag = switch_view_port(view, view->ports[i].lag);

		if (lag != NULL)
			marks[lag - view->ports] |= LAG_HAS_MEMBERS;
	}
	for (size_t i = 0; i < view->neighbour_count; i++) {
		const struct view_neighbour *neighbour = &view->neighbours[i];
		struct view_port *port = switch_view_port(view, neighbour->if_index), *lag;

		if (port == NULL || port->lag != 0 || port->is_aggregate ||
		    (marks[port - view->ports] & LAG_LEARNS) ||
		    (port->stp != STP_UNKNOWN && port->stp != STP_DISABLED))
			continue;
		lag = lag_learnt_on(view, marks, neighbour->chassis_mac);
		if (lag == NULL)
			lag = lag_learnt_on(view, marks, neighbour->port_mac);
		if (lag != NULL && (lag->speed_mbps == 0 || lag->speed_mbps >= port->speed_mbps))
			port->lag = lag->if_index;
	}
	free(marks);
	return 0;
}
