#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the agent tells a service manager, by a notification socket of our own: ready, watchdog, reload,
# stopping; and the journal's prefixes. systemd(1) itself is not needed.
# shellcheck source=tests/scenario/agent-lib.sh
. "$(dirname "$0")/agent-lib.sh"

echo name,address,kind,site,probes >"$work/fleet.csv"
echo dead,127.0.0.1,server,hq,tcp >>"$work/fleet.csv"
cat >"$conf" <<YAML
database: $database
fleet: fleet.csv
socket: $socket
poll: { interval: 1s, timeout: 500ms, retries: 0 }
sites: [{ name: hq }]
probes: { tcp: { port: 1 } }
YAML
cp "$conf" "$work/good.yaml"

# Each datagram as a line: the seconds on the monotonic clock, then its lines, joined by spaces.
cat >"$work/notified.py" <<'PY'
import socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound", flush=True)
while True:
    text = s.recv(4096).decode()
    print("%.6f %s" % (time.monotonic(), text.strip().replace("\n", " ")), flush=True)
PY
python3 "$work/notified.py" "$work/notify" >"$work/notified" &
peers+=($!)
within 10 grep -q bound "$work/notified" || exit 1
told() { grep -qE -e "^[0-9.]+ $1" "$work/notified"; }
count() { grep -cE -e "^[0-9.]+ $1" "$work/notified"; }
told_times() { [ "$(count "$1")" -ge "$2" ]; }

period_us=1000000
export NOTIFY_SOCKET=$work/notify WATCHDOG_USEC=$period_us
agent
unset NOTIFY_SOCKET WATCHDOG_USEC
ok "it is ready, and says what it watches" within 10 told 'READY=1 STATUS=watching 1 devices'
ok "the watchdog is fed" within 20 told_times WATCHDOG=1 12
ok "at least twice in each period" awk -v period=$period_us '/WATCHDOG=1/ {
	if (n++ && $1 - last > period / 2e6 + 0.2) { print "a pause of " $1 - last; bad = 1 }
	if (n == 1) first = $1; last = $1 }
	END { print n, last - first; exit bad || (n - 1) / (last - first) < 2e6 / period }' "$work/notified"
kill -HUP "$agent"
ok "a reload is told, with its time" within 10 told 'RELOADING=1 MONOTONIC_USEC=[0-9]+'
ok "and when it is done" within 10 told_times READY=1 2
time_is_right() { # against the receiver's own clock
	awk '/RELOADING/ { split($0, part, "MONOTONIC_USEC="); d = $1 - part[2] / 1e6; print d
		exit !(d >= 0 && d < 5) }' "$work/notified"
}
ok "the time is the monotonic clock's" time_is_right
echo 'nonsense: [' >>"$conf"
kill -HUP "$agent"
ok "a broken configuration is told as a reload too" within 10 told_times RELOADING=1 2
ok "and as ready again: the running one goes on" within 10 told_times READY=1 3
ok "ready comes after reloading, each time" awk '/RELOADING=1/ { r++ } / READY=1/ { if (y++ != r) bad = 1 } END { exit bad }' "$work/notified"
cp "$work/good.yaml" "$conf"
ok "SIGTERM: exit status 0" agent_end TERM
ok "and it said that it stops" told STOPPING=1
ok "last of all" sh -c 'tail -n 1 "$0" | grep -q STOPPING=1' "$work/notified"

# ---- a start that fails tells why
: >"$work/not-a-database"
printf 'this is no database, but a letter to a friend of at least one hundred and eight bytes, which it has by now, I think' >"$work/not-a-database"
sed "s,^database:.*,database: $work/not-a-database," "$work/good.yaml" >"$conf"
NOTIFY_SOCKET=$work/notify "$BUILD/keepwatchd" -c "$conf" 2>>"$log"
ok "a failed start is a failure" test $? -ne 0
ok "and its status says why" within 5 told 'STATUS=.*not-a-database'
cp "$work/good.yaml" "$conf"

# ---- the journal: syslog levels as prefixes, only if standard error is the journal's stream
: >"$work/journal"
stream=$(stat -c %d:%i "$work/journal")
log=$work/journal JOURNAL_STREAM=$stream agent
ok "lines for the journal have a level" grep -q '^<5>agent: ' "$work/journal"
ok "all of them" not grep -qv '^<[3-7]>' "$work/journal"
agent_end TERM
: >"$work/journal"
log=$work/journal JOURNAL_STREAM=1:1 agent
ok "a variable that is about another stream changes nothing" grep -q '^notice  agent: ' "$work/journal"
agent_end TERM
done_testing
