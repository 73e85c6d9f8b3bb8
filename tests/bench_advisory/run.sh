#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What advisories cost: 30,000 of them against 20,000 devices that are all different.
set -eu
build=$(readlink -f "${BUILD:-build}")
exec 9>"${TMPDIR:-/tmp}/kw-bench.lock" && flock 9
"$build/tests/bench_advisory/advisory_bench"
