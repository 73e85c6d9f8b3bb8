#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Which switch port does every camera hang on? The agent against real lldpd, snmpd and BRIDGE-MIB
# agents: it finds all from a cold start, with and without LLDP on the camera, notices what is moved,
# swapped, replaced and claimed twice, and is not misled by the rows that are left behind.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
lab=$PWD/tests/lab/wired-lab.sh
for tool in lldpd arping sqlite3 snmp-bridge-mib; do
	PATH=$PATH:/usr/sbin command -v $tool >/dev/null || {
		echo "1..0 # SKIP $tool is not installed"
		exit 0
	}
done
round=4
lab_up
cat >"$conf" <<E
database: $work/keepwatch.db
fleet: fleet.csv
socket: $work/control.sock
group: $(id -gn)
poll: { interval: 2s, timeout: 500ms, retries: 1 }
credentials:
  - { name: switches, snmp: { version: 2c, community: public } }
sites:
  - { name: lab }
probes:
  topology: { interval: ${round}s }
kinds:
  camera: { probes: [icmp] }
traps: { listen: "0.0.0.0:162" }
devices:
  cam3: { probes: { icmp: { interval: 10m } } }
E
write_fleet() { # [UPSTREAM of cam4]
	echo name,address,kind,site,credential,upstream
	echo core,10.77.1.1,switch,lab,switches,
	echo acc1,10.77.1.11,switch,lab,switches,
	echo acc2,10.77.1.12,switch,lab,switches,
	for n in 1 2 3 5 6 7 8; do echo "cam$n,10.77.1.10$n,camera,lab,,"; done
	echo "cam4,10.77.1.104,camera,lab,,${1:-}"
}
write_fleet >"$work/fleet.csv"

