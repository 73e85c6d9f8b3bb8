#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SNMPv3 against a real snmpd: a user for every authentication and privacy protocol that it offers.
# What this snmpd does with a wrong privacy password: it drops the request, so that is a timeout.
# The same over IPv6, and two snmpd with one engineID.
# limit 120
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-$PWD/build}
get=$BUILD/tests/lab/snmp_get
work=$(mktemp -d "${TMPDIR:-/tmp}/kw-snmpv3.XXXXXX") || exit 1
chmod 700 "$work"
export MIBS='' SNMP_PERSISTENT_DIR=$work/state
mkdir "$work/state"
snmpd_pid='' asker_pid='' twin_pid=''
cases=0 failed=0

# shellcheck disable=SC2317 # called by trap
cleanup() {
	for pid in $asker_pid $snmpd_pid $twin_pid; do
		kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

if ! command -v snmpd >/dev/null; then
	echo '1..0 # SKIP no snmpd'
	exit 0
fi
if [ ! -x "$get" ]; then
	echo "1..0 # SKIP no $get"
	exit 0
fi

report() { # WHAT RC
	cases=$((cases + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $cases - $1"
	else
		echo "not ok $cases - $1"
		sed 's/^/# /' "$work/out"
		failed=1
	fi
}

uptime=1.3.6.1.2.1.1.3.0
name=1.3.6.1.2.1.1.5.0
answers() { # WHAT CREDENTIAL [ADDRESS]
	timeout 20 "$get" -t 2000 -r 1 "${3:-127.0.0.1}" "$port" "$2" $uptime $name >"$work/out" 2>&1
	grep -q "^OK $uptime=[0-9]* $name=lab-agent\$" "$work/out"
	report "$1 answers" $?
}
refuses() { # WHAT REASON CREDENTIAL [ADDRESS]
	timeout 20 "$get" -t 400 -r 0 "${4:-127.0.0.1}" "$port" "$3" $uptime >"$work/out" 2>&1
	grep -q "^$2\$" "$work/out"
	report "$1: $2" $?
}

auths='MD5 SHA-1 SHA-224 SHA-256 SHA-384 SHA-512'
privs='DES AES-128 AES-192 AES-256 AES-192-C AES-256-C'
snmpd_name() { # the protocol as snmpd.conf(5) has it
	case $1 in
	SHA-1) echo SHA ;;
	AES-128) echo AES ;;
	AES-*) echo "$1" | tr -d - ;;
	*) echo "$1" ;;
	esac
}

umask 077
a=$work/auth p=$work/priv wrong=$work/wrong
echo 'correct horse' >"$a"
echo 'battery staple' >"$p"
echo 'not the password' >"$wrong"
has_ipv6=no
if [ "$(cat /proc/sys/net/ipv6/conf/lo/disable_ipv6 2>/dev/null)" = 0 ]; then has_ipv6=yes; fi
write_conf() {
	if [ $has_ipv6 = yes ]; then
		echo "agentaddress udp:127.0.0.1:$port,udp6:[::1]:$port"
	else
		echo "agentaddress udp:127.0.0.1:$port"
	fi
	echo "rocommunity6 public ::1"
	echo 'rocommunity public'
	echo 'sysName lab-agent'
	echo 'createUser plain'
	echo 'rouser plain noauth'
	for auth in $auths; do
		echo "createUser a-$auth $(snmpd_name "$auth") \"$(cat "$a")\""
		echo "rouser a-$auth auth"
		for priv in $privs; do
			echo "createUser p-$auth-$priv $(snmpd_name "$auth") \"$(cat "$a")\"" \
				"$(snmpd_name "$priv") \"$(cat "$p")\""
			echo "rouser p-$auth-$priv priv"
		done
	done
}

start_snmpd() {
	local tries
	snmpd -f -Lo -C -c "$work/snmpd.conf" >"$work/snmpd.log" 2>&1 &
	snmpd_pid=$!
	for tries in $(seq 100); do
		"$get" -t 100 -r 0 127.0.0.1 "$port" v2c:public $uptime >/dev/null 2>&1 && return 0
		kill -0 "$snmpd_pid" 2>/dev/null || return 1
		sleep 0.1
	done
	echo "# snmpd did not come up after $tries tries"
	return 1
}
stop_snmpd() {
	kill "$snmpd_pid" 2>/dev/null
	wait "$snmpd_pid" 2>/dev/null
	snmpd_pid=''
}
is_up=no
for _ in 1 2 3 4 5; do
	port=$((20000 + RANDOM % 12000))
	write_conf >"$work/snmpd.conf"
	if start_snmpd; then
		is_up=yes
		break
	fi
done
if [ $is_up = no ]; then
	sed 's/^/# /' "$work/snmpd.log"
	echo 'not ok 1 - snmpd starts'
	exit 1
fi

