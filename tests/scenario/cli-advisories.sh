#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# keepwatch advisories: files of KEV, NVD and CSAF are imported, listed, replaced by newer ones; what
# goes wrong leaves what was there.
# shellcheck source-path=SCRIPTDIR source=cli-fixture.sh
. "$(dirname "$0")/cli-fixture.sh"
samples=$top/tests/golden/advisories
folder=$dir/advisories
printf 'fleet: fleet.csv\ndatabase: keepwatch.db\nsocket: %s/none.sock\n' "$dir" >"$config"
printf 'name,address,kind\ncam,127.0.0.1,camera\n' >"$dir/fleet.csv"

advisories() {
	"$keepwatch" advisories "$@" -c "$config"
}
has() { # TEXT COMMAND...: it succeeds and prints a line with that
	text=$1
	shift
	"$@" >"$dir/has.out" 2>"$dir/has.err" && grep -qF -e "$text" "$dir/has.out" || {
		cat "$dir/has.out" "$dir/has.err"
		return 1
	}
}
complains() { # CODE TEXT COMMAND...
	code=$1 text=$2
	shift 2
	exits "$code" "$@" >"$dir/has.out" 2>"$dir/has.err" && grep -qF -e "$text" "$dir/has.err" || {
		cat "$dir/has.out" "$dir/has.err"
		return 1
	}
}
sums() {
	(cd "$folder" && sha256sum -- *) 2>/dev/null
}
stays() { # COMMAND...: the folder is as it was before
	sums >"$dir/before"
	"$@" || return 1
	sums | diff "$dir/before" -
}

ok "nothing was imported: an empty list" advisories list
ok "no file named: 2" complains 2 'no FILE' advisories import
ok "neither import nor list: 2" complains 2 'expected import or list' advisories show
ok "an option of the list: 2" complains 2 "are for 'advisories list'" advisories import --exploited x

ok "KEV as JSON: vendors of other things are left out" \
	has 'kev: 2 new, 0 replaced, 1 about no vendor' advisories import "$samples/kev.json"
ok "a record without an id is named with its line" grep -qF 'line 43, record 4: it has no cveID' "$dir/has.err"
ok "no agent runs: said, and no error" grep -qF 'No agent runs' "$dir/has.out"
ok "KEV as CSV" has 'kev: 1 new, 1 replaced' advisories import "$samples/kev.csv"
ok "NVD" has 'nvd: 3 new, 0 replaced, 1 withdrawn' advisories import "$samples/nvd.json"
ok "CSAF" has 'csaf: 2 new' advisories import "$samples/csaf.json"
ok "the same again replaces" has '8 advisories in' advisories import "$samples/nvd.json" "$samples/csaf.json"
ok "--all takes all" has 'kev: 1 new, 2 replaced, 1 not readable' advisories import --all "$samples/kev.json"
ok "the agent may read them under any user" sh -c '[ "$(stat -c %a "$1" "$1"/*.jsonl | tr "\n" " ")" = "755 644 644 644 " ]' - "$folder"
sed 's/"lastModified":"2024-02-01/"lastModified":"2023-02-01/; s/5\.5\.800/9.9.999/' "$samples/nvd.json" >"$dir/older.json"
ok "what is older does not replace" has '1 older than what was there' advisories import "$dir/older.json"
ok "... indeed" exits 1 grep -q '9\.9\.999' "$folder/nvd.jsonl"

ok "the list as JSON satisfies the schema" sh -c '"$1" advisories list -c "$2" -f json >"$3" && [ -s "$3" ]' - "$keepwatch" "$config" "$dir/list.json"
ok "... each member" validate advisories "$dir/list.json"
ok "all of them are listed" sh -c '[ "$("$1" advisories list -c "$2" -f csv --no-header | wc -l)" -eq 9 ]' - "$keepwatch" "$config"
ok "the exploited ones come first" sh -c '"$1" advisories list -c "$2" -f csv --no-header --columns id,source --limit 1 | grep -q "^CVE-2021-36260,nvd"' - "$keepwatch" "$config"
ok "exploited ones of a vendor, under another name" sh -c '[ "$("$1" advisories list -c "$2" -f csv --no-header --columns id --exploited --vendor "Cisco Systems, Inc.,hangzhou hikvision" | sort -u | tr -d "\r" | tr "\n" " ")" = "CVE-2021-36260 CVE-2023-20198 " ]' - "$keepwatch" "$config"
ok "by id, in any case" has 'Command injection' advisories list cve-2024-1111
ok "by document" has 'EX-INTERNAL-7' advisories list EX-2024-001
ok "one that is not there: 4" complains 4 'no such advisory' advisories list CVE-1999-0001

head -c 1500 "$samples/nvd.json" >"$dir/cut.json"
mkfifo "$dir/pipe"
for case in cut.json:'it ends too early' fleet.csv:'neither JSON nor' pipe:'not a regular file' \
	missing.json:'No such file'; do
	file=${case%%:*} words=${case#*:}
	ok "$file: refused, and nothing of any file is imported" stays complains 3 "$words" \
		advisories import --all "$samples/kev.csv" "$dir/$file"
done
printf 'no advisory\n' >>"$folder/kev.jsonl"
ok "a line of the folder that is none is told of" sh -c '"$1" advisories list -c "$2" 2>&1 >/dev/null | grep -q "1 lines are no advisories"' - "$keepwatch" "$config"

# A target that cannot be replaced: the file stays, and nothing lies beside it.
rm -f "$folder"/*
advisories import "$samples/kev.json" >"$dir/has.out" 2>&1
rm "$folder/kev.jsonl"
mkdir "$folder/kev.jsonl"
ok "a folder in the place of the file: 3" complains 3 'kev.jsonl' advisories import "$samples/kev.json"
ok "... and nothing is left behind" sh -c '[ "$(ls -A "$1")" = kev.jsonl ]' - "$folder"
rmdir "$folder/kev.jsonl"

# Many at once: each waits for the others, and none is lost.
many_at_once() {
	pids=
	for i in 1 2 3 4 5 6 7 8; do
		sed "s/EX-2024-001/EX-2024-10$i/" "$samples/csaf.json" >"$dir/csaf-$i.json"
		advisories import "$dir/csaf-$i.json" >"$dir/import-$i.out" 2>&1 &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid" || return 1
	done
	[ "$(grep -c EX-2024-10 "$folder/csaf.jsonl")" -eq 16 ]
}
ok "eight imports at once: none is lost" many_at_once
ok "nothing but the files is left" sh -c '[ "$(ls -A "$1")" = csaf.jsonl ]' - "$folder"
done_testing
