# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# For the labs of this folder: nodes as network namespaces, daemons by their pids, switches that speak
# LLDP and BRIDGE-MIB. $P is the prefix of the namespaces, $LAB the folder of the lab's state.
bridge_mib=/usr/bin/snmp-bridge-mib # of Debian's package snmp

die() {
	echo "$(basename "$0"): $*" >&2
	exit 1
}
switch_address() { case $1 in core) echo 10.77.1.1 ;; acc1) echo 10.77.1.11 ;; *) echo 10.77.1.12 ;; esac; }
in_node() {
	local node=$1
	shift
	ip netns exec "$P-$node" "$@"
}
# Starts a daemon in a node; its pid goes to $LAB/pid/KEY.
start() {
	local key=$1 node=$2
	shift 2
	ip netns exec "$P-$node" "$@" </dev/null >>"$LAB/log/$key" 2>&1 &
	echo $! >"$LAB/pid/$key"
}
lives() { [ -d "/proc/$1" ] && ! grep -q '^State:.*[ZX]' "/proc/$1/status" 2>/dev/null; }
stop() {
	local file=$LAB/pid/$1 pid
	[ -f "$file" ] || return 0
	pid=$(cat "$file")
	rm -f "$file"
	kill -CONT "$pid" 2>/dev/null
	kill -TERM "$pid" 2>/dev/null
	for _ in $(seq 60); do
		lives "$pid" || return 0
		sleep 0.05
	done
	kill -KILL "$pid" 2>/dev/null
}
# until_ok SECONDS COMMAND...: repeats it until it succeeds.
until_ok() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}
# Removes namespaces with a prefix, and what runs in them.
sweep() {
	local ns
	for ns in $(ip netns list 2>/dev/null | awk '{print $1}' | grep "^$1-"); do
		ip netns pids "$ns" 2>/dev/null | while read -r pid; do kill -KILL "$pid" 2>/dev/null; done
		ip netns del "$ns"
	done
}

# ---- what makes a Linux bridge with snmpd a switch that can be asked for its topology
can_tell_topology() {
	[ -x $bridge_mib ] && PATH=$PATH:/usr/sbin command -v lldpd >/dev/null && perl -MSNMP -e 1 2>/dev/null
}
# The script as shipped stops its walk at the first learned address, writes the bridge's name over the
# port of such a row, and caches for a minute.
prepare_bridge_mib() {
	mkdir -p /run/lldpd
	# shellcheck disable=SC2016 # Perl's dollars
	sed -e 's/next if (\$local);/next unless ($local);/' -e '/\$macs{\$mac}{\$v\?bridge}=\$bridge;/d' \
		-e 's/mac_oid}=\$baseport;$/mac_oid}=defined($baseport)?$baseport:0;/' \
		-e 's/^\$cache_timout=60/$cache_timout=2/' $bridge_mib >"$LAB/bridge-mib"
}
# Lines for the snmpd.conf of a switch whose other agents attach to it.
agentx_conf() { # SWITCH
	local dir=$LAB/$1 n
	mkdir -p "$dir/persist" "$dir/conf" "$dir/none"
	printf 'agentXSocket %s\n' "$dir/agentx" >"$dir/conf/dot1qbridge.conf"
	printf '%s\n' 'master agentx' "agentXSocket $dir/agentx" 'agentXTimeout 2' 'agentXRetries 1'
	[ "$1" != core ] || return 0
	for n in 1 2 3 4 5 6; do # POWER-ETHERNET-MIB: the values are the lab's, the agent is real
		printf 'override -rw .1.3.6.1.2.1.105.1.1.1.%s.1.%s integer %s\n' 3 $n 1 \
			6 $n $((n <= 4 ? 3 : 2)) 10 $n $((n <= 4 ? 4 : 1))
	done
	printf 'override -rw .1.3.6.1.2.1.105.1.3.1.1.%s.1 %s %s\n' 2 uinteger 120 3 integer 1 \
		4 uinteger 31 5 integer 80
}
# Its BRIDGE-MIB and LLDP-MIB agents. The order of the script's hashes is that of its base ports:
# fixed, and not that of ifIndex.
start_bridge_and_lldp() { # SWITCH [SYSTEM-NAME]
	local s=$1 dir=$LAB/$1
	until_ok 10 test -S "$dir/agentx" || die "snmpd of $s does not start"
	cat >"$dir/lldpd.conf" <<-E
		configure system hostname ${2:-$s}
		configure system description "Labswitch ${2:-$s}"
		configure system ip management pattern 10.77.1.*
		configure lldp tx-interval 2
		configure lldp tx-hold 3
		configure lldp portidsubtype ifname
	E
	rm -f "$dir/lldpd.sock"
	start "$s.bridge" "$s" env PERL_HASH_SEED=0 PERL_PERTURB_KEYS=0 SNMPCONFPATH="$dir/conf" MIBS= \
		perl "$LAB/bridge-mib" br0
	start "$s.lldpd" "$s" env SNMPCONFPATH="$dir/conf" MIBS= lldpd -d -u "$dir/lldpd.sock" \
		-p "$dir/lldpd.pid" -O "$dir/lldpd.conf" -I 'p*,u*' -X "$dir/agentx"
}
