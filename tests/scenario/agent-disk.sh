#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The disk is full, and the agent is killed: it goes on probing and answering, keeps what it could not
# store, and stores it once and in order when there is room; a killed one has forgotten no state.
# shellcheck source=tests/scenario/agent-lib.sh
. "$(dirname "$0")/agent-lib.sh"

[ "$(id -u)" -eq 0 ] || skip_all "a small file system of our own needs root"
mkdir "$work/disk"
mount -t tmpfs -o size=2m,mode=755 kw-disk "$work/disk" 2>/dev/null || skip_all "no tmpfs can be mounted here"
undo+=("umount '$work/disk'")
database=$work/disk/kw.db

echo 200 >"$work/code"
web_start "$work/code"
{
	echo name,address,kind,site,probes
	for i in 1 2 3 4; do echo "web$i,127.0.0.1,server,hq,http"; done
	echo shut,127.0.0.1,server,hq,tcp
} >"$work/fleet.csv"
cat >"$conf" <<YAML
database: $database
fleet: fleet.csv
socket: $socket
poll: { interval: 1s, timeout: 1s, retries: 0, down_after: 2, up_after: 1 }
sites: [{ name: hq }]
probes: { http: { port: $port }, tcp: { port: 1 } }
YAML
all() { # STATE
	local i
	for i in 1 2 3 4; do is "web$i" "$1" || return 1; done
}
status() { printf 'status\n' | timeout 5 python3 -c '
import json, socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(b"status\n")
data = b""
while (part := s.recv(65536)): data += part
print(json.loads(data.split(b"\n", 1)[1])[sys.argv[2]])' "$socket" "$1"; }
# STATES of a device in the order of its events
history() { sql "SELECT group_concat(to_value, ' ') FROM (SELECT to_value FROM event WHERE type = '${2:-device-state}' AND device = (SELECT id FROM device WHERE name = '$1') ORDER BY id)"; }
tells() { # DEVICE STATES: all of its history
	echo "the history of $1 is: $(history "$1")"
	[ "$(history "$1")" = "$2" ]
}
each_tells() {
	local i
	for i in 1 2 3 4; do tells "web$i" "$1" || return 1; done
}
in_order() { # events of a device are in the order of their times, none is there twice
	sql "SELECT 'out of order: ' || a.id FROM event a JOIN event b ON b.id < a.id AND b.device = a.device AND b.type = a.type AND b.at > a.at
		UNION ALL SELECT 'twice: ' || min(id) FROM event GROUP BY at, device, type, probe, to_value HAVING count(*) > 1" >"$work/wrong"
	cat "$work/wrong"
	[ ! -s "$work/wrong" ]
}
stored() { # DEVICE STATE: as the database has it
	"$BUILD/keepwatch" devices --database "$database" --format csv --no-header --columns name,state | tr -d '\r' | grep -qx "$1,$2"
}
sound() { sql 'PRAGMA integrity_check' | grep -qx ok; }

agent
ok "all are up" within 15 all up
ok "and stored so" within 10 stored web4 up

# ---- no room: what is there is filled to the last byte
fill() { dd if=/dev/zero of="$work/disk/ballast" bs=4k oflag=append conv=notrunc 2>/dev/null; }
fill
fill
echo 503 >"$work/code"
ok "on a full disk it goes on probing: all are degraded" within 15 all degraded
ok "it says that the disk is full, and of which file" within 20 logged "store: $database.*(full|space)"
ok "and that nothing is lost" logged 'nothing is lost'
runs=$(status runs)
more_runs() { [ "$(status runs)" -gt $((runs + 10)) ]; }
ok "it goes on" within 10 more_runs
ok "commits failed" test "$(status commits_failed)" -gt 0
echo 200 >"$work/code"
ok "all are up again" within 15 all up
kill -HUP "$agent"
ok "a reload is taken all the same" within 10 logged 'configuration taken'
ok "and the states stay" all up
echo 503 >"$work/code"
ok "all are degraded again" within 15 all degraded
ok "the report of what is stored can be read" "$BUILD/keepwatch" report --database "$database"
ok "nothing of it is in the database yet" tells web1 up
ok "its tries grow rarer: the log is no flood" test "$(grep -c 'nothing is lost' "$log")" -le 8
rm "$work/disk/ballast"
ok "with room again, it goes on by itself" within 60 logged 'takes changes again'
ok "all that happened is stored, once and in order" within 10 each_tells "up degraded up degraded"
ok "the reload as well" test "$(sql "SELECT count(*) FROM event WHERE type = 'config-reload'")" -eq 1
ok "no event is there twice, none before its time" in_order
ok "the state is the last one" stored web4 degraded
ok "the database is sound" sound

# ---- killed while it works
kill -KILL "$agent"
wait "$agent" 2>/dev/null
ok "killed, the database is sound" sound
: >"$log"
agent
ok "a new one starts" answers
ok "and knows at once what was degraded" is web1 degraded
ok "and down" is shut down
runs=0
ok "it probes" within 10 more_runs
ok "no state is told again" each_tells "up degraded up degraded"
ok "nor that of the closed port" tells shut down
echo 200 >"$work/code"
ok "what comes next is told" within 15 each_tells "up degraded up degraded up"
# in the middle of commits, some times over
for _ in 1 2 3 4; do
	echo 503 >"$work/code"
	within 10 is web1 degraded
	kill -KILL "$agent"
	wait "$agent" 2>/dev/null
	agent
	echo 200 >"$work/code"
	within 10 is web1 up
done >"$work/case"
alternating() {
	local i
	for i in 1 2 3 4; do
		history "web$i" | grep -qE '^up( degraded up)+$' || {
			history "web$i"
			return 1
		}
	done
}
ok "killed at any time: every device's history goes on without gap or echo" within 10 alternating
ok "no event is there twice" in_order
ok "SIGTERM ends it" agent_end TERM
ok "the database is sound in the end" sound

# ---- no room at the very end, and at the start
agent
within 10 all up
fill
echo 503 >"$work/code"
within 15 all degraded
ok "SIGTERM on a full disk ends it in time" agent_end TERM
ok "and it says that changes are lost, not less" logged 'last changes are lost'
# Refused if not a word can be written; with a little room in an old log it starts and says it then.
timeout 5 "$BUILD/keepwatchd" -c "$conf" 2>"$work/start.log"
ok "a start on a full disk says what is wrong" grep -qE "$database.*(full|space)" "$work/start.log"
rm "$work/disk/ballast"
agent
ok "with room it starts" answers
ok "and finds the difference" within 15 stored web2 degraded
done_testing
