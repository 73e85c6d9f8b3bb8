# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# For the scenarios that look at the agent from outside: a folder of their own, the agent in it, TAP
# lines. Started as `agent`; what it logs is in $log.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
BUILD=$(readlink -f "${BUILD:-build}")
work=$(mktemp -d "${TMPDIR:-/tmp}/kwa.XXXXXX") || exit 1
chmod 755 "$work"
conf=$work/keepwatch.yaml
log=$work/agent.log
socket=$work/control.sock
database=$work/kw.db
agent=''
peers=() # processes to end
undo=()	 # commands for the end, the last first
case_log=$work/case.log
# shellcheck source=tests/tap.sh
. tests/tap.sh

skip_all() { # WHY
	echo "1..0 # SKIP $1"
	exit 0
}
not() { ! "$@"; }
# within SECONDS COMMAND...: until it succeeds; on failure the last output and the log
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >"$work/last" 2>&1; do
		if [ "$SECONDS" -ge "$end" ] || { [ -n "$agent" ] && ! alive; }; then
			alive || echo "there is no agent"
			echo "not within its time: $*"
			tail -n 20 "$work/last"
			tail -n 30 "$log"
			return 1
		fi
		sleep 0.1
	done
}
logged() { grep -qE -e "$1" "$log"; }
alive() { kill -0 "$agent" 2>/dev/null; }
plugin() { "$BUILD/check_keepwatch" -S "$socket" "$@"; }
answers() { plugin | grep 'devices up'; }
is() { # DEVICE STATE
	plugin -d "$1" | grep "^KEEPWATCH [A-Z]* - $1 $2"
}
sql() { sqlite3 -cmd '.timeout 5000' "$database" "$@"; }
agent() { # ARGUMENTS...
	"$BUILD/keepwatchd" -c "$conf" "$@" 2>>"$log" &
	agent=$!
	within 20 answers >/dev/null
}
agent_end() { # SIGNAL: its exit status
	local pid=$agent
	agent=''
	kill "-$1" "$pid"
	for _ in $(seq 200); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
}
# A web server whose status is in a file: web_start FILE; sets $port.
web_start() {
	cat >"$work/web.py" <<'PY'
import http.server, sys
class Quiet(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            code = int(open(sys.argv[1]).read())
        except (OSError, ValueError):
            code = 200
        self.send_response(code)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *a):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
print(server.server_port, flush=True)
server.serve_forever()
PY
	python3 "$work/web.py" "$1" >"$work/web.port" 2>"$work/web.log" &
	peers+=($!)
	for _ in $(seq 100); do
		[ -s "$work/web.port" ] && break
		sleep 0.1
	done
	port=$(cat "$work/web.port")
}
finish() {
	local i
	trap '' INT TERM HUP
	for i in $agent "${peers[@]}"; do
		kill "$i" 2>/dev/null
	done
	if [ -n "$agent" ]; then
		for _ in $(seq 100); do
			kill -0 "$agent" 2>/dev/null || break
			sleep 0.1
		done
		kill -KILL "$agent" 2>/dev/null
	fi
	wait 2>/dev/null
	for ((i = ${#undo[@]} - 1; i >= 0; i--)); do
		eval "${undo[i]}"
	done
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 143' INT TERM HUP
