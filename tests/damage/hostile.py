#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hostile.py FIXTURES NAME...: page tables of shapes that no kernel makes: does vmtool end, and is it honest?

Tables that lead to themselves, to each other, hundreds of times; tables in which every entry is present.
No command may crash, use more than MEMORY or SECONDS of CPU (a thousand times what it needs), or list other
areas than before: the records are sound.  verify must name V18 where tables are shared, and may name no
check but those of page tables.
"""
import os
import re
import resource
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kinds  # noqa: E402
import run  # noqa: E402
from kernel import LONG  # noqa: E402

MEMORY, SECONDS = 1 << 30, 100
TABLES = {"V05", "V06", "V07", "V08", "V11", "V14", "V16", "V18"}


def fill(k, table, e, only_empty=False, indices=None):
    """Every entry of a table, or those that are empty."""
    return [(table + 8 * i, struct.pack("<Q", e & LONG))
            for i in (indices or range(k.page // 8))
            if not only_empty or not k.d.u64(table + 8 * i)]


def shapes(k):
    """(what, writes, whether tables have several parents then)"""
    steps = k.steps(kinds.buffer(k).start)
    entries = [e for _, _, e in steps]
    tables = [at & -k.page for _, at, _ in steps]
    half = k.page // 16 if k.d.machine != "aarch64" else 0
    top = range(half, (steps[0][1] & k.page - 1) // 8)
    yield "a table of one frame", fill(k, tables[-1], entries[-1]), False
    yield "one table for all", fill(k, tables[-2], entries[-2]), True
    yield "a table leads to itself", fill(k, tables[-2], k.arch.with_pa(entries[-2], tables[-2])), True
    yield "the root leads to itself", fill(k, tables[0], k.arch.with_pa(entries[0], tables[0]),
                                           True, top), bool(top)
    yield "the root leads to one table", fill(k, tables[0], entries[0], True, top), bool(top)
    if len(tables) > 3:
        yield "two levels of clones", (fill(k, tables[-3], entries[-3])
                                       + fill(k, tables[-2], entries[-2])), True
    upper = [w for t in tables[1:-1] for w in fill(k, t, entries[-1], True)]
    yield "leaves everywhere", upper, False
    yield "ones everywhere", [(at, b"\xff" * 8) for at, _ in upper], False


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    # A sanitizer's shadow is larger.
    if "asan" not in run.VMTOOL:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def ask(path, *args):
    return subprocess.run([run.VMTOOL, *args, path], capture_output=True, check=False,
                          preexec_fn=limit)


def judge(subject, listed, shared):
    """What is wrong."""
    ids, code, stderr = subject.verify()
    if ids is None or code not in (0, 1, 4):
        yield f"verify: exit {code} {stderr}"
        return
    if shared and "V18" not in ids:
        yield f"verify: no V18 among {sorted(ids)}"
    if ids - TABLES:
        yield f"verify accuses {sorted(ids - TABLES)}"
    told = ask(subject.path, "verify").stdout.decode()
    if set(re.findall(r"^FINDING (V\d\d)", told, re.M)) != ids or told.count("\nFINDING") > 5 * len(ids):
        yield "verify shows too little, or too much"
    where = hex(kinds.buffer(subject.kernel).start)
    for args in (["verify", "-v"], ["pt", "--csv", "all"], ["pt", "--alias", "all"], ["walk", where], ["info"]):
        got = ask(subject.path, *args)
        if got.returncode not in (0, 1, 4):
            yield f"{args}: exit {got.returncode} {got.stderr[-200:]}"
    if ask(subject.path, "list", "-rn", "-o", "start,end,size").stdout != listed:
        yield "list: other areas"


def main(fixtures, names):
    n, wrong = 0, 0
    for name in names:
        with tempfile.TemporaryDirectory() as directory:
            subject = run.Subject(fixtures, name, directory)
            listed = ask(subject.path, "list", "-rn", "-o", "start,end,size").stdout
            for what, writes, shared in list(shapes(subject.kernel)):
                writes = [w for w in writes if subject.dump.has(w[0])]
                with open(subject.path, "r+b") as f:
                    old = [(pa, subject.patch(f, pa, data)) for pa, data in writes]
                    for why in judge(subject, listed, shared and bool(writes)):
                        wrong += 1
                        print(f"{name}, {what}: {why}")
                    for pa, data in reversed(old):
                        subject.patch(f, pa, data)
                n += 1
    print(f"{n} shapes, {wrong} wrong")
    return 1 if wrong or not n else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
