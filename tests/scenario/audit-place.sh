#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Where a device hangs is part of what makes a finding worse: a vulnerable camera on a switch port, in
# a VLAN that policy does not allow, and that it comes to share with somebody's computer.
# shellcheck source=tests/scenario/agent-lib.sh
. "$(dirname "$0")/agent-lib.sh" || exit 1
umask 077
chmod 755 "$work"

cli() { "$BUILD/keepwatch" -c "$conf" "$@"; }
echo sesame-one | tee "$work/one" >"$work/password"
chmod 600 "$work/one"
cat >"$work/devices" <<END
cam listen=127.0.0.1:0 vendor=Bosch model="FLEXIDOME IP starlight 8000i" firmware=7.70.0098 serial=B-1 mac=00:07:5f:00:00:01 address=127.0.0.1 auth=digest password_file=$work/password
END
"$BUILD/tests/fake/fake_onvif" -k "$work/k" "$work/devices" >"$work/fake.out" 2>"$work/fake.err" &
peers+=($!)

# ---- a switch with four ports: the camera on p2 of VLAN 20, p4 leads to the others
cat >"$work/switch.py" <<'PY'
import sys

vlan_of_camera, has_stranger = int(sys.argv[1]), sys.argv[2] == "yes"
pvid = {1: 10, 2: vlan_of_camera, 3: 20, 4: 1}
stations = [(vlan_of_camera, "00:07:5f:00:00:01", 2)]
stations += [(vlan, "00:40:8c:00:00:%02x" % n, 4) for n, vlan in enumerate((1, 10, 20, 30, 1, 10), 1)]
if has_stranger:
    stations.append((20, "00:40:8c:00:00:99", 3))
rows = {}


def put(oid, tag, value):
    rows[tuple(int(part) for part in oid.split("."))] = "%s|%s" % (tag, value)


def members(ports):
    return "%02X" % sum(0x80 >> port - 1 for port in ports)


for oid, tag, value in (("1.0", "4", "Switch of four ports"), ("2.0", "6", "1.3.6.1.4.1.99999.1"),
                        ("3.0", "67", 4711), ("5.0", "4", "hq-acc-1"), ("7.0", "2", 2)):
    put("1.3.6.1.2.1.1." + oid, tag, value)
put("1.3.6.1.2.1.2.1.0", "2", 4)
for port in pvid:
    for column, tag, value in ((1, "2", port), (2, "4", "p%d" % port), (3, "2", 6), (5, "66", 1000000000),
                               (6, "4x", "001A2B1000%02X" % port), (7, "2", 1), (8, "2", 1)):
        put("1.3.6.1.2.1.2.2.1.%d.%d" % (column, port), tag, value)
    put("1.3.6.1.2.1.31.1.1.1.1.%d" % port, "4", "p%d" % port)
    put("1.3.6.1.2.1.31.1.1.1.15.%d" % port, "66", 1000)
    put("1.3.6.1.2.1.17.1.4.1.2.%d" % port, "2", port)
    put("1.3.6.1.2.1.17.7.1.4.5.1.1.%d" % port, "66", pvid[port])
put("1.3.6.1.2.1.17.1.1.0", "4x", "001A2B100000")
put("1.3.6.1.2.1.17.1.2.0", "2", 4)
for vlan, mac, port in stations:
    index = "%d.%s" % (vlan, ".".join(str(int(octet, 16)) for octet in mac.split(":")))
    put("1.3.6.1.2.1.17.7.1.2.2.1.2." + index, "2", port)
    put("1.3.6.1.2.1.17.7.1.2.2.1.3." + index, "2", 3)
for vlan in (1, 10, 20, 30):
    untagged = [port for port in pvid if pvid[port] == vlan]
    for column, tag, value in ((3, "66", vlan), (4, "4x", members(set(untagged) | {4})),
                               (5, "4x", members(untagged)), (6, "2", 2)):
        put("1.3.6.1.2.1.17.7.1.4.2.1.%d.0.%d" % (column, vlan), tag, value)
