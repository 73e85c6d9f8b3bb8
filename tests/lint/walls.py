#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The walls of the house, by the #include lines of every source: which room may see which, and
which library belongs to which room. Prints TAP."""

import glob
import os
import re
import sys

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))

BRACES = ("topo", "diag", "policy", "sched", "codec", "conf", "store", "net")
BELOW = {"base": set(), "model": {"base"}}
for room in BRACES:
    BELOW[room] = {"base", "model"}
BELOW["probe"] = {"base", "model"} | set(BRACES)
BELOW["probes"] = BELOW["probe"] | {"probe"}
BELOW["sink"] = BELOW["probe"] | {"probe"}
BELOW["agent"] = BELOW["probes"] | {"probes", "sink"}
BELOW["rotate"] = {"base", "model", "net", "codec"}
BELOW["plugin"] = {"base"}
BELOW["cli"] = {"base", "model", "policy", "conf", "store"}
# Of the commands, only `probe` reaches the probe rooms.
CLI_PROBE = re.compile(r"src/cli/(cmd_)?probe\w*\.[ch]$")
# Of those, only `password` with its rotation and its audit of defaults reaches the room of these.
CLI_ROTATE = re.compile(r"src/cli/(cmd_)?password_(rotate|defaults)\w*\.[ch]$")
# And only `replay` reaches diagnosis and the lines of evidence.
CLI_REPLAY = re.compile(r"src/cli/(cmd_)?replay\w*\.[ch]$")
# Of those, only the import of `advisories` reads their files.
CLI_ADVISORIES = re.compile(r"src/cli/(cmd_)?advisories\w*\.[ch]$")

LIBRARIES = (
    (r"<sqlite3\.h", {"store"}),
    (r"<libxml/|[<\"](.*/)?(stdsoap2|soapH|soapStub|soapC)\.|[<\"].*\.nsmap", {"codec"}),
    (r"<(curl|net-snmp|libmnl)/", {"net"}),
    (r"<(yaml|csv)\.h|<cyaml/", {"conf"}),
    (r"<(uv\.h|uv/)", {"net", "probe", "probes", "sink", "agent", "rotate"}),
)

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
# Headers whose body is in several files or in none.
HEADER_ROOMS = {"audit": "policy", "advisory_value": "model", "view_read": "codec", "firmware_rule": "codec", "store_topology": "store", "net_loop": "net", "dgram": "net", "varbind": "model", "credential": "model", "trap": "net",
                "fleet": "model", "probe": "probe"}


def room_of_path(path):
    parts = path.split("/")
    return "probes" if parts[0] == "probes" else parts[1]


def room_of_header(name):
    stem = os.path.splitext(os.path.basename(name))[0]
    if stem in HEADER_ROOMS:
        return HEADER_ROOMS[stem]
    for room in BELOW:
        folder = room if room == "probes" else "src/" + room
        if glob.glob("%s/%s.c" % (folder, stem)) + glob.glob("%s/%s_*.c" % (folder, stem)):
            return room
    for room in BELOW:
        if stem == room or stem.startswith(room + "_"):
            return room
    # A header of its room says so by the sources that open with it.
    rooms = set()
    for path in glob.glob("src/*/*.c") + glob.glob("probes/*.c"):
        with open(path, errors="replace") as file:
            for line in file:
                found = INCLUDE.match(line)
                if found:
                    if os.path.basename(found.group(2)) == os.path.basename(name):
                        rooms.add(room_of_path(path))
                    break
    return rooms.pop() if len(rooms) == 1 else None


def check(name, findings):
    for finding in findings:
        print("# " + finding)
    print("%sok - %s" % ("not " if findings else "", name))
    return bool(findings)


def main():
    sources = sorted(glob.glob("src/*/*.[ch]") + glob.glob("probes/*.[ch]"))
    headers = sorted(glob.glob("include/keepwatch/*.h"))
    rooms = {os.path.basename(header): room_of_header(header) for header in headers}
    walls, libraries, strangers = [], [], []
    for header in headers:
        if not rooms[os.path.basename(header)]:
            strangers.append("%s: belongs to no room (no source in src/ROOM/ of its name)" % header)
    for path in sources + headers:
        room = rooms[os.path.basename(path)] if path in headers else room_of_path(path)
        if room is None:
            continue
        if room not in BELOW:
            strangers.append("%s: room '%s' is not on the floor plan" % (path, room))
            continue
        allowed = BELOW[room] | {room}
        if CLI_PROBE.match(path):
            allowed = allowed | BELOW["probes"] | {"probes"}
        if CLI_ROTATE.match(path):
            allowed = allowed | {"rotate"}
        if CLI_ADVISORIES.match(path):
            allowed = allowed | {"codec"}
        if CLI_REPLAY.match(path):
            allowed = allowed | {"diag", "codec"}
        with open(path, errors="replace") as file:
            for number, line in enumerate(file, 1):
                found = INCLUDE.match(line)
                if not found:
                    continue
                name = found.group(2)
                where = "%s:%d: " % (path, number)
                for pattern, owners in LIBRARIES:
                    if re.match(pattern, found.group(1) + name) and room not in owners:
                        libraries.append("%s%s belongs to %s" % (where, name, ", ".join(sorted(owners))))
                if ".." in name and not name.endswith(".def"):
                    walls.append("%s%s: no way through the wall" % (where, name))
                if not name.startswith("keepwatch/"):
                    continue
                target = rooms.get(os.path.basename(name))
                if target and target not in allowed:
                    walls.append("%s%s (%s) is not below %s" % (where, name, target, room))
    if not sources:
        walls.append("no sources found")
    failed = check("each header and source belongs to a room", strangers)
    failed |= check("rooms include only what is below them", walls)
    failed |= check("each library stays in its room", libraries)
    return 1 if failed else 0


sys.exit(main())
