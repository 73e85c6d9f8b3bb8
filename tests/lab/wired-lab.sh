#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A wired camera network whose cables can be moved: three real switches (Linux bridge, snmpd, lldpd
# and the BRIDGE-MIB agent that Debian's snmp package brings), eight cameras, of which four speak
# LLDP. Every cable runs through a patch panel in a namespace of its own, so that a cut takes the
# carrier from both ends while both stay up, as a real cut does. Root.
#
#   mon 10.77.0.2 --(routed)-- core br0 10.77.1.1 --p1-- acc1 10.77.1.11  p1..p4 = cam1..4, p5 p6 spare
#                                                 --p2-- acc2 10.77.1.12  p1..p4 = cam5..8, p5 p6 spare
#   camN = 10.77.1.10N; cam1..cam4 speak LLDP.
#
#   wired-lab.sh up | down | heal | truth | exec NODE COMMAND... | fake COMMAND... | fault NAME ARGS
#   faults: cam-down N, cam-hung N, cam-refuse N, cam-silent N, cam-password N, port-down N, poe-fault N,
#           poe-deny N, cam-move N SWITCH PORT, cam-swap N M, dup-ip N M,
#           sw-down S, sw-reboot S [SECONDS], uplink-down S, uplink-shut S, uplink-flap S [SECONDS],
#           agent-dead S, agent-hung S, mgmt-dead S, loss S [PER CENT], snmpd-restart S
#           cam-up N, one-ip N M, new-mac N MAC, link-down S, link-up S, agent-down S, agent-up S
# The cameras serve ONVIF (tests/fake) and the PoE tables of acc1 and acc2 can be written.
# LAB: folder of its state. LAB_PREFIX: of the namespaces. FAKE_ONVIF: the program.
set -u
P=${LAB_PREFIX:-kwwired}
LAB=${LAB:-${TMPDIR:-/tmp}/$P}
switches="core acc1 acc2"
cameras="1 2 3 4 5 6 7 8"
here=$(cd "$(dirname "$0")" && pwd)
FAKE_ONVIF=${FAKE_ONVIF:-${BUILD:-$here/../../build}/tests/fake/fake_onvif}
# shellcheck source=tests/lab/nodes.sh
. "$here/nodes.sh"
# shellcheck source=tests/lab/wired-faults.sh
. "$here/wired-faults.sh"

ip_in() {
	local node=$1
	shift
	ip -n "$P-$node" "$@"
}
camera_mac() {
	case $1 in
	1 | 2) echo "b8:a4:4f:00:00:0$1" ;;
	3 | 4) echo "44:19:b6:00:00:0$1" ;;
	5 | 6) echo "3c:ef:8c:00:00:0$1" ;;
	*) echo "00:07:5f:00:00:0$1" ;;
	esac
}
# "acc1 3": where camera N is plugged in.
place() { cat "$LAB/patch/$1"; }
home() { echo "acc$((($1 - 1) / 4 + 1)) $((($1 - 1) % 4 + 1))"; } # where it was at first
fake() { "$FAKE_ONVIF" -k "$LAB/fake.sock" -- "$@"; }
# The panel's end of a switch port.
jack() { echo "j${1#acc}p$2"; }

