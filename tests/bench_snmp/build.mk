# SPDX-License-Identifier: GPL-3.0-or-later
# Benchmarks of SNMP: the client under test and an agent for a whole fleet of loopback addresses.
SNMP_BENCHES = $(BUILD)/tests/bench_snmp/client $(BUILD)/tests/bench_snmp/responder
BENCH_PROGRAMS += $(SNMP_BENCHES)
$(SNMP_BENCHES): $(BUILD)/%: $(BUILD)/%.o $(call archives,net)
	$(link) $(call libs,net)
$(BUILD)/tests/bench_snmp/responder: $(BUILD)/tests/bench_snmp/responder_mib.o
