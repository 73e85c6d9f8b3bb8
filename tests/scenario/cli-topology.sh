#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# topology, impact, show and the exports of the topology over a small fleet: trees folded and not, rows that
# satisfy their schemas, graphs that Graphviz takes, ports as people write them, the past.
# shellcheck source-path=SCRIPTDIR source=cli-fixture.sh
. "$(dirname "$0")/cli-fixture.sh"
# shellcheck source-path=SCRIPTDIR source=cli-topology-fixture.sh
. "$(dirname "$0")/cli-topology-fixture.sh"

rows() { # WANT: data rows of CSV
	want=$1
	shift
	got=$("$@" --no-header -f csv | wc -l)
	[ "$got" -eq "$want" ] || {
		echo "$got rows, expected $want"
		return 1
	}
}
ok "the fixture is filled" plan

ok "topology: golden" golden topology run topology
ok "topology, 100 columns, all: golden" golden topology-all-100 wide 100 run topology --all
ok "topology of what is wrong: golden" golden topology-problems wide 120 run topology --problems
ok "topology of one switch: golden" golden topology-switch run topology hq-acc-2
ok "topology of the past: golden" golden topology-at run topology --at 50d
ok "topology in plain ASCII: golden" golden topology-ascii env LC_ALL=C "$keepwatch" topology -c "$config" hq-acc-2 --depth 4 --color never
ok "topology as CSV: golden" golden topology-csv run topology -f csv --site dock
ok "topology for Graphviz: golden" golden topology-dot run topology -f dot
ok "impact of a switch: golden" golden impact wide 120 run impact hq-acc-1
ok "impact of an uplink: golden" golden impact-uplink run impact hq-core
ok "impact as CSV: golden" golden impact-csv run impact hq-acc-1:gi1/0/13 -f csv
ok "show of a camera: golden" golden show-camera-place wide 110 run show cam-down
ok "show of a contradicted door: golden" golden show-contradicted wide 110 run show door-1
ok "show of a switch with ports: golden" golden show-switch-ports wide 130 run show hq-acc-1
ok "report with a topology: golden" golden report-topology wide 130 run report
ok "report of the topology, as CSV: golden" golden report-topology-csv run report -f csv --site dock --since 50d
ok "events of the topology: golden" golden events-topology run events --since 60d

for what in topology "topology --at 50d" "topology --problems" "topology --site dock" "topology nothing" \
	"export topology -o -"; do
	# shellcheck disable=SC2086 # words
	ok "$what as JSON satisfies its schema" valid topology run $what -f json
done
ok "the history as JSON satisfies its schema" valid topology-history run export topology-history -o - -f json
for what in hq-core hq-acc-1 hq-acc-1:Po1 hq-acc-1:te1/0/1 hq:dock:sw:p5 cam-1; do
	ok "impact of $what as JSON satisfies its schema" valid impact run impact "$what" -f json
done
for device in cam-down cam-1 cam-new door-1 cam-named cam-outside cam-desk-1 hq-acc-1 hq-core gw; do
	ok "show $device as JSON satisfies its schema" valid show run show "$device" -f json
done

for what in report "report --since 60d" "report --site dock"; do
	# shellcheck disable=SC2086 # words
	ok "$what as JSON satisfies its schema" valid report run $what -f json
done
ok "report: changes since a time" says "moved +1 +cam-down \(to hq-acc-1 gi1/0/13\)" wide 120 run report --since 50d
ok "report: no older changes" says_not "^moved" run report
ok "report without a configuration: nothing about VLANs" says_not "VLAN" "$keepwatch" report --database "$dir/keepwatch.db"
ok "report without a configuration: nor in JSON" says '"wrong_vlan": null' "$keepwatch" report --database "$dir/keepwatch.db" -f json
ok "report with both: what the configuration allows" says "VLAN not allowed" run report --database "$dir/keepwatch.db"
ok "events of types" lines 2 run events --type moved,new-mac --since 60d --no-header

