#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The reading commands of keepwatch over a small fleet: what they print in each format and width, how
# they filter, what they refuse, and what they do when the data is stale or the output is gone.
# shellcheck source-path=SCRIPTDIR source=cli-fixture.sh
. "$(dirname "$0")/cli-fixture.sh"


ok "the fixture is filled" fill

ok "report: golden" golden report run report
ok "report, 80 columns: golden" golden report-80 wide 80 run report
ok "report on a low screen: two rows of each section, the worst, and how many are left" sh -c '
	LINES=10 "$0" report -c "$1" >"$2/low.txt" || exit 1
	sed -n "/^KIND/,/^$/p" "$2/low.txt" >"$2/kinds.txt"
	[ "$(sed -n "2,3s/ .*//p" "$2/kinds.txt" | tr "\n" " ")" = "camera nvr " ] &&
		grep -qx "and 2 more kinds, where all is up; all: --limit 0" "$2/kinds.txt" &&
		grep -q "^FIRMWARE by model (4), the first 2 here" "$2/low.txt"' "$keepwatch" "$config" "$dir"
ok "report on a high screen leaves out nothing" sh -c '
	LINES=60 "$0" report -c "$1" | grep -qE "first [0-9]+ here|more kinds" && exit 1
	LINES=60 "$0" report -c "$1" | grep -q "^FIRMWARE by model (4)$"' "$keepwatch" "$config"
ok "devices: golden" golden devices run devices
ok "devices as a tree, 80 columns: golden" golden devices-tree-80 wide 80 run devices --tree
ok "devices as CSV: golden" golden devices-csv run devices -f csv --columns name,site,state,owner,serial,hostname,clock_offset_ms,tags
ok "show: golden" golden show wide 100 run show cam-lobby
ok "show of a switch with gaps: golden" golden show-switch wide 100 run show hq-core
ok "show of what sends escape sequences: golden" golden show-hostile run show nvr-1
ok "events: golden" golden events wide 100 run events --since 1d
ok "help: golden" golden help "$keepwatch" help
"$keepwatch" help probes >"$dir/probes.txt"
ok "help probes has every probe and option of the table" sh -c '
	sed -nE "s/^(PROBE|OPTION)\((\w+, )?\w+, \"([a-z_]+)\".*/\3/p" "$0" >"$1/names"
	[ "$(wc -l <"$1/names")" -gt 20 ] || exit 1
	while read -r name; do
		grep -qE "^( +)?$name( |:)" "$1/probes.txt" || { echo "$name"; exit 1; }
	done <"$1/names"' "$top/probes/probes.def" "$dir"
ok "help devices: golden" golden help-devices "$keepwatch" devices --help

for command in report devices events; do
	ok "$command as JSON satisfies its schema" valid $command run $command -f json
	ok "$command as CSV has as many cells in each row" sh -c '"$0" "$1" -c "$2" -f csv | python3 -c "
import csv, sys
rows = list(csv.reader(sys.stdin.buffer.read().decode().splitlines(True)))
sys.exit(len(rows) < 2 or any(len(r) != len(rows[0]) for r in rows))"' "$keepwatch" $command "$config"
done
for device in cam-lobby hq-core nvr-1 cam-new; do
	ok "show $device as JSON satisfies its schema" valid show run show $device -f json
done
ok "show as CSV" lines 23 run show cam-lobby -f csv
ok "devices with all columns as JSON satisfies its schema" valid devices run devices -f json --columns all

ok "devices fits 40 columns" fits 40 run devices
for width in 60 80 132; do
	ok "devices fits $width columns" fits $width run devices
	ok "devices --tree fits $width columns" fits $width run devices --tree
	ok "events fits $width columns" fits $width run events
done
ok "report fits 80 columns" fits 80 run report
ok "report fits 132 columns" fits 132 run report
ok "show fits 132 columns" fits 132 run show cam-lobby
ok "no width, nothing is cut" says "unreachable: .x1b.31mhost .x1b.0;pwned" run devices
ok "a plain locale gets ASCII only" sh -c '! LC_ALL=C "$0" devices --tree -c "$1" | LC_ALL=C grep -q "[^ -~]"' "$keepwatch" "$config"

for command in report devices events "show nvr-1" "devices -f csv" "devices -f json" "report -f csv"; do
	# shellcheck disable=SC2086 # words
	ok "nothing from a device reaches the terminal as a control: $command" harmless run $command
done
ok "colour when asked for" says "$(printf '\033')" run report --color always
ok "no colour into a pipe" harmless run report
ok "colour on a terminal" sh -c 'script -qec "\"$0\" report -c \"$1\"" /dev/null </dev/null | grep -q "$(printf "\033")\\[1;31m"' "$keepwatch" "$config"
ok "NO_COLOR on a terminal" sh -c '! NO_COLOR=1 script -qec "\"$0\" report -c \"$1\"" /dev/null </dev/null | grep -q "$(printf "\033")"' "$keepwatch" "$config"

ok "filter by site" lines 4 run devices --site dock
ok "filter by two sites and a kind" lines 5 run devices --site dock,hq --kind camera
ok "filters repeat" lines 4 run devices --site hq --kind camera --state down --state degraded --state up
ok "filter by state flapping" lines 2 run devices --state flapping
ok "filter by owner" lines 3 run devices --owner it-network
ok "filter by pattern" lines 4 run devices 'cam-?' 'nvr*' 'hq-core'
ok "a pattern that matches nothing" lines 0 run devices 'nothing*'
ok "without heading" lines 8 run devices --no-header
ok "CSV without heading" lines 8 run devices --no-header -f csv
ok "limit" lines 3 run devices --limit 2
ok "sort by descending name" sh -c '"$0" devices -c "$1" --columns name --sort -name --no-header | head -1 | grep -qx nvr-1' "$keepwatch" "$config"
ok "natural order" sh -c '"$0" devices -c "$1" --columns name --no-header --site hq | tr "\n" " " | grep -qx "cam-2 cam-10 cam-lobby hq-acc-1 hq-core "' "$keepwatch" "$config"
ok "events of one type and device" lines 2 run events --type device-state --device cam-lobby
ok "events by site" lines 2 run events --site dock
ok "events since a time" lines 7 run events --since 2000-01-01 --until 1m --type device-state,probe-state,credential-refused,flapping-start,agent-start
ok "columns help" says "clock_offset_ms" run devices --columns help
ok "types help" says "flapping-start" run events --type help

ok "a slip of the finger in a site is remarked" says "did you mean dock" run devices --site dokc
ok "no such device: 4, and near names" exits 4 run show cam-loby
ok "near names are suggested" says "did you mean cam-lobby" run show cam-loby
ok "a device by its address" says "^cam-lobby is" run show 10.77.1.101
ok "usage: unknown option" exits 2 run devices --nope
ok "usage: unknown kind" exits 2 run devices --kind camra
ok "usage: unknown state" exits 2 run devices --state sad
ok "usage: unknown format" exits 2 run devices -f xml
ok "usage: unknown column" exits 2 run devices --columns nope
ok "usage: bad time" exits 2 run events --since yesterday
ok "usage: --tree with --sort" exits 2 run devices --tree --sort name
ok "usage: no command" exits 2 "$keepwatch"
ok "usage: bad limit" exits 2 run devices --limit -1
ok "version" says "^keepwatch [0-9]" "$keepwatch" --version
ok "help about nothing" exits 2 "$keepwatch" help devcies
ok "no configuration: 3" exits 3 "$keepwatch" report -c "$dir/none.yaml"
ok "no configuration: what next" says "--database" "$keepwatch" report -c "$dir/none.yaml"
ok "no database: 3" exits 3 "$keepwatch" report --database "$dir/none.db"
ok "no database: none is made" test ! -e "$dir/none.db"
ok "not a database: 3" exits 3 "$keepwatch" report --database "$config"
ok "the environment names the configuration" env KEEPWATCH_CONFIG="$config" "$keepwatch" report
ok "the database alone is enough" "$keepwatch" report --database "$dir/keepwatch.db"

ok "a full disk behind standard output: 3" exits 3 sh -c '"$0" devices -c "$1" >/dev/full' "$keepwatch" "$config"
ok "a closed standard output: 3" exits 3 sh -c '"$0" devices -c "$1" >&-' "$keepwatch" "$config"
ok "a reader that has enough is no failure" sh -c '{ "$0" devices -c "$1"; echo $? >"$2"; } | true; [ "$(cat "$2")" = 0 ]' "$keepwatch" "$config" "$dir/code"
ok "the database is untouched by closed streams" sh -c '"$0" report -c "$1" <&- >&- 2>&-; "$0" report -c "$1" >/dev/null' "$keepwatch" "$config"

ok "report --check: 1 with trouble" exits 1 run report --check
ok "report --check: 0 without" exits 0 run report --check --kind door
ok "stale: said at the top" sh -c '[ -n "$1" ]' - "$(fill 'heartbeat\t10m'; run report | head -1 | grep -E '^STALE DATA, 10m')"
ok "stale: report --check is 1" exits 1 run report --check --kind door
ok "stale: JSON says so" says '"freshness": "stale"' run devices -f json
ok "stopped: said at the top" sh -c '[ -n "$1" ]' - "$(fill 'stop\t20m'; run devices | head -1 | grep -E '^STALE DATA.* was stopped at')"
ok "stopped: JSON satisfies the schema" valid report run report -f json

# What is written down elsewhere follows the program.
sed -nE 's/^ARG\(\w+, "([a-z-]+)".*/\1/p' "$top/src/cli/options.def" >"$dir/options"
ok "the manual has every option" sh -c '[ "$(wc -l <"$1")" -gt 30 ] && while read -r name; do grep -qE "Fl -$name( |\$)" "$0" || { echo "$name"; exit 1; }; done <"$1"' "$top/packaging/man/keepwatch.1" "$dir/options"
ok "the manual has every command" sh -c '"$0" help | sed -n "s/^  \([a-z]\{1,\}\) .*/\1/p" | while read -r name; do grep -q "^.Cm $name" "$1" || { echo "$name"; exit 1; }; done' "$keepwatch" "$top/packaging/man/keepwatch.1"
complete() { # WANT WORDS...: the completion of the last word offers it
	want=$1
	shift
	PATH="$(dirname "$keepwatch"):$PATH" KEEPWATCH_CONFIG="$config" bash -c '
		. "$0"
		COMP_WORDS=("$@")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_keepwatch 2>/dev/null
		printf "%s\n" "${COMPREPLY[@]}"' "$top/packaging/completions/keepwatch.bash" keepwatch "$@" >"$dir/complete.out"
	grep -qxF -e "$want" "$dir/complete.out" || {
		cat "$dir/complete.out"
		return 1
	}
}
ok "completion: commands" complete devices de
ok "completion: options of the command" complete --tree devices --tr
ok "completion: names of devices" complete cam-lobby show cam-l
ok "completion: formats of a topology" complete svg topology -f s
ok "completion: switches of an impact" complete hq-acc-1 impact hq-a
ok "completion: classes of incidents" complete switch_down incidents --class switch_d
ok "completion: what is done with an incident" complete close incident cl
ok "completion: lists" complete hq,dock devices --site hq,d
ok "completion: columns" complete clock_offset_ms devices --columns clock_o
ok "completion: probes" complete onvif probe --probe on

# Characters without width, without meaning, double-width and combining, as a device may send them.
odd_characters() {
	mkdir "$dir/odd"
	printf 'database: odd.db\nfleet: odd.csv\n' >"$dir/odd/keepwatch.yaml"
	python3 - "$dir/odd" <<-'END' || return 1
		import random, sys
		random.seed(3)
		odd = [0xad, 0x200d, 0x115f, 0xe33, 0xfffe, 0xffff, 0x1f1e6, 0x10ffff, 0x1f468, 0x65e5]
		spans = [(0x20, 0x7f), (0xa0, 0x3000), (0x300, 0x370), (0xe000, 0x10000), (0x10000, 0x110000)]
		def text():
		    return "".join(chr(random.choice(odd + [random.randrange(*random.choice(spans)) for _ in range(9)]))
		                   for _ in range(random.randrange(1, 30)))
		with open(sys.argv[1] + "/odd.csv", "w") as fleet, open(sys.argv[1] + "/script", "w") as script:
		    fleet.write("name,address,kind,upstream\nsw,10.0.0.1,switch,\n")
		    for i in range(150):
		        fleet.write("d%d,10.0.1.%d,camera,sw\n" % (i, i))
		        script.write("state\td%d\tdown\tTIMEOUT\t1h\t0\tx%s\n" % (i, text()))
		        for key in "vendor", "model":
		            script.write("fact\td%d\tonvif\t%s\t-\t1h\tx%s\n" % (i, key, text()))
	END
	"$fill_store" "$dir/odd/keepwatch.yaml" <"$dir/odd/script" || return 1
	for columns in 40 80 150; do
		for command in devices "devices --tree" report "show d7"; do
			# shellcheck disable=SC2086 # words
			COLUMNS=$columns timeout 20 "$keepwatch" $command -c "$dir/odd/keepwatch.yaml" >/dev/null || return 1
		done
	done
}
ok "odd characters are drawn, in any width" odd_characters

# An unprivileged member of the group reads while secret files are closed to it.
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	fill
	chmod 755 "$dir"
	chgrp nogroup "$dir"/keepwatch.db*
	chmod g+r "$dir"/keepwatch.db*
	printf 'credentials:\n  - { name: c, onvif: { username: u, password_file: secret } }\n' >>"$config"
	echo secret >"$dir/secret"
	chmod 600 "$dir/secret"
	as_nobody() {
		setpriv --reuid=65534 --regid=65534 --clear-groups "$keepwatch" "$@"
	}
	ok "an unprivileged reader needs no secrets" exits 0 as_nobody report -c "$config"
	ok "an unprivileged reader cannot read a closed database: 3" sh -c 'chmod 600 "$2"/keepwatch.db; setpriv --reuid=65534 --regid=65534 --clear-groups "$0" report -c "$1"; [ $? = 3 ]' "$keepwatch" "$config" "$dir"
else
	ok "an unprivileged reader # SKIP needs root to become one" true
fi
done_testing
