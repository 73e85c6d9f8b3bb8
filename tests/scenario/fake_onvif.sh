#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The simulated devices do what the tests that rely on them believe: asked by curl and python, not by
# our own client.
# shellcheck source=tests/scenario/work-lib.sh
. "$(dirname "$0")/work-lib.sh"

echo s3cret >"$work/password"
cat >"$work/devices" <<E
cam listen=127.0.0.1:0 vendor="Example Inc" serial=S-1 password_file=$work/password
door listen=127.0.0.1:0 kind=door auth=none doors=5 page=2
E
devices_start
ok "it says when it is ready" grep -qx ready "$work/ports"
cam=$(port cam)
door=$(port door)

counter() { fake get cam | sed -n "s/^$1=//p"; }
# ask PORT NAMESPACE OPERATION [CONTENT [HEADER]]
body() { printf '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">%s<s:Body><%s xmlns="http://www.onvif.org/ver10/%s/wsdl">%s</%s></s:Body></s:Envelope>' "${4:-}" "$2" "$1" "${3:-}" "$2"; }
post() { # PORT BODY CURL-ARGUMENTS...
	local port=$1 data=$2
	shift 2
	curl -s --max-time 3 -w '\nstatus %{http_code}\n' --data-binary "$data" -H 'Content-Type: application/soap+xml' "$@" "http://127.0.0.1:$port/onvif/device_service"
}
wsse() { # USER PASSWORD OFFSET_S
	python3 - "$@" <<'P'
import base64, datetime, hashlib, os, sys
user, password, offset = sys.argv[1], sys.argv[2], float(sys.argv[3])
nonce = os.urandom(16)
now = datetime.datetime.utcnow() + datetime.timedelta(seconds=offset)
created = now.strftime("%Y-%m-%dT%H:%M:%S.000Z")
digest = hashlib.sha1(nonce + created.encode() + password.encode()).digest()
b = lambda x: base64.b64encode(x).decode()
wss = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
print('<s:Header><Security s:mustUnderstand="1" xmlns="%swssecurity-secext-1.0.xsd"><UsernameToken>'
      '<Username>%s</Username><Password Type="%susername-token-profile-1.0#PasswordDigest">%s</Password>'
      '<Nonce>%s</Nonce><Created xmlns="%swssecurity-utility-1.0.xsd">%s</Created>'
      '</UsernameToken></Security></s:Header>' % (wss, user, wss, b(digest), b(nonce), wss, created), end="")
P
}
says() { # TEXT COMMAND...
	local text=$1
	shift
	"$@" >"$work/said"
	cat "$work/said"
	grep -qF -- "$text" "$work/said"
}
info=$(body device GetDeviceInformation)
clock=$(body device GetSystemDateAndTime)

ok "the clock needs no login" says 'status 200' post "$cam" "$clock"
ok "the rest does" says 'NotAuthorized' post "$cam" "$info"
ok "WSSE is accepted" says 'Example Inc' post "$cam" "$(body device GetDeviceInformation '' "$(wsse monitor s3cret 0)")"
ok "a wrong password is not" says 'NotAuthorized' post "$cam" "$(body device GetDeviceInformation '' "$(wsse monitor wrong 0)")"
ok "and is counted" test "$(counter refused)" = 1
token=$(wsse monitor s3cret 0)
ok "a nonce is good" says 'status 200' post "$cam" "$(body device GetDeviceInformation '' "$token")"
ok "for one time" says 'NotAuthorized' post "$cam" "$(body device GetDeviceInformation '' "$token")"
fake set cam clock_offset_ms=600000 time_window_s=60 >/dev/null
ok "a time window refuses the monitor's time" says 'NotAuthorized' post "$cam" "$(body device GetDeviceInformation '' "$(wsse monitor s3cret 0)")"
ok "and takes the device's" says 'status 200' post "$cam" "$(body device GetDeviceInformation '' "$(wsse monitor s3cret 600)")"
fake set cam clock_offset_ms=0 time_window_s=0 lockout=2 lockout_s=60 >/dev/null
fake reset cam >/dev/null
for _ in 1 2; do post "$cam" "$(body device GetDeviceInformation '' "$(wsse monitor wrong 0)")" >/dev/null; done
ok "two wrong passwords lock the account" says 'locked' post "$cam" "$(body device GetDeviceInformation '' "$(wsse monitor s3cret 0)")"
ok "which is counted" test "$(counter locked)" = 1
fake set cam lockout=0 >/dev/null
fake reset cam >/dev/null

