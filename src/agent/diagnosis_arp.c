/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tables of neighbours, as evidence on addresses that two devices claim: which of them has it now.
 * Only these are told; what else a table says is for the topology to judge.
 */
#include "diagnosis.h"

#include <stdbool.h>

static const struct ipaddr *
address_of(const struct agent_diagnosis *diagnosis, const struct diagnosis_device *d)
{
	const struct agent_device *device = diagnosis_agent_device(diagnosis, d);

	return device->probe_count > 0
		       ? &diagnosis->agent->table->probes[device->first_probe].target.ip
		       : &device->device->ip;
}

void
agent_diagnosis_arp(struct agent *agent, const struct view_arp *rows, size_t count, int64_t at_ms)
{
	struct agent_diagnosis *diagnosis = agent->diagnosis;

	if (diagnosis == NULL || !diagnosis->is_ready)
		return;
	for (size_t i = 0; i < open_incidents_count(diagnosis->open); i++) {
		const struct open_incident *open = open_incidents_at(diagnosis->open, i);
		const struct diagnosis_device *d;

		if (open->verdict != VERDICT_DUP_IP || open->blame.type != BLAME_NODE)
			continue;
		d = diagnosis_find(diagnosis, open->blame.id);
		for (size_t k = 0; d != NULL && k < count; k++) {
			struct evidence evidence = {
				.kind = EVIDENCE_ARP, .node = d->id, .at_ms = at_ms};

			if (!ipaddr_equal(&rows[k].ip, address_of(diagnosis, d)))
				continue;
			evidence.arp.mac = rows[k].mac;
			diagnosis_take(diagnosis, &evidence);
		}
	}
}
