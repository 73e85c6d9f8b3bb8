#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# limit 240
# The life of the agent: reload, a broken file, a second agent, a password that changes, hang, stop
# and restart.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
interval=3
lab_up
"$lab" conf "$work" ${interval}s
echo "probes: { onvif: { inventory: ${interval}s } }" >>"$conf" # so that a refused login shows soon
agent_start
ok "every device is up" within 20 all_up

# ---- a broken file on reload
cp "$conf" "$work/good.yaml"
cp "$work/fleet.csv" "$work/good.csv"
echo "bogus: 1" >>"$conf"
echo "bad name with no address" >>"$work/fleet.csv"
kill -HUP "$agent"
rejected() { [ -n "$(events config-rejected)" ]; }
ok "a broken configuration is rejected" within 15 rejected
ok "the log says where: keepwatch.yaml" grep -qE 'keepwatch\.yaml:[0-9]+:[0-9]+: ' "$log"
ok "and where in the fleet file" grep -qE 'fleet\.csv:[0-9]+:[0-9]+: ' "$log"
ok "the running one stays" plugin_says 0
cp "$work/good.yaml" "$conf"
sed '/^cam2,/d' "$work/good.csv" >"$work/fleet.csv"
kill -HUP "$agent"
ok "a right one is taken: cam2 is gone" within 15 plugin_says 3 --device cam2
cp "$work/good.csv" "$work/fleet.csv"
kill -HUP "$agent"
ok "and back" within 20 plugin_says 0 --device cam2
ok "all are up after three reloads" within 20 all_up

# ---- a second agent
second() {
	timeout 20 "$lab" exec mon "$BUILD/keepwatchd" -c "$conf" >"$work/second" 2>&1
	local code=$?
	cat "$work/second"
	[ "$code" -ne 0 ] && [ "$code" -ne 124 ]
}
ok "a second agent on the database is refused" second
ok "and told why" grep -qiE 'another|already|in use|second' "$work/second"
ok "the first lives on" alive
ok "and answers" plugin_says 0

# ---- the password of all cameras changes: few logins, then a new secret
for n in 1 2 3 4 5 6 7 8; do "$lab" fake reset cam$n >/dev/null; done
echo other-secret >"$work/other"
"$lab" fake set '*' password_file="$work/other" lockout=5 lockout_s=600 >/dev/null
ok "a refused password shows as degraded" within 40 is cam1 degraded
sleep_until=$((SECONDS + 4 * interval))
while [ "$SECONDS" -lt "$sleep_until" ]; do sleep 0.5; done # some intervals in which it must not try
for n in 1 2 4 5 7; do
	ok "cam$n was asked to log in at most 3 times" test "$(counter cam$n refused)" -le 3
	ok "cam$n is not locked" test "$(counter cam$n is_locked)" = 0
done
cp "$work/other" "$work/secrets/cams"
kill -HUP "$agent"
ok "a new secret and a reload bring them back" within 30 all_up
ok "the log holds no password" not grep -qE 'cams-secret|other-secret|core-auth-secret' "$log"

# ---- hang
kill -STOP "$agent"
ok "a hung agent is UNKNOWN" plugin_says 3 -t 1
kill -CONT "$agent"
ok "and answers again" within 10 plugin_says 0

# ---- stop and restart
ok "SIGTERM ends it with status 0" agent_stop
ok "without an agent the plugin says UNKNOWN" plugin_says 3
ok "the reader still works" all_up
before=$(events device-state | wc -l)
agent_start
ok "it starts again" within 20 plugin_says 0
runs() { [ "$(counter cam1 requests)" -gt "$1" ]; }
ok "and probes" within 20 runs "$(counter cam1 requests)"
ok "a restart makes no event of a state that did not change" test "$(events device-state | wc -l)" -eq "$before"
kill -KILL "$agent"
wait "$agent" 2>/dev/null
agent=''
ok "after a crash the plugin says UNKNOWN" plugin_says 3
agent_start
ok "and it starts again" within 20 plugin_says 0
ok "SIGINT ends it as well" eval 'kill -INT $agent; p=$agent; agent=; wait $p'
done_testing
