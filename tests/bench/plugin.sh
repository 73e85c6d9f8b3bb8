#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Wall time of check_keepwatch, asking a real agent, against check_icmp and check_snmp on loopback: the
# programs in turn, pair by pair, medians.
set -eu
BUILD=$(readlink -f "${BUILD:-build}")
plugins=/usr/lib/nagios/plugins
dir=$(mktemp -d)
agent=
snmpd=
cleanup() {
	[ -z "$agent" ] || kill "$agent" 2>/dev/null || true
	[ -z "$snmpd" ] || kill "$snmpd" 2>/dev/null || true
	wait 2>/dev/null || true
	rm -rf "$dir"
}
trap cleanup EXIT
printf 'name,address,kind\nself,127.0.0.1,server\n' >"$dir/fleet.csv"
printf 'database: %s/kw.db\nfleet: fleet.csv\nsocket: %s/s\n' "$dir" "$dir" >"$dir/keepwatch.yaml"
"$BUILD/keepwatchd" -c "$dir/keepwatch.yaml" 2>"$dir/agent.log" &
agent=$!
port=$((20000 + $$ % 20000))
printf 'rocommunity public 127.0.0.1\n' >"$dir/snmpd.conf"
SNMP_PERSISTENT_DIR=$dir/persist snmpd -f -Lf "$dir/snmpd.log" -C -c "$dir/snmpd.conf" -I -smux \
	"udp:127.0.0.1:$port" &
snmpd=$!
for _ in $(seq 200); do
	"$BUILD/check_keepwatch" -S "$dir/s" >/dev/null 2>&1 &&
		"$plugins/check_snmp" -H 127.0.0.1 -p "$port" -P 2c -C public \
			-o .1.3.6.1.2.1.1.3.0 >/dev/null 2>&1 && break
	sleep 0.1
done
python3 - "$BUILD/check_keepwatch" "$dir/s" "$plugins" "$port" <<'PY'
import os, statistics, sys, time

own, sock, plugins, port = sys.argv[1:]
commands = {
    "check_keepwatch": [own, "-S", sock],
    "check_icmp": [plugins + "/check_icmp", "-n", "1", "127.0.0.1"],
    "check_snmp": [plugins + "/check_snmp", "-H", "127.0.0.1", "-p", port, "-P", "2c", "-C", "public",
                   "-o", ".1.3.6.1.2.1.1.3.0"],
}
null = os.open("/dev/null", os.O_RDWR)
times = {name: [] for name in commands}
codes = {name: set() for name in commands}
for turn in range(220):
    for name, argv in commands.items():
        start = time.perf_counter_ns()
        pid = os.posix_spawn(argv[0], argv, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
        status = os.waitpid(pid, 0)[1]
        if turn >= 20:
            times[name].append(time.perf_counter_ns() - start)
            codes[name].add(os.waitstatus_to_exitcode(status))
bad = [name for name in commands if codes[name] != {0}]
if bad:
    sys.exit("not OK: %s %s" % (bad, codes))
median = {name: statistics.median(values) / 1e6 for name, values in times.items()}
for name, value in median.items():
    print("FIGURE %s-ms %.3f" % (name, value))
for peer, limit in (("check_icmp", 0.6), ("check_snmp", 0.1)):
    print("RATIO check_keepwatch-vs-%s %.3f (limit %.1f)"
          % (peer, median["check_keepwatch"] / median[peer], limit))
PY
