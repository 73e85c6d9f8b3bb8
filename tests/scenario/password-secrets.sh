#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A rotation under way keeps its secrets: not in its command line, environment, output, nor in what a
# core dump of it would hold, but in two files that only their owner reads.
# shellcheck source=tests/scenario/password-lib.sh
. "$(dirname "$0")/password-lib.sh"
mkdir pw seen
echo Present-secret-4711 >shared
for auth in wsse digest; do
	echo "$auth listen=127.0.0.1:0 auth=$auth set_user=late set_user_ms=60000 password_file=$work/shared"
done >devices
echo "axis listen=127.0.0.1:0 auth=wsse api=axis set_user=late set_user_ms=60000 password_file=$work/shared" >>devices
echo "hikvision listen=127.0.0.1:0 auth=wsse api=hikvision set_user=late set_user_ms=60000 password_file=$work/shared" >>devices
devices_start
login='username: monitor, password_file: shared, password_dir: pw'
cat >keepwatch.yaml <<E
database: kw.db
socket: none.sock
fleet: fleet.csv
credentials:
  - { name: cams, onvif: { $login } }
  - { name: webs, http: { $login } }
devices:
  wsse: { probes: { onvif: { port: $(port wsse) } } }
  digest: { probes: { onvif: { port: $(port digest) } } }
  axis: { probes: { http: { port: $(port axis) } } }
  hikvision: { probes: { http: { port: $(port hikvision) } } }
E
cat >fleet.csv <<E
name,kind,address,credential
wsse,camera,127.0.0.1,cams
digest,camera,127.0.0.1,cams
axis,camera,127.0.0.1,webs
hikvision,camera,127.0.0.1,webs
E
for name in wsse digest axis hikvision; do
	"$BUILD/keepwatch" -c keepwatch.yaml password rotate $name --apply --settle 30s >seen/$name.out 2>seen/$name.err &
	rotation=$!
	peers+=("$rotation")
	for _ in $(seq 200); do
		grep -q waits seen/$name.err && break
		sleep 0.05
	done
	ok "$name: it waits for the device" grep -q waits seen/$name.err
	cat pw/.rotate/$name.new >>candidates
	ok "$name: the candidate is for its owner alone" test "$(stat -c %a pw/.rotate/$name.new)$(stat -c %a pw/.rotate)" = 600700
	cp /proc/$rotation/cmdline seen/$name.cmdline
	cp /proc/$rotation/environ seen/$name.environ 2>/dev/null
	cp pw/.rotate/$name.journal seen/$name.journal
	ok_memory "$name: its memory is looked through" "$BUILD/keepwatch" $rotation seen/$name.memory
	ok "$name: it may not be traced, and dumps no core" grep -q '^Max core file size  *0 ' /proc/$rotation/limits
	kill -KILL $rotation
	wait $rotation 2>/dev/null
done
{
	cat shared candidates
	while read -r one; do
		printf 'monitor:%s' "$one" | base64 -w 0 | cut -c 1-30
		printf '%s' "$one" | od -An -tx1 | tr -d ' \n'
		echo
	done < <(cat shared candidates)
} >patterns
found() { grep -raFlf patterns seen; }
ok "no secret is in any of it" eval '! found'
cat candidates >seen/planted
ok "the search would have found one" found
done_testing
