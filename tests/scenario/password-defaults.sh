#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# keepwatch password defaults: how few logins it tries, on whom it does not, and that it never says a
# password.
# shellcheck disable=SC2034 # what ok evaluates uses them
# shellcheck source=tests/scenario/password-lib.sh
. "$(dirname "$0")/password-lib.sh"
echo pass >pass.txt
echo admin >admin.txt
echo Strong-password-1 >strong
cat >devices <<E
old listen=127.0.0.1:0 auth=wsse api=axis user=root password_file=$work/pass.txt
hik listen=127.0.0.1:0 auth=wsse api=hikvision user=admin password_file=$work/strong
dahua listen=127.0.0.1:0 auth=digest user=admin password_file=$work/strong
onvif listen=127.0.0.1:0 auth=wsse user=admin password_file=$work/admin.txt
open listen=127.0.0.1:0 auth=none
held listen=127.0.0.1:0 auth=wsse api=axis user=root password_file=$work/pass.txt
lock listen=127.0.0.1:0 auth=wsse api=hikvision user=admin password_file=$work/strong lockout=1
E
devices_start
control_start
names='old hik dahua onvif open held lock'
{
	cat <<E
database: kw.db
socket: control.sock
fleet: fleet.csv
credentials:
  - { name: mine, onvif: { username: monitor, password_file: strong } }
  - { name: same, onvif: { username: root, password_file: pass.txt } }
devices:
E
	for name in $names; do echo "  $name: { probes: { onvif: { port: $(port "$name") }, http: { port: $(port "$name") } } }"; done
} >keepwatch.yaml
{
	echo name,kind,address,credential
	for name in $names nobody same; do echo "$name,camera,127.0.0.1,$([ "$name" = same ] && echo same || echo mine)"; done
} >fleet.csv
fact() { printf 'fact\t%s\tonvif\tvendor\t\t1h\t%s\n' "$1" "$2"; }
{
	fact old Axis
	fact hik Hikvision
	fact dahua Dahua
	fact onvif Pelco
	fact open Axis
	fact held AXIS
	fact lock Hikvision
	fact same Axis
	printf 'probe\theld\tonvif\tdegraded\tAUTH_HELD\t1h\t-\t-\t-\n'
	printf 'heartbeat\t0\ncommit\n'
} >script
ok "the store is filled" "$BUILD/tests/scenario/fill_store" keepwatch.yaml <script

audit() { # ARGUMENTS...
	"$BUILD/keepwatch" -c keepwatch.yaml password defaults "$@" >out 2>err2
	code=$?
	cat out err2 >said
	cat out err2 >>everything
}
is() { [ "$(awk -F, -v d="$1" '$1 == d { print $4 }' out)" = "$2" ] || { cat said; return 1; }; }

audit --apply --max-devices 9
ok "devices must be named" test "$code" -eq 2
audit '*' --apply
ok "and how many of them" eval '[ $code -eq 2 ] && grep -q -- "--max-devices COUNT is missing" said'
audit '*' --apply --max-devices 8
ok "more of them are refused" eval '[ $code -eq 2 ] && grep -q "9 devices are chosen" said'
audit '*' --max-devices 9 -f csv
ok "a trial says whom it would ask" eval 'is old ready && is hik ready && is nobody skipped && is held skipped'
ok "and asks nobody" eval '[ "$(counter old requests)" -eq 0 ] && [ ! -e default-passwords ]'

audit '*' --apply --max-devices 9 -f csv
ok "one by Axis's interface" eval 'is old found && grep -q "^old,.*,found,root," out'
ok "one by ONVIF" eval 'is onvif found && grep -q "^onvif,.*,found,admin," out'
ok "one that is configured" eval 'is same found && grep -q "configured" out'
ok "that is bad news" test "$code" -eq 1
ok "one that has another" eval 'is hik none && [ "$(counter hik refused)" -eq 1 ]'
ok "two logins at most" eval 'is dahua none && [ "$(counter dahua refused)" -eq 2 ]'
ok "one that asks for no login is not said to have a default" eval 'is open unknown && grep "^open" out | grep -q "without a login"'
ok "none where the agent's login is held back" eval 'is held skipped && [ "$(counter held logins)" -eq 0 ]'
ok "the agent is told" eval 'grep -qP "^password\tdo=default\tdevice=old\tuse=http\taccount=root\tfound=yes" told && grep -qP "device=dahua\tuse=onvif\taccount=admin\tfound=no" told && grep -qP "device=dahua\tuse=onvif\taccount=888888\tfound=no" told'
ok "JSON as its schema says" eval '"$BUILD/keepwatch" -c keepwatch.yaml password defaults dahua --max-devices 1 -f json >json; python3 "$top/tests/scenario/validate.py" "$top/schemas/default-passwords.schema.json" json'

audit dahua hik lock --apply --max-devices 3 -f csv
ok "no more on the same day" eval 'is dahua skipped && [ "$(counter dahua refused)" -eq 2 ]'
ok "nor the same once more" eval 'is hik skipped && is lock skipped && [ "$(counter hik logins)" -eq 1 ] && [ "$(counter lock logins)" -eq 1 ]'
sed -i "s/^[0-9]* [0-9]*/1000 1000/" default-passwords/lock
audit lock --apply --max-devices 1 -f csv
ok "a locked account is left alone" eval 'is lock unknown && [ "$(counter lock logins)" -eq 2 ]'
echo nonsense >default-passwords/lock
audit lock --apply --max-devices 1 -f csv
ok "when it was tried cannot be read: then it is not" eval 'is lock skipped && [ "$(counter lock logins)" -eq 2 ]'
ok "no password was ever said" eval '! grep -qE "[^a-z-]pass[^a-z]|12345|888888|Strong" everything && ! grep -q Strong told'
done_testing
