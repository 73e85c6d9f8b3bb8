#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# check_keepwatch against agents that are away, hung, torn or talk nonsense: always UNKNOWN (3), always
# with the reason, never later than its timeout.
set -u
BUILD=$(readlink -f "${BUILD:-build}")
dir=$(mktemp -d)
pids=
cleanup() {
	for pid in $pids; do kill "$pid" 2>/dev/null; done
	rm -rf "$dir"
}
trap cleanup EXIT
n=0
# check WHAT EXPECTED-CODE PATTERN ARGUMENTS...
check() {
	local what=$1 want=$2 pattern=$3 out code
	shift 3
	n=$((n + 1))
	out=$(timeout 20 "$BUILD/check_keepwatch" "$@" 2>&1)
	code=$?
	if [ $code -eq "$want" ] && printf '%s' "$out" | grep -qE "$pattern"; then
		echo "ok $n - $what"
	else
		echo "not ok $n - $what"
		echo "# code $code, wanted $want; output: $out; wanted: $pattern"
	fi
}

# serve NAME PYTHON-EXPRESSION: a one-answer server; the expression gets the connection as c.
serve() {
	python3 - "$dir/$1" "$2" <<'PY' &
import os, socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1] + ".new")
s.listen(5)
os.rename(sys.argv[1] + ".new", sys.argv[1])
s.settimeout(20)
c, _ = s.accept()
data = b""
while not data.endswith(b"\n"):
    data += c.recv(4096)
exec(sys.argv[2])
PY
	pids="$pids $!"
	for _ in $(seq 200); do
		[ -S "$dir/$1" ] && return
		sleep 0.02
	done
}

check "no socket" 3 'UNKNOWN - agent is away: there is no socket' -S "$dir/none"
python3 -c 'import socket,sys; s=socket.socket(socket.AF_UNIX); s.bind(sys.argv[1])' "$dir/dead"
check "nobody listens" 3 'UNKNOWN - agent is away: nobody listens' -S "$dir/dead"
serve hung 'time.sleep(15)'
start=$(date +%s%N)
check "hung agent" 3 'UNKNOWN - agent is hung: no answer on .* within 1 s' -S "$dir/hung" -t 1
took=$((($(date +%s%N) - start) / 1000000))
n=$((n + 1))
[ $took -lt 3000 ] && echo "ok $n - gave up in time" || echo "not ok $n - gave up after $took ms"
serve empty 'c.close()'
check "closed without a word" 3 'UNKNOWN - agent on .* gave no usable answer' -S "$dir/empty"
serve torn 'c.sendall(b"keepwatch 1 0 500\nKEEPWATCH OK"); c.close()'
check "torn answer" 3 'UNKNOWN - agent on .* gave no usable answer' -S "$dir/torn"
serve nonsense 'c.sendall(b"HTTP/1.1 200 OK\r\n\r\n"); c.close()'
check "another protocol" 3 'UNKNOWN - agent on .* gave no usable answer' -S "$dir/nonsense"
serve code 'c.sendall(b"keepwatch 1 77 3\nhi\n"); c.close()'
check "a code that is none" 3 '^hi' -S "$dir/code"
serve good 'c.sendall(b"keepwatch 1 2 26\nKEEPWATCH CRITICAL - x|y=1\n"); c.close()'
check "text and code are handed on" 2 '^KEEPWATCH CRITICAL - x\|y=1' -S "$dir/good"
serve fields 'r = data.decode(); t = repr(r).encode(); c.sendall(b"keepwatch 1 0 %d\n" % len(t) + t); c.close()'
check "request as documented" 0 \
	'^.check\\tmode=device\\tname=cam 1\\twarning=0\\tcritical=@1:2\\tmax_age=90\\n.$' \
	-S "$dir/fields" --device 'cam 1' -c @1:2 --max-age 90
serve incident 'r = data.decode(); t = repr(r).encode(); c.sendall(b"keepwatch 1 0 %d\n" % len(t) + t); c.close()'
check "request for an incident as documented" 0 \
	'^.check\\tmode=incident\\tname=12\\twarning=0\\tcritical=0\\tinnocent=ok\\n.$' \
	-S "$dir/incident" --incident 12 --innocent ok
mkdir "$dir/closed"
python3 -c 'import socket,sys; s=socket.socket(socket.AF_UNIX); s.bind(sys.argv[1])' "$dir/closed/s"
chmod 700 "$dir/closed"
n=$((n + 1))
if [ "$(id -u)" -eq 0 ]; then
	chmod 755 "$dir"
	out=$(setpriv --reuid=65534 --regid=65534 --clear-groups "$BUILD/check_keepwatch" \
		-S "$dir/closed/s" 2>&1)
	code=$?
	if [ $code -eq 3 ] && [[ $out == *"no permission for"* ]]; then
		echo "ok $n - no permission"
	elif [ $code -eq 126 ]; then
		echo "ok $n - no permission # SKIP the build folder is closed to other users"
	else
		echo "not ok $n - no permission"
		echo "# code $code: $out"
	fi
else
	echo "ok $n - no permission # SKIP needs root to become another user"
fi

check "bad range" 3 "warning range 'x' is not a range" -w x
check "bad mode" 3 "mode 'all' is not" -m all
check "incident that is no number" 3 "incident 'x' is not a number" -i x
check "bad innocence" 3 "innocent 'maybe' is not ok, warning or critical" --innocent maybe
check "site without name" 3 'needs --site' -m site
check "unknown option" 3 "unknown option '--frob'" --frob
check "tab in a name" 3 'cannot hold tabs' -d "$(printf 'a\tb')"
check "help" 0 '^usage: check_keepwatch' --help
check "version" 0 '^check_keepwatch [0-9]' --version
echo "1..$n"
