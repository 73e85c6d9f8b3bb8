#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Every rule of the audit that needs no switch, over real probes and peers: each is found once with
# sensible words, none comes and goes from round to round, and each ends when its cause does. The
# plugin and the commands say the same.
# shellcheck source=tests/scenario/agent-lib.sh
. "$(dirname "$0")/agent-lib.sh" || exit 1
PATH=$PATH:/usr/sbin
command -v snmpd >/dev/null || skip_all "no snmpd"
command -v openssl >/dev/null || skip_all "no openssl"
umask 077
chmod 755 "$work"

fake() { "$BUILD/tests/fake/fake_onvif" -k "$work/k" -- "$@"; }
cli() { "$BUILD/keepwatch" -c "$conf" "$@"; }
free_port() { # TYPE: one that nobody has
	python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, getattr(socket, sys.argv[1]))
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])' "$1"
}

# ---- a camera that breaks what it can, and one that shares its password
mkdir -m 700 "$work/secrets"
echo sesame-one | tee "$work/secrets/one" >"$work/password"
cat >"$work/devices" <<END
cam listen=127.0.0.1:0 vendor=Bosch model="FLEXIDOME IP starlight 8000i" firmware=7.70.0098 serial=B-1 auth=basic password_file=$work/password users=service:Operator clock_offset_ms=120000 open_ops=GetSystemDateAndTime,GetCapabilities,GetServices,GetHostname,GetUsers
twin listen=127.0.0.1:0 vendor=Example model=E-1 firmware=9.0.0 serial=E-1 auth=digest password_file=$work/password ntp=192.0.2.1 discovery=NonDiscoverable
END
"$BUILD/tests/fake/fake_onvif" -k "$work/k" "$work/devices" >"$work/fake.out" 2>"$work/fake.err" &
peers+=($!)

# ---- a web server with Basic, a port like telnet's; each connection is a line in its log
cat >"$work/plain.py" <<'PY'
import socket, sys, threading

def serve(name, answer):
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(name, listener.getsockname()[1], flush=True)
    while True:
        conn, _ = listener.accept()
        try:
            conn.settimeout(5)
            conn.sendall(b"login: ") if not answer else None
            head = conn.recv(4096)
            if answer and head:
                print("GET", head.split(b" ")[1].decode(), file=sys.stderr, flush=True)
                conn.sendall(answer)
        except OSError:
            pass
        conn.close()

BASIC = (b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"web\"\r\nContent-Length: 0\r\n"
         b"Connection: close\r\n\r\n")
threading.Thread(target=serve, args=("telnet", b""), daemon=True).start()
serve("web", BASIC)
PY
python3 "$work/plain.py" >"$work/plain.out" 2>"$work/plain.log" &
plain=$!
peers+=("$plain")

# ---- TLS as old as it comes, and later as it ought to be
openssl req -new -nodes -newkey rsa:1024 -subj /CN=other-host -keyout "$work/old.key" -out "$work/old.req" 2>/dev/null &&
	openssl x509 -req -in "$work/old.req" -signkey "$work/old.key" -sha1 -days -1 -out "$work/old.crt" 2>/dev/null &&
	openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -sha256 -days 400 \
		-subj "/CN=Our Own Authority" -keyout "$work/ca.key" -out "$work/ca.crt" 2>/dev/null &&
	openssl req -new -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -subj /CN=cam \
		-keyout "$work/new.key" -out "$work/new.req" 2>/dev/null &&
	openssl x509 -req -in "$work/new.req" -CA "$work/ca.crt" -CAkey "$work/ca.key" -CAcreateserial -sha256 \
		-days 300 -extfile <(echo "subjectAltName=DNS:cam,IP:127.0.0.1") -out "$work/new.crt" 2>/dev/null || exit 1
tls_port=$(free_port SOCK_STREAM)
tls() { # NAME OPTIONS...; sets $tls
	local name=$1
	shift
	openssl s_server -accept "127.0.0.1:$tls_port" -key "$work/$name.key" -cert "$work/$name.crt" -www "$@" \
		>"$work/$name.log" 2>&1 </dev/null &
	tls=$!
	peers+=("$tls")
}
tls old -tls1 -cipher ALL:@SECLEVEL=0

