# SPDX-License-Identifier: GPL-3.0-or-later
# A network of their own, for the tests that need a silent or lying far end.
$(BUILD)/tests/unit/net_icmp_test $(BUILD)/tests/unit/probes_reach_test: $(BUILD)/tests/net/far_end.o
