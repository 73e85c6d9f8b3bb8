# SPDX-License-Identifier: GPL-3.0-or-later
# The fake agent that the tests of the SNMP command generator share.
$(BUILD)/tests/unit/net_snmpc_test $(BUILD)/tests/unit/net_snmpc_walk_test: \
	$(BUILD)/tests/snmp/agent.o