answers v1 v1:public
answers v2c v2c:public
answers noAuthNoPriv v3:plain:none::none:
for auth in $auths; do
	answers "authNoPriv $auth" "v3:a-$auth:$auth:$a:none:"
	for priv in $privs; do
		answers "authPriv $auth $priv" "v3:p-$auth-$priv:$auth:$a:$priv:$p"
	done
	refuses "wrong authentication password, $auth" WRONG_DIGEST "v3:a-$auth:$auth:$wrong:none:"
done
for priv in $privs; do
	refuses "wrong privacy password, $priv" TIMEOUT "v3:p-SHA-256-$priv:SHA-256:$a:$priv:$wrong"
done
refuses 'unknown user' UNKNOWN_USER "v3:nobody:SHA-256:$a:AES-128:$p"
refuses 'unknown user, noAuthNoPriv' UNKNOWN_USER v3:nobody:none::none:
refuses 'level that the user has not' SECURITY_LEVEL "v3:a-MD5:MD5:$a:DES:$p"
refuses 'wrong community' TIMEOUT v2c:private

over_ipv6() {
	local what
	for what in v2c:public v3:plain:none::none: "v3:a-SHA-1:SHA-1:$a:none:" \
		"v3:p-SHA-256-AES-128:SHA-256:$a:AES-128:$p" "v3:p-SHA-512-AES-256:SHA-512:$a:AES-256:$p"; do
		answers "IPv6, $(echo "$what" | cut -d : -f 1,2)" "$what" ::1
	done
	refuses 'IPv6, wrong authentication password' WRONG_DIGEST "v3:a-SHA-1:SHA-1:$wrong:none:" ::1
	refuses 'IPv6, unknown user' UNKNOWN_USER "v3:nobody:SHA-256:$a:AES-128:$p" ::1
}
if [ $has_ipv6 = yes ]; then
	over_ipv6
else
	report 'over IPv6 # SKIP the machine has none' 0
fi

# The agent restarts between two requests to one peer: engineBoots goes up, and with it the time
# starts anew; the second request must find its way by itself.
mkfifo "$work/go"
"$get" -p -c 3 -t 3000 -r 1 127.0.0.1 "$port" "v3:p-SHA-256-AES-128:SHA-256:$a:AES-128:$p" $uptime \
	<"$work/go" >"$work/out" 2>&1 &
asker_pid=$!
exec 9>"$work/go"
lines() { grep -c '^OK' "$work/out"; }
await() { # COUNT
	for _ in $(seq 100); do
		[ "$(lines)" -ge "$1" ] && return 0
		kill -0 "$asker_pid" 2>/dev/null || break
		sleep 0.1
	done
	[ "$(lines)" -ge "$1" ]
}
await 1
report 'before the restart' $?
for what in 'after a restart' 'after another restart'; do
	stop_snmpd
	start_snmpd
	before=$(lines)
	echo >&9
	await $((before + 1))
	report "$what of the agent" $?
done
exec 9>&-
wait "$asker_pid" 2>/dev/null
asker_pid=''

# Two agents with one engineID, as cloned machines have it, asked by one command generator: users,
# passwords and boots differ.
stop_snmpd
twin() { # PORT NAME USER AUTH PRIV
	echo "agentaddress udp:127.0.0.1:$1"
	echo 'exactEngineID 0x80001f8804736d65'
	echo 'rocommunity public'
	echo "sysName $2"
	echo "createUser $3 SHA-256 \"$(cat "$4")\" AES \"$(cat "$5")\""
	echo "rouser $3 priv"
}
first_port=$port
twin "$first_port" twin-a user-a "$a" "$p" >"$work/snmpd.conf"
start_snmpd
first_pid=$snmpd_pid
export SNMP_PERSISTENT_DIR=$work/twin
mkdir "$work/twin"
echo 'engineBoots 40' >"$work/twin/snmpd.conf"
is_up=no
for _ in 1 2 3 4 5; do
	port=$((20000 + RANDOM % 12000))
	twin "$port" twin-b user-b "$p" "$wrong" >"$work/snmpd.conf"
	if start_snmpd; then
		is_up=yes
		break
	fi
done
twin_pid=$snmpd_pid snmpd_pid=$first_pid
if [ $is_up = no ]; then
	report 'two agents with one engineID start' 1
else
	timeout 60 "$get" -t 2000 -r 1 -c 3 -a "127.0.0.1,$port,v3:user-b:SHA-256:$p:AES-128:$wrong" \
		127.0.0.1 "$first_port" "v3:user-a:SHA-256:$a:AES-128:$p" $name >"$work/out" 2>&1
	[ "$(grep -c "^OK $name=twin-a\$" "$work/out")" = 3 ] &&
		[ "$(grep -c "^OK $name=twin-b\$" "$work/out")" = 3 ] &&
		[ "$(wc -l <"$work/out")" = 6 ]
	report 'two agents with one engineID' $?
fi
echo "1..$cases"
exit $failed
