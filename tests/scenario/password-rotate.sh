#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# keepwatch password rotate against simulated devices that do what odd ones do: what is said, what is
# on disk, what the device has, how often it refused a login, what the agent is told.
# shellcheck disable=SC2034 # what ok evaluates uses them
# shellcheck source=tests/scenario/password-lib.sh
. "$(dirname "$0")/password-lib.sh"
mkdir pw
echo First-password-1 >shared
echo Wrong-password-1 >wrong

onvif='a b c d e f g'
for name in $onvif; do echo "$name listen=127.0.0.1:0 auth=wsse lockout=5 password_file=$work/shared"; done >devices
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -days 2 \
	-subj /CN=camera >/dev/null 2>&1
pin=sha256//$(openssl x509 -in cert.pem -noout -pubkey | openssl pkey -pubin -outform der 2>/dev/null | openssl dgst -sha256 -binary | base64)
cat >>devices <<E
r listen=127.0.0.1:0 auth=wsse lockout=5 password_file=$work/shared
tls listen=127.0.0.1:0 auth=digest tls_cert=$work/cert.pem tls_key=$work/key.pem password_file=$work/shared
x listen=127.0.0.1:0 auth=wsse api=axis password_file=$work/shared
h listen=127.0.0.1:0 auth=wsse api=hikvision password_file=$work/shared
two listen=127.0.0.1:0 auth=wsse api=axis password_file=$work/shared
E
devices_start
control_start

login='username: monitor, password_file: shared, password_dir: pw'
{
	cat <<E
database: kw.db
socket: control.sock
fleet: fleet.csv
sites: [ { name: hq }, { name: yard } ]
credentials:
  - { name: cams, onvif: { $login } }
  - { name: webs, http: { $login } }
  - { name: twos, onvif: { $login }, http: { $login } }
  - { name: plain, onvif: { username: monitor, password_file: shared } }
  - { name: wrong, onvif: { username: monitor, password_file: wrong, password_dir: pw2 } }
devices:
E
	for name in $onvif; do echo "  $name: { probes: { onvif: { port: $(port "$name") } } }"; done
	echo "  refused: { probes: { onvif: { port: $(port r) } } }"
	echo "  tls-seen: { probes: { onvif: { port: $(port tls), scheme: https, trust: tofu } } }"
	echo "  tls-pinned: { probes: { onvif: { port: $(port tls), scheme: https, trust: pin, pin: '$pin' } } }"
	for name in channel-1 channel-2; do echo "  $name: { probes: { onvif: { port: 2 } } }"; done
	for name in x h; do echo "  $name: { probes: { http: { port: $(port $name) } } }"; done
	echo "  two: { probes: { onvif: { port: $(port two) }, http: { port: $(port two), path: '/axis-cgi/pwdgrp.cgi?action=get' } } }"
	echo "  gone: { probes: { onvif: { port: 1 } } }"
} >keepwatch.yaml
mkdir pw2
{
	echo name,kind,address,site,credential
	for name in $onvif; do echo "$name,camera,127.0.0.1,hq,cams"; done
	echo "x,camera,127.0.0.1,yard,webs"
	echo "h,nvr,127.0.0.1,yard,webs"
	echo "two,camera,127.0.0.1,yard,twos"
	echo "alone,camera,127.0.0.1,yard,plain"
	echo "refused,camera,127.0.0.1,,wrong"
	echo "tls-seen,camera,127.0.0.2,,cams"
	echo "tls-pinned,camera,127.0.0.1,,cams"
	echo "channel-1,nvr,127.0.0.1,,cams"
	echo "channel-2,nvr,127.0.0.1,,cams"
	echo "gone,camera,127.0.0.1,,cams"
	echo "nothing,switch,127.0.0.1,,"
} >fleet.csv

rotate() { # ARGUMENTS...; what is said in `said`, the code in `code`
	"$BUILD/keepwatch" -c keepwatch.yaml password rotate --settle 1500ms --timeout 3s "$@" >out 2>err2
	code=$?
	cat out err2 >said
	cat out err2 >>everything
}
result() { awk -F, -v d="$1" '$1 == d { print $5 }' <out; }
# is DEVICE RESULT: the row of a CSV output
is() { [ "$(result "$1")" = "$2" ] || { cat said; return 1; }; }
has() { [ "$(secret_of "$1" password)" = "$2" ]; }
settled() { [ -z "$(find pw/.rotate -mindepth 1 ! -name .lock 2>/dev/null)" ] || { ls -la pw/.rotate; return 1; }; }

