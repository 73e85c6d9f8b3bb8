# SPDX-License-Identifier: GPL-3.0-or-later
# What it costs to read switches.
TOPOLOGY_BENCH = $(BUILD)/tests/bench_topology/reader
BENCH_PROGRAMS += $(TOPOLOGY_BENCH) $(BUILD)/tests/snmp/player
$(TOPOLOGY_BENCH): $(BUILD)/tests/bench_topology/reader.o $(call archives,probes)
	$(link) $(call libs,probes)
# What decoding alone takes of it.
BENCH_PROGRAMS += $(BUILD)/tests/bench_topology/decode
$(BUILD)/tests/bench_topology/decode: $(addprefix $(BUILD)/tests/,bench_topology/decode.o \
		snmp/player_dump.o snmp/player_message.o) $(call archives,net) $(call archives,codec)
	$(link) $(call libs,net) $(call libs,codec)
