#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Evidence packs: all tables, sums that hold, a chain that shows a later edit even of the manifest,
# and what changed between two of them. No secret is in any of it.
# shellcheck source=tests/scenario/agent-lib.sh
. "$(dirname "$0")/agent-lib.sh"
# shellcheck source=tests/scenario/devices-lib.sh
. tests/scenario/devices-lib.sh

cli() { "$BUILD/keepwatch" -c "$conf" "$@"; }
mkdir -m 700 "$work/secrets"
echo sesame-one >"$work/device.1"
echo sesame-two >"$work/device.2"
{
	echo "cam-1 listen=127.0.0.1:0 auth=digest password_file=$work/device.1"
	echo "cam-2 listen=127.0.0.1:0 auth=digest password_file=$work/device.2"
} >"$work/devices"
devices_start
install -m 600 "$work/device.1" "$work/secrets/one"
install -m 600 "$work/device.2" "$work/secrets/two"
cat >"$work/fleet.csv" <<CSV
name,address,kind,site,owner,credential
cam-1,127.0.0.1,camera,hq,security,one
cam-2,127.0.0.1,camera,depot,security,two
CSV
write_conf() { # MINIMUM
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
policy:
  passwords: { max_age: 90d, shared_max: 1 }
  firmware: [{ kinds: [ camera ], minimum: "$1" }]
devices:
  cam-1: { probes: { onvif: { port: $(port cam-1) } } }
  cam-2: { probes: { onvif: { port: $(port cam-2) } } }
YAML
}
write_conf 99.1
open_of() { sql "SELECT count(*) FROM finding WHERE rule = '$1' AND resolved = 0"; }
has_open() { [ "$(open_of "$1")" -eq "$2" ]; }
has_proofs() { [ "$(sql "SELECT count(*) FROM password_ledger WHERE proof <> ''")" -eq 2 ]; }
recorded() { [ "$(sql "SELECT count(*) FROM event WHERE type = 'audit-pack'")" -eq "$1" ]; }

agent
ok "findings are there" within 30 has_open firmware-old 2
ok "and proofs" within 20 has_proofs
one=$work/one
two=$work/two
ok "a pack is made" cli export audit -o "$one"
ok "the agent has it on record" within 10 recorded 1
ok "its sums hold for others too" eval '(cd "$one" && sha256sum --quiet --strict -c MANIFEST)'
for name in inventory firmware passwords credentials-age findings acceptances coverage downtime topology; do
	ok "$name is in it, as CSV and JSON" test -s "$one/$name.csv" -a -s "$one/$name.json"
done
ok "findings have remedy and reference" eval 'grep -q "A.8.8" "$one/findings.csv" && grep -qi "upgrade" "$one/findings.csv"'
ok "the policy in force is in it" grep -q '99\.1' "$one/policy.txt"
ok "the summary has a score" grep -q 'score [0-9]* of 100' "$one/summary.txt"
ok "coverage says what was checked" grep -q 'passwords' "$one/coverage.csv"
ok "verify agrees" cli verify "$one" --record
valid() { python3 tests/scenario/validate.py "schemas/$1.schema.json" "$2"; }
ok "its chain is as the schema says" valid audit-chain "$one/chain.json"
cli audit --format json >"$work/audit.json"
ok "so is the audit" valid audit "$work/audit.json"
cli finding show 1 --format json >"$work/finding.json"
ok "a finding" valid finding "$work/finding.json"
cli report --format json >"$work/report.json"
ok "and the report" valid report "$work/report.json"
for name in inventory firmware passwords credentials-age findings coverage downtime events; do
	ok "and $name in the pack" valid "$name" "$one/$name.json"
done
ok "a place that is taken is refused" eval '! cli export audit -o "$one"'

# ---- a second audit, after something has changed
write_conf 0.1
kill -HUP "$agent"
ok "the findings are over" within 20 has_open firmware-old 0
ok "a second pack" cli export audit -o "$two"
ok "is on record" within 10 recorded 2
ok "it names the first" eval 'grep -q "$(sha256sum <"$one/MANIFEST" | cut -c1-64)" "$two/chain.json"'
ok "both verify, in any order" cli verify "$two" "$one" --record
cli diff "$one" "$two" --format csv >"$work/diff.csv"
ok "diff has the findings that are over" eval 'grep -q "^findings,.*cam-1.*firmware-old" "$work/diff.csv"'
ok "and nothing about places or versions" eval '! grep -qE "^(firmware|topology|inventory)," "$work/diff.csv"'
cli diff "$one" "$two" --format json >"$work/diff.json"
ok "as JSON by its schema" valid diff "$work/diff.json"
ok "of a pack and itself there is none" test "$(cli diff "$one" "$one" --format csv | wc -l)" -eq 1

# ---- somebody edits the first
cp -r "$one" "$work/edited"
sed -i 's/firmware-old/firmware-fine/' "$work/edited/findings.csv"
says() { # CODE WORDS COMMAND...
	local code=$1 words=$2
	shift 2
	"$@" >"$work/said" 2>&1
	[ $? -eq "$code" ] || { cat "$work/said" && return 1; }
	grep -q "$words" "$work/said" || { cat "$work/said" && return 1; }
}
ok "a changed file shows" says 1 'findings.csv: changed' cli verify "$work/edited"
ok "diff will not have it" eval '! cli diff "$work/edited" "$two"'
(cd "$work/edited" && rm MANIFEST && sha256sum -- * >"$work/sums" && mv "$work/sums" MANIFEST)
ok "with its sums made anew it looks whole by itself" cli verify "$work/edited"
ok "but not to the pack after it" says 1 'not the one that it was made after' cli verify "$work/edited" "$two"
ok "nor to the agent" says 1 'not the pack that the agent has on record' cli verify "$work/edited" --record
touch "$work/edited/more.csv"
ok "a file too many shows" says 1 'more.csv: was not in the pack' cli verify "$work/edited"
rm "$work/edited/more.csv" "$work/edited/coverage.csv"
ok "one too few as well" says 1 'coverage.csv: missing' cli verify "$work/edited"
ok "what is no pack is an error" says 3 'MANIFEST' cli verify "$work"

# ---- no agent, and secrets
ok "it ends in order" agent_end TERM
ok "without an agent a pack is made, and said not to be on record" says 0 'not on record\|has it not on record' cli export audit -o "$work/three"
ok "it follows the second" grep -q '"number": *3' "$work/three/chain.json"
ok "no password or proof is in any of it" eval '! grep -rqE "sesame|$(sql "SELECT group_concat(proof, '"'|'"') FROM password_ledger")" "$one" "$two" "$work/three"'
done_testing
