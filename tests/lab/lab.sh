#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A switched camera network in network namespaces: real switches (Linux bridge and snmpd), simulated
# cameras and a door controller (tests/fake) that can be taken away, hung or spoiled. Root.
#
#   mon 10.77.0.2 -- core 10.77.1.1 -- p1: acc1 10.77.1.11  p1..p4 = cam1..cam4
#                                   -- p2: acc2 10.77.1.12  p1..p5 = cam5..cam8, door9
#   camN = 10.77.1.10N, door9 = 10.77.1.109; cam8 speaks IPv6 as well (fd77:1::108).
#
#   lab.sh up | down | heal | exec NODE COMMAND... | fake COMMAND... | fault NAME ARGS
#   lab.sh conf DIR [INTERVAL]    writes keepwatch.yaml, fleet.csv and secrets for the lab into DIR
# LAB_TOPOLOGY=yes: the switches serve BRIDGE-MIB and LLDP as well, if their agents are installed.
# LAB: folder of its state. LAB_PREFIX: of the namespaces. FAKE_ONVIF: the program.
set -u
P=${LAB_PREFIX:-kwlab}
LAB=${LAB:-${TMPDIR:-/tmp}/$P}
here=$(cd "$(dirname "$0")" && pwd)
FAKE_ONVIF=${FAKE_ONVIF:-${BUILD:-$here/../../build}/tests/fake/fake_onvif}
switches="core acc1 acc2"
# shellcheck source=tests/lab/nodes.sh
. "$here/nodes.sh"

# number kind switch port vendor|model|firmware|serial mac
devices() {
	cat <<-E
		1 camera acc1 p1 AXIS|P3265-LVE|11.11.73|B8A44F000001|b8:a4:4f:00:00:01
		2 camera acc1 p2 AXIS|P3265-LVE|10.12.240|B8A44F000002|b8:a4:4f:00:00:02
		3 camera acc1 p3 HIKVISION|DS-2CD2143G2-I|V5.7.3 build 220315|DS-2CD2143G2-I20220401AAWRJ00000003|44:19:b6:00:00:03
		4 camera acc1 p4 HIKVISION|DS-2CD2143G2-I|V5.7.3 build 220315|DS-2CD2143G2-I20220401AAWRJ00000004|44:19:b6:00:00:04
		5 camera acc2 p1 Dahua|IPC-HFW2831T|2.820.0000000.18.R|6K0123FPAG00005|3c:ef:8c:00:00:05
		6 camera acc2 p2 Dahua|IPC-HFW2831T|2.820.0000000.18.R|6K0123FPAG00006|3c:ef:8c:00:00:06
		7 camera acc2 p3 Bosch|FLEXIDOME IP 5000i|7.87.0031|044518107000007|00:07:5f:00:00:07
		8 camera acc2 p4 UNIVIEW|IPC324LB|QIPC-B2202.5.9|210235C3TR0000000008|48:ea:63:00:00:08
		9 door acc2 p5 AXIS|A1610|12.2.45|B8A44F000009|b8:a4:4f:00:00:09
	E
}
node_of() { if [ "$1" -eq 9 ]; then echo door9; else echo "cam$1"; fi; }
fake() { "$FAKE_ONVIF" -k "$LAB/fake.sock" -- "$@"; }

has_agent() { in_node "$1" grep -qE '^ *[0-9]+: [0-9A-F]+:00A1 ' /proc/net/udp; }

tells_topology=no
[ "${LAB_TOPOLOGY:-no}" = no ] || ! can_tell_topology || tells_topology=yes
switch_name() { case $1 in core) echo hq-core ;; acc1) echo hq-acc-1 ;; *) echo depot-acc-2 ;; esac; }

