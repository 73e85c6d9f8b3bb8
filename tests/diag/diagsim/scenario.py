# SPDX-License-Identifier: GPL-3.0-or-later
"""One scenario: parameters drawn from a profile, a plan of faults, and the two files."""
import json
import random

from .faults import TEAM, Injector
from .network import Network
from .truth import Labels
from .watch import Watch
from .world import World

CLASSES = sorted(TEAM)
NESTED = ["camera_in_outage", "maintenance_and_real", "wan_over_switch", "flap_in_power", "site",
          "service_then_switch", "two_switches"]
PROFILES = {
    # as fleets usually are
    "usual": dict(
        sizes={"small": (15, 80), "medium": (120, 800), "large": (2000, 5000), "xl": (10000, 10000)},
        tiers={"small": 0.64, "medium": 0.29, "large": 0.055, "xl": 0.015},
        snmp_missing=[0.0, 0.3, 0.3, 0.5, 1.0], loss=[(0, 0.02), (0.01, 0.05), (0.05, 0.12), (0.1, 0.2)],
        per_switch=[(4, 12)], per_switch_big=[(12, 30)], topo_wrong=(0.03, 0.12),
        topo_missing=(0.02, 0.08), snmp_timeout=(0.01, 0.08), late=(0.05, 0.06), late_snmp=(0.1, 0.1),
        sites=(1, 3), sites_big=(1, 20), reboots=[0.0, 0.0, 0.02, 0.05], dual=(0.2, 0.2),
        pz=(0.6, 0.6), icmp=(0.9, 0.9)),
    # as they may be
    "wide": dict(
        sizes={"small": (15, 100), "medium": (100, 500), "large": (1000, 2500), "xl": (10000, 10000)},
        tiers={"small": 0.6, "medium": 0.36, "large": 0.04, "xl": 0.0},
        snmp_missing=None, loss=None, per_switch=[(2, 6), (4, 16), (8, 24)],
        per_switch_big=[(4, 16), (12, 48), (24, 48), (2, 48)], topo_wrong=(0.0, 0.3),
        topo_missing=(0.0, 0.12), snmp_timeout=(0.0, 0.15), late=(0.0, 0.2), late_snmp=(0.0, 0.3),
        sites=(1, 6), sites_big=(1, 40), reboots=[0.0, 0.02, 0.1], dual=(0.0, 0.6),
        pz=(0.0, 1.0), icmp=(0.6, 1.0)),
}


