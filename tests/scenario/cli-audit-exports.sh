#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What an auditor is given: firmware and its changes, passwords and their age, findings with who lives
# with them, what could be checked, when nobody watched. Valid, without formulas, without a proof.
# shellcheck source-path=SCRIPTDIR source=cli-fixture.sh
. "$(dirname "$0")/cli-fixture.sh"
# shellcheck source-path=SCRIPTDIR source=cli-audit-fixture.sh
. "$(dirname "$0")/cli-audit-fixture.sh"

names='firmware firmware-history passwords passwords-history credentials-age findings acceptances coverage
	downtime inventory'
ok "the fixture is filled" fill_audit
mkdir "$dir/out"
for name in $names; do
	for format in csv json; do
		ok "export $name as $format" run export "$name" -o "$dir/out/$name.$format"
	done
	ok "$name.json satisfies its schema" validate "$name" "$dir/out/$name.json"
	ok "$name.json.meta.json satisfies its schema" validate export-meta "$dir/out/$name.json.meta.json"
done
for name in firmware firmware-history passwords passwords-history credentials-age acceptances; do
	ok "$name: golden" golden "export-$name" sh -c 'tr -d "\r" <"$0"' "$dir/out/$name.csv"
done

# value TABLE COLUMN=VALUE... -- COLUMN: of the one row that has all the values
value() {
	python3 - "$dir/out" "$@" <<-'END'
		import json, sys
		split = sys.argv.index("--")
		name = sys.argv[2]
		want = [pair.split("=", 1) for pair in sys.argv[3:split]]
		with open("%s/%s.json" % (sys.argv[1], name), encoding="utf-8") as file:
		    rows = json.load(file)[name]
		found = [row for row in rows if all(str(row[key]) == value for key, value in want)]
		if len(found) != 1:
		    sys.exit("%d rows" % len(found))
		print(json.dumps(found[0][sys.argv[split + 1]], ensure_ascii=False).strip('"'))
	END
}
is() { # VALUE TABLE COLUMN=VALUE... -- COLUMN
	want=$1
	shift
	got=$(value "$@" 2>&1)
	[ "$got" = "$want" ] || {
		echo "$got, expected $want"
		return 1
	}
}

ok "a newer version is an upgrade" is upgrade firmware device=cam-2 -- change
ok "what it was before" is 9.80.1 firmware device=cam-2 -- previous_firmware
ok "who told it" is "ONVIF GetDeviceInformation" firmware device=cam-2 -- firmware_source
ok "who told it: the probe, if nothing else is known" is onvif firmware device=cam-10 -- firmware_source
ok "the source is in the inventory, too" is "ONVIF GetDeviceInformation" inventory name=cam-2 -- firmware_source
ok "the better word counts in the inventory" is 10.12.2 inventory name=cam-10 -- firmware
ok "another serial number is another unit" is replaced firmware device=cam-10 -- change
ok "which one it was" is ACCC8E000010 firmware device=cam-10 -- previous_serial
ok "an older version is a downgrade" is downgrade firmware device=hq-core -- change
ok "a device that told nothing is unknown" is null firmware device=cam-new -- firmware
ok "history: going back before the unit was replaced" is downgrade firmware-history device=cam-10 firmware_to=9.80.1 -- change
ok "history since" says_not '9d|cam-lobby' run export firmware-history --since 5d -f csv -o -

ok "two devices with one password are a group" is 2 passwords device=cam-2 -- shared_devices
ok "of the same number" sh -c '[ "$0" = "$1" ] && [ "$0" -gt 0 ]' \
	"$(value passwords device=cam-2 -- shared_group)" "$(value passwords device=cam-10 -- shared_group)"
ok "one of its own is no group" is null passwords device=hq-core -- shared_group
ok "also if only one of them is asked for" says ',2,' run export passwords --kind camera -f csv -o -
ok "refused since" is refused passwords device=cam-lobby -- status
ok "a default password" is default passwords device=door-1 -- status
ok "attested by" is chief passwords device=cam-lobby -- who
ok "old for certain" is overdue credentials-age device=cam-2 -- status
ok "how old" is 200 credentials-age device=cam-2 -- age_least_days
ok "nobody knows how old at most" is null credentials-age device=cam-2 -- age_most_days
ok "young for certain" is ok credentials-age device=cam-10 -- status
ok "at most" is 25 credentials-age device=cam-10 -- age_most_days
ok "no policy for switches" is no-limit credentials-age device=hq-core -- status
ok "never proven" is unproven credentials-age device=door-1 -- status

ok "accepted" is accepted findings device=cam-2 instance=23 -- state
ok "by whom" is auditor findings device=cam-2 instance=23 -- accepted_by
ok "open again when its day is over" is open findings device=cam-2 instance=21 -- state
ok "open again when withdrawn" is open findings device=cam-2 rule=password-shared -- state
ok "resolved" is resolved findings rule=firmware-old -- state
ok "what to do" sh -c '[ -n "$0" ] && [ "$0" != null ]' "$(value findings rule=firmware-old -- remedy)"
ok "which requirement" is A.8.8 findings rule=firmware-old -- iso27001
ok "acceptances keep what was withdrawn" is withdrawn acceptances rule=password-shared -- state
ok "and what ran out" is expired acceptances instance=21 -- state

ok "what was checked" is true coverage device=hq-core part=firmware -- is_checked
ok "what a probe could not" is "no rights to list accounts" coverage device=cam-2 part=users -- reason
ok "a refused login" is "onvif: login of =root refused" coverage device=cam-lobby part=passwords -- reason
ok "eleven parts a device" sh -c '[ $(($(grep -c "" <"$0") - 1)) -eq 88 ]' "$dir/out/coverage.csv"

ok "no proof in any of it" sh -c '! grep -rE "[0-9a-f]{32}" "$0" --include="*.csv" --include="*.json" |
	grep -v sha256 | grep .' "$dir/out"
ok "a device alone" lines 2 run export firmware --state degraded -f csv -o -
ok "no such table: 2, and which there are" says 'firmware-history.*credentials-age' run export firmwares -o x.csv
ok "without a configuration there is no limit" says '"limit_days": null' \
	"$keepwatch" export credentials-age --database "$dir/keepwatch.db" -f json -o -
done_testing
