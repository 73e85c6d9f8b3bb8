#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the audit costs: 20,000 devices under a full policy with 30,000 advisories.
set -eu
build=$(readlink -f "${BUILD:-build}")
exec 9>"${TMPDIR:-/tmp}/kw-bench.lock" && flock 9
"$build/tests/bench_audit/audit_bench"