def draw(profile, rng):
    """Parameters of one scenario."""
    p = PROFILES[profile]
    tier = rng.choices(list(p["tiers"]), list(p["tiers"].values()))[0]
    big = tier != "small"
    n_dev = rng.randint(*p["sizes"][tier])
    per_switch = rng.choice(p["per_switch_big"] if big else p["per_switch"])
    most = max(1, min(n_dev // (2 * per_switch[0] + 2), (p["sites_big"] if big else p["sites"])[1]))
    if p["loss"]:
        loss = rng.choice(p["loss"])
    else:
        low = rng.choice([0, 0.01, 0.03, 0.08, 0.15])
        loss = (low, low + rng.uniform(0.01, 0.1))
    return {
        "n_dev": n_dev, "n_sites": rng.randint(1, most), "dev_per_sw": list(per_switch),
        "snmp_missing": rng.choice(p["snmp_missing"]) if p["snmp_missing"] else
        rng.choice([0.0, 1.0, rng.random(), rng.random()]),
        "sw_icmp": rng.uniform(*p["icmp"]), "snmp_timeout": rng.uniform(*p["snmp_timeout"]),
        "late": rng.uniform(*p["late"]), "late_snmp": rng.uniform(*p["late_snmp"]),
        "loss": list(loss), "burst_gap": rng.choice([300, 900, 3000]), "dual_homed": rng.uniform(*p["dual"]),
        "topo_missing": rng.uniform(*p["topo_missing"]), "topo_wrong": rng.uniform(*p["topo_wrong"]),
        "pz_known": rng.uniform(*p["pz"]), "preexist": rng.uniform(0, 0.02),
        "reboots": rng.choice(p["reboots"]), "tier": tier}


def plan(rng):
    """Classes of faults to make, or the name of a nested plan."""
    roll = rng.random()
    if roll < 0.6:
        return [rng.choice(CLASSES)]
    if roll < 0.64:
        return ["story"]
    if roll < 0.78:
        return [rng.choice(NESTED)]
    return [rng.choice(CLASSES) for _ in range(2 if roll < 0.92 else 3)]


LENGTHS = {"small": (1800, 3600), "medium": (1560, 3000), "large": (1080, 1800), "xl": (960, 1440)}


class Scenario:
    def __init__(self, name, seed, params, classes):
        self.name, self.params, self.classes = name, dict(params), classes
        flaps = {"switch_flap", "story", "flap_in_power"} & set(classes)
        self.params["t_end"] = float(LENGTHS[params["tier"]][bool(flaps)])
        rng = random.Random(f"network {seed}")
        self.world = World(Network(self.params, rng), rng)
        self.rng = random.Random(f"faults {seed}")
        self.watch = Watch(self.world, random.Random(f"watch {seed}"))
        self.injector = Injector(self.world, self.rng)
        self.reboots = []

    def build(self):
        self.injector.preexisting()
        for cls in self.classes:
            start = self._start(cls)
            if cls in NESTED:
                getattr(self, "_" + cls)(start)
            else:
                self.injector.inject(cls, start)
        self.reboots = self.injector.benign_reboots()
        self.observe()
        return self

    def observe(self):
        """Lets the monitor watch the world as it now is, and labels what happened."""
        self.world.seal()
        self.watch.announce(self.injector.faults)
        self.lines = self.watch.run()
        Labels(self.world, self.watch, self.injector.faults).label()

    def _start(self, cls):
        t_end = self.params["t_end"]
        if cls in ("switch_flap", "story"):
            return self.rng.uniform(360, min(900, t_end * 0.4))
        return self.rng.uniform(360, min(900, t_end - 560))

    # ---- faults inside one another
    def _camera_in_outage(self, start):
        node = self.injector.switch(("acc",), least=4)
        if not node:
            return
        outage = self.injector.inject("switch_down", start, node=node)
        device = self.rng.choice(outage.devices)
        when = start + self.rng.uniform(20, (outage.end or start + 200) - start)
        self.injector.inject(self.rng.choice(["device_hw", "cable_port"]), when, device=device)

    def _maintenance_and_real(self, start):
        node = self.injector.switch(("dist", "core", "acc"), least=4)
        if not node:
            return
        window = self.injector.inject("maintenance", start, node=node)
        self.injector.inject("switch_down", start + self.rng.uniform(0, 200))
        device = self.rng.choice(window.devices)
        self.injector.inject("device_hw", start - self.rng.uniform(0, 200), device=device)

    def _wan_over_switch(self, start):
        node = self.injector.switch(("acc", "dist"))
        if not node:
            return
        self.injector.inject("switch_down", start, node=node)
        wan = self.world.net.sites[node.site]["wan"]
        self.injector.inject("wan", start + self.rng.uniform(150, 300), node=wan)

    def _flap_in_power(self, start):
        self.injector.inject("switch_flap", start)
        self.injector.inject("power_loss", start + self.rng.uniform(200, 900))

    def _site(self, start):
        site = self.rng.choice(list(self.world.net.sites.values()))
        self.injector.claim({site["wan"]})
        if self.rng.random() < 0.5:
            self.injector.inject("wan", start, node=site["wan"])
        else:
            self.injector.inject("switch_down", start, node=site["core"])

    def _service_then_switch(self, start):
        node = self.injector.switch(("acc",), least=4)
        if not node:
            return
        device = self.rng.choice(self.injector.victims({node}))
        self.injector.inject("device_service", start, device=device)
        self.injector.inject("switch_down", start + self.rng.uniform(300, 560), node=node)

    def _two_switches(self, start):
        self.injector.inject("switch_down", start)
        self.injector.inject(self.rng.choice(["switch_down", "uplink", "wan"]),
                             start + self.rng.uniform(-30, 90))

    # ---- files
    def write(self, folder):
        head = {"type": "meta", "v": 1, "id": self.name, "cycle": 60.0, "t_end": self.params["t_end"],
                "tier": self.params["tier"], "devices": len(self.world.net.devices)}
        net = self.world.net
        lines = [head] + [n.record() for n in self._ordered()] + self.lines
        truth = [dict(head, plan="+".join(self.classes), params=self.params)]
        truth += [f.record(i) for i, f in enumerate(self.injector.faults, 1)]
        for device in net.devices:
            home = (device.home, device.at[0][2])
            if device.known != home:
                truth.append({"type": "topo_error", "node": device.name,
                              "true": [home[0].name, home[1]], "known": device.record()["parents"]})
        for device, start in self.reboots:
            truth.append({"type": "benign_reboot", "node": device.name, "start": round(start, 1)})
        dump(folder / f"{self.name}.jsonl", lines)
        dump(folder / f"{self.name}.truth.jsonl", truth)

    def _ordered(self):
        """Nodes site by site, parents before children, devices last."""
        net = self.world.net
        out = [net.monitor]
        for site in net.sites:
            out += [n for n in net.nodes if n.site == site]
            out += [d for d in net.devices if d.site == site]
        return out


def dump(path, records):
    with open(path, "w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, separators=(",", ":")) + "\n")
