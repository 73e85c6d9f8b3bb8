#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# diag.sh CORPUS [--verbose]: replays the labelled fault scenarios of the corpus, prints the figures of
# the scorer beside them, and holds each against its limit. TAP on stdout; exit 1 if one is missed.
# $BUILD is the build directory.
set -u
corpus=${1:-${CORPUS:-../shared/corpus}}
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$root/build}
case $build in /*) ;; *) build=$root/$build ;; esac
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"

if [ ! -f "$corpus/diag/dev.tar.xz" ] || [ ! -f "$corpus/diag/score.py" ]; then
	echo "1..0 # SKIP no scenarios in $corpus/diag"
	exit 0
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/kw-diag.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 143' INT TERM HUP
case_log=$work/log
mkdir "$work/packed" "$work/scenarios" "$work/verdicts" "$work/labels"
tar -xJf "$corpus/diag/dev.tar.xz" -C "$work/packed" || exit 2
# The program gets to see the scenarios alone.
find "$work/packed" -name 's*.truth.jsonl' -exec mv -t "$work/labels" {} +
find "$work/packed" -name 's*.jsonl' -exec mv -t "$work/scenarios" {} +

replay() {
	local files=("$work"/scenarios/s*.jsonl) start=$SECONDS
	timeout 400 "$build/keepwatch" replay --scenario --jobs 2 -o "$work/verdicts" "${files[@]}" &&
		echo "replayed in $((SECONDS - start)) s"
}
complete() {
	local file
	for file in "$work"/scenarios/s*.jsonl; do
		[ -f "$work/verdicts/${file##*/}" ] || {
			echo "no verdicts of ${file##*/}"
			return 1
		}
	done
}
score() {
	mv "$work"/labels/s*.jsonl "$work/scenarios/" &&
		python3 -B "$corpus/diag/score.py" "$work/scenarios" "$work/verdicts" --full --fails \
			--json "$work/figures.json" >"$work/figures.txt"
}
# Our own scorer must agree with the one beside the scenarios.
agree() {
	"$root/tests/diag/score" "$work/scenarios" "$work/verdicts" --json >"$work/own.json" &&
		python3 - "$work/figures.json" "$work/own.json" <<'PY'
import json
import sys

theirs, own = (json.load(open(path)) for path in sys.argv[1:])
names = {"equiv": "equiv", "ident": "ident", "P": "precision", "F1": "f1", "t50": "t50", "t90": "t90"}
pairs = [(theirs["classes"]["ALL"][k], own[v], k) for k, v in names.items()]
names = {"wrong_rate": "wrong", "missed_net": "missed_network", "missed_silent": "missed_silent",
         "alerts_per": "alerts", "false_1000h": "false_alerts"}
pairs += [(theirs["metrics"][k], own[v], k) for k, v in names.items()]
bad = [p for p in pairs if p[0] != p[1] and abs((p[0] or 0) - (p[1] or 0)) > 1e-9]
print(bad)
sys.exit(bool(bad))
PY
}
holds() { # NAME least|most LIMIT
	python3 - "$work/figures.json" "$@" <<'PY'
import json
import sys

figures = json.load(open(sys.argv[1]))
name, way, limit = sys.argv[2], sys.argv[3], float(sys.argv[4])
got = figures["classes"]["ALL"].get(name, figures["metrics"].get(name))
print(name, got)
sys.exit(got is None or (got < limit if way == "least" else got > limit))
PY
}
ok "all scenarios are replayed" replay
ok "each has its verdicts" complete
ok "they are scored" score
ok "tests/diag/score gives the same figures" agree
ok "equiv >= 0.99" holds equiv least 0.99
ok "ident >= 0.995" holds ident least 0.995
ok "P >= 0.985" holds P least 0.985
ok "F1 >= 0.985" holds F1 least 0.985
ok "wrong truck rolls <= 0.02" holds wrong_rate most 0.02
ok "none blamed on the network" holds missed_net most 0
ok "silent <= 0.01" holds missed_silent most 0.01
ok "alerts per incident <= 1.3" holds alerts_per most 1.3
ok "t50 <= 3.0 cycles" holds t50 most 3.0
ok "t90 <= 7.2 cycles" holds t90 most 7.2
ok "false alerts <= 0.1 per 1000 device-hours" holds false_1000h most 0.1
sed 's/^/# /' "$work/figures.txt"
done_testing
