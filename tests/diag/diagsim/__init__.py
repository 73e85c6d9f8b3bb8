# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated fleets with faults: what keepwatch's diagnosis is tested against.

network   switches, devices and cables as they are, and as the documents say
world     their state over time: power, links, loops of reboots, services, traffic loss
faults    what goes wrong: every class of verdict, changing the world
watch     the monitor: polls the world and writes down what it gets back, late and with gaps
truth     labels: what was to be found, and what the evidence could not tell from it
scoring   marks verdicts against the labels
"""
