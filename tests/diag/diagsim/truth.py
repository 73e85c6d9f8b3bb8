# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels: which verdicts the evidence that got through could not tell from the truth.

`accept` holds them, the truth first. What could not be seen at all, or not for long enough, is not
scored; what a larger outage hides later is judged when that begins (`eval_at`).
"""
from .spans import FOREVER, union

CYCLE = 60.0
HARD, CABLE, POE = "device_hw", "cable_port", "poe_port"
DARK = ("switch_down", "uplink", "wan", "power_loss", "maintenance", "monitor")


class Labels:
    def __init__(self, world, watch, faults):
        self.world, self.watch, self.faults = world, watch, faults
        self.net, self.t_end = world.net, world.params["t_end"]

    def label(self):
        for fault in self.faults:
            self._hidden(fault)
            getattr(self, "_" + fault.cls, lambda f: None)(fault)

    # ---- when it can be judged
    def judged_at(self, fault):
        return min(self.t_end, (fault.end or FOREVER) + 3 * CYCLE, fault.eval_at or FOREVER)

    def _hidden(self, fault):
        """Larger outages over the fault: judged before the first that begins after it."""
        if fault.pre or fault.cls in ("monitor",):
            return
        visible = fault.start
        for other in self.faults:
            if other is fault or other.cls not in DARK or not self._covers(other, fault):
                continue
            end = other.end or FOREVER
            if other.cls == "maintenance" and fault.facts.get("place"):
                end += CYCLE
            if other.start <= fault.start + 1 < end:
                visible = max(visible, end)
            elif fault.start < other.start < (fault.end or FOREVER):
                fault.eval_at = min(fault.eval_at or FOREVER, round(other.start, 1))
        if self.judged_at(fault) - visible < self._needed(fault) * CYCLE:
            fault.scored = False

    @staticmethod
    def _needed(fault):
        """Cycles in which a fault must be visible to be recognised at all."""
        if fault.cls == "switch_flap":
            return 16
        if fault.cls in ("dup_ip", "moved", "mgmt_agent"):
            return 9
        if fault.mode in ("loop", "intermittent", "degraded", "..t"):
            return 11
        return 2.2 if fault.cls in DARK else 7

    def _covers(self, other, fault):
        if other.cls == "monitor":
            return True
        nodes = set(other.facts.get("places") or [other.facts["place"]])
        lost, devices = self.net.behind(nodes)
        if fault.facts.get("places"):
            return all(n in lost for n in fault.facts["places"])
        if fault.facts.get("place"):
            return fault.facts["place"] in lost
        return bool(fault.devices) and all(d in devices for d in fault.devices)

    # ---- what was readable
    def _readable(self, device, since, until):
        """Whether the device's port was known, and was read while it was silent."""
        switch, port = device.at[0][1], device.at[0][2]
        known = any(m < since and s is switch and p == port
                    for m, s, p in self.watch.macs.get(device, ()))
        return known and any(since + 5 < m and t < until - 30
                             for m, t, _ in self.watch.walks.get(switch, ()))

    def _placed(self, device, until):
        """Whether the monitor can know where the device hangs."""
        home = device.at[0][1:3]
        return device.known == home or any((s, p) == home and m < until
                                           for m, s, p in self.watch.macs.get(device, ()))

    def _unplaced(self, fault):
        """Of a switch that nobody can see, with at most one device known there, that device is all."""
        node = fault.facts["place"]
        if node.kind == "acc" and not node.icmp and not node.snmp and \
                sum(self._placed(d, fault.start) for d in fault.devices) < 2:
            fault.accept += [[c, d.name] for d in fault.devices for c in (HARD, CABLE, POE)]

    def _errors(self, switch, port, since, until):
        return sum(e for m, e in self.watch.errors.get((switch, port), ()) if since <= m < until)

    def _physical(self, fault):
        """Device, cable and PoE of one port when the port cannot be read."""
        device = fault.devices[0]
        names = [HARD, CABLE] + ([POE] if device.poe else [])
        names.remove(fault.cls)
        return [[cls, device.name] for cls in names]

    # ---- classes
    def _device_hw(self, fault):
        device = fault.devices[0]
        if fault.pre or not self._readable(device, fault.start, self.judged_at(fault)):
            fault.accept += self._physical(fault)
        elif fault.mode == "dead":
            fault.accept.append([CABLE, device.name])

    def _cable_port(self, fault):
        device = fault.devices[0]
        _, switch, port, _ = device.at[0]
        if not self._readable(device, fault.start, self.judged_at(fault)):
            fault.accept += self._physical(fault)
        elif self._errors(switch, port, fault.start - 400, self.judged_at(fault)) <= 15:
            fault.accept.append([HARD, device.name])

    def _poe_port(self, fault):
        if not self._readable(fault.devices[0], fault.start, self.judged_at(fault)):
            fault.accept += self._physical(fault)

    def _moved(self, fault):
        device, facts = fault.devices[0], fault.facts
        fault.interim = [[HARD, device.name], [CABLE, device.name]]
        seen = any(s is facts["switch"] and p == facts["port"] and m < self.judged_at(fault) - 90
                   for m, s, p in self.watch.macs.get(device, ()))
        if not seen:
            fault.accept += [[c, device.name] for c in (HARD, CABLE) + ((POE,) if device.poe else ())]
            if fault.mode == "ok":
                fault.scored = False

    def _dup_ip(self, fault):
        device = fault.devices[0]
        arps = [t for t in self.watch.arps.get(device, ()) if t < self.judged_at(fault) - 120]
        fault.mode = "arp" if arps else "blind"
        if not arps:
            fault.accept += [["device_service", device.name], ["credentials", device.name]]

    def _poe_budget(self, fault):
        read = [d for d in fault.devices if d in self.watch.denied]
        fault.mode = "snmp" if read else "blind"
        if not read:
            fault.accept += [["switch_down", fault.node], ["switch_flap", fault.node]]
            if len(fault.devices) == 2:
                fault.accept += [[c, d.name] for d in fault.devices for c in (HARD, CABLE, POE)]

    def _trapped(self, node, trap, start, until):
        return any(n is node and kind == trap and start - 5 <= m < until
                   for n, kind, _, m in self.watch.traps)

    def _after(self, node, since, until):
        """Uptimes of walks that began after a moment and arrived before another."""
        return [u - (m - since) for m, t, u in self.watch.walks.get(node, ())
                if m > since and t < until]

    def _switch_down(self, fault):
        node = fault.facts["place"]
        until = self.judged_at(fault)
        told = self._trapped(node, "dyingGasp", fault.start, fault.start + 60)
        back = self._after(node, fault.end, until) if fault.end else []
        seen_before = any(t < fault.start + 90 for _, t, _ in self.watch.walks.get(node, ()))
        if not told and not (back and seen_before):
            fault.accept.append(["uplink", fault.node])
        self._unplaced(fault)
        if node.kind == "core" and not self.net.sites[node.site]["wan"].icmp:
            fault.accept.append(["wan", f"w{node.site}"])

    def _uplink(self, fault):
        node = fault.facts["place"]
        parent, port = node.parents[0]
        until = self.judged_at(fault)
        errors = self._errors(parent, port, fault.start - 400,
                              until if fault.mode == "degraded" else fault.start + 1)
        if errors > 60:
            return
        if fault.mode == "degraded":
            fault.accept += [["switch_flap", fault.node], ["switch_down", fault.node]]
            return
        back = self._after(node, fault.end, until) if fault.end else []
        if not back:
            fault.accept.append(["switch_down", fault.node])
        self._unplaced(fault)

    def _wan(self, fault):
        node = fault.facts["place"]
        if not node.icmp:
            fault.accept.append(["switch_down", f"c{node.site}"])

    def _maintenance(self, fault):
        window = fault.facts["window"]
        if not window[0] - CYCLE <= fault.start <= window[1]:
            fault.scored = False

    def _switch_flap(self, fault):
        node, until = fault.facts["place"], self.judged_at(fault)
        boots = [b for b in node.boots if b < until]
        resets = sum(bool(any(b < m and t < until for m, t, _ in self.watch.walks.get(node, ()) if
                              m < b + 200)) for b in boots)
        if resets < 2:
            fault.accept.append(["uplink", fault.node])
        shared, members = [], [d for d in fault.devices if self._placed(d, until)]
        for start, end in union(fault.facts["bursts"]):
            hit = sum(any(start <= m < end + 30 and not ok for m, ok in self.watch.polls[d])
                      for d in members)
            if hit >= 2 and end < until:
                shared.append(end)
        if shared:  # long after the last of them it is history
            fault.eval_at = min(fault.eval_at or FOREVER, round(shared[-1] + 12 * CYCLE, 1))
            if fault.eval_at >= self.t_end:
                fault.eval_at = None
        shared = len(shared)
        if shared < 3:
            fault.accept += [[c, d.name] for d in fault.devices for c in (HARD, CABLE, POE)]
        if shared < 2:
            fault.scored = False
