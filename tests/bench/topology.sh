#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the topology of a fleet costs the whole agent: 48-port switches of 1,000 stations each, read,
# worked out and stored at thirty times the usual pace, in a network namespace of its own; CPU of the
# agent as a share of a core for 500 switches in 10 minutes, and what it wrote when nothing changed.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$(readlink -f "${BUILD:-$here/../../build}")
switches=${SWITCHES:-60}
if [ "$(id -u)" -ne 0 ]; then
	echo "SKIP topology agent: needs root for a network namespace"
	exit 0
fi
exec 9>"${TMPDIR:-/tmp}/kw-bench.lock" && flock 9
dir=$(mktemp -d) || exit 1
ns=kwbenchtopo$$ player='' agent='' status=0
cleanup() {
	[ -z "$agent" ] || kill "$agent" 2>/dev/null
	[ -z "$player" ] || kill "$player" 2>/dev/null
	wait 2>/dev/null
	ip netns del "$ns" 2>/dev/null
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 143' INT TERM HUP
ip netns add "$ns" && ip -n "$ns" link set lo up || exit 1
mkdir "$dir/dumps"
for ((n = 1; n <= switches; n++)); do "$here/../bench_topology/make_switch.py" 48 1000 $n >"$dir/dumps/sw$n.snmprec" || exit 1; done
ip netns exec "$ns" "$build/tests/snmp/player" --port 1161 --address 127.0.0.0/8 --max-size 1472 "$dir/dumps" \
	>"$dir/player" 9>&- &
player=$!
{
	printf '%s\n' "database: $dir/kw.db" "fleet: fleet.csv" "socket: $dir/s" "poll: { timeout: 2s }" \
		"probes: { topology: { interval: 20s } }" "kinds: { switch: { probes: [topology] } }" credentials:
	for ((n = 1; n <= switches; n++)); do
		echo "  - { name: c$n, snmp: { version: 2c, community: sw$n, port: 1161 } }"
	done
} >"$dir/keepwatch.yaml"
{
	echo name,address,kind,credential
	for ((n = 1; n <= switches; n++)); do echo "sw$n,127.0.$((1 + n / 250)).$((1 + n % 250)),switch,c$n"; done
} >"$dir/fleet.csv"
ip netns exec "$ns" "$build/keepwatchd" -c "$dir/keepwatch.yaml" --log-level notice 2>"$dir/log" 9>&- &
agent=$!

figure() { "$here/../lab/status.py" "$dir/s" "$1" 2>/dev/null || echo 0; }
cpu_ms() { awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) * 1000 / hz }' "/proc/$agent/stat"; }
views_reach() { # COUNT SECONDS
	local end=$((SECONDS + $2))
	until [ "$(figure topology_views)" -ge "$1" ]; do
		if [ "$SECONDS" -ge "$end" ] || ! kill -0 "$agent" 2>/dev/null; then
			echo "topology.sh: $(figure topology_views) of $1 readings after $2 s" >&2
			cat "$dir/log" >&2
			exit 1
		fi
		sleep 0.5
	done
}
views_reach $((2 * switches)) 200
begin=$(cpu_ms) before=$(figure topology_views) written=$(stat -c %s "$dir/kw.db-wal")
sqlite3 "$dir/kw.db" 'SELECT * FROM link; SELECT * FROM port; SELECT * FROM station' | sha256sum >"$dir/then"
views_reach $((before + 2 * switches)) 200
readings=$(($(figure topology_views) - before))
awk -v ms="$(cpu_ms)" -v begin="$begin" -v n="$readings" 'BEGIN {
	each = (ms - begin) / n
	printf "FIGURE topology-agent-ms-a-reading %.2f\n", each
	printf "RATIO topology-agent-500-switches %.5f (limit 0.03)\n", each * 500 / 600e3
	exit each * 500 / 600e3 > 0.03
}' || status=1
echo "FIGURE topology-worst-update-us $(figure topology_worst_us)"
echo "FIGURE topology-bytes-a-switch $(($(figure topology_bytes) / switches))"
echo "FIGURE topology-agent-rss-kib $(awk '/^VmRSS/ { print $2 }' "/proc/$agent/status")"
sqlite3 "$dir/kw.db" 'SELECT * FROM link; SELECT * FROM port; SELECT * FROM station' | sha256sum >"$dir/now"
if cmp -s "$dir/then" "$dir/now"; then
	echo "FIGURE topology-rows-written-when-unchanged 0"
else
	echo "topology.sh: rows were written though nothing had changed" >&2
	status=1
fi
echo "FIGURE topology-wal-growth-bytes $(($(stat -c %s "$dir/kw.db-wal") - written))"
exit $status
