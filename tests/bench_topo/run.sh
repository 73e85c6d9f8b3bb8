#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The inference of the topology over 50,000 devices and 2,000 switches: all at once, one switch at a
# time, and its memory. How often it is right is measured by tests/unit/topo_sim_test.c.
set -eu
BUILD=$(readlink -f "${BUILD:-build}")
exec "$BUILD/tests/bench_topo/topo_bench"
