# SPDX-License-Identifier: GPL-3.0-or-later
# The benchmark of the audit.
AUDIT_BENCH = $(BUILD)/tests/bench_audit/audit_bench
BENCH_PROGRAMS += $(AUDIT_BENCH)
$(AUDIT_BENCH): $(BUILD)/tests/bench_audit/audit_bench.o $(call archives,policy)
	$(link) $(call libs,policy)
