#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# keepwatch probe: without agent and database, against simulated devices and a real snmpd on loopback;
# by name from a configuration and by bare address; what it tells, returns and never shows.
# shellcheck source-path=SCRIPTDIR source=cli-fixture.sh
. "$(dirname "$0")/cli-fixture.sh"

pids=
finish() {
	for pid in $pids; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	rm -rf "$dir"
}
trap finish EXIT
fake=$BUILD/tests/fake/fake_onvif
umask 077
echo s3cretPass >"$dir/password"
echo wr0ngPass >"$dir/wrong"
echo c0mmunity >"$dir/community"
echo loose >"$dir/loose"
chmod 644 "$dir/loose"

probe() {
	"$keepwatch" probe "$@" >"$dir/probe.out" 2>"$dir/probe.err"
}
told() { # PATTERN: in what the last probe printed, on either stream
	grep -qE -e "$1" "$dir/probe.out" "$dir/probe.err" || {
		echo "'$1' is not in:"
		cat "$dir/probe.out" "$dir/probe.err"
		return 1
	}
}
no_secret() {
	! grep -E 's3cretPass|wr0ngPass|c0mmunity|loose$' "$dir/probe.out" "$dir/probe.err"
}

cat >"$dir/devices" <<-END
	cam listen=127.0.0.1:0 vendor="Example Inc" serial=S-1 user=monitor password_file=$dir/password
END
"$fake" -k "$dir/k" "$dir/devices" >"$dir/fake.out" 2>"$dir/fake.err" &
pids="$pids $!"
for _ in $(seq 200); do
	grep -qx ready "$dir/fake.out" && break
	sleep 0.05
done
port=$(sed -n 's/^cam //p' "$dir/fake.out")

