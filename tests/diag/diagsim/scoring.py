# SPDX-License-Identifier: GPL-3.0-or-later
"""Marks verdict events against the labels of a scenario, and adds the marks up.

equiv      faults answered by a verdict that the evidence cannot tell from the truth
ident      faults with one right answer that got it
precision  opened incidents whose last verdict is right, or was right while it stood
wrong      network faults with a technician sent to a healthy device behind them
missed     device and cable faults blamed on the network, or not reported
alerts     per network fault with at least three devices
"""
import json

CYCLE = 60.0
NEVER = 1e12
TRUCK = {"device_hw", "cable_port"}  # verdicts that send somebody out
AT_DEVICE = TRUCK | {"device_service", "credentials", "poe_port", "moved", "dup_ip"}
IN_NETWORK = {"poe_budget", "switch_down", "mgmt_agent", "uplink", "wan", "monitor", "switch_flap",
              "maintenance", "power_loss"}
CLASSES = ["device_hw", "device_service", "credentials", "cable_port", "poe_port", "poe_budget",
           "switch_down", "mgmt_agent", "uplink", "wan", "monitor", "switch_flap", "moved", "dup_ip",
           "maintenance", "power_loss"]
WRONG, PLACE, EQUAL, EXACT = range(4)


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


class Incident:
    """The verdicts of one incident in their order."""

    def __init__(self):
        self.verdicts, self.alerts, self.closed = [], [], None

    def take(self, event):
        if event["event"] == "close":
            self.closed = event["t"]
        else:
            self.verdicts.append(event)
        if event["alert"]:
            self.alerts.append(event)

    def gone_before(self, t):
        return self.closed is not None and self.closed < t


class Fault:
    """A label, and the marks it got."""

    def __init__(self, label, nodes):
        self.cls, self.node, self.mode = label["class"], label["node"], label["mode"]
        self.start, self.scored = label["start"], label["scored"]
        self.end = NEVER if label["end"] is None else label["end"]
        self.eval_at = label.get("eval_at", NEVER)
        self.devices, self.accept = label["devices"], label["accept"]
        self.interim = label.get("interim", [])
        self.below = cut_off(nodes, label.get("switches", [self.node])) \
            if self.cls in IN_NETWORK else {self.node}
        self.level, self.cycles, self.missed = WRONG, None, None
        self.wrong = self.alerts = 0

    def grade(self, verdict):
        cls, node = verdict["class"], verdict["node"]
        here = node == self.node
        if not here and self.cls in ("credentials", "power_loss") and len(self.devices) > 1:
            mine, its = set(self.devices), set(verdict["devices"])
            here = len(mine & its) >= 0.5 * max(1, len(mine | its))
        if here and cls == self.cls:
            return EXACT
        if [cls, node] in self.accept:
            return EQUAL
        return PLACE if here and (cls in AT_DEVICE) == (self.cls in AT_DEVICE) else WRONG

    def during(self, t, cycles_after):
        return self.start - CYCLE <= t <= self.end + cycles_after * CYCLE


def cut_off(nodes, roots):
    """The roots and every node of which all parents are cut off."""
    lost = set(roots)
    rank = {"wan": 0, "core": 1, "dist": 2, "acc": 3}
    for node in sorted((n for n in nodes if n["kind"] in rank), key=lambda n: rank[n["kind"]]):
        if node["parents"] and all(p["n"] in lost for p in node["parents"]):
            lost.add(node["id"])
    return lost


class Marks:
    """The marks of one scenario."""

    def __init__(self, name, tier, plan, devices, t_end):
        self.name, self.tier, self.plan, self.devices, self.t_end = name, tier, plan, devices, t_end
        self.faults, self.answers = [], []  # answers: (last verdict, right)
        self.dispatched = self.false_alerts = self.alerts = 0


