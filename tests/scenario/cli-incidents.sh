#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# incidents, why, incident, findings, evidence, and what report and export say of them, over a fleet with
# every kind of incident: what they print, what they refuse, that packs appear whole or not at all.
# shellcheck source-path=SCRIPTDIR source=cli-fixture.sh
. "$(dirname "$0")/cli-fixture.sh"
# shellcheck source-path=SCRIPTDIR source=cli-topology-fixture.sh
. "$(dirname "$0")/cli-topology-fixture.sh"
# shellcheck source-path=SCRIPTDIR source=cli-incidents-fixture.sh
. "$(dirname "$0")/cli-incidents-fixture.sh"

ok "the fixture is filled" plan_incidents

ok "incidents, 80 columns: golden" golden incidents-80 wide 80 run incidents
ok "all incidents: golden" golden incidents-all wide 120 run incidents --all
ok "incidents as CSV: golden" golden incidents-csv run incidents --all -f csv --columns id,class,blame,name,site,confidence,team,devices,out,no_technician,state,adopted_by,cause,note,by
ok "why a switch: golden" golden why-switch wide 80 run why 42
ok "why a camera: golden" golden why-camera wide 80 run why cam-down
ok "why a site, healed: golden" golden why-site wide 80 run why 44
ok "why many, folded: golden" golden why-flap wide 100 run why 45
ok "why of what a person overturned: golden" golden why-overturned run why 39
ok "why as CSV: golden" golden why-csv sh -c '"$0" why -c "$1" 42 -f csv | cut -d, -f1-10' "$keepwatch" "$config"
ok "why in plain ASCII: golden" golden why-ascii env LC_ALL=C COLUMNS=80 "$keepwatch" why -c "$config" 42 --color never
ok "findings, 80 columns: golden" golden findings-80 wide 80 run findings --all
ok "report with incidents, 80 columns: golden" golden report-incidents wide 80 run report
ok "help why: golden" golden help-why "$keepwatch" why --help

for what in "incidents --all" incidents "incidents --site nothing" "findings --all" "why 39" "why 40" "why 41" \
	"why 42" "why 43" "why 44" "why 45" "why cam-new" "why cam-desk-1" report; do
	# shellcheck disable=SC2086 # words
	ok "$what as JSON satisfies its schema" valid "${what%% *}" run $what -f json
done
ok "incident show as JSON satisfies the schema of why" valid why run incident show 42 -f json
ok "incidents with all columns as JSON" valid incidents run incidents --all -f json --columns all
ok "findings with all columns as JSON" valid findings run findings --all -f json --columns all
ok "incidents as CSV has a row each" lines 8 run incidents --all -f csv
for width in 60 80 132; do
	for what in "incidents --all" "why 42" "why 45 --all" "why 43" "findings"; do
		# shellcheck disable=SC2086 # words
		ok "$what fits $width columns" fits $width run $what
	done
done
for what in "incidents --all" "why 42" "findings" "report" "why 42 -f csv" "why 42 -f json" "why cam-named"; do
	# shellcheck disable=SC2086 # words
	ok "nothing stored reaches the terminal as a control: $what" harmless run $what
done
ok "colour only adds" sh -c '
	"$0" why -c "$1" 42 --color always >"$2/coloured"
	"$0" why -c "$1" 42 --color never >"$2/plain"
	grep -q "$(printf "\033")" "$2/coloured" &&
		sed "s/$(printf "\033")\[[0-9;]*m//g" "$2/coloured" | cmp - "$2/plain"' "$keepwatch" "$config" "$dir"

