# SPDX-License-Identifier: GPL-3.0-or-later
# Benchmark programs of the net room: tests/bench/NAME_bench.c links what net may stand on.
NET_BENCHES = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*_bench.c))
BENCH_PROGRAMS += $(NET_BENCHES)
$(NET_BENCHES): $(BUILD)/%: $(BUILD)/%.o $(call archives,net)
	$(link) $(call libs,net)
