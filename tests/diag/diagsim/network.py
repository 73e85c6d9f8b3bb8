# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet: monitor, WAN links, core, distribution and access switches, devices.

Every node knows where it truly hangs (`parents`, `at`) and what the documents claim (`known`): these
differ for a share of the devices.
"""
from math import ceil

UPLINK_PORT = 100  # ports above this join switches


class Node:
    """The monitor, a WAN link or a switch."""

    def __init__(self, name, kind, site, parents=()):
        self.name, self.kind, self.site = name, kind, site
        self.parents = list(parents)  # (node, port on it)
        self.children, self.devices = [], []
        self.snmp = self.icmp = 0
        self.ports = self.poe_w = 0
        self.zone = self.known_zone = None
        # state, filled by the faults; see world
        self.down, self.hung, self.cut, self.boots = [], [], [], []
        self.mgmt_out, self.lossy, self.link_errors = [], [], []
        self.uptime0 = 0.0
        self.budget = []

    def record(self):
        line = {"type": "node", "id": self.name, "kind": self.kind, "site": self.site,
                "parents": [{"n": p.name, "p": port} for p, port in self.parents]}
        if self.kind != "mon":
            line.update(snmp=self.snmp, icmp=self.icmp)
        if self.kind == "acc":
            line.update(ports=self.ports, poe_w=self.poe_w, pz=self.known_zone)
        return line


class Device:
    def __init__(self, number, site, mac, ip, poe):
        self.name, self.site, self.mac, self.ip, self.poe = f"d{number}", site, mac, ip, poe
        self.mw = 0
        self.blocks_icmp = False
        self.at = []  # (since, switch or None while unplugged, port, reachable there)
        self.known = None
        self.trouble = []  # (start, end, effect): see world.EFFECTS
        self.service = []  # (start, end, pattern)
        self.twin = []  # (start, end): another device answers for its address
        self.port_errors = []  # (start, end, mean per walk)
        self.born_dead = False

    @property
    def home(self):
        return self.at[0][1]

    def record(self):
        parents = [] if self.known is None else [{"n": self.known[0].name, "p": self.known[1]}]
        return {"type": "node", "id": self.name, "kind": "dev", "site": self.site,
                "parents": parents, "mac": self.mac, "ip": self.ip, "poe": self.poe}


class Network:
    def __init__(self, params, rng):
        self.params, self.rng = params, rng
        self.monitor = Node("m0", "mon", 0)
        self.nodes, self.devices = [self.monitor], []
        self.sites = {}
        weights = [rng.uniform(0.6, 1.4) for _ in range(params["n_sites"])]
        left = params["n_dev"]
        for site, weight in enumerate(weights, 1):
            last = site == params["n_sites"]
            share = left if last else round(params["n_dev"] * weight / sum(weights))
            share = max(2, min(share, left - 2 * (params["n_sites"] - site)))
            left -= share
            self._site(site, share)
        self._document()
        self.by_name = {n.name: n for n in self.nodes + self.devices}

    def _node(self, name, kind, site, parents):
        node = Node(name, kind, site, parents)
        for parent, _ in parents:
            parent.children.append(node)
        node.uptime0 = self.rng.uniform(2e5, 2e7)
        node.snmp = int(kind != "wan" and self.rng.random() >= self.params["snmp_missing"])
        node.icmp = int(self.rng.random() < (self.params["sw_icmp"] if kind in ("acc", "wan") else 1.1))
        if kind == "acc" and not node.snmp and not node.icmp:
            node.icmp = int(self.rng.random() < 0.5)
        self.nodes.append(node)
        return node

    def _site(self, site, n_dev):
        rng, p = self.rng, self.params
        wan = self._node(f"w{site}", "wan", site, [(self.monitor, site)])
        core = self._node(f"c{site}", "core", site, [(wan, 101)])
        counts = []
        low, high = p["dev_per_sw"]
        while sum(counts) < n_dev:
            counts.append(min(rng.randint(low, high), n_dev - sum(counts)))
        if len(counts) > 1 and counts[-1] < 2:
            counts[-2:] = [sum(counts[-2:])]
        dists = []
        if len(counts) >= 5 or (len(counts) == 4 and rng.random() < 0.5):
            for i in range(min(6, max(1, ceil(len(counts) / rng.randint(4, 7))))):
                dists.append(self._node(f"t{site}.{i + 1}", "dist", site, [(core, 101 + i)]))
        zone, zone_left, zone_no = None, 0, 0
        switches = []
        for i, count in enumerate(counts, 1):
            uppers = dists or [core]
            first = rng.choice(uppers)
            parents = [(first, 100 + i)]
            if len(dists) > 1 and rng.random() < p["dual_homed"]:
                parents.append((rng.choice([d for d in dists if d is not first]), 100 + i))
            switch = self._node(f"a{site}.{i}", "acc", site, parents)
            if not zone_left:
                zone_no += 1
                zone, zone_left = f"z{site}.{zone_no}", rng.randint(1, 3)
            zone_left -= 1
            switch.zone = zone
            switch.known_zone = zone if rng.random() < p["pz_known"] else None
            spare = count + rng.randint(1, 3)
            switch.ports = next((n for n in (8, 16, 24, 48) if n >= spare), 64)
            self._devices(switch, count)
            switches.append(switch)
        self.sites[site] = {"wan": wan, "core": core, "dist": dists, "acc": switches,
                            "loss": rng.uniform(*p["loss"]), "arp": rng.random() < 0.7,
                            "bursts": self._bursts()}

    def _devices(self, switch, count):
        rng, used = self.rng, 0
        for port in sorted(rng.sample(range(1, switch.ports + 1), count)):
            number = len(self.devices) + 1
            mac = "02:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}".format(
                switch.site & 255, rng.randrange(256), rng.randrange(256), number >> 8, number & 255)
            ip = f"10.{switch.site}.{number >> 8}.{number & 255}"
            device = Device(number, switch.site, mac, ip, int(rng.random() < 0.85))
            device.mw = rng.randint(3500, 9900)
            device.blocks_icmp = rng.random() < 0.03
            device.at = [(-FAR, switch, port, True)]
            device.known = (switch, port)
            used += device.mw if device.poe else 0
            switch.devices.append(device)
            self.devices.append(device)
        switch.poe_w = max(60, round(used / 1000 * rng.uniform(1.05, 1.9)))

    def _bursts(self):
        """Moments in which the site's link is congested."""
        out, t = [], 0.0
        while t < self.params["t_end"]:
            t += self.rng.expovariate(1 / self.params["burst_gap"])
            out.append((t, t + self.rng.uniform(5, 60)))
            t = out[-1][1]
        return out

    def _document(self):
        rng, p = self.rng, self.params
        for device in self.devices:
            roll = rng.random()
            if roll < p["topo_missing"]:
                device.known = None
            elif roll < p["topo_missing"] + p["topo_wrong"]:
                others = [s for s in self.sites[device.site]["acc"] if s is not device.home]
                if others:
                    other = rng.choice(others)
                    device.known = (other, rng.randint(1, other.ports))

    def switches(self):
        return [n for n in self.nodes if n.kind not in ("mon", "wan")]

    def access(self):
        return [n for n in self.nodes if n.kind == "acc"]

    def behind(self, dead):
        """Nodes and devices that lose every path when the nodes of the set `dead` stop forwarding."""
        lost = set(dead)
        for node in self.nodes:
            if node.parents and all(p in lost for p, _ in node.parents):
                lost.add(node)
        return lost, [d for d in self.devices if d.home in lost]


FAR = 100000.0