start_switch() {
	local s=$1 dir=$LAB/$1
	mkdir -p "$dir/persist"
	cat >"$dir/snmpd.conf" <<-E
		agentAddress udp:161
		rocommunity public
		sysName $s
		sysLocation lab
		sysContact it@example.org
		sysDescr Labswitch $s, software version 4.2.1
		sysObjectID .1.3.6.1.4.1.99999.1.${#s}
		createUser monitor SHA-256 core-auth-secret AES core-priv-secret
		rouser monitor priv
	E
	[ "$tells_topology" = no ] || agentx_conf "$s" >>"$dir/snmpd.conf"
	rm -f "$dir/agentx"
	start "$s" "$s" env SNMP_PERSISTENT_DIR="$dir/persist" SNMPCONFPATH="$dir" MIBS= \
		snmpd -f -Lf "$LAB/log/$s.snmpd" -C -c "$dir/snmpd.conf" -I -smux
	[ "$tells_topology" = no ] || start_bridge_and_lldp "$s" "$(switch_name "$s")"
}

# Prefixes end in the pid of the script that made them: what a killed one left behind goes now.
sweep_orphans() {
	local prefix pid
	for prefix in $(ip netns list 2>/dev/null | sed -n 's/^\(kwt[0-9]*\)-.*/\1/p' | sort -u); do
		pid=${prefix#kwt}
		[ -d "/proc/$pid" ] || sweep "$prefix"
	done
}

up() {
	local s n kind switch port facts node vendor model firmware serial mac v6=no
	[ ! -d "$LAB/pid" ] || die "already up"
	[ -x "$FAKE_ONVIF" ] || die "$FAKE_ONVIF is not built"
	sweep "$P"
	sweep_orphans
	mkdir -p "$LAB/pid" "$LAB/log"
	[ ! -e /proc/net/if_inet6 ] || v6=yes
	{
		for node in mon $switches; do echo "netns add $P-$node"; done
		devices | while read -r n _; do echo "netns add $P-$(node_of "$n")"; done
	} >"$LAB/namespaces"
	ip -batch "$LAB/namespaces" || die "cannot make network namespaces"
	{
		echo "link add eth0 netns $P-mon type veth peer name mgmt0 netns $P-core"
		echo "link add up1 netns $P-acc1 address 00:90:e8:01:00:99 type veth peer name p1 netns $P-core"
		echo "link add up1 netns $P-acc2 address 00:90:e8:02:00:99 type veth peer name p2 netns $P-core"
		devices | while read -r n kind switch port facts; do
			mac=${facts##*|}
			echo "link add eth0 netns $P-$(node_of "$n") address $mac type veth peer name $port netns $P-$switch"
		done
	} >"$LAB/links"
	ip -batch "$LAB/links" || die "cannot make links"
	for s in $switches; do
		{
			echo "link add br0 type bridge stp_state 0 forward_delay 0"
			echo "addr add $(switch_address "$s")/24 dev br0"
			echo "link set lo up"
			case $s in
			core) ports="p1 p2" ;;
			acc1) ports="up1 p1 p2 p3 p4" ;;
			*) ports="up1 p1 p2 p3 p4 p5" ;;
			esac
			for port in $ports; do echo "link set $port master br0 up"; done
			echo "link set br0 up"
			if [ "$s" = core ]; then
				echo "addr add 10.77.0.1/24 dev mgmt0"
				echo "link set mgmt0 up"
			else
				echo "route add default via 10.77.1.1"
			fi
		} >"$LAB/net"
		ip -n "$P-$s" -batch "$LAB/net" || die "cannot set up $s"
	done
	in_node core sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
	printf '%s\n' 'addr add 10.77.0.2/24 dev eth0' 'link set lo up' 'link set eth0 up' \
		'route add default via 10.77.0.1' >"$LAB/net"
	ip -n "$P-mon" -batch "$LAB/net"
	devices | while read -r n _; do
		printf '%s\n' "addr add 10.77.1.10$n/24 dev eth0" 'link set lo up' 'link set eth0 up' \
			'route add default via 10.77.1.1' >"$LAB/net"
		ip -n "$P-$(node_of "$n")" -batch "$LAB/net"
	done
	if [ $v6 = yes ]; then
		in_node core sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
		ip -n "$P-core" addr add fd77:0::1/64 dev mgmt0 nodad
		ip -n "$P-core" addr add fd77:1::1/64 dev br0 nodad
		ip -n "$P-mon" addr add fd77:0::2/64 dev eth0 nodad
		ip -n "$P-mon" -6 route add default via fd77:0::1
		ip -n "$P-cam8" addr add fd77:1::108/64 dev eth0 nodad
		ip -n "$P-cam8" -6 route add default via fd77:1::1
	fi
	echo "cams-secret" >"$LAB/password"
	devices | while read -r n kind switch port facts; do
		IFS='|' read -r vendor model firmware serial mac <<<"$facts"
		node=$(node_of "$n")
		case $n in
		2) extra='auth=digest' ;;
		4) extra='auth=digest algorithm=SHA-256' ;;
		5) extra='auth=both time_window_s=60' ;;
		7) extra='auth=either' ;;
		*) extra='time_window_s=60' ;;
		esac
		listen=10.77.1.10$n:80
		if [ "$n" = 8 ] && [ $v6 = yes ]; then listen='[::]:80'; fi
		echo "$node netns=$P-$node listen=$listen kind=$kind vendor=\"$vendor\" model=\"$model\"" \
			"firmware=\"$firmware\" serial=$serial mac=$mac hostname=$node address=10.77.1.10$n" \
			"password_file=$LAB/password $extra"
	done >"$LAB/devices"
	[ $tells_topology = no ] || prepare_bridge_mib
	for s in $switches; do start_switch "$s"; done
	start fake mon "$FAKE_ONVIF" -k "$LAB/fake.sock" "$LAB/devices"
	until_ok 20 grep -sqx ready "$LAB/log/fake" || die "no fake devices: $(cat "$LAB/log/fake")"
	for s in $switches; do until_ok 20 has_agent "$s" || die "snmpd of $s: $(cat "$LAB/log/$s"*)"; done
}

down() {
	local key
	for key in "$LAB"/pid/*; do stop "${key##*/}"; done
	sweep "$P"
	rm -rf "$LAB"
}

