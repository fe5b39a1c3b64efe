#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""vtop.py VMTOOL DUMP VMLINUX: `vmtool walk` against crash's vtop.

Some hundred addresses of each kind: entries of 4 KiB, 2 MiB and 1 GiB in every part of kernel space, guard
pages, holes.  crash reads the dump, its symbols and its page tables with code of its own.
Prints "N compared, of KINDS kinds, 0 differences"; else the first that differ.
"""
import collections
import json
import random
import re
import subprocess
import sys

EACH = 24  # addresses of each kind
SIZES = {None: 1 << 12, "2MB": 1 << 21, "1GB": 1 << 30}


def run(*args, text=None):
    return subprocess.run(args, input=text, capture_output=True, text=True, check=False)


def rows(tool, *args):
    got = run(tool, *args)
    if got.returncode not in (0, 4):
        sys.exit(got.stderr)
    return json.loads(got.stdout)


def choose(tool, dump):
    """{address: kind}"""
    random.seed(1)
    kinds, out = collections.defaultdict(list), {}
    for line in run(tool, "pt", "all", "--csv", "-n", "-o", "start,size,page,kind", dump).stdout.splitlines():
        start, size, page, kind = line.split(",")
        start, size = int(start, 16), int(size)
        part = f"{start >> 39:x}"
        if kind == "mapped":
            kinds[f"{page} in {part}"].append((start, size))
        elif kind == "hole":
            kinds["hole"].append((start, size))
    for area in rows(tool, "list", "--json", dump)["list"]:
        start, end = int(area["start"], 16), int(area["end"], 16)
        kinds["area" if area["pages"] else "other area"].append((start, 4096))
        kinds["guard page"].append((end - 4096, 4096))
    for kind, spans in kinds.items():
        for start, size in random.sample(spans, min(EACH, len(spans))):
            # crash takes what is not aligned, too.
            out[start + random.randrange(size) & ~7] = kind
    return out


def crash(dump, vmlinux, addresses):
    """{address: physical address, or None where nothing is mapped}"""
    script = "set scroll off\n" + "".join(f"vtop -k {va:x}\n" for va in addresses) + "quit\n"
    text = run("crash", "-s", vmlinux, dump, text=script).stdout
    out = {}
    # Above each walk stands an address by arithmetic, which is right for some parts of space alone.
    for walk in re.split(r"^VIRTUAL +PHYSICAL *$", text, flags=re.M)[1:]:
        va = int(walk.split(None, 1)[0], 16)
        page = re.search(r"^ *PAGE: +([0-9a-f]+)(?: +\((2MB|1GB)\))?", walk, re.M)
        size = SIZES[page[2]] if page else 0
        out[va] = int(page[1], 16) + va % size if page else None
    return out


def main():
    tool, dump, vmlinux = sys.argv[1:]
    chosen = choose(tool, dump)
    order = sorted(chosen)
    ours = {}
    for i in range(0, len(order), 500):
        for row in rows(tool, "walk", "--json", *map(hex, order[i:i + 500]), dump)["walk"]:
            ours[int(row["address"], 16)] = int(row["phys"], 16) if row["phys"] else None
    theirs = crash(dump, vmlinux, order)
    bad = [f"{va:#x} ({chosen[va]}): crash has {theirs.get(va)}, vmtool {ours[va]}"
           for va in order if va not in theirs or theirs[va] != ours[va]]
    kinds = len({chosen[va] for va in order})
    print(f"{len(theirs)} compared, of {kinds} kinds, {len(bad)} differences")
    print("\n".join(bad[:20]))
    sys.exit(bool(bad))


main()
