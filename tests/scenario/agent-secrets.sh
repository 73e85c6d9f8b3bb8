#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# No secret gets out: a fleet with SNMPv3, communities, ONVIF and HTTP passwords, right ones and wrong
# ones, from files, commands and systemd, against real peers, logged as much as there is; then
# everything that was written is searched, and the memory of the agent as a core dump would have it.
# shellcheck source=tests/scenario/agent-lib.sh
. "$(dirname "$0")/agent-lib.sh"
# shellcheck source=tests/scenario/memory-lib.sh
. tests/scenario/memory-lib.sh
PATH=$PATH:/usr/sbin
command -v snmpd >/dev/null || skip_all "no snmpd"

umask 077
chmod 755 "$work"
free_udp() {
	python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}
# Words that are nowhere else. 16 of them tell a right guess from a part of something.
word() { echo "$1Zq$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')"; }
for name in auth priv wrongauth community filecommunity wrongcommunity camera wrongcamera web command given own; do
	word "$name" >"$work/secret.$name"
done
secret() { cat "$work/secret.$1"; }

snmp=$(free_udp)
cat >"$work/snmpd.conf" <<CONF
agentaddress udp:127.0.0.1:$snmp
createUser monitor SHA-256 "$(secret auth)" AES "$(secret priv)"
rouser monitor authPriv
rocommunity $(secret community) 127.0.0.0/8
rocommunity $(secret filecommunity) 127.0.0.0/8
CONF
mkdir "$work/snmp"
SNMP_PERSISTENT_DIR=$work/snmp snmpd -f -Lf "$work/snmpd.out" -C -c "$work/snmpd.conf" -I -smux,mteTrigger,mteTriggerConf &
peers+=($!)
for name in camera command given own; do
	echo "$name listen=127.0.0.1:0 user=monitor password_file=$work/secret.$name auth=either"
done >"$work/devices"
"$BUILD/tests/fake/fake_onvif" -k "$work/k" "$work/devices" >"$work/fake.out" 2>"$work/fake.err" &
peers+=($!)
cat >"$work/basic.py" <<'PY'
import http.server, sys
class Locked(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.headers.get("Authorization"):
            open(sys.argv[1], "a").write("a login\n")
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="a door"')
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *a):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Locked)
print(server.server_port, flush=True)
server.serve_forever()
PY
python3 "$work/basic.py" "$work/logins" >"$work/basic.port" &
peers+=($!)
within 10 grep -qx ready "$work/fake.out" && within 10 test -s "$work/basic.port" || exit 1
onvif_port() { sed -n "s/^$1 //p" "$work/fake.out"; }
onvif=$(onvif_port camera)
web=$(cat "$work/basic.port")

cat >"$work/fleet.csv" <<CSV
name,address,kind,site,credential,probes
core,127.0.0.1,switch,hq,v3,snmp
core-wrong,127.0.0.1,switch,hq,v3-wrong,snmp
sw,127.0.0.1,switch,hq,v2,snmp
sw-file,127.0.0.1,switch,hq,v2-file,snmp
sw-wrong,127.0.0.1,switch,hq,v2-wrong,snmp
cam,127.0.0.1,camera,hq,cams,onvif
cam-wrong,127.0.0.1,camera,hq,cams-wrong,onvif
web,127.0.0.1,server,hq,web,http
cam-command,127.0.0.1,camera,hq,by-command,
cam-given,127.0.0.1,camera,hq,by-systemd,
cam-own,127.0.0.1,camera,hq,cams,
CSV
# The other ways by which a password comes.
mkdir "$work/own" "$work/given"
secret own >"$work/own/cam-own"
secret given >"$work/given/cams"
export CREDENTIALS_DIRECTORY=$work/given
v3="version: 3, user: monitor, auth: SHA-256, priv: AES-128, priv_password_file: secret.priv"
cat >"$conf" <<YAML
database: $database
fleet: fleet.csv
socket: $socket
poll: { interval: 1s, timeout: 1s, retries: 1 }
sites: [{ name: hq }]
probes: { snmp: { port: $snmp }, onvif: { port: $onvif }, http: { port: $web } }
credentials:
  - { name: v3, snmp: { $v3, auth_password_file: secret.auth } }
  - { name: v3-wrong, snmp: { $v3, auth_password_file: secret.wrongauth } }
  - { name: v2, snmp: { version: 2c, community: $(secret community) } }
  - { name: v2-file, snmp: { version: 2c, community_file: secret.filecommunity } }
  - { name: v2-wrong, snmp: { version: 2c, community_file: secret.wrongcommunity } }
  - { name: cams, onvif: { username: monitor, password_file: secret.camera, password_dir: own } }
  - { name: by-command, onvif: { username: monitor, password_command: [ /bin/cat, $work/secret.command ] } }
  - { name: by-systemd, onvif: { username: monitor, password_credential: cams } }
  - { name: cams-wrong, onvif: { username: monitor, password_file: secret.wrongcamera } }
  - { name: web, http: { username: monitor, password_file: secret.web, allow_basic: true } }
