# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# For the scripts that look at what hangs where: the wired lab, an agent that reads its switches every
# few seconds, and questions to its database.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
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
# How many times a whole switch was read since the agent began.
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
