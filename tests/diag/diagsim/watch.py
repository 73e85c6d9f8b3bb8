# SPDX-License-Identifier: GPL-3.0-or-later
"""The monitor: polls the world and writes down what comes back, in order of arrival.

What it saw is kept as well, since labels depend on it (truth).
"""
from math import floor

from .spans import within

SLOT = 5.0


class Watch:
    def __init__(self, world, rng):
        self.world, self.net, self.rng = world, world.net, rng
        self.p = world.params
        self.lines, self.batches = [], {}
        self.polls = {}  # device -> [(m, answered)]
        self.walks = {}  # switch -> [(m, t, uptime)]
        self.macs = {}  # device -> [(m, switch, port)]
        self.errors = {}  # (switch, port) -> [(m, errors)]
        self.denied = set()
        self.traps, self.arps = [], {}
        self.last_row = {}

    # ---- time
    def _schedule(self, cycle=60.0):
        """Moments of one target's polls: its phase, jitter, and now and then far too early."""
        rng, t, moments = self.rng, self.rng.uniform(0, cycle), []
        while t < self.p["t_end"]:
            m = t + rng.uniform(-6, 6)
            if rng.random() < 0.02:
                m -= rng.uniform(5, cycle - 2)
            if 0 <= m < self.p["t_end"]:
                moments.append(round(m, 1))
            t += cycle
        return sorted(moments)

    def _delay(self, walked=False):
        rng = self.rng
        if walked:
            return rng.uniform(60, 90) if rng.random() < self.p["late_snmp"] else rng.uniform(1, 30)
        roll = rng.random()
        return rng.uniform(8, 35) if roll < self.p["late"] else rng.expovariate(1 / 1.6)

    def _put(self, t, m, **line):
        if t <= self.p["t_end"]:
            self.lines.append((t, m, len(self.lines), {"t": round(t, 1), "m": round(m, 1), **line}))

    # ---- one look at everything
    def run(self):
        self._monitor()
        for node in self.net.nodes[1:]:
            for m in self._schedule():
                self._switch(node, m)
        for device in self.net.devices:
            self.polls[device] = []
            for m in self._schedule():
                self._device(device, m)
        for (slot, arrival), names in self.batches.items():
            if arrival <= self.p["t_end"]:
                names.sort(key=lambda n: int(n[1:]))
                self._put(arrival, slot, o="ok", n=names)
        self._traps()
        self.lines.sort(key=lambda x: x[:3])
        return [line for _, _, _, line in self.lines]

    def _monitor(self):
        t = 0.0
        while t < self.p["t_end"]:
            off = within(self.world.nic, t)
            lag = self.rng.uniform(5, 30) if within(self.world.overload, t) else self.rng.uniform(0, 0.6)
            self._put(t + 1, t, o="mon", tx=3, rx=0 if off else 3, lag=round(lag, 1))
            t += 30

    def _lost(self, m):
        """Our own fault: nothing left, or the answer was not waited for."""
        return within(self.world.nic, m) or (within(self.world.overload, m) and self.rng.random() < 0.42)

    def _ping(self, loss):
        return sum(self.rng.random() >= loss for _ in range(3))

    # ---- devices
    def _device(self, device, m):
        world = self.world
        alive = world.answers(device, m) and not self._lost(m)
        rx, svc = 0, "ttt"
        if alive:
            loss = world.loss(world.place(device, m)[1], m)
            rx = 0 if device.blocks_icmp else self._ping(loss)
            svc = self._services(device, m, loss)
        self.polls[device].append((m, rx > 0 or svc != "ttt"))
        delay = self._delay()
        if rx == 3 and svc == "ooo":
            slot = SLOT * floor(m / SLOT)
            key = (slot, slot + SLOT * (1 + floor((m - slot + delay) / SLOT)))
            self.batches.setdefault(key, []).append(device.name)
        else:
            self._put(m + delay, m, o="dev", n=device.name, tx=3, rx=rx, svc=svc)

    def _services(self, device, m, loss):
        rng = self.rng
        late = 0.003 + 1.4 * loss * loss
        pattern = "..."
        for start, end, what in device.service:
            if start <= m < end:
                pattern = what
        if within(device.twin, m) and rng.random() < 0.6:
            pattern = rng.choice(["arr", "arr", "rrr", "arr", "rrt"])
        out = ""
        for want in pattern:
            if want != "." and rng.random() < 0.95:
                out += want
            elif rng.random() < late:
                out += "t"
            else:
                out += rng.choice("re") if rng.random() < 0.0005 else "o"
        return out

    # ---- switches
    def _switch(self, node, m):
        world, rng = self.world, self.rng
        if not node.icmp and not node.snmp:
            return
        out = next((what for a, b, what in node.mgmt_out if a <= m < b), "")
        mine = self._lost(m)
        there = not within(world.unreachable[node], m) and not mine
        loss = world.loss(node, m)
        rx = self._ping(loss) if node.icmp and there and out != "all" else 0
        line = {"o": "sw", "n": node.name, "tx": 3 if node.icmp else 0, "rx": rx, "snmp": "na"}
        if not node.snmp:
            self._put(m + self._delay(), m, **line)
            return
        if not there or out or rng.random() < self.p["snmp_timeout"] + loss ** 2:
            line["snmp"] = "to"
            self._put(m + self._delay(), m, **line)
            return
        t = m + self._delay(True)
        if t > self.p["t_end"]:
            return
        self._rows(node, m, t)
        uptime = world.uptime(node, m)
        self.walks.setdefault(node, []).append((m, t, uptime))
        line.update(snmp="ok", up=round(uptime))
        if node.kind == "acc":
            line["pw"] = world.watts(node, m)
        self._put(t, m, **line)

    def _rows(self, node, m, t):
        world, rng = self.world, self.rng
        ports = {}
        for child in node.children:
            number = next(p for parent, p in child.parents if parent is node)
            errors = self._count(child.link_errors, m, 0.02)
            oper, chg = world.trunk_port(child, m)
            ports[number] = (oper, chg, "na", 0, []), errors
        seen = {p for s, p in world.occupants if s is node} if node.kind == "acc" else ()
        for number in seen:
            row = world.device_port(node, number, m)
            there = world.on_port(node, number, m)
            errors = self._count([e for d in there for e in d.port_errors], m, 0.01)
            row = row[:4] + ([mac for mac in row[4] if rng.random() >= 0.02],)
            for device in there:
                if device.mac in row[4]:
                    self.macs.setdefault(device, []).append((m, node, number))
                if row[2] == "denied":
                    self.denied.add(device)
            if row[0] or self.last_row.get((node, number)):
                ports[number] = row, errors
        for number in sorted(ports):
            row, errors = ports[number]
            self.errors.setdefault((node, number), []).append((m, errors))
            if errors or self.last_row.get((node, number)) != row:
                self.last_row[(node, number)] = row
                oper, chg, poe, mw, macs = row
                self._put(t, m, o="port", n=node.name, p=number, oper=oper, chg=chg, err=errors,
                          poe=poe, mw=mw, mac=macs)

    def _count(self, spans, m, background):
        for start, end, mean in spans:
            if start <= m < end:
                return int(self.rng.expovariate(1 / mean))
        return self.rng.randint(1, 3) if self.rng.random() < background else 0

    # ---- what nobody asked for
    def _traps(self):
        rng, world = self.rng, self.world
        for node in self.net.nodes[1:]:
            if not node.snmp:
                continue
            above = [p for p, _ in node.parents]
            for start, _ in node.down:
                if any(not within(world.unreachable[p], start) for p in above):
                    self._trap(node, start, "dyingGasp", 0, 0.4)
            for boot in node.boots:
                if not within(world.unreachable[node], boot + 30):
                    self._trap(node, boot + 30, "coldStart", 0, 0.5)
            for since, _ in node.budget:
                self._trap(node, since + 4, "poeUsageOn", 0, 0.5)
            for device in node.devices if node.kind == "acc" else ():
                for start, end, effect in device.trouble:
                    if effect in ("hang", "boot", "stalled", "unpowered") or start < 0:
                        continue
                    for moment, trap in ((start, "linkDown"), (end, "linkUp")):
                        if moment < self.p["t_end"] and not within(world.unreachable[node], moment):
                            self._trap(node, moment, trap, device.at[0][2], 0.65)
        for device in self.net.devices:
            site = self.net.sites[device.site]
            if not device.twin or not site["arp"]:
                continue
            t = device.twin[0][0] + rng.uniform(5, 120)
            while t < self.p["t_end"]:
                twin = rng.random() < 0.65
                mac = "0e" + device.mac[2:] if twin else device.mac
                if not within(world.nic, t) and not within(world.unreachable[site["wan"]], t):
                    self._put(t + 10, t, o="arp", n=site["wan"].name, ip=device.ip, mac=mac)
                    if twin:
                        self.arps.setdefault(device, []).append(t)
                t += rng.uniform(55, 125)

    def _trap(self, node, m, trap, port, chance):
        if self.rng.random() < chance and not within(self.world.nic, m):
            self._put(m + 1, m, o="trap", n=node.name, trap=trap, p=port)
            self.traps.append((node, trap, port, m))

    def announce(self, faults):
        for fault in faults:
            window = fault.facts.get("window")
            if window:
                t = round(max(0.0, window[0] - 600.0), 1)
                self._put(t, t, o="maint", n=fault.node, **{"from": window[0], "to": window[1]})
