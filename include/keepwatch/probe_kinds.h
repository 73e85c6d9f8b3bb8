/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The operations of each probe kind, one file each in probes/; the registry puts them in a table.
 */
#ifndef KEEPWATCH_PROBE_KINDS_H
#define KEEPWATCH_PROBE_KINDS_H

#include "keepwatch/probe.h"

extern const struct probe_ops probe_icmp_ops;
extern const struct probe_ops probe_snmp_ops;
extern const struct probe_ops probe_onvif_ops;
extern const struct probe_ops probe_http_ops;
extern const struct probe_ops probe_tcp_ops;
extern const struct probe_ops probe_topology_ops;
extern const struct probe_ops probe_vendor_ops;
extern const struct probe_ops probe_exposure_ops;

#endif
