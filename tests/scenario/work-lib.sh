# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# For scenarios with simulated devices, but without an agent: a folder of their own, which goes with
# the processes in $peers, TAP lines.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# shellcheck disable=SC2034 # for who sources this
top=$PWD
BUILD=$(readlink -f "${BUILD:-build}")
work=$(mktemp -d "${TMPDIR:-/tmp}/kwp.XXXXXX") || exit 1
peers=() # processes to end
finish() {
	for pid in "${peers[@]}"; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 143' INT TERM HUP
case_log=$work/case.log
# shellcheck source=tests/tap.sh
. tests/tap.sh
# shellcheck source=tests/scenario/devices-lib.sh
. tests/scenario/devices-lib.sh