ok "a row for each link, spare ones too" rows 26 run topology
ok "rows of a selection" rows 5 run topology --site dock
ok "rows of a switch and what hangs on it" rows 6 run topology hq-acc-2
ok "the export has the same rows" rows 26 run export topology -o -
ok "a row for each former place" rows 2 run export topology-history -o -
ok "a former place that is too old" rows 0 run export topology-history --since 40d -o -
ok "a former place that is too new" rows 0 run export topology-history --until 70d -o -
ok "the export is described" sh -c '"$0" export topology -c "$1" -o "$2/t.csv"' "$keepwatch" "$config" "$dir"
ok "and that satisfies its schema" validate export-meta "$dir/t.csv.meta.json"
ok "no cell that a spreadsheet would run" grep -q "\"'=facility\"" "$dir/t.csv"

for command in topology "topology --all" "topology -f dot" "topology -f json" "impact hq-acc-1" "show cam-named" \
	"show hq-acc-2"; do
	# shellcheck disable=SC2086 # words
	ok "nothing from a device reaches the terminal as a control: $command" harmless run $command
done
for width in 80 100 132; do
	ok "impact fits $width columns" fits $width run impact hq-core
	ok "show of a switch fits $width columns" fits $width run show hq-acc-1
	ok "topology fits $width columns" fits $width run topology --all
done

if command -v dot >/dev/null; then
	graph_is_taken() {
		run topology -f dot >"$dir/graph.dot" && dot -Tplain "$dir/graph.dot" >"$dir/graph.plain" 2>"$dir/graph.err" || {
			cat "$dir/graph.err"
			return 1
		}
		[ ! -s "$dir/graph.err" ] && [ "$(grep -c '^node' "$dir/graph.plain")" -eq 31 ]
	}
	ok "Graphviz takes the graph without a word, with all its nodes" graph_is_taken
	ok "it is drawn as SVG" sh -c '"$0" topology -c "$1" -f svg >"$2/t.svg" && python3 -c "
