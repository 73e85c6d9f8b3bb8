# SPDX-License-Identifier: GPL-3.0-or-later
# Programs that the lab scripts drive real peers with.
TEST_PROGRAMS += $(BUILD)/tests/lab/snmp_get
$(BUILD)/tests/lab/snmp_get: $(BUILD)/tests/lab/snmp_get.o $(call archives,net)
	$(link) $(call libs,net)
