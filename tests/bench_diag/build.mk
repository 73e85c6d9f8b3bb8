# SPDX-License-Identifier: GPL-3.0-or-later
# The benchmark of the diagnosis, on a fleet of its own; run.sh adds the corpus's, if it is there.
DIAG_BENCH = $(BUILD)/tests/bench_diag/diag_bench
BENCH_PROGRAMS += $(DIAG_BENCH)
$(DIAG_BENCH): $(BUILD)/tests/bench_diag/diag_bench.o $(BUILD)/tests/bench_diag/fleet.o \
		$(call archives,diag)
	$(link) $(call libs,diag)
