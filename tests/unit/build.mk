# SPDX-License-Identifier: GPL-3.0-or-later
# A test that makes allocations of the house's own code fail, one after the other.
$(BUILD)/tests/unit/conf_memory_test: LDFLAGS += \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray,--wrap=strdup
