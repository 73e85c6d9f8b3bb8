# SPDX-License-Identifier: GPL-3.0-or-later
# The benchmark of the store: run.sh drives it.
STORE_BENCH = $(BUILD)/tests/bench_store/store_bench
BENCH_PROGRAMS += $(STORE_BENCH)
$(STORE_BENCH): $(BUILD)/tests/bench_store/store_bench.o $(BUILD)/tests/bench_store/fleet.o \
		$(BUILD)/tests/bench_store/topology.o \
		$(BUILD)/tests/bench_store/incidents.o $(BUILD)/tests/bench_store/audit.o $(call archives,store)
	$(link) $(call libs,store)
