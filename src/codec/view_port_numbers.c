/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which numbering of ports an agent means: hypotheses, each of which is held against all numbers
 * that the table uses.
 */
#include "view_port_numbers.h"

#include "keepwatch/err.h"

#include <stdlib.h>

struct port_number {
	uint32_t group, number; /* key */
	uint32_t by_base, by_if, by_name;
	uint32_t if_index;
};

enum scheme { BY_BASE, BY_IF, BY_NAME };

void
view_port_numbers_init(struct view_port_numbers *numbers)
{
	view_rows_init(&numbers->rows, sizeof(struct port_number), 2 * sizeof(uint32_t),
		       VIEW_PORTS_MAX);
}

void
view_port_numbers_fini(struct view_port_numbers *numbers)
{
	view_rows_fini(&numbers->rows);
}

int
view_port_numbers_note(struct view_port_numbers *numbers, uint32_t group, uint32_t number)
{
	const uint32_t key[] = {group, number};
	void *item;
	int rc = view_rows_get(&numbers->rows, key, &item);

	return rc == ERR_TOOBIG ? 0 : rc;
}

uint32_t
view_port_numbers_if(const struct view_port_numbers *numbers, uint32_t group, uint32_t number)
{
	const uint32_t key[] = {group, number};
	const struct port_number *row = view_rows_find(&numbers->rows, key);

	return row == NULL ? 0 : row->if_index;
}

/* IANAifType. */
bool
view_port_is_ethernet(const struct view_port *port)
{
	switch (port->type) {
	case 6:	  /* ethernetCsmacd */
	case 7:	  /* iso88023Csmacd */
	case 26:  /* ethernet3Mbit */
	case 62:  /* fastEther */
	case 69:  /* fastEtherFX */
	case 117: /* gigabitEthernet */
		return !port->is_aggregate;
	default:
		return false;
	}
}

bool
view_port_is_bridged(const struct view_port *port)
{
	switch (port->type) {
	case 22:  /* propPointToPointSerial */
	case 23:  /* ppp */
	case 24:  /* softwareLoopback */
	case 33:  /* rs232 */
	case 131: /* tunnel */
	case 135: /* l2vlan */
	case 136: /* l3ipvlan */
		return false;
	default:
		return true;
	}
}

static struct port_number *
number_at(const struct view_port_numbers *numbers, size_t i)
{
	return view_rows_at(&numbers->rows, i);
}

static uint32_t
number_by(const struct port_number *row, enum scheme scheme)
{
	return scheme == BY_BASE ? row->by_base : scheme == BY_IF ? row->by_if : row->by_name;
}

static void
numbers_take(struct view_port_numbers *numbers, enum scheme scheme)
{
	for (size_t i = 0; i < numbers->rows.count; i++) {
		struct port_number *row = number_at(numbers, i);

		row->if_index = number_by(row, scheme);
	}
}

/* How many numbers have a port by a hypothesis. */
static size_t
numbers_count(const struct view_port_numbers *numbers, enum scheme scheme)
{
	size_t count = 0;

	for (size_t i = 0; i < numbers->rows.count; i++)
		count += number_by(number_at(numbers, i), scheme) != 0;
	return count;
}

static void
number_named(void *item, uint32_t if_index)
{
	struct port_number *row = item;

	row->by_name = if_index;
}

/* Without all interfaces nothing can be held against the base ports: they are believed. */
static int
numbers_guess(struct view_port_numbers *numbers, const struct view_builder *builder,
	      const struct switch_view *view, bool is_ethernet, bool is_grouped)
{
	bool (*fits)(const struct view_port *) =
		is_ethernet ? view_port_is_ethernet : view_port_is_bridged;
	bool has_all = view->port_count > 0 && builder->trust[VIEW_TABLE_IF] == VIEW_WHOLE;

	for (size_t i = 0; i < numbers->rows.count; i++) {
		struct port_number *row = number_at(numbers, i);
		uint32_t base_if = view_base_port_if(builder, row->number);
		const struct view_port *base_port = switch_view_port(view, base_if);
		const struct view_port *port = switch_view_port(view, row->number);

		if (base_port != NULL ? fits(base_port) : !has_all)
			row->by_base = base_if;
		if (port != NULL && fits(port))
			row->by_if = row->number;
	}
	return view_port_names_match(view, &numbers->rows, is_grouped, number_named);
}