# ---- SNMP for anybody
snmp_port=$(free_port SOCK_DGRAM)
mkdir "$work/snmp"
snmp() { # COMMUNITIES...; sets $snmpd
	{
		echo "agentaddress udp:127.0.0.1:$snmp_port"
		printf '%s\n' "$@"
	} >"$work/snmpd.conf"
	SNMP_PERSISTENT_DIR=$work/snmp snmpd -f -Lf "$work/snmpd.log" -C -c "$work/snmpd.conf" -I -smux &
	snmpd=$!
	peers+=("$snmpd")
}
reads() { snmpget -v2c -c "$1" -t 1 -r 0 "127.0.0.1:$snmp_port" 1.3.6.1.2.1.1.3.0 >/dev/null 2>&1; }
snmp "rocommunity public" "rwcommunity private" "rocommunity s3cretCommunity"

within 20 grep -qx ready "$work/fake.out" && within 20 grep -q '^web ' "$work/plain.out" &&
	within 20 grep -q '^telnet ' "$work/plain.out" && within 20 reads private &&
	within 20 grep -q ACCEPT "$work/old.log" || exit 1
p() { sed -n "s/^$1 //p" "$work/fake.out" "$work/plain.out"; }
onvif=$(p cam) web=$(p web) telnet=$(p telnet)

cat >"$work/fleet.csv" <<CSV
name,address,kind,site,owner,credential
cam,127.0.0.1,camera,hq,security,one
twin,127.0.0.1,camera,depot,facility,one
CSV
cat >"$conf" <<YAML
database: $database
fleet: fleet.csv
socket: $socket
poll: { interval: 1s, timeout: 1s, retries: 0 }
sites: [{ name: hq, audit: [ports, communities] }, { name: depot }]
credentials: [{ name: one, onvif: { username: monitor, password_file: secrets/one, allow_basic: yes } }]
probes:
  onvif: { inventory: 2s, max_clock_offset: 0ms }
  exposure: { interval: 1s, gap: 1ms, snmp_port: $snmp_port, ports: "$telnet=telnet,$web=http,$tls_port=https" }
policy:
  passwords: { max_age: 90d, shared_max: 1 }
  accounts: { camera: [ admin ] }
  ports: { camera: "$onvif,$tls_port" }
  firmware:
    - { vendor: bosch, model: "FLEXIDOME*", minimum: "8.0", forbidden: [ "<7.75" ], approved: [ "9.*" ], note: "see the frame contract" }
    - { vendor: bosch, model: "*8000i", end_of_sale: 2020-01-31, end_of_support: 2024-12-31 }
devices:
  cam: { probes: { onvif: { port: $onvif }, exposure: {} } }
  twin: { probes: { onvif: { port: $(p twin) } } }
YAML

# open RULE INSTANCE: one finding of cam, open, and there never was another
open() {
	sql "SELECT instance, resolved, changes, evidence FROM finding WHERE rule = '$1' AND name = 'cam'"
	[ "$(sql "SELECT count(*) || ' ' || sum(resolved = 0) FROM finding WHERE rule = '$1' AND name = 'cam' AND instance = '$2'")" = "1 1" ]
}
gone() { # RULE INSTANCE
	sql "SELECT instance, resolved, changes, evidence FROM finding WHERE rule = '$1' AND name = 'cam'"
	[ "$(sql "SELECT count(*) FROM finding WHERE rule = '$1' AND name = 'cam' AND instance = '$2' AND resolved = 0")" -eq 0 ] &&
		[ "$(sql "SELECT count(*) FROM finding WHERE rule = '$1' AND name = 'cam' AND instance = '$2'")" -ge 1 ]
}
words() { # RULE INSTANCE WORDS
	sql "SELECT evidence FROM finding f WHERE rule = '$1' AND name = 'cam' AND instance = '$2'" | tee -a "$work/words" | grep -qF -e "$3"
}
is_found() { within 20 open "$1" "$2" && words "$1" "$2" "$3"; }
found() { # RULE INSTANCE WORDS
	ok "found: $1 ${2:+($2)}" is_found "$@"
}
rounds() { grep -c '^GET / *$' "$work/plain.log"; } # of the exposure probe
more_rounds() { [ "$(rounds)" -ge "$1" ]; }
status() { python3 tests/lab/status.py "$socket" "$@"; }

