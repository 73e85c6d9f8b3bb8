#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Whether schemas/firmware-rules.tsv is kept in order: what its parser does not care about. A row that
# does not parse is found by the unit tests.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
table=${TABLE:-$root/schemas/firmware-rules.tsv}
vendors=$root/src/policy/version_vendors.def
work=$(mktemp -d "${TMPDIR:-/tmp}/kw-table.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
# shellcheck disable=SC2034 # tap.sh
case_log=$work/log
# shellcheck source=tests/tap.sh
. "$root/tests/tap.sh"

# Number of the line, then its columns; the header is left out.
awk -F '\t' '!/^#/ && NF > 1 && $1 != "vendor" { print NR "\t" $0 }' "$table" >"$work/rows"

no_lines() { # of stdin: each is a mistake
	! grep .
}
seven_columns() {
	awk -F '\t' 'NF != 8 { print $1 ": " NF - 1 " columns" }' "$work/rows" | no_lines
}
plain_text() {
	LC_ALL=C grep -n '[^	 -~]' "$table" | no_lines
}
vendors_sorted() {
	awk -F '\t' '$2 == last { next } $2 in seen { print $1 ": " $2 " again" } { seen[$2]; last = $2; print $2 >"'"$work/order"'" }' \
		"$work/rows" >"$work/again"
	LC_ALL=C sort -c -f "$work/order" 2>>"$work/again"
	no_lines <"$work/again"
}
# "LANCOM" and "Lancom", "NETGEAR" and "Netgear": as the policy spells them, if it does.
spelled_one_way() {
	{
		sed -n 's/.*VENDOR("[^"]*", "\([^"]*\)").*/\1/p' "$vendors"
		cut -f 2 "$work/rows"
	} | sort -u | awk '{
		key = tolower($0)
		gsub(/[^a-z0-9]/, "", key)
		if (key in seen && key != "")
			print seen[key] " and " $0
		seen[key] = $0
	}' | no_lines
}
rows_differ() {
	cut -f 2- "$work/rows" | sort | uniq -d | no_lines
}
# MIB::object for each identifier, and nothing for none
objects_named() {
	awk -F '\t' '
	$5 == "vendor" { next }
	{
		count = split($6, objects, / \+ /)
		same = split($7, oids, / \+ /)
		if ($7 == "-") {
			if ($6 !~ /^(sysDescr|sysName|sysObjectID)$/)
				print $1 ": " $6 " without an identifier"
			next
		}
		if (count != same)
			print $1 ": " count " objects, " same " identifiers"
		for (i = 1; i <= count; i++)
			if (objects[i] !~ /^[A-Za-z0-9][A-Za-z0-9-]*::[A-Za-z][A-Za-z0-9-]*$/ && objects[i] != oids[i])
				print $1 ": " objects[i] " is no MIB::object"
	}' "$work/rows" | no_lines
}
# The objects that many vendors share
shared_objects() {
	awk -F '\t' '
	BEGIN {
		place["ENTITY-MIB"] = "1.3.6.1.2.1.47."
		place["UPS-MIB"] = "1.3.6.1.2.1.33."
		place["IF-MIB"] = "1.3.6.1.2.1.(2|31)."
		place["RMON2-MIB"] = "1.3.6.1.2.1.16."
	}
	{
		count = split($6, objects, / \+ /)
		split($7, oids, / \+ /)
		for (i = 1; i <= count; i++) {
			mib = objects[i]
			sub(/::.*/, "", mib)
			if (mib in place && oids[i] !~ "^" place[mib])
				print $1 ": " objects[i] " at " oids[i]
		}
	}' "$work/rows" | no_lines
}

ok "every row has seven columns, one tab between them" seven_columns
ok "plain text" plain_text
ok "vendors are in order, each at one place" vendors_sorted
ok "a vendor is spelled one way, that of the policy" spelled_one_way
ok "no row is there twice" rows_differ
ok "every identifier's object is named" objects_named
ok "objects of the common MIBs are where these are" shared_objects
done_testing
