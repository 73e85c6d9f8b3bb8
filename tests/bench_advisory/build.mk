# SPDX-License-Identifier: GPL-3.0-or-later
# The benchmark of advisories: reading, indexing and matching them.
ADVISORY_BENCH = $(BUILD)/tests/bench_advisory/advisory_bench
BENCH_PROGRAMS += $(ADVISORY_BENCH)
$(ADVISORY_BENCH): $(BUILD)/tests/bench_advisory/advisory_bench.o $(call archives,policy) $(BUILD)/lib/codec.a
	$(link) $(call libs,policy) $(call libs,codec)
