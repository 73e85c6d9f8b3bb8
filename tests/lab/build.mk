# SPDX-License-Identifier: GPL-3.0-or-later
# Programs that the lab scripts drive real peers with.
LAB_PROGRAMS = $(addprefix $(BUILD)/tests/lab/,snmp_get icmp_delay host_net_dump)
TEST_PROGRAMS += $(LAB_PROGRAMS)
$(LAB_PROGRAMS): %: %.o $(call archives,net)
	$(link) $(call libs,net)

# Every fault of the wired lab, RUNS times, through real probes: a table. Needs root.
.PHONY: lab
lab: programs $(BUILD)/tests/fake/fake_onvif
	BUILD=$(abspath $(BUILD)) tests/lab/diagnosis-matrix $(RUNS)