ids() { # WANT COMMAND...: numbers of incidents, newest first
	want=$1
	shift
	got=$("$@" --no-header -f csv --columns id | tr -d '\r' | tr '\n' ' ')
	[ "$got" = "$want" ] || {
		echo "$got, expected $want"
		return 1
	}
}
ok "open ones by default" ids "45 44 43 42 " run incidents
ok "all" ids "45 44 43 42 41 40 39 " run incidents --all
ok "since: what went on then, open or not" ids "45 44 43 42 40 " run incidents --since 3h
ok "since, open ones" ids "45 44 43 42 " run incidents --since 3h --open
ok "by team" ids "43 40 39 " run incidents --all --team integrator
ok "by two classes" ids "44 42 " run incidents --class switch_down,wan
ok "by site, of what is blamed or affected" ids "44 " run incidents --site dock
ok "by kind of what is affected" ids "44 42 " run incidents --kind door
ok "by owner, all" ids "45 44 42 " run incidents --all --owner it-network
ok "by site in other letters" ids "44 " run incidents --site DOCK
ok "by site and kind" ids "44 " run incidents --site dock --kind door
ok "by two sites" ids "45 44 43 42 " run incidents --site dock,hq
ok "by state" ids "43 " run incidents --state down --team integrator
ok "limit" ids "45 44 " run incidents --limit 2
ok "limit with a filter" ids "45 43 " run incidents --limit 2 --site hq
ok "sort" ids "43 44 42 45 " run incidents --sort team --sort -confidence
ok "nobody is to be sent for a switch" says "^42 .* no( +-)?$" run incidents --class switch_down
ok "somebody for a camera" says "^43 .* yes( +-)?$" run incidents --class device_hw
ok "classes help" says "switch_down +switch down" run incidents --class help
ok "columns help" says "no_technician" run incidents --columns help
ok "none of a site" says "no open incidents to show" run incidents --site nothing
ok "usage: no such class" says "did you mean switch_down" run incidents --class switch-down
ok "usage: no such class: 2" exits 2 run incidents --class switch-down
ok "usage: no such team" exits 2 run incidents --team me
ok "usage: --open and --all" exits 2 run incidents --open --all
ok "usage: bad time" exits 2 run incidents --since yesterday

ok "why of a device: the incident that has it" says "^SWITCH DOWN: hq-acc-2" run why cam-desk-2
ok "why of a device says how it is" says "^cam-desk-2 is down for 2h 10m: no answer in time" run why cam-desk-2
ok "why of a device marks it" says "cam-desk-2 .*asked for" run why cam-desk-2
ok "why of a device in two: the newest, and that there is another" says "1 further open incident has it" run why cam-desk-1
ok "why of what was blamed" says "^INTERMITTENT SWITCH: hq-acc-1" run why hq-acc-1
ok "why of a device by address" says "^SWITCH DOWN" run why 10.77.1.65
ok "why of a device that no incident has or had" says "cam-new is unknown for 30d. No incident has it, and none had it." run why cam-new
ok "why of one that another explains" says "keepwatch why 42" run why 40
ok "why with a number sign" says "^SWITCH DOWN" run why '#42'
ok "why folds" says "and [0-9]+ more" run why 45
ok "why --all does not" says_not "and [0-9]+ more" run why 45 --all
ok "who asks for a folded one sees it" says "cam-shared .*asked for" run why cam-shared
ok "why of no such incident: 4" exits 4 run why 999
ok "why of no such device: 4" exits 4 run why cam-loby
ok "why is incident show" sh -c '[ "$("$0" why -c "$1" 39)" = "$("$0" incident -c "$1" show 39)" ]' "$keepwatch" "$config"
ok "why says what to do" says "Do not send a technician to the devices; ask IT to bring hq-acc-2" run why 42

ok "findings: the open ones" lines 3 run findings
ok "findings by rule" lines 2 run findings --rule port-errors
ok "findings from a severity on" lines 2 run findings --severity critical
ok "findings by kind" lines 2 run findings --kind camera
ok "findings since" lines 4 run findings --since 10d
ok "findings: a port without a name" says "ifIndex 3" run findings
ok "findings: numbers are numbers" says ",4.2,1," run findings -f csv --columns device,value,limit,port
ok "rules help" says "poe-near-budget" run findings --rule help
ok "usage: no such rule" says "did you mean port-errors" run findings --rule port-error
ok "usage: no such severity" exits 2 run findings --severity sad

ok "the report opens with what is to blame" sh -c '"$0" report -c "$1" | sed -n "/^TO BLAME (4)/,/^SITE/p" | grep -q "^ON ITS WAY DOWN (2)"' "$keepwatch" "$config"
ok "the report of a site has its incidents only" says "^TO BLAME \(1\)" run report --site dock
ok "the report as CSV has them" says '^incident,hq-acc-2,hq,.*switch_down,"switch down: hq-acc-2"' run report -f csv

