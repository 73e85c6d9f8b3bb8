#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# From root to an ordinary user: what is left, that ICMP still works, who may read database and socket;
# started without the rights for ICMP; secret files that others could read.
# shellcheck source=tests/scenario/agent-lib.sh
. "$(dirname "$0")/agent-lib.sh"

# Any user and group that there are: nothing is added to the machine.
user=nobody group=games
gid=$(getent group $group | cut -d: -f3)
state=$work/state run=$work/run
socket=$run/control.sock database=$state/kw.db
{
	echo name,address,kind,site,credential,probes
	echo "here,127.0.0.1,server,hq,,icmp"
	echo "six,::1,server,hq,,icmp"
	echo "shut,127.0.0.1,server,hq,,tcp"
} >"$work/fleet.csv"
write_conf() { # LINES...
	cat >"$conf" <<YAML
database: $database
fleet: fleet.csv
socket: $socket
group: $group
poll: { interval: 1s, timeout: 500ms, retries: 0 }
sites: [{ name: hq }]
probes: { tcp: { port: 1 } }
YAML
	printf '%s\n' "$@" >>"$conf"
}

# ---- secret files
umask 022
echo "a-secret-of-ours" >"$work/secret"
chmod 644 "$work/secret"
write_conf "credentials: [{ name: cams, onvif: { username: monitor, password_file: secret } }]"
line=$(wc -l <"$conf")
timeout 10 "$BUILD/keepwatchd" -c "$conf" 2>"$work/refused"
status=$?
ok "a secret that others can read: no start" test $status -eq 1
ok "with file, line and column" grep -qE "keepwatch\.yaml:$line:[0-9]+: .*secret file .*0?644" "$work/refused"
ok "and what to do" grep -qE 'chmod|mode 0?[64]00' "$work/refused"
ok "and without the secret" not grep -q a-secret-of-ours "$work/refused"

if [ "$(id -u)" -ne 0 ] || [ -z "$gid" ] || ! command -v setpriv >/dev/null; then
	skip "from root to $user" "needs root, setpriv and the group $group"
	done_testing
fi
status() { # FIELD: of the agent's process
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$agent/status" | tr '\t' ' '
}
has() { # FIELD VALUE
	echo "$1 is '$(status "$1")'"
	[ "$(status "$1" | sed 's/ *$//')" = "$2" ]
}
as() { # GROUP COMMAND...: as a stranger in that group
	setpriv --reuid=54321 --regid=54321 --groups="$1" "${@:2}"
}
reads() { # GROUP
	as "$1" "$BUILD/keepwatch" report --database "$database" && as "$1" "$BUILD/keepwatch" devices --database "$database" --format csv
}
asks() { as "$1" "$BUILD/check_keepwatch" -S "$socket" | grep 'devices up'; }
uid=$(id -u $user)
clean="0000000000000000"
powerless() {
	ok "no user of root's" has Uid "$uid $uid $uid $uid"
	for set in Inh Prm Eff Amb; do ok "no capability: $set" has Cap$set $clean; done
	ok "and no way to new ones" has NoNewPrivs 1
	ok "its memory is no other's: no core, no debugger" not setpriv --reuid="$uid" --clear-groups head -c 1 "/proc/$agent/environ"
	ok "no core file" grep -qE '^Max core file size +0 +0 ' "/proc/$agent/limits"
}

# ---- started as root, with user:
write_conf "user: $user"
(umask 077 && agent && echo "$agent" >"$work/pid")
agent=$(cat "$work/pid")
ok "started by root, it answers" within 10 answers
powerless
ok "no group of root's" has Gid "$gid $gid $gid $gid"
ok "no other group" has Groups "$gid"
ok "nothing in the bounding set" has CapBnd $clean
ok "ICMP works, by the sockets from before" within 15 is here up
ok "over IPv6 too" within 15 is six up
owned() { # PATH MODE
	echo "$1 is $(stat -c '%U:%G %a' "$1"), expected $user:$group $2"
	[ "$(stat -c '%U:%G %a' "$1")" = "$user:$group $2" ]
}
ok "the database's folder" owned "$state" 750
ok "the socket's folder" owned "$run" 750
ok "the socket" owned "$socket" 660
ok "the database" owned "$database" 640
ok "its log" owned "$database-wal" 640
ok "its index" owned "$database-shm" 640
ok "a member of the group reads while the agent runs" within 15 reads "$gid"
ok "and asks" asks "$gid"
ok "another reads nothing" not reads 54321
ok "and asks nothing" not asks 54321
mv "$work/secret" "$work/secret.of-root"
chmod 600 "$work/secret.of-root"
write_conf "user: $user" "credentials: [{ name: cams, onvif: { username: monitor, password_file: secret.of-root } }]"
kill -HUP "$agent"
ok "a reload with a secret of root's says what it lacks" within 10 logged 'keepwatch\.yaml:[0-9]+:[0-9]+: .*may not be read by this user'
ok "and the running configuration stays" within 5 answers
kill -TERM "$agent"
pid=$agent agent=''
gone() { ! kill -0 "$pid" 2>/dev/null; }
ok "SIGTERM ends it" within 10 gone
ok "a member of the group reads after it stopped" reads "$gid"
ok "another still does not" not reads 54321

# ---- as systemd does it: another user from the start, CAP_NET_RAW ambient
write_conf
for net in with without ping; do
	rm -rf "$state" "$run"
	mkdir "$state" "$run"
	chown $user:$group "$state" "$run"
	: >"$log"
	caps=-all range='1 0'
	[ $net = with ] && caps=+net_raw
	[ $net = ping ] && range='0 2147483647'
	if ! unshare -n sh -c "ip link set lo up && echo '$range' >/proc/sys/net/ipv4/ping_group_range" 2>"$work/case"; then
		skip "ICMP $net CAP_NET_RAW" "no network namespace of our own"
		continue
	fi
	bound=$caps
	[ $net = with ] && bound=-all,+net_raw
	unshare -n sh -c "ip link set lo up && echo '$range' >/proc/sys/net/ipv4/ping_group_range && exec setpriv --reuid=$user --regid=$gid --clear-groups --inh-caps=$caps --ambient-caps=$caps --bounding-set=$bound '$BUILD/keepwatchd' -c '$conf'" 2>>"$log" &
	agent=$!
	within 15 answers >/dev/null
	case $net in
	with)
		powerless
		ok "CAP_NET_RAW: ICMP works" within 15 is here up
		;;
	ping) ok "ping sockets: ICMP works" within 15 is here up ;;
	without)
		ok "without either, it says what to do" within 10 logged 'icmp: .*CAP_NET_RAW.*ping_group_range'
		ok "ICMP is unknown, not down" within 15 is here unknown
		;;
	esac
	ok "the other probes work" within 15 is shut down
	ok "and it ends well" agent_end TERM
done
done_testing
