#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# vendor.sh CORPUS: reads captured replies of Hikvision's and Axis's own interfaces. TAP on stdout;
# exit 1 if anything disagrees. $BUILD is the build directory.
set -u
corpus=${1:-${CORPUS:-../shared/corpus}}
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$root/build}
case $build in /*) ;; *) build=$root/$build ;; esac

if [ ! -f "$corpus/vendor/captures.tar.xz" ]; then
	echo "1..0 # SKIP no captures in $corpus/vendor"
	exit 0
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/kw-conformance.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
tar -xJf "$corpus/vendor/captures.tar.xz" -C "$work" || exit 2
# The Axis reply stands in a test of a Python library, as a literal that is JSON but for its commas.
sed -n '/^GET_ALL_PROPERTIES_RESPONSE = /,/^}/p' "$work/vapix/test_basic_device_info.py" |
	sed '1s/.*= //' | tr -d '\n' | sed 's/, *}/}/g' >"$work/axis.json"
timeout 60 "$build/tests/conformance/vendor_conformance" "$work/axis.json" \
	"$work/isapi/ISAPI/System.deviceInfo/ipc1.xml" "$work"/isapi/*.json