/* Numbers that are a port by some hypothesis. */
static size_t
numbers_possible(const struct view_port_numbers *numbers)
{
	size_t count = 0;

	for (size_t i = 0; i < numbers->rows.count; i++) {
		const struct port_number *row = number_at(numbers, i);

		count += (row->by_base | row->by_if | row->by_name) != 0;
	}
	return count;
}

static void
numbers_decide(struct view_port_numbers *numbers, bool has_base, size_t all)
{
	size_t by_base = numbers_count(numbers, BY_BASE), by_if = numbers_count(numbers, BY_IF),
	       by_name = numbers_count(numbers, BY_NAME);

	/* Some numbers of its own for the CPU or for tunnels are usual: they refute nothing. */
	if (by_base * 2 > all)
		numbers_take(numbers, BY_BASE);
	else if (by_if == all || (!has_base && by_if * 4 >= all * 3))
		numbers_take(numbers, BY_IF);
	else if (by_base == 0 && by_name == all)
		numbers_take(numbers, BY_NAME);
	/* By the book, and nothing else maps more: the others are no ports. */
	else if (by_base >= by_if && by_base >= by_name)
		numbers_take(numbers, BY_BASE);
}

int
view_port_numbers_bridge(struct view_port_numbers *numbers, const struct view_builder *builder,
			 const struct switch_view *view)
{
	int rc = numbers_guess(numbers, builder, view, false, false);

	if (rc == 0)
		numbers_decide(numbers, view_base_ports_told(builder), numbers->rows.count);
	return rc;
}

int
view_port_numbers_list(struct view_port_numbers *numbers, const struct view_builder *builder,
		       const struct switch_view *view)
{
	int rc = numbers_guess(numbers, builder, view, false, false);

	if (rc == 0)
		numbers_decide(numbers, view_base_ports_told(builder), numbers_possible(numbers));
	return rc;
}

/* True if every number has a port by the hypothesis, and no two the same. */
static bool
numbers_distinct(const struct view_port_numbers *numbers, const struct switch_view *view,
		 enum scheme scheme, uint8_t *seen)
{
	for (size_t i = 0; i < view->port_count; i++)
		seen[i] = 0;
	for (size_t i = 0; i < numbers->rows.count; i++) {
		uint32_t if_index = number_by(number_at(numbers, i), scheme);
		const struct view_port *port = switch_view_port(view, if_index);

		if (if_index == 0 || port == NULL || seen[port - view->ports]++ != 0)
			return false;
	}
	return true;
}

int
view_port_numbers_poe(struct view_port_numbers *numbers, const struct view_builder *builder,
		      const struct switch_view *view)
{
	uint8_t *seen;
	int rc = numbers_guess(numbers, builder, view, true, true);

	if (rc != 0 || numbers->rows.count == 0 || view->port_count == 0)
		return rc;
	seen = malloc(view->port_count);
	if (seen == NULL)
		return ERR_NOMEM;
	if (numbers_distinct(numbers, view, BY_NAME, seen))
		numbers_take(numbers, BY_NAME);
	else if (numbers_distinct(numbers, view, BY_BASE, seen))
		numbers_take(numbers, BY_BASE);
	else if (numbers_distinct(numbers, view, BY_IF, seen))
		numbers_take(numbers, BY_IF);
	else
		numbers_take(numbers, BY_NAME); /* of those units whose ports all have one */
	free(seen);
	return 0;
}
