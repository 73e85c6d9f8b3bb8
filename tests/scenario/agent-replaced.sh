#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Another camera under the same address: its serial number tells, also where no switch can be asked.
# shellcheck source=tests/scenario/agent-lib.sh
. "$(dirname "$0")/agent-lib.sh"

(umask 077 && echo secret-of-cams >"$work/secret")
fake=$BUILD/tests/fake/fake_onvif
echo "cam listen=127.0.0.1:0 serial=B8A44F000001 mac=b8:a4:4f:00:00:01 password_file=$work/secret" >"$work/devices"
"$fake" -k "$work/k" "$work/devices" >"$work/fake.out" 2>"$work/fake.err" &
peers+=($!)
within 10 grep -qx ready "$work/fake.out" || exit 1
cat >"$conf" <<YAML
database: $database
fleet: fleet.csv
socket: $socket
poll: { interval: 1s, timeout: 500ms, retries: 1 }
credentials:
  - { name: cams, onvif: { username: monitor, password_file: $work/secret } }
probes:
  onvif: { port: $(sed -n 's/^cam //p' "$work/fake.out"), inventory: 1s }
kinds:
  camera: { probes: [onvif] }
YAML
printf '%s\n' name,address,kind,credential cam,127.0.0.1,camera,cams >"$work/fleet.csv"
fact() { sql "SELECT value FROM fact JOIN device ON device.id = fact.device WHERE key = '$1'"; }
has_serial() { [ "$(fact serial)" = "$1" ]; }
told() { [ "$(sql "SELECT count(*) FROM event WHERE type = 'replaced'")" -eq "$1" ]; }
runs() { tests/lab/status.py "$socket" runs; }
ran() { [ "$(runs)" -ge "$1" ]; }

agent
ok "its serial number is known" within 20 has_serial B8A44F000001
"$fake" -k "$work/k" -- set cam serial=B8A44F000002 >/dev/null
ok "another one is told as another device" within 20 told 1
ok "with both numbers" test "$(sql "SELECT from_value LIKE '%B8A44F000001%' AND to_value LIKE '%B8A44F000002%'
	FROM event WHERE type = 'replaced'")" = 1
ok "the agent ends" agent_end TERM
"$fake" -k "$work/k" -- set cam serial=B8A44F000003 >/dev/null
agent
ok "one that came while nobody looked is told too" within 20 told 2
within 20 ran 5
ok "and once" told 2
ok "the agent ends again" agent_end TERM
agent
within 20 ran 5
ok "a restart tells nothing again" told 2
ok "and ends" agent_end TERM
done_testing