def mark(scenario, verdicts):
    """Marks of one scenario file against one file of verdicts."""
    meta, nodes = None, []
    with open(scenario, encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if "o" in record:
                break
            if record["type"] == "node":
                nodes.append(record)
            else:
                meta = record
    labels = read_lines(str(scenario).replace(".jsonl", ".truth.jsonl"))
    marks = Marks(meta["id"], meta["tier"], labels[0]["plan"], meta["devices"], meta["t_end"])
    faults = [Fault(x, nodes) for x in labels if x["type"] == "fault"]
    incidents = {}
    for event in read_lines(verdicts):
        incidents.setdefault(event["inc"], Incident()).take(event)
    incidents = list(incidents.values())
    marks.alerts = sum(len(i.alerts) for i in incidents)
    marks.faults = [f for f in faults if f.scored]
    for fault in marks.faults:
        answer(fault, incidents, meta["t_end"])
    for incident in incidents:
        if incident.verdicts:
            judge(incident, faults, marks)
    return marks


def answer(fault, incidents, t_end):
    """The best verdict that stands when the fault is judged, and since when it is right."""
    until = min(t_end, fault.end + 3 * CYCLE, fault.eval_at)
    for incident in incidents:
        told = [v for v in incident.verdicts if v["t"] <= until]
        if not told or incident.gone_before(min(until, fault.end) - 1):
            continue
        level = fault.grade(told[-1])
        if level == WRONG or told[-1]["t"] < fault.start - CYCLE or level < fault.level:
            continue
        right = len(told) - 1
        while right and fault.grade(told[right - 1]) >= min(level, EQUAL):
            right -= 1
        cycles = max(0, (told[right]["t"] - fault.start) / CYCLE)
        if level > fault.level or cycles < fault.cycles:
            fault.level, fault.cycles = level, cycles
    if fault.cls in TRUCK and fault.level < EQUAL:
        fault.missed = how_missed(fault, incidents, until)


def how_missed(fault, incidents, until):
    opened = [i for i in incidents if i.verdicts]
    for incident in opened:
        last = incident.verdicts[-1]
        if last["node"] == fault.node and last["class"] in TRUCK | {"poe_port"}:
            return None
    for incident in opened:
        last = incident.verdicts[-1]
        if fault.node in last["devices"] and last["class"] in IN_NETWORK and \
                not incident.gone_before(until):
            return "network"
    return "silent"


def judge(incident, faults, marks):
    """Whether an incident was right in the end, whose alerts they were, and who was sent out."""
    first, last = incident.verdicts[0], incident.verdicts[-1]
    said = [last["class"], last["node"]]
    right = any((f.grade(last) >= EQUAL or said in f.interim) and f.during(last["t"], 5) for f in faults)
    marks.answers.append((last, right))
    if not incident.alerts:
        return
    named = set(last["devices"])
    owners = [f for f in faults if f.during(first["t"], 4) and
              (last["node"] in f.below or last["node"] in f.devices or named & set(f.devices))]
    owners.sort(key=lambda f: (-max(f.grade(v) for v in incident.verdicts), f.cls not in IN_NETWORK,
                               len(f.devices)))
    if owners:
        owners[0].alerts += len(incident.alerts)
    else:
        marks.false_alerts += len(incident.alerts)
    for alert in incident.alerts:
        if alert["class"] in TRUCK and not deserved(alert, faults):
            marks.dispatched += 1
            for fault in faults:
                if fault.cls in IN_NETWORK and alert["node"] in fault.devices and \
                        fault.during(alert["t"], 4):
                    fault.wrong += fault.scored
                    break
            break


def deserved(alert, faults):
    """Whether something at that device was broken when somebody was sent to it."""
    return any(f.node == alert["node"] and f.cls in AT_DEVICE and f.during(alert["t"], 3) and
               (f.cls in TRUCK | {"poe_port"} or [alert["class"], f.node] in f.accept) for f in faults)


# ---- sums
def share(of, among):
    return of / among if among else 0.0


def rank(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * part))] if values else None


def by_class(marks, cls=None):
    """Figures of one class, or of all."""
    faults = [f for m in marks for f in m.faults if cls in (None, f.cls)]
    answers = [right for m in marks for last, right in m.answers if cls in (None, last["class"])]
    alone = [f for f in faults if len(f.accept) == 1]
    times = [f.cycles for f in faults if f.level >= EQUAL]
    equiv = share(sum(f.level >= EQUAL for f in faults), len(faults))
    precision = share(sum(answers), len(answers))
    return {"n": len(faults), "exact": share(sum(f.level == EXACT for f in faults), len(faults)),
            "equiv": equiv, "ident": share(sum(f.level == EXACT for f in alone), len(alone)),
            "loc": share(sum(f.level >= PLACE for f in faults), len(faults)), "precision": precision,
            "f1": share(2 * precision * equiv, precision + equiv), "t50": rank(times, 0.5),
            "t90": rank(times, 0.9)}


def overall(marks):
    faults = [f for m in marks for f in m.faults]
    network = [f for f in faults if f.cls in IN_NETWORK - {"mgmt_agent"} and f.devices]
    large = [f for f in network if len(f.devices) >= 3 and f.cls != "maintenance"]
    physical = [f for f in faults if f.cls in TRUCK]
    hours = sum(m.devices * m.t_end for m in marks) / 3.6e6
    out = by_class(marks)
    out.update(
        wrong=share(sum(f.wrong > 0 for f in network), len(network)),
        wrong_trips=sum(m.dispatched for m in marks),
        missed_network=share(sum(f.missed == "network" for f in physical), len(physical)),
        missed_silent=share(sum(f.missed == "silent" for f in physical), len(physical)),
        alerts=share(sum(f.alerts for f in large), len(large)),
        alerts_p95=rank([f.alerts for f in large], 0.95) or 0,
        false_alerts=share(sum(m.false_alerts for m in marks), hours))
    return out
