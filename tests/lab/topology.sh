#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Which switch port does every camera hang on? The agent against real lldpd, snmpd and BRIDGE-MIB
# agents: it finds all from a cold start, with and without LLDP on the camera, writes nothing while
# nothing changes, finds what is moved and swapped, and is not misled by the rows that are left behind.
# shellcheck source=tests/lab/topology-lib.sh
. "$(dirname "$0")/topology-lib.sh"

agent_start
ok "every camera is on its right port within two rounds of a cold start" in_rounds 2 all_placed
ok "each of them surely" in_rounds 2 sure 80
ok "a camera that speaks LLDP is known by it" in_rounds 2 is_column cam1 source lldp
ok "one that does not, by the forwarding table" is_column cam5 source fdb
ok "acc1 hangs on p1 of core" in_rounds 2 uplink_is acc1 core p1
ok "acc2 hangs on p2 of core" in_rounds 2 uplink_is acc2 core p2
ok "nothing is said to have happened" happened_are

rounds 1
table_dump >"$work/before"
rounds 3
table_dump >"$work/after"
ok "three rounds in which nothing changed wrote nothing" diff "$work/before" "$work/after"

"$lab" fault cam-move 2 acc2 6
ok "a camera with LLDP is found where it was moved to" in_rounds 5 all_placed
"$lab" fault cam-move 5 acc1 5
ok "and one without" in_rounds 5 all_placed
ok "both are told as moved, and nothing else" in_rounds 2 happened_are "moved cam2" "moved cam5"
"$lab" fault cam-swap 6 7
ok "two cameras that changed places are found" in_rounds 5 all_placed
ok "and told as moved, not as replaced" in_rounds 2 happened_are "moved cam2" "moved cam5" \
	"moved cam6" "moved cam7"
ok "the agent ends cleanly" agent_stop
done_testing