# ---- a trial
rotate '*' --max-devices 100 -f csv
ok "a trial says which could be rotated" eval 'is a ready && is x ready && is h ready && is two ready'
ok "by which interface" eval 'grep -q "^a,.*,onvif,ready" out && grep -q "^x,.*,axis,ready" out && grep -q "^h,.*,hikvision,ready" out'
ok "and which could not: a shared password" eval 'is alone skipped && grep "^alone" out | grep -q "shared by .* devices"'
ok "a refused login" eval 'is refused unchanged && grep "^refused" out | grep -q "is refused"'
ok "another device with its address and account" eval 'is channel-1 skipped && grep "^channel-1" out | grep -q "channel-2 has the same address"'
ok "a TLS key that nobody has seen" eval 'is tls-seen skipped && grep "^tls-seen" out | grep -q "trust is tofu"'
ok "no answer" eval 'is gone unchanged && grep "^gone" out | grep -q "does not answer"'
ok "no login" is nothing skipped
ok "that is bad news" test "$code" -eq 1
ok "nothing was written" test -z "$(find pw pw2 -type f)"
ok "and nothing set" has a First-password-1
ok "one login was refused, once" test "$(counter r refused)" -eq 1
fake reset r >/dev/null

# ---- refusals of our own
rotate --apply
ok "devices must be named" test "$code" -eq 2
rotate '*' --apply --max-devices 3
ok "no more than --max-devices" eval '[ $code -eq 2 ] && grep -q "more than --max-devices 3" said && has a First-password-1'
rotate nobody --apply
ok "a device that is not there" test "$code" -eq 4
chmod 644 shared
rotate a --apply --password-file shared
ok "a password file that all can read" eval '[ $code -eq 3 ] && has a First-password-1'
chmod 600 shared
rotate a --apply --password-file shared
ok "the present password is no new one" eval '[ $code -eq 1 ] && grep -q "is the present one" said'
mkdir -p pw/.rotate
: >pw/.rotate/.lock
flock pw/.rotate/.lock -c 'echo held >held; while [ -e held ]; do sleep 0.05; done' &
peers+=($!)
for _ in $(seq 100); do
	[ -e held ] && break
	sleep 0.05
done
rotate a --apply
ok "two rotations exclude each other" eval '[ $code -eq 3 ] && grep -q "another rotation" said && has a First-password-1'
rm held
for _ in $(seq 100); do
	flock -n pw/.rotate/.lock true && break
	sleep 0.05
done

# ---- a rotation
rotate a --apply -f csv
ok "a password is rotated" eval '[ $code -eq 0 ] && is a rotated'
ok "it is in its file" has a "$(cat pw/a)"
ok "which nobody else reads" test "$(stat -c %a pw/a)" = 600
ok "it has twenty characters" test "$(wc -c <pw/a)" -eq 21
ok "one login was refused" test "$(counter a refused)" -eq 1
ok "no journal is left" settled
ok "the agent reads its files, then is told" eval '
	sed -n 2p told | grep -qP "^password\tdo=rotated\tdevice=a\tuse=onvif\taccount=monitor(\t|$)" &&
	[ "$(sed -n 1p told)" = reload ]'
ok "and the file says so" grep -q '^a,.*true' out
first=$(cat pw/a)
echo Given-by-hand-99 >given
rotate a --apply --password-file given -f csv
ok "a given one" eval 'is a rotated && has a Given-by-hand-99'
printf '#!/bin/sh\necho "From-$1-$KEEPWATCH_DEVICE-77"\n' >maker
chmod 700 maker
rotate a --apply --password-command "$work/maker %d" -f csv
ok "one from a command" eval 'is a rotated && has a From-a-a-77'
printf '#!/bin/sh\nexit 1\n' >maker
rotate a --apply --password-command "$work/maker" -f csv
ok "a command that fails changes nothing" eval 'is a unchanged && has a From-a-a-77 && settled'
rotate x h --apply --length 24 --parallel 2 -f csv
ok "by Axis's interface" eval 'is x rotated && has x "$(cat pw/x)" && [ "$(wc -c <pw/x)" -eq 25 ]'
ok "by Hikvision's, which takes sixteen characters" eval 'is h rotated && has h "$(cat pw/h)" && [ "$(wc -c <pw/h)" -eq 17 ]'
rotate two --apply -f csv
ok "one password for two interfaces" eval 'is two rotated && has two "$(cat pw/two)" && [ "$(counter two refused)" -le 2 ]'

# ---- devices that are odd
for way in drop late late-drop reboot; do
	fake set b set_user=$way set_user_ms=500 >/dev/null
	fake reset b >/dev/null
	rotate b --apply -f csv
	ok "$way: it is rotated" eval 'is b rotated && has b "$(cat pw/b)" && settled'
	ok "$way: one login was refused" test "$(counter b refused)" -eq 1
