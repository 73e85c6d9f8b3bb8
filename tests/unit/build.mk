# SPDX-License-Identifier: GPL-3.0-or-later
# Tests that make allocations of the house's own code fail, one after the other.
$(BUILD)/tests/unit/conf_memory_test $(BUILD)/tests/unit/codec_view_memory_test \
$(BUILD)/tests/unit/codec_firmware_memory_test $(BUILD)/tests/unit/policy_audit_random_test: LDFLAGS += \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray,--wrap=strdup
# Connects are what the test says.
$(BUILD)/tests/unit/probes_exposure_test: LDFLAGS += \
	-Wl,--wrap=tcp_connect_start,--wrap=tcp_connect_cancel
