#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the topology costs on the wire: requests of one reading of a 48-port switch with 1,000 learned
# MACs, and CPU of 500 such switches in 10 minutes. The agent sends messages of up to 1,472 octets, as
# most do. The limits are of the requirements; decoding is what the codec takes of the CPU.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
bench=$BUILD/tests/bench_topology/topology_bench
if ! [ -x "$bench" ] || ! [ -x "$BUILD/tests/snmp/player" ]; then
	echo "bench_topology: $bench is not built (make bench-programs)" >&2
	exit 1
fi
exec 9>"${TMPDIR:-/tmp}/kw-bench.lock" && flock 9
work=$(mktemp -d "${TMPDIR:-/tmp}/kw-bench-topology.XXXXXX") || exit 1
pid=
# shellcheck disable=SC2317 # called by trap
cleanup() {
	[ -z "$pid" ] || { kill "$pid" && wait "$pid"; } 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM
tests/bench_topology/make_switch.py >"$work/switch.snmprec" || exit 1
"$BUILD/tests/snmp/player" --port 0 --address 127.0.0.0/8 "$work" >"$work/player" 9>&- &
pid=$!
for ((i = 0; i < 100; i++)); do
	port=$(awk '$1 == "listening" { print $2 }' "$work/player")
	[ -n "$port" ] && break
	sleep 0.05
done
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }
status=0
limit() { # NAME FIGURE LIMIT: a ratio of at most 1 is wanted
	echo "RATIO $1 $(ratio "$2" "$3") (limit 1)"
	awk -v a="$2" -v b="$3" 'BEGIN { exit !(a <= b && a > 0) }' || status=1
}
# CPU in us of a reading; nothing unless all were read.
cpu() {
	"$bench" "$@" >"$work/out" || return
	awk '$1 == "cpu_us" && $4 == $6 { print $2 }' "$work/out"
}

"$bench" once "$port" switch >"$work/once" || exit 1
cat "$work/once"
first=$(awk '$2 == "1:" { print $4 }' "$work/once")
again=$(awk '$2 == "3:" { print $4 }' "$work/once")
echo "FIGURE topology-requests-first $first"
echo "FIGURE topology-requests-again $again"
limit topology-requests-vs-60 "$first" 60

# 500 in 10 minutes are 50 in one: as dense, so as many readings share a wake-up of the loop.
paced=$(cpu paced "$port" switch 50 60)
burst=$(cpu burst "$port" switch 500)
decode=$("$bench" decode "$work/switch.snmprec" 200 | awk '{ print $2 }')
echo "FIGURE topology-reading-paced-us ${paced:-failed}"
echo "FIGURE topology-reading-burst-us ${burst:-failed}"
echo "FIGURE topology-decode-us ${decode:-failed}"
# 3 % of a core over 600 s, for 500 readings.
limit topology-500-switches-vs-3-percent "${paced:-0}" 36000
exit $status
