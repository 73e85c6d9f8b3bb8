# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# For wired-lab.sh: what can fail in it, and how all of that is made whole again. A fault lasts until
# `heal`; what can be seen of each is told in diagnosis-lib.sh.
# shellcheck disable=SC2154 # wired-lab.sh has the lists

ports() { case $1 in core) echo p1 p2 ;; *) echo p1 p2 p3 p4 p5 p6 up1 ;; esac; }
cameras_of() { # SWITCH: numbers of the cameras on it
	local n switch
	for n in $cameras; do
		read -r switch _ < <(place "$n")
		[ "$switch" != "$1" ] || echo "$n"
	done
}
# POWER-ETHERNET-MIB pethPsePortDetectionStatus of a port: searching(2), deliveringPower(3), fault(4)
poe() { # SWITCH PORT STATUS
	in_node mon snmpset -v2c -c private -t 2 -Oqn "$(switch_address "$1")" \
		".1.3.6.1.2.1.105.1.1.1.6.1.$2" i "$3" >/dev/null
}
# pethMainPseConsumptionPower, in watts
power() { # SWITCH WATTS
	in_node mon snmpset -v2c -c private -t 2 -Oqn "$(switch_address "$1")" \
		.1.3.6.1.2.1.105.1.3.1.1.4.1 u "$2" >/dev/null
}
plug_in() { # CAMERA SWITCH PORT: another socket, without waiting for anybody
	echo "$2 $3" >"$LAB/patch/$1"
	cross "c$1" "$(jack "$2" "$3")"
}

# A switch without power: all its links are gone, and so is it.
power_off() {
	local n
	for n in $(cameras_of "$1"); do cable down "$n"; done
	uplink down "$1"
	stop_switch "$1"
	ip_in "$1" link set br0 down
}
power_on() {
	local n
	ip_in "$1" link set br0 up
	ip_in "$1" route replace default via 10.77.1.1
	uplink up "$1"
	for n in $(cameras_of "$1"); do cable up "$n"; done
	start_switch "$1"
}
flap() { # SWITCH SECONDS: until it is stopped
	for _ in $(seq 100); do
		uplink down "$1"
		read -rt "$2" <>"$LAB/never"
		uplink up "$1"
		read -rt "$2" <>"$LAB/never"
	done
}
# Daemons of a switch that are held (STOP) or let go (CONT).
signal_switch() { # SIGNAL SWITCH PART...
	local signal=$1 switch=$2 part
	shift 2
	for part in "$@"; do
		[ ! -f "$LAB/pid/$switch.$part" ] || kill "-$signal" "$(cat "$LAB/pid/$switch.$part")"
	done
}

break_camera() { # FAULT CAMERA [OTHER | SWITCH PORT]
	local switch port there here n=$2
	case $1 in
	cam-down) cable down "$n" ;;                                 # no power, or its cable is cut
	cam-hung) fake set "cam$n" misbehave=stall ;;                  # ping answers, TCP connects, HTTP stalls
	cam-refuse) fake set "cam$n" closed=1 ;;                       # the service died: connection refused
	cam-password) fake set "cam$n" user=somebody-else ;;           # login refused
	cam-silent) ip_in "cam$n" addr flush dev eth0 ;;               # link up, its network code is dead
	port-down)
		read -r switch port < <(place "$n")
		ip_in "$switch" link set "p$port" down                 # shut by an administrator
		jacks down "c$n"
		;;
	poe-fault)
		read -r switch port < <(place "$n")
		poe "$switch" "$port" 4
		cable down "$n"
		;;
	poe-deny) # the switch has no power left for it
		read -r switch port < <(place "$n")
		poe "$switch" "$port" 2
		power "$switch" 120
		cable down "$n"
		;;
	cam-move)
		cable down "$n"
		plug_in "$n" "$3" "$4"
		cable up "$n"
		announce "$n"
		;;
	cam-swap)
		here=$(place "$n") there=$(place "$3")
		cable down "$n"
		cable down "$3"
		# shellcheck disable=SC2086 # two words each
		{
			plug_in "$n" $there
			plug_in "$3" $here
		}
		cable up "$n"
		cable up "$3"
		announce "$n" # as a camera does when its link comes up
		announce "$3"
		;;
	dup-ip) # the other also claims its address
		ip_in "cam$3" addr add "10.77.1.10$n/24" dev eth0
		in_node "cam$3" arping -q -U -c 2 -I eth0 "10.77.1.10$n"
		;;
	*) return 1 ;;
	esac
}
break_switch() { # FAULT SWITCH [FIGURE]
	local s=$2
	case $1 in
	sw-down) power_off "$s" ;;
	sw-reboot)
		power_off "$s"
		sleep "${3:-5}"
		power_on "$s"
		;;
	uplink-down) uplink down "$s" ;;
	uplink-shut) # by an administrator, on the core
		ip_in core link set "p${s#acc}" down
		jacks down "u${s#acc}a"
		;;
	uplink-flap)
		flap "$s" "${3:-3}" </dev/null >/dev/null 2>&1 &
		echo $! >"$LAB/pid/flap"
		;;
	agent-dead) stop_switch "$s" ;;                # ICMP port unreachable; forwards
	agent-hung) signal_switch STOP "$s" snmpd ;;   # SNMP times out; ping answers; forwards
	mgmt-dead)                                     # its processor is dead, its silicon forwards
		signal_switch STOP "$s" snmpd lldpd
		ip_in "$s" addr flush dev br0
		;;
	loss) # per cent of what comes in on its uplink
		in_node "$s" nft -f - <<-N
			table netdev loss { chain i { type filter hook ingress device "up1" priority 0;
				numgen random mod 100 < ${3:-20} counter drop; }; }
		N
		;;
	snmpd-restart)
		stop_switch "$s"
		start_switch "$s"
		;;
	*) return 1 ;;
	esac
}

heal() {
	local s n p told=()
	stop flap
	fake set '*' misbehave=none closed=0 user=monitor || return 1
	for s in acc1 acc2; do in_node "$s" nft delete table netdev loss 2>/dev/null; done
	for n in $cameras; do
		if [ "$(place "$n")" != "$(home "$n")" ]; then
			cable down "$n"
			: >"$LAB/moved.$n"
		fi
	done
	for n in $cameras; do
		# shellcheck disable=SC2046 # two words
		[ ! -f "$LAB/moved.$n" ] || plug_in "$n" $(home "$n")
	done
	for s in $switches; do
		for p in $(ports "$s"); do ip_in "$s" link set "$p" up; done
		ip_in "$s" link set br0 up
		ip_in "$s" addr replace "$(switch_address "$s")/24" dev br0
		[ "$s" = core ] || ip_in "$s" route replace default via 10.77.1.1
		if [ -f "$LAB/pid/$s.snmpd" ]; then
			signal_switch CONT "$s" snmpd lldpd bridge
		else
			start_switch "$s"
		fi
		[ "$s" = core ] || uplink up "$s"
	done
	for n in $cameras; do
		for p in $cameras; do # others' addresses; its own is not touched if it is there
			[ "$p" = "$n" ] || ip_in "cam$n" addr del "10.77.1.10$p/24" dev eth0 2>/dev/null
		done
		ip_in "cam$n" addr replace "10.77.1.10$n/24" dev eth0
		cable up "$n"
		ip_in "cam$n" route replace default via 10.77.1.1
		announce "$n" &
		told+=($!)
		rm -f "$LAB/moved.$n"
	done
	wait "${told[@]}"
	for s in acc1 acc2; do
		until_ok 10 power "$s" 31
		for p in 1 2 3 4; do poe "$s" $p 3; done
	done
}
