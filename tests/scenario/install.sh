#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `make install DESTDIR=` puts everything where the unit, the manual and the monitoring definitions
# say it is.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-$PWD/build}
work=$(mktemp -d "${TMPDIR:-/tmp}/kwi.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
case_log=$work/case.log
# shellcheck source=tests/tap.sh
. tests/tap.sh
root=$work/root
ok "it installs" make install DESTDIR="$root" BUILD="$(realpath --relative-to=. "$BUILD")"
unit=$root/usr/lib/systemd/system/keepwatchd.service
# shellcheck disable=SC2013 # words without blanks
for program in $(sed -n 's/^Exec[A-Za-z]*=\(\/usr[^ ]*\).*/\1/p' "$unit" | sort -u); do
	ok "the unit's $program is there" test -x "$root$program"
done
# shellcheck disable=SC2013 # words without blanks
for program in $(grep -oh '/usr/lib/nagios/plugins/[a-z_]*' "$root"/usr/share/doc/keepwatch/examples/*.cfg | sort -u); do
	ok "the monitoring core's $program is there" test -x "$root$program"
done
for program in usr/sbin/keepwatchd usr/bin/keepwatch usr/lib/nagios/plugins/check_keepwatch; do
	ok "$program runs" "$root/$program" --version
	ok "$program helps" "$root/$program" --help
done
for page in keepwatchd:8 check_keepwatch:8 keepwatch:1 keepwatch.yaml:5 fleet.csv:5 keepwatch-topology:7 keepwatch-diagnosis:7 keepwatch-rotation:7 keepwatch-audit:7; do
	ok "there is a manual page $page" test -s "$root/usr/share/man/man${page#*:}/${page%:*}.${page#*:}"
done
for folder in sysusers.d tmpfiles.d; do
	ok "there is a file for $folder" test -s "$root/usr/lib/$folder/keepwatch.conf"
done
ok "there are schemas of the exports" eval 'ls "$root"/usr/share/keepwatch/schemas/*.json'
ok "nothing is writable by others" test -z "$(find "$root" -type f -perm /022)"
if command -v systemd-analyze >/dev/null; then
	verify() {
		sed "s|/usr/sbin/|$root/usr/sbin/|; /^Documentation/d" "$unit" >"$work/keepwatchd.service"
		systemd-analyze verify "$work/keepwatchd.service" && test -z "$(systemd-analyze verify "$work/keepwatchd.service" 2>&1 | grep keepwatch)"
	}
	ok "systemd takes the unit" verify
else
	cases=$((cases + 1))
	echo "ok $cases - systemd takes the unit # SKIP systemd-analyze is not installed"
fi
echo "1..$cases"
exit "$failed"