import sys, xml.dom.minidom
texts = [t.firstChild.data for t in xml.dom.minidom.parse(sys.argv[1]).getElementsByTagName(\"text\")]
sys.exit(\"cam \\\"<&>\\\" \\\\ \u00fc\" not in texts)" "$2/t.svg"' "$keepwatch" "$config" "$dir"
else
	ok "Graphviz takes the graph # SKIP graphviz is not installed" true
fi
# Links at random, with rings, parents of every kind, and names that a device may send.
random_links() {
	mkdir "$dir/random"
	printf 'database: random.db\nfleet: random.csv\n' >"$dir/random/keepwatch.yaml"
	python3 - "$dir/random" <<-'END' || return 1
		import random, sys
		random.seed(11)
		vias = ["direct", "shared", "unmanaged", "named", "wireless"]
		odd = ["", "x\x1b[2J", "\"\\N\\G<b>&amp;", "\u00fc\u200b\u202e", "a:b", " "]
		with open(sys.argv[1] + "/random.csv", "w") as fleet, open(sys.argv[1] + "/script", "w") as script:
		    fleet.write("name,address,kind\n")
		    for i in range(200):
		        fleet.write("d%d,10.1.0.%d,%s\n" % (i, i, random.choice(["camera", "switch", "door", "router"])))
		        script.write("state\td%d\t%s\t-\t1h\t0\t-\n" % (i, random.choice(["up", "down", "degraded"])))
		        for k in range(random.choice([0, 1, 1, 1, 2, 3])):
		            parent = random.choice(["d%d" % random.randrange(200), "-"])
		            script.write("link\td%d\t%s\tp%s%d\t%d\tvia=%s\tsure=%d\tname=%s\tshared=%d\town=%s%s\n" % (
		                i, parent, random.choice(odd), random.randrange(9), random.randrange(9), random.choice(vias),
		                random.randrange(101), random.choice(odd), random.randrange(4), random.choice(odd),
		                "\tspare" if k else ""))
		        if i % 7 == 0:
		            for port in range(9):
		                script.write("port\t%d\tp%s%d\tlag=%d\talias=%s\n" % (
		                    port + 1, random.choice(odd), port, random.choice([0, 0, 3]), random.choice(odd)))
		            script.write("ports\td%d\t1m\n" % i)
	END
	"$fill_store" "$dir/random/keepwatch.yaml" <"$dir/random/script"
}
on_random() {
	command=$1
	shift
	timeout 20 "$keepwatch" "$command" -c "$dir/random/keepwatch.yaml" "$@"
}
ok "links at random are filled" random_links
for what in "topology --all" "topology --problems" "topology d1* --depth 3" "topology -f csv" "impact d0" "impact d7" \
	"impact d0:p1" "show d7" "show d21 -f csv"; do
	# shellcheck disable=SC2086 # words
	ok "links at random: $what" harmless on_random $what
done
ok "links at random as JSON satisfy the schema" valid topology on_random topology -f json
ok "one of them, too" valid show on_random show d14 -f json
ok "what hangs on one of them, too" valid impact on_random impact d14 -f json
if command -v dot >/dev/null; then
	ok "Graphviz takes links at random" sh -c '"$0" topology -c "$1" -f dot | dot -Tplain >/dev/null' "$keepwatch" "$dir/random/keepwatch.yaml"
fi

mkdir "$dir/fake"
printf '#!/bin/sh\ncat >/dev/null\necho "syntax error in line 7" >&2\nexit 3\n' >"$dir/fake/dot"
chmod 755 "$dir/fake/dot"
ok "dot fails: 3" exits 3 env PATH="$dir/fake:$PATH" "$keepwatch" topology -c "$config" -f svg
ok "what it says is shown" says "syntax error in line 7" env PATH="$dir/fake:$PATH" "$keepwatch" topology -c "$config" -f svg
ok "no dot: 3" exits 3 env PATH="$dir/nothing" "$keepwatch" topology -c "$config" -f svg
ok "no dot: what to install" says "package graphviz" env PATH="$dir/nothing" "$keepwatch" topology -c "$config" -f svg

dark() { # TARGET WANT: how many go dark
	run impact "$1" -f json | python3 -c 'import json, sys; d = json.load(sys.stdin); sys.exit("%d/%d/%d" % (d["dark"], d["perhaps"], d["spared"]) != sys.argv[1] and "%d/%d/%d" % (d["dark"], d["perhaps"], d["spared"]))' "$2"
}
ok "a port in full" dark hq-acc-1:GigabitEthernet1/0/13 2/0/0
ok "a port in short" dark hq-acc-1:gi1/0/13 2/0/0
ok "a port by its number alone" dark hq-acc-1:1/0/13 2/0/0
ok "a port by its alias" dark hq-acc-1:yard 2/0/0
ok "a port by its ifIndex" dark hq-acc-1:13 2/0/0
ok "a port with nothing on it" dark hq-acc-1:gi1/0/16 0/0/0
ok "a port where a door is seen that is declared elsewhere" dark hq-acc-1:gi1/0/15 0/1/0
ok "a member of an aggregation takes nothing with it" dark hq-acc-1:te1/0/2 0/0/0
ok "the aggregation: all is reached over the ring" dark hq-acc-1:po1 0/0/19
ok "a switch with colons in its name" dark hq:dock:sw 3/0/0
ok "and a port of it that only a link tells of" dark hq:dock:sw:P5 1/0/0
ok "the root" dark gw 22/2/0
ok "one that left the fleet file takes nothing with it" dark cam-gone 0/0/0
ok "no such switch: 4" exits 4 run impact hq-acc-9
ok "a near one is suggested" says "did you mean hq-acc-1" run impact hq-ac-1
ok "no such port: 4" exits 4 run impact hq-acc-1:gi1/0/77
ok "a near one is suggested" says "did you mean gi1/0/1" run impact hq-acc-1:gi1/0/12
ok "without a configuration there are no contacts, but all else" says_not "noc@example" "$keepwatch" impact hq-core --database "$dir/keepwatch.db"

ok "levels" says_not "hq-acc-1" run topology --depth 2
ok "a named switch is not folded" says "cam-10" run topology hq-acc-1
ok "nothing matches: a note" says "note: no device to show" run topology 'nothing*'
ok "usage: bad time" exits 2 run topology --at yesterday
ok "usage: bad depth" exits 2 run topology --depth -1
ok "usage: unknown format" exits 2 run topology -f png
ok "usage: dot is for topologies" exits 2 run devices -f dot
ok "usage: --all with --problems" exits 2 run topology --all --problems
done_testing
