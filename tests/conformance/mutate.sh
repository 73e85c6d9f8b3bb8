#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# mutate.sh CORPUS [--verbose]: plays recorded switches that have neighbours, damaged in ways in
# which real agents differ (tables missing, ports numbered otherwise), and counts the local ports
# that are then wrong. TAP on stdout; exit 1 if too many are. $BUILD is the build directory.
set -u
corpus=${1:-${CORPUS:-../shared/corpus}}
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$root/build}
case $build in /*) ;; *) build=$root/$build ;; esac

if [ ! -f "$corpus/snmprec/dumps.tar.xz" ]; then
	echo "1..0 # SKIP no records in $corpus/snmprec"
	exit 0
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/kw-mutate.XXXXXX") || exit 2
pid=
# shellcheck disable=SC2317 # called by trap
cleanup() {
	[ -z "$pid" ] || { kill "$pid" && wait "$pid"; } 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 143' INT TERM HUP
mkdir "$work/packed" "$work/dumps" "$work/damaged" "$work/views"
tar -xJf "$corpus/snmprec/dumps.tar.xz" -C "$work/packed" || exit 2
find "$work/packed" -name '*.snmprec' -exec mv -t "$work/dumps" {} +
python3 "$root/tests/conformance/mutate.py" make "$work/dumps" "$corpus" "$work/damaged" || exit 2
"$build/tests/snmp/player" --port 0 "$work/damaged" >"$work/player" &
pid=$!
for ((i = 0; i < 600; i++)); do
	port=$(awk '$1 == "listening" { print $2 }' "$work/player")
	[ -n "$port" ] && break
	sleep 0.05
done
mapfile -t names < <(find "$work/damaged" -name '*.snmprec' -printf '%f\n' | sed 's/\.snmprec$//' | sort)
# Contexts of VLANs that nobody answers for are of no use here, and cost time.
timeout 100 "$build/tests/conformance/topology_read" -j 16 -t 500 -o gap=0 -o vlan_contexts=no \
	"$port" "$work/views" "${names[@]}" || echo "# topology_read: exit $?"
echo "# ${#names[@]} damaged agents"
python3 "$root/tests/conformance/mutate.py" judge "$work/damaged" "$work/views" "${@:2}"