# ---- switches
start_switch() {
	local s=$1 dir=$LAB/$1
	mkdir -p "$dir/none"
	{
		cat <<-E
			agentAddress udp:0.0.0.0:161
			rocommunity public
			rwcommunity private
			sysName $s
			sysLocation lab
			sysDescr Labswitch $s, software version 4.2.1
			sysObjectID .1.3.6.1.4.1.99999.1.${#s}
			trap2sink 10.77.0.2 public
			[snmp] clientaddr $(switch_address "$s")
			createUser _internal SHA "lab-internal-pass"
			iquerySecName _internal
			rouser _internal noauth
			notificationEvent linkUpTrap .1.3.6.1.6.3.1.1.5.4 .1.3.6.1.2.1.2.2.1.1 .1.3.6.1.2.1.2.2.1.7 .1.3.6.1.2.1.2.2.1.8
			notificationEvent linkDownTrap .1.3.6.1.6.3.1.1.5.3 .1.3.6.1.2.1.2.2.1.1 .1.3.6.1.2.1.2.2.1.7 .1.3.6.1.2.1.2.2.1.8
			monitor -S -r 5 -e linkUpTrap "linkup" .1.3.6.1.2.1.2.2.1.8 != 2
			monitor -S -r 5 -e linkDownTrap "linkdown" .1.3.6.1.2.1.2.2.1.8 == 2
		E
		agentx_conf "$s"
	} >"$dir/snmpd.conf"
	rm -f "$dir/agentx"
	start "$s.snmpd" "$s" env SNMP_PERSISTENT_DIR="$dir/persist" SNMPCONFPATH="$dir/none" MIBS= \
		snmpd -f -Lf "$LAB/log/$s.snmpd.log" -C -c "$dir/snmpd.conf" -p "$dir/snmpd.pid" -x "$dir/agentx" -I -smux
	start_bridge_and_lldp "$s"
}
stop_switch() { for part in bridge lldpd snmpd; do stop "$1.$part"; done; }

# ---- cables
cross() { # A B: the panel joins two of its jacks
	local a b swap
	a=$1 b=$2
	for _ in 1 2; do
		in_node panel tc filter del dev "$a" ingress 2>/dev/null
		in_node panel tc filter add dev "$a" ingress protocol all u32 match u32 0 0 \
			action mirred egress redirect dev "$b"
		swap=$a a=$b b=$swap
	done
}
jacks() { # up|down JACK...
	local state=$1
	shift
	for jack in "$@"; do ip_in panel link set "$jack" "$state"; done
}
cable() { # up|down CAMERA
	local switch port
	read -r switch port < <(place "$2")
	jacks "$1" "c$2" "$(jack "$switch" "$port")"
	# As long as hands take: the switch has noticed.
	[ "$1" = up ] || until_ok 3 lost_link "$switch" "p$port"
}
lost_link() { in_node "$1" grep -qv up "/sys/class/net/$2/operstate"; }
uplink() { jacks "$1" "u${2#acc}a" "u${2#acc}b"; } # up|down SWITCH
announce() { in_node "cam$1" arping -q -U -c 1 -I eth0 "10.77.1.10$1"; }

make_links() {
	local n p s port
	{
		echo "link add eth0 netns $P-mon type veth peer name mgmt0 netns $P-core"
		for n in 1 2; do
			echo "link add up1 netns $P-acc$n address 00:90:e8:0$n:00:99 type veth peer name u${n}a netns $P-panel"
			echo "link add p$n netns $P-core address 00:90:e8:0c:00:0$n type veth peer name u${n}b netns $P-panel"
			for p in 1 2 3 4 5 6; do
				echo "link add p$p netns $P-acc$n address 00:90:e8:0$n:00:0$p type veth peer name j${n}p$p netns $P-panel"
			done
		done
		for n in $cameras; do
			echo "link add eth0 netns $P-cam$n address $(camera_mac "$n") type veth peer name c$n netns $P-panel"
		done
	} >"$LAB/batch"
	ip -batch "$LAB/batch" || die "cannot make links"
	for s in $switches; do
		{
			echo "link add br0 type bridge stp_state 0 forward_delay 0"
			case $s in core) port="p1 p2" ;; *) port="p1 p2 p3 p4 p5 p6 up1" ;; esac
			for p in $port; do echo "link set $p master br0 up"; done
			case $s in core) n=c ;; *) n=${s#acc} ;; esac
			echo "link set br0 address 00:90:e8:0$n:00:00"
			echo "addr add $(switch_address "$s")/24 dev br0"
			echo "link set lo up"
			echo "link set br0 up"
			if [ "$s" = core ]; then
				echo "addr add 10.77.0.1/24 dev mgmt0"
				echo "link set mgmt0 up"
			else
				echo "route add default via 10.77.1.1"
			fi
		} >"$LAB/batch"
		ip -n "$P-$s" -batch "$LAB/batch" || die "cannot set up $s"
	done
	in_node core sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
	printf '%s\n' 'addr add 10.77.0.2/24 dev eth0' 'link set lo up' 'link set eth0 up' \
		'route add default via 10.77.0.1' >"$LAB/batch"
	ip -n "$P-mon" -batch "$LAB/batch" || die "cannot set up mon"
	for n in $cameras; do
		printf '%s\n' "addr add 10.77.1.10$n/24 dev eth0" 'link set lo up' 'link set eth0 up' \
			'route add default via 10.77.1.1' >"$LAB/batch"
		ip -n "$P-cam$n" -batch "$LAB/batch" || die "cannot set up cam$n"
	done
	{
		for n in 1 2; do
			printf 'qdisc add dev %s ingress\n' "u${n}a" "u${n}b"
			for p in 1 2 3 4 5 6; do echo "qdisc add dev j${n}p$p ingress"; done
		done
		for n in $cameras; do echo "qdisc add dev c$n ingress"; done
	} >"$LAB/batch"
	in_node panel tc -batch "$LAB/batch" || die "cannot set up the panel"
	for n in 1 2; do cross "u${n}a" "u${n}b"; done
	for n in $cameras; do
		home "$n" >"$LAB/patch/$n"
		read -r s p < <(place "$n")
		cross "c$n" "$(jack "$s" "$p")"
		cable up "$n"
	done
	uplink up acc1
	uplink up acc2
}

