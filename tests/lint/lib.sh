# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# For the scripts of this folder: one TAP case a subject; findings go out as diagnostics.
cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C.UTF-8
# shellcheck disable=SC2034 # for the script that reads this
failed=0

# check NAME FINDINGS: passes if FINDINGS is empty.
check() {
	if [ -z "$2" ]; then
		echo "ok - $1"
	else
		printf '%s\n' "$2" | sed 's/^/# /'
		echo "not ok - $1"
		failed=1
	fi
}

# Files that are ours: known to git or about to be, and still there.
files() {
	git ls-files --cached --others --exclude-standard -- "$@" | sort -u |
		while read -r file; do [ ! -f "$file" ] || echo "$file"; done
}
