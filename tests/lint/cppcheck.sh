#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# cppcheck over our own sources; generated code and system headers are not ours.
# shellcheck source=tests/lint/lib.sh
. "$(dirname "$0")/lib.sh"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# shellcheck disable=SC2046
check "cppcheck agrees" "$(
	cppcheck --quiet --error-exitcode=1 --std=c11 --language=c --inline-suppr -j "$(nproc)" \
		--enable=warning,performance,portability --template='{file}:{line}: {id}: {message}' \
		--cppcheck-build-dir="$folder" --library=posix --library=gnu -D_GNU_SOURCE -DKEEPWATCH_VERSION='"0"' \
		--suppress=missingInclude --suppress=missingIncludeSystem --suppress=unmatchedSuppression \
		--suppress=normalCheckLevelMaxBranches --suppress=preprocessorErrorDirective \
		--suppress=readdirCalled --suppress=getpwnamCalled --suppress=getgrnamCalled --suppress=unknownMacro --suppress=checkersReport --suppress=noValidConfiguration \
		--suppress=ConfigurationNotChecked --suppress=toomanyconfigs \
		-Iinclude $(files 'src/*.c' 'probes/*.c' 'tests/fake/*.c') 2>&1
)"
exit "$failed"
