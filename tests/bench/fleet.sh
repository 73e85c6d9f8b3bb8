#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The whole agent over 20,000 devices at 60 s, SNMP v2c and ICMP, 5 % of them dead, in a network
# namespace of its own: CPU, memory, false "down"s, lateness. FLEET and CYCLES scale it; the issue's
# figure is CYCLES=10.
set -eu
BUILD=$(readlink -f "${BUILD:-build}")
FLEET=${FLEET:-20000}
CYCLES=${CYCLES:-3}
# How often 48-port interface tables are read beside the poll (0: not at all).
INTERFACES=${INTERFACES:-0}
if [ "$(id -u)" -ne 0 ]; then
	echo "SKIP fleet: needs root for a network namespace"
	exit 0
fi
dir=$(mktemp -d)
ns=kwbench$$
agent=
responder=
cleanup() {
	[ -z "$agent" ] || kill "$agent" 2>/dev/null || true
	[ -z "$responder" ] || kill "$responder" 2>/dev/null || true
	wait 2>/dev/null || true
	ip netns del $ns 2>/dev/null || true
	rm -rf "$dir"
}
trap cleanup EXIT
ip netns add $ns
ip -n $ns link set lo up
# What is sent into a cable with nothing at its end, without ARP, is gone without a word: dead devices.
ip -n $ns link add dead0 type veth peer name dead1
ip -n $ns link set dead0 arp off up
ip -n $ns link set dead1 up
ip -n $ns addr add 10.201.0.1/16 dev dead0
python3 - "$dir" "$FLEET" "$INTERFACES" <<'PY'
import sys

directory, count, interfaces = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with open(directory + "/fleet.csv", "w") as fleet:
    fleet.write("name,address,kind,site,credential\n")
    for i in range(count):
        dead = i % 20 == 7
        low = "%d.%d" % (i // 250 + 1, i % 250 + 1)
        address = ("10.201." if dead else "127.77.") + low
        kind = "switch" if i % 20 == 3 else "camera"
        fleet.write("%s-%05d,%s,%s,site%d,v2c\n" % ("dead" if dead else "sw", i, address, kind, i // 20 % 20))
with open(directory + "/keepwatch.yaml", "w") as conf:
    conf.write("""database: %s/kw.db
fleet: fleet.csv
socket: %s/s
poll: { interval: 60s, timeout: 2s, retries: 2 }
credentials:
  - { name: v2c, snmp: { version: 2c, community: public, port: 16161 } }
probes:
  snmp: { interfaces: %s }
sites:
""" % (directory, directory, interfaces))
    for site in range(20):
        conf.write("  - { name: site%d }\n" % site)
PY
ip netns exec $ns "$BUILD/tests/bench_snmp/responder" 16161 >"$dir/responder.log" 2>&1 &
responder=$!
begin=$(date +%s%N)
ip netns exec $ns "$BUILD/keepwatchd" -c "$dir/keepwatch.yaml" --log-level notice 2>"$dir/agent.log" &
agent=$!
for _ in $(seq 400); do
	[ -S "$dir/s" ] && break
	sleep 0.05
done
[ -S "$dir/s" ] || { cat "$dir/agent.log"; exit 1; }
echo "FIGURE fleet-start-ms $((($(date +%s%N) - begin) / 1000000)) (limit 2000)"
python3 - "$dir" "$FLEET" "$CYCLES" "$agent" "$BUILD" <<'PY'
import json, os, socket, sqlite3, sys, time

directory, fleet, cycles, pid, build = (sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]),
                                        sys.argv[5])

def children(p):
    """The agent itself: `ip netns exec` becomes the program it runs."""
    return p

def cpu(p):
    fields = open("/proc/%d/stat" % p).read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

def rss(p):
    return int(open("/proc/%d/statm" % p).read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def status():
    s = socket.socket(socket.AF_UNIX)
    s.connect(directory + "/s")
    s.sendall(b"status\n")
    data = b""
    while chunk := s.recv(65536):
        data += chunk
    return json.loads(data.split(b"\n", 1)[1])

time.sleep(75)  # the first cycle reads inventories and settles states
first = status()
start_cpu, start = cpu(pid), time.monotonic()
time.sleep(60 * cycles)
took, used = time.monotonic() - start, cpu(pid) - start_cpu
last = status()
runs = last["runs"] - first["runs"]
print("FIGURE fleet-cpu-percent-of-a-core %.2f (limit 1.0)" % (100 * used / took))
print("FIGURE fleet-us-per-run %.2f" % (1e6 * used / runs))
print("FIGURE fleet-runs-per-cycle %d" % (runs * 60 / took))
print("FIGURE fleet-rss-bytes-per-device %d" % (rss(pid) / fleet))
print("FIGURE fleet-late-max-ms %d" % last["late_max_ms"])
print("FIGURE fleet-commit-last-us %d worst %d" % (last["commit_last_us"], last["commit_worst_us"]))
db = sqlite3.connect("file:%s/kw.db?mode=ro" % directory, uri=True)
names = [row[0] for row in db.execute("select name from sqlite_master where type='table'")]
down = db.execute("select d.name from event e join device d on d.id = e.device "
                  "where e.type = 'device-state' and e.to_value = 'down'").fetchall()
false = [name for (name,) in down if name.startswith("sw-")]
true = {name for (name,) in down if name.startswith("dead-")}
print("FIGURE fleet-false-down %d (limit 0)" % len(false))
print("FIGURE fleet-true-down %d of %d" % (len(true), sum(1 for i in range(fleet) if i % 20 == 7)))
PY