devices:
  cam-command: { probes: { onvif: { port: $(onvif_port command) } } }
  cam-given: { probes: { onvif: { port: $(onvif_port given) } } }
  cam-own: { probes: { onvif: { port: $(onvif_port own) } } }
YAML
cp "$conf" "$work/good.yaml"
agent --log-level debug
for device in core sw sw-file cam web cam-command cam-given cam-own; do ok "$device is up with its secret" within 20 is $device up; done
for device in sw-wrong cam-wrong core-wrong; do
	ok "$device is not, with a wrong one" within 20 is $device '\(down\|degraded\)'
done

ok "the probe of a status logs in nowhere" test ! -e "$work/logins"

mkdir "$work/seen"
cd "$work/seen" || exit 1
for file in cmdline environ; do cp "/proc/$agent/$file" "process.$file"; done
kw() { "$BUILD/keepwatch" "$@" --config "$conf"; }
for device in core core-wrong sw sw-file sw-wrong cam cam-wrong web cam-command cam-given cam-own; do
	timeout 20 "$BUILD/keepwatch" probe "$device" --config "$conf" --retries 0 >"probe.$device" 2>&1
	kw show "$device" >"show.$device" 2>&1
	plugin -d "$device" >"check.$device"
done
for device in cam cam-own; do
	ok "by its name a credential has the password of $device" kw probe $device --credential cams --probe onvif
done
ok "a trace of each probe" sh -c 'for f in probe.*; do test -s "$f" || exit 1; done'
exports='inventory states events firmware passwords passwords-history credentials-age findings coverage'
for what in $exports; do
	for format in csv json; do kw export "$what" -o "$what.$format" >>export.out 2>&1; done
done
ok "an export of each kind" sh -c 'test "$(ls *.csv *.json | grep -vc meta)" -eq 18'
kw report >report.out 2>&1
kw audit >audit.out 2>&1
kw password status >password.out 2>&1
kw export audit -o pack >pack.out 2>&1
kw events --since 1h >events.out 2>&1
# mistakes beside a secret, in a secret's place, and a secret in the wrong file
{
	sed '/^devices:/,$d' "$work/good.yaml"
	echo "  - { name: bad1, snmp: { version: 2c, community: $(secret community), comunity: $(secret community) } }"
	echo "  - { name: bad2, snmp: { version: 9, community: $(secret community) } }"
	echo "  - { name: bad3, onvif: { username: monitor, password: $(secret camera) } }"
	echo "  - { name: bad4, onvif: { username: monitor, password_file: ../seen } }"
} >"$conf"
kill -HUP "$agent"
ok "mistakes beside secrets are told" within 10 logged 'keepwatch\.yaml:[0-9]+:[0-9]+: '
"$BUILD/keepwatchd" -n -c "$conf" >check-only 2>&1
cp "$work/good.yaml" "$conf"
kill -HUP "$agent"
within 10 logged 'configuration taken'
ok_memory "its memory is looked through" "$BUILD/keepwatchd" "$agent" memory
ok "SIGTERM ends it" agent_end TERM
cp "$log" "$database" "$database"-[sw]* . 2>/dev/null
ok "logs, database and write-ahead log are searched as well" sh -c 'test -s agent.log -a -s kw.db -a -e kw.db-wal'

# as they are, and as the wire has them: base64 of Basic, in both ways that a line break can fall
for name in auth priv wrongauth community filecommunity wrongcommunity camera wrongcamera web command given own; do
	secret $name
	printf 'monitor:%s' "$(secret $name)" | base64 -w 0 | cut -c 1-36
	secret $name | tr -d '\n' | od -An -tx1 | tr -d ' \n'
	echo
done >"$work/patterns"
found() { grep -raFf "$work/patterns" . | cut -c 1-300; }
nothing_found() {
	found | tee "$work/found"
	[ ! -s "$work/found" ]
}
ok "no secret in anything of it" nothing_found
secret camera >planted
ok "the search would have found one" not nothing_found
rm planted

# ---- no core, though the limit would allow one
cat >"$work/core.py" <<'PY'
import os, resource, signal, subprocess, sys, time
try:
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
except ValueError:
    print("no right to raise the limit")
def dumped(arguments, ready):
    pid = os.fork()
    if pid == 0:
        os.execv(arguments[0], arguments)
    end = time.monotonic() + 10
    while not ready() and time.monotonic() < end:
        time.sleep(0.05)
    os.kill(pid, signal.SIGABRT)
    status = os.waitpid(pid, 0)[1]
    assert os.WIFSIGNALED(status), status
    return os.WCOREDUMP(status)
print("another program dumps:", dumped(["/bin/sleep", "60"], lambda: True))
assert not dumped(sys.argv[2:], lambda: os.path.exists(sys.argv[1])), "the agent left a core"
PY
rm -f "$socket"
ok "killed by a signal that dumps, it leaves no core" python3 "$work/core.py" "$socket" "$BUILD/keepwatchd" -c "$conf"
done_testing
