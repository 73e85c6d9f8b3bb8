# SPDX-License-Identifier: GPL-3.0-or-later
# What a reading of a switch costs; the player of tests/snmp answers.
TOPOLOGY_BENCH = $(BUILD)/tests/bench_topology/topology_bench
BENCH_PROGRAMS += $(TOPOLOGY_BENCH)
$(TOPOLOGY_BENCH): $(TOPOLOGY_BENCH).o $(BUILD)/tests/bench_topology/decode.o \
		$(BUILD)/tests/conformance/topology_target.o \
		$(addprefix $(BUILD)/tests/snmp/,player_dump.o player_message.o) $(call archives,probes)
	$(link) $(call libs,probes)
