#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What is to blame? Real faults of the wired lab, real probes every five seconds: each has one incident
# with the right verdict within 20 s, and none 20 s after its end. Here: single cameras. The plugin and
# the terminal name the culprit. All faults, several times: `make lab`.
# shellcheck source=tests/lab/diagnosis-lib.sh
. "$(dirname "$0")/diagnosis-lib.sh"

diagnosis_up
ok "all is up and placed" within 60 eval 'all_up && placed'
ok "a start opens nothing" none_open
ok "a service that is dead" try_named cam-refuse
ok "PoE of one port" try_named poe-fault
"$lab" fault cam-down 5
blamed() { plugin --device cam5 | grep -E "^KEEPWATCH CRITICAL - cam5 down .* - (device failed|cable or connector) \([0-9]+ %\)"; }
ok "the plugin names the cause of a dead camera" within 30 blamed
fleet() { plugin | head -n 1 | grep -E '^KEEPWATCH CRITICAL - cam5: .* incidents=1;'; }
ok "in the first line of the fleet as well" fleet
listed() { kw incidents --format csv --columns name,state --no-header | grep '^cam5,open'; }
ok "keepwatch incidents lists it" listed
"$lab" heal >/dev/null 2>&1
ok "and all is well again" within 30 quiet
ok "the plugin says OK" plugin_says 0 --mode incident
ok "the agent ends cleanly" agent_stop
done_testing
