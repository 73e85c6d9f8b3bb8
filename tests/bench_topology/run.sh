#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a reading of a 48-port switch with 1,000 stations costs: request round trips, and CPU of the
# monitor on a loop paced as the agent's; agents that answer up to 8,000 bytes, and such whose
# replies fit an Ethernet frame.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:-$here/../../build}
[ -x "$build/tests/bench_topology/reader" ] || { echo "run.sh: reader is not built (make bench-programs)" >&2; exit 1; }
exec 9>"${TMPDIR:-/tmp}/kw-bench.lock" && flock 9

dir=$(mktemp -d) || exit 1
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; rm -rf "$dir"' EXIT
mkdir "$dir/dumps"
status=0

# NAME SIZE COUNT SPAN_MS: reads so many within that time, twice; 500 switches in 10 minutes.
read_all() {
	: >"$dir/player"
	"$build/tests/snmp/player" --port 0 --address 127.0.0.0/8 --max-size "$2" "$dir/dumps" \
		>"$dir/player" 9>&- &
	pid=$!
	port=
	for ((i = 0; i < 200; i++)); do
		port=$(awk '$1 == "listening" { print $2 }' "$dir/player")
		[ -n "$port" ] && break
		sleep 0.05
	done
	timeout 200 "$build/tests/bench_topology/reader" "$port" "$3" "$4" >"$dir/out" || status=1
	sed "s/^/$1, replies up to $2 bytes: /" "$dir/out"
	grep -q "whole $3 of $3 stations 1000 " "$dir/out" || {
		echo "run.sh: not all were read whole" >&2
		status=1
	}
	awk -v what="$1-$2" '
		/^round 1 / { first = $10 } /^round 2 / { again = $10; us = $12 }
		END {
			printf "FIGURE topology-first-round-trips-%s %.0f\n", what, first
			printf "FIGURE topology-round-trips-%s %.0f\n", what, again
			printf "FIGURE topology-cpu-ms-%s %.2f\n", what, us / 1000
			# 500 switches in 10 minutes, of one core
			printf "RATIO topology-500-switches-%s %.5f (limit 0.03)\n", what, us * 500 / 600e6
			printf "RATIO topology-round-trips-%s %.3f (limit 1)\n", what, first / 60
			exit us * 500 / 600e6 > 0.03 || first > 60
		}' "$dir/out" || status=1
	kill "$pid" && wait "$pid" 2>/dev/null
	pid=
}

# One with many neighbours; then one with all columns of its tables, entities and an aggregation.
awk -f "$here/switch48.awk" >"$dir/dumps/switch48.snmprec"
read_all neighbours 8000 50 10000
read_all neighbours 1472 50 10000
"$here/make_switch.py" >"$dir/dumps/switch48.snmprec" || status=1
read_all full 8000 50 10000
# As dense as 500 in 10 minutes: so many readings share a wake-up of the loop.
read_all full 1472 25 30000
"$build/tests/bench_topology/decode" "$dir/dumps/switch48.snmprec" 200 |
	awk '{ printf "FIGURE topology-decode-ms %.2f\n", $2 / 1000 }'
exit "$status"
