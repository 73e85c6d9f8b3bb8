#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Exports for auditors: whole or not at all, described by FILE.meta.json, valid against the schemas, and
# without a cell that a spreadsheet would run.
# shellcheck source-path=SCRIPTDIR source=cli-fixture.sh
. "$(dirname "$0")/cli-fixture.sh"

out=$dir/out
mkdir "$out"

export_as() {
	"$keepwatch" export "$1" -c "$config" -o "$out/$2"
}
no_leftovers() {
	left=$(find "$1" -name '.*.tmp')
	[ -z "$left" ] || {
		echo "left: $left"
		return 1
	}
}
# The file agrees with what its meta file says of it.
meta_agrees() {
	python3 - "$1" <<-'END'
		import csv, hashlib, io, json, sys
		data = open(sys.argv[1], "rb").read()
		meta = json.load(open(sys.argv[1] + ".meta.json"))
		assert hashlib.sha256(data).hexdigest() == meta["sha256"], "sha256"
		assert len(data) == meta["bytes"], "bytes"
		if meta["format"] == "csv":
		    text = data.decode("utf-8")
		    assert text.count("\n") == text.count("\r\n"), "line ends"
		    rows = list(csv.reader(io.StringIO(text, newline="")))
		    assert rows[0] == meta["columns"], rows[0]
		    assert len(rows) - 1 == meta["rows"], len(rows)
		    assert all(len(row) == len(rows[0]) for row in rows)
		else:
		    rows = json.loads(data)[meta["export"]]
		    assert len(rows) == meta["rows"], len(rows)
		    assert all(list(row) == meta["columns"] for row in rows)
		assert meta["data"]["freshness"] == "fresh"
	END
}
# No cell begins with what spreadsheets take for a formula, but for our own numbers; nor does a piece
# behind a semicolon.
no_formula() {
	python3 - "$@" <<-'END'
		import csv, re, sys
		bad = 0
		for path in sys.argv[1:]:
		    with open(path, encoding="utf-8", newline="") as file:
		        rows = list(csv.reader(file))
		    for row in rows[1:]:
		        for name, cell in zip(rows[0], row):
		            if re.fullmatch(r"-?[0-9]+", cell) and name.endswith(("_ms", "_us")):
		                continue
		            for piece in cell.split(";"):
		                if re.match("[\\s\"]*[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]", piece):
		                    print(path, name, repr(cell))
		                    bad = 1
		sys.exit(bad)
	END
}
contains() {
	grep -qF -e "$2" "$1" || {
		echo "'$2' is not in $1"
		cat "$1"
		return 1
	}
}

fill
for name in inventory states events; do
	for format in csv json; do
		ok "export $name as $format" export_as $name $name.$format
		ok "$name.$format agrees with its meta file" meta_agrees "$out/$name.$format"
		ok "$name.$format.meta.json satisfies its schema" validate export-meta "$out/$name.$format.meta.json"
	done
	ok "$name.json satisfies its schema" validate $name "$out/$name.json"
done
ok "no formula in any CSV" no_formula "$out"/inventory.csv "$out"/states.csv "$out"/events.csv
ok "what would be one is text" contains "$out/inventory.csv" "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""
ok "a negative number of our own is a number" contains "$out/inventory.csv" ",-61000,"
ok "UTF-8 stays" contains "$out/inventory.csv" "Größe"
ok "JSON has the exact value" contains "$out/inventory.json" '"=HYPERLINK(\"http://x\",\"y\")"'
ok "tags are an object in JSON" contains "$out/inventory.json" '"tags": {"asset": "=1+1", "room": "lobby"}'
ok "no temporary files" no_leftovers "$out"
ok "mode 0640 less the umask" sh -c '[ "$(stat -c %a "$0")" = 640 ]' "$out/inventory.csv"
ok "byte order mark on request" sh -c '"$0" export inventory -c "$1" -f csv --bom -o - | head -c 3 | od -An -tx1 | grep -q "ef bb bf"' "$keepwatch" "$config"
ok "standard output has no meta file" sh -c 'cd "$2" && "$0" export states -c "$1" -f json -o - >std.json && [ ! -e ./-.meta.json ]' "$keepwatch" "$config" "$out"
ok "standard output satisfies the schema" validate states "$out/std.json"
"$keepwatch" export events -c "$config" --site hq --kind camera --since 1d -o "$out/some.json"
ok "filters are in the meta file" contains "$out/some.json.meta.json" '"filters": {"site": ["hq"], "kind": ["camera"], "since": "1d"}'
ok "filters filter" contains "$out/some.json.meta.json" '"rows": 4'
"$keepwatch" export inventory -c "$config" --site none -o "$out/none.csv" 2>/dev/null
ok "an empty export is a heading alone" sh -c '[ "$(wc -l <"$0")" = 1 ]' "$out/none.csv"

