/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the diagnosis wants to know next is probed ahead of the schedule. The schedule's caps hold
 * all the same, and nobody is asked more often than every quarter of a cycle.
 */
#include "diagnosis.h"
#include "topology.h"

#include "keepwatch/clock.h"

enum { ASK_SHARE = 4 }; /* of a cycle is waited before a node is asked again */

static bool
is_of_ask(enum diag_ask_type type, enum probe_id probe)
{
	switch (type) {
	case DIAG_ASK_POLL:
		return probe_tells_health(probe);
	case DIAG_ASK_SWITCH:
		return probe == PROBE_ICMP || probe == PROBE_SNMP;
	case DIAG_ASK_PORTS:
		return probe == PROBE_TOPOLOGY;
	default:
		return false;
	}
}

/* True if something was started. */
static bool
expedite(struct agent *agent, const struct agent_device *device, enum diag_ask_type type)
{
	bool is_started = false;

	for (size_t i = 0; i < device->probe_count; i++) {
		size_t index = device->first_probe + i;
		struct agent_probe *probe = &agent->table->probes[index];
		enum probe_id id = probe->target.settings->probe;

		if (!is_of_ask(type, id))
			continue;
		if (id == PROBE_TOPOLOGY)
			probe->wants_brief = true;
		/* One that runs already tells soon; of a long reading the ports are old by then. */
		if (probe->is_running && id != PROBE_TOPOLOGY)
			continue;
		probe->is_expected = probe->is_expected || id != PROBE_TOPOLOGY;
		sched_expedite(agent->table->sched, (sched_id)index);
		is_started = true;
	}
	return is_started;
}

/* False if it was asked a moment ago. */
static bool
may_ask(const struct agent_diagnosis *diagnosis, struct diagnosis_device *d, bool is_ports)
{
	uint64_t now_ms = clock_mono_ms(), *asked_ms = &d->asked_ms[is_ports];

	if (*asked_ms != 0 && now_ms - *asked_ms < diagnosis->cycle_ms / ASK_SHARE)
		return false;
	*asked_ms = now_ms;
	return true;
}

void
diagnosis_ports_want(struct agent_diagnosis *diagnosis, struct diagnosis_device *d)
{
	if (may_ask(diagnosis, d, true) &&
	    expedite(diagnosis->agent, diagnosis_agent_device(diagnosis, d), DIAG_ASK_PORTS))
		net_loop_kick(diagnosis->agent->loop);
}

/* Whose answer is newest among what the host itself has heard. */
static void
ask_neighbours(struct agent *agent)
{
	agent->topology->host_at_ms = clock_mono_ms();
}

void
diagnosis_asks_run(struct agent_diagnosis *diagnosis)
{
	struct diag_ask asks[DIAGNOSIS_ASKS];
	size_t count = diag_asks(diagnosis->diag, asks, DIAGNOSIS_ASKS);
	bool is_started = false;

	diagnosis->asks += count;
	for (size_t i = 0; i < count; i++) {
		struct diagnosis_device *d = diagnosis_find(diagnosis, asks[i].node);

		/* What connects a site, and the monitor, are no devices to be asked. */
		if (d == NULL || !may_ask(diagnosis, d, asks[i].type == DIAG_ASK_PORTS))
			continue;
		diagnosis->asked++;
		if (asks[i].type == DIAG_ASK_ARP)
			ask_neighbours(diagnosis->agent);
		else if (expedite(diagnosis->agent, diagnosis_agent_device(diagnosis, d),
				  asks[i].type))
			is_started = true;
	}
	if (is_started)
		net_loop_kick(diagnosis->agent->loop);
}
