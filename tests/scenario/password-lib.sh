# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# For the scenarios of keepwatch password: a folder of their own, which they work in, simulated
# devices, somebody who listens in the agent's place, TAP lines.
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
# shellcheck source=tests/scenario/memory-lib.sh
. tests/scenario/memory-lib.sh
cd "$work" || exit 1
umask 077

# The agent's control socket, control.sock: keeps in the file `told` what it is told.
control_start() {
	cat >control.py <<'PY'
import socket
s = socket.socket(socket.AF_UNIX)
s.bind("control.sock")
s.listen(16)
while True:
    c, _ = s.accept()
    line = c.makefile("rb").readline()
    with open("told", "ab") as told:
        told.write(line)
    c.sendall(b"keepwatch 1 0 3\nok\n")
    c.close()
PY
	python3 control.py &
	peers+=($!)
	for _ in $(seq 100); do
		[ -S control.sock ] && break
		sleep 0.05
	done
}
