#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# CPU per target of the ICMP engine against fping, both pinned to the same CPU: 20,000 addresses of
# 127.0.0.0/8, one echo each, as a burst and paced over 20 s. The kernel answers its own loopback
# within the sender's system call, so the cost of the answering host is in both figures alike;
# RATIO lines are what counts. Memory is measured with 20,000 requests that nobody answers.
set -u
cd "$(dirname "$0")/../.." || exit 1
bench=${BUILD:-build}/tests/bench/icmp_bench
count=20000
span_s=20
runs=5
[ -x "$bench" ] || { echo "icmp.sh: $bench is not built (make bench-programs)" >&2; exit 1; }
command -v fping >/dev/null || { echo "icmp.sh: fping is not installed" >&2; exit 1; }
exec 9>"${TMPDIR:-/tmp}/kw-bench.lock" && flock 9

dir=$(mktemp -d) || exit 1
ns=kwbench-icmp-$$
trap 'ip netns del "$ns" 2>/dev/null; rm -rf "$dir"' EXIT
awk -v n="$count" 'BEGIN { for (i = 0; i < n; i++) printf "127.1.%d.%d\n", int(i / 250), i % 250 + 1 }' \
	>"$dir/targets"

# CPU in us of a command; fails unless all targets answered (count of matching lines of output).
cpu_us() { # pattern command...
	local pattern=$1 answered
	shift
	taskset -c 0 "$bench" cpu "$@" >"$dir/out" 2>"$dir/err"
	answered=$(cat "$dir/out" "$dir/err" | grep -c "$pattern")
	case $pattern in
	*answered*) [ "$answered" -eq 1 ] ;;
	*) [ "$answered" -ge "$count" ] ;;
	esac || { echo "icmp.sh: not all answered: $*" >&2; exit 1; }
	awk '/^CPU / { print $2 }' "$dir/out"
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
per_target() { awk -v us="$1" -v n="$count" 'BEGIN { printf "%.2f", us / n }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }

all="^answered $count of $count"

for ((i = 0; i < runs; i++)); do
	cpu_us "$all" "$bench" run "$count" 0 >>"$dir/ours" || exit 1
	cpu_us '(.* avg, 0% loss)' fping -c1 -i 0.001 -f "$dir/targets" >>"$dir/fping" || exit 1
	cpu_us 'xmt/rcv/%loss = 1/1/0%' fping -q -c1 -i 0.001 -f "$dir/targets" >>"$dir/quiet" || exit 1
done
ours=$(median <"$dir/ours")
fping=$(median <"$dir/fping")
quiet=$(median <"$dir/quiet")
echo "burst of $count, median of $runs: ours $ours us, fping $fping us, fping -q $quiet us of CPU"
echo "FIGURE icmp-us-per-target $(per_target "$ours")"
echo "FIGURE fping-us-per-target $(per_target "$fping")"
echo "FIGURE fping-quiet-us-per-target $(per_target "$quiet")"
echo "RATIO icmp-vs-fping $(ratio "$ours" "$fping") (limit 0.333)"
echo "RATIO icmp-vs-fping-quiet $(ratio "$ours" "$quiet") (no limit)"

# The receive buffer of a process without privileges: net.core.rmem_max, here its usual 208 KiB.
if [ "$(id -u)" -eq 0 ]; then
	setpriv --bounding-set=-net_admin --inh-caps=-net_admin "$bench" run "$count" 0 |
		sed 's/^/without CAP_NET_ADMIN: /'
fi

paced=$(cpu_us "$all" "$bench" run "$count" $((span_s * 1000))) || exit 1
paced_fping=$(cpu_us '(.* avg, 0% loss)' fping -c1 -i $((span_s * 1000 / count)) -f "$dir/targets") || exit 1
echo "paced over $span_s s: ours $paced us, fping $paced_fping us of CPU"
echo "FIGURE icmp-paced-us-per-target $(per_target "$paced")"
echo "FIGURE fping-paced-us-per-target $(per_target "$paced_fping")"
echo "RATIO icmp-paced-vs-fping $(ratio "$paced" "$paced_fping") (limit 0.333)"

if ip netns add "$ns" 2>/dev/null && ip -n "$ns" link set lo up &&
	ip -n "$ns" link add sink type veth peer name end && ip -n "$ns" link set end up &&
	ip -n "$ns" link set sink arp off up &&
	ip -n "$ns" addr add 10.255.255.1/8 dev sink; then
	ip netns exec "$ns" "$bench" memory "$count" >"$dir/memory"
	cat "$dir/memory"
	awk '{ sub(/.*per target /, ""); print "FIGURE icmp-bytes-per-target " $1 " (limit 256)" }' "$dir/memory"
else
	echo "memory: skipped, network namespaces are not allowed here"
fi

tests/lab/icmp-delay.sh --figure
