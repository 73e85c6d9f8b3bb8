#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# firmware.sh CORPUS: firmware, model and serial number of recorded SNMP agents of real devices by
# schemas/firmware-rules.tsv, compared with what an independent monitoring system says of them; then
# the same over the wire: all by the house's player, and a sample by snmpsimd, through the real
# probe. TAP on stdout; exit 1 if too much disagrees. $BUILD is the build directory.
# The values that differ are listed as comments, for a person to judge.
set -u
corpus=${1:-${CORPUS:-../shared/corpus}}
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$root/build}
case $build in /*) ;; *) build=$root/$build ;; esac
sample=40

if [ ! -f "$corpus/snmprec/dumps.tar.xz" ]; then
	echo "1..0 # SKIP no records in $corpus/snmprec"
	exit 0
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/kw-firmware.XXXXXX") || exit 2
pids=()
# shellcheck disable=SC2317 # called by trap
cleanup() {
	for pid in "${pids[@]}"; do kill "$pid" && wait "$pid"; done 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 143' INT TERM HUP
mkdir "$work/packed" "$work/dumps" "$work/sample" "$work/cache"
tar -xJf "$corpus/snmprec/dumps.tar.xz" -C "$work/packed" || exit 2
find "$work/packed" -name '*.snmprec' -exec mv -t "$work/dumps" {} +
# Many records lack sysUpTime, or have it blacked out: every agent has it.
for dump in "$work/dumps"/*.snmprec; do
	{
		grep -a -v '^1\.3\.6\.1\.2\.1\.1\.3\.0|' "$dump"
		echo '1.3.6.1.2.1.1.3.0|67|100000'
	} >"$work/whole" && mv "$work/whole" "$dump"
done

"$build/tests/conformance/firmware_conformance" "$work/dumps" "$corpus/snmprec/snmprec-oracle.tsv" \
	"$root/tests/conformance/firmware-disputes.tsv" >"$work/rules"
status=$?
grep -v -e '^# right' -e '^# -' -e '^# also' -e '^1\.\.' "$work/rules"
count=$(grep -c -E '^(not )?ok ' "$work/rules")

# over_the_wire PORT NAMES WHAT: says ok or not ok.
over_the_wire() {
	count=$((count + 1))
	if python3 "$root/tests/conformance/firmware_wire.py" "$build/keepwatch" "$1" "$2" "$work/rules" \
		>"$work/wire"; then
		echo "ok $count - $3: $(tail -n 1 "$work/wire")"
	else
		status=1
		sed 's/^/# /' "$work/wire"
		echo "not ok $count - $3"
	fi
}

"$build/tests/snmp/player" --port 0 "$work/dumps" >"$work/player" &
pids+=($!)
port=
for ((i = 0; i < 200 && ${#port} == 0; i++)); do
	port=$(awk '$1 == "listening" { print $2 }' "$work/player")
	sleep 0.05
done
cut -f 1 "$corpus/snmprec/snmprec-oracle.tsv" | sed 1d >"$work/names"
over_the_wire "$port" "$work/names" "the probe says over the wire what the rules say"

# A recorded agent of another house. It takes a second for a few dumps, half a minute for all.
awk -v n="$(wc -l <"$work/names")" -v k=$sample 'int(NR * k / n) != int((NR - 1) * k / n)' "$work/names" |
	while read -r name; do
		# its index must not be of more than it can read in the time that there is
		[ "$(wc -c <"$work/dumps/$name.snmprec")" -lt 400000 ] || continue
		sort -t '|' -k 1,1V "$work/dumps/$name.snmprec" | grep '|' >"$work/sample/$name.snmprec"
		echo "$name"
	done >"$work/sampled"
if ! command -v snmpsimd >/dev/null; then
	echo "ok $((++count)) - a sample by snmpsimd # SKIP no snmpsimd"
else
	port=$((20000 + RANDOM % 10000))
	chmod -R a+rX "$work" && chmod 777 "$work/cache"
	# it does not run as root
	user=()
	[ "$(id -u)" -ne 0 ] || user=(--process-user=nobody --process-group=nogroup)
	snmpsimd "${user[@]}" --v2c-arch --cache-dir="$work/cache" \
		--data-dir="$work/sample" --logging-method=null --agent-udpv4-endpoint=127.0.0.1:$port \
		>"$work/snmpsimd" 2>&1 &
	pids+=($!)
	first=$(head -n 1 "$work/sampled")
	echo "$first" >"$work/community" && chmod 600 "$work/community"
	for ((i = 0; i < 200; i++)); do
		timeout 5 "$build/keepwatch" probe 127.0.0.1 -q -p snmp --timeout 500ms --retries 0 --set snmp.port=$port \
			--set snmp.system=0 --set snmp.interfaces=0 --community-file "$work/community" \
			>/dev/null 2>&1 && break
		sleep 0.1
	done
	over_the_wire $port "$work/sampled" "a sample by snmpsimd"
fi
echo "1..$count"
exit $status
