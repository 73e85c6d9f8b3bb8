#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# keepwatch replay: scenarios written by tests/diag/generate, and a recording written by the encoder that
# the agent records with. What it concludes, that it does so again and again, and what it refuses.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$root/build}
case $build in /*) ;; *) build=$root/$build ;; esac
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/kw-replay.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
case_log=$work/log
unset NO_COLOR COLUMNS KEEPWATCH_CONFIG
export LC_ALL=C.UTF-8 TZ=UTC TERM=dumb
replay() { "$build/keepwatch" replay "$@"; }
# refuses CODE PATTERN ARGUMENT...: ends with that code, and says why
refuses() {
	local want=$1 pattern=$2 got
	shift 2
	replay "$@" >"$work/out" 2>"$work/err"
	got=$?
	[ "$got" -eq "$want" ] && grep -Eq -- "$pattern" "$work/err" && return
	echo "exit code $got (expected $want), said: (expected $pattern)"
	cat "$work/err"
	return 1
}
valid() { python3 "$root/tests/scenario/validate.py" --lines "$root/schemas/replay.schema.json" "$1"; }

# ---- scenarios
"$root/tests/diag/generate" "$work/in" --count 3 --seed replay --tiers small --devices 60 --jobs 2 || exit 2
one=$work/in/s000.jsonl
truth=$work/in/s000.truth.jsonl
scenarios=("$work"/in/s00[012].jsonl)

ok "a scenario is replayed" eval 'replay --scenario "$one" >"$work/first"'
ok "it has verdicts" grep -q '"event":"open"' "$work/first"
ok "a second time, byte by byte" eval 'replay --scenario "$one" | cmp - "$work/first"'
ok "from standard input" eval 'replay --scenario - <"$one" | cmp - "$work/first"'
mkdir "$work/one" "$work/two" "$work/other"
ok "several, one after the other" replay --scenario -o "$work/one" "${scenarios[@]}"
ok "alone or among others is the same" cmp "$work/one/s000.jsonl" "$work/first"
ok "several at a time" replay --scenario --jobs 3 -o "$work/two" "${scenarios[@]}"
ok "which changes nothing" diff -r "$work/one" "$work/two"
ok "each has its file, and nothing else is left" eval '[ "$(ls "$work/two" | tr "\n" " ")" = "s000.jsonl s001.jsonl s002.jsonl " ]'
ok "another name, another folder: the same" eval 'cp "$one" "$work/other/z.jsonl" && replay --scenario "$work/other/z.jsonl" | cmp - "$work/first"'
numbers() { # verdicts rise in time by whole ticks of 15 s; opened once, told before it is closed
	python3 - "$work/first" <<-'END'
		import json, sys
		open_ones, closed, before = set(), set(), 0
		for line in open(sys.argv[1]):
		    v = json.loads(line)
		    assert v["t"] >= before and v["t"] % 15 == 0, v
		    assert v["event"] == "open" and v["inc"] not in open_ones | closed or v["inc"] in open_ones, v
		    assert 0 <= v["conf"] <= 1 and v["node"] and v["evidence"], v
		    before = v["t"]
		    open_ones.add(v["inc"])
		    if v["event"] == "close":
		        open_ones.remove(v["inc"])
		        closed.add(v["inc"])
		assert open_ones | closed
	END
}
ok "verdicts are in order" numbers
ok "the rhythm can be chosen" eval 'replay --scenario --tick 7s "$one" >"$work/often" && tr ":," "  " <"$work/often" | awk "\$2 % 7 != 0 { exit 1 } END { exit NR == 0 }"'
ok "what it took" eval 'replay --scenario --stats "$one" 2>"$work/stats" >/dev/null && grep -q "^files 1, lines $(wc -l <"$one"), " "$work/stats" && grep -q "^worst tick: [0-9.]* ms" "$work/stats"'

# ---- what is refused
ok "answers" refuses 3 's000\.truth\.jsonl:[0-9]+: .*truth' --scenario "$truth"
cp "$truth" "$work/innocent.jsonl"
ok "answers under another name" refuses 3 'innocent\.jsonl:[0-9]+: .*truth' --scenario "$work/innocent.jsonl"
cat "$one" <(tail -n 1 "$truth") >"$work/mixed.jsonl"
ok "answers behind the questions" refuses 3 "mixed\.jsonl:$(wc -l <"$work/mixed.jsonl"): .*truth" --scenario "$work/mixed.jsonl"
lines=$(($(wc -l <"$one") / 2))
head -n "$lines" "$one" | head -c -9 >"$work/torn.jsonl"
ok "a scenario that stops within a line" refuses 3 "torn\.jsonl:$lines: " --scenario "$work/torn.jsonl"
{ head -n 9 "$one" && echo '{"t":1,"m":1,"o":"dev","n":"nobody","tx":3,"rx":3}'; } >"$work/stranger.jsonl"
ok "a node that was not told" refuses 3 "stranger\.jsonl:10: node 'nobody' was not told" --scenario "$work/stranger.jsonl"
: >"$work/empty.jsonl"
ok "an empty file" refuses 3 'empty\.jsonl: is empty' --scenario "$work/empty.jsonl"
ok "a file that is not there" refuses 3 'none\.jsonl: No such file' --scenario "$work/none.jsonl"
ok "its own place" refuses 2 's000\.jsonl: the verdicts would take its place' --scenario -o "$work/in" "$one"
ok "one of several: told, and the others are done" eval 'rm -rf "$work/two" && mkdir "$work/two" && refuses 3 "torn\.jsonl:" --scenario -j 2 -o "$work/two" "$one" "$work/torn.jsonl" "${scenarios[1]}" && cmp "$work/one/s001.jsonl" "$work/two/s001.jsonl" && [ ! -e "$work/two/torn.jsonl" ]'
ok "several without a folder" refuses 2 'needs --output' --scenario "${scenarios[@]}"
ok "a tick of nothing" refuses 2 '--tick 0: expected' --tick 0 "$one"
ok "no jobs" refuses 2 '--jobs 0: expected 1 to' --scenario --jobs 0 "$one"
ok "a scenario as a recording" refuses 3 's000\.jsonl:1: ' "$one"

# ---- recordings
mkdir "$work/rec"
"$build/tests/scenario/fill_recording" "$work/rec" || exit 2
parts=("$work/rec/part-1.jsonl" "$work/rec/part-2.jsonl")

ok "a recording is replayed, in words" eval 'replay "${parts[@]}" >"$work/words"'
ok "the switch is blamed once" eval '[ "$(grep -c "incident 1 opened: switch down, harbour-acc-2 " "$work/words")" -eq 1 ] && ! grep -q "incident 2" "$work/words"'
ok "when it went out, by local time" grep -q '^2026-01-01 00:06:[0-5][0-9]  incident 1 opened: .*, since 2026-01-01 00:06:0' "$work/words"
ok "the four cameras behind it" grep -q '^    4 devices: cam-"5"-ä, cam-"6"-ä, cam-"7"-ä, cam-"8"-ä$' "$work/words"
ok "what speaks for it, and what would decide" eval 'grep -q "^    - 4 of 4 devices on harbour-acc-2 silent" "$work/words" && grep -q "^    ? " "$work/words"'
ok "it is over across the parts of the recording" grep -q '^2026-01-01 00:1[1-4]:.*incident 1 closed: switch down, harbour-acc-2' "$work/words"
ok "its restart was seen" grep -q 'harbour-acc-2 says that it restarted at' "$work/words"
ok "as JSON lines" eval 'replay -f json "${parts[@]}" >"$work/json"'
ok "which satisfy their schema" valid "$work/json"
ok "as many as in words" eval '[ "$(wc -l <"$work/json")" -eq "$(grep -c "^2026" "$work/words")" ]'
ok "names are written as they are" grep -q '"devices":\["cam-\\"5\\"-ä",' "$work/json"
ok "in plain ASCII" eval 'LC_ALL=C replay "${parts[@]}" >"$work/ascii" && grep -q "incident 1 opened" "$work/ascii" && ! LC_ALL=C grep -q "[^ -~]" "$work/ascii"'
ok "the later part can be replayed alone" eval 'replay "${parts[1]}" >"$work/late" && grep -q "^2026-01-01 00:11:.* closed: " "$work/late" && ! grep -q " 00:0[0-7]:" "$work/late"'
ok "a second time, byte by byte" eval 'replay -f json "${parts[@]}" | cmp - "$work/json"'
ok "in one piece, from standard input" eval 'cat "${parts[0]}" <(tail -n +2 "${parts[1]}") | replay -f json - | cmp - "$work/json"'
head -c -9 "${parts[1]}" >"$work/killed.jsonl"
ok "a recording that stops within its last line is taken to there" eval 'replay "${parts[0]}" "$work/killed.jsonl" >"$work/out" 2>"$work/err" && cmp "$work/out" "$work/words" && grep -q "killed\.jsonl:$(wc -l <"${parts[1]}"): the file stops within a line" "$work/err"'
sed '40s/.$//' "${parts[0]}" >"$work/broken.jsonl"
ok "a line that is broken elsewhere is not passed over" refuses 3 'broken\.jsonl:40: ' "$work/broken.jsonl"
tail -n +2 "${parts[0]}" >"$work/headless.jsonl"
ok "a recording without its first line" refuses 3 'headless\.jsonl:1: ' "$work/headless.jsonl"
sed '1s/"v":1/"v":9/' "${parts[0]}" >"$work/newer.jsonl"
ok "a recording of a later version" refuses 3 'newer\.jsonl:1: .*version' "$work/newer.jsonl"
ok "recordings are one stream: no jobs" refuses 2 'recordings are one stream' --jobs 2 "${parts[@]}"
ok "no CSV" refuses 2 'format csv' -f csv "${parts[@]}"
done_testing