closed=$(python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')

ok "TCP accepted: up, 0" exits 0 probe 127.0.0.1 -p tcp --set "tcp.port=$port"
ok "the verdict is on standard output" told '127.0.0.1 is up'
ok "what goes on is on standard error" sh -c 'grep -qE "ms  tcp: begins" "$0"' "$dir/probe.err"
ok "TCP refused: down, 1" exits 1 probe 127.0.0.1 -p tcp --set "tcp.port=$closed" --retries 0
ok "refused is the reason" told 'connection refused'
ok "HTTP by status: up, 0" exits 0 probe 127.0.0.1 -p http --set "http.port=$port" --set http.status=100-599
ok "one up and one down: degraded, 1" exits 1 probe 127.0.0.1 -p tcp,http --set "http.port=$port" --set http.status=100-599 --set "tcp.port=$closed"
ok "degraded is said" told 'is degraded'
ok "quiet tells nothing" sh -c '"$0" probe 127.0.0.1 -q -p tcp --set "tcp.port=$1" 2>&1 >/dev/null | { ! grep -q .; }' "$keepwatch" "$port"

onvif() {
	probe 127.0.0.1 --kind camera -p onvif --set "onvif.port=$port" --timeout 3s "$@"
}
ok "ONVIF with a login: up, 0" exits 0 onvif --user monitor --password-file "$dir/password"
ok "its facts are shown" told 'vendor +.*Example Inc'
ok "its serial too" told 'serial +.*S-1'
ok "no secret is shown" no_secret
ok "ONVIF with a wrong password: 1" exits 1 onvif --user monitor --password-file "$dir/wrong"
ok "refused is said" told 'credential refused'
ok "no secret is shown then" no_secret
ok "JSON satisfies its schema" sh -c '"$0" probe 127.0.0.1 -q -f json --kind camera -p onvif,tcp --set "onvif.port=$1" --set "tcp.port=$1" --user monitor --password-file "$2/password" >"$2/probe.json"; python3 "$3/tests/scenario/validate.py" "$3/schemas/probe.schema.json" "$2/probe.json"' "$keepwatch" "$port" "$dir" "$top"
ok "CSV has facts" sh -c '"$0" probe 127.0.0.1 -q -f csv --kind camera -p onvif --set "onvif.port=$1" --user monitor --password-file "$2/password" | grep -q "^onvif,.*,serial,,S-1"' "$keepwatch" "$port" "$dir"

ok "a secret that others may read is refused: 3" exits 3 onvif --user monitor --password-file "$dir/loose"
ok "and it is said what to do" told 'chmod o='
ok "no secret file: 3" exits 3 onvif --user monitor --password-file "$dir/none"
ok "user without password: 2" exits 2 onvif --user monitor
ok "v3 without user: 2" exits 2 probe 127.0.0.1 --snmp-version 3
ok "privacy without authentication: 2" exits 2 probe 127.0.0.1 --snmp-user u --priv AES-128 --priv-password-file "$dir/password"
ok "unknown protocol: 2" exits 2 probe 127.0.0.1 --snmp-user u --auth ROT13 --auth-password-file "$dir/password"
ok "unknown probe: 2" exits 2 probe 127.0.0.1 -p snpm
ok "unknown probe: near name" told 'did you mean snmp'
ok "unknown option: 2" exits 2 probe 127.0.0.1 -p tcp --set tcp.prot=1
ok "option out of range: 2" exits 2 probe 127.0.0.1 -p tcp --set tcp.port=70000
ok "option of a probe that is not run: 2" exits 2 probe 127.0.0.1 -p tcp --set icmp.count=3
ok "bad timeout: 2" exits 2 probe 127.0.0.1 --timeout soon

cat >"$dir/probe.yaml" <<-END
	database: none.db
	fleet: probe.csv
	poll: { interval: 60s, timeout: 3s, retries: 0 }
	credentials:
	  - { name: cams, onvif: { username: monitor, password_file: password } }
	  - { name: bad, onvif: { username: monitor, password_file: wrong } }
	probes: { onvif: { port: $port } }
END
cat >"$dir/probe.csv" <<-END
	name,address,kind,credential,probes
	cam-lobby,127.0.0.1,camera,cams,onvif
	cam-bad,127.0.0.2,camera,bad,onvif
	cam-lost,name.invalid,camera,cams,onvif
END
ok "by name, with settings and login of the configuration: 0" exits 0 probe cam-lobby -c "$dir/probe.yaml"
ok "it is called by its name" told 'cam-lobby \(127.0.0.1\) is up'
ok "by address, found in the fleet" exits 0 probe 127.0.0.1 -c "$dir/probe.yaml"
ok "another credential of the configuration: 1" exits 1 probe cam-lobby -c "$dir/probe.yaml" --credential bad
ok "a login of the command line comes first: 1" exits 1 probe cam-lobby -c "$dir/probe.yaml" --user monitor --password-file "$dir/wrong"
ok "no such credential: 2" exits 2 probe cam-lobby -c "$dir/probe.yaml" --credential camz
ok "neither device nor host: 4" exits 4 probe cam-loby -c "$dir/probe.yaml"
ok "near names are suggested" told 'did you mean cam-lobby'
ok "a name without address: 1" exits 1 probe cam-lost -c "$dir/probe.yaml"
ok "a wrong configuration: 3" exits 3 probe cam-lobby -c "$dir/none.yaml"
ok "no database is made" test ! -e "$dir/none.db"

if command -v snmpd >/dev/null || [ -x /usr/sbin/snmpd ]; then
	snmp=$(python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')
	printf 'rocommunity c0mmunity 127.0.0.1\nsysLocation Rack 3\nagentaddress udp:127.0.0.1:%s\n' "$snmp" >"$dir/snmpd.conf"
	SNMP_PERSISTENT_DIR="$dir" PATH="$PATH:/usr/sbin" snmpd -f -Lf "$dir/snmpd.log" -C -c "$dir/snmpd.conf" -I -smux,mteTrigger,mteTriggerConf &
	pids="$pids $!"
	v2c() {
		probe 127.0.0.1 -p snmp --set "snmp.port=$snmp" --community-file "$dir/community" --timeout 500ms --retries 2
	}
	for _ in $(seq 50); do
		v2c && break
		sleep 0.1
	done
	ok "SNMP v2c of a real agent: 0" exits 0 v2c
	ok "its location is shown" told 'Rack 3'
	ok "no community is shown" no_secret
	ok "a wrong community: down, 1" exits 1 probe 127.0.0.1 -p snmp --set "snmp.port=$snmp" --community-file "$dir/wrong" --timeout 200ms --retries 0
else
	ok "a real SNMP agent # SKIP no snmpd" true
fi
done_testing