sql() { sqlite3 -readonly "$work/keepwatch.db" "$1" 2>&1; }
# camN,switch,port as stored
places() {
	sql "SELECT d.name||','||p.name||','||l.port FROM link l JOIN device d ON d.id = l.device
		JOIN device p ON p.id = l.parent WHERE l.spare = 0 AND d.kind = 'camera' ORDER BY d.name"
}
all_placed() { diff <("$lab" truth | cut -d, -f1-3) <(places); }
column() { sql "SELECT l.$2 FROM link l JOIN device d ON d.id = l.device WHERE d.name = '$1' AND l.spare = 0"; }
is_column() { # DEVICE COLUMN VALUE
	echo "$1 $2 is $(column "$1" "$2")"
	[ "$(column "$1" "$2")" = "$3" ]
}
sure() { # CONFIDENCE: all cameras at least
	local below
	below=$(sql "SELECT d.name||' '||l.confidence||' '||l.why FROM link l JOIN device d ON d.id = l.device
		WHERE l.spare = 0 AND d.kind = 'camera' AND l.confidence < $1")
	echo "$below"
	[ -z "$below" ]
}
uplink_is() { # SWITCH PARENT PORT
	local is
	is=$(sql "SELECT p.name||' '||l.port FROM link l JOIN device d ON d.id = l.device
		JOIN device p ON p.id = l.parent WHERE l.spare = 0 AND d.name = '$1'")
	echo "$1: $is"
	[ "$is" = "$2 $3" ]
}
# "type device" lines of what the topology told
happened() {
	sql "SELECT e.type||' '||COALESCE(d.name, '') FROM event e LEFT JOIN device d ON d.id = e.device
		WHERE e.type IN ('moved', 'replaced', 'duplicate-ip', 'new-mac', 'switch-replaced', 'uplink-changed',
		'wrong-vlan', 'upstream-contradicted') ORDER BY e.id"
}
happened_are() { diff <(printf '%s\n' "$@" | grep . | sort) <(happened | sort); }
told() { happened | grep -qx "$1"; }
table_dump() { sql "SELECT * FROM link; SELECT * FROM port; SELECT * FROM station; SELECT * FROM switch"; }
# How many times a switch was read since the agent began.
views() { tests/lab/status.py "$work/control.sock" topology_views; }
# N COMMAND...: until it succeeds, as long as no more than N rounds of readings have passed; a machine
# that is busy with other things reads later, not more.
in_rounds() {
	local n=$1 last end=$((SECONDS + 120))
	shift
	last=$(($(views 2>/dev/null || echo 0) + 3 * n + 2))
	until "$@" >"$work/last" 2>&1; do
		if [ "$(views 2>/dev/null || echo 0)" -ge "$last" ] || [ "$SECONDS" -ge "$end" ]; then
			"$@" && return
			tail -n 25 "$log" | grep topology:
			return 1
		fi
		sleep 0.2
	done
}
views_reached() { [ "$(views)" -ge "$1" ]; }
rounds() { within 60 views_reached $(($(views) + 3 * $1 + 1)); } # each switch was read N more times

agent_start
ok "every camera is on its right port within two rounds of a cold start" in_rounds 2 all_placed
ok "each of them surely" in_rounds 2 sure 80
ok "a camera that speaks LLDP is known by it" in_rounds 2 is_column cam1 source lldp
ok "one that does not, by the forwarding table" is_column cam5 source fdb
ok "acc1 hangs on p1 of core" in_rounds 2 uplink_is acc1 core p1
ok "acc2 hangs on p2 of core" in_rounds 2 uplink_is acc2 core p2
ok "nothing is said to have happened" happened_are

rounds 1
table_dump >"$work/before"
rounds 3
table_dump >"$work/after"
ok "three rounds in which nothing changed wrote nothing" diff "$work/before" "$work/after"

"$lab" fault cam-move 2 acc2 6
ok "a camera with LLDP is found where it was moved to" in_rounds 5 all_placed
"$lab" fault cam-move 5 acc1 5
ok "and one without" in_rounds 5 all_placed
ok "both are told as moved, and nothing else" in_rounds 2 happened_are "moved cam2" "moved cam5"
"$lab" fault cam-swap 6 7
ok "two cameras that changed places are found" in_rounds 5 all_placed
ok "and told as moved, not as replaced" in_rounds 2 happened_are "moved cam2" "moved cam5" \
	"moved cam6" "moved cam7"
"$lab" fault dup-ip 3 8
ok "an address that two claim is told" in_rounds 8 happened_are "moved cam2" "moved cam5" \
	"moved cam6" "moved cam7" "duplicate-ip cam3"
ok "and moves nobody" all_placed
"$lab" fault one-ip 3 8
"$lab" fault new-mac 1 b8:a4:4f:00:00:99
ok "another camera under the same address is told as replaced" in_rounds 8 happened_are "moved cam2" \
	"moved cam5" "moved cam6" "moved cam7" "duplicate-ip cam3" "replaced cam1"
ok "in its old place" in_rounds 2 all_placed
"$lab" fault cam-down 4
ok "a camera that is dark" within 20 is cam4 down
rounds 2
ok "keeps its place" all_placed
heard() { sql "SELECT e.detail FROM event e JOIN device d ON d.id = e.device WHERE e.type = 'trap' AND d.name = 'acc1'" | grep -F "$1"; }
ok "its switch has sent a trap for the port" within 20 heard "linkDown ifIndex 6"
"$lab" fault cam-up 4
ok "and comes back" within 20 is cam4 up
"$lab" fault cam-down 3
ok "one that is asked every ten minutes is seen dark at once, by its switch's trap" within 30 is cam3 down
"$lab" fault cam-up 3
ok "and back as well" within 30 is cam3 up

ok "the agent ends cleanly" agent_stop
happened >"$work/before"
agent_start
ok "after a restart it knows all places at once" within 5 all_placed
rounds 2
happened >"$work/after"
ok "and tells nothing again" diff "$work/before" "$work/after"
write_fleet acc2:p1 >"$work/fleet.csv"
kill -HUP "$agent"
contradicted() {
	echo "$(column cam4 contradicted) $(column cam4 source) $(column cam4 why)"
	[ "$(column cam4 contradicted)" = 1 ] && [ "$(column cam4 source)" = declared ]
}
ok "a declared place that is not what is seen is contradicted" in_rounds 3 contradicted
ok "and told" in_rounds 1 told "upstream-contradicted cam4"
ok "the agent ends cleanly again" agent_stop
done_testing
