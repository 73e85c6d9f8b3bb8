# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# For the scenarios of keepwatch password: they work in their folder, and somebody listens in the
# agent's place.
# shellcheck source=tests/scenario/work-lib.sh
. "$(dirname "$0")/work-lib.sh"
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
