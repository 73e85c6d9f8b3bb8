#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A rotation beside a running agent: it is told, takes the new password, stays logged in, and writes
# into its ledger when it was changed.
# shellcheck source-path=SCRIPTDIR source=agent-lib.sh
. "$(dirname "$0")/agent-lib.sh"
# shellcheck source=tests/scenario/devices-lib.sh
. tests/scenario/devices-lib.sh
# shellcheck disable=SC2154 # from agent-lib.sh
mkdir -m 700 "$work/pw"
(umask 077 && echo First-password-1 >"$work/shared")
cat >"$work/devices" <<E
cam listen=127.0.0.1:0 auth=digest vendor="Example Inc" serial=S-1 lockout=5 password_file=$work/shared
E
devices_start
cat >"$conf" <<E
database: kw.db
socket: control.sock
fleet: fleet.csv
poll: { interval: 1s, timeout: 900ms }
credentials:
  - { name: cams, onvif: { username: monitor, password_file: shared, password_dir: pw } }
devices:
  cam: { probes: { onvif: { port: $(port cam), inventory: 1s } } }
E
printf 'name,kind,address,credential\ncam,camera,127.0.0.1,cams\n' >"$work/fleet.csv"
ok "the agent starts" agent
ok "the camera is up, with the shared password" within 20 is cam up
logins() { [ "$(counter cam ok)" -gt "$1" ]; }
ok "it logs in" within 20 logins 3
ok "a new password is set" "$BUILD/keepwatch" -c "$conf" password rotate cam --apply --settle 3s
ok "the camera has it" test "$(secret_of cam password)" = "$(cat "$work/pw/cam")"
ok "the agent reads its configuration anew" within 20 logged 'configuration taken'
before=$(counter cam ok)
ok "it logs in with the new one" within 20 logins $((before + 3))
ok "the camera is up" within 20 is cam up
ok "few logins were refused: one proves, one may be the agent's" test "$(counter cam refused)" -le 2
ok "and no password is in the log" eval '! grep -q -e First-password-1 -e "$(cat "$work/pw/cam")" "$log"'
told() { "$BUILD/keepwatch" -c "$conf" password status -f csv --columns all | grep '^cam,' | grep rotated; }
ok "the ledger knows that keepwatch set it" within 20 told
ok "SIGTERM ends it" agent_end TERM
done_testing
