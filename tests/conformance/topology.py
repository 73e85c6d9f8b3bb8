#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges what the probe `topology` read of recorded switches.

usage: topology.py [--verbose] DUMPS VIEWS CORPUS

DUMPS holds *.snmprec, VIEWS what topology_read wrote of each, CORPUS the tables of an independent
monitoring system, which played the same dumps: its neighbours and its interfaces. Prints TAP; exit
status 1 if a figure is below what is wanted. --verbose names every row that disagrees.
"""

import collections
import os
import re
import sys

from topology_dump import Dump, mac_of

SYSTEM = ("sys_name", "object_id", "bridge_mac", "chassis_mac", "uptime", "stp_root", "stp_root_if")
PORT = ("if_index", "name", "descr", "alias", "type", "admin", "oper", "speed_mbps", "mac", "lag",
        "is_aggregate", "base_port", "pvid", "duplex", "poe", "poe_class", "poe_mw", "poe_denied",
        "poe_overload", "poe_enabled")
NEIGHBOUR = ("if_index", "protocol", "chassis_subtype", "port_subtype", "caps", "chassis_mac",
             "port_mac", "address", "local_port", "chassis_id", "port_id", "port_descr", "sys_name",
             "platform", "sys_descr")
FDB = ("mac", "if_index", "vlan", "status")
PLACE = ("how", "mac", "truth", "found", "confidence")
RESULT = ("outcome", "reason", "took_ms", "sent", "lost", "cpu_us", "budget_ms", "detail")
NUMBERS = {"if_index", "type", "admin", "oper", "speed_mbps", "lag", "is_aggregate", "base_port",
           "pvid", "vlan", "status", "poe_mw", "poe_overload", "took_ms", "sent", "lost", "cpu_us",
           "budget_ms", "poe_class", "truth", "found", "confidence"}
# IANAifType-MIB, those that occur.
TYPES = {"other": 1, "ethernetCsmacd": 6, "ppp": 23, "softwareLoopback": 24, "propVirtual": 53,
         "l2vlan": 135, "l3ipvlan": 136, "ieee8023adLag": 161, "tunnel": 131, "bridge": 209,
         "mpls": 166, "gigabitEthernet": 117, "fastEther": 62, "ieee80211": 71, "rs232": 33,
         "propMultiplexor": 54, "pos": 171, "mplsTunnel": 150, "ds1": 18, "sonet": 39, "aal5": 49,
         "opticalTransport": 196, "opticalChannel": 195, "virtualIpAddress": 112, "cpu": None,
         "ipForward": 142, "fastEtherFX": 69, "pdnEtherLoop1": 98, "l2vpn": None, "infiniband": 199,
         "adsl": 94, "vdsl": 97, "iso88023Csmacd": 7, "frameRelay": 32, "proprietary": None}
STATES = {"up": 1, "down": 2, "testing": 3, "unknown": 4, "dormant": 5, "notPresent": 6,
          "lowerLayerDown": 7}


class View:
    def __init__(self, path):
        self.result, self.system, self.trust = {}, {}, {}
        self.ports, self.neighbours, self.fdb, self.arp, self.places = {}, [], [], {}, []
        for line in open(path, encoding="utf-8", errors="replace"):
            kind, *fields = line.rstrip("\n").split("\t")
            if kind == "result":
                self.result = self.record(RESULT, fields)
            elif kind == "system":
                self.system = self.record(SYSTEM, fields)
            elif kind == "trust":
                self.trust[fields[0]] = int(fields[1])
            elif kind == "port":
                port = self.record(PORT, fields)
                self.ports[port["if_index"]] = port
            elif kind == "neighbour":
                self.neighbours.append(self.record(NEIGHBOUR, fields))
            elif kind == "fdb":
                self.fdb.append(self.record(FDB, fields))
            elif kind == "place":
                self.places.append(self.record(PLACE, fields))
            elif kind == "arp":
                self.arp[fields[0]] = fields[1]

    @staticmethod
    def record(names, fields):
        assert len(names) == len(fields), fields
        return {name: int(field) if name in NUMBERS else field
                for name, field in zip(names, fields)}

    def same_port(self, one, other):
        """The same, or members of one aggregation, or one the aggregation of the other."""
        def group(if_index):
            port = self.ports.get(if_index)
            return port["lag"] if port is not None and port["lag"] else if_index
        return one != 0 and group(one) == group(other)


class Judge:
    def __init__(self, dumps, views, corpus, verbose):
        self.corpus, self.verbose = corpus, verbose
        self.names = sorted(name[:-8] for name in os.listdir(dumps) if name.endswith(".snmprec"))
        self.dump_folder, self.count, self.failed = dumps, 0, 0
        self.loaded, self.views = {}, {}
        for name in self.names:
            path = os.path.join(views, name + ".view")
            if os.path.exists(path):
                self.views[name] = View(path)

    def dump(self, name):
        if name not in self.loaded:
            self.loaded[name] = Dump(os.path.join(self.dump_folder, name + ".snmprec"))
        return self.loaded[name]

    def ok(self, is_ok, text):
        self.count += 1
        self.failed += not is_ok
        print("%sok %d - %s" % ("" if is_ok else "not ", self.count, text))

    def note(self, text):
        if self.verbose:
            print("# " + text)

    def share(self, what, good, of, wanted):
        percent = 100 * good / of if of else 0
        self.ok(of > 0 and percent >= wanted, "%s: %d of %d (%.1f %%), at least %g %% wanted"
                % (what, good, of, percent, wanted))

    def table(self, name):
        lines = open(os.path.join(self.corpus, "snmprec", name), encoding="utf-8")
        header = next(lines).rstrip("\n").split("\t")
        for line in lines:
            row = dict(zip(header, line.rstrip("\n").split("\t")))
            if row["file"] in self.names:
                yield row

    # ---- that every reading ends

    def endings(self):
        missing = [name for name in self.names if name not in self.views]
        self.ok(not missing, "readings that ended: %d of %d"
                % (len(self.names) - len(missing), len(self.names)))
        for name in missing:
            print("# no outcome: " + name)
        outcomes = collections.Counter()
        late, failed = [], []
        for name, view in self.views.items():
            result = view.result
            outcomes["%s/%s" % (result["outcome"], result["reason"])] += 1
            if result["took_ms"] > result["budget_ms"]:
                late.append(name)
            if result["outcome"] not in ("ok", "degraded"):
                failed.append(name)
            if result["outcome"] != "ok":
                self.note("%s: %s %s %s" % (name, result["outcome"], result["reason"],
                                            result["detail"]))
        print("# outcomes: " + ", ".join("%s %d" % item for item in outcomes.most_common()))
        self.ok(not late, "within the budget of their time" + "".join(" " + name for name in late))
        self.ok(not failed, "all that answer are read" + "".join(" " + name for name in failed))

    def cost(self):
        for field, what in (("sent", "requests"), ("cpu_us", "CPU us"), ("took_ms", "ms")):
            values = sorted((view.result[field], name) for name, view in self.views.items())
            if values:
                print("# %s a reading: median %d, most %s" % (
                    what, values[len(values) // 2][0],
                    ", ".join("%d (%s)" % value for value in values[-3:][::-1])))

    # ---- neighbours

    def links(self):
        good = total = 0
        rows = collections.defaultdict(list)
        ports = {}
        for row in self.table("snmprec-oracle-ports.tsv"):
            ports.setdefault((row["file"], row["ifName"], row["ifDescr"]),
                             set()).add(int(row["ifIndex"]))
        for row in self.table("snmprec-oracle-links.tsv"):
            rows[row["file"]].append(row)
        for name, wanted in rows.items():
            view = self.views.get(name)
            left = list(view.neighbours) if view else []
            # A neighbour answers for one row; those that are told apart best choose first.
            for strict in (True, False):
                for row in list(wanted):
                    found = [n for n in left if self.is_link(row, view, n, ports, strict)]
                    if found:
                        left.remove(found[0])
                        wanted.remove(row)
                        good += 1
                        total += 1
            for row in wanted:
                total += 1
                self.note("link missing: %s %s %s|%s -> %s %s; has %s" % (
                    name, row["protocol"], row["ifName"], row["ifDescr"], row["remote_hostname"],
                    row["remote_port"], [(n["if_index"], n["local_port"], n["sys_name"], n["port_id"])
                                         for n in left][:4]))
        self.share("links", good, total, 97)

    @staticmethod
    def is_link(row, view, neighbour, ports, strict):
        if neighbour["protocol"].split("-")[0] != row["protocol"]:
            return False
        port = view.ports.get(neighbour["if_index"])
        if port is None:
            return False
        here = ports.get((row["file"], row["ifName"], row["ifDescr"]))
        if here:
            if neighbour["if_index"] not in here:
                return False
        elif not {plain(port["name"]), plain(port["descr"])} & \
                {plain(row["ifName"]), plain(row["ifDescr"])}:
            return False
        remote = row["remote_port"].split(" (")[0]
        if strict and plain(remote) not in (plain(neighbour["port_id"]),
                                            plain(neighbour["port_descr"])):
            return False
        # A neighbour without a name goes by what it has: its description, its MAC, its port.
        own = [neighbour["sys_name"]] if neighbour["sys_name"] else [
            neighbour[field] for field in ("sys_descr", "port_descr", "chassis_id", "port_id",
                                           "address", "platform", "chassis_mac")]
        wanted = plain_name(row["remote_hostname"])
        return any(plain_name(text) == wanted for text in own if text)

    # ---- interfaces

    def interfaces(self):
        equal, explained, missed = (collections.Counter() for _ in range(3))
        for row in self.table("snmprec-oracle-ports.tsv"):
            view, if_index = self.views.get(row["file"]), int(row["ifIndex"])
            truth = self.dump(row["file"]).interfaces().get(if_index, {}) \
                if not hasattr(self.dump(row["file"]), "cached") else None
            if truth is None:
                truth = self.dump(row["file"]).cached.get(if_index, {})
            else:
                self.dump(row["file"]).cached = self.dump(row["file"]).interfaces()
            port = view.ports.get(if_index) if view else None
            if port is None:
                # An interface that is in no table of the dump cannot be read.
                kind = explained if not truth else missed
                kind["ifIndex"] += 1
                self.note("interface %s: %s %d" % ("not in the dump" if not truth else "missing",
                                                   row["file"], if_index))
                continue
            equal["ifIndex"] += 1
            for field, theirs, ours, own in self.fields(row, port, truth):
                if theirs == ours:
                    equal[field] += 1
                elif own is not None and ours == own:
                    explained[field] += 1
                    self.note("rewritten: %s %d %s: theirs %r, dump and ours %r"
                              % (row["file"], if_index, field, theirs, ours))
                else:
                    missed[field] += 1
                    self.note("field: %s %d %s: theirs %r, dump %r, ours %r"
                              % (row["file"], if_index, field, theirs, own, ours))
        total = sum(sum(counter.values()) for counter in (equal, explained, missed))
        for field in sorted(set(equal) | set(explained) | set(missed)):
            print("# %s: equal %d, as the dump has it %d, wrong %d" % (
                field, equal[field], explained[field], missed[field]))
        self.share("fields of interfaces", total - sum(missed.values()), total, 99)

    @staticmethod
    def fields(row, port, truth):
        """(field, theirs, ours, what the dump says; None: nothing of its own)."""
        def cut(text):
            return text.encode()[:63].decode(errors="ignore").strip()
        name, descr = cut(truth.get("name", "")), cut(truth.get("descr", ""))
        yield "ifName", cut(row["ifName"]), port["name"], name or descr
        yield "ifDescr", cut(row["ifDescr"]), port["descr"], descr
        # Theirs is the description where there is no alias.
        alias = cut(truth.get("alias", ""))
        theirs = cut(row["ifAlias"])
        yield "ifAlias", "" if alias == "" and theirs in (cut(row["ifDescr"]), cut(row["ifName"])) \
            else theirs, port["alias"], alias
        number = TYPES.get(row["ifType"])
        if row["ifType"].isdigit():
            number = int(row["ifType"])
        if row["ifType"]:
            yield "ifType", number, port["type"], truth.get("type", 0)
        for theirs, field in (("ifAdminStatus", "admin"), ("ifOperStatus", "oper")):
            if row[theirs]:
                yield theirs, STATES.get(row[theirs]), port[field], truth.get(field, 0)
        if row["ifSpeed"]:
            # ifHighSpeed says it in Mbit/s, ifSpeed to 4.29 Gbit/s.
            own = truth.get("high_speed") or truth.get("speed", 0) // 1000000
            yield "ifSpeed", int(row["ifSpeed"]) // 1000000, port["speed_mbps"], own
        if row["ifPhysAddress"]:
            theirs = mac_of(row["ifPhysAddress"].zfill(12).encode()) or ""
            yield "ifPhysAddress", theirs, port["mac"], truth.get("mac") or ""

    # ---- neighbours against forwarding tables

    def agreement(self):
        good = total = apart = 0
        for name in self.names:
            dump, view = self.dump(name), self.views.get(name)
            rows, forwarding = dump.neighbours(), dump.forwarding()
            if not rows or not forwarding or not dump.base_ports():
                continue
            known = {mac for mac, _ in forwarding}
            owners = self.owners(dump, rows)
            chassis = collections.defaultdict(list)
            for row in rows:
                macs = {mac for mac in self.macs_of(row, owners) if mac in known}
                if macs:
                    chassis[row.get("chassis")].append((row, macs))
            for group in chassis.values():
                # One with several cables is learned on one of them: any cable will do.
                macs = set().union(*(macs for _, macs in group))
                seen = {row["if_index"] for row in view.fdb if row["mac"] in macs} if view else set()
                told = {n["if_index"] for n in view.neighbours
                        if {n["chassis_mac"], n["port_mac"], owners.get(n["address"])} & macs
                        } if view else set()
                if any(view.same_port(a, b) for a in told for b in seen) if view else False:
                    good += len(group)
                elif self.is_member_untold(dump, seen, told):
                    apart += len(group)
                    continue
                else:
                    self.note("LLDP and FDB differ: %s %s: LLDP %s, FDB %s" % (
                        name, sorted(macs), sorted(told), sorted(seen)))
                total += len(group)
        print("# LLDP on a member, FDB on an aggregation whose members no table tells: %d apart" % apart)
        self.share("neighbours whose port LLDP and the forwarding table agree on", good, total, 95)

    @staticmethod
    def owners(dump, rows):
        """ARP, of addresses that one neighbour alone claims; those of RFC 3927 are anybody's."""
        claims = collections.defaultdict(set)
        for row in rows:
            claims[row.get("address")].add(row.get("chassis"))
        return {address: mac for address, mac in dump.arp().items()
                if len(claims[address]) == 1 and not address.startswith("169.254.")}

    @staticmethod
    def macs_of(row, owners):
        if row.get("chassis_type") == 4 and isinstance(row.get("chassis"), bytes):
            yield mac_of(row["chassis"])
        if row.get("port_type") == 3 and isinstance(row.get("port"), bytes):
            yield mac_of(row["port"])
        if row.get("address") in owners:
            yield owners[row["address"]]

    @staticmethod
    def is_member_untold(dump, seen, told):
        """Learned on one interface of type ieee8023adLag of which the record names no member, and
        told of on ports that are up and have learned nothing themselves, as members do."""
        interfaces, lags, base = dump.interfaces(), dump.aggregates(), dump.base_ports()
        learned = {base.get(port, port) for port in dump.forwarding().values()}
        return len(seen) == 1 and bool(told) and all(
            interfaces.get(i, {}).get("type") == 161 and i not in lags.values() for i in seen) and \
            all(interfaces.get(i, {}).get("oper") == 1 and i not in learned for i in told)

    def forwarding(self):
        """Every row of the dumps' tables is in the view, on the port that the base port maps to."""
        good = total = 0
        for name in self.names:
            dump, view = self.dump(name), self.views.get(name)
            wanted, base = dump.forwarding(), dump.base_ports()
            if not wanted or not base:
                continue
            have = collections.defaultdict(set)
            for row in view.fdb if view else ():
                have[row["mac"]].add(row["if_index"])
            wrong = 0
            for (mac, _), port in wanted.items():
                if base.get(port, 0) not in have.get(mac, ()):
                    wrong += 1
                    if wrong <= 3 and port in base:
                        self.note("forwarding row: %s %s: base port %d is ifIndex %d, view has %s" % (
                            name, mac, port, base[port], sorted(have.get(mac, ()))))
                total += port in base
                good += port in base and base[port] in have.get(mac, ())
        self.share("rows of forwarding tables on their port", good, total, 99)

    # ---- what the inference makes of one half

    def places(self):
        """Devices of which a switch tells by LLDP and by its forwarding table, one of them hidden
        from the inference; and those that are alone on a port. 80 is TOPO_CONFIDENCE_HIGH."""
        for how, what in (("fdb", "named by LLDP, placed by the forwarding table alone"),
                          ("lldp", "learned on a port, placed by LLDP alone"),
                          ("alone", "alone on a port")):
            total = right = sure = wrong = 0
            for name, view in self.views.items():
                for place in view.places:
                    if place["how"] != how:
                        continue
                    total += 1
                    if view.same_port(place["truth"], place["found"]):
                        right += 1
                        sure += place["confidence"] >= 80
                        continue
                    wrong += place["found"] != 0 and place["confidence"] >= 80
                    self.note("placed wrong: %s %s %s: truth %d, found %d with %d %%" % (
                        name, how, place["mac"], place["truth"], place["found"],
                        place["confidence"]))
            self.ok(total > 0 and 200 * wrong < total,
                    "devices %s: %d of %d on their port, %d of them surely; on a wrong port surely "
                    "%d, under 0.5 %% wanted" % (what, right, total, sure, wrong))

    # ---- two switches that must come out right in all

    def cameras_poe(self, name="ciscosb_cbs350-4x"):
        if name not in self.names or name not in self.views:
            self.ok(False, name + " was not read")
            return
        dump, view = self.dump(name), self.views[name]
        interfaces, base = dump.interfaces(), dump.base_ports()
        by_name = {port["name"]: if_index for if_index, port in interfaces.items()}
        axis = {}
        for row in dump.neighbours():
            mac = mac_of(row["chassis"])
            if mac and mac.startswith("ac:cc:8e"):
                axis[mac] = row["local"]
        wanted_names = ["gi1/0/%d" % n for n in range(13, 22)]
        self.ok(sorted(axis.values()) == [by_name[port] for port in wanted_names],
                "%s: the dump has nine Axis cameras on gi1/0/13-21" % name)
        told = {n["chassis_mac"]: view.ports[n["if_index"]]["name"] for n in view.neighbours
                if n["chassis_mac"].startswith("ac:cc:8e") and n["if_index"] in view.ports}
        truth = {mac: interfaces[local]["name"] for mac, local in axis.items()}
        self.ok(told == truth, "%s: LLDP has each on its port" % name)
        learned = {mac: base[port] for (mac, _), port in dump.forwarding().items() if mac in axis}
        seen = collections.defaultdict(set)
        for row in view.fdb:
            if row["mac"] in axis:
                seen[row["mac"]].add(row["if_index"])
        self.ok(seen == {mac: {port} for mac, port in learned.items()} and learned == axis,
                "%s: so has the forwarding table" % name)
        # CISCOSB-POE-MIB rlPethPsePortTable: 5 milliwatts, 7 status (0 on, 15 overload).
        poe = "1.3.6.1.4.1.9.6.1.101.108.1.1"
        status, power = dump.numbers(poe + ".7"), dump.numbers(poe + ".5")
        wanted, got = {}, {}
        for (unit, number), value in status.items():
            if_index = by_name.get("gi%d/0/%d" % (unit, number))
            if if_index is not None:
                wanted[if_index] = (value == 0, value == 15, power[unit, number])
                port = view.ports.get(if_index, {})
                got[if_index] = (port.get("poe") == "delivering", port.get("poe_overload") == 1,
                                 port.get("poe_mw"))
        for if_index in sorted(wanted):
            # A port that delivers nothing may say so or say nothing.
            if not wanted[if_index][0] and got[if_index][2] == 0xffffffff:
                got[if_index] = got[if_index][:2] + (wanted[if_index][2],)
            if wanted[if_index] != got[if_index]:
                self.note("PoE of %s: %s, not %s" % (if_index, got[if_index], wanted[if_index]))
        overload = [if_index for if_index in wanted if wanted[if_index][1]]
        self.ok(len(overload) == 2 and got == wanted, "%s: PoE of %d ports, %d in overload (%s)" % (
            name, len(wanted), len(overload), ", ".join(interfaces[i]["name"] for i in overload)))

    def edge_ports(self, name="procurve"):
        if name not in self.names or name not in self.views:
            self.ok(False, name + " was not read")
            return
        dump, view = self.dump(name), self.views[name]
        base, forwarding = dump.base_ports(), dump.forwarding()
        load = collections.Counter(forwarding.values())
        lags = set(dump.aggregates().values())
        for what, prefixes, number in (
                ("Axis MACs", ("00:40:8c", "ac:cc:8e", "b8:a4:4f", "e8:27:25"), 35),
                ("Mercury controllers", ("00:0f:e5",), 2)):
            wanted = collections.defaultdict(set)
            for (mac, _), port in forwarding.items():
                if mac.startswith(prefixes):
                    wanted[mac].add(base[port])
            got = collections.defaultdict(set)
            for row in view.fdb:
                if row["mac"] in wanted:
                    got[row["mac"]].add(row["if_index"])
            # What is behind the trunk is behind one port here too, but not of this switch.
            edges = [mac for mac, ports in wanted.items() if not ports & lags]
            alone = [mac for mac in edges if all(load[port] == 1 for port in wanted[mac])]
            self.ok(len(wanted) == number and got == wanted and
                    all(len(ports) == 1 for ports in got.values()),
                    "%s: %d %s each on one port, %d of them on an edge port that is theirs alone, "
                    "%d behind the trunk" % (name, len(wanted), what, len(alone),
                                             len(wanted) - len(edges)))
        trunk = next(iter(lags), 0)
        members = sorted(i for i, lag in dump.aggregates().items() if lag == trunk)
        ours = sorted(i for i, port in view.ports.items() if port["lag"] == trunk)
        self.ok(members == ours and len(members) > 1,
                "%s: the trunk %d has the members %s" % (name, trunk, ours))


def plain(text):
    return re.sub(r"[\s:.\-]", "", text).lower()


def plain_name(text):
    """Case, domain and what was added in brackets do not matter."""
    text = text.strip().lower()
    bare = re.sub(r"\(.*\)$", "", text).strip()
    mac = mac_of(bare.encode())
    if mac:
        return mac
    if not re.fullmatch(r"[0-9.]+", bare) and " " not in bare:
        bare = bare.split(".")[0]
    return re.sub(r"\s+", " ", bare)[:60].strip()


def main():
    arguments = [a for a in sys.argv[1:] if a != "--verbose"]
    judge = Judge(*arguments, verbose="--verbose" in sys.argv)
    judge.endings()
    judge.links()
    judge.interfaces()
    judge.agreement()
    judge.forwarding()
    judge.cameras_poe()
    judge.edge_ports()
    judge.places()
    judge.cost()
    print("1..%d" % judge.count)
    return 1 if judge.failed else 0


if __name__ == "__main__":
    sys.exit(main())
