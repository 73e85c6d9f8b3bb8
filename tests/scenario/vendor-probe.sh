#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Devices tell their firmware by their vendors' own interfaces: `keepwatch probe` finds out which one,
# and the agent keeps what they say with its source, over a restart; a wrong password is tried once.
# shellcheck source=tests/scenario/agent-lib.sh
. "$(dirname "$0")/agent-lib.sh"

umask 077
chmod 755 "$work"
echo s3cretPass >"$work/password"
echo wr0ngPass >"$work/wrong"
cat >"$work/devices" <<E
axis listen=127.0.0.1:0 auth=wsse api=axis model=P3245-V firmware=10.12.1 serial=ACCC8E000001 hardware=77F password_file=$work/password
old listen=127.0.0.1:0 auth=wsse api=axis-old model=P1346 firmware=5.40.9.9 serial=00408C000001 hardware=1 password_file=$work/password
hik listen=127.0.0.1:0 auth=wsse api=hikvision model=DS-2CD2385G1 firmware=V5.5.61 serial=SN-H password_file=$work/password
dahua listen=127.0.0.1:0 auth=wsse api=dahua model=IPC-HDW4431C firmware=2.622.0000000.18.R serial=SN-D password_file=$work/password
hanwha listen=127.0.0.1:0 auth=wsse api=hanwha model=XNV-8080R firmware=1.41.04_20210723 serial=SN-W password_file=$work/password
intercom listen=127.0.0.1:0 auth=wsse api=2n model="2N IP Verso" firmware=2.38.1 serial=54-0001 password_file=$work/password
none listen=127.0.0.1:0 auth=wsse http_status=404 password_file=$work/password
other listen=127.0.0.1:0 auth=wsse api=hanwha model=X firmware=1 serial=SN-X password_file=$work/password
E
"$BUILD/tests/fake/fake_onvif" -k "$work/k" "$work/devices" >"$work/fake.out" 2>"$work/fake.err" &
peers+=($!)
for _ in $(seq 200); do
	grep -qx ready "$work/fake.out" && break
	sleep 0.05
done
names=(axis old hik dahua hanwha intercom none other)
port() { sed -n "s/^$1 //p" "$work/fake.out"; }
counter() { "$BUILD/tests/fake/fake_onvif" -k "$work/k" -- get "$1" | sed -n "s/^$2=//p"; }

{
	echo "database: $database"
	echo "socket: $socket"
	echo "fleet: fleet.csv"
	echo "poll: { interval: 1s, timeout: 900ms }"
	echo "probes: { vendor: { interval: 2s } }"
	echo "credentials:"
	echo "  - { name: cams, http: { username: monitor, password_file: password } }"
	echo "  - { name: wrong, http: { username: monitor, password_file: wrong } }"
	echo "devices:"
	for name in "${names[@]}"; do
		echo "  $name: { probes: { vendor: { port: $(port "$name") }, http: { port: $(port "$name"), status: 100-599 } } }"
	done
} >"$conf"
{
	echo "name,address,kind,credential"
	for name in "${names[@]}"; do
		echo "$name,127.0.0.1,$([ "$name" = intercom ] && echo intercom || echo camera),$([ "$name" = other ] && echo wrong || echo cams)"
	done
} >"$work/fleet.csv"

probe() { "$BUILD/keepwatch" probe -c "$conf" "$@" 2>&1; }
# tells NAME VENDOR MODEL FIRMWARE SERIAL SOURCE
tells() {
	probe "$1" -q -p vendor -f json >"$work/told"
	python3 - "$work/told" "${@:2}" <<'P'
import json, sys
text = open(sys.argv[1]).read()
print(text)
result = json.loads(text)["probes"][0]
facts = {(f["fact"], f["instance"]): f["value"] for f in result["facts"]}
got = [facts.get((k, None)) for k in ("vendor", "model", "firmware", "serial")] + [facts.get(("source", "firmware"))]
sys.exit(result["outcome"] != "ok" or got != sys.argv[2:])
P
}
ok "Axis" tells axis Axis P3245-V 10.12.1 ACCC8E000001 "Axis basicdeviceinfo.cgi"
ok "Axis of old" tells old Axis P1346 5.40.9.9 00408C000001 "Axis param.cgi"
ok "Hikvision" tells hik Hikvision DS-2CD2385G1 V5.5.61 SN-H "Hikvision ISAPI deviceInfo"
ok "Dahua" tells dahua Dahua IPC-HDW4431C 2.622.0000000.18.R SN-D "Dahua magicBox getSoftwareVersion"
ok "Hanwha" tells hanwha Hanwha XNV-8080R 1.41.04_20210723 SN-W "Hanwha SUNAPI deviceinfo"
ok "2N" tells intercom 2N "2N IP Verso" 2.38.1 54-0001 "2N /api/system/info"
ok "none is no fault" eval 'probe none -p vendor | grep "no vendor.s interface found"'
ok "nor is a login sent to it" eval '[ "$(counter none logins)" = 0 ]'

agent
firmware_of() {
	sql "SELECT f.value FROM fact f JOIN device d ON d.id = f.device WHERE d.name = '$1' AND f.key = 'firmware' AND f.gone_at = 0"
}
knows() { [ "$(firmware_of "$1")" = "$2" ]; }
source_of() {
	sql "SELECT f.value FROM fact f JOIN device d ON d.id = f.device WHERE d.name = '$1' AND f.key = 'source' AND f.instance = 'firmware'"
}
ok "the agent asks by itself" within 20 knows axis 10.12.1
ok "all of them" eval 'within 20 knows intercom 2.38.1 && within 20 knows dahua 2.622.0000000.18.R && within 20 knows hik V5.5.61'
ok "and keeps the source" eval '[ "$(source_of hik)" = "Hikvision ISAPI deviceInfo" ]'
"$BUILD/tests/fake/fake_onvif" -k "$work/k" -- set axis firmware=10.12.2 >/dev/null
ok "an upgrade is seen" within 20 knows axis 10.12.2
ok "a device whose password is wrong is up all the same" within 20 is other up
tried() { [ "$(counter other logins)" -ge 1 ]; }
ok "its password was tried" within 20 tried
before=$(counter axis ok)
more() { [ "$(counter axis ok)" -ge $((before + 3)) ]; }
ok "others are asked again and again" within 20 more
ok "this one was tried once" eval '[ "$(counter other logins)" = 1 ]'
agent_end TERM
agent
before=$(counter axis ok)
ok "after a restart, others are asked" within 20 more
ok "and this one is still let alone" eval '[ "$(counter other logins)" = 1 ]'
echo s3cretPass >"$work/wrong"
kill -HUP "$agent"
ok "the right password is tried at once" within 20 knows other 1
ok "no secret is in the log" eval '! grep -E "s3cretPass|wr0ngPass" "$log"'
agent_end TERM
done_testing
