#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Form of the sources: clang-format, licence line, length, banned functions, no test that includes
# a .c file, no waiting work without its reason.
# shellcheck source=tests/lint/lib.sh
. "$(dirname "$0")/lib.sh"

sources=$(files '*.c' '*.h' | grep -v '^schemas/')
# shellcheck disable=SC2086 # names of ours have no blanks
check "clang-format agrees" "$(clang-format --dry-run -Werror $sources 2>&1 | grep 'error:')"

check "each source names its licence" "$(
	files '*.c' '*.h' '*.def' '*.sh' '*.py' '*.sql' '*.mk' Makefile tests/run tests/fuzz/run tests/demo/run \
		packaging/install-deps .ci/run | while read -r file; do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' || echo "$file"
	done
)"

# shellcheck disable=SC2046
check "no .c file past 500 lines" "$(wc -l $(files '*.c') | awk '$2 != "total" && $1 > 500')"

# shellcheck disable=SC2086
check "no strcpy, strcat, sprintf, strtok, atoi, gets" "$(grep -nE \
	'(^|[^A-Za-z0-9_>.])(strcpy|strcat|stpcpy|sprintf|vsprintf|strtok|atoi|atol|atof|gets)[[:blank:]]*\(' $sources)"

# shellcheck disable=SC2046
check "no test includes a .c file" "$(grep -nE '#[[:blank:]]*include.*\.c[">]' $(files 'tests/*.c' 'tests/*.h'))"

# shellcheck disable=SC2086
check "no #if 0 and no bare TODO" "$(grep -nE '^[[:blank:]]*#[[:blank:]]*if 0|TODO[^:(]|TODO$|FIXME|XXX[^X]' \
	$sources | grep -vE 'mkd?s?temps?|XXXXXX')"

exit "$failed"
