# SPDX-License-Identifier: GPL-3.0-or-later
# The benchmark of the inference, on the made-up networks of tests/topo.
TOPO_BENCH = $(BUILD)/tests/bench_topo/topo_bench
BENCH_PROGRAMS += $(TOPO_BENCH)
$(TOPO_BENCH): $(BUILD)/tests/bench_topo/topo_bench.o $(addprefix $(BUILD)/tests/topo/, \
		sim_tree.o sim_build.o sim_learn.o sim_view.o) $(call archives,topo)
	$(link) $(call libs,topo)
