/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of switch ports as people, MIBs and neighbours write them: "GigabitEthernet1/0/13" (ifDescr
 * of Cisco IOS), "Gi1/0/13" (its ifName), "gi1/0/13" (a person) are one port. Pure.
 */
#ifndef KEEPWATCH_PORT_NAME_H
#define KEEPWATCH_PORT_NAME_H

#include <stdbool.h>

enum { PORT_NAME_SIZE = 80 };

enum port_name_match {
	PORT_NAME_DIFFERENT,
	/* The same number, and one of the two says no more than that: "13" and "port 13", "1/0/13"
	 * and "Gi1/0/13". Right where no other port of the switch matches as well. */
	PORT_NAME_NUMBER,
	PORT_NAME_SAME,
};

/*
 * The short form in lower case: the type as Cisco, Comware, VRP and Junos abbreviate it ("gi",
 * "te", "fa", "eth", "po" ...; unknown types as they are), then the number without blanks and
 * leading zeros; Junos' unit 0 ("ge-0/0/3.0") is its physical port. Cut at PORT_NAME_SIZE. Returns
 * out.
 */
const char *port_name_canonical(const char *name, char out[PORT_NAME_SIZE]);
enum port_name_match port_name_match(const char *a, const char *b);
/* PORT_NAME_SAME, and neither is empty. */
bool port_name_same(const char *a, const char *b);

#endif
