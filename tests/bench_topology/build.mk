# SPDX-License-Identifier: GPL-3.0-or-later
# What it costs to read switches.
TOPOLOGY_BENCH = $(BUILD)/tests/bench_topology/reader
BENCH_PROGRAMS += $(TOPOLOGY_BENCH) $(BUILD)/tests/snmp/player
$(TOPOLOGY_BENCH): $(BUILD)/tests/bench_topology/reader.o $(call archives,probes)
	$(link) $(call libs,probes)
