#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# limit 240
# The agent watches the lab: what is up, what an operator sees of a fault, and that the truth about
# the devices arrives whole.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
interval=4
lab_up
"$lab" conf "$work" ${interval}s

ok "the configuration is right" "$BUILD/keepwatchd" -n -c "$conf"
agent_start
ok "every device is up within one interval of the start" within $((interval + 3)) all_up
kw devices 2>&1 | sed 's/^/# /'

# ---- what was learnt
kw show cam1 >"$work/cam1" 2>&1
for text in Axis P3265-LVE 11.11.73 B8A44F000001 b8:a4:4f:00:00:01; do
	ok "cam1 (WSSE) is known: $text" grep -qF "$text" "$work/cam1"
done
kw show cam2 >"$work/cam2" 2>&1
ok "cam2 (HTTP Digest MD5) is known" grep -qF B8A44F000002 "$work/cam2"
kw show cam4 >"$work/cam4" 2>&1
ok "cam4 (HTTP Digest SHA-256) is known" grep -qF AWRJ00000004 "$work/cam4"
kw show cam5 >"$work/cam5" 2>&1
ok "cam5 (Digest and WSSE) is known" grep -qF 6K0123FPAG00005 "$work/cam5"
kw show cam8 >"$work/cam8" 2>&1
ok "cam8 (IPv6) is known" grep -qF 210235C3TR0000000008 "$work/cam8"
kw show door9 >"$work/door9" 2>&1
ok "door9 has its doors" grep -qE 'Door 2' "$work/door9"
kw show hq-core >"$work/core" 2>&1
ok "hq-core (SNMPv3 authPriv) is known" grep -qF "Labswitch core, software version 4.2.1" "$work/core"
for n in 1 2 3 4 5 6 7 8; do
	ok "cam$n refused no login" test "$(counter cam$n refused)" = 0
done
ok "the plugin says OK" plugin_says 0

# ---- faults
"$lab" fault cam-down 3
ok "cam-down 3 shows as down" within 40 is cam3 down
ok "and nothing else does" only_these cam3
"$lab" fault cam-hung 1 >/dev/null
ok "cam-hung 1 shows as degraded" within 40 is cam1 degraded
ok "the plugin says CRITICAL" plugin_says 2
ok "the plugin says CRITICAL of cam3" plugin_says 2 --device cam3
ok "the plugin says WARNING of cam1" plugin_says 1 --device cam1
ok "the plugin says OK of the other site" plugin_says 0 --site depot
"$lab" fault agent-hung acc2
ok "a hung SNMP agent shows as degraded" within 40 is depot-acc-2 degraded
kw report >"$work/report" 2>&1
ok "the report names cam3" grep -q cam3 "$work/report"
"$lab" heal >/dev/null
ok "heal shows as recovered" within 40 all_up
events device-state >"$work/events"
for what in 'cam3.*down' 'cam3.*up' 'cam1.*degraded' 'depot-acc-2.*degraded'; do
	ok "there is an event $what" grep -qE "$what" "$work/events"
done
"$lab" fault cam-clock 6 437000 >/dev/null
clock_is_off() { kw show cam6 | grep -i clock | grep -qE '7m|43[678]'; }
ok "a clock that is off is seen" within 20 clock_is_off
ok "and is no fault of the device" is cam6 up

ok "the agent ends cleanly" agent_stop
ok "the log has no error" not grep -iE 'error|assert|sanitizer' "$log"
done_testing
