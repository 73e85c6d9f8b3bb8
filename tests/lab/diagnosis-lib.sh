# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# For the scripts that break the wired lab and ask what is to blame: an agent that polls every five
# seconds, the faults with the verdicts that the visible evidence allows, and one try of a fault.
# LAB_SCRIPT: another lab with the same faults, whose cameras serve plain HTTP and whose traps go
# elsewhere.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
for tool in lldpd arping sqlite3 nft snmp-bridge-mib; do
	PATH=$PATH:/usr/sbin command -v $tool >/dev/null || {
		echo "1..0 # SKIP $tool is not installed"
		exit 0
	}
done
lab=${LAB_SCRIPT:-$PWD/tests/lab/wired-lab.sh}
limit_ms=20000 # from the fault to its verdict

# What is right, as class:name, and why:
#  cam-down    the port has lost link, its PoE row still says "delivering": a cut cable and a camera without
#              power look the same.
#  cam-silent  link and power are there, so it is not the cable.
#  port-down   shut by an administrator, as ifAdminStatus says: nothing is wrong with the camera.
#  poe-deny    "searching" while the switch has spent its budget; that is denied. It has one victim, so its
#              port is as good a place as the switch.
#  sw-down     from above, a dead switch and a cut uplink look the same while it lasts; after it, sysUpTime
#              and the switch's own ifLastChange separate them.
#  sw-reboot   five seconds: one poll is lost, if at all; sysUpTime and coldStart tell.
#  uplink-shut the port above is shut, as ifAdminStatus says: the switch has not died by itself.
#  uplink-flap carrier goes and comes every three seconds.
#  agent-dead, agent-hung, snmpd-restart   nothing is out: at most a note that management is dead.
#  loss        one packet in five: polls are lost at random, ports are up.
#  cam-swap    two devices have moved; each has its incident.
# A switch that was out twice within forty polls is intermittent, and so it would be said: faults of switches
# come every fourth, on one and the other in turns, which change places in every second run, and `rested` waits.
# FAULT ARGUMENTS RIGHT (a comma between) INCIDENTS (fewest-most)
faults() {
	cat <<-F
		sw-down         acc1      switch_down:acc1,uplink:acc1                       1-1
		cam-down        5         cable_port:cam5,device_hw:cam5                     1-1
		cam-hung        1         device_service:cam1                                1-1
		cam-refuse      6         device_service:cam6                                1-1
		sw-reboot       acc2      switch_down:acc2,switch_flap:acc2,uplink:acc2      1-1
		cam-silent      7         device_hw:cam7                                     1-1
		port-down       2         cable_port:cam2,poe_port:cam2                      1-1
		poe-fault       8         poe_port:cam8                                      1-1
		uplink-shut     acc1      uplink:acc1                                        1-1
		poe-deny        6         poe_budget:acc2,poe_port:cam6                      1-1
		agent-dead      acc1      mgmt_agent:acc1                                    0-1
		agent-hung      acc2      mgmt_agent:acc2                                    0-1
		uplink-down     acc2      uplink:acc2,switch_down:acc2                       1-1
		snmpd-restart   acc1      mgmt_agent:acc1                                    0-1
		dup-ip          3_8       dup_ip:cam3                                        1-1
		cam-move        2_acc2_6  moved:cam2                                         1-1
		uplink-flap     acc1      switch_flap:acc1,uplink:acc1                       1-1
		cam-swap        6_7       moved:cam6,moved:cam7                              1-2
		mgmt-dead       acc2      mgmt_agent:acc2                                    1-1
		loss            acc2      uplink:acc2                                        0-1
	F
}

