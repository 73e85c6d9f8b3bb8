#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The audit in the running agent: what breaks the policy is found and told once; a rotation is dated
# by proof, a refusal is an event; what a person says is kept over a restart; and no password is
# anywhere but in its file.
# shellcheck source=tests/scenario/agent-lib.sh
. "$(dirname "$0")/agent-lib.sh"
# shellcheck source=tests/scenario/devices-lib.sh
. tests/scenario/devices-lib.sh

cli() { "$BUILD/keepwatch" -c "$conf" "$@"; }
mkdir -m 700 "$work/secrets"
for n in 1 2 3; do echo "sesame-old-$n" >"$work/device.$n"; done
echo sesame-old-2 >"$work/device.3" # one password on two devices
{
	echo "cam-1 listen=127.0.0.1:0 auth=digest password_file=$work/device.1 users=service:Administrator ntp=192.0.2.1"
	echo "cam-2 listen=127.0.0.1:0 auth=wsse password_file=$work/device.2"
	echo "cam-3 listen=127.0.0.1:0 auth=digest password_file=$work/device.3"
} >"$work/devices"
devices_start
install -m 600 "$work/device.1" "$work/secrets/one"
install -m 600 "$work/device.2" "$work/secrets/two"
cat >"$work/fleet.csv" <<CSV
name,address,kind,site,owner,credential
cam-1,127.0.0.1,camera,hq,security,one
cam-2,127.0.0.1,camera,hq,security,two
cam-3,127.0.0.1,camera,depot,security,two
CSV
write_conf() { # EXTRA POLICY
	cat >"$conf" <<YAML
database: $database
fleet: fleet.csv
socket: $socket
poll: { interval: 1s, timeout: 1s, retries: 0 }
sites: [{ name: hq }, { name: depot }]
credentials:
  - { name: one, onvif: { username: monitor, password_file: secrets/one } }
  - { name: two, onvif: { username: monitor, password_file: secrets/two } }
kinds: { camera: { probes: [ onvif ] } }
probes: { onvif: { inventory: 2s } }
policy:
  passwords: { shared_max: 1, refused_after: 0ms }
  accounts: { camera: [ admin ] }
  firmware:
    - { kinds: [ camera ], minimum: "99.1", note: "test of the policy" }
  $1
devices:
YAML
	for n in 1 2 3; do
		echo "  cam-$n: { probes: { onvif: { port: $(port cam-$n) } } }"
	done >>"$conf"
}
write_conf ''

open_of() { # RULE
	sql "SELECT count(*) FROM finding WHERE rule = '$1' AND resolved = 0"
}
has_open() { # RULE COUNT
	sql "SELECT rule, instance, name, resolved, evidence FROM finding WHERE rule = '$1'"
	[ "$(open_of "$1")" -eq "$2" ]
}
ledger() { # COLUMN NAME
	sql "SELECT $1 FROM password_ledger JOIN device ON device.id = password_ledger.device WHERE name = '$2' AND account = 'monitor'"
}
is_proven() { # NAME
	[ -n "$(ledger proof "$1")" ]
}
history() { # EVENT NAME: how often
	sql "SELECT count(*) FROM password_event JOIN device ON device.id = password_event.device WHERE name = '$2' AND event = '$1'"
}
happened() { [ "$(history "$1" "$2")" -ge 1 ]; }

agent
ok "each password is proven" within 30 eval 'is_proven cam-1 && is_proven cam-2 && is_proven cam-3'
ok "devices that have one password have one proof" test "$(ledger proof cam-2)" = "$(ledger proof cam-3)"
ok "others another" test "$(ledger proof cam-1)" != "$(ledger proof cam-2)"
ok "the key is a file for the agent alone" test "$(stat -c '%a %s' "$database.key")" = "600 32"
ok "firmware below the minimum is found on all" within 30 has_open firmware-old 3
ok "the shared password on those that share it" within 10 has_open password-shared 2
ok "the account that should not exist" within 30 has_open account-unexpected 1
ok "its name is said" test "$(sql "SELECT instance FROM finding WHERE rule = 'account-unexpected'")" = service
ok "with the source of the version in the inventory" test "$(sql "SELECT count(*) FROM fact WHERE key = 'source' AND instance = 'firmware' AND value = 'ONVIF GetDeviceInformation'")" -eq 3
ok "keepwatch audit lists them" eval 'cli audit --format csv | grep -q "firmware-old"'
cli audit >"$work/audit.out" 2>&1
ok "with a score" grep -qE '^score [0-9]+ of 100' "$work/audit.out"