for name in incidents findings; do
	for format in csv json; do
		ok "export $name as $format" run export $name -o "$dir/$name.$format"
		ok "$name.$format.meta.json satisfies its schema" validate export-meta "$dir/$name.$format.meta.json"
	done
	ok "$name.json satisfies its schema" validate $name "$dir/$name.json"
done
ok "export incidents: all" sh -c '[ "$(wc -l <"$0")" = 8 ]' "$dir/incidents.csv"
ok "export incidents since" ids "45 44 43 42 40 " sh -c '"$0" export incidents -c "$1" --since 3h -f csv -o - | cut -d, -f1 | tail -n +2' "$keepwatch" "$config"
ok "export incidents by site" sh -c '[ "$("$0" export incidents -c "$1" --site dock -f csv --no-header -o - | wc -l)" = 1 ]' "$keepwatch" "$config"

pack=$dir/pack
ok "evidence makes a pack" run evidence 42 -o "$pack"
ok "its sums are right" sh -c 'cd "$0" && sha256sum --quiet --strict -c MANIFEST && [ "$(wc -l <MANIFEST)" = "$(($(ls | wc -l) - 1))" ]' "$pack"
ok "modes are 0640 and 0750, less the umask" sh -c '[ "$(umask)" != 0022 ] || [ "$(stat -c %a "$0" "$0"/*.csv | sort -u | tr "\n" " ")" = "640 750 " ]' "$pack"
ok "its incident.json satisfies the schema" validate why "$pack/incident.json"
ok "its summary is what why says" says "^SWITCH DOWN: hq-acc-2" cat "$pack/summary.txt"
ok "its timeline is in order" sh -c 'tail -n +2 "$0" | cut -d, -f1 | sort -C' "$pack/timeline.csv"
ok "its timeline has events, steps, evidence and outages" sh -c 'for s in event incident evidence outage; do grep -q ",$s," "$0" || exit 1; done' "$pack/timeline.csv"
ok "its timeline has nothing of other devices" says_not "cam-2" cat "$pack/timeline.csv"
ok "its ports say what hangs there" says '^hq-acc-1,47,gi1/0/47,,hq-acc-2,' cat "$pack/ports.csv"
ok "its metrics are raw" says ',300000,cam-desk-1,icmp,5,0,5,5,,,' cat "$pack/metrics.csv"
ok "its devices have what they reported" says "^cam-desk-1,.*Axis" cat "$pack/devices.csv"
ok "no formula in it" says "'=1\+1" cat "$pack/facts.csv"
ok "its outages have the cause first" sh -c '[ "$(sed -n 2p "$0" | cut -d, -f1,2)" = hq-acc-2,cause ]' "$pack/outages.csv"
ok "its switch" says "^hq-acc-2 is down" cat "$pack/switch.txt"
ok "nothing else is left" sh -c '[ "$(ls -d "$0"*)" = "$0" ]' "$pack"
ok "a pack that is there is refused: 3" exits 3 run evidence 42 -o "$pack"
ok "and is untouched" sh -c 'cd "$0" && sha256sum --quiet -c MANIFEST' "$pack"
mkdir "$dir/empty"
ok "an empty directory is taken" run evidence 43 -o "$dir/empty/"
ok "with a manifest" test -s "$dir/empty/MANIFEST"
ln -s nowhere "$dir/link"
ok "a symbolic link is refused: 3" exits 3 run evidence 42 -o "$dir/link"
ok "a file is refused: 3" exits 3 run evidence 42 -o "$config"
ok "no such folder: 3" exits 3 run evidence 42 -o "$dir/none/pack"
ok "no such incident: 4, and nothing is made" sh -c '"$0" evidence -c "$1" 999 -o "$2/p999"; [ $? = 4 ] && [ ! -e "$2/p999" ]' "$keepwatch" "$config" "$dir"
ok "no directory: 2" exits 2 run evidence 42
ok "a device is no incident: 2" exits 2 run evidence cam-1 -o "$dir/p1"
for id in 39 40 41 44 45; do
	ok "a pack of incident $id" run evidence $id -o "$dir/pack-$id"
