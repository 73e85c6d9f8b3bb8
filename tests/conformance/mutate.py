#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded switches, damaged and renumbered as other agents differ: is the local port still right?

usage: mutate.py make DUMPS CORPUS OUT     writes NAME+KIND.snmprec into OUT; NAME+whole is unharmed
       mutate.py judge OUT VIEWS [--verbose]

The judge holds each damaged reading's neighbours against those of the whole one: the port is right,
open (not told) or wrong. Open is honest; wrong puts the blame on another port. Prints TAP.
"""

import collections
import os
import sys

from topology import View

LLDP, CDP = "1.0.8802.1.1.2.1.", "1.3.6.1.4.1.9.9.23.1."
IFX, LOCAL, OPER = ("1.3.6.1.2.1.31.1.1.",), (LLDP + "3.7.", CDP + "1.1.1.6."), ("1.3.6.1.2.1.2.2.1.8.",)
BASE = ("1.3.6.1.2.1.17.1.4.1.2.",)
FDB = ("1.3.6.1.2.1.17.4.3.", "1.3.6.1.2.1.17.7.1.2.2.")
LISTS = ("1.3.6.1.2.1.17.7.1.4.2.", "1.3.6.1.2.1.17.7.1.4.3.")
# Tables whose index has the local port number of LLDP, and where in it.
PORTS = [(LLDP + "3.7.1.", 1), (LLDP + "4.1.1.", 2), (LLDP + "4.2.1.", 2),
         (LLDP + "5.32962.1.3.1.1.", 2)]
# Tables whose index is, and whose value is, a base port.
BASES = ("1.3.6.1.2.1.17.1.4.1.", "1.3.6.1.2.1.17.2.15.1.", "1.3.6.1.2.1.17.7.1.4.5.1.")
BASE_VALUES = ("1.3.6.1.2.1.17.4.3.1.2.", "1.3.6.1.2.1.17.7.1.2.2.1.2.", "1.3.6.1.2.1.17.2.7.",
               "1.3.6.1.2.1.17.1.4.1.1.")


def without(*groups):
    gone = tuple(prefix for group in groups for prefix in group)
    return lambda lines: [line for line in lines if not line[0].startswith(gone)]


def shift_index(oid, prefix, place, by):
    ids = oid[len(prefix):].split(".")
    if len(ids) > place:
        ids[place] = str(int(ids[place]) + by)
    return prefix + ".".join(ids)


def local_by(by):
    """lldpLocPortNum renumbered, in all tables alike."""
    def change(lines):
        for oid, tag, value in lines:
            for prefix, place in PORTS:
                if oid.startswith(prefix):
                    oid = shift_index(oid, prefix, place, by)
            yield oid, tag, value
    return lambda lines: list(change(lines))


def column(lines, prefix, place):
    return {int(oid[len(prefix):].split(".")[place]) for oid, _, _ in lines if oid.startswith(prefix)}


def base_by(by):
    """dot1dBasePort renumbered, and lldpLocPortNum with it where that follows it; lists of ports,
    whose bits would have to move, are left out."""
    def change(lines):
        local = column(lines, LLDP + "4.1.1.5.", 1)
        # By far the most: a few are of aggregates.
        if 2 * len(local & column(lines, BASE[0], 0)) > len(local) > \
                2 * len(local & column(lines, OPER[0], 0)):
            lines = local_by(by)(lines)
        for oid, tag, value in lines:
            if oid.startswith(LISTS):
                continue
            if oid.startswith(BASE_VALUES) and tag.startswith(b"2") and value.isdigit() and \
                    int(value) > 0:
                value = b"%d" % (int(value) + by)
            for prefix in BASES:
                if oid.startswith(prefix):
                    oid = shift_index(oid, prefix, 1, by)
            yield oid, tag, value
    return lambda lines: list(change(lines))


def both(one, other):
    return lambda lines: other(one(lines))


KINDS = {
    "whole": lambda lines: lines,
    "no-ifx": without(IFX),
    "no-local": without(LOCAL),
    "no-base": without(BASE),
    "no-fdb": without(FDB),
    "no-oper": without(OPER),
    "no-local-ifx": without(LOCAL, IFX),
    "no-local-base": without(LOCAL, BASE),
    "no-local-fdb": without(LOCAL, FDB),
    "no-local-oper": without(LOCAL, OPER),
    "no-local-fdb-oper": without(LOCAL, FDB, OPER),
    "no-ifx-fdb-oper": without(IFX, FDB, OPER),
    "local+1": local_by(1),
    "local+1000": local_by(1000),
    "local+1-no-ifx": both(local_by(1), without(IFX)),
    "local+1-no-fdb-oper": both(local_by(1), without(FDB, OPER)),
    "base+3": base_by(3),
    "base+500": base_by(500),
    "base+3-no-local": both(base_by(3), without(LOCAL)),
}
# What cannot be seen by anybody: numbers that are the interface next to the one meant, and nothing
# beside them that tells. They are not made.


def ids(line):
    return [int(i) for i in line[0].split(".")]


def make(dumps, corpus, out):
    with open(os.path.join(corpus, "snmprec", "snmprec-oracle-links.tsv"), encoding="utf-8") as rows:
        names = sorted({row.split("\t")[0] for row in rows})
    for name in names:
        path = os.path.join(dumps, name + ".snmprec")
        if not os.path.exists(path):
            continue
        lines = []
        for line in open(path, "rb").read().split(b"\n"):
            oid, _, rest = line.partition(b"|")
            tag, _, value = rest.partition(b"|")
            text = oid.decode("latin-1").strip(".")
            if text and all(part.isdigit() for part in text.split(".")):
                lines.append((text, tag, value))
        for kind, change in KINDS.items():
            changed = change(lines)
            if kind != "whole" and changed == lines:
                continue # nothing to damage
            with open(os.path.join(out, name + "+" + kind + ".snmprec"), "wb") as file:
                for oid, tag, value in sorted(changed, key=ids):
                    file.write(oid.encode() + b"|" + tag + b"|" + value + b"\n")


def who(neighbour):
    return tuple(neighbour[field] for field in ("protocol", "chassis_id", "port_id", "sys_name"))


def judge(out, views, verbose):
    count = failed = 0
    total = collections.Counter()
    wholes = {}
    for name in sorted(os.listdir(out)):
        device, _, kind = name[:-8].partition("+")
        if kind == "whole":
            truth = collections.defaultdict(set)
            for neighbour in View(os.path.join(views, name[:-8] + ".view")).neighbours:
                truth[who(neighbour)].add(neighbour["if_index"])
            wholes[device] = truth
    for kind in KINDS:
        sums = collections.Counter()
        for device, truth in sorted(wholes.items()):
            path = os.path.join(views, device + "+" + kind + ".view")
            if not os.path.exists(path):
                continue
            for neighbour in View(path).neighbours:
                ports = truth.get(who(neighbour), {0})
                if ports == {0}:
                    continue
                here = neighbour["if_index"]
                verdict = "right" if here in ports else "open" if here == 0 else "wrong"
                sums[verdict] += 1
                if verdict != "right" and verbose:
                    print("# %s: %s %s: %s is on %s, found %d" % (
                        verdict, device, kind, neighbour["sys_name"] or neighbour["chassis_id"],
                        sorted(ports), here))
        print("# %s: right %d, open %d, wrong %d" % (kind, sums["right"], sums["open"],
                                                     sums["wrong"]))
        if kind != "whole":
            total += sums

    def share(what, percent, wanted, is_ok):
        nonlocal count, failed
        count += 1
        failed += not is_ok
        print("%sok %d - %s: %.2f %% of %d, %s wanted" % ("" if is_ok else "not ", count, what,
                                                        percent, all_of, wanted))
    all_of = sum(total.values())
    wrong = 100 * total["wrong"] / max(all_of, 1)
    right = 100 * total["right"] / max(all_of, 1)
    share("local ports of damaged agents that are wrong", wrong, "at most 0.2 %",
          all_of > 0 and wrong <= 0.2)
    share("local ports of damaged agents that are right", right, "at least 90 %", right >= 90)
    print("1..%d" % count)
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(*sys.argv[2:5])
    else:
        sys.exit(judge(sys.argv[2], sys.argv[3], "--verbose" in sys.argv))