agent || exit 1
found firmware-forbidden '' 'runs 7.70.0098: forbidden (<7.75); see the frame contract'
found firmware-old '' 'runs 7.70.0098, the minimum is 8.0'
found firmware-unapproved '' 'not approved (9.*)'
found end-of-sale '' 'no longer sold since 2020-01-31'
found end-of-support '' 'no longer supported since 2024-12-31'
found password-shared 'onvif monitor' 'in force on more than 1 devices'
found account-unexpected service "account 'service' (Operator)"
found anonymous-access 'ONVIF GetUsers' "was answered without a login: http:$onvif"
found port-open "$telnet" "TCP port $telnet (telnet) is open"
found port-open "$web" "TCP port $web (http) is open: policy does not list it"
found tls-version "$tls_port" "offers TLSv1.0 (all: TLSv1.0); TLSv1.2 is the least"
found tls-key "$tls_port" 'a key of RSA 1024; 2048 bits are the least'
found tls-signature "$tls_port" 'signed with sha1WithRSAEncryption'
found tls-name "$tls_port" 'is for other-host, not for 127.0.0.1'
found tls-expiry "$tls_port" "the certificate on port $tls_port expired on 20"
found tls-self-signed "$tls_port" 'signed by itself'
found http-plain "$web" "port $web serves HTTP without TLS (authentication: basic)"
found http-plain "$onvif" "port $onvif serves HTTP without TLS"
found http-basic "$web" 'Basic authentication without TLS'
found http-basic onvif 'keepwatch itself can only log in by HTTP Basic'
for version in v1 v2c; do
	found snmp-old $version "answers SNMP $version"
	found snmp-public "$version public" "SNMP $version is answered with the community 'public' (read)"
done
found snmp-public 'v2c private' "'private' (write)"
found snmp-write 'v2c private' 'with the private community lets settings be changed'
found clock-wrong '' 'its clock is ahead by more than 30s'
found ntp-none '' 'no time server is configured'
found discovery-on '' 'discovery mode is Discoverable'
ok "no advisory, no vulnerability" eval '[ "$(sql "SELECT count(*) FROM finding WHERE rule IN ('"'exploited', 'vulnerable'"')")" -eq 0 ]'
ok "advisories come in while it runs" cli advisories import tests/golden/advisories/csaf.json
found exploited CVE-2024-1111 'exploited: '
ask() { # REQUEST
	python3 - "$socket" "$1" <<'PY'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(sys.argv[2].replace(" ", "\t").encode() + b"\n")
data = b""
while chunk := s.recv(65536):
    data += chunk
sys.exit(0 if data.startswith(b"keepwatch 1 0 ") else data.decode())
PY
}
ok "a default password is told of" ask "password do=default device=cam account=admin use=http found=yes"
found password-default 'http admin' 'takes a password that its vendor ships'
ok "a password is as old as somebody says" cli password mark cam --account monitor --at 2024-01-02T00:00:00Z --why "ticket 9"
found password-age 'onvif monitor' 'is in force since 2024-01-02'

# ---- round after round
now=$(rounds)
ok "two rounds later" within 30 more_rounds $((now + 2))
sql "SELECT name, rule, instance, changes, evidence FROM finding WHERE resolved <> 0 OR changes > 1" >"$work/twice"
ok "nothing has come and gone, or changed its words" eval 'cat "$work/twice"; [ ! -s "$work/twice" ]'
ok "each opened once" eval '[ "$(sql "SELECT count(*) FROM finding_change")" -eq "$(sql "SELECT count(*) FROM finding")" ]'
ok "the innocent one shares a password, and no more" eval '[ "$(sql "SELECT group_concat(rule) FROM finding WHERE name = '"'twin'"'")" = password-shared ]'

# ---- the plugin
check() { # CODE WORDS OPTIONS...
	local code=$1 text=$2 rc
	shift 2
	plugin --mode audit "$@" >"$work/plugin" 2>&1
	rc=$?
	cat "$work/plugin"
	[ "$rc" -eq "$code" ] && grep -qE -e "$text" "$work/plugin"
}
ok "plugin: critical" check 2 '^KEEPWATCH CRITICAL - audit score [0-9]+ of 100: [0-9]+ critical, .* on 2 of 2 devices; worst: .*\| score=[0-9]+;;;0;100 findings=[0-9]+;0;;0 critical=[0-9]+;;0;0'
ok "plugin: a warning, by the critical threshold" check 1 WARNING -c 1000
ok "plugin: OK by both" check 0 '^KEEPWATCH OK' -c 1000 -w 1000
ok "plugin: by site" check 1 'on 1 of 1 devices' --site depot
ok "plugin: by owner" check 2 'on 1 of 1 devices' --owner security
ok "plugin: by device" check 1 '0 critical, 1 warning, 0 notice on 1 of 1' --device twin
ok "plugin: an owner that has none" check 3 UNKNOWN --owner nobody
ok "plugin: a site that is none" check 3 UNKNOWN --site nowhere
ok "plugin: a device that is none" check 3 UNKNOWN --device nobody
ok "plugin: a site and a device that is elsewhere" check 3 UNKNOWN --site hq --device twin
ok "plugin: a range that is none" check 3 . -w much

