#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Devices declared by host name: resolved, followed when the name moves, unknown with the reason when
# there is none; and a name server that never answers keeps neither commits nor the end waiting.
# shellcheck source=tests/scenario/agent-lib.sh
. "$(dirname "$0")/agent-lib.sh"

web_start "$work/code"
write_fleet() { # ROWS...
	echo name,address,kind,site,probes >"$work/fleet.csv"
	printf '%s\n' "$@" >>"$work/fleet.csv"
}
cat >"$conf" <<YAML
database: $database
fleet: fleet.csv
socket: $socket
poll: { interval: 1s, timeout: 1s, retries: 0 }
sites: [{ name: hq }]
probes: { http: { port: $port } }
YAML
stored() { # DEVICE COLUMN VALUE
	local value
	value=$("$BUILD/keepwatch" devices --database "$database" --format csv --no-header --columns "name,$2" | tr -d '\r' | sed -n "s/^$1,//p")
	echo "$2 of $1 is '$value'"
	[ "$value" = "$3" ]
}
private() { unshare -m --propagation private "$@"; }
if [ "$(id -u)" -ne 0 ] || ! private true 2>/dev/null; then
	write_fleet here,localhost,server,hq,http
	agent
	ok "localhost is resolved" within 15 is here up
	skip "names of our own" "a private mount namespace needs root"
	done_testing
fi
# In the agent's mount namespace /etc/hosts and /etc/resolv.conf are files of ours. The name server is
# a port that never answers.

printf '127.0.0.1 localhost\n127.0.0.1 cam.kw-test.example\n' >"$work/hosts"
cat >"$work/mute.py" <<'PY'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.53", 53))
print("bound", flush=True)
while True:
    s.recv(4096)
PY
printf 'nameserver 127.0.0.53\noptions timeout:5 attempts:5\n' >"$work/resolv.conf"
printf 'hosts: files\n' >"$work/nsswitch.conf"
in_namespace() { # PROGRAM...: with our files in place of the machine's, in place of this shell
	exec unshare -m --propagation private sh -c 'for f in hosts resolv.conf nsswitch.conf; do
		mount --bind "$0/$f" "$(readlink -f /etc/$f)" || exit 1; done; exec "$@"' "$work" "$@"
}
[ -e /etc/hosts ] && [ -e /etc/nsswitch.conf ] && [ -e /etc/resolv.conf ] ||
	skip_all "no hosts, resolv.conf or nsswitch.conf in /etc to put ours over"
agent_there() {
	(in_namespace "$BUILD/keepwatchd" -c "$conf") 2>>"$log" &
	agent=$!
	within 20 answers >/dev/null
}
write_fleet here,localhost,server,hq,http cam,cam.kw-test.example,server,hq,http \
	gone,nowhere.invalid,server,hq,http
agent_there
ok "localhost is resolved" within 15 is here up
ok "a name of the hosts file too" within 15 is cam up
ok "it says to which address" logged 'cam: cam\.kw-test\.example is 127\.0\.0\.1'
ok "a name without an address is unknown" within 10 is gone 'unknown .*name cannot be resolved'
ok "and the log says why" within 5 logged "gone: 'nowhere\.invalid' has no address"
ok "the reason is stored" within 15 stored gone reason RESOLVE
ok "the state is unknown there as well" stored gone state unknown
ok "no event is made of it" test "$(sql "SELECT count(*) FROM event WHERE type IN ('device-state', 'probe-state') AND device = (SELECT id FROM device WHERE name = 'gone')")" -eq 0

# ---- the name moves: the device falls silent at the old address and is asked for anew
printf '127.0.0.1 localhost\n127.0.0.77 cam.kw-test.example\n' >"$work/hosts.new"
cat "$work/hosts.new" >"$work/hosts"
kill -HUP "$agent"
ok "on a reload names are asked for anew" within 10 logged 'cam: cam\.kw-test\.example is 127\.0\.0\.77'
ok "nobody is there" within 10 is cam down
printf '127.0.0.1 localhost\n127.0.0.1 cam.kw-test.example nowhere.invalid\n' >"$work/hosts.new"
cat "$work/hosts.new" >"$work/hosts"
ok "a device that is down has its name asked for again, soon" within 40 is cam up
ok "a name that came to be is found" within 40 is gone up
ok "and stored" within 10 stored gone state up
ok "SIGTERM ends it" agent_end TERM

# ---- a name server that never answers, and a reload now and again
python3 "$work/mute.py" >"$work/mute" 2>&1 &
peers+=($!)
if ! within 5 grep -q bound "$work/mute" >/dev/null; then
	skip "a mute name server" "127.0.0.53:53 is taken"
	done_testing
fi
printf 'hosts: files dns\n' >"$work/nsswitch.conf"
write_fleet here,127.0.0.1,server,hq,http a,a.kw-test.example,server,hq,http b,b.kw-test.example,server,hq,http \
	c,c.kw-test.example,server,hq,http d,d.kw-test.example,server,hq,http e,e.kw-test.example,server,hq,http
agent_there
ok "with a mute name server the others are watched" within 10 is here up
for _ in 1 2 3 4; do kill -HUP "$agent"; sleep 0.3; done
reloads() { [ "$(sql "SELECT count(*) FROM event WHERE type = 'config-reload' AND at > (SELECT max(at) FROM event WHERE type = 'agent-start')")" -ge 2 ]; }
ok "and reloads do not fill the workers: commits go on" within 10 reloads
echo 503 >"$work/code"
ok "a change is seen" within 10 is here degraded
ok "and stored" within 5 stored here state degraded
ok "what has no address yet is unknown" is a unknown
started=$SECONDS
ok "SIGTERM ends it" agent_end TERM
ok "and does not wait for the name server" test $((SECONDS - started)) -le 4
ok "the end is stored" test "$(sql 'SELECT stopped_at IS NOT NULL FROM agent')" -eq 1
done_testing
