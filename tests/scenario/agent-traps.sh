#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# limit 240
# SNMP notifications, sent by net-snmp's own snmptrap and snmpinform: what comes from a device makes
# the agent ask it at once and leaves an event; it is never believed. All on loopback: 127.0.7.x are
# the devices, snmpd answers for them. Every probe runs once an hour, so that a run is a trap's doing.
# shellcheck source=tests/scenario/agent-lib.sh
. "$(dirname "$0")/agent-lib.sh"

for tool in snmptrap snmpinform snmpd python3; do
	command -v $tool >/dev/null || skip_all "no $tool"
done
free_port() { python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
trap_port=$(free_port) snmp_port=$(free_port)
umask 077
echo sesame >"$work/community"
echo 'auth password' >"$work/auth"
echo 'priv password' >"$work/priv"
echo elsewhere >"$work/other"
cat >"$work/fleet.csv" <<CSV
name,address,kind,site,credential,probes
sw2,127.0.7.2,switch,hq,v2,snmp
sw3,127.0.7.3,switch,hq,v3,snmp
sw4,127.0.7.4,switch,hq,v2,snmp
CSV
write_conf() { # RULES
	cat >"$conf" <<YAML
database: $database
fleet: fleet.csv
socket: $socket
poll: { interval: 1h, timeout: 1s, retries: 0, up_after: 1 }
credentials:
  - { name: v2, snmp: { version: 2c, community_file: community, port: $snmp_port } }
  - name: v3
    snmp: { version: 3, user: monitor, auth: SHA-256, auth_password_file: auth, priv: AES-128,
            priv_password_file: priv, port: $snmp_port }
  - { name: other, snmp: { version: 2c, community_file: other } }
sites: [{ name: hq }]
traps: { listen: "127.0.0.1:$trap_port", forwarders: [127.0.7.9], credentials: [other], pause: 1s,
         rules: [$1] }
YAML
}
write_conf ''
cat >"$work/snmpd.conf" <<CONF
agentaddress udp:127.0.7.2:$snmp_port,udp:127.0.7.3:$snmp_port,udp:127.0.7.4:$snmp_port
rocommunity sesame
createUser monitor SHA-256 "auth password" AES "priv password"
rouser monitor priv
CONF
umask 022
export SNMP_PERSISTENT_DIR=$work/snmp SNMPCONFPATH=$work MIBS=
snmpd_start() {
	snmpd -f -Lo -C -c "$work/snmpd.conf" -p "$work/snmpd.pid" >"$work/snmpd.log" 2>&1 &
	snmpd_pid=$!
	peers+=("$snmpd_pid")
}
snmpd_start
if ! snmptrap --clientaddr=127.0.7.2 -v2c -c x "127.0.0.1:$trap_port" '' 1.3.6.1 2>/dev/null; then
	skip_all "snmptrap cannot send from 127.0.7.2"
fi

status() { printf 'status\n' | timeout 5 python3 -c '
import json, socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(b"status\n")
data = b""
while (part := s.recv(65536)): data += part
out = json.loads(data.split(b"\n", 1)[1])
for key in sys.argv[2].split("."): out = out[key]
print(out)' "$socket" "$1"; }
counted() { # NAME AT-LEAST
	echo "$1 is $(status "$1"), wanted $2"
	[ "$(status "$1")" -ge "$2" ]
}
counts() { # NAME EXACTLY
	echo "$1 is $(status "$1"), wanted $2"
	[ "$(status "$1")" -eq "$2" ]
}
events() { # DEVICE: its traps
	sql "SELECT detail FROM event WHERE type = 'trap' AND device = (SELECT id FROM device WHERE name = '$1') ORDER BY id"
}
told() { # DEVICE DETAIL
	events "$1"
	events "$1" | grep -qxF "$2"
}
changes() { sql "SELECT count(*) FROM event WHERE type IN ('device-state', 'probe-state')"; }
as() { # FROM COMMAND...
	local from=$1 tool=$2
	shift 2
	"$tool" --clientaddr="$from" "$@" "127.0.0.1:$trap_port" "${args[@]}"
}
linkdown=1.3.6.1.6.3.1.1.5.3 linkup=1.3.6.1.6.3.1.1.5.4
descr=1.3.6.1.2.1.2.2.1.2
v3=(-v3 -u monitor -l authPriv -a SHA-256 -A 'auth password' -x AES -X 'priv password')
# A trap that must be confirmed by a run: WHAT DEVICE DETAIL COMMAND...
confirmed() {
	local what=$1 device=$2 detail=$3 runs changes
	shift 3
	runs=$(status runs) changes=$(changes)
	ok "$what is sent" "$@"
	ok "... and is an event of $device: $detail" within 10 told "$device" "$detail"
	ok "... and makes it be asked" within 10 counted runs $((runs + 1))
	ok "... and changes no state" test "$(changes)" = "$changes"
}

agent
ok "all devices are up" within 20 is sw2 up
ok "... by v3, too" within 20 is sw3 up
ok "... all of them" within 20 is sw4 up
settled() { [ "$(changes)" -ge 6 ]; } # three devices and their probes: unknown to up
ok "... and that is stored" within 10 settled
at_first=$(changes)

args=(99 "$linkdown" "$descr.3" s p3)
confirmed "a v2c trap" sw2 "linkDown ifIndex 3 (p3)" as 127.0.7.2 snmptrap -v2c -c sesame
args=(1.3.6.1.4.1.9 127.0.7.2 3 0 55 1.3.6.1.2.1.2.2.1.1.4 i 4)
confirmed "a v1 trap" sw2 "linkUp ifIndex 4" as 127.0.7.2 snmptrap -v1 -c sesame
args=(99 1.3.6.1.2.1.105.0.1 1.3.6.1.2.1.105.1.1.1.6.1.7 i 3)
confirmed "a v2c inform" sw2 "pethPsePortOnOffNotification PoE port 1.7" \
	as 127.0.7.2 snmpinform -v2c -c sesame -r1 -t2
args=(99 1.0.8802.1.1.2.0.0.1 1.0.8802.1.1.2.1.2.2.0 u 1)
ok "lldpRemTablesChange is sent" as 127.0.7.2 snmptrap -v2c -c sesame
ok "... and told" within 10 told sw2 lldpRemTablesChange
args=(99 "$linkdown" "$descr.5" s p5)
confirmed "a v3 trap" sw3 "linkDown ifIndex 5 (p5)" \
	as 127.0.7.3 snmptrap "${v3[@]}" -e 0x8000000001020304 -Z 5,1000
args=(99 "$linkdown" "$descr.6" s p6)
confirmed "a v3 inform" sw3 "linkDown ifIndex 6 (p6)" as 127.0.7.3 snmpinform "${v3[@]}" -r1 -t3
args=(99 "$linkdown" "$descr.7" s p7)
confirmed "a trap with the community for traps" sw2 "linkDown ifIndex 7 (p7)" \
	as 127.0.7.2 snmptrap -v2c -c elsewhere
args=(1.3.6.1.4.1.9 127.0.7.4 0 0 55)
confirmed "a trap of another, by a forwarder" sw4 coldStart as 127.0.7.9 snmptrap -v1 -c sesame

# ---- what is not authentic does nothing
refused=$(status traps.refused) sent=$(status traps.expedited) before=$(sql "SELECT count(*) FROM event WHERE type = 'trap'")
nothing() { # WHAT HOW-MANY-REFUSED
	refused=$((refused + $2))
	ok "... $1 is refused" within 5 counts traps.refused $refused
	ok "... and causes no run" counts traps.expedited "$sent"
}
args=(99 "$linkup" "$descr.1" s p1)
ok "a wrong community" as 127.0.7.2 snmptrap -v2c -c public
nothing "a wrong community" 1
ok "a community for a device of v3" as 127.0.7.3 snmptrap -v2c -c sesame
nothing "the community of another device" 1
ok "a wrong password" as 127.0.7.3 snmptrap -v3 -u monitor -l authPriv -a SHA-256 -A 'auth passwort' \
	-x AES -X 'priv password' -e 0x8000000001020304 -Z 5,1002
nothing "a wrong password" 1
ok "a trap of before the last boot" as 127.0.7.3 snmptrap "${v3[@]}" -e 0x8000000001020304 -Z 4,2000
nothing "a trap of before the last boot" 1
ok "a trap without authentication" as 127.0.7.3 snmptrap -v3 -u monitor -l noAuthNoPriv -e 0x8000000001020304
nothing "a trap without authentication" 1
ok "an inform with a wrong password is not answered" not as 127.0.7.3 snmpinform -v3 -u monitor \
	-l authPriv -a SHA-256 -A 'auth passwort' -x AES -X 'priv password' -r0 -t1
nothing "an inform with a wrong password" 1
args=(1.3.6.1.4.1.9 127.0.7.4 2 0 56)
sw4=$(events sw4 | wc -l)
ok "an agent-addr from who is no forwarder" as 127.0.7.2 snmptrap -v1 -c sesame
ok "... is a trap of who sent it" within 10 told sw2 linkDown
ok "... and none of whom it names" test "$(events sw4 | wc -l)" = "$sw4"
ok "a stranger's trap" as 127.0.7.77 snmptrap -v1 -c sesame
ok "... is counted, and no more" within 5 counted traps.unknown_source 1
ok "no more events than there should be" test "$(sql "SELECT count(*) FROM event WHERE type = 'trap'")" = $((before + 1))

# ---- rules of one's own, taken at a reload
args=(99 1.3.6.1.4.1.99999.0.1)
ok "a trap without a rule" as 127.0.7.2 snmptrap -v2c -c sesame
ok "... is counted" within 5 counted traps.no_rule 1
write_conf '{ oid: 1.3.6.1.4.1.99999.*, name: ourTrap, probe: snmp }'
kill -HUP "$agent"
ok "a rule is added" within 10 logged 'configuration taken'
confirmed "the trap that it is for" sw2 ourTrap as 127.0.7.2 snmptrap -v2c -c sesame
args=(99 "$linkdown" "$descr.5" s p5)
confirmed "a v3 trap after the reload" sw3 "linkDown ifIndex 5 (p5)" \
	as 127.0.7.3 snmptrap "${v3[@]}" -e 0x8000000001020304 -Z 5,1010

# ---- storms
args=(99 "$linkdown" "$descr.8" s p8)
storm() { for _ in $(seq 30); do as 127.0.7.2 snmptrap -v2c -c sesame || return 1; done; }
sent=$(status traps.expedited)
ok "thirty traps of one port" storm
ok "... are an event" within 10 told sw2 "linkDown ifIndex 8 (p8)"
ok "... and the others are counted" within 5 counted traps.folded 29
ok "... and are few runs" test $(($(status traps.expedited) - sent)) -le 20

ok "... are still one event" test "$(events sw2 | grep -c 'ifIndex 8')" = 1

# ---- a flood, from a known address and from strangers
cat >"$work/flood.py" <<'PY'
import socket, sys, time
s = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
s[0].bind(("127.0.7.2", 0))
s[1].bind(("127.0.7.66", 0))
for x in s: x.connect(("127.0.0.1", int(sys.argv[1])))
message = bytes.fromhex("302602010104067365736d616ea719020101020100020100300e300c06082b06010201010300430100")
end, n = time.monotonic() + 4, 0
while time.monotonic() < end:
    for _ in range(500):
        s[n & 1].send(message)
        n += 1
print(n // 4, "a second")
PY
cpu() { awk '{ print $14 + $15 }' "/proc/$agent/stat"; }
python3 "$work/flood.py" "$trap_port" >"$work/flood" &
flood=$!
sleep 0.5
start=$(cpu) began=$SECONDS
worst=$(for _ in $(seq 10); do python3 - "$socket" <<'PY'
import socket, sys, time
t = time.monotonic()
s = socket.socket(socket.AF_UNIX); s.settimeout(5); s.connect(sys.argv[1]); s.sendall(b"check\tmode=fleet\n")
while s.recv(65536): pass
print(int((time.monotonic() - t) * 1000))
PY
done | sort -n | tail -n 1)
used=$(($(cpu) - start))
wait "$flood"
echo "# flood of $(cat "$work/flood"): worst answer $worst ms, agent used $used ticks in $((SECONDS - began)) s"
ok "the agent answers within a second in a flood" test "$worst" -lt 1000
ok "... counts what it drops by source" counted traps.over_source_rate 1000
ok "... and of strangers" counted traps.unknown_source 1000
ok "... and lives" alive
args=(99 "$linkdown" "$descr.9" s p9)
confirmed "a trap after the flood" sw3 "linkDown ifIndex 9 (p9)" \
	as 127.0.7.3 snmptrap "${v3[@]}" -e 0x8000000001020304 -Z 5,1100

ok "after all those runs no state has changed" test "$(changes)" = "$at_first"

# ---- what a trap says is found out: the device is gone, an hour before it would be asked
kill "$snmpd_pid"
wait "$snmpd_pid" 2>/dev/null
args=(99 1.3.6.1.6.3.1.1.5.1)
ok "a device that has gone" as 127.0.7.4 snmptrap -v2c -c sesame
ok "... is down by the probe's own result" within 30 is sw4 down
ok "... and who sent nothing is not" is sw2 up
snmpd_start
sleep 0.1
as 127.0.7.4 snmptrap -v2c -c sesame
ok "... and up again" within 30 is sw4 up

# ---- we are the same engine after a restart, with other boots
engine=$(cat "$work/engine")
ok "our engine is beside the database" grep -qE '^keepwatch-engine 80001f8805[0-9a-f]{24} 1$' "$work/engine"
ok "for us alone" test "$(stat -c %a "$work/engine")" = 600
ok "it ends" agent_end TERM
ok "and has told how many of the storm were folded" told sw2 "linkDown ifIndex 8 (p8), 29 more within a minute"
agent
ok "after a restart it has the same engineID" test "$(cut -d' ' -f2 "$work/engine")" = "$(cut -d' ' -f2 <<<"$engine")"
ok "and the next engineBoots" test "$(cut -d' ' -f3 "$work/engine")" = 2
args=(99 "$linkdown" "$descr.6" s p6)
ok "an inform to it is answered" as 127.0.7.3 snmpinform "${v3[@]}" -r1 -t3
ok "it ends again" agent_end TERM

# ---- port 162, bound with the right to it, which is given up: as systemd does it, and from root
own_port() { # WHAT COMMAND...: the agent in a network namespace of its own, by that command
	local what=$1
	shift
	rm -rf "$work/own"
	mkdir "$work/own"
	chown nobody "$work/own"
	chmod 755 "$work" "$work/own"
	: >"$log"
	unshare -n sh -c 'ip link set lo up && exec "$@"' sh "$@" "$BUILD/keepwatchd" -c "$work/own.yaml" 2>>"$log" &
	agent=$!
	ok "$what: it starts" within 20 answers
	ok "$what: port 162 is heard" not grep -q 'not received' "$log"
	ok "... by who has no rights any more" grep -qE '^CapEff:[[:space:]]*0+$' "/proc/$agent/status"
	ok "... a trap to it" nsenter -t "$agent" -n \
		snmptrap --clientaddr=127.0.7.2 -v2c -c sesame 127.0.0.1 1 $linkdown $descr.1 s p1
	ok "... comes in" within 10 counted traps.traps 1
	ok "... and it is ended" agent_end TERM
}
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null && unshare -n true 2>/dev/null; then
	database=$work/own/kw.db socket=$work/own/control.sock
	sed -e "s,^database:.*,database: $database," -e "s,^socket:.*,socket: $socket," \
		-e "s,127.0.0.1:$trap_port,127.0.0.1," "$conf" >"$work/own.yaml"
	chmod 644 "$work/own.yaml" "$work/fleet.csv"
	chown nobody "$work/own.yaml" "$work"/{community,auth,priv,other}
	own_port "by systemd's rights" setpriv --reuid=nobody --regid=nogroup --clear-groups \
		--inh-caps=-all,+net_bind_service --ambient-caps=-all,+net_bind_service --bounding-set=-all,+net_bind_service
	printf 'user: nobody\ngroup: nogroup\n' >>"$work/own.yaml"
	own_port "from root" env
	chown root "$work"/{community,auth,priv,other}
	database=$work/kw.db socket=$work/control.sock
else
	skip "port 162" "needs root, setpriv and network namespaces"
fi

# ---- a port that cannot be had
python3 -c '
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", int(sys.argv[1]))); print(flush=True); time.sleep(60)' \
	"$trap_port" >"$work/holder" &
peers+=($!)
within 5 test -s "$work/holder" >/dev/null
agent
ok "a port in use is said, and the rest goes on" logged "not received at 127.0.0.1 port $trap_port: in use"
ok "no secret was logged" not grep -qE 'sesame|password|elsewhere' "$log"
done_testing
