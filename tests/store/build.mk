# SPDX-License-Identifier: GPL-3.0-or-later
# What the tests of the store share.
$(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/store_*_test.c)): $(BUILD)/tests/store/fixture.o
