#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What happens to cameras that hang where they hang: an address that two claim, another camera under
# the same address, dark ones, traps of their switches; and what a restart and a declaration against
# the evidence make of all that.
# shellcheck source=tests/lab/topology-lib.sh
. "$(dirname "$0")/topology-lib.sh"

agent_start
in_rounds 3 all_placed
rounds 1
"$lab" fault dup-ip 3 8
ok "an address that two claim is told" in_rounds 8 happened_are "duplicate-ip cam3"
ok "and moves nobody" all_placed
"$lab" fault one-ip 3 8
"$lab" fault new-mac 1 b8:a4:4f:00:00:99
ok "another camera under the same address is told as replaced" in_rounds 8 happened_are "duplicate-ip cam3" "replaced cam1"
ok "in its old place" in_rounds 2 all_placed
"$lab" fault cam-down 4
ok "a camera that is dark" within 20 is cam4 down
rounds 2
ok "keeps its place" all_placed
heard() { sql "SELECT e.detail FROM event e JOIN device d ON d.id = e.device WHERE e.type = 'trap' AND d.name = 'acc1'" | grep -F "$1"; }
ok "its switch has sent a trap for the port" within 20 heard "linkDown ifIndex 6"
"$lab" fault cam-up 4
ok "and comes back" within 20 is cam4 up
"$lab" fault cam-down 3
ok "one that is asked every ten minutes is seen dark at once, by its switch's trap" within 30 is cam3 down
"$lab" fault cam-up 3
ok "and back as well" within 30 is cam3 up

ok "the agent ends cleanly" agent_stop
happened >"$work/before"
agent_start
ok "after a restart it knows all places at once" within 5 all_placed
rounds 2
happened >"$work/after"
ok "and tells nothing again" diff "$work/before" "$work/after"
write_fleet acc2:p1 >"$work/fleet.csv"
kill -HUP "$agent"
contradicted() {
	echo "$(column cam4 contradicted) $(column cam4 source) $(column cam4 why)"
	[ "$(column cam4 contradicted)" = 1 ] && [ "$(column cam4 source)" = declared ]
}
ok "a declared place that is not what is seen is contradicted" in_rounds 3 contradicted
ok "and told" in_rounds 1 told "upstream-contradicted cam4"
ok "the agent ends cleanly again" agent_stop
done_testing
