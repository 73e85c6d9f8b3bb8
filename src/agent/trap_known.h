/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whose an address is: a device of the fleet, several of them, or a forwarder.
 */
#ifndef KEEPWATCH_AGENT_TRAP_KNOWN_H
#define KEEPWATCH_AGENT_TRAP_KNOWN_H

#include "traps.h"

enum trap_source trap_source_of(struct agent_traps *traps, const struct ipaddr *ip);
/* The device at this address; of several the first that is asked by SNMP. NULL if there is none. */
const struct agent_device *trap_device(struct agent_traps *traps, const struct ipaddr *ip);
/* The n-th credential that one at this address may show; NULL past the end. */
const struct credential_snmp *trap_credential_of(struct agent_traps *traps, const struct ipaddr *ip,
						 size_t n);
void trap_known_free(struct agent_traps *traps);

#endif
