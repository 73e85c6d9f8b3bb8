# SPDX-License-Identifier: GPL-3.0-or-later
# Programs that the lab scripts drive real peers with.
LAB_PROGRAMS = $(addprefix $(BUILD)/tests/lab/,snmp_get icmp_delay host_net_dump)
TEST_PROGRAMS += $(LAB_PROGRAMS)
$(LAB_PROGRAMS): %: %.o $(call archives,net)
	$(link) $(call libs,net)
