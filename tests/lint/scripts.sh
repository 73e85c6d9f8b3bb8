#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Scripts and manual pages: shellcheck, python syntax, mandoc.
# shellcheck source=tests/lint/lib.sh
. "$(dirname "$0")/lib.sh"

scripts=$(files | while read -r file; do
	case $file in *.c | *.h | *.xml | *.bin) continue ;; esac
	head -n 1 "$file" 2>/dev/null | tr -d '\0' | grep -qE '^#!.*[/ ](ba|da)?sh( |$)' && echo "$file"
done)
# shellcheck disable=SC2086 # names of ours have no blanks
check "shellcheck agrees" "$(shellcheck -x -e SC1091,SC2015,SC2016,SC2119,SC2181,SC2317 $scripts 2>&1)"

check "python compiles" "$(
	for file in $(files | grep -v '\.[ch]$'); do
		head -n 1 "$file" 2>/dev/null | tr -d '\0' | grep -q '^#!.*python3' || continue
		python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$file" 2>&1
	done
)"

pages=$(files 'packaging/man/*')
if [ -z "$pages" ]; then
	echo "not ok - there are manual pages"
	failed=1
else
	# shellcheck disable=SC2086
	check "mandoc agrees with the manual pages" "$(mandoc -T lint -W warning $pages 2>&1)"
fi
exit "$failed"
