#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# topology.sh CORPUS [--verbose]: plays recorded SNMP agents of real devices to the probe `topology`
# over loopback and compares what it reads with an independent monitoring system's tables and with
# the records themselves. TAP on stdout; exit 1 if anything disagrees. $BUILD is the build directory.
set -u
corpus=${1:-${CORPUS:-../shared/corpus}}
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$root/build}
case $build in /*) ;; *) build=$root/$build ;; esac

if [ ! -f "$corpus/snmprec/dumps.tar.xz" ]; then
	echo "1..0 # SKIP no records in $corpus/snmprec"
	exit 0
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/kw-topology.XXXXXX") || exit 2
pid=
# shellcheck disable=SC2317 # called by trap
cleanup() {
	[ -z "$pid" ] || { kill "$pid" && wait "$pid"; } 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 143' INT TERM HUP
mkdir "$work/packed" "$work/dumps" "$work/views"
tar -xJf "$corpus/snmprec/dumps.tar.xz" -C "$work/packed" || exit 2
find "$work/packed" -name '*.snmprec' -exec mv -t "$work/dumps" {} +
"$build/tests/snmp/player" --port 0 "$work/dumps" >"$work/player" &
pid=$!
for ((i = 0; i < 200; i++)); do
	port=$(awk '$1 == "listening" { print $2 }' "$work/player")
	[ -n "$port" ] && break
	sleep 0.05
done
mapfile -t names < <(find "$work/dumps" -name '*.snmprec' -printf '%f\n' | sed 's/\.snmprec$//' | sort)
begin=$(date +%s.%N)
timeout 240 "$build/tests/conformance/topology_read" -j 16 -t 500 -o gap=0 "$port" "$work/views" \
	"${names[@]}" || echo "# topology_read: exit $?"
echo "# ${#names[@]} agents read in $(awk -v a="$(date +%s.%N)" -v b="$begin" 'BEGIN { printf "%.1f", a - b }') s"
python3 "$root/tests/conformance/topology.py" "$work/dumps" "$work/views" "$corpus" "${@:2}"
