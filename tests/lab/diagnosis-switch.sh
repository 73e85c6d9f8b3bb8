#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# As diagnosis.sh, for switches: a dead one, one whose management alone is dead, and one whose agent
# restarts, which is nothing at all.
# shellcheck source=tests/lab/diagnosis-lib.sh
. "$(dirname "$0")/diagnosis-lib.sh"

diagnosis_up
ok "all is up and placed" within 60 eval 'all_up && placed'
ok "management that is dead, while all is forwarded" try_named mgmt-dead
ok "an SNMP agent that restarts" try_named snmpd-restart
"$lab" fault sw-down acc2
blamed() { plugin --device cam5 | grep -E "^KEEPWATCH CRITICAL - cam5 down .* - acc2: (switch down|uplink failed) \([0-9]+ %\).*innocent - do not dispatch - IT network"; }
ok "a camera behind a dead switch is innocent, says the plugin" within 30 blamed
ok "and may be a warning" plugin_says 1 --device cam5 --innocent warning
plugin | sed 's/^/# /'
fleet() { plugin | head -n 1 | grep -E '^KEEPWATCH CRITICAL - acc2: (switch down|uplink failed) .*, 4 cameras - do not dispatch - IT network'; }
ok "the fleet's first line names the switch" within 20 fleet
ok "one incident was opened" test "$(sql "SELECT count(*) FROM incident WHERE verdict != 'mgmt_agent'")" = 1
"$lab" heal >/dev/null 2>&1
ok "and all is well again" within 30 quiet
it_was() {
	sql "SELECT s.step || ' ' || s.verdict || ' ' || s.blame_name FROM incident_step s WHERE s.verdict != 'mgmt_agent'"
	[ "$(sql "SELECT verdict || ' ' || blame_name FROM incident ORDER BY id DESC LIMIT 1")" = "$1" ]
}
ok "by its sysUpTime it was the switch" it_was "switch_down acc2"
ok "the agent ends cleanly" agent_stop
done_testing
