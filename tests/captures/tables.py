#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Page tables as vmtool reads them from a dump against what QEMU's MMU says at the same instant.

    tables.py VMTOOL DUMP QEMU.INFO-TLB     every leaf of kernel space: address, frame, size, rights
    tables.py VMTOOL DUMP QEMU.INFO-MEM     every leaf of kernel space, riscv64: the same, in ranges
    tables.py VMTOOL DUMP QEMU.GVA2GPA      every address asked: where it leads, or nowhere

Prints "N compared, 0 differences"; otherwise the first differences.  The files may be packed.
"""

import bisect
import json
import subprocess
import sys


def lines(path):
    if path.endswith(".zst"):
        text = subprocess.run(["zstdcat", path], check=True, capture_output=True).stdout.decode()
    else:
        with open(path, encoding="ascii") as f:
            text = f.read()
    return text.splitlines()


def vmtool(*args):
    run = subprocess.run(args, check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if run.returncode not in (0, 4):
        sys.exit(run.stderr.decode())
    return run.stdout.decode()


def leaves(tool, dump):
    """All leaves of kernel space, cloned tables written out: [(va, pa, bytes, rights)]."""
    cols = "start,size,phys,page,rights,kind,count,same_as"
    out, starts = [], []
    for line in vmtool(tool, "pt", "all", "--entries", "--csv", "-n", "-o", cols, dump).splitlines():
        start, size, phys, page, rights, kind, count, same_as = line.split(",")
        va = int(start, 16)
        if kind == "mapped":
            out.append((va, int(phys, 16), int(page), rights))
            starts.append(va)
        elif kind == "clone":
            first, each = int(same_as, 16), int(size) // int(count)
            i, j = bisect.bisect_left(starts, first), bisect.bisect_left(starts, first + each)
            for k in range(int(count)):
                for leaf in out[i:j]:
                    at = leaf[0] - first + va + k * each
                    out.append((at, *leaf[1:]))
                    starts.append(at)
        else:
            sys.exit(f"{kind} at {start}")
    return out


def tlb(path):
    """X no execution, P a large page, U user, W writable: bits of the leaf alone."""
    for line in lines(path):
        va, pa, flags = line.replace(":", "").split()
        va = int(va, 16)
        if va >> 63:
            rights = "r" + ("w" if "W" in flags else "-") + ("-" if "X" in flags else "x")
            yield va, int(pa, 16), "P" in flags, rights + (" user" if "U" in flags else "")


def compare_tlb(tool, dump, path):
    want, bad = list(tlb(path)), []
    have = leaves(tool, dump)
    ours = {leaf[0]: leaf for leaf in have}
    for va, pa, large, rights in want:
        leaf = ours.pop(va, None)
        if not leaf:
            bad.append(f"{va:#x}: QEMU has {pa:#x}, vmtool nothing")
        elif (leaf[1], leaf[2] > 4096, leaf[3].replace(" userx", "")) != (pa, large, rights):
            bad.append(f"{va:#x}: QEMU has {pa:#x} {large} {rights}, vmtool {leaf}")
    bad += [f"{va:#x}: vmtool has {leaf}, QEMU nothing" for va, leaf in ours.items()]
    return len(want), bad


def compare_mem(tool, dump, path):
    """Ranges: va pa bytes rwxug--, merged where frames and rights go on."""
    want, bad = [], []
    for line in lines(path)[2:]:
        va, pa, size, attr = line.split()
        # Accessed and dirty bits split ranges, too.
        if int(va, 16) >> 63:
            want.append((int(va, 16), int(pa, 16), int(size, 16), attr[:3] + (" user" if attr[3] == "u" else "")))
    have = leaves(tool, dump)
    starts = [leaf[0] for leaf in have]
    seen = 0
    for va, pa, size, rights in want:
        at = va
        i = bisect.bisect_right(starts, va) - 1
        while at < va + size:
            leaf = have[i] if 0 <= i < len(have) else (0, 0, 0, "")
            off = at - leaf[0]
            if not 0 <= off < leaf[2] or leaf[1] + off != pa + at - va or leaf[3] != rights:
                bad.append(f"{at:#x}: QEMU has {pa + at - va:#x} {rights}, vmtool {leaf}")
                break
            at, i = min(leaf[0] + leaf[2], va + size), i + 1
        seen += size
    total = sum(leaf[2] for leaf in have)
    if seen != total:
        bad.append(f"QEMU maps {seen} bytes, vmtool {total}")
    return len(want), bad


def compare_gpa(tool, dump, path):
    want = [line.split() for line in lines(path)]
    bad, n = [], 0
    for i in range(0, len(want), 1000):
        some = want[i : i + 1000]
        got = json.loads(vmtool(tool, "walk", "--json", *[va for va, _ in some], dump))["walk"]
        for (va, pa), row in zip(some, got, strict=True):
            n += 1
            if row["phys"] != (None if pa == "-" else pa):
                bad.append(f"{va}: QEMU has {pa}, vmtool {row['phys']}")
    return n, bad


def main():
    tool, dump, path = sys.argv[1:]
    compare = compare_tlb if "info-tlb" in path else compare_mem if "info-mem" in path else compare_gpa
    n, bad = compare(tool, dump, path)
    print(f"{n} compared, {len(bad)} differences")
    print("\n".join(bad[:20]))
    sys.exit(bool(bad))


main()
