#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what the SNMP agent of an access switch serves, as lines of OID|tag|value.

usage: make_switch.py [PORTS [FDB_ROWS [NUMBER]]] >switch.snmprec; switches of different NUMBER share no MAC but
those of the core

48 copper ports with PoE, four uplinks of which two are one aggregation, twelve VLANs, 1,000 learned
MACs, LLDP neighbours on the uplinks and on six edge ports; Q-BRIDGE-MIB, RSTP, ENTITY-MIB. The base
ports are not the ifIndexes. All columns of the tables are served, asked for or not, and other MIBs
lie between them, as in a real one: a walk ends by running into its neighbour."""

import sys

PORTS = int(sys.argv[1]) if len(sys.argv) > 1 else 48
ROWS = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
NUMBER = int(sys.argv[3]) if len(sys.argv) > 3 else 0
UPLINKS, LAG, VLANS = 4, 5001, [1] + [10 * n for n in range(1, 12)]
values = {}


def put(oid, tag, value):
    values[tuple(int(i) for i in oid.split("."))] = (tag, value)


def hexed(data):
    return "".join("%02X" % octet for octet in data)


def mac(n):
    # A multiplicative walk: the addresses of a real network are not in a row.
    n = (n if n < 10 else n + 10000 * NUMBER) * 2654435761 % 2 ** 24
    return [0x00, 0x40 + n % 7, 0x8c, n >> 16 & 255, n >> 8 & 255, n & 255]


OWN = [0x00, 0x1a, 0x2b + (NUMBER >> 8), NUMBER & 255 if NUMBER else 0x10, 0, 0]
physical = list(range(1, PORTS + UPLINKS + 1))
if_index = {n: 10000 + n for n in physical}
base = {n: (n * 7 + 3) % (PORTS + UPLINKS) + 1 for n in physical}
assert len(set(base.values())) == len(physical)

put("1.3.6.1.2.1.1.1.0", "4", "Bench switch, %d ports, version 1.2.3" % PORTS)
put("1.3.6.1.2.1.1.2.0", "6", "1.3.6.1.4.1.99999.1")
put("1.3.6.1.2.1.1.3.0", "67", 123456789)
put("1.3.6.1.2.1.1.4.0", "4", "nobody")
put("1.3.6.1.2.1.1.5.0", "4", "bench-switch" + (str(NUMBER) if NUMBER else ""))
put("1.3.6.1.2.1.1.6.0", "4", "loopback")
put("1.3.6.1.2.1.1.7.0", "2", 78)

interfaces = [(if_index[n], ("GigabitEthernet1/0/%d" if n <= PORTS else "TenGigabitEthernet1/1/%d")
               % (n if n <= PORTS else n - PORTS), ("Gi1/0/%d" if n <= PORTS else "Te1/1/%d")
               % (n if n <= PORTS else n - PORTS), 6, 1000 if n <= PORTS else 10000) for n in physical]
interfaces += [(LAG, "Port-channel1", "Po1", 161, 20000)]
interfaces += [(vlan, "Vlan%d" % vlan, "Vl%d" % vlan, 53, 1000) for vlan in VLANS]
put("1.3.6.1.2.1.2.1.0", "2", len(interfaces))
for index, descr, name, kind, mbps in interfaces:
    row = "1.3.6.1.2.1.2.2.1.%%d.%d" % index
    up = 2 if index % 5 == 4 else 1
    for column, tag, value in (
            (1, "2", index), (2, "4", descr), (3, "2", kind), (4, "2", 1500),
            (5, "66", min(mbps * 1000000, 4294967295)), (6, "4x", hexed(OWN[:4] + [index >> 8 & 255, index & 255])),
            (7, "2", 1), (8, "2", up), (9, "67", 12345 + index), (10, "65", 4000000000 + index),
            (11, "65", 30000), (12, "65", 0), (13, "65", 3), (14, "65", index % 3), (15, "65", 0),
            (16, "65", 3999999999), (17, "65", 40000), (18, "65", 0), (19, "65", index % 7),
            (20, "65", 0), (21, "66", 0), (22, "6", "0.0")):
        put(row % column, tag, value)
    row = "1.3.6.1.2.1.31.1.1.1.%%d.%d" % index
    for column, tag, value in (
            (1, "4", name), (2, "65", 100), (3, "65", 100), (4, "65", 100), (5, "65", 100),
            (6, "70", 10 ** 12 + index), (7, "70", 10 ** 9), (8, "70", 10 ** 6), (9, "70", 10 ** 6),
            (10, "70", 10 ** 12), (11, "70", 10 ** 9), (12, "70", 10 ** 6), (13, "70", 10 ** 6),
            (14, "2", 1), (15, "66", mbps), (16, "2", 2), (17, "2", 1),
            (18, "4", "camera %d" % index if kind == 6 else ""), (19, "67", 0)):
        put(row % column, tag, value)
for n in physical:
    put("1.3.6.1.2.1.10.7.2.1.19.%d" % if_index[n], "2", 3)
    put("1.3.6.1.2.1.10.7.2.1.2.%d" % if_index[n], "65", 0)
for member in physical[-2:]:
    put("1.3.6.1.2.1.31.1.2.1.3.%d.%d" % (LAG, if_index[member]), "2", 1)
for n in physical:
    put("1.3.6.1.2.1.31.1.2.1.3.0.%d" % if_index[n], "2", 1)
    row = "1.2.840.10006.300.43.1.2.1.1.%%d.%d" % if_index[n]
    attached = LAG if n in physical[-2:] else 0
    for column, value in ((4, 1), (5, 1), (12, attached), (13, attached), (14, n)):
        put(row % column, "2", value)
put("1.2.840.10006.300.43.1.1.1.1.2.%d" % LAG, "4x", hexed(OWN))

# BRIDGE-MIB, Q-BRIDGE-MIB
bridge = list(physical[:-2]) + [LAG]
base[LAG] = 64
put("1.3.6.1.2.1.17.1.1.0", "4x", hexed(OWN))
put("1.3.6.1.2.1.17.1.2.0", "2", len(bridge))
put("1.3.6.1.2.1.17.1.3.0", "2", 2)
put("1.3.6.1.2.1.17.2.1.0", "2", 3)
put("1.3.6.1.2.1.17.2.2.0", "2", 32768)
put("1.3.6.1.2.1.17.2.3.0", "67", 4711)
put("1.3.6.1.2.1.17.2.4.0", "65", 12)
put("1.3.6.1.2.1.17.2.5.0", "4x", "1000" + hexed(mac(1)))
put("1.3.6.1.2.1.17.2.6.0", "2", 2000)
put("1.3.6.1.2.1.17.2.7.0", "2", 64)
for n in bridge:
    port = base[n]
    put("1.3.6.1.2.1.17.1.4.1.1.%d" % port, "2", port)
    put("1.3.6.1.2.1.17.1.4.1.2.%d" % port, "2", if_index.get(n, n))
    put("1.3.6.1.2.1.17.1.4.1.3.%d" % port, "6", "0.0")
    for column, tag, value in ((1, "2", port), (2, "2", 128), (3, "2", 5), (4, "2", 1),
                               (5, "2", 20000), (6, "4x", "1000" + hexed(mac(1))), (7, "2", 0),
                               (8, "4x", "1000" + hexed(mac(1))), (9, "4x", "8001"), (10, "65", 1)):
        put("1.3.6.1.2.1.17.2.15.1.%d.%d" % (column, port), tag, value)
    put("1.3.6.1.2.1.17.7.1.4.5.1.1.%d" % port, "66", VLANS[port % len(VLANS)])
    put("1.3.6.1.2.1.17.7.1.4.5.1.2.%d" % port, "2", 1)
for n in range(ROWS):
    # One in twenty at an edge port, the others behind the trunk.
    edge = n // 20 % PORTS + 1 if n % 20 == 0 else None
    index = "%d.%s" % (VLANS[n % len(VLANS)], ".".join(str(octet) for octet in mac(n + 10)))
    put("1.3.6.1.2.1.17.7.1.2.2.1.2." + index, "2", base[edge] if edge else base[LAG])
    put("1.3.6.1.2.1.17.7.1.2.2.1.3." + index, "2", 3)


def members(chosen):
    data = bytearray(8)
    for n in chosen:
        data[(base[n] - 1) // 8] |= 0x80 >> (base[n] - 1) % 8
    return hexed(data)


for i, vlan in enumerate(VLANS):
    untagged = [n for n in bridge if base[n] % len(VLANS) == i]
    for column, tag, value in ((3, "66", vlan), (4, "4x", members(untagged + [LAG])),
                               (5, "4x", members(untagged)), (6, "2", 2), (7, "67", 0)):
        put("1.3.6.1.2.1.17.7.1.4.2.1.%d.0.%d" % (column, vlan), tag, value)
    for column, tag, value in ((1, "4", "vlan-%d" % vlan), (2, "4x", members(untagged + [LAG])),
                               (3, "4x", members([])), (4, "4x", members(untagged)), (5, "2", 1)):
        put("1.3.6.1.2.1.17.7.1.4.3.1.%d.%d" % (column, vlan), tag, value)

# ARP of its own
for n in range(8):
    index = "%d.192.0.2.%d" % (VLANS[1], n + 1)
    put("1.3.6.1.2.1.4.22.1.1." + index, "2", VLANS[1])
    put("1.3.6.1.2.1.4.22.1.2." + index, "4x", hexed(mac(n + 10)))
    put("1.3.6.1.2.1.4.22.1.3." + index, "64", "192.0.2.%d" % (n + 1))
    put("1.3.6.1.2.1.4.22.1.4." + index, "2", 3)

# POWER-ETHERNET-MIB
for n in range(1, PORTS + 1):
    on = n % 3 != 0
    for column, tag, value in ((3, "2", 1), (4, "2", 2), (5, "2", 1), (6, "2", 3 if on else 2),
                               (7, "2", 3), (8, "2", 1), (9, "4", ""), (10, "2", 4 if on else 1),
                               (11, "65", 0), (12, "65", n % 2), (13, "65", 0), (14, "65", 0)):
        put("1.3.6.1.2.1.105.1.1.1.%d.1.%d" % (column, n), tag, value)
for column, tag, value in ((2, "66", 740), (3, "2", 1), (4, "66", 211), (5, "2", 80)):
    put("1.3.6.1.2.1.105.1.3.1.1.%d.1" % column, tag, value)

# ENTITY-MIB
for index, parent, kind, name in [(1, 0, 3, "Switch 1")] + [
        (10 + n, 1, 6, "Power supply %d" % n) for n in (1, 2)] + [(20, 1, 9, "Uplink module")] + [
        (1000 + n, 1, 10, interfaces[n - 1][2]) for n in physical]:
    for column, tag, value in ((2, "4", name), (3, "6", "0.0"), (4, "2", parent), (5, "2", kind),
                               (6, "2", index), (7, "4", name), (8, "4", "V01"), (9, "4", ""),
                               (10, "4", "1.2.3"), (11, "4", "SN%05d" % index if kind != 10 else ""),
                               (12, "4", "Example"), (13, "4", "MODEL-48P"), (14, "4", ""),
                               (15, "4", ""), (16, "2", 1)):
        put("1.3.6.1.2.1.47.1.1.1.1.%d.%d" % (column, index), tag, value)
for n in physical:
    put("1.3.6.1.2.1.47.1.3.2.1.2.%d.0" % (1000 + n), "6", "1.3.6.1.2.1.2.2.1.1.%d" % if_index[n])

# LLDP-MIB
lldp = "1.0.8802.1.1.2.1."
put(lldp + "1.1.0", "2", 30)
put(lldp + "2.1.0", "67", 4711)
put(lldp + "3.1.0", "2", 4)
put(lldp + "3.2.0", "4x", hexed(OWN))
put(lldp + "3.3.0", "4", "bench-switch" + (str(NUMBER) if NUMBER else ""))
for n in physical:
    put(lldp + "3.7.1.2.%d" % n, "2", 5)
    put(lldp + "3.7.1.3.%d" % n, "4", interfaces[n - 1][2])
    put(lldp + "3.7.1.4.%d" % n, "4", interfaces[n - 1][1])
for n in physical[-2:] + [3, 6, 9, 21, 30, 45]:
    row = lldp + "4.1.1.%%d.4711.%d.%d" % (n, n + 100)
    camera = n <= PORTS
    for column, tag, value in ((4, "2", 4), (5, "4x", hexed(mac(n + 10) if camera else mac(1))),
                               (6, "2", 3 if camera else 5),
                               (7, "4x" if camera else "4", hexed(mac(n + 10)) if camera else "Te1/0/%d" % n),
                               (8, "4", "eth0"), (9, "4", "cam-%d" % n if camera else "dist-1"),
                               (10, "4", "a network camera" if camera else "a switch, version 3"),
                               (11, "4x", "0080" if camera else "2800"),
                               (12, "4x", "0080" if camera else "2800")):
        put(row % column, tag, value)
    for column, tag, value in ((3, "2", 2), (4, "2", 1), (5, "6", "0.0")):
        put(lldp + "4.2.1.%d.4711.%d.%d.1.4.192.0.2.%d" % (column, n, n + 100, n + 10), tag, value)

# What lies behind all that.
put("1.3.6.1.4.1.99999.2.1.0", "2", 1)
put("1.3.6.1.6.3.1.1.6.1.0", "2", 1)

for oid in sorted(values):
    print("%s|%s|%s" % ((".".join(str(i) for i in oid),) + values[oid]))
