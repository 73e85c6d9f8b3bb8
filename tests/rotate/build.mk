# SPDX-License-Identifier: GPL-3.0-or-later
# Rotations that are killed at any system call. `make rotate-crash RUNS=1000` for many of them.
TEST_PROGRAMS += $(BUILD)/tests/rotate/kill_at
$(BUILD)/tests/rotate/kill_at: $(BUILD)/tests/rotate/kill_at.o
	$(link)

RUNS ?= 1000
.PHONY: rotate-crash
rotate-crash: $(BUILD)/keepwatch $(BUILD)/tests/fake/fake_onvif $(BUILD)/tests/rotate/kill_at
	BUILD=$(abspath $(BUILD)) tests/rotate/crash.py --crashes $(RUNS)
