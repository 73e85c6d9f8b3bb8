#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# limit 240
# Diagnosis over generated scenarios (tests/diag): what the core concludes from simulated fleets of
# known faults, through `keepwatch replay --scenario`, scored against the labels.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$root/build}
case $build in /*) ;; *) build=$root/$build ;; esac
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/kw-diag.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
case_log=$work/log

generate() { "$root/tests/diag/generate" "$@"; }
replay() { # FOLDER JOBS: verdicts of every scenario to FOLDER.out
	local files=()
	for file in "$work/$1"/s*.jsonl; do
		case $file in *.truth.jsonl) ;; *) files+=("$file") ;; esac
	done
	mkdir -p "$work/$1.out$2" && "$build/keepwatch" replay --scenario --jobs "$2" \
		-o "$work/$1.out$2" "${files[@]}"
}
same() { diff -r "$work/$1" "$work/$2"; }
# The limits of the benchmark (equiv 0.99, ident 0.995, P and F1 0.985, wrong 0.02, silent 0.01, 1.3
# alerts), relaxed by what one case weighs here: 1 of 49 faults, of 31 with a single answer, of 23
# network faults, of 7 broken devices.
holds() { # FOLDER LIMIT...
	local folder=$1
	shift
	"$root/tests/diag/score" "$work/$folder" "$work/$folder.out2" --classes --fails "${@/#/--hold=}"
}
counts() { [ "$(find "$work/$1.out2" -name 's*.jsonl' | wc -l)" -eq "$2" ]; }

ok "scenarios are generated" generate "$work/usual" --count 40 --seed test --tiers small,medium --devices 400
ok "others with wider parameters" generate "$work/wide" --count 16 --seed test --profile wide \
	--tiers small,medium --devices 200
ok "the same seed gives the same scenarios" generate "$work/again" --count 2 --seed test \
	--tiers small,medium --devices 400
ok "byte by byte" cmp "$work/again/s001.jsonl" "$work/usual/s001.jsonl"
ok "the scorer knows wrong from right" python3 -B "$root/tests/diag/score_test"
ok "usual scenarios are replayed" replay usual 2
ok "each has verdicts" counts usual 40
ok "one job says the same" replay usual 1
ok "byte by byte" same usual.out1 usual.out2
ok "usual faults are named" holds usual equiv=0.98 ident=0.97 precision=0.97 f1=0.98 t50=3.0 t90=7.5
ok "technicians stay at home" holds usual wrong=0.05 missed_network=0 missed_silent=0
ok "one alert per fault" holds usual alerts=1.3 false_alerts=0.1
ok "wider scenarios are replayed" replay wide 2
ok "odd faults are named" holds wide equiv=0.95 precision=0.95 wrong=0.05 missed_network=0
done_testing
