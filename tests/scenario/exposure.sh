#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a device offers to the network, against real TLS servers, a real snmpd, simulated cameras and
# peers that lie: what is told, what is not asked, and that nothing is changed and nobody logged in.
# shellcheck source=tests/scenario/agent-lib.sh
. "$(dirname "$0")/agent-lib.sh" || exit 1
PATH=$PATH:/usr/sbin
command -v snmpd >/dev/null || skip_all "no snmpd"
command -v openssl >/dev/null || skip_all "no openssl"
umask 077
chmod 755 "$work"

free_port() { # TYPE: one that nobody has
	python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, getattr(socket, sys.argv[1]))
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])' "$1"
}
echo s3cretPass >"$work/password"
cat >"$work/devices" <<END
closed listen=127.0.0.1:0 user=monitor password_file=$work/password auth=digest lockout=1
open listen=127.0.0.1:0 auth=none
END
"$BUILD/tests/fake/fake_onvif" -k "$work/k" "$work/devices" >"$work/fake.out" 2>&1 &
peers+=($!)
python3 tests/scenario/exposure-peers.py "$work/peers.log" >"$work/peers.out" 2>&1 &
peers+=($!)

key() { # NAME SUBJECT OPTIONS...: a key and a self-signed certificate
	local name=$1 subject=$2
	shift 2
	openssl req -x509 -nodes -days 20 -subj "$subject" -keyout "$work/$name.key" -out "$work/$name.crt" "$@" \
		2>/dev/null
}
key old /CN=cam-old -newkey rsa:1024 -sha1
key new "/CN=cam-new/O=Example" -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -sha256 \
	-addext subjectAltName=DNS:cam-new,DNS:cam-new.example.org,IP:127.0.0.1
tls() { # NAME PORT OPTIONS...
	local name=$1 port=$2
	shift 2
	openssl s_server -accept "127.0.0.1:$port" -key "$work/$name.key" -cert "$work/$name.crt" -www "$@" \
		>"$work/$name.log" 2>&1 </dev/null &
	peers+=($!)
}
old=$(free_port SOCK_STREAM)
tls old "$old" -tls1 -cipher ALL:@SECLEVEL=0
new=$(free_port SOCK_STREAM)
tls new "$new"
nobody=$(free_port SOCK_STREAM)

snmp=$(free_port SOCK_DGRAM)
cat >"$work/snmpd.conf" <<END
agentaddress udp:127.0.0.1:$snmp
rocommunity public
rwcommunity private
rocommunity s3cretCommunity
END
mkdir "$work/snmp"
SNMP_PERSISTENT_DIR=$work/snmp snmpd -f -Lf "$work/snmpd.log" -C -c "$work/snmpd.conf" -I -smux &
peers+=($!)
# All of the system group but its times.
tree() {
	snmpwalk -v2c -c private -On -t 2 "127.0.0.1:$snmp" 1.3.6.1.2.1.1 |
		grep -v -e '\.1\.1\.3\.0 ' -e '\.1\.1\.8\.0 ' -e '\.1\.1\.9\.1\.4\.'
}
within 20 grep -qx ready "$work/fake.out" && within 20 grep -qx ready "$work/peers.out" &&
	within 20 eval 'tree | grep -q 1' && within 20 grep -q ACCEPT "$work/new.log" &&
	within 20 grep -q ACCEPT "$work/old.log" || exit 1
p() { sed -n "s/^$1 //p" "$work/fake.out" "$work/peers.out"; }
closed=$(p closed)
tree >"$work/before"

cat >"$work/fleet.csv" <<END
name,address,kind,site,credential,probes
cam,127.0.0.1,camera,hq,,exposure
quiet,127.0.0.1,camera,branch,cam,onvif;exposure
nothing,127.0.0.1,switch,branch,,exposure
ours,127.0.0.1,switch,branch,snmp,exposure
default,127.0.0.1,other,hq,,
END
echo s3cretCommunity >"$work/community"
cat >"$conf" <<END
fleet: fleet.csv
database: kw.db
socket: $socket
poll: { timeout: 700ms, retries: 0 }
sites:
  - { name: hq, audit: [ports, communities] }
  - { name: branch }
