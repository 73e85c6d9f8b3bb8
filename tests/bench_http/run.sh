#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# CPU per ONVIF request (request written with WS-Security, carried, reply read) with 16 in flight, on
# CPU 0; the device that answers is on CPU 1. Beside it a bare libcurl easy handle with the same
# bytes, one after the other: what is left above it is the loop, sessions and limits.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
client=$BUILD/tests/bench_http/client
responder=$BUILD/tests/bench_http/responder
[ -x "$client" ] && [ -x "$responder" ] || {
	echo "bench_http: $client is not built (make bench-programs)" >&2
	exit 1
}
exec 9>"${TMPDIR:-/tmp}/kw-bench.lock" && flock 9

# The responder ends when our end of its standard input is closed, however this script ends.
coproc DEVICE { exec taskset -c 1 "$responder" 9>&-; }
read -r -t 10 port <&"${DEVICE[0]}" || { echo "bench_http: no responder" >&2; exit 1; }

# run MODE REQUESTS: the median CPU of five
run() {
	for _ in 1 2 3 4 5; do
		taskset -c 0 "$client" "$port" "$2" "$1" 9>&- || {
			echo "bench_http: not all of $2 answered ($1)" >&2
			exit 1
		}
	done | sort -n | awk 'NR == 3 { print $1 }'
}
keep=$(run keep 20000) && new=$(run new 5000) && easy=$(run easy 20000) &&
	[ -n "$keep" ] && [ -n "$new" ] && [ -n "$easy" ] || exit 1
echo "FIGURE onvif-us-per-request $keep"
echo "FIGURE onvif-us-per-request-with-connect $new"
echo "FIGURE onvif-us-per-request-bare-libcurl $easy"
awk -v a="$keep" -v b="$easy" 'BEGIN { printf "RATIO onvif-request-to-bare-libcurl %.2f\n", a / b }'
