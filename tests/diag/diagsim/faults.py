# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong. Each function changes the world from a start time on and returns the fault."""
from .spans import FOREVER

TEAM = {
    "device_hw": "integrator", "device_service": "physical_security",
    "credentials": "physical_security", "cable_port": "integrator", "poe_port": "it_network",
    "poe_budget": "it_network", "switch_down": "it_network", "mgmt_agent": "it_network",
    "uplink": "it_network", "wan": "it_network", "monitor": "monitor_admin",
    "switch_flap": "it_network", "moved": "physical_security", "dup_ip": "it_network",
    "maintenance": "none", "power_loss": "facilities_power",
}


class Fault:
    def __init__(self, cls, node, start, end, devices, mode="", **facts):
        self.cls, self.node, self.start, self.end = cls, node, start, end
        self.devices, self.mode = list(devices), mode
        self.scored, self.pre = True, False
        self.accept, self.interim = [[cls, node]], []
        self.facts = facts  # what labelling needs: switch, device, blackout spans ...
        self.to = self.switches = self.eval_at = None

    def record(self, number):
        line = {"type": "fault", "id": f"f{number}", "class": self.cls, "node": self.node,
                "start": round(self.start, 1), "end": None if self.end is None else round(self.end, 1),
                "devices": [d.name for d in self.devices], "team": TEAM[self.cls],
                "accept": self.accept, "pre": self.pre, "scored": self.scored, "mode": self.mode,
                "interim": self.interim}
        for key, value in (("to", self.to), ("switches", self.switches), ("eval_at", self.eval_at)):
            if value is not None:
                line[key] = value
        return line


