/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the probes that ask an SNMP agent share: the peer of a target, the bounds of an exchange,
 * and why an agent is not answered for.
 */
#ifndef KEEPWATCH_PROBES_SNMP_AGENT_H
#define KEEPWATCH_PROBES_SNMP_AGENT_H

#include "keepwatch/probe.h"
#include "keepwatch/snmpc.h"

/*
 * The peer for the target as it is now: another address or credential makes another peer. False if
 * there can be none; the result then says why.
 */
bool snmp_agent_peer(struct probe_run *run, struct snmpc_peer **peer, uint16_t port);
/* Longest time that one exchange takes. */
uint32_t snmp_agent_exchange_ms(const struct probe_settings *settings);
uint16_t snmp_agent_retries(const struct probe_settings *settings);
/* Adds to what the run has sent and lost. */
void snmp_agent_count(struct probe_run *run, uint16_t sent, uint16_t lost);
/* What a reply with this reason proves of the credential. */
void snmp_agent_note_login(struct probe_run *run, enum reason reason);
/* The result of a reply whose reason is not NONE. */
void snmp_agent_explain(struct probe_run *run, const struct snmpc_reply *reply);

#endif
