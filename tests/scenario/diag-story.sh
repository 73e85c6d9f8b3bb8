#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The story that keepwatch is for (tests/diag/diagsim/story.py): a camera goes dark for two minutes, six
# others on its switch drop for seconds over the next hour. The switch is intermittent, it is for the
# network people, and nobody is sent to a camera - with SNMP, without, and behind an unmanaged switch.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$root/build}
case $build in /*) ;; *) build=$root/$build ;; esac
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/kw-story.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
case_log=$work/log
runs=8

story() { "$root/tests/diag/story" "$@"; }
replay() { # FLEET
	local n
	mkdir -p "$work/$1.out" || return 1
	for ((n = 0; n < runs; n++)); do
		"$build/keepwatch" replay --scenario "$work/$1/s00$n.jsonl" >"$work/$1.out/s00$n.jsonl" ||
			return 1
	done
}
for fleet in snmp blind unmanaged; do
	ok "$fleet: the story is made" story make $fleet "$work/$fleet" $runs
	ok "$fleet: it is replayed" replay $fleet
	ok "$fleet: the switch is intermittent, nobody is dispatched" story judge $fleet "$work/$fleet.out" $runs
done
# shellcheck disable=SC2317
liar() { # a verdict that sends somebody out must not pass
	sed 's/"class": *"switch_flap"/"class":"device_hw"/' "$work/snmp.out/s000.jsonl" >"$work/lie.jsonl" &&
		mv "$work/lie.jsonl" "$work/snmp.out/s000.jsonl" && ! story judge snmp "$work/snmp.out" 1
}
ok "a technician who is sent does not pass" liar
done_testing
