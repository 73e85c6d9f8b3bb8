#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The whole agent over 20,000 devices whose audit finds much: memory, the longest tick, what a check
# costs, and the start with what was stored. In a network namespace of its own. FLEET scales it.
set -eu
BUILD=$(readlink -f "${BUILD:-build}")
FLEET=${FLEET:-20000}
if [ "$(id -u)" -ne 0 ]; then
	echo "SKIP audit: needs root for a network namespace"
	exit 0
fi
dir=$(mktemp -d)
ns=kwauditbench$$
agent=
responder=
cleanup() {
	[ -z "$agent" ] || kill "$agent" 2>/dev/null || true
	[ -z "$responder" ] || kill "$responder" 2>/dev/null || true
	wait 2>/dev/null || true
	ip netns del $ns 2>/dev/null || true
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 143' INT TERM HUP
ip netns add $ns
ip -n $ns link set lo up
{
	echo "name,address,kind,site,credential"
	for ((i = 0; i < FLEET; i++)); do
		echo "sw-$i,127.77.$((i / 250 + 1)).$((i % 250 + 1)),switch,site$((i % 20)),v2c"
	done
} >"$dir/fleet.csv"
{
	cat <<YAML
database: $dir/kw.db
fleet: fleet.csv
socket: $dir/s
poll: { interval: 60s, timeout: 2s, retries: 2 }
credentials: [{ name: v2c, snmp: { version: 2c, community: public, port: 16161 } }]
kinds: { switch: { probes: [ snmp ] } }
probes: { snmp: { interfaces: 0ms } }
policy:
  passwords: { max_age: 1d, shared_max: 1 }
  firmware:
    - { kinds: [ switch ], end_of_sale: 2020-01-31, end_of_support: 2024-12-31 }
YAML
	for i in $(seq 300); do
		echo "    - { vendor: Vendor$i, model: \"MODEL-$i*\", minimum: \"$i.0\" }"
	done
	echo "sites:"
	for i in $(seq 0 19); do echo "  - { name: site$i }"; done
} >"$dir/keepwatch.yaml"
ip netns exec $ns "$BUILD/tests/bench_snmp/responder" 16161 >"$dir/responder.log" 2>&1 &
responder=$!
status() { # FIGURE...
	python3 tests/lab/status.py "$dir/s" "$@"
}
start() { # NAME
	local begin
	begin=$(date +%s%N)
	ip netns exec $ns "$BUILD/keepwatchd" -c "$dir/keepwatch.yaml" --log-level "${2:-notice}" 2>>"$dir/agent.log" &
	agent=$!
	for _ in $(seq 400); do
		status runs >/dev/null 2>&1 && break
		kill -0 "$agent" 2>/dev/null || { cat "$dir/agent.log" && exit 1; }
		sleep 0.05
	done
	echo "FIGURE audit-start-ms-$1 $((($(date +%s%N) - begin) / 1000000))"
}
stop() {
	kill "$agent"
	wait "$agent" || true
	agent=
}
open() { echo "$(($(status audit critical) + $(status audit warning) + $(status audit notice)))"; }
reach() { # COUNT SECONDS
	for _ in $(seq "$2"); do
		[ "$(open)" -ge "$1" ] && break
		sleep 1
	done
}
tell() { # NAME
	echo "FIGURE audit-findings-$1 $(open)"
	echo "FIGURE audit-memory-bytes-per-device-$1 $(($(status audit memory) / FLEET))"
	echo "FIGURE audit-rss-bytes-per-device-$1 $(($(awk '/VmRSS/ { print $2 }' "/proc/$agent/status") * 1024 / FLEET))"
	echo "FIGURE audit-worst-tick-us-$1 $(status audit worst_us) (limit 50000)"
	echo "FIGURE audit-late-max-ms-$1 $(status late_max_ms)"
}
start empty
reach $((FLEET * 4)) 150
tell first
stop
echo "FIGURE audit-stored-findings $(sqlite3 "$dir/kw.db" 'SELECT count(*) FROM finding WHERE resolved = 0') ledger $(sqlite3 "$dir/kw.db" 'SELECT count(*) FROM password_ledger')"
# As if keepwatch had run for long.
sqlite3 "$dir/kw.db" 'UPDATE password_ledger SET first_proven = first_proven - 100 * 86400000'
start stored
reach $((FLEET * 5)) 100
tell second
stop
start all info
echo "FIGURE audit-load-ms $(sed -n "s/.*what was stored is taken up, in \([0-9]*\) ms.*/\1/p" "$dir/agent.log")"
sleep 45
tell third
for what in "" "--site site3" "--device sw-77"; do
	begin=$(date +%s%N)
	for _ in $(seq 100); do
		# shellcheck disable=SC2086 # words
		"$BUILD/check_keepwatch" -S "$dir/s" --mode audit $what >/dev/null || true
	done
	echo "FIGURE audit-check-us${what:+-${what//[ -]/}} $((($(date +%s%N) - begin) / 100000))"
done
grep -vE "^(notice|info)" "$dir/agent.log" | head -n 5 || true
