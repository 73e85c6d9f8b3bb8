# SPDX-License-Identifier: GPL-3.0-or-later
"""The story that keepwatch is for: a camera goes dark for two minutes; over the next hour six others
on its switch drop for seconds at a time. The switch is to blame and nobody needs to go to a camera.

Three fleets: the switches can be read (`snmp`), cannot (`blind`), or the cameras hang on an
unmanaged switch that nobody has in the documents: all on one port of a managed one (`unmanaged`).
"""
from .faults import Fault
from .scenario import Scenario

FLEETS = ("snmp", "blind", "unmanaged")
PARAMS = {
    "n_dev": 42, "n_sites": 1, "dev_per_sw": [7, 12], "snmp_missing": 0.0, "sw_icmp": 1.0,
    "snmp_timeout": 0.03, "late": 0.05, "late_snmp": 0.1, "loss": [0.01, 0.05], "burst_gap": 900,
    "dual_homed": 0.0, "topo_missing": 0.03, "topo_wrong": 0.05, "pz_known": 0.6, "preexist": 0.0,
    "reboots": 0.0, "tier": "small"}
FIRST = 600.0


class Story(Scenario):
    def __init__(self, fleet, seed):
        params = dict(PARAMS, snmp_missing=1.0 if fleet == "blind" else 0.0)
        super().__init__(f"s{seed:03d}", f"story {fleet} {seed}", params, ["story"])
        self.fleet = fleet
        self.params["t_end"] = FIRST + 3600.0

    def build(self):
        rng, site = self.rng, self.world.net.sites[1]
        switch = next(s for s in site["acc"] if len(s.devices) >= 7)
        for device in switch.devices[:7]:
            device.known = (switch, device.at[0][2])
        if self.fleet == "unmanaged":
            port = switch.devices[0].at[0][2]
            for device in switch.devices[:7]:
                device.poe = 0  # the little switch feeds them, or nobody
                device.at = [(device.at[0][0], switch, port, True)]
                device.known = (switch, port)
        camera, others = switch.devices[0], switch.devices[1:7]
        camera.trouble.append((FIRST, FIRST + 120, "stalled"))
        drops, t = [(FIRST, FIRST + 120)], FIRST + rng.uniform(240, 420)
        while t < self.params["t_end"] - 60:
            seconds = rng.uniform(18, 45)
            hit = [camera] + others if rng.random() < 0.6 else others
            for device in hit:
                device.trouble.append((t, t + seconds, "stalled"))
            drops.append((t, t + seconds))
            t += rng.uniform(200, 420)
        fault = Fault("switch_flap", switch.name, FIRST, None, [camera] + others, "group", place=switch,
                      bursts=drops)
        fault.interim = [["switch_down", switch.name], ["uplink", switch.name]]
        self.injector.faults.append(fault)
        self.switch, self.cameras = switch.name, [d.name for d in [camera] + others]
        self.observe()
        return self


def complaints(story, events):
    """What is wrong with the verdicts on a story."""
    out = [f"a technician is sent: {e['class']} {e['node']} at {e['t']}" for e in events
           if e["alert"] and e["class"] in ("device_hw", "cable_port")]
    out += [f"somebody else is alerted: {e['class']} {e['node']} at {e['t']}" for e in events
            if e["alert"] and (e["class"], e["node"]) != ("switch_flap", story.switch) and
            e["class"] not in ("device_hw", "cable_port", "undetermined")]
    blamed = [e for e in events if (e["class"], e["node"]) == ("switch_flap", story.switch)]
    closed = {e["inc"]: e["t"] for e in events if e["event"] == "close"}
    if not blamed:
        return out + [f"{story.switch} is never called intermittent"]
    last = blamed[-1]
    if last["t"] > FIRST + 2400 and blamed[0]["t"] > FIRST + 2400:
        out.append(f"it takes until {blamed[0]['t']}")
    if last["inc"] in closed and closed[last["inc"]] < story.params["t_end"] - 60:
        out.append(f"it is closed at {closed[last['inc']]} although it goes on")
    if last["team"] != "it_network":
        out.append(f"it is for {last['team']}")
    if len(set(last["devices"]) & set(story.cameras)) < 5:
        out.append(f"it affects {last['devices']}, not {story.cameras}")
    words = " ".join(line for e in blamed for line in e["evidence"])  # healing has words of its own
    if story.switch not in words or not ("window" in words or "together" in words):
        out.append(f"the evidence does not name the shared windows: {words}")
    return out
