#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Recompute what vmtool says from the raw text, by other means, and compare.

    oracle.py FILE...       FILE is the text of a /proc/vmallocinfo; $VMTOOL is the program

Sums by caller (areas, size, resident, guard) against `top`, sums by kind against `summary`, and
the holes of the regions whose bounds vmtool gives against `holes`.  Nothing here is vmtool's: lines
are read by regular expressions, the guard rules are written anew from the kernel's sources.
"""
import collections
import json
import os
import re
import subprocess
import sys

VMTOOL = os.environ["VMTOOL"]
LINE = re.compile(r"0x(\S+)-0x(\S+) +(\d+)(?: (.*))?$")
CALLER = re.compile(r"([^ =]+\+0x[0-9a-f]+/0x[0-9a-f]+(?: \[\S+\])?|0x[0-9a-f]+)(?: |$)")
STATIC = ("iotable_init", "pci_reserve_io", "pmd_empty_section_gap")

Area = collections.namedtuple("Area", "start end size caller pages phys words nodes kind")


def parse(path):
    areas = []
    with open(path, encoding="utf-8") as text:
        for line in text:
            m = LINE.match(line)
            if not m:
                raise SystemExit("%s: oracle cannot read: %r" % (path, line))
            rest = m.group(4) or ""
            c = CALLER.match(rest)
            caller = c.group(1) if c else None
            words = rest[c.end():].split() if c else rest.split()
            pages = phys = None
            nodes = {}
            flags = set()
            for w in words:
                if w.startswith("pages="):
                    pages = int(w[6:])
                elif w.startswith("phys="):
                    phys = int(w[5:], 16)
                elif re.match(r"N\d+=\d+$", w):
                    nodes[w[1:w.index("=")]] = int(w[w.index("=") + 1:])
                else:
                    flags.add(w)
            areas.append(Area(int(m.group(1), 16), int(m.group(2), 16), int(m.group(3)), caller,
                              pages, phys, flags, nodes, kind_of(flags, caller, pages, phys)))
    return areas


def kind_of(flags, caller, pages, phys):
    if "unpurged" in flags:
        return "unpurged"
    for word in ("vm_map_ram", "ioremap", "sparse"):
        if word in flags:
            return word
    if "vmalloc" in flags:
        percpu = pages is None and (caller or "").startswith("pcpu_get_vm_areas+")
        return "percpu" if percpu else "vmalloc"
    if "vmap" in flags:
        return "vmap" if phys is None else "image"
    return "dma-coherent" if "dma-coherent" in flags else "other"


def page_size(areas):
    votes = collections.Counter(a.size // (a.pages + 1) for a in areas
                                if "vmalloc" in a.words and a.pages and a.size % (a.pages + 1) == 0)
    return votes.most_common(1)[0][0]


def guard(a, ps):
    """Bytes of guard, None where the line cannot tell."""
    function = (a.caller or "").split("+")[0]
    if a.kind == "unpurged":
        return None
    if a.kind == "vm_map_ram":
        return 0
    if a.pages and a.words & {"vmalloc", "vmap"}:
        rest = a.size - a.pages * ps
        return None if rest < 0 or 0 < rest < ps else min(rest, ps)
    if "vmalloc" in a.words:
        return 0 if function in ("", "pcpu_get_vm_areas") else None
    if a.kind == "image":
        return {0: 0, ps: ps}[a.size % 65536]
    if a.kind == "ioremap" and function in STATIC:
        return 0
    return None if a.kind == "other" else ps


class Sums:
    def __init__(self):
        self.areas = self.size = self.resident = self.guard = self.untold = 0

    def add(self, a, ps):
        g = guard(a, ps)
        self.areas += 1
        self.size += a.size
        if a.kind == "vmalloc":
            self.resident += (a.pages or 0) * ps
        self.guard += g or 0
        self.untold += g is None

    def row(self, null=True):
        told = self.guard if self.untold < self.areas or not null else None
        return (self.areas, self.size, self.resident, told)


def run(command, path, *more):
    done = subprocess.run([VMTOOL, command, path, "--json", *more], stdout=subprocess.PIPE)
    if done.returncode not in (0, 4):
        raise SystemExit("%s: vmtool %s: exit %d" % (path, command, done.returncode))
    return json.loads(done.stdout) if done.stdout else None


def row(r):
    return (r["areas"], r["size"], r["resident"], r["guard"])


def compare(path, what, ours, theirs):
    bad = 0
    for key in sorted(set(ours) | set(theirs), key=str):
        if ours.get(key) != theirs.get(key):
            print("%s: %s %s: oracle %s, vmtool %s" % (path, what, key, ours.get(key),
                                                       theirs.get(key)))
            bad += 1
    return bad


def check_sums(path, areas, ps):
    callers, kinds, nodes = (collections.defaultdict(Sums) for _ in range(3))
    total = Sums()
    per_node = collections.Counter()
    for a in areas:
        kinds[a.kind].add(a, ps)
        if a.kind == "unpurged":
            continue
        callers[a.caller].add(a, ps)
        total.add(a, ps)
        if a.kind == "vmalloc":
            for n, pages in a.nodes.items():
                per_node[n] += pages * ps
    top = run("top", path, "-N", "0")
    summary = run("summary", path)["summary"]
    bad = compare(path, "caller", {k: s.row() for k, s in callers.items()},
                  {r["caller"]: row(r) for r in top["top"]})
    bad += compare(path, "kind", {k: s.row(False) for k, s in kinds.items()},
                   {r["kind"]: row(r) for r in summary["kinds"]})
    unpurged = top["unpurged"]
    bad += compare(path, "total", {"summary": total.row(False), "top": total.row(False)},
                   {"summary": row(summary["total"]), "top": row(top["total"])})
    bad += compare(path, "unpurged", {"top": kinds["unpurged"].row()[:2]},
                   {"top": (unpurged["areas"], unpurged["size"])})
    bad += compare(path, "node", dict(per_node),
                   {r["node"]: r["resident"] for r in summary["nodes"]})
    return bad


def holes_in(areas, start, end):
    """Sizes of the holes between start and end; freed areas are holes."""
    at, holes = start, []
    for a in sorted(areas, key=lambda a: a.start):
        if a.kind == "unpurged" or a.end <= start or a.start >= end:
            continue
        if a.start > at:
            holes.append(a.start - at)
        at = max(at, a.end)
    if at < end:
        holes.append(end - at)
    return holes


def check_holes(path, areas):
    if sum(a.end - a.start == a.size for a in areas) < len(areas) / 2:
        return 0
    sysroot = os.path.dirname(path)
    if os.path.basename(path) != "vmallocinfo":
        return 0
    done = subprocess.run([VMTOOL, "holes", "--sysroot", sysroot, "--json", "-o", "+START,END"],
                          stdout=subprocess.PIPE, check=True)
    answer = json.loads(done.stdout)
    bad = 0
    for r in answer["holes"]:
        if r["start"] is None:
            continue
        start, end = int(r["start"], 16), int(r["end"], 16)
        holes = holes_in(areas, start, end)
        busy = sum(a.size for a in areas if a.kind != "unpurged" and start <= a.start < end)
        classes = collections.Counter(1 << (h.bit_length() - 1) for h in holes)
        bad += compare(path, "region " + r["region"],
                       {"holes": len(holes), "free": sum(holes), "largest": max(holes),
                        "size": end - start, "used": busy, "sum": end - start},
                       {"holes": r["holes"], "free": r["free"], "largest": r["largest"],
                        "size": r["size"], "used": r["used"], "sum": r["used"] + r["free"]})
        bad += compare(path, "histogram of " + r["region"], dict(classes),
                       {h["from"]: h["holes"] for h in answer["histogram"]
                        if h["region"] == r["region"]})
    return bad


def main():
    bad = 0
    for path in sys.argv[1:]:
        areas = parse(path)
        bad += check_sums(path, areas, page_size(areas))
        bad += check_holes(path, areas)
    print("%d files, %d differences" % (len(sys.argv) - 1, bad))
    sys.exit(bad != 0)


if __name__ == "__main__":
    main()
