# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# TAP lines for test scripts, which set $case_log: a file for what a case prints, shown if it fails.
cases=0
failed=0

ok() { # WHAT COMMAND...: one case
	cases=$((cases + 1))
	case_what=$1
	shift
	if "$@" >"${case_log:?}" 2>&1; then
		echo "ok $cases - $case_what"
	else
		failed=1
		echo "not ok $cases - $case_what"
		sed 's/^/# /' "$case_log" | tail -n 60
	fi
}
skip() { # WHAT WHY
	cases=$((cases + 1))
	echo "ok $cases - $1 # SKIP $2"
}
done_testing() {
	echo "1..$cases"
	exit "$failed"
}
