#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a reading of a 48-port switch with 1,000 stations costs: request round trips, and CPU of the
# monitor on a loop paced as the agent's; agents that answer up to 8,000 bytes, and such whose
# replies fit an Ethernet frame.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:-$here/../../build}
count=50
[ -x "$build/tests/bench_topology/reader" ] || { echo "run.sh: reader is not built (make bench-programs)" >&2; exit 1; }
exec 9>"${TMPDIR:-/tmp}/kw-bench.lock" && flock 9

dir=$(mktemp -d) || exit 1
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; rm -rf "$dir"' EXIT
mkdir "$dir/dumps"
awk -f "$here/switch48.awk" >"$dir/dumps/switch48.snmprec"
status=0
for size in 8000 1472; do
	"$build/tests/snmp/player" --port 0 --address 127.0.0.0/8 --max-size "$size" "$dir/dumps" >"$dir/player" &
	pid=$!
	port=
	for ((i = 0; i < 200; i++)); do
		port=$(awk '$1 == "listening" { print $2 }' "$dir/player")
		[ -n "$port" ] && break
		sleep 0.05
	done
	timeout 200 "$build/tests/bench_topology/reader" "$port" "$count" 10000 >"$dir/out" || status=1
	sed "s/^/replies up to $size bytes: /" "$dir/out"
	grep -q "whole $count of $count stations 1000 " "$dir/out" || { echo "run.sh: not all were read whole" >&2; status=1; }
	awk -v size="$size" '
		/^round 1 / { first = $10 } /^round 2 / { again = $10; us = $12 }
		END {
			printf "FIGURE topology-first-round-trips-%d %.0f\n", size, first
			printf "FIGURE topology-round-trips-%d %.0f\n", size, again
			printf "FIGURE topology-cpu-ms-%d %.2f\n", size, us / 1000
			# 500 switches in 10 minutes, of one core
			printf "RATIO topology-500-switches-%d %.5f (limit 0.03)\n", size, us * 500 / 600e6
			printf "RATIO topology-round-trips-%d %.3f (limit 1)\n", size, first / 60
			exit us * 500 / 600e6 > 0.03 || first > 60
		}' "$dir/out" || status=1
	kill "$pid" && wait "$pid" 2>/dev/null
	pid=
done
exit "$status"
