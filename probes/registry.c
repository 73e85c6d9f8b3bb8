/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of probe operations, in the order of probes/probes.def.
 */
#include "keepwatch/probe.h"
#include "keepwatch/probe_kinds.h"

const struct probe_ops *
probe_ops(enum probe_id id)
{
	static const struct probe_ops *const table[PROBE_COUNT] = {
		[PROBE_ICMP] = &probe_icmp_ops,		[PROBE_SNMP] = &probe_snmp_ops,
		[PROBE_ONVIF] = &probe_onvif_ops,	[PROBE_HTTP] = &probe_http_ops,
		[PROBE_TCP] = &probe_tcp_ops,		[PROBE_TOPOLOGY] = &probe_topology_ops,
		[PROBE_EXPOSURE] = &probe_exposure_ops, [PROBE_VENDOR] = &probe_vendor_ops,
	};

	return table[id];
}