echo precious >"$out/victim"
ln -s victim "$out/link.csv"
ok "a symbolic link is refused: 3" exits 3 export_as inventory link.csv
ok "what it points to is untouched" contains "$out/victim" precious
ln -s victim "$out/twin.csv.meta.json"
ok "a link in the meta file's place is refused: 3" exits 3 export_as inventory twin.csv
ok "then there is no file either" test ! -e "$out/twin.csv"
mkfifo "$out/pipe.csv"
ok "a pipe is refused: 3" exits 3 export_as inventory pipe.csv
ok "no such folder: 3" exits 3 export_as inventory nowhere/a.csv
ok "no file name: 2" exits 2 "$keepwatch" export inventory -c "$config"
ok "no format to be seen: 2" exits 2 export_as inventory file
ok "a table is no export: 2" exits 2 "$keepwatch" export inventory -c "$config" -f table -o "$out/x.csv"
ok "no such export: 2" exits 2 export_as everything x.csv
ok "no database: 3, and no file" sh -c '"$0" export inventory --database "$1/none.db" -o "$1/out/y.csv"; [ $? = 3 ] && [ ! -e "$1/out/y.csv" ]' "$keepwatch" "$dir"
ok "nothing is left behind" no_leftovers "$out"

# A disk of one page: what was there before stays, and nothing else appears.
full_disk() {
	unshare -m sh -eu -c '
		mkdir -p "$2/small"
		mount -t tmpfs -o size=12k tmpfs "$2/small"
		echo old >"$2/small/inventory.csv"
		code=0
		"$0" export inventory --database "$1" -f csv -o "$2/small/fill.csv" || code=$?
		head -c 1m /dev/zero >"$2/small/ballast" 2>/dev/null || true
		"$0" export inventory --database "$1" -f csv -o "$2/small/inventory.csv" || code=$?
		ls -A "$2/small"
		[ $code = 3 ] && [ "$(cat "$2/small/inventory.csv")" = old ] &&
			[ ! -e "$2/small/inventory.csv.meta.json" ] && ! ls -A "$2/small" | grep -q "tmp$"
	' "$keepwatch" "$dir/keepwatch.db" "$dir"
}
if [ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null; then
	ok "a full disk: 3, the old file stays, nothing is left" full_disk
else
	ok "a full disk # SKIP needs root for a small file system" true
fi

ok "our names hide none of a library's" sh -c '
	nm --defined-only "$0" | awk "\$2 ~ /[TDBR]/ && \$3 !~ /^_/ {print \$3}" | sort -u >"$1/ours"
	[ -s "$1/ours" ] || exit 1
	case $(cat "$1/ours") in *__asan_*) exit 0 ;; esac
	ldd "$0" | awk "\$3 ~ /^\// {print \$3}" | grep -v "lib[a-z]*san\.so" | while read -r library; do
		nm -D --defined-only "$library" | awk "\$2 ~ /[TDBRWVi]/ {sub(/@.*/, \"\", \$3); print \$3}"
	done | sort -u | comm -12 - "$1/ours" | grep -v "^_" >"$1/hidden"
	cat "$1/hidden"
	[ ! -s "$1/hidden" ]' "$keepwatch" "$dir"
done_testing
