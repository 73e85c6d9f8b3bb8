# SPDX-License-Identifier: GPL-3.0-or-later
# Fills a database for the scenarios of the command line.
TEST_PROGRAMS += $(BUILD)/tests/scenario/fill_store
$(BUILD)/tests/scenario/fill_store: $(BUILD)/tests/scenario/fill_store.o \
	$(BUILD)/tests/scenario/fill_topology.o \
	$(BUILD)/tests/scenario/fill_incident.o \
	$(BUILD)/tests/scenario/fill_audit.o \
	$(call archives,store) $(call archives,conf)
	$(link) $(call libs,store) $(call libs,conf)
# A recording of evidence, for cli-replay.sh.
TEST_PROGRAMS += $(BUILD)/tests/scenario/fill_recording
$(BUILD)/tests/scenario/fill_recording: $(BUILD)/tests/scenario/fill_recording.o $(call archives,codec)
	$(link) $(call libs,codec)