credentials:
  - { name: cam, onvif: { username: monitor, password_file: password } }
  - { name: snmp, snmp: { version: 2c, community_file: community, port: $snmp } }
probes:
  onvif: { port: $closed }
  exposure:
    gap: 10ms
    snmp_port: $snmp
    ports: "$closed=http,$(p open)=http,$(p careless)=http,$(p redirect)=http,$(p start-page)=http,$nobody=telnet,$old=https,$new=https,$(p rtsp-login)=rtsp,$(p rtsp-open)=rtsp"
END
cat >"$work/rows.py" <<'END'
import json, sys
text = sys.stdin.read()
try:
    run = json.loads(text)["probes"][0]
except ValueError:
    sys.exit(text)
print(run["outcome"], run["reason"] or "-", run["detail"])
for fact in run["facts"]:
    print(fact["fact"], "[" + fact["instance"] + "]", fact["value"])
END
run() { # DEVICE OPTIONS...
	timeout 60 "$BUILD/keepwatch" probe "$@" -p exposure --format json 2>"$work/trace" |
		python3 "$work/rows.py" >"$work/said" 2>>"$work/trace"
}
probe() { run -c "$conf" "$@"; }
told() {
	cat "$work/said"
	tail -n 50 "$work/trace"
	return 1
}
said() { grep -qE -e "$1" "$work/said" || told; }
silent() { ! grep -qE -e "$1" "$work/said" || told; }
has() { # FACT INSTANCE VALUE, exactly
	grep -qFx -e "$1 [$2] $3" "$work/said" || {
		echo "no '$1 [$2] $3' in:"
		told
	}
}

probe cam
ok "it ends well" said '^ok - 9 of 10 ports open'
ok "an open port, with its service" has open_port "$closed" http
ok "a port that refuses is not open" silent "^open_port \[$nobody\]"
ok "all was checked" test "$(grep -c '^audited \[[a-z]*\] checked$' "$work/said")" -eq 5
ok "TLS 1.0 alone" has tls_versions "$old" TLSv1.0
ok "a weak key" has tls_key_type "$old" "RSA 1024"
ok "a weak signature" has tls_signature "$old" sha1WithRSAEncryption
ok "its name" has tls_names "$old" cam-old
ok "today's TLS" has tls_versions "$new" "TLSv1.2 TLSv1.3"
ok "today's key" has tls_key_type "$new" "EC 256"
ok "names of both kinds, each once" has tls_names "$new" "cam-new, cam-new.example.org, 127.0.0.1"
ok "signed by itself" has tls_issuer "$new" self-signed
ok "the end of the certificate" said "^tls_not_after \[$new\] 20[0-9-]*T"
pin=$(openssl x509 -in "$work/new.crt" -pubkey -noout | openssl pkey -pubin -outform DER |
	openssl dgst -sha256 -binary | base64)
ok "the key, as it can be pinned" has tls_key "$new" "sha256//$pin"
ok "Digest over plain HTTP" has http_auth "http:$closed" digest
ok "Basic over plain HTTP, found on another page than the first" has http_auth "http:$(p careless)" basic
ok "the scheme of streams" has http_auth "rtsp:$(p rtsp-login)" digest
ok "a mere redirect" has http_auth "http:$(p redirect)" "redirect to https"
ok "no login at all" has http_auth "http:$(p open)" none
ok "HTTPS where it can be spoken" has http_auth "https:$new" none
ok "ONVIF for anybody" has anonymous "ONVIF GetDeviceInformation" "http:$(p open)"
ok "accounts for anybody" has anonymous "ONVIF GetUsers" "http:$(p open)"
ok "a vendor's page for anybody" has anonymous /ISAPI/System/deviceInfo "http:$(p careless)"
ok "parameters for anybody" has anonymous /axis-cgi/param.cgi "http:$(p careless)"
ok "a picture for anybody" has anonymous /cgi-bin/snapshot.cgi "http:$(p careless)"
ok "a stream for anybody" has anonymous "RTSP DESCRIBE" "rtsp:$(p rtsp-open)/"
ok "and nothing else" test "$(grep -c '^anonymous' "$work/said")" -eq 7
ok "a community that reads, by both versions" eval \
	'has snmp_access "v1 public" read && has snmp_access "v2c public" read'
