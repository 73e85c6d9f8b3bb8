#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The player of SNMP dumps, as Debian's snmpget, snmpwalk and snmpbulkwalk see it.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$root/build}
case $build in /*) ;; *) build=$root/$build ;; esac
export MIBS='' MIBDIRS=/nonexistent
for tool in snmpget snmpgetnext snmpwalk snmpbulkwalk snmpbulkget; do
	command -v $tool >/dev/null || {
		echo "1..0 # SKIP $tool is not installed"
		exit 0
	}
done
work=$(mktemp -d "${TMPDIR:-/tmp}/kw-player.XXXXXX") || exit 2
pid=
# shellcheck disable=SC2317 # called by trap
cleanup() {
	[ -z "$pid" ] || { kill "$pid" && wait "$pid"; } 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT

mkdir "$work/dumps"
# Unsorted, with every tag, with lines that are none.
printf '%s\n' \
	'1.3.6.1.2.1.1.5.0|4|a name ' \
	'1.3.6.1.2.1.1.1.0|4x|c3a4206265' \
	'1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9.1.' \
	'1.3.6.1.2.1.1.3.0|67|4294967295' \
	'no line at all' \
	'1.3.6.1.2.1.1.4.0|4:writecache|value=x' \
	'1.3.6.1.2.1.1.7.0|2|<private>' \
	'' \
	'1.3.6.1.2.1.2.2.1.10.10|65|4294967295' \
	'1.3.6.1.2.1.2.2.1.10.9|65|9' \
	'.1.3.6.1.2.1.2.2.1.8.9|2|-129' \
	'1.3.6.1.2.1.4.1.0|64|192.0.2.1' \
	'1.3.6.1.2.1.4.2.0|64x|c0000202' \
	'1.3.6.1.2.1.4.3.0|64e|\xc0\x00\x02\x03' \
	'1.3.6.1.2.1.4.4.0|5|' \
	'1.3.6.1.2.1.4.5.4294967295|66|128' \
	'1.3.6.1.2.1.4.6.0|70|18446744073709551615' \
	'1.3.6.1.2.1.4.6.0|70|2' \
	'1.3.6.1.2.1.4.7.0|4|' >"$work/dumps/odd.snmprec"
echo '1.3.6.1.2.1.1.5.0|4|of VLAN 7' >"$work/dumps/odd@7.snmprec"
for ((i = 1; i <= 2000; i++)); do
	echo "1.3.6.1.2.1.17.4.3.1.2.0.64.140.1.$((i / 256)).$((i % 256))|2|$((i % 48 + 1))"
done >"$work/dumps/large.snmprec"
# For what does not fit into a message.
printf '1.3.6.1.2.1.1.1.0|4|%s\n' "$(printf '%01400d' 7)" "$(printf '%01400d' 8)" |
	sed '2s/1.1.0/1.2.0/' >"$work/dumps/long.snmprec"

"$build/tests/snmp/player" -v --port 0 "$work/dumps" >"$work/out" 2>"$work/notes" &
pid=$!
for ((i = 0; i < 100; i++)); do
	port=$(awk '$1 == "listening" { print $2 }' "$work/out")
	[ -n "$port" ] && break
	sleep 0.05
done
at=127.0.0.1:$port
count=0
ok() { # WHAT COMMAND...
	local what=$1
	shift
	count=$((count + 1))
	if "$@"; then echo "ok $count - $what"; else echo "not ok $count - $what"; fi
}
is() { # EXPECTED COMMAND...
	local expected=$1 got
	shift
	got=$("$@" 2>&1)
	[ "$got" = "$expected" ] || {
		printf '%s\n' "$got" | head -n 40 | sed 's/^/# got: /'
		return 1
	}
}
rows() { "$@" 2>/dev/null | sort -u | grep -c ' = [0-9]*$'; }
errors() { "$@" 2>&1 | head -n 3 | grep . ; }
quick="-t 0.3 -r 0 -On -OQ -Ot"
v2="-v 2c $quick"

# shellcheck disable=SC2086 # options
{
	all='.1.3.6.1.2.1.1.1.0 = "C3 A4 20 62 65 "
.1.3.6.1.2.1.1.2.0 = .1.3.6.1.4.1.9.1
.1.3.6.1.2.1.1.3.0 = 4294967295
.1.3.6.1.2.1.1.5.0 = "a name "
.1.3.6.1.2.1.2.2.1.8.9 = -129
.1.3.6.1.2.1.2.2.1.10.9 = 9
.1.3.6.1.2.1.2.2.1.10.10 = 4294967295
.1.3.6.1.2.1.4.1.0 = 192.0.2.1
.1.3.6.1.2.1.4.2.0 = 192.0.2.2
.1.3.6.1.2.1.4.3.0 = 192.0.2.3
.1.3.6.1.2.1.4.4.0 = NULL
.1.3.6.1.2.1.4.5.4294967295 = 128'
	big='
.1.3.6.1.2.1.4.6.0 = 18446744073709551615'
	last='
.1.3.6.1.2.1.4.7.0 = ""'
	end='
.1.3.6.1.2.1.4.7.0 = No more variables left in this MIB View (It is past the end of the MIB tree)'
	ok "v2c GETNEXT gives all, in order, the first of two" \
		is "$all$big$last$end" snmpwalk $v2 -c odd $at .1.3
	ok "GETBULK gives the same" is "$all$big$last$end" snmpbulkwalk $v2 -Cr5 -c odd $at .1.3
	ok "v1 passes over Counter64" is "$all$last
End of MIB" snmpwalk -v 1 $quick -c odd $at .1.3
	ok "v1 does not find it" is 'Error in packet
Reason: (noSuchName) There is no such variable name in this MIB.
Failed object: .1.3.6.1.2.1.4.6.0' errors snmpget -v 1 $quick -c odd $at .1.3.6.1.2.1.1.3.0 .1.3.6.1.2.1.4.6.0
	ok "v2c exceptions" is '.1.3.6.1.2.1.1.3.0 = 4294967295
.1.3.6.1.2.1.1.3.1 = No Such Instance currently exists at this OID
.1.3.6.1.2.1.9.9 = No Such Object available on this agent at this OID' \
		snmpget $v2 -c odd $at .1.3.6.1.2.1.1.3.0 .1.3.6.1.2.1.1.3.1 .1.3.6.1.2.1.9.9
	ok "a context by the community" is '.1.3.6.1.2.1.1.5.0 = "of VLAN 7"' \
		snmpget $v2 -c odd@7 $at .1.3.6.1.2.1.1.5.0
	ok "an unknown community gets no answer" is "Timeout: No Response from $at." \
		snmpget $v2 -c other $at .1.3.6.1.2.1.1.5.0
	ok "non-repeaters and columns side by side" is '.1.3.6.1.2.1.1.2.0 = .1.3.6.1.4.1.9.1
.1.3.6.1.2.1.2.2.1.8.9 = -129
.1.3.6.1.2.1.4.6.0 = 18446744073709551615
.1.3.6.1.2.1.2.2.1.10.9 = 9
.1.3.6.1.2.1.4.7.0 = ""' snmpbulkget $v2 -Cn1 -Cr2 -c odd $at .1.3.6.1.2.1.1.1.0 \
		.1.3.6.1.2.1.2.2.1.8 .1.3.6.1.2.1.4.5.4294967295
	ok "2,000 rows" is 2000 rows snmpbulkwalk $v2 -Cr200 -c large $at .1.3.6.1.2.1.17
	ok "in messages of 484 octets as well" is 2000 \
		rows snmpbulkwalk $v2 -Cr200 -c tiny=484:large $at .1.3.6.1.2.1.17
	ok "tooBig" is 'Error in packet
Reason: (tooBig) Response message would have been too large.' \
		errors snmpget $v2 -c long $at .1.3.6.1.2.1.1.1.0 .1.3.6.1.2.1.1.2.0
	ok "nobulk: GETBULK is not answered" is "Timeout: No Response from $at" \
		snmpbulkwalk $v2 -c nobulk:odd $at .1.3
	ok "and GETNEXT is" is "$all$big$last$end" snmpwalk $v2 -c nobulk:odd $at .1.3
	ok "maxrep: nor one for many rows" is "Timeout: No Response from $at" \
		snmpbulkwalk $v2 -Cr21 -c maxrep=20:odd $at .1.3
	ok "but one for fewer" is "$all$big$last$end" snmpbulkwalk $v2 -Cr20 -c maxrep=20:odd $at .1.3
	ok "generr" is 'Error in packet.
Reason: (genError) A general failure occured' bash -c "snmpbulkwalk $v2 -c generr:odd $at .1.3 2>&1 >/dev/null | sed '/^$/d'"
	ok "loop: the client sees that OIDs do not increase" \
		is 'Error: OID not increasing: .1.3.6.1.2.1.2.2.1.8.9
 >= .1.3.6.1.2.1.1.1.0' bash -c "snmpwalk $v2 -c loop=5:odd $at .1.3 2>&1 >/dev/null | sed '/^$/d'"
	ok "stuck: so it does" is 'Error: OID not increasing: .1.3.6.1.2.1.2.2.1.10.9
 >= .1.3.6.1.2.1.2.2.1.10.9' bash -c "snmpwalk $v2 -c stuck=5:odd $at .1.3 2>&1 >/dev/null | sed '/^$/d'"
	answered=0
	for ((i = 0; i < 40; i++)); do
		snmpget -v 2c -t 0.05 -r 0 -c loss=50:odd $at .1.3.6.1.2.1.1.3.0 >/dev/null 2>&1 &&
			answered=$((answered + 1))
	done
	ok "loss: $answered of 40 answered" [ $answered -gt 5 ] && [ $answered -lt 35 ]
}
ok "lines that are no instances are told of" is 3 grep -c 'odd.snmprec:.*: skipped' "$work/notes"
kill -USR1 "$pid"
for ((i = 0; i < 100; i++)); do
	grep -q '^requests [1-9]' "$work/out" && break
	sleep 0.05
done
ok "its count of requests" grep -q '^requests [1-9][0-9]* bytes [1-9]' "$work/out"
kill "$pid"
wait "$pid"
ok "it ends when told to" [ $? -eq 0 ]
pid=
echo "1..$count"
