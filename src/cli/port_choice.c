/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which port a person means: its name in any of its spellings, its alias, its number where only one
 * port has it, its ifIndex.
 */
#include "topo_impact.h"

#include "keepwatch/near.h"
#include "keepwatch/port_name.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum way { BY_NAME, BY_ALIAS, BY_NUMBER, BY_INDEX, WAYS };

static bool
fits(const struct topo_port *port, const char *text, enum way way)
{
	char *end;
	unsigned long number;

	switch (way) {
	case BY_NAME:
		return port_name_same(port->name, text);
	case BY_ALIAS:
		return port->alias[0] != '\0' && strcasecmp(port->alias, text) == 0;
	case BY_NUMBER:
		return port_name_match(port->name, text) == PORT_NAME_NUMBER;
	default:
		number = strtoul(text, &end, 10);
		return *text >= '0' && *text <= '9' && *end == '\0' && number == port->if_index;
	}
}

void
port_choose(const struct reader_port_list *ports, const char *text, struct port_choice *choice)
{
	struct near_best best;

	*choice = (struct port_choice){0};
	for (int way = 0; way < WAYS; way++) {
		for (size_t i = 0; i < ports->count; i++) {
			const struct topo_port *port = &ports->items[i].port;

			if (!fits(port, text, (enum way)way))
				continue;
			if (choice->port != NULL && choice->other == NULL)
				choice->other = port;
			else if (choice->port == NULL)
				choice->port = port;
		}
		if (choice->port != NULL)
			return;
	}
	near_init(&best, text);
	for (size_t i = 0; i < ports->count; i++)
		near_try(&best, ports->items[i].port.name);
	choice->near = best.name;
}
