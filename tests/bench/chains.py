#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""chains.py [-q] VMLINUX CALLERS: do vmtool and other tools tell the same inline chains?

CALLERS has lines of FUNCTION+0xOFFSET/0xSIZE and PC, the return address minus one (see callers.c).
Frames that vmtool puts before those of the address itself, of what happened inside the callee, are
left out of the comparison: the last k frames count, k being the frames of the peer.  Each
disagreement is printed unless -q is given; then one line for each peer:
  PEER EQUAL OF [CLASS COUNT]...
Environment: VMTOOL (./vmtool).
"""
import collections
import json
import os
import re
import shutil
import subprocess
import sys


def vmtool_chains(vmlinux, callers):
    out = subprocess.run([os.environ.get("VMTOOL", "./vmtool"), "symbolize", "--json", "--no-cache",
                          "--vmlinux", vmlinux], input="\n".join(callers) + "\n",
                         stdout=subprocess.PIPE, text=True, check=False).stdout
    return [[(f["function"], f["file"], f["line"], f["inlined"]) for f in row["inlines"] or []]
            for row in json.loads(out)["symbolize"]]


def peer_chains(peer, vmlinux, pcs):
    """A line for the address, then pairs of lines, function and file:line[:column]."""
    out = subprocess.run([peer, "-a", "-f", "-i", "-e", vmlinux], input="\n".join(pcs) + "\n",
                         stdout=subprocess.PIPE, text=True, check=True).stdout
    chains, function = [], None
    for line in out.splitlines():
        if re.fullmatch("0x[0-9a-f]+", line):
            chains.append([])
        elif function is None:
            function = line.split(" inlined at ")[0]
        else:
            # addr2line: file:line (discriminator n); eu-addr2line: file:line:column
            m = re.match(r"(.*?):(\d+|\?)(?::\d+)?(?: \(.*\))?$", line)
            number = int(m[2]) if m[2].isdigit() else 0
            chains[-1].append((function, m[1], number or None))
            function = None
    return [[f for f in c if f[0] != "??" or f[2]] for c in chains]


def same_file(ours, theirs):
    """Ours has no build directory; theirs may have `./` and `..` in it."""
    ours, theirs = os.path.normpath(ours), os.path.normpath(theirs)
    return theirs == ours or theirs.endswith("/" + ours) or ours.endswith("/" + theirs)


def same_name(ours, theirs):
    """A symbol's name has suffixes that the name in the DWARF has not."""
    return ours == theirs or theirs.split(".")[0] == ours


def classify(ours, theirs):
    if not theirs:
        return "peer-has-none" if ours else None
    if not ours:
        return "vmtool-has-none"
    if len(ours) < len(theirs):
        return "fewer-frames"
    pairs = list(zip(ours[-len(theirs):], theirs))
    # What is before them must be a function by itself, not inlined into them.
    if len(ours) > len(theirs) and ours[-len(theirs) - 1][3]:
        return "more-frames"
    if not all(same_name(a[0], b[0]) for a, b in pairs):
        return "function"
    if not all(same_file(a[1] or "??", b[1]) for a, b in pairs):
        return "file"
    if not all(a[2] == b[2] for a, b in pairs):
        return "line"
    return None


def text(chain):
    return " <- ".join(f"{f[0]}@{f[1]}:{f[2]}" for f in chain) or "nothing"


def main():
    args = sys.argv[1:]
    quiet = args[:1] == ["-q"]
    if len(args) - quiet != 2:
        sys.exit(__doc__)
    vmlinux, path = args[-2:]
    with open(path, encoding="utf-8") as f:
        callers, pcs = zip(*(line.split() for line in f))
    ours = vmtool_chains(vmlinux, callers)
    if len(ours) != len(callers):
        sys.exit("chains.py: vmtool did not answer every caller")
    for peer in ("addr2line", "eu-addr2line"):
        if not shutil.which(peer):
            continue
        classes = collections.Counter()
        theirs = peer_chains(peer, vmlinux, pcs)
        for caller, pc, a, b in zip(callers, pcs, ours, theirs, strict=True):
            kind = classify(a, b)
            classes[kind] += 1
            if kind and not quiet:
                print(f"{peer} {kind}: {caller} {pc}\n  vmtool {text(a)}\n  {peer} {text(b)}")
        print(peer, classes.pop(None, 0), len(callers), *(f"{k} {v}" for k, v in classes.items()))


main()