diagnosis_up() {
	local probes='icmp, onvif' traps='traps: { listen: "0.0.0.0:162" }' credential=cams n
	if [ -n "${LAB_SCRIPT:-}" ]; then
		probes='icmp, http' traps='' credential=''
	fi
	lab_up
	mkdir -p "$work/secrets" "$work/record"
	(umask 077 && echo cams-secret >"$work/secrets/cams")
	cat >"$conf" <<-Y
		database: $work/keepwatch.db
		fleet: fleet.csv
		socket: $work/control.sock
		group: $(id -gn)
		poll: { interval: 5s, timeout: 500ms, retries: 1 }
		credentials:
		  - { name: switches, snmp: { version: 2c, community: public } }
		  - { name: cams, onvif: { username: monitor, password_file: secrets/cams } }
		sites:
		  - { name: hq }
		probes:
		  topology: { interval: 5s }
		kinds:
		  camera: { probes: [$probes] }
		$traps
		record: { dir: $work/record }
	Y
	{
		echo name,address,kind,site,credential
		echo core,10.77.1.1,switch,hq,switches
		echo acc1,10.77.1.11,switch,hq,switches
		echo acc2,10.77.1.12,switch,hq,switches
		for n in 1 2 3 4 5 6 7 8; do echo "cam$n,10.77.1.10$n,camera,hq,$credential"; done
	} >"$work/fleet.csv"
	agent_start
}

now_ms() { echo $(($(date +%s%N) / 1000000)); }
sql() { sqlite3 -readonly -cmd '.timeout 2000' "$work/keepwatch.db" "$1" 2>&1; }
open_count() { sql "SELECT count(*) FROM incident WHERE closed = 0"; }
none_open() { [ "$(open_count)" = 0 ]; }
# A link that came and went is looked after for a while.
none_out() { [ "$(sql "SELECT count(*) FROM incident WHERE closed = 0 AND healed = 0")" = 0 ]; }
quiet() { none_out && all_up; }
placed() { # every camera hangs on one of two switches, and these on the core
	[ "$(sql "SELECT group_concat(n, ' ') FROM (SELECT p.name || count(*) AS n FROM link l
		JOIN device d ON d.id = l.device JOIN device p ON p.id = l.parent
		WHERE l.spare = 0 GROUP BY p.name ORDER BY p.name)")" = "acc14 acc24 core2" ]
}
# Incidents that were opened since, but for those that say no more than that management is dead.
opened_since() { sql "SELECT count(*) FROM incident WHERE opened >= $1"; }
# A list for SQL: 'class:name','class:name'
quoted() { echo "'${1//,/\',\'}'"; }
# When a verdict out of the list was first drawn since then, in ms after it; nothing if it was not.
verdict_ms() { # SINCE RIGHT
	sql "SELECT min(s.at) - $1 FROM incident_step s JOIN incident i ON i.id = s.incident
		WHERE i.opened >= $1 AND s.verdict || ':' || s.blame_name IN ($(quoted "$2"))"
}
# All incidents that were opened since: class:name confidence, as they stand or stood when they ended.
verdicts_since() {
	sql "SELECT group_concat(verdict || ':' || blame_name || ' ' || CAST(round(confidence * 100) AS INTEGER) || '%' ||
		CASE WHEN adopted_by THEN ' (adopted)' ELSE '' END, '; ') FROM incident WHERE opened >= $1"
}
wrong_since() { # SINCE RIGHT
	sql "SELECT verdict || ':' || blame_name FROM incident WHERE opened >= $1
		AND verdict || ':' || blame_name NOT IN ($(quoted "$2")) AND adopted_by = 0"
}
# until_ms DEADLINE COMMAND...
until_ms() {
	local deadline=$1
	shift
	until "$@"; do
		[ "$(now_ms)" -lt "$deadline" ] && alive || return 1
		sleep 0.2
	done
}
has_verdict() { [ -n "$(verdict_ms "$1" "$2")" ]; }
closed() { [ "$(sql "SELECT count(*) FROM incident WHERE opened >= $1 AND closed = 0")" = 0 ]; }
mostly_healed() { [ "$(sql "SELECT count(*) FROM incident WHERE opened >= $1 AND healed = 0 AND closed = 0")" = 0 ]; }

