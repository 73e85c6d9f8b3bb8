#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Accounts of the simulated devices, by ONVIF and by vendors' interfaces: asked by curl, not by our
# own client. What setting a password does in each of the ways that tests rely on.
# shellcheck disable=SC2034 # what ok evaluates uses them
# shellcheck source=tests/scenario/work-lib.sh
. "$(dirname "$0")/work-lib.sh"

echo first >"$work/password"
cat >"$work/devices" <<E
cam listen=127.0.0.1:0 auth=digest password_file=$work/password users=guest:User,svc:Operator ntp=192.0.2.1,pool.example
axis listen=127.0.0.1:0 auth=wsse api=axis password_file=$work/password
hik listen=127.0.0.1:0 auth=wsse api=hikvision password_file=$work/password
E
devices_start
soap() { # PASSWORD OPERATION [CONTENT]
	curl -s --max-time 5 --digest -u "monitor:$1" -w '\nstatus %{http_code}\n' -H 'Content-Type: application/soap+xml' \
		--data-binary "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body><$2 xmlns=\"http://www.onvif.org/ver10/device/wsdl\">${3:-}</$2></s:Body></s:Envelope>" \
		"http://127.0.0.1:$(port cam)/onvif/device_service"
}
set_user() { # CURRENT NEW [NAME]
	soap "$1" SetUser "<User><Username xmlns=\"http://www.onvif.org/ver10/schema\">${3:-monitor}</Username><Password xmlns=\"http://www.onvif.org/ver10/schema\">$2</Password><UserLevel xmlns=\"http://www.onvif.org/ver10/schema\">Administrator</UserLevel></User>"
}
back() { # the first password again
	fake set cam password_file= && fake set cam "password_file=$work/password" "set_user=${1:-ok}" set_user_ms=300
} >/dev/null
holds() { [ "$(secret_of cam password)" = "$1" ]; }

soap first GetUsers >"$work/users"
ok "GetUsers tells all accounts with their levels" eval 'grep -q "Username>monitor<" "$work/users" && grep -q "UserLevel>Operator<" "$work/users"'
ok "and no password" eval '! grep -q first "$work/users"'
ok "GetDiscoveryMode" eval 'soap first GetDiscoveryMode | grep -q ">Discoverable<"'
soap first GetNTP >"$work/ntp"
ok "GetNTP tells addresses and names" eval 'grep -q "IPv4Address>192.0.2.1<" "$work/ntp" && grep -q "DNSname>pool.example<" "$work/ntp"'

ok "SetUser answers" eval 'set_user first second | grep -q SetUserResponse'
ok "the new password counts" eval 'soap second GetUsers | grep -q "status 200"'
ok "and the old one does not" eval 'soap first GetUsers | grep -q "status 401"'
back weak
ok "a weak password is refused by its rules" eval 'set_user first second | grep -q PasswordTooWeak'
ok "and nothing has changed" holds first
back ok
ok "another account is unknown" eval 'set_user first second nobody | grep -q UsernameMissing'
back drop
ok "it drops the connection" eval '! set_user first second | grep -q SetUserResponse'
ok "and has set the password" holds second
back lost
ok "it loses the request" eval '! set_user first second | grep -q SetUserResponse'
ok "and has set nothing" holds first
back ignore
ok "it says that it did, and did not" eval 'set_user first second | grep -q SetUserResponse && holds first'
back late
ok "it says that it did, and does so later" eval 'set_user first second | grep -q SetUserResponse && holds first && [ "$(secret_of cam pending)" = second ]'
for _ in $(seq 100); do
	holds second && break
	sleep 0.05
done
ok "later is then" holds second
back reboot
ok "it restarts" eval 'set_user first second | grep -q SetUserResponse && soap second GetUsers | grep -q "status 000"'
for _ in $(seq 100); do
	soap second GetUsers | grep -q "status 200" && break
	sleep 0.05
done
ok "and is back with the new password" eval 'soap second GetUsers | grep -q "status 200"'
back onvif-only
set_user first second >/dev/null
ok "that of HTTP may stay as it was" eval 'holds second && [ "$(secret_of cam http_password)" = first ]'

axis=http://127.0.0.1:$(port axis)/axis-cgi/pwdgrp.cgi
ok "Axis lists its accounts" eval 'curl -s --digest -u monitor:first "$axis?action=get" | grep -q "admin=\"root,monitor\""'
ok "Axis sets a password" eval 'curl -s --digest -u monitor:first "$axis" --data-urlencode action=update --data-urlencode user=monitor --data-urlencode "pwd=a b&c" | grep -q "Modified account monitor"'
ok "that which was given" eval '[ "$(secret_of axis password)" = "a b&c" ]'
ok "and asks for a login" eval '[ "$(curl -s -o /dev/null -w "%{http_code}" "$axis?action=get")" = 401 ]'
hik=http://127.0.0.1:$(port hik)/ISAPI/Security/users
ok "Hikvision lists its accounts" eval 'curl -s --digest -u monitor:first "$hik" | grep -q "<id>2</id><userName>monitor<"'
user='<User><id>2</id><userName>monitor</userName><password>a&#60;b</password><loginPassword>%s</loginPassword></User>'
ok "Hikvision wants the old password beside the new one" eval 'curl -s --digest -u monitor:first -X PUT "$hik/2" --data-binary "$(printf "$user" wrong)" | grep -q incorrentPassword'
ok "Hikvision sets a password" eval 'curl -s --digest -u monitor:first -X PUT "$hik/2" --data-binary "$(printf "$user" first)" | grep -q "<subStatusCode>ok<"'
ok "that which was given" eval '[ "$(secret_of hik password)" = "a<b" ]'
done_testing
