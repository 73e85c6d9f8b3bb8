#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the diagnosis costs: the core on 10,000 devices, healthy, dark and coming back; and, if the
# corpus is there, the whole way from the lines of its scenarios to verdicts.
set -eu
build=$(readlink -f "${BUILD:-build}")
corpus=${CORPUS:-../shared/corpus}/diag
exec 9>"${TMPDIR:-/tmp}/kw-bench.lock" && flock 9
"$build/tests/bench_diag/diag_bench"

if [ ! -e "$corpus/dev.tar.xz" ]; then
	echo "no scenarios at $corpus: nothing is replayed"
	exit 0
fi
dir=$(mktemp -d /var/tmp/kw-bench-diag.XXXXXX)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/in" "$dir/out"
tar -C "$dir/in" -xJf "$corpus/dev.tar.xz"
find "$dir/in" -name '*.jsonl' ! -name '*.truth.jsonl' -print0 | sort -z |
	xargs -0 "$build/keepwatch" replay --scenario --stats -o "$dir/out" 2>"$dir/stats"
cat "$dir/stats"
# Each line is an observation, or a list of those that answered in the same five seconds.
awk '
	/^files/ { for (i = 1; i < NF; i++) { if ($i == "lines") lines = $(i + 1) + 0
		if ($i == "evidence") pieces = $(i + 1) + 0 } }
	/^CPU/ { total = $2; tick = $12; take = $9 }
	/^worst tick/ { worst = $3 }
	/^most bytes/ { bytes = $NF }
	END {
		printf "FIGURE diag-replay-us-line %.3f (limit 1)\n", total / lines * 1e6
		printf "FIGURE diag-replay-core-us-line %.3f\n", (take + tick) / lines * 1e6
		printf "FIGURE diag-replay-us-observation %.3f (limit 1)\n", total / pieces * 1e6
		printf "FIGURE diag-replay-core-us-observation %.3f\n", (take + tick) / pieces * 1e6
		printf "FIGURE diag-replay-worst-tick-ms %.2f (limit 20)\n", worst
		printf "FIGURE diag-replay-bytes %.0f of each device (limit 512)\n", bytes
	}' "$dir/stats"
