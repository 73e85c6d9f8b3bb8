#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The agent says what is to blame: one incident for a camera that stops, within seconds; a restart
# neither repeats nor forgets it; what a person says closes it; what was announced alarms nobody; and
# what was recorded leads to the same conclusions.
# shellcheck source=tests/scenario/agent-lib.sh
. "$(dirname "$0")/agent-lib.sh"

cameras=5
declare -A server
{
	echo name,address,kind,site,power_zone
	for n in $(seq $cameras); do echo "cam-$n,127.0.0.1,camera,hq,"; done
} >"$work/fleet.csv"
{
	cat <<YAML
database: $database
fleet: fleet.csv
socket: $socket
poll: { interval: 1s, timeout: 500ms, retries: 0 }
sites: [{ name: hq }]
record: { dir: recorded, size: 1, total: 4 }
devices:
YAML
	for n in $(seq $cameras); do
		rm -f "$work/web.port"
		echo 200 >"$work/code.$n"
		web_start "$work/code.$n"
		server[$n]=${peers[-1]}
		echo "  cam-$n: { probes: { http: { port: $port } } }"
	done
} >"$conf"
hang() { kill -STOP "${server[$1]}"; }
go_on() { kill -CONT "${server[$1]}"; }
# shellcheck disable=SC2016 # it is run at the end
undo+=('for n in $(seq $cameras); do kill -CONT "${server[$n]}" 2>/dev/null; done')
all_up() { answers | grep -q "$cameras of $cameras devices up"; }
figure() { tests/lab/status.py "$socket" diagnosis "$1"; }
has_taken() { # COUNT: pieces of evidence, at least
	[ "$(figure evidence)" -ge "$1" ]
}
# Open ones that blame it.
opened() { sql "SELECT count(*) FROM incident WHERE blame_name = '$1' AND closed = 0"; }
ever() { sql "SELECT count(*) FROM incident"; }
is_open() { # NAME COUNT
	sql "SELECT id, verdict, blame_name, confidence, closed FROM incident"
	[ "$(opened "$1")" -eq "${2:-1}" ]
}
events() { sql "SELECT count(*) FROM event WHERE type = 'incident-$1'"; }
start() {
	agent
	ok "$1" within 20 all_up
	ok "evidence is taken" within 10 has_taken 50
}

start "all are up at first"
ok "nothing is to blame yet" test "$(ever)" -eq 0

# ---- a camera stops
hang 3
began=$SECONDS
ok "an incident names the camera that stopped" within 20 is_open cam-3
echo "# after $((SECONDS - began)) s: $(sql "SELECT verdict, confidence FROM incident")"
ok "and nobody else" test "$(ever)" -eq 1
ok "it says so in words" test "$(sql "SELECT count(*) FROM incident_line WHERE decider = 0")" -gt 0
ok "the event is there" test "$(events opened)" -eq 1
id=$(sql "SELECT id FROM incident WHERE blame_name = 'cam-3'")

# ---- a restart in between
ok "it ends in order" agent_end TERM
agent
ok "it is open still after a restart" within 10 is_open cam-3
ok "evidence comes again" within 20 has_taken 50
ok "it is the same one" test "$(sql "SELECT group_concat(id) FROM incident")" = "$id"
ok "it was not opened again" test "$(events opened)" -eq 1
ok "nor are there more alerts" test "$(sql "SELECT told_count FROM incident WHERE id = $id")" -le 1
go_on 3
ok "the camera is back: it closes" within 30 is_open cam-3 0
ok "with the outage of the camera" test "$(sql "SELECT count(*) FROM incident_device WHERE until > since AND since > 0")" -eq 1

# ---- a person knows better
hang 4
ok "another camera, another incident" within 20 is_open cam-4
next=$(sql "SELECT max(id) FROM incident")
ok "its number is new" test "$next" -gt "$id"
close() {
	"$BUILD/keepwatch" incident close "$next" --cause cable_port --note "ladder on the cable" \
		--socket "$socket"
}
ok "a person says what it was" close
said() { [ "$(sql "SELECT cause || ',' || note FROM incident WHERE id = $next AND overturned > 0")" = "cable_port,ladder on the cable" ]; }
ok "that is kept" within 5 said
seen=$(figure evidence)
more() { has_taken $((seen + 40)); }
ok "it goes on looking" within 30 more
ok "and does not open it again" test "$(opened cam-4)" -eq 0
ok "a wrong number is refused" not "$BUILD/keepwatch" incident close 999 --cause cable_port --socket "$socket"
go_on 4

# ---- announced
cat >>"$conf" <<YAML
maintenance:
  - { of: cam-5, from: $(date -d '-1 minute' +%FT%T%:z), to: $(date -d '+1 hour' +%FT%T%:z), note: new lens }
YAML
kill -HUP "$agent"
ok "the window is taken" within 10 logged 'configuration taken'
before=$(sql "SELECT coalesce(sum(told_count), 0) FROM incident")
hang 5
seen=$(figure evidence)
ok "it fails as announced" within 40 more
ok "nobody is alarmed" test "$(sql "SELECT coalesce(sum(told_count), 0) FROM incident")" -eq "$before"
announced() { [ "$(sql "SELECT count(*) FROM incident WHERE blame_name = 'cam-5' AND verdict <> 'maintenance'")" -eq 0 ]; }
ok "if anything it is called maintenance" announced
go_on 5
sed -i '/^maintenance:/,$d' "$conf"
kill -HUP "$agent"
twice() { [ "$(grep -c 'configuration taken' "$log")" -ge 2 ]; }
ok "the window is taken back" within 10 twice
seen=$(figure evidence)
ok "time goes by" within 40 more
hang 5
alarmed() { [ "$(sql "SELECT count(*) FROM incident WHERE blame_name = 'cam-5' AND verdict <> 'maintenance' AND closed = 0")" -eq 1 ]; }
ok "it fails for real" within 30 alarmed
go_on 5

# ---- what was recorded says the same
ok "it ends" agent_end TERM
sql "SELECT DISTINCT blame_name FROM incident WHERE verdict <> 'maintenance' ORDER BY 1" >"$work/said"
replayed() {
	"$BUILD/keepwatch" replay "$work"/recorded/*.jsonl >"$work/replayed" || return 1
	cat "$work/said" "$work/replayed"
	while read -r name; do grep -q "$name" "$work/replayed" || return 1; done <"$work/said"
	[ -s "$work/said" ]
}
ok "the recordings lead to the same" replayed
ok "they hold no more than they may" test "$(du -sm "$work/recorded" | cut -f1)" -le 5
done_testing
