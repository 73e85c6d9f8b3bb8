#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The agent watches the larger lab that lies beside the corpus, if it does: CORPUS/../lab/lab.sh, with
# lldpd and BRIDGE-MIB agents on its switches and plain web servers as cameras.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/../lab/lib.sh"
other=$(dirname "${1:-../shared/corpus}")/lab/lab.sh
if [ ! -x "$other" ]; then
	echo "1..0 # SKIP there is no $other"
	exit 0
fi
for tool in lldpd busybox arping nft snmptrapd; do
	PATH=$PATH:/usr/sbin command -v $tool >/dev/null || {
		echo "1..0 # SKIP $tool is not installed"
		exit 0
	}
done
lab=$(readlink -f "$other")
interval=5
lab_up
cat >"$conf" <<E
database: $work/keepwatch.db
fleet: fleet.csv
socket: $work/control.sock
group: $(id -gn)
poll: { interval: ${interval}s, timeout: 500ms, retries: 1 }
credentials:
  - { name: switches, snmp: { version: 2c, community: public } }
sites:
  - { name: lab }
kinds:
  camera: { probes: [icmp, http] }
E
{
	echo name,address,kind,site,credential
	echo core,10.77.1.1,switch,lab,switches
	echo acc1,10.77.1.11,switch,lab,switches
	echo acc2,10.77.1.12,switch,lab,switches
	for n in 1 2 3 4 5 6 7 8; do echo "cam$n,10.77.1.10$n,camera,lab,"; done
} >"$work/fleet.csv"
agent_start
ok "every device is up within one interval of the start" within $((interval + 3)) all_up
"$lab" fault cam-down 3
ok "cam-down 3 shows as down" within 60 is cam3 down
ok "and nothing else does" only_these cam3
"$lab" heal >/dev/null
ok "heal shows as recovered" within 60 all_up
"$lab" fault cam-hung 3
ok "cam-hung 3 shows as degraded" within 60 is cam3 degraded
ok "and nothing else does" only_these cam3
"$lab" heal >/dev/null
ok "heal shows as recovered" within 60 all_up
ok "the agent ends cleanly" agent_stop
done_testing
