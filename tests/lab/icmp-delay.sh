#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# How true is a measured round trip? A responder in a namespace of its own answers 2 ms after the
# kernel stamped the request; the engine, which reads its socket only every 50 ms, must find the
# same at the median, for single requests and for batches. With --figure it prints only the error.
set -u
cd "$(dirname "$0")/../.." || exit 1
program=${BUILD:-build}/tests/lab/icmp_delay
figure=${1:-}
limit_us=100
near=kwlab-near-$$ far=kwlab-far-$$
dir=$(mktemp -d) || exit 1
responder=

skip() {
	if [ "$figure" = --figure ]; then
		echo "icmp-delay: skipped, $1"
	else
		echo "1..1"
		echo "ok 1 - round trip of a true 2 ms delay # SKIP $1"
	fi
	exit 0
}
cleanup() {
	[ -z "$responder" ] || kill "$responder" 2>/dev/null
	ip netns del "$near" 2>/dev/null
	ip netns del "$far" 2>/dev/null
	rm -rf "$dir"
}
trap cleanup EXIT

[ -x "$program" ] || { echo "Bail out! $program is not built"; exit 1; }
[ "$(id -u)" -eq 0 ] || skip "needs root"
{ ip netns add "$near" && ip netns add "$far" &&
	ip -n "$near" link add near type veth peer name far netns "$far" &&
	ip -n "$near" link set near arp off up && ip -n "$far" link set far up &&
	ip -n "$near" addr add 10.9.0.1/24 dev near; } 2>"$dir/err" ||
	skip "no network namespaces: $(head -1 "$dir/err")"

# field NAME of a line "median 2003 min 2001 ..."
field() { awk -v name="$1" '{ for (i = 1; i < NF; i++) if ($i == name) print $(i + 1) }'; }

# count at a time, rounds: prints "measured kept error samples"
trial() {
	local measured kept samples
	mkfifo "$dir/fifo.$1" || return 1
	ip netns exec "$far" "$program" respond far 2000 >"$dir/fifo.$1" &
	responder=$!
	exec 3<"$dir/fifo.$1"
	read -r -t 10 _ <&3 || return 1
	ip netns exec "$near" timeout 60 "$program" measure 10.9.0 "$1" "$2" >"$dir/near" || return 1
	kill "$responder"
	read -r -t 10 kept <&3
	exec 3<&-
	wait "$responder"
	responder=
	measured=$(field median <"$dir/near")
	samples=$(field samples <"$dir/near")
	kept=$(echo "$kept" | field median)
	echo "$measured $kept $((measured > kept ? measured - kept : kept - measured)) $samples"
}

[ "$figure" = --figure ] || echo "1..2"
n=0
for pair in "1 40" "64 10"; do
	n=$((n + 1))
	# shellcheck disable=SC2086 # two words on purpose
	read -r measured kept error samples <<<"$(trial $pair)"
	text="median $measured us against $kept us, error $error us, $samples answers, ${pair% *} at a time"
	if [ "$figure" = --figure ]; then
		echo "FIGURE icmp-rtt-error-us-${pair% *}-at-a-time $error (limit $limit_us; $text)"
	elif [ -n "${error:-}" ] && [ "$error" -lt $limit_us ] && [ "$samples" -gt 0 ]; then
		echo "ok $n - $text"
	else
		echo "not ok $n - $text"
	fi
done