start_camera_lldp() {
	local dir=$LAB/cam$1
	mkdir -p "$dir"
	cat >"$dir/lldpd.conf" <<-E
		configure system hostname cam$1
		configure system description "Lab camera $1"
		configure lldp tx-interval 2
		configure lldp tx-hold 3
	E
	rm -f "$dir/lldpd.sock"
	start "cam$1.lldpd" "cam$1" lldpd -d -u "$dir/lldpd.sock" -p "$dir/lldpd.pid" \
		-O "$dir/lldpd.conf" -I eth0
}

start_cameras() {
	local n
	echo cams-secret >"$LAB/password"
	for n in $cameras; do
		echo "cam$n netns=$P-cam$n listen=0.0.0.0:80 kind=camera vendor=AXIS model=P3265-LVE" \
			"firmware=11.11.73 serial=LAB-000$n mac=$(camera_mac "$n") hostname=cam$n" \
			"address=10.77.1.10$n password_file=$LAB/password"
	done >"$LAB/cameras"
	start fake mon "$FAKE_ONVIF" -k "$LAB/fake.sock" "$LAB/cameras"
	until_ok 20 grep -sqx ready "$LAB/log/fake" || die "no cameras: $(cat "$LAB/log/fake")"
}

up() {
	local node n s
	[ ! -d "$LAB/pid" ] || die "already up"
	[ -x "$FAKE_ONVIF" ] || die "$FAKE_ONVIF is not built"
	can_tell_topology || die "lldpd, libsnmp-perl and snmp-bridge-mib are needed"
	mkdir -p "$LAB/pid" "$LAB/log" "$LAB/patch"
	mkfifo "$LAB/never"
	prepare_bridge_mib
	for node in mon panel $switches; do echo "netns add $P-$node"; done >"$LAB/batch"
	for n in $cameras; do echo "netns add $P-cam$n"; done >>"$LAB/batch"
	ip -batch "$LAB/batch" || die "cannot make network namespaces"
	in_node panel sh -c 'for f in default all; do
		[ ! -e /proc/sys/net/ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/$f/disable_ipv6; done'
	make_links
	for s in $switches; do start_switch "$s"; done
	for n in 1 2 3 4; do start_camera_lldp "$n"; done
	start_cameras
	for s in $switches; do
		# the BRIDGE-MIB agent attaches last; snmpd does not read the kernel's ifAlias
		until_ok 20 in_node mon sh -c "snmpgetnext -v2c -c public -t 0.5 -r 0 -Oqn $(switch_address "$s") \
			.1.3.6.1.2.1.17.1.4.1.2 2>/dev/null | grep -q '^.1.3.6.1.2.1.17.1.4.1.2'" ||
			die "$s does not answer"
	done
	for n in $cameras; do
		read -r s port < <(place "$n")
		in_node mon snmpset -v2c -c private -t 2 -Oqn "$(switch_address "$s")" \
			".1.3.6.1.2.1.31.1.1.1.18.$(if_index "$s" "p$port")" s "camera $n" >/dev/null
	done
}
if_index() { in_node "$1" cat "/sys/class/net/$2/ifindex"; }

down() {
	local file
	for file in "$LAB"/pid/*; do [ ! -f "$file" ] || kill -TERM "$(cat "$file")" 2>/dev/null; done
	for file in "$LAB"/pid/*; do [ ! -f "$file" ] || stop "${file##*/}"; done
	sweep "$P"
	rm -rf "$LAB"
}

# camN,switch,pPORT,ifIndex,MAC lines
truth() {
	local n s p
	for n in $cameras; do
		read -r s p < <(place "$n")
		echo "cam$n,$s,p$p,$(if_index "$s" "p$p"),$(in_node "cam$n" cat /sys/class/net/eth0/address)"
	done
}

fault() {
	local name=$1 a=${2:-} b=${3:-}
	case $name in
	cam-up)
		cable up "$a"
		announce "$a"
		;;
	one-ip)
		ip_in "cam$b" addr del "10.77.1.10$a/24" dev eth0
		announce "$a"
		;;
	new-mac) # another camera in the place of A, with its address
		cable down "$a"
		ip_in "cam$a" link set eth0 address "$b"
		if [ -f "$LAB/pid/cam$a.lldpd" ]; then
			stop "cam$a.lldpd"
			start_camera_lldp "$a"
		fi
		cable up "$a"
		announce "$a"
		;;
	link-down) uplink down "$a" ;;
	link-up) uplink up "$a" ;;
	agent-down) stop_switch "$a" ;;
	agent-up) start_switch "$a" ;;
	*) break_camera "$@" || break_switch "$@" || die "cannot make the fault $*" ;;
	esac
}

case ${1:-} in
up | down | truth | heal) "$1" ;;
exec)
	node=$2
	shift 2
	exec ip netns exec "$P-$node" "$@"
	;;
fake)
	shift
	fake "$@"
	;;
fault)
	shift
	[ -d "$LAB/pid" ] || die "not up"
	fault "$@"
	;;
*)
	sed -n '/^#   wired-lab.sh/,/^# LAB:/s/^# *//p' "$0"
	exit 2
	;;
esac
