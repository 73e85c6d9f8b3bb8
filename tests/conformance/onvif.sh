#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# onvif.sh CORPUS: reads every captured ONVIF reply and every edge file of the corpus. TAP on
# stdout; exit 1 if anything disagrees. $BUILD is the build directory.
set -u
corpus=${1:-${CORPUS:-../shared/corpus}}
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$root/build}
case $build in /*) ;; *) build=$root/$build ;; esac

if [ ! -f "$corpus/onvif/captures.tar.xz" ]; then
	echo "1..0 # SKIP no captures in $corpus/onvif"
	exit 0
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/kw-conformance.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
tar -xJf "$corpus/onvif/captures.tar.xz" -C "$work" || exit 2
timeout 300 "$build/tests/conformance/onvif_conformance" "$work" "$corpus/onvif/edge"
