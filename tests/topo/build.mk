# SPDX-License-Identifier: GPL-3.0-or-later
# A made-up campus network, for the test of the inference and its benchmark.
TOPO_SIM = $(addprefix $(BUILD)/tests/topo/,sim_tree.o sim_build.o sim_learn.o sim_view.o \
	sim_play.o sim_happen.o)
$(BUILD)/tests/unit/topo_sim_test: $(TOPO_SIM)
$(BUILD)/tests/unit/topo_cases_test: $(BUILD)/tests/topo/net.o
$(BUILD)/tests/unit/topo_changes_test: $(BUILD)/tests/topo/net.o
