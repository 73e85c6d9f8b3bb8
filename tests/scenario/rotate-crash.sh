#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# limit 110
# Rotations killed at any system call, a few of them: somebody always knows the password, nobody is
# locked out. `make rotate-crash RUNS=1000` does many.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-$PWD/build}
export BUILD
work=$(mktemp -d "${TMPDIR:-/tmp}/kwc.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
case_log=$work/case.log
# shellcheck source=tests/tap.sh
. tests/tap.sh
if ! "$BUILD/tests/rotate/kill_at" 0 true 2>/dev/null; then
	echo "ok 1 - rotations are killed # SKIP programs cannot be traced here"
	echo "1..1"
	exit 0
fi
crashes() {
	TMPDIR=$work tests/rotate/crash.py --crashes 60 --seconds 60 --workers 3 | tee "$work/out"
	return "${PIPESTATUS[0]}"
}
ok "rotations are killed at any system call, and every password is known" crashes
ok "there were enough of them" test "$(sed -n 's/^seed [0-9]*: \([0-9]*\) crashes.*/\1/p' "$work/out")" -ge 15
done_testing
