# SPDX-License-Identifier: GPL-3.0-or-later
BENCH_PROGRAMS += $(BUILD)/tests/bench_codec/onvif_bench
$(BUILD)/tests/bench_codec/onvif_bench: $(BUILD)/tests/bench_codec/onvif_bench.o $(call archives,codec)
	$(link) $(call libs,codec)