ok "a community that writes" has snmp_access "v2c private" write
tree >"$work/after"
ok "asking changed nothing" diff "$work/before" "$work/after"
counter() { "$BUILD/tests/fake/fake_onvif" -k "$work/k" -- get closed | sed -n "s/^$1=//p"; }
ok "nobody logged in" test "$(counter logins)" -eq 0
ok "nor anywhere else" not grep -q AUTH "$work/peers.log"
ok "never more than two connections at a time" \
	test "$(sed -n 's/.* open //p' "$work/peers.log" | sort -n | tail -n 1)" -le 2

# ---- what is allowed where
probe quiet
ok "without the site's word only what is used anyway is looked at" has audited ports \
	"site branch does not allow it (audit: ports)"
ok "no port is told open" silent '^open_port'
ok "what is used is looked at" has http_auth "http:$closed" digest
ok "no community is guessed" has audited snmp "site branch does not allow it (audit: communities)"
ok "none is told" silent '^snmp_access'
probe nothing
ok "nothing to look at changes no health" said '^error LOCAL nothing to look at: site branch'
probe ours
ok "the configured community is asked" has snmp_access "v2c configured" read
ok "by the older version as well" has snmp_access "v1 configured" read
ok "it is not shown" not grep -q s3cret "$work/said" "$work/trace"
probe cam --set exposure.communities=nobody,s3cretCommunity
ok "a guess that is wrong is silent" silent nobody
ok "one that is right is told" has snmp_access "v2c s3cretCommunity" read

# ---- hostile
hostile() { # PORTS: on a device without a site
	run 127.0.0.1 --timeout 300ms --retries 0 --set exposure.gap=0ms --set "exposure.ports=$1"
}
hostile "$(p garbage)=https,$(p hang)=https,$(p endless)=tls,$(p close)=https"
ok "TLS that is none is no TLS" eval 'said "^ok - 4 of 4" && silent "^tls_"'
hostile "$(p garbage)=http,$(p hang)=http,$(p endless)=http,$(p close)=http"
ok "HTTP that is none is no HTTP" eval 'said "^ok - 4 of 4" && silent "^http_auth"'
hostile "$(p garbage)=rtsp,$(p hang)=rtsp,$(p endless-head)=rtsp,$(p close)=rtsp,$(p rtsp-unknown)=rtsp"
ok "RTSP that is none describes nothing" eval 'said "^ok - 5 of 5" && silent "^anonymous"'
ok "and is not said to be checked" has audited anonymous "RTSP: no stream that is known"
hostile "$(p start-page)=http"
ok "a start page in place of every answer proves nothing" eval \
	'has audited anonymous checked && silent "^anonymous"'
run 127.0.0.1 --timeout 5s --set exposure.max_time=1s --set "exposure.ports=$(p hang)=https,$(p hang2)=https"
ok "the time is bounded" has audited tls "not done within max_time"
ok "what was known by then is told" has open_port "$(p hang)" https

# ---- the agent
agent
shown() { # DEVICE: what was found of it
	"$BUILD/keepwatch" show -c "$conf" "$1" | grep -q 'TLSv1.0'
}
ok "the agent stores what it finds" within 30 shown cam
ok "for a device that names no probes by the word of its site" within 30 shown default
audited() { # RULE: is it an open finding of cam
	"$BUILD/keepwatch" findings -c "$conf" -f csv >"$work/findings" 2>&1
	grep -E "(^|,)cam(,|$)" "$work/findings" | grep -q -e "$1"
}
for rule in tls-version tls-key tls-signature tls-self-signed http-plain http-basic anonymous-access \
	snmp-public snmp-write; do
	ok "found by the audit: $rule" within 20 audited "$rule"
done
ok "and what is closed is not: telnet" not audited port-open
sed -i "s/$(p careless)=http,//" "$conf"
kill -HUP "$agent"
ok "other ports are looked at at once, and what is gone is found no more" within 30 not audited http-basic
ok "it stops" eval 'agent_end TERM; test $? -eq 0'
done_testing