done
before=$(cat pw/b)
fake set b set_user=weak >/dev/null
fake reset b >/dev/null
rotate b c d --apply -f csv
ok "weak: the device's words are told" eval 'is b unchanged && grep -q "must hold a word of the vendor" out'
ok "weak: nothing has changed" eval 'has b "$before" && [ "$(cat pw/b)" = "$before" ] && settled && [ "$(counter b refused)" -eq 0 ]'
ok "the others are not begun" eval 'is c skipped && is d skipped && has c First-password-1'
for way in full fixed; do
	fake set b set_user=$way >/dev/null
	rotate b --apply -f csv
	ok "$way: nothing has changed" eval 'is b unchanged && has b "$before" && settled'
done
fake set b auth=none >/dev/null
rotate b --apply -f csv
ok "open: nothing could be proven" eval 'is b unchanged && grep -q "without a login" out && settled'
fake set b auth=wsse set_user=ok >/dev/null
fake set two set_user=onvif-only >/dev/null
fake reset two >/dev/null
both=$(cat pw/two)
rotate two --apply -f csv
ok "one interface only: it is put back" eval 'is two unchanged && has two "$both" && [ "$(secret_of two http_password)" = "$both" ] && settled'
ok "one interface only: at most two logins were refused" test "$(counter two refused)" -le 2
rotate refused --apply -f csv
ok "a wrong present password: one login, nothing sent" eval 'is refused unchanged && [ "$(counter r refused)" -eq 1 ] && has r First-password-1'
fake set r lockout=1 >/dev/null
fake reset r >/dev/null
rotate refused --apply -q >/dev/null
rotate refused --apply -f csv
ok "a locked account is left alone" eval 'is refused unchanged && grep -q locked out && settled'
rotate tls-pinned --apply -f csv
ok "over TLS with a key that is pinned" eval 'is tls-pinned rotated && has tls "$(cat pw/tls-pinned)"'

# ---- what is left, and is brought to an end
fake set c set_user=ignore >/dev/null
rotate c --apply -f csv
ok "ignore: both are kept" eval 'is c in-doubt && [ "$(cat pw/.rotate/c.old)" = First-password-1 ] && [ -s pw/.rotate/c.new ]'
candidate=$(cat pw/.rotate/c.new)
rotate --status -f csv
ok "--status lists it" eval '[ $code -eq 1 ] && is c in-doubt'
rotate c --apply -f csv
ok "no other candidate comes meanwhile" eval '[ $code -eq 1 ] && grep -q -- --resume out && [ "$(cat pw/.rotate/c.new)" = "$candidate" ]'
fake set c set_user=ok >/dev/null
rotate --resume -f csv
ok "--resume sends the same one" eval 'is c rotated && has c "$candidate" && settled'
fake set c set_user=lost >/dev/null
rotate c --apply -f csv
ok "lost: both are kept" is c in-doubt
fake set c misbehave=http-503 >/dev/null
rotate --resume -f csv
ok "one that is gone meanwhile is kept" eval 'is c in-doubt && [ -s pw/.rotate/c.new ]'
echo Third-password-3 >third
fake set c misbehave=none "password_file=$work/third" >/dev/null
fake reset c >/dev/null
rotate --resume -f csv
ok "neither is accepted: two logins" eval 'is c in-doubt && grep -q neither out && [ "$(counter c refused)" -eq 2 ]'
rotate --resume -f csv
ok "and no more, however often" eval 'is c in-doubt && [ "$(counter c refused)" -eq 2 ]'
(cd pw/.rotate && cat c.old) >fourth
fake set c set_user=ok "password_file=$work/fourth" >/dev/null
rotate --resume --again -f csv
ok "unless --again is given" eval 'is c rotated && settled'
rotate --status -f csv
ok "then nothing is left" test "$code" -eq 0
rotate --resume
ok "and nothing is to be resumed" test "$code" -eq 0

# ---- many, and other formats
fake set d set_user=reboot set_user_ms=300 >/dev/null
fake set e set_user=late set_user_ms=300 >/dev/null
rotate --site hq --apply --parallel 4 -f json
ok "a site, four at a time" eval '[ $code -eq 0 ] && [ "$(grep -c rotated out)" -ge 7 ]'
for name in $onvif; do
	ok "$name has what its file has" has "$name" "$(cat "pw/$name")"
done
ok "JSON as its schema says" python3 "$top/tests/scenario/validate.py" "$top/schemas/rotations.schema.json" out
(unset who; rm control.sock) 2>/dev/null
rotate f --apply
ok "without an agent, and in a table" eval '[ $code -eq 0 ] && grep -q rotated out'
ok "no password was ever said" eval '! grep -rqF -e First-password-1 -e "$first" -e Given-by-hand -e "$candidate" -e "$(cat pw/d)" everything told'
done_testing