# ---- the commands
says() { # CODE WORDS COMMAND...
	local code=$1 text=$2 rc
	shift 2
	"$@" >"$work/said" 2>&1
	rc=$?
	cat "$work/said"
	[ "$rc" -eq "$code" ] && grep -qE -e "$text" "$work/said"
}
ok "audit --check: 1" says 1 '^score [0-9]+ of 100' cli audit --check
ok "of a site where one shares a password as well" says 1 'password-shared' cli audit --check --site depot
for group in site owner team rule; do
	ok "audit --by $group" says 0 "BY ${group^^}" cli audit --by $group
done
ok "audit --by nothing known: 2" says 2 . cli audit --by colour
ok "audit as CSV has all that is open" eval '[ "$(cli audit --format csv --no-header | wc -l)" -eq "$(sql "SELECT count(*) FROM finding WHERE resolved = 0")" ]'
cli audit --format json >"$work/audit.json"
ok "audit as JSON by its schema" python3 tests/scenario/validate.py schemas/audit.schema.json "$work/audit.json"
cli findings --format json >"$work/findings.json"
ok "findings too" python3 tests/scenario/validate.py schemas/findings.schema.json "$work/findings.json"
score() { sed -nE 's/.*score ([0-9]+) of 100.*/\1/p' "$1" | head -n 1; }
cli audit >"$work/audit.out" 2>&1
plugin --mode audit >"$work/plugin" 2>&1
ok "plugin, command and status have one score" eval '[ -n "$(score "$work/plugin")" ] && [ "$(score "$work/plugin") $(score "$work/audit.out")" = "$(status audit score) $(status audit score)" ]'

# ---- a restart in between
before=$(sql "SELECT count(*) || ' ' || (SELECT count(*) FROM finding_change) FROM finding")
ok "it ends in order" agent_end TERM
agent
now=$(rounds)
ok "it goes on" within 30 more_rounds $((now + 2))
ok "nothing is told again" test "$(sql "SELECT count(*) || ' ' || (SELECT count(*) FROM finding_change) FROM finding")" = "$before"

# ---- all is mended
fake set cam firmware=9.0.0 auth=digest users= clock_offset_ms=0 ntp=192.0.2.1 discovery=NonDiscoverable \
	open_ops=GetSystemDateAndTime,GetCapabilities,GetServices,GetHostname >/dev/null
kill "$plain" "$tls" "$snmpd"
wait "$plain" "$tls" "$snmpd" 2>/dev/null
tls new
snmp "rocommunity s3cretCommunity"
ok "the default password is none any more" ask "password do=default device=cam account=admin use=http found=no"
echo sesame-two >"$work/password"
fake set '*' password_file="$work/password" >/dev/null
cp "$work/password" "$work/secrets/one"
kill -HUP "$agent"
mended() { # RULE INSTANCE
	ok "mended: $1 ${2:+($2)}" within 20 gone "$1" "$2"
}
mended firmware-forbidden ''
mended firmware-old ''
mended firmware-unapproved ''
mended exploited CVE-2024-1111
mended account-unexpected service
mended anonymous-access 'ONVIF GetUsers'
mended port-open "$telnet"
mended port-open "$web"
for rule in version key signature name expiry self-signed; do
	mended "tls-$rule" "$tls_port"
done
mended http-plain "$web"
mended http-basic "$web"
mended http-basic onvif
mended snmp-old v2c
mended snmp-public 'v1 public'
mended snmp-public 'v2c private'
mended snmp-write 'v2c private'
mended clock-wrong ''
mended ntp-none ''
mended discovery-on ''
mended password-default 'http admin'
mended password-age 'onvif monitor'
ok "a key that changed is told" eval 'within 20 logged "cam: its TLS key has changed, $tls_port sha256//.*: another TLS key than before"'
ok "once" eval '[ "$(sql "SELECT count(*) FROM finding WHERE rule = '"'tls-key-changed'"' AND resolved = 0")" -eq 1 ]'

# ---- and goes back
fake set cam firmware=8.5.1 >/dev/null
found firmware-downgraded 9.0.0 'went from 9.0.0 back to 8.5.1'
fake set cam firmware=9.1.0 model=NDE-1 >/dev/null
mended firmware-downgraded 9.0.0
mended end-of-sale ''
mended end-of-support ''
ok "it ends in order" agent_end TERM
ok "no password is in database or log" eval '! strings -a "$database" "$database"-wal "$log" 2>/dev/null | grep -qE "sesame|s3cret"'
done_testing