for oid in sorted(rows):
    print(".".join(str(part) for part in oid) + "|" + rows[oid])
PY
mkdir "$work/dumps"
player=
snmp=0
switch() { # VLAN-OF-CAMERA HAS-STRANGER: serves that from now on
	if [ -n "$player" ]; then
		kill "$player"
		wait "$player" 2>/dev/null
	fi
	python3 "$work/switch.py" "$@" >"$work/dumps/acc1.snmprec"
	"$BUILD/tests/snmp/player" --port "$snmp" "$work/dumps" >"$work/player.out" 2>"$work/player.err" &
	player=$!
	peers+=("$player")
	within 10 grep -q '^listening' "$work/player.out"
	snmp=$(awk '$1 == "listening" { print $2 }' "$work/player.out")
}
switch 20 no
within 20 grep -qx ready "$work/fake.out" || exit 1
cat >"$work/fleet.csv" <<CSV
name,address,kind,site,owner,credential
hq-acc-1,127.0.0.1,switch,hq,it,acc1
cam,127.0.0.1,camera,hq,security,one
CSV
echo acc1 >"$work/community"
chmod 600 "$work/community"
cat >"$conf" <<YAML
database: $database
fleet: fleet.csv
socket: $socket
poll: { interval: 1s, timeout: 1s, retries: 0 }
sites: [{ name: hq }]
credentials:
  - { name: one, onvif: { username: monitor, password_file: one } }
  - { name: acc1, snmp: { version: 2c, community_file: community, port: $snmp } }
kinds: { camera: { probes: [ onvif ] }, switch: { probes: [ snmp, topology ] } }
probes: { onvif: { inventory: 2s }, topology: { interval: 2s } }
policy: { vlans: { camera: 30 } }
devices:
  cam: { probes: { onvif: { port: $(sed -n 's/^cam //p' "$work/fake.out") } } }
YAML
ok "an advisory is there" cli advisories import tests/golden/advisories/csaf.json

evidence() { sql "SELECT evidence FROM finding WHERE rule = '$1' AND name = 'cam' AND resolved = 0"; }
says() { # RULE WORDS
	evidence "$1"
	evidence "$1" | grep -qF -e "$2"
}
gone() { [ -z "$(evidence "$1")" ]; }
changes() { sql "SELECT changes FROM finding WHERE rule = '$1' AND name = 'cam'" | tr '\n' ' '; }
views() { tests/lab/status.py "$socket" topology_views; }
views_reached() { [ "$(views)" -ge "$1" ]; }
rounds() { within 60 views_reached $(($(views) + $1)); }

agent || exit 1
ok "a VLAN that is not allowed" within 30 says vlan 'on hq-acc-1 port p2, VLAN 20; policy does not allow it for a camera'
ok "a vulnerable camera, with its place" within 30 says exploited 'exploited, on hq-acc-1 port p2, VLAN 20: '
before=$(changes exploited)
ok "round after round" rounds 3
is_same() { [ "$(changes exploited)" = "$1" ] && says exploited "$2"; } # CHANGES WORDS
ok "it stays so, and is not told again" is_same "$before" 'VLAN 20: '

switch 20 yes
ok "somebody plugs a computer into p3: the VLAN is shared" within 50 says exploited 'on hq-acc-1 port p2, VLAN 20 shared with computers: '
shared=$(changes exploited)
switch 20 no
ok "in the evening it is gone" rounds 5
ok "the VLAN is still one that is shared, and nothing is told" is_same "$shared" 'shared with computers'

switch 30 no
ok "the camera is put where it belongs" within 50 gone vlan
ok "and is as vulnerable there" within 30 says exploited 'on hq-acc-1 port p2, VLAN 30: '
ok "it was one finding all along" test "$(sql "SELECT count(*) FROM finding WHERE rule IN ('exploited', 'vlan')")" -eq 2
kill "$player"
ok "the switch falls silent" within 30 is hq-acc-1 down
ok "the place is known" says exploited 'VLAN 30: '
ok "it ends in order" agent_end TERM
done_testing
