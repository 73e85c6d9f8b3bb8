# SPDX-License-Identifier: GPL-3.0-or-later
# Benchmark programs of the net room: tests/bench/NAME_bench.c links what net may stand on.
NET_BENCHES = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*_bench.c))
BENCH_PROGRAMS += $(NET_BENCHES)
$(NET_BENCHES): $(BUILD)/%: $(BUILD)/%.o $(call archives,net)
	$(link) $(call libs,net)
# Of the conf room.
BENCH_PROGRAMS += $(BUILD)/tests/bench/conf_load
$(BUILD)/tests/bench/conf_load: $(BUILD)/tests/bench/conf_load.o $(call archives,conf)
	$(link) $(call libs,conf)