# ---- somebody changes a password at the device
printf 'sesame-new-1\n' >"$work/device.1.new"
fake set cam-1 password_file="$work/device.1.new" >/dev/null
ok "a refusal of a good password is an event" within 20 happened refused cam-1
ok "and a finding" within 20 has_open password-refused 1
install -m 600 "$work/device.1.new" "$work/secrets/one"
kill -HUP "$agent"
ok "the credential file follows: the change is dated" within 20 happened changed cam-1
ok "between two moments" test "$(ledger 'changed_after > 0 AND changed_before > changed_after' cam-1)" = 1
ok "the finding is over" within 20 has_open password-refused 0
ok "the event is there" test "$(sql "SELECT count(*) FROM event WHERE type = 'password-changed'")" -ge 1

# ---- what a person says
id=$(sql "SELECT finding.id FROM finding WHERE rule = 'firmware-old' AND name = 'cam-2' AND resolved = 0")
ok "a finding is accepted" cli finding accept "$id" --why "replaced in spring"
is_accepted() { cli finding show "$1" | grep -q '^state *accepted'; }
ok "and counts so" within 10 is_accepted "$id"
ok "without a reason it is not" eval '! cli finding accept "$id"'
ok "nor until a day that is over" eval '! cli finding accept "$id" --why x --until-day 2020-01-01'
ok "a password is attested" cli password mark cam-3 --account monitor --at 2026-01-02T03:04:05Z --why "ticket 7"
ok "on record with who and why" within 10 eval '[ "$(ledger why cam-3)" = "ticket 7" ]'

# ---- a restart in between
before=$(sql "SELECT count(*) FROM finding")
ok "it ends in order" agent_end TERM
agent
ok "it takes up again" within 20 eval 'sql "SELECT count(*) FROM finding WHERE resolved = 0" | grep -qv "^0$"'
sleep_until_evaluated() { tests/lab/status.py "$socket" audit score; }
ok "the audit has its findings" within 20 eval '[ "$(tests/lab/status.py "$socket" audit warning)" -ge 3 ]'
ok "none is opened twice" test "$(sql "SELECT count(*) FROM finding")" -eq "$before"
ok "the acceptance holds" is_accepted "$id"
ok "the proofs are the same" eval 'is_proven cam-1 && [ "$(history first-proven cam-1)" -eq 1 ]'
ok "reopened, it counts again" cli finding reopen "$id" --why "budget is there"
is_open() { cli finding show "$1" | grep -q '^state *open'; }
ok "and is open" within 10 is_open "$id"

# ---- the policy changes
write_conf 'rules: { firmware-old: off }'
kill -HUP "$agent"
ok "a rule that is off has no findings" within 20 has_open firmware-old 0
ok "and says why" test "$(sql "SELECT count(*) FROM finding WHERE rule = 'firmware-old' AND evidence LIKE '%policy%'")" -eq 3
sed -i '/^cam-3/d' "$work/fleet.csv"
sed -i '/cam-3/d' "$conf"
kill -HUP "$agent"
ok "a device that leaves takes its findings with it" within 20 eval '[ "$(sql "SELECT count(*) FROM finding WHERE name = '"'cam-3'"' AND resolved = 0")" -eq 0 ]'
ok "and the others share no more" within 20 has_open password-shared 0

# ---- secrets
ok "it ends in order" agent_end TERM
ok "no password in database, WAL, log or exports" eval '! strings -a "$database" "$database"-wal "$log" "$work/audit.out" 2>/dev/null | grep -q sesame'
done_testing
