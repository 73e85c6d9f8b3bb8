#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the ONVIF probe says of devices that log in, keep time and misbehave in every way that the
# simulated device knows: outcome, reason, and how often it dared to log in.
# shellcheck source=tests/scenario/work-lib.sh
. "$(dirname "$0")/work-lib.sh"
(umask 077 && echo s3cret >"$work/password" && echo wrong >"$work/wrong")
cat >"$work/devices" <<E
cam listen=127.0.0.1:0 vendor="Example Inc" serial=S-1 password_file=$work/password
door listen=127.0.0.1:0 kind=door serial=S-2 password_file=$work/password doors=5 page=2
E
devices_start
port=$(port cam)
door=$(port door)
counter() { fake get cam | sed -n "s/^$1=//p"; }
defaults() {
	fake set cam auth=wsse algorithm=MD5 qop=auth misbehave=none only= clock=utc clock_offset_ms=0 \
		time_window_s=0 auth_status=400 lockout=0 delay_ms=0 xaddr_host= tls_cert= tls_key= >/dev/null
	fake reset cam
} >/dev/null

# probe PORT KIND PASSWORD-FILE OPTIONS...: prints "OUTCOME REASON" and the facts, one a line
probe() {
	local port=$1 kind=$2 password=$3
	shift 3
	timeout 30 "$BUILD/keepwatch" probe 127.0.0.1 --kind "$kind" -p onvif --set "onvif.port=$port" \
		--user monitor --password-file "$password" --timeout 700ms --retries 0 --format json -q "$@" 2>&1 |
		python3 -c '
import json, sys
text = sys.stdin.read()
try:
    run = json.loads(text)["probes"][0]
except ValueError:
    sys.exit(text)
print(run["outcome"], run["reason"] or "-")
print("detail", run["detail"])
for fact in run["facts"]:
    print(fact["fact"], fact["instance"] or "-", fact["value"])'
}
gives() { # "OUTCOME REASON" [OPTIONS...]
	local wanted=$1
	shift
	probe "$port" camera "$work/password" "$@" >"$work/run" 2>&1
	cat "$work/run"
	[ "$(head -n 1 "$work/run")" = "$wanted" ]
}
knows() { grep -qE "$1" "$work/run" || { cat "$work/run" && false; }; }

# ---- ways to log in
while read -r way setting wanted; do
	defaults
	fake set cam "${setting//,/ }" >/dev/null
	ok "login: $way" gives "$wanted"
	if [ "${wanted%% *}" = ok ]; then
		ok "login: $way: the serial number is known" knows '^serial - S-1$'
		ok "login: $way: none was refused" test "$(counter refused)" = 0
	fi
done <<'E'
none auth=none ok -
WSSE auth=wsse ok -
WSSE/401 auth=wsse,auth_status=401 ok -
WSSE/500 auth=wsse,auth_status=500 ok -
WSSE/200 auth=wsse,auth_status=200 ok -
Digest-MD5 auth=digest ok -
Digest-MD5-without-qop auth=digest,qop=none ok -
Digest-SHA-256 auth=digest,algorithm=SHA-256 ok -
Digest-MD5-or-SHA-256 auth=digest,algorithm=both ok -
either auth=either ok -
both auth=both ok -
Basic-not-allowed auth=basic degraded AUTH
E
defaults
fake set cam auth=basic >/dev/null
ok "login: Basic where it is allowed" gives "ok -" --allow-basic
for way in wsse digest both either; do
	defaults
	fake set cam auth=$way lockout=5 >/dev/null
	probe "$port" camera "$work/wrong" >"$work/run" 2>&1
	ok "wrong password, $way: credential refused" grep -q '^degraded AUTH' "$work/run"
	ok "wrong password, $way: two attempts at most" test "$(counter refused)" -le 2
	ok "wrong password, $way: not locked" test "$(counter is_locked)" = 0
done

