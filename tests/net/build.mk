# SPDX-License-Identifier: GPL-3.0-or-later
# What the tests of the net room share: an ICMP engine with its requests, a network with a far end of
# the test's own, UDP peers.
$(BUILD)/tests/unit/net_icmp_test $(BUILD)/tests/unit/net_icmp_far_test: $(BUILD)/tests/net/icmp_rig.o
$(BUILD)/tests/unit/net_icmp_far_test $(BUILD)/tests/unit/probes_reach_test \
$(BUILD)/tests/unit/net_dgram_full_test: $(BUILD)/tests/net/far_end.o
$(BUILD)/tests/unit/net_dgram_test: $(BUILD)/tests/net/udp_peer.o
$(BUILD)/tests/unit/net_trap_test $(BUILD)/tests/unit/net_trap_v3_test: $(BUILD)/tests/net/trap_rig.o
