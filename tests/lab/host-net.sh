#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the host knows of its network, in a namespace of its own: neighbours that answered, not those
# that never did; own MACs; gateways, each once.
set -u
cd "$(dirname "$0")/../.." || exit 1
program=${BUILD:-build}/tests/lab/host_net_dump
ns=kwhost-$$
dir=$(mktemp -d) || exit 1

cleanup() {
	ip netns del "$ns" 2>/dev/null
	rm -rf "$dir"
}
trap cleanup EXIT
echo 1..5
skip_all() {
	for n in 1 2 3 4 5; do echo "ok $n - what the host knows of its network # SKIP $1"; done
	exit 0
}
[ -x "$program" ] || { echo "Bail out! $program is not built"; exit 1; }
[ "$(id -u)" -eq 0 ] || skip_all "needs root"
{ ip netns add "$ns" && ip -n "$ns" link add near address 02:00:00:00:00:01 type veth peer name far &&
	ip -n "$ns" link set near up && ip -n "$ns" link set far up &&
	ip -n "$ns" addr add 10.9.0.1/16 dev near && ip -n "$ns" addr add fd09::1/64 dev near nodad &&
	ip -n "$ns" neigh add 10.9.0.7 lladdr 00:40:8c:00:00:07 dev near nud stale &&
	ip -n "$ns" neigh add fd09::8 lladdr 00:40:8c:00:00:08 dev near nud reachable &&
	ip -n "$ns" neigh add 10.9.0.9 lladdr 00:40:8c:00:00:09 dev near nud failed &&
	ip -n "$ns" route add default via 10.9.0.7 && ip -n "$ns" route add 10.10.0.0/16 via 10.9.0.7 &&
	for i in $(seq 3000); do
		echo "neigh add 10.9.$((100 + i / 250)).$((i % 250 + 1)) lladdr 02:00:00:01:$(
			printf '%02x:%02x' $((i / 256)) $((i % 256))) dev near nud permanent"
	done | ip -n "$ns" -batch -; } 2>"$dir/err" || skip_all "no network namespace: $(head -1 "$dir/err")"

ip netns exec "$ns" "$program" >"$dir/out" 2>&1 || sed 's/^/# /' "$dir/out"
check() { # NUMBER WHAT COMMAND...
	local n=$1 what=$2
	shift 2
	if "$@"; then echo "ok $n - $what"; else echo "not ok $n - $what"; failed=1; fi
}
failed=0
count() { [ "$(grep -c "$1" "$dir/out")" -eq "$2" ]; }
check 1 "neighbours that answered, IPv4 and IPv6" count '^neighbour \(10.9.0.7 00:40:8c:00:00:07\|fd09::8 00:40:8c:00:00:08\)$' 2
check 2 "not one that failed" count '^neighbour 10.9.0.9 ' 0
check 3 "3000 more, over several messages of the kernel" count '^neighbour 10.9.1[01][0-9]\.' 3000
check 4 "its own MAC" count '^own 02:00:00:00:00:01$' 1
check 5 "a gateway of two routes once" count '^gateway 10.9.0.7$' 1
[ $failed -eq 0 ] || sed 's/^/# /' "$dir/out" | grep -v ' 10.9.1[01]' | head -20
exit $failed
