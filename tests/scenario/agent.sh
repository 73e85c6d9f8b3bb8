#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The agent on a loopback fleet: states, restart, reload with and without mistakes, the lock, signals,
# and that no secret gets out.
set -u
BUILD=$(readlink -f "${BUILD:-build}")
dir=$(mktemp -d)
agent=
server=
cleanup() {
	[ -z "$agent" ] || kill "$agent" 2>/dev/null
	[ -z "$server" ] || kill "$server" 2>/dev/null
	wait 2>/dev/null
	rm -rf "$dir"
}
trap cleanup EXIT
n=0
result() {
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}
# within SECONDS COMMAND...: polls until it succeeds
within() {
	local end=$((SECONDS + $1))
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}
state_is() {
	"$BUILD/check_keepwatch" -S "$dir/s" -d "$1" | grep -q "^KEEPWATCH [A-Z]* - $1 $2"
}
start_agent() {
	"$BUILD/keepwatchd" -c "$dir/keepwatch.yaml" "$@" 2>>"$dir/agent.log" &
	agent=$!
	within 10 test -S "$dir/s"
}

port=$((21000 + $$ % 20000))
cat >"$dir/server.py" <<'PY'
import http.server, sys
class Quiet(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            code = int(open(sys.argv[2]).read())
        except (OSError, ValueError):
            code = 200
        self.send_response(code)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *a):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Quiet).serve_forever()
PY
echo 200 >"$dir/code"
python3 "$dir/server.py" $port "$dir/code" &
server=$!
secret=pass-$$-$RANDOM$RANDOM
echo "$secret" >"$dir/cams.secret"
chmod 600 "$dir/cams.secret"
write_fleet() {
	{
		echo name,address,kind,site,credential,probes
		echo "web,127.0.0.1,server,hq,,http"
		echo "dead,127.0.0.2,server,hq,,tcp"
		echo "cam,127.0.0.3,camera,branch,cams,onvif"
		printf '%s' "$1"
	} >"$dir/fleet.csv"
}
write_fleet ""
cat >"$dir/keepwatch.yaml" <<YAML
database: $dir/kw.db
fleet: fleet.csv
socket: $dir/s
poll: { interval: 1s, timeout: 500ms, retries: 0 }
credentials:
  - { name: cams, onvif: { username: monitor, password_file: cams.secret } }
sites:
  - { name: hq }
  - { name: branch }
probes:
  http: { port: $port }
  tcp: { port: 1 }
  onvif: { port: $port }
YAML

"$BUILD/keepwatchd" -n -c "$dir/keepwatch.yaml" >"$dir/out" 2>&1
result $? "-n accepts the files"
start_agent
result $? "starts"
within 15 state_is web up
result $? "a server that answers is up"
within 15 state_is dead down
result $? "a closed port is down"
"$BUILD/check_keepwatch" -S "$dir/s" >"$dir/out"
[ $? -eq 2 ] && grep -q 'dead down' "$dir/out"
result $? "the fleet check is critical and names the culprit"
"$BUILD/check_keepwatch" -S "$dir/s" --site branch -w 5 -c 5 >"$dir/out"
code=$?
grep -q 'site branch' "$dir/out" && [ $code -ne 2 ]
result $? "a site is judged by itself, by its thresholds"
"$BUILD/check_keepwatch" -S "$dir/s" --device nobody >"$dir/out"
[ $? -eq 3 ] && grep -q 'no such device: nobody' "$dir/out"
result $? "an unknown device is UNKNOWN"

echo 503 >"$dir/code"
within 15 state_is web degraded
result $? "HTTP 503 is degraded"
echo 200 >"$dir/code"
within 15 state_is web up
result $? "and recovers"

cp "$dir/keepwatch.yaml" "$dir/good.yaml"
sed -i 's/interval: 1s/interval: 1 fortnight/' "$dir/keepwatch.yaml"
"$BUILD/keepwatchd" -n -c "$dir/keepwatch.yaml" >"$dir/out" 2>&1
[ $? -eq 1 ] && grep -qE '^.*keepwatch.yaml:4:[0-9]+: ' "$dir/out"
result $? "-n names file, line and column of a mistake"
kill -HUP $agent
within 5 grep -q 'the running configuration stays' "$dir/agent.log"
result $? "a reload with a mistake is refused"
state_is web up
result $? "and the running configuration stays"
cp "$dir/good.yaml" "$dir/keepwatch.yaml"
write_fleet "new,127.0.0.1,server,hq,,http
"
sed -i '/^dead,/d' "$dir/fleet.csv"
kill -HUP $agent
within 10 state_is new up
result $? "a reload adds a device"
"$BUILD/check_keepwatch" -S "$dir/s" --device dead | grep -q 'no such device'
result $? "and removes one"
state_is web up
result $? "and keeps the state of the others"

"$BUILD/keepwatchd" -c "$dir/keepwatch.yaml" 2>"$dir/second.log"
[ $? -ne 0 ] && grep -q "$agent" "$dir/second.log"
result $? "a second agent on the database is refused and told who has it"
state_is web up
result $? "and the first one goes on"

tr '\0' ' ' <"/proc/$agent/cmdline" | grep -q "$secret"
[ $? -ne 0 ]
result $? "no secret in the process list"
kill -TERM $agent
wait $agent
result $? "SIGTERM ends it cleanly"
agent=
[ ! -e "$dir/s" ]
result $? "and takes the socket away"
"$BUILD/check_keepwatch" -S "$dir/s" >"$dir/out"
[ $? -eq 3 ]
result $? "the check is UNKNOWN without an agent"
cat "$dir"/kw.db* "$dir"/*.log | grep -qa "$secret"
[ $? -ne 0 ]
result $? "no secret in database or log"
start_agent --log-format json
result $? "starts again"
within 5 state_is web up
result $? "a restart remembers"
kill -TERM $agent
wait $agent
agent=
python3 - "$dir/agent.log" <<'PY'
import json, sys
lines = [l for l in open(sys.argv[1]) if l.startswith("{")]
assert lines
for line in lines:
    assert {"time", "level", "tag", "message"} <= set(json.loads(line))
PY
result $? "the JSON log is JSON"
[ "$(sqlite3 "$dir/kw.db" "select count(*) from event where type='device-state' and to_value='up' and device=(select id from device where name='web')")" -eq 2 ]
result $? "two events for two changes to up, none for the restart"
sqlite3 "$dir/kw.db" 'pragma integrity_check' | grep -qx ok
result $? "the database is sound"
echo "1..$n"