# ---- clocks
while read -r clock setting least most; do
	defaults
	fake set cam clock="$clock" time_window_s=30 "$setting" >/dev/null
	ok "clock $clock $setting: logs in all the same" gives "ok -"
	offset=$(sed -n 's/^clock_offset_ms - //p' "$work/run")
	if [ "$least" != none ]; then
		ok "clock $clock $setting: offset ${offset:-unknown}" \
			test "${offset:-x}" -ge "$least" -a "${offset:-x}" -le "$most"
	fi
done <<'E'
utc clock_offset_ms=0 -1500 1500
utc clock_offset_ms=600000 598500 601500
utc clock_offset_ms=-86400000 -86401500 -86398500
month0 clock_offset_ms=0 none none
local-as-utc clock_offset_ms=0 none none
none clock_offset_ms=0 none none
E

# ---- what comes back
while read -r odd wanted; do
	defaults
	fake set cam misbehave="$odd" auth=none >/dev/null
	ok "$odd: $wanted" gives "$wanted"
done <<'E'
stall fail TIMEOUT
torn fail RESET
reset fail RESET
trickle fail TIMEOUT
silent-close ok -
length-long fail TIMEOUT
length-short degraded BAD_REPLY
no-length ok -
chunked ok -
huge-header degraded BAD_REPLY
huge degraded BAD_REPLY
garbage degraded BAD_REPLY
html degraded BAD_REPLY
doctype degraded BAD_REPLY
deep degraded BAD_REPLY
attributes degraded BAD_REPLY
huge-attribute degraded BAD_REPLY
undeclared-prefix ok -
must-understand ok -
bad-utf8 ok -
trailing ok -
empty degraded BAD_REPLY
wrong-operation degraded BAD_REPLY
no-reason degraded AUTH
not-authorized-200 degraded AUTH
not-authorized-400 degraded AUTH
not-authorized-500 degraded AUTH
http-401 degraded AUTH
http-404 degraded NOT_SERVED
http-503 degraded HTTP_STATUS
redirect degraded HTTP_STATUS
E
defaults
fake set cam xaddr_host=192.0.2.9:8080 >/dev/null
ok "XAddrs that name another host are not followed" gives "ok -"
ok "and the profiles are known" knows '^profiles - .*mainStream'
defaults
fake set cam closed=1 >/dev/null
ok "nobody listens" gives "fail REFUSED"
fake set cam closed=0 >/dev/null
port=$(counter port)

# ---- HTTPS
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=cam \
	-keyout "$work/key" -out "$work/cert" 2>/dev/null
pin=sha256//$(openssl x509 -in "$work/cert" -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | openssl base64)
fake set cam tls_cert="$work/cert" tls_key="$work/key" >/dev/null
ok "HTTPS, an unknown issuer" gives "degraded TLS_UNTRUSTED" --set onvif.scheme=https
ok "HTTPS, the pinned key" gives "ok -" --set onvif.scheme=https --set onvif.trust=pin --set "onvif.pin=$pin"
ok "HTTPS, another key than the pinned one" gives "degraded TLS_PIN" --set onvif.scheme=https --set onvif.trust=pin \
	--set onvif.pin=sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
ok "HTTPS, the key seen first" gives "ok -" --set onvif.scheme=https --set onvif.trust=tofu
ok "and the key is a fact" knows "^tls_key .*sha256//"

# ---- doors
fake set door door_physical=Open door_tamper=TamperDetected door_mode=LockedOpen >/dev/null
probe "$door" door "$work/password" >"$work/run" 2>&1
ok "doors: all five, over three pages" test "$(grep -c '^door door' "$work/run")" -eq 5
ok "doors: the states of the first" knows '^door door1 .*Open.*'
ok "doors: tamper is told" knows '^door door1 .*[Tt]amper'
ok "doors: all access points" test "$(grep -c '^access_point ' "$work/run")" -eq 5

echo "1..$cases"
exit "$failed"
