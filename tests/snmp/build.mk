# SPDX-License-Identifier: GPL-3.0-or-later
# The fake agents that the tests of the SNMP command generator and of its probe share.
$(BUILD)/tests/unit/net_snmpc_test $(BUILD)/tests/unit/net_snmpc_walk_test: \
	$(BUILD)/tests/snmp/agent.o $(BUILD)/tests/snmp/out.o
$(BUILD)/tests/unit/net_snmpc_v3_test: $(BUILD)/tests/snmp/out.o
$(BUILD)/tests/unit/net_snmpc_engine_test $(BUILD)/tests/unit/net_snmpc_forged_test: \
	$(addprefix $(BUILD)/tests/snmp/,v3_rig.o v3_agent.o out.o)
SNMP_PROBE_TESTS = $(addprefix $(BUILD)/tests/unit/,probes_snmp_test probes_snmp_memory_test probes_snmp_firmware_test)
$(SNMP_PROBE_TESTS): $(addprefix $(BUILD)/tests/snmp/,probe_rig.o device.o v3_agent.o out.o)
# Time passes when the test says so.
$(SNMP_PROBE_TESTS): LDFLAGS += -Wl,--wrap=clock_wall_ms,--wrap=net_loop_now_ms
# An agent for many dumps at once.
PLAYER = $(BUILD)/tests/snmp/player
TEST_PROGRAMS += $(PLAYER)
$(PLAYER): $(addprefix $(BUILD)/tests/snmp/,player.o player_dump.o player_message.o)
	$(link)
SWITCH_TESTS = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/probes_topology*_test.c tests/unit/probes_snmp_change_test.c))
# A switch with spoiled manners.
$(SWITCH_TESTS): $(addprefix $(BUILD)/tests/snmp/,switch_rig.o switch.o switch_tables.o out.o)
$(BUILD)/tests/unit/net_snmpc_resume_test: $(addprefix $(BUILD)/tests/snmp/,switch.o v3_rig.o v3_agent.o out.o)