done
# A disk of few pages: nothing appears, and nothing is left.
full_disk() {
	unshare -m sh -eu -c '
		mkdir -p "$2/small"
		mount -t tmpfs -o size=16k tmpfs "$2/small"
		code=0
		"$0" evidence --database "$1" 42 -o "$2/small/pack" || code=$?
		[ $code = 3 ] && [ -z "$(ls -A "$2/small")" ]' "$keepwatch" "$dir/keepwatch.db" "$dir"
}
if [ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null; then
	ok "a full disk: 3, and nothing is left" full_disk
else
	ok "a full disk # SKIP needs root for a small file system" true
fi

unset SUDO_USER USER
export LOGNAME=kim
# The agent's side of the socket, once: prints the request, answers CODE TEXT.
answer() { # CODE TEXT, then the command
	code=$1
	text=$2
	shift 2
	rm -f "$dir/sock" "$dir/request" "$dir/ready"
	python3 - "$dir" "$code" "$text" <<-'END' &
		import socket, sys
		folder, code, text = sys.argv[1:]
		server = socket.socket(socket.AF_UNIX)
		server.settimeout(20)
		server.bind(folder + "/sock")
		server.listen(1)
		open(folder + "/ready", "w").close()
		peer = server.accept()[0]
		line = b""
		while not line.endswith(b"\n"):
		    line += peer.recv(4096)
		open(folder + "/request", "wb").write(line)
		peer.sendall(b"keepwatch 1 %s %d\n%s" % (code.encode(), len(text), text.encode()))
	END
	peer=$!
	tries=0
	while [ ! -e "$dir/ready" ] && [ $tries -lt 200 ]; do
		sleep 0.05
		tries=$((tries + 1))
	done
	"$@" >"$dir/answer.out" 2>&1
	got=$?
	wait $peer
	return $got
}
ok "incident close is told to the agent" answer 0 "incident 42 is closed" run incident close 42 --cause poe_port --note "fuse, rack 2" --socket "$dir/sock"
ok "as one line of fields" sh -c 'printf "incident\tdo=close\tid=42\tcause=poe_port\tnote=fuse, rack 2\twho=kim\n" | cmp - "$0"' "$dir/request"
ok "what the agent says is shown" says "^incident 42 is closed" cat "$dir/answer.out"
ok "what it refuses: 4" sh -c '[ "$1" = 4 ]' - "$(answer 1 "no open incident 7" run incident close 7 --cause uplink --socket "$dir/sock"; echo $?)"
ok "and why" says "no open incident 7" cat "$dir/answer.out"
cp "$config" "$dir/sock.yaml"
echo "socket: $dir/sock" >>"$dir/sock.yaml"
ok "the configuration names the socket" answer 0 closed "$keepwatch" incident -c "$dir/sock.yaml" close 42 --cause uplink
ok "no agent: 3" exits 3 run incident close 42 --cause uplink --socket "$dir/none.sock"
ok "no agent: what next" says "does keepwatchd run" run incident close 42 --cause uplink --socket "$dir/none.sock"
ok "usage: close without a cause" exits 2 run incident close 42
ok "usage: no such cause" exits 2 run incident close 42 --cause gremlins
ok "usage: a note of two lines" exits 2 run incident close 42 --cause uplink --note "a
b"
ok "usage: a note that is too long" exits 2 run incident close 42 --cause uplink --note "$(head -c 300 /dev/zero | tr '\0' x)"
ok "usage: neither show nor close" exits 2 run incident open 42
ok "usage: no number" exits 2 run incident show cam-1
ok "usage: a cause for show" exits 2 run incident show 42 --cause uplink
ok "cause help" says "switch_flap" run incident close 42 --cause help

ok "stale data is said above incidents" sh -c '[ -n "$1" ]' - "$(plan_incidents 'heartbeat\t10m'; run incidents | head -1 | grep -E '^STALE DATA, 10m')"
ok "and above why" says "^STALE DATA, 10m" run why 42
plan
ok "without incidents" says "no open incidents to show" run incidents
ok "the report is as it was" says_not "TO BLAME|ON ITS WAY" run report
done_testing