class Injector:
    """Picks victims that are still whole, and breaks them."""

    def __init__(self, world, rng):
        self.world, self.net, self.rng = world, world.net, rng
        self.t_end = world.params["t_end"]
        self.used, self.faults = set(), []

    # ---- choice
    def free_devices(self, among=None):
        return [d for d in (self.net.devices if among is None else among)
                if d not in self.used and not d.born_dead and d.home not in self.used]

    def device(self, where=None, want=lambda d: True):
        pool = [d for d in self.free_devices(where) if want(d)]
        if not pool:
            return None
        found = self.rng.choice(pool)
        self.used.add(found)
        return found

    def switch(self, kinds, want=lambda n: True, least=2):
        pool = []
        for node in self.net.nodes:
            if node.kind in kinds and node not in self.used and want(node):
                lost, devices = self.net.behind({node})
                if len([d for d in devices if not d.born_dead]) >= least and not lost & self.used:
                    pool.append(node)
        if not pool:
            return None
        found = self.rng.choice(pool)
        self.claim({found})
        return found

    def claim(self, nodes):
        lost, devices = self.net.behind(set(nodes))
        self.used |= lost
        self.used |= set(devices)

    def victims(self, nodes):
        return [d for d in self.net.behind(set(nodes))[1] if not d.born_dead]

    def ends(self, start, low, high, chance=1.0):
        """When it is over: some time later, or never within the scenario."""
        if self.rng.random() >= chance:
            return None
        end = start + self.rng.uniform(low, high)
        return end if end < self.t_end - 60 else None

    def add(self, fault):
        self.faults.append(fault)
        return fault

    def inject(self, cls, start, **how):
        return getattr(self, "_" + cls)(start, **how)

    # ---- one device
    def _device_hw(self, start, device=None):
        device = device or self.device()
        if not device:
            return None
        mode = self.rng.choice(["dead", "hang", "loop"])
        if mode == "loop":
            t = start
            while t < self.t_end:
                out = self.rng.uniform(50, 130)
                device.trouble.append((t, t + out, "boot"))
                t += out + self.rng.uniform(40, 160)
        else:
            device.trouble.append((start, FOREVER, mode))
        if mode != "loop" and self.rng.random() < 0.35 and start > 480:
            before = self.add(Fault("device_service", device.name, start - 180, start, [device],
                                    "precursor", device=device))
            before.scored = False
            device.service.append((start - 180, start, "eet"))
        return self.add(Fault("device_hw", device.name, start, None, [device], mode, device=device))

    def _cable_port(self, start, device=None):
        device = device or self.device()
        if not device:
            return None
        mode = "cut" if self.rng.random() < 0.72 else "intermittent"
        if mode == "cut":
            device.trouble.append((start, FOREVER, "cut"))
            if self.rng.random() < 0.6:
                device.port_errors.append((start - self.rng.uniform(200, 400), start, 40))
        else:
            device.port_errors.append((start - self.rng.uniform(100, 250), FOREVER, 35))
            t = start
            while t < self.t_end:
                out = self.rng.uniform(25, 100)
                device.trouble.append((t, t + out, "cut"))
                t += out + self.rng.uniform(60, 160)
        return self.add(Fault("cable_port", device.name, start, None, [device], mode, device=device))

    def _poe_port(self, start, device=None):
        device = device or self.device(want=lambda d: d.poe)
        if not device:
            return None
        device.trouble.append((start, FOREVER, "fault"))
        return self.add(Fault("poe_port", device.name, start, None, [device], "", device=device))

    def _device_service(self, start, device=None):
        device = device or self.device()
        if not device:
            return None
        mode = self.rng.choice(["ttt", "rr.", "eee", "rrr", "eet", "..t", "t.t"])
        device.service.append((start, FOREVER, mode))
        return self.add(Fault("device_service", device.name, start, None, [device], mode,
                              device=device))

    def _credentials(self, start, **_):
        site = self.rng.choice(list(self.net.sites))
        pool = self.free_devices([d for d in self.net.devices if d.site == site])
        many = min(len(pool), self.rng.choice([1, 1, 2, 3, 5, 8, 12]))
        if not many:
            return None
        members = sorted(self.rng.sample(pool, many), key=lambda d: int(d.name[1:]))
        self.used |= set(members)
        mode = self.rng.choice(["aaa", "aaa", "aa.", "ss."])
        spread = self.rng.uniform(10, 100)
        for i, device in enumerate(members):
            since = start if not i else start + self.rng.uniform(0, spread)
            device.service.append((since, FOREVER, mode))
        node = members[0].name if many == 1 else f"site{site}"
        return self.add(Fault("credentials", node, start, None, members, mode))

    def _moved(self, start, **_):
        def roomy(device):
            return len(self.net.sites[device.site]["acc"]) > 1
        device = self.device(want=roomy)
        if not device:
            return None
        choices = [s for s in self.net.sites[device.site]["acc"]
                   if s is not device.home and s not in self.used]
        if not choices:
            return None
        switch = self.rng.choice(choices)
        taken = {d.at[0][2] for d in switch.devices}
        ports = [p for p in range(1, switch.ports + 1) if p not in taken]
        if not ports:
            return None
        port = self.rng.choice(ports)
        mode = "isolated" if self.rng.random() < 0.6 else "ok"
        again = start + self.rng.uniform(60, 180)
        device.at.append((start, None, None, False))
        device.at.append((again, switch, port, mode == "ok"))
        fault = self.add(Fault("moved", device.name, start, None, [device], mode, device=device,
                               again=again, switch=switch, port=port))
        fault.to = [switch.name, port]
        return fault

    def _dup_ip(self, start, **_):
        device = self.device(want=lambda d: not d.blocks_icmp)
        if not device:
            return None
        device.twin.append((start, FOREVER))
        return self.add(Fault("dup_ip", device.name, start, None, [device], "", device=device))

    # ---- switches and links
    def _switch_down(self, start, node=None):
        node = node or self.switch(self.rng.choice([("acc",), ("acc",), ("acc", "dist"), ("dist", "core")]))
        if not node:
            return None
        end = self.ends(start, 120, 360, 0.6)
        node.down.append((start, end or FOREVER))
        if end:
            node.boots.append(end - self.rng.uniform(5, 25))
        return self.add(Fault("switch_down", node.name, start, end, self.victims({node}),
                              "reboot" if end else "dead", place=node, power=True))

    def _uplink(self, start, **_):
        node = self.switch(("acc", "acc", "dist"), lambda n: len(n.parents) == 1)
        if not node:
            return None
        if self.rng.random() < 0.7:
            end = self.ends(start, 270, 540, 0.6)
            node.cut.append((start, end or FOREVER))
            if self.rng.random() < 0.4:
                node.link_errors.append((start - self.rng.uniform(240, 420), start, 120))
            return self.add(Fault("uplink", node.name, start, end, self.victims({node}), "cut",
                                  place=node))
        node.lossy.append((start, FOREVER, self.rng.uniform(30, 150), self.rng.uniform(0.45, 0.7)))
        node.link_errors.append((start - self.rng.uniform(60, 240), FOREVER, 300))
        return self.add(Fault("uplink", node.name, start, None, self.victims({node}), "degraded",
                              place=node))

    def _wan(self, start, node=None):
        node = node or self.switch(("wan",))
        if not node:
            return None
        end = self.ends(start, 200, 600, 0.3)
        node.hung.append((start, end or FOREVER))
        return self.add(Fault("wan", node.name, start, end, self.victims({node}), "cut", place=node))

    def _mgmt_agent(self, start, **_):
        node = self.switch(("acc", "acc", "dist", "core"), lambda n: n.snmp or n.icmp)
        if not node:
            return None
        what = "snmp" if node.snmp and node.icmp and self.rng.random() < 0.45 else "all"
        if not node.icmp and what == "all" and not node.snmp:
            return None
        node.mgmt_out.append((start, FOREVER, what))
        return self.add(Fault("mgmt_agent", node.name, start, None, [], what, place=node))

    def _poe_budget(self, start, **_):
        def fed(node):
            return sum(d.poe and not d.born_dead for d in node.devices) >= 4
        node = self.switch(("acc",), fed)
        if not node:
            return None
        pool = [d for d in node.devices if d.poe and not d.born_dead]
        many = max(2, round(len(pool) * self.rng.uniform(0.15, 0.5)))
        members = sorted(self.rng.sample(pool, many), key=lambda d: int(d.name[1:]))
        kept = sum(d.mw for d in pool if d not in members) / 1000
        if self.rng.random() < 0.5:  # one of two power supplies fails
            node.budget.append((start, round(kept + 2)))
        else:  # heaters went on: documented from the start as too small
            node.poe_w = round(kept + 2)
        t = start
        for device in self.rng.sample(members, many):
            device.trouble.append((t, FOREVER, "denied"))
            t += self.rng.uniform(0, 45 / many)
        return self.add(Fault("poe_budget", node.name, start, None, members, "", place=node))

    def _switch_flap(self, start, mode=None, node=None, gap=(160, 420)):
        mode = mode or self.rng.choice(["hang", "hang", "reboot", "group"])
        node = node or self.switch(("acc",), least=3 if mode == "group" else 2)
        if not node:
            return None
        members, bursts, t = self.victims({node}), [], start
        if mode == "group":
            many = max(2, round(len(node.devices) * self.rng.uniform(0.4, 0.7)))
            ports = sorted((d for d in node.devices if not d.born_dead), key=lambda d: d.at[0][2])
            if len(ports) < 2:
                return None
            first = self.rng.randrange(max(1, len(ports) - many + 1))
            members = ports[first:first + many]
        effect = self.rng.choice(["stalled", "cut"])
        while t < self.t_end - 30:
            out = self.rng.uniform(60, 115) if mode == "reboot" else self.rng.uniform(12, 65)
            if mode == "hang":
                node.hung.append((t, t + out))
            elif mode == "reboot":
                node.down.append((t, t + out))
                node.boots.append(t + out - self.rng.uniform(5, 20))
            else:
                for device in members:
                    device.trouble.append((t, t + out, effect))
            bursts.append((t, t + out))
            t += out + self.rng.uniform(*gap)
        fault = self.add(Fault("switch_flap", node.name, start, None, members, mode, place=node,
                               bursts=bursts, power=mode == "reboot"))
        fault.interim = [["switch_down", node.name], ["uplink", node.name]]
        return fault

    def _power_loss(self, start, **_):
        zones = {}
        for node in self.net.access():
            if node not in self.used and not set(node.devices) & self.used:
                zones.setdefault(node.zone, []).append(node)
        pool = [z for z, nodes in zones.items() if len(nodes) > 1 and
                all(any(not d.born_dead for d in n.devices) for n in nodes)]
        if not pool:
            return None
        zone = self.rng.choice(sorted(pool))
        nodes = zones[zone]
        end = self.ends(start, 280, 720, 0.85)
        for node in nodes:
            node.down.append((start + self.rng.uniform(0, 4), end or FOREVER))
            if end:
                node.boots.append(end - self.rng.uniform(5, 20))
        self.claim(nodes)
        names = sorted(n.name for n in nodes)
        fault = self.add(Fault("power_loss", zone, start, end, self.victims(nodes), ",".join(names),
                               places=nodes, power=True))
        fault.switches = names
        for name in names:
            fault.accept += [["switch_down", name], ["uplink", name]]
        return fault

    def _maintenance(self, start, node=None):
        node = node or self.switch(self.rng.choice([("acc",), ("acc",), ("dist", "core"), ("acc",)]))
        if not node:
            return None
        end = self.ends(start, 130, 440)
        node.down.append((start, end or FOREVER))
        if end:
            node.boots.append(end - self.rng.uniform(5, 20))
        window = (int(start - self.rng.uniform(20, 70)),
                  int((end or start + 500) + self.rng.uniform(20, 130)))
        return self.add(Fault("maintenance", node.name, start, end, self.victims({node}), "window",
                              place=node, window=window, power=True))

    def _monitor(self, start, **_):
        if self.net.monitor in self.used:
            return None
        self.used.add(self.net.monitor)
        end = self.ends(start, 190, 600)
        overloaded = self.rng.random() < 0.4
        spans = self.world.overload if overloaded else self.world.nic
        spans.append((start, end or FOREVER))
        members = [d for d in self.net.devices if not d.born_dead]
        return self.add(Fault("monitor", "m0", start, end, members,
                              "overload" if overloaded else "nic"))

    def _story(self, start, **_):
        return self._switch_flap(start, gap=(200, 460))

    # ---- background
    def preexisting(self):
        for device in self.net.devices:
            if self.rng.random() < self.world.params["preexist"]:
                device.born_dead = True
                device.trouble.append((-FOREVER, FOREVER, "dead"))
                fault = self.add(Fault("device_hw", device.name, -100000.0, None, [device], "dead",
                                       device=device))
                fault.pre, fault.scored = True, False

    def benign_reboots(self):
        """A device restarts by itself now and then: (device, start)."""
        out, hours = [], self.t_end / 3600
        for device in self.free_devices():
            if self.rng.random() < self.world.params["reboots"] * hours:
                start = self.rng.uniform(60, self.t_end - 120)
                device.trouble.append((start, start + self.rng.uniform(50, 100), "boot"))
                out.append((device, start))
        return out
