# SPDX-License-Identifier: GPL-3.0-or-later
# Fills a database for the scenarios of the command line.
TEST_PROGRAMS += $(BUILD)/tests/scenario/fill_store
$(BUILD)/tests/scenario/fill_store: $(BUILD)/tests/scenario/fill_store.o \
	$(BUILD)/tests/scenario/fill_topology.o \
	$(BUILD)/tests/scenario/fill_incident.o \
	$(call archives,store) $(call archives,conf)
	$(link) $(call libs,store) $(call libs,conf)