# Column `upstream`: what the switches tell nobody has to write down.
declared() { [ "$tells_topology" = yes ] || echo "$1:$2"; }
conf() {
	local dir=$1 interval=${2:-5s} n kind switch port facts address
	mkdir -p "$dir/secrets"
	(umask 077 && echo core-auth-secret >"$dir/secrets/core.auth" &&
		echo core-priv-secret >"$dir/secrets/core.priv" && echo cams-secret >"$dir/secrets/cams")
	cat >"$dir/keepwatch.yaml" <<-E
		database: $dir/keepwatch.db
		fleet: fleet.csv
		socket: $dir/control.sock
		group: $(id -gn)
		poll: { interval: $interval, timeout: 500ms, retries: 1 }
		credentials:
		  - { name: switches, snmp: { version: 2c, community: public } }
		  - { name: core, snmp: { version: 3, user: monitor, auth: SHA-256, auth_password_file: secrets/core.auth,
		      priv: AES-128, priv_password_file: secrets/core.priv } }
		  - { name: cams, onvif: { username: monitor, password_file: secrets/cams } }
		$([ "$tells_topology" = no ] || echo "probes: { topology: { interval: $interval } }")
		sites:
		  - { name: hq, contact: "IT network <noc@example.org>" }
		  - { name: depot, contact: "Physical security <guards@example.org>" }
	E
	{
		echo name,address,kind,site,owner,credential,upstream,room
		echo hq-core,10.77.1.1,switch,hq,it-network,core,,plant room
		echo "hq-acc-1,10.77.1.11,switch,hq,it-network,switches,$(declared hq-core p1),floor 1"
		echo "depot-acc-2,10.77.1.12,switch,depot,it-network,switches,$(declared hq-core p2),depot"
		devices | while read -r n kind switch port facts; do
			address=10.77.1.10$n
			if [ "$n" = 8 ] && [ -e /proc/net/if_inet6 ]; then address=fd77:1::108; fi
			case $switch in
			acc1) echo "$(node_of "$n"),$address,$kind,hq,physical-security,cams,$(declared hq-acc-1 "$port"),room $n" ;;
			*) echo "$(node_of "$n"),$address,$kind,depot,physical-security,cams,$(declared depot-acc-2 "$port"),bay $n" ;;
			esac
		done
	} >"$dir/fleet.csv"
}

plug() { # NODE: a camera's cable back in
	ip -n "$P-$1" link set eth0 up
	ip -n "$P-$1" route replace default via 10.77.1.1
	if [ "$1" = cam8 ] && [ -e /proc/net/if_inet6 ]; then
		ip -n "$P-cam8" addr replace fd77:1::108/64 dev eth0 nodad
		ip -n "$P-cam8" -6 route replace default via fd77:1::1
	fi
}

fault() {
	local what=$1 node
	case $what in
	cam-*) node=$(node_of "$2") ;;
	*) node=$2 ;;
	esac
	case $what in
	cam-down) ip -n "$P-$node" link set eth0 down ;;              # no power, or its cable cut
	cam-hung) fake set "$node" misbehave=stall ;;                 # ping answers, TCP connects, HTTP stalls
	cam-refuse) fake set "$node" closed=1 ;;                      # service died: connection refused
	cam-silent) ip -n "$P-$node" addr flush dev eth0 ;;           # link up, stack dead
	cam-password) fake set "$node" user=somebody-else ;;          # login refused
	cam-clock) fake set "$node" clock_offset_ms="$3" ;;
	cam-odd) fake set "$node" misbehave="$3" ;;                   # any misbehaviour of fake_onvif
	agent-dead) stop "$node" ;;                                   # ICMP port unreachable; forwards
	agent-hung) kill -STOP "$(cat "$LAB/pid/$node")" ;;           # SNMP times out; ping answers
	uplink-down) ip -n "$P-$node" link set up1 down ;;
	switch-down) ip -n "$P-$node" link set br0 down && ip -n "$P-$node" link set up1 down && stop "$node" ;;
	*) die "unknown fault $what" ;;
	esac
}

heal() {
	local s n node
	fake set '*' misbehave=none closed=0 clock_offset_ms=0 user=monitor || return 1
	devices | while read -r n _; do
		node=$(node_of "$n")
		ip -n "$P-$node" addr replace "10.77.1.10$n/24" dev eth0
		plug "$node"
	done
	for s in $switches; do
		[ "$s" = core ] || ip -n "$P-$s" link set up1 up
		ip -n "$P-$s" link set br0 up
		[ "$s" = core ] || ip -n "$P-$s" route replace default via 10.77.1.1
		if [ -f "$LAB/pid/$s" ]; then
			kill -CONT "$(cat "$LAB/pid/$s")"
		else
			start_switch "$s"
			until_ok 20 has_agent "$s" || die "snmpd of $s"
		fi
	done
}

verb=${1:-help}
[ $# -eq 0 ] || shift
case $verb in
up | down | heal | conf | fault | fake) "$verb" "$@" ;;
exec) node=$1 && shift && exec ip netns exec "$P-$node" "$@" ;;
*)
	sed -n '3,13s/^# \{0,1\}//p' "$0"
	exit 2
	;;
esac
