#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A service that comes and goes is called flapping, once, and makes no event for each
# change; when it is steady again, that is said, once, and the state is what it is.
# shellcheck source=tests/scenario/agent-lib.sh
. "$(dirname "$0")/agent-lib.sh"

echo 200 >"$work/code"
web_start "$work/code"
{
	echo name,address,kind,site,probes
	echo restless,127.0.0.1,server,hq,http
} >"$work/fleet.csv"
cat >"$conf" <<YAML
database: $database
fleet: fleet.csv
socket: $socket
poll: { interval: 1s, timeout: 1s, retries: 0 }
sites: [{ name: hq }]
probes: { http: { port: $port } }
YAML
put() { # STATUS: never half written
	echo "$1" >"$work/code.new"
	mv "$work/code.new" "$work/code"
}
count() { sql "SELECT count(*) FROM event WHERE type = '$1'"; }
counted() { # TYPE N
	echo "$(count "$1") events $1"
	[ "$(count "$1")" -eq "$2" ]
}
toggles=0
runs() { tests/lab/status.py "$socket" runs; }
toggle_until() { # SECONDS COMMAND...: as the agent looks, so that it cannot miss one: every run
	local end=$((SECONDS + $1)) last
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		if ((toggles++ % 2)); then put 200; else put 503; fi
		last=$(runs)
		until [ "$(runs)" -ge $((last + 1)) ] || [ "$SECONDS" -ge "$end" ]; do sleep 0.1; done
	done
}
agent
ok "up at first" within 10 is restless up
before=$(count device-state)
ok "a service that comes and goes is flapping" toggle_until 80 counted flapping-start 1
ok "the plugin says so" within 5 is restless '[^|]*flapping'
seen=$toggles
more() { [ $((toggles - seen)) -ge 8 ]; }
at_start=$(count device-state)
toggle_until 40 more
during=$(($(count device-state) - at_start))
ok "while it flaps, its changes of state are few: $during in $((toggles - seen)) toggles" test $((during * 2)) -le $((toggles - seen))
ok "it did not start to flap twice" counted flapping-start 1
ok "nor stop" counted flapping-stop 0
ok "the report has it" sh -c '"$0" devices --database "$1" --format json | grep -qi flapping' "$BUILD/keepwatch" "$database"
put 200
ok "steady again, that is said" within 40 counted flapping-stop 1
ok "and it is up" within 10 is restless up
ok "no longer flapping" not is restless '[^|]*flapping'
ok "it started to flap once in all" counted flapping-start 1
echo "# $toggles toggles, $(($(count device-state) - before)) changes of the device's state, $(count probe-state) of the probe's"
done_testing
