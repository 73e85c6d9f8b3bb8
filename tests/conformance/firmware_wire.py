#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""firmware_wire.py KEEPWATCH PORT NAMES RULES: probes recorded agents on loopback, whose community
is the name, and compares the facts with what firmware_conformance wrote to RULES without a network.
Prints what differs, and how many agents agreed; exit 1 if any does not."""
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

ITEMS = ("firmware", "model", "serial", "hardware", "vendor")


def expected_values(path):
    """{name: {item: (value, source)}}"""
    values = {}
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            cells = line.rstrip("\n").split("\t")
            if line.startswith("# ") and len(cells) == 7 and cells[3] != "-":
                values.setdefault(cells[1], {})[cells[2]] = (cells[3], cells[5])
    return values


def probe(keepwatch, port, name, folder):
    """The facts that count: {item: (value, source)}, or why there are none."""
    community = os.path.join(folder, name)
    with open(community, "w", encoding="utf-8") as file:
        file.write(name + "\n")
    os.chmod(community, 0o600)
    argv = [keepwatch, "probe", "127.0.0.1", "-q", "-f", "json", "-p", "snmp", "--timeout", "3s",
            "--set", f"snmp.port={port}", "--set", "snmp.interfaces=0",
            "--community-file", community]
    done = subprocess.run(argv, capture_output=True, timeout=60, check=False)
    try:
        result = json.loads(done.stdout)["probes"][0]
    except (ValueError, KeyError, IndexError):
        return f"no result: {done.stderr[-200:]!r}"
    facts = {(fact["fact"], fact["instance"]): fact["value"] for fact in result["facts"]}
    if ("boot_time", None) not in facts:
        return f"{result['outcome']}: {result['reason']}"
    return {item: (facts[item, None], facts.get(("source", item), "-"))
            for item in ITEMS if (item, None) in facts}


def squeeze(values):
    """Facts have no doubled newlines and tabs; neither has the list."""
    return {item: (" ".join(value.split()), source) for item, (value, source) in values.items()}


def main():
    keepwatch, port, names_path, rules_path = sys.argv[1:5]
    expected = expected_values(rules_path)
    with open(names_path, encoding="utf-8") as lines:
        names = [line.strip() for line in lines if line.strip()]
    agreed = told = 0
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(4) as pool:
        runs = [(name, pool.submit(probe, keepwatch, port, name, folder)) for name in names]
        for name, run in runs:
            got, want = run.result(), expected.get(name, {})
            if isinstance(got, str):
                print(f"{name}: {got}")
            elif squeeze(got) == squeeze(want):
                agreed += 1
                told += len(got)
            else:
                print(f"{name}: over the wire {got}, by the rules {want}")
    print(f"{agreed} of {len(names)} agents agree, {told} values")
    return 0 if agreed == len(names) and agreed > 0 and told > 0 else 1


sys.exit(main())
