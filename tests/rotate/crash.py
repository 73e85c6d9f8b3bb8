#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills `keepwatch password rotate` at random system calls, resumes it (and kills that, too), and
looks after each death whether every password that the simulated device has, or is about to have, is
in a file; and at the end, whether all is settled and nobody was locked out.

usage: tests/rotate/crash.py [--crashes N] [--seconds S] [--workers W] [--seed SEED]

The devices live in a process of their own, which nobody kills. Prints a line for what was wrong and
one with the figures; the exit code is 0 if nothing was."""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.environ.get("BUILD") or os.path.abspath("build")
KEEPWATCH = os.path.join(BUILD, "keepwatch")
FAKE = os.path.join(BUILD, "tests/fake/fake_onvif")
KILL_AT = os.path.join(BUILD, "tests/rotate/kill_at")

FIRST = "First-password-1"
LOCKOUT = 5
# What the device does when a password is set; how often each is drawn.
WAYS = (["ok"] * 4 + ["drop"] * 3 + ["lost", "weak", "full", "ignore"] + ["late"] * 3
        + ["late-drop"] * 2 + ["reboot"] * 3 + ["onvif-only"])
# name, settings of the device, credential, probe options
KINDS = (
    ("wsse", "auth=wsse", "cams", "onvif: { port: %d }"),
    ("digest", "auth=digest", "cams", "onvif: { port: %d }"),
    ("either", "auth=either", "cams", "onvif: { port: %d }"),
    ("both", "auth=both", "cams", "onvif: { port: %d }"),
    ("axis", "auth=wsse api=axis", "webs", "http: { port: %d }"),
    ("hikvision", "auth=wsse api=hikvision", "webs", "http: { port: %d }"),
    ("two", "auth=wsse api=axis", "twos",
     "onvif: { port: %d }, http: { port: %d, path: '/axis-cgi/pwdgrp.cgi?action=get' }"),
)

BY_HTTP = ("axis", "hikvision", "two")


class Wrong(Exception):
    pass


class World:
    """Devices in a process of their own, and a configuration for them."""

    def __init__(self, number):
        self.dir = tempfile.mkdtemp(prefix="kwr%d." % number)
        self.passwords = os.path.join(self.dir, "pw")
        self.control = os.path.join(self.dir, "k")
        os.mkdir(self.passwords, 0o700)
        shared = os.path.join(self.dir, "shared")
        with os.fdopen(os.open(shared, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(FIRST + "\n")
        with open(os.path.join(self.dir, "devices"), "w") as file:
            for name, settings, _, _ in KINDS:
                file.write("%s listen=127.0.0.1:0 lockout=%d lockout_s=86400 password_file=%s %s\n"
                           % (name, LOCKOUT, shared, settings))
        self.process = subprocess.Popen([FAKE, "-k", self.control, os.path.join(self.dir, "devices")],
                                        stdout=subprocess.PIPE, text=True)
        ports = {}
        for line in self.process.stdout:
            if line == "ready\n":
                break
            name, port = line.split()
            ports[name] = int(port)
        self.config = os.path.join(self.dir, "keepwatch.yaml")
        login = "username: monitor, password_file: shared, password_dir: pw"
        with open(self.config, "w") as file:
            file.write("database: kw.db\nfleet: fleet.csv\nsocket: none.sock\n"
                       "credentials:\n"
                       "  - { name: cams, onvif: { %s } }\n  - { name: webs, http: { %s } }\n"
                       "  - { name: twos, onvif: { %s }, http: { %s } }\ndevices:\n"
                       % (login, login, login, login))
            for name, _, _, options in KINDS:
                filled = re.sub("%d", str(ports[name]), options)
                file.write("  %s: { probes: { %s } }\n" % (name, filled))
        with open(os.path.join(self.dir, "fleet.csv"), "w") as file:
            file.write("name,kind,address,credential\n")
            for name, _, credential, _ in KINDS:
                file.write("%s,camera,127.0.0.1,%s\n" % (name, credential))

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def fake(self, *words):
        answer = subprocess.run([FAKE, "-k", self.control, "--"] + list(words),
                                stdout=subprocess.PIPE, text=True, timeout=20).stdout
        if not answer.startswith("ok"):
            raise Wrong("fake_onvif: " + answer)
        return dict(line.split("=", 1) for line in answer.splitlines() if "=" in line)

    def read(self, *parts):
        try:
            with open(os.path.join(self.passwords, *parts)) as file:
                return file.read().rstrip("\n")
        except FileNotFoundError:
            return None

    def journals(self):
        try:
            return [n for n in os.listdir(os.path.join(self.passwords, ".rotate"))
                    if n.endswith(".journal")]
        except FileNotFoundError:
            return []

    def check(self, device):
        """Every password that the device has, or will have, is in a file."""
        # The device first: what it learns afterwards is only what was in a file before.
        secrets = self.fake("secrets", device)
        known = {self.read(device) or FIRST, self.read(".rotate", device + ".old"),
                 self.read(".rotate", device + ".new")}
        # And a file may have been put in place between the two looks.
        whats = ["password", "pending"] + ["http_password"] * (device in BY_HTTP)
        for what in whats:
            if secrets[what] and secrets[what] not in known:
                raise Wrong("%s: nobody knows its %s" % (device, what))
        counters = self.fake("get", device)
        if counters["locked"] != "0" or counters["is_locked"] != "0":
            raise Wrong("%s: locked out" % device)

    def rotate(self, at, *words):
        """Runs it and kills it at a stop; how it ended, after how many stops, and what it said."""
        command = [KEEPWATCH, "-c", self.config, "password", "rotate", "-q", "--no-header",
                   "-f", "csv", "--settle", "1500ms", "--timeout", "2s"] + list(words)
        done = subprocess.run([KILL_AT, str(at)] + command, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=60,
                              env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"))
        end = re.search(r"^(killed|ended) (\d+)$", done.stderr, re.M)
        if end is None or done.returncode == 125:
            raise Wrong("kill_at: " + done.stderr)
        if done.returncode not in (0, 1, 137):
            raise Wrong("exit code %d: %s" % (done.returncode, done.stderr))
        return end.group(1), int(end.group(2)), done.stdout


class Tally:
    def __init__(self, crashes, seconds):
        self.lock = threading.Lock()
        self.wanted, self.until = crashes, time.monotonic() + seconds
        self.crashes = self.rotations = self.resumed = self.rotated = self.stops = 0
        self.by_way, self.stages = {}, {}
        self.wrong = []

    def goes_on(self):
        with self.lock:
            return self.crashes < self.wanted and not self.wrong and time.monotonic() < self.until


def stage_of(world, device):
    text = world.read(".rotate", device + ".journal")
    found = re.search(r"^stage (\w+)$", text or "", re.M)
    return found.group(1) if found else "none"


def one_rotation(world, dice, tally, lengths):
    device, way = dice.choice(KINDS)[0], dice.choice(WAYS)
    # Where one login needs the passwords of both interfaces, no password is right after that.
    if way == "onvif-only" and device not in ("wsse", "two"):
        way = "drop"
    world.fake("set", device, "set_user=" + way, "set_user_ms=%d" % dice.choice((200, 500, 900)))
    world.fake("reset", device)
    key = (device, way)
    deaths, resume = dice.choice((1, 1, 2, 3)), False
    for _ in range(deaths):
        # Where it may die: as long as such a run was, and at first some length.
        # Half of the deaths in its second half: the first is reading the configuration.
        length = lengths.get((key, resume), 2500)
        at = dice.randint(dice.choice((1, length // 2)), length)
        words = ["--resume"] if resume else [device, "--apply"]
        how, stops, _ = world.rotate(at, *words)
        if how == "ended":
            lengths[(key, resume)] = max(stops, 100)
        with tally.lock:
            tally.crashes += how == "killed"
            tally.resumed += resume
            tally.stops += stops
            tally.by_way[way] = tally.by_way.get(way, 0) + (how == "killed")
            stage = stage_of(world, device)
            tally.stages[stage] = tally.stages.get(stage, 0) + (how == "killed")
        world.check(device)
        if not world.journals():
            break
        resume = True
    settle(world, device, way)
    with tally.lock:
        tally.rotations += 1
        tally.rotated += world.read(device) is not None


def settle(world, device, way):
    """Brings it to an end, as a person would: resume, and again when the device is repaired."""
    said = ""
    for attempt in range(8):
        if not world.journals():
            break
        if attempt == 2:
            world.fake("set", device, "set_user=ok")
        words = ["--resume"] + (["--again"] if attempt >= 4 else [])
        _, _, said = world.rotate(0, *words)
        world.check(device)
    if world.journals():
        raise Wrong("%s (%s): it does not come to an end: %s" % (device, way, said))
    # A change that comes late must have come.
    deadline = time.monotonic() + 5
    while world.fake("secrets", device)["pending"] and time.monotonic() < deadline:
        time.sleep(0.02)
    secrets = world.fake("secrets", device)
    mine = world.read(device) or FIRST
    if secrets["password"] != mine or (device == "two" and secrets["http_password"] != mine):
        raise Wrong("%s (%s): its password is not that of its file" % (device, way))
    left = [n for n in os.listdir(os.path.join(world.passwords, ".rotate"))
            if n.startswith(device + ".")] if os.path.isdir(
                os.path.join(world.passwords, ".rotate")) else []
    # What dies while it is written leaves secrets that were never sent: the next one replaces them.
    if any(n.endswith(".journal") for n in left):
        raise Wrong("%s (%s): left behind: %s" % (device, way, left))
    # A device that says no to its end has the former password: the next rotation starts from there.
    world.fake("set", device, "set_user=ok")


def work(number, tally, seed):
    dice = random.Random("%s/%d" % (seed, number))
    lengths = {}
    world = World(number)
    try:
        while tally.goes_on():
            one_rotation(world, dice, tally, lengths)
    except (Wrong, subprocess.SubprocessError, OSError) as problem:
        with tally.lock:
            tally.wrong.append(str(problem))
    finally:
        world.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--crashes", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seed", default=str(random.SystemRandom().randrange(1 << 32)))
    arguments = parser.parse_args()
    tally = Tally(arguments.crashes, arguments.seconds)
    threads = [threading.Thread(target=work, args=(i, tally, arguments.seed))
               for i in range(arguments.workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for problem in tally.wrong:
        print("wrong: " + problem)
    print("seed %s: %d crashes in %d rotations, %d resumed runs; stage in the journal: %s; by what "
          "the device does: %s" % (
              arguments.seed, tally.crashes, tally.rotations, tally.resumed,
              ", ".join("%s %d" % p for p in sorted(tally.stages.items())),
              ", ".join("%s %d" % p for p in sorted(tally.by_way.items()))))
    return 1 if tally.wrong else 0


sys.exit(main())
