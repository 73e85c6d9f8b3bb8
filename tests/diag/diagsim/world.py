# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a network over time: who is reached, what a port shows, what is lost on the way."""
from bisect import bisect_right

from .spans import FOREVER, intersection, union, within

# effect: (link stays up, what PoE shows on a powered port, it can answer)
EFFECTS = {
    "dead": (0, "searching", False),
    "hang": (1, "on", False),
    "boot": (1, "on", False),
    "cut": (0, "searching", False),
    "fault": (0, "fault", False),
    "denied": (0, "denied", False),
    "stalled": (1, "on", False),  # its port group forwards nothing
    "unpowered": (0, "searching", False),  # its switch is off, or it starts again after that
}
MAC_AGING = 300.0


class World:
    """Faults first write their spans into the network; then seal() derives the rest."""

    def __init__(self, network, rng):
        self.net, self.rng = network, rng
        self.params = network.params
        self.nic, self.overload = [], []
        self.unreachable = {}
        self.lossy = {}
        self.silent = {}
        self.occupants = {}

    def seal(self):
        for node in self.net.nodes:
            blocked = union(node.down, node.hung)
            paths = None
            for parent, _ in node.parents:
                path = union(self.unreachable[parent], node.cut)
                paths = path if paths is None else intersection(paths, path)
            self.unreachable[node] = union(blocked, paths or [])
            above = [self.lossy.get(p, []) for p, _ in node.parents][:1]
            self.lossy[node] = sorted(node.lossy + (above[0] if above else []))
        for device in self.net.devices:
            for i, (since, switch, port, _) in enumerate(device.at):
                if switch:
                    until = device.at[i + 1][0] if i + 1 < len(device.at) else FOREVER
                    self.occupants.setdefault((switch, port), []).append((since, until, device))
            if device.poe:
                self._power(device)
            device.trouble.sort()
            self.silent[device] = union([(a, b) for a, b, _ in device.trouble])

    def _power(self, device):
        """A device fed by a switch that loses power restarts after it."""
        for start, end in device.home.down:
            late = min(end, FOREVER) + self.rng.uniform(4, 30)
            device.trouble.append((start, late, "unpowered"))

    # ---- where things are
    @staticmethod
    def place(device, t):
        i = bisect_right([x[0] for x in device.at], t) - 1 if len(device.at) > 1 else 0
        return device.at[i]

    def answers(self, device, t):
        """Whether the device's own network stack gets and sends packets at t."""
        since, switch, _, reachable = self.place(device, t)
        if switch is None or not reachable or t < since:
            return False
        return not within(self.silent[device], t) and not within(self.unreachable[switch], t)

    def on_port(self, switch, port, t):
        """The devices on a port: one, none, or those of an unmanaged switch."""
        return [device for since, until, device in self.occupants.get((switch, port), ())
                if since <= t < until]

    # ---- traffic
    def loss(self, node, t):
        """The share of packets lost between the monitor and what hangs on a node."""
        site = self.net.sites.get(node.site)
        p = site["loss"] if site else 0.0
        if site and within(site["bursts"], t):
            p = min(0.45, p * 2)
        for start, end, ramp, extra in self.lossy.get(node, ()):
            if start <= t < end:
                p = 1 - (1 - p) * (1 - extra * min(1.0, (t - start + 1) / ramp))
        return p

    # ---- what a switch says
    def uptime(self, switch, t):
        boots = [b for b in switch.boots if b <= t]
        return t - boots[-1] if boots else switch.uptime0 + t

    def trouble_at(self, device, t):
        """The strongest effect on a device's port: a link that is down wins."""
        found = None
        for start, end, effect in device.trouble:
            if start > t:
                break
            if t < end and (found is None or not EFFECTS[effect][0]):
                found = (start, end, effect)
        return found

    def device_port(self, switch, port, t):
        """(oper, chg, poe, mw, macs) of a device's port."""
        boots = [b for b in switch.boots if b <= t]
        there = self.on_port(switch, port, t)
        if len(there) > 1:
            return 1, -1, "na", 0, sorted(d.mac for d in there if self._heard(d, t))
        device = there[0] if there else None
        if device is None:
            left = [u for _, u, _ in self.occupants.get((switch, port), ()) if u <= t]
            return 0, (max(left) if left else -1), "searching", 0, []
        came = next(s for s, _, d in self.occupants[(switch, port)] if d is device)
        chg = came if came > 0 else -1
        trouble = self.trouble_at(device, t)
        for start, end, effect in device.trouble:
            if start > t:
                break
            if not EFFECTS[effect][0] and start > 0:
                chg = max(chg, end if end <= t else start)
        if boots and chg <= boots[-1] + 60:
            chg = -1
        oper, poe = 1, "on"
        if trouble:
            oper, poe, _ = EFFECTS[trouble[2]]
        powered = device.poe and poe == "on"
        return (oper, round(chg, 1), poe if device.poe else "na", device.mw if powered else 0,
                [device.mac] if oper and self._heard(device, t) else [])

    def _heard(self, device, t):
        """Whether a switch still knows the device's MAC."""
        trouble = self.trouble_at(device, t)
        return not trouble or t - trouble[0] < MAC_AGING

    def trunk_port(self, child, t):
        """(oper, chg) of the port towards a child switch."""
        spans = union(child.down, child.cut)
        chg = -1
        for start, end in spans:
            if start <= t:
                chg = end if end <= t else start
        return int(not within(spans, t)), round(chg, 1)

    def watts(self, switch, t):
        used = 0
        for device in switch.devices:
            _, at, port, _ = self.place(device, t)
            if at is switch and device.poe:
                used += self.device_port(switch, port, t)[3]
        budget = switch.poe_w
        for since, watts in switch.budget:
            if since <= t:
                budget = watts
        return [round(used / 1000), budget]