declare -A out_at # SWITCH: when it was out last
rested() { # FAULT SWITCH
	case $1 in sw-* | uplink-*) ;; *) return 0 ;; esac
	[ -z "${out_at[$2]:-}" ] || until_ms $((out_at[$2] + 215000)) false
	out_at[$2]=$(($(now_ms) + 20000))
}
# One fault and its end. Sets $row: fault, verdicts, seconds to the verdict, to healed, to closed, incidents
# opened, and what was wrong. Fails if something was.
try_fault() { # FAULT ARGUMENTS RIGHT COUNT
	local name=$1 args=${2//_/ } right=$3 least=${4%-*} most=${4#*-} end_ms=20000
	local begin end took healed closed opened wrong=''
	row="$name|not quiet before||||"
	rested "$name" "$args"
	until_ms $(($(now_ms) + ${quiet_ms:-40000})) quiet || return 1
	begin=$(now_ms)
	# shellcheck disable=SC2086 # words
	"$lab" fault "$name" $args >/dev/null 2>>"$work/lab.log"
	if [ "$least" -gt 0 ]; then
		until_ms $((begin + limit_ms)) has_verdict "$begin" "$right" || wrong="no right verdict in time"
		until_ms $(($(now_ms) + 3000)) false # what comes after the verdict
	else
		until_ms $((begin + limit_ms)) false # nothing has to come
	fi
	took=$(verdict_ms "$begin" "$right")
	"$lab" heal >/dev/null 2>>"$work/lab.log"
	end=$(now_ms)
	until_ms $((end + end_ms)) mostly_healed "$begin" || wrong="$wrong; not healed in time"
	healed=$(sql "SELECT max(CASE WHEN healed THEN healed ELSE closed END) - $end FROM incident WHERE opened >= $begin")
	[ "$name" = uplink-flap ] || until_ms $((end + end_ms)) closed "$begin" || wrong="$wrong; not closed in time"
	closed=$(sql "SELECT max(nullif(closed, 0)) - $end FROM incident WHERE opened >= $begin")
	opened=$(opened_since "$begin")
	[ "$opened" -ge "$least" ] && [ "$opened" -le "$most" ] || wrong="$wrong; $opened incidents"
	[ -z "$(wrong_since "$begin" "$right")" ] || wrong="$wrong; blamed $(wrong_since "$begin" "$right" | tr '\n' ' ')"
	row="$name|$(verdicts_since "$begin")|$(seconds "$took")|$(seconds "$healed")|$(seconds "$closed")|$opened|${wrong#; }"
	echo "$row"
	[ -z "$wrong" ] && return
	story_since "$begin"
	return 1
}
seconds() { [ -z "$1" ] || awk -v ms="$1" 'BEGIN { printf "%.1f", (ms > 0 ? ms : 0) / 1000 }'; }
# What was thought, and why, for who has to find out.
story_since() {
	sql "SELECT i.id || ' +' || (s.at - $1) || ' ms ' || s.step || ' ' || s.verdict || ':' || s.blame_name || ' ' ||
		round(s.confidence, 2) || CASE WHEN s.alert THEN ' alert' ELSE '' END FROM incident i
		JOIN incident_step s ON s.incident = i.id WHERE i.opened >= $1 ORDER BY s.at"
	sql "SELECT incident || '.' || step || CASE WHEN decider THEN ' decides: ' ELSE ' ' || round(weight, 1) || ' ' END || text
		FROM incident_line WHERE incident IN (SELECT id FROM incident WHERE opened >= $1) ORDER BY incident, step, decider, n"
	states | grep -v ',up$'
}
fault_line() { # FAULT [swapped: on the other switch]
	faults | awk -v name="$1" '$1 == name' |
		if [ "${2:-}" = swapped ]; then sed '/ acc[12] /{s/acc1/acc#/g;s/acc2/acc1/g;s/acc#/acc2/g}'; else cat; fi
}
try_named() { # FAULT [swapped]
	local name args right count
	read -r name args right count < <(fault_line "$@")
	try_fault "$name" "$args" "$right" "$count"
}
