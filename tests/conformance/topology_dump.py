# SPDX-License-Identifier: GPL-3.0-or-later
"""What a dump of a switch says, read plainly from its text: the truth that topology.py holds the
probe's views against. It shares nothing with the codec, and does no more than the MIBs say."""

import re

IF, IFX = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
LLDP, LLDP2 = "1.0.8802.1.1.2.1", "1.3.111.2.802.1.1.13.1"
QFDB, FDB = "1.3.6.1.2.1.17.7.1.2.2.1", "1.3.6.1.2.1.17.4.3.1"


def mac_of(data):
    """Six octets, or a MAC written out; as aa:bb:..., or None."""
    if len(data) != 6:
        digits = re.sub(rb"[:. -]", b"", data)
        if not re.fullmatch(rb"[0-9a-fA-F]{12}", digits):
            return None
        data = bytes.fromhex(digits.decode())
    if data == bytes(6) or data[0] & 1:
        return None
    return ":".join("%02x" % octet for octet in data)


def text_of(data):
    return data.decode("utf-8", "replace").strip("\0 \t\r\n")


class Dump:
    def __init__(self, path):
        self.values = {}
        for line in open(path, "rb").read().split(b"\n"):
            parts = line.rstrip(b"\r").split(b"|", 2)
            if len(parts) != 3 or not re.fullmatch(rb"\.?[0-9.]+", parts[0]):
                continue
            oid, tag, value = parts
            if tag.endswith(b"x"):
                try:
                    value = bytes.fromhex(value.decode())
                except ValueError:
                    continue
                tag = tag[:-1]
            if tag in (b"2", b"65", b"66", b"67", b"70"):
                if not re.fullmatch(rb"-?[0-9]+", value):
                    continue
                value = int(value)
            self.values.setdefault(oid.decode().strip("."), value)
        self.tree = {}
        for oid, value in self.values.items():
            ids = oid.split(".")
            # Tables are looked up by their column, whose length differs.
            for length in range(6, min(len(ids), 15)):
                self.tree.setdefault(".".join(ids[:length]), []).append(oid)

    def column(self, prefix):
        """{index as a tuple: value} of a column."""
        start = len(prefix) + 1
        return {tuple(int(i) for i in oid[start:].split(".")): self.values[oid]
                for oid in self.tree.get(prefix, [])}

    def numbers(self, prefix):
        return {index: value for index, value in self.column(prefix).items()
                if isinstance(value, int)}

    def octets(self, prefix):
        return {index: value for index, value in self.column(prefix).items()
                if isinstance(value, bytes)}

    def interfaces(self):
        """{ifIndex: {field: value}} as it stands in IF-MIB."""
        found = {}

        def take(field, column, change):
            for index, value in column.items():
                if len(index) == 1 and value != b"":
                    found.setdefault(index[0], {})[field] = change(value)

        take("descr", self.octets(IF + ".2"), text_of)
        take("type", self.numbers(IF + ".3"), int)
        take("speed", self.numbers(IF + ".5"), int)
        take("mac", self.octets(IF + ".6"), mac_of)
        take("admin", self.numbers(IF + ".7"), int)
        take("oper", self.numbers(IF + ".8"), int)
        take("name", self.octets(IFX + ".1"), text_of)
        take("high_speed", self.numbers(IFX + ".15"), int)
        take("alias", self.octets(IFX + ".18"), text_of)
        return found

    def neighbours(self):
        """LLDP rows as dicts; `row` is their index, `local` lldpLocPortNum (an ifIndex in V2)."""
        rows = {}
        for base, columns, offset, protocol in (
                (LLDP + ".4.1.1", (4, 5, 6, 7, 8, 9, 10), 1, "lldp"),
                (LLDP2 + ".4.1.1", (5, 6, 7, 8, 9, 10, 11), 1, "lldp2")):
            fields = ("chassis_type", "chassis", "port_type", "port", "port_descr", "name", "descr")
            for field, column in zip(fields, columns):
                for index, value in self.column("%s.%d" % (base, column)).items():
                    row = rows.setdefault((protocol,) + index, {"row": index, "protocol": protocol})
                    row[field] = value
                    if len(index) > offset:
                        row["local"] = index[offset]
        for index in self.column(LLDP + ".4.2.1.3"):
            row = rows.get(("lldp",) + index[:3])
            if row is not None and len(index) == 9 and index[3:5] == (1, 4):
                row["address"] = ".".join(str(i) for i in index[5:])
        return list(rows.values())

    def forwarding(self):
        """{(mac, fdb id or 0): (base port, status)} of what was learned."""
        found = {}
        for base, skip in ((QFDB, 1), (FDB, 0)):
            status = self.numbers(base + ".3")
            for index, port in self.numbers(base + ".2").items():
                if len(index) != 6 + skip or port <= 0 or max(index[skip:]) > 255:
                    continue
                mac = mac_of(bytes(index[skip:]))
                if mac is not None and status.get(index, 3) == 3:
                    found[mac, index[0] if skip else 0] = port
            if found:
                break
        return found

    def base_ports(self):
        """{dot1dBasePort: ifIndex}. Where an agent maps none, its forwarding table has ifIndexes."""
        found = {index[0]: port for index, port in self.numbers("1.3.6.1.2.1.17.1.4.1.2").items()
                 if port > 0}
        if found:
            return found
        interfaces = self.interfaces()
        ports = set(self.forwarding().values())
        known = {port: port for port in ports if port in interfaces}
        return known if 4 * len(known) >= 3 * len(ports) else {}

    def aggregates(self):
        """{ifIndex: ifIndex of the aggregation it is in}: IEEE8023-LAG-MIB, else ifStackTable below
        interfaces of type ieee8023adLag (161) or propMultiplexor (54)."""
        found = {index[0]: lag
                 for index, lag in self.numbers("1.2.840.10006.300.43.1.2.1.1.13").items()
                 if lag not in (0, index[0])}
        types = {index[0]: value for index, value in self.numbers(IF + ".3").items()}
        for index in self.column("1.3.6.1.2.1.31.1.2.1.3"):
            if len(index) == 2 and types.get(index[0]) in (161, 54) and index[1] != 0 and \
                    types.get(index[1]) in (6, 117, 62, 69):
                found.setdefault(index[1], index[0])
        return found

    def arp(self):
        """{address: mac} of IPv4."""
        found = {}
        for index, data in self.octets("1.3.6.1.2.1.4.22.1.2").items():
            if len(index) == 5 and mac_of(data):
                found[".".join(str(i) for i in index[1:])] = mac_of(data)
        for index, data in self.octets("1.3.6.1.2.1.4.35.1.4").items():
            if len(index) == 7 and index[1:3] == (1, 4) and mac_of(data):
                found[".".join(str(i) for i in index[3:])] = mac_of(data)
        return found