for algorithm in MD5 SHA-256; do
	fake set cam auth=digest algorithm=$algorithm >/dev/null
	ok "HTTP Digest $algorithm is accepted" says 'Example Inc' post "$cam" "$info" --digest -u monitor:s3cret
	ok "HTTP Digest $algorithm: a wrong password is not" says 'status 401' post "$cam" "$info" --digest -u monitor:wrong
done
fake set cam auth=both algorithm=MD5 >/dev/null
ok "both: Digest alone is not enough" says 'NotAuthorized' post "$cam" "$info" --digest -u monitor:s3cret
ok "both: with WSSE it is" says 'Example Inc' post "$cam" "$(body device GetDeviceInformation '' "$(wsse monitor s3cret 0)")" --digest -u monitor:s3cret
fake set cam auth=basic >/dev/null
ok "Basic" says 'Example Inc' post "$cam" "$info" -u monitor:s3cret
fake set cam auth=none >/dev/null

ok "doors come in pages" says '<tdc:NextStartReference>2<' post "$door" "$(body doorcontrol GetDoorInfoList)"
ok "the last page has no reference" says 'door5' post "$door" "$(body doorcontrol GetDoorInfoList '<StartReference>4</StartReference>')"
fake set door door_tamper=TamperDetected >/dev/null
ok "a door's state can be set" says 'TamperDetected' post "$door" "$(body doorcontrol GetDoorState '<Token>door1</Token>')"
ok "an unknown door is a fault" says 'NotFound' post "$door" "$(body doorcontrol GetDoorState '<Token>door9</Token>')"

odd() { # MISBEHAVIOUR
	fake set cam misbehave="$1" >/dev/null
	post "$cam" "$info"
	echo "curl $?"
}
ok "torn" says 'curl 18' odd torn
ok "reset" says 'curl 56' odd reset
ok "wrong length" says 'curl 28' odd length-long
ok "chunked" says 'Example Inc' odd chunked
ok "without length" says 'Example Inc' odd no-length
ok "html" says '<form>' odd html
ok "doctype" says '<!ENTITY' odd doctype
ok "fault in HTTP 200" says 'NotAuthorized' odd not-authorized-200
ok "busy" says 'status 503' odd http-503
ok "unknown mustUnderstand header" says 'urn:odd' odd must-understand
undeclared() {
	fake set cam misbehave=undeclared-prefix >/dev/null
	post "$cam" "$clock" >"$work/said"
	grep -q '<tt:' "$work/said" && ! grep -q 'xmlns:tt' "$work/said"
}
ok "undeclared prefix" undeclared
size() { odd "$1" | wc -c; }
ok "huge" test "$(size huge)" -gt 32000000
ok "stall" says 'curl 28' odd stall
fake set cam misbehave=torn only=GetDeviceInformation >/dev/null
ok "in one operation only" says 'status 200' post "$cam" "$clock"
fake set cam misbehave=none closed=1 >/dev/null
ok "closed" says 'curl 7' odd none
fake set cam closed=0 >/dev/null
port=$(counter port)

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
	-addext subjectAltName=IP:127.0.0.1 -keyout "$work/key" -out "$work/cert" 2>/dev/null
fake set cam tls_cert="$work/cert" tls_key="$work/key" >/dev/null
ok "HTTPS" says 'Example Inc' curl -s --max-time 3 --cacert "$work/cert" --data-binary "$info" "https://127.0.0.1:$port/onvif/device_service"
ok "a wrong setting changes nothing" says 'cam' eval 'fake set cam auth=bogus 2>&1'
ok "it ends when told" fake quit
wait "${peers[0]}"
ok "with status 0" test $? -eq 0
peers=()
echo "1..$cases"
exit "$failed"
