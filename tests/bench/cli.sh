#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Wall time of the commands that show a fleet of 20,000 devices with a place each and 10,000 incidents,
# program start included: in turn, medians. `devices`, one line a device, is what the others are
# measured against.
set -eu
BUILD=$(readlink -f "${BUILD:-build}")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 - "$dir" <<'PY'
import sys
with open(sys.argv[1] + "/fleet.csv", "w") as fleet:
    fleet.write("name,address,kind,site,owner\n")
    for i in range(1, 20001):
        kind = "switch" if i <= 417 else "door" if i % 20 == 0 else "camera"
        fleet.write("dev-%d,10.%d.%d.%d,%s,site-%d,owner-%d\n" % (i, i >> 16, i >> 8 & 255, i & 255, kind, i % 40, i % 7))
with open(sys.argv[1] + "/keepwatch.yaml", "w") as conf:
    conf.write("database: keepwatch.db\nfleet: fleet.csv\nsites:\n")
    for i in range(40):
        conf.write("  - { name: site-%d }\n" % i)
PY
"$BUILD/tests/scenario/fill_store" --many 20000 "$dir/keepwatch.yaml"
python3 - "$BUILD/keepwatch" "$dir/keepwatch.yaml" <<'PY'
import os, statistics, sys, time

program, conf = sys.argv[1:]
commands = {
    "devices": ["devices"],
    "report": ["report"],
    "topology": ["topology"],
    "topology-all": ["topology", "--all"],
    "topology-json": ["topology", "-f", "json"],
    "impact": ["impact", "dev-1"],
    "show": ["show", "dev-5000"],
    "incidents": ["incidents"],
    "incidents-all": ["incidents", "--all"],
    "why": ["why", "9900"],
    "why-device": ["why", "dev-4850"],
    "why-1000": ["why", "10000"],
}
null = os.open("/dev/null", os.O_RDWR)
times = {name: [] for name in commands}
for turn in range(11):
    for name, words in commands.items():
        start = time.perf_counter_ns()
        pid = os.posix_spawn(program, [program] + words + ["-c", conf], os.environ,
                             file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
        if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0:
            sys.exit("%s failed" % name)
        if turn > 0:
            times[name].append(time.perf_counter_ns() - start)
median = {name: statistics.median(values) / 1e6 for name, values in times.items()}
for name, value in median.items():
    print("FIGURE cli-20000-%s-ms %.0f" % (name, value))
ok = True
for name, limit in (("report", 1.0), ("topology", 1.0), ("topology-all", 1.6), ("impact", 1.2), ("show", 0.7),
                    ("incidents", 0.2), ("why", 0.3), ("why-device", 0.3), ("why-1000", 0.6)):
    ratio = median[name] / median["devices"]
    ok = ok and ratio <= limit
    print("RATIO cli-20000-%s-vs-devices %.2f (limit %.1f)" % (name, ratio, limit))
sys.exit(0 if ok else 1)
PY
