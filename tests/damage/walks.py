#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""walks.py FIXTURES NAME...: `vmtool walk` on slim dumps against the walk of kernel.py, which shares no code.

Of each area the first page, the second, the last before the guard and the guard itself; of some the same
frame in the direct map, whose holder must be that page.  Prints "N addresses, M of the direct map, 0 wrong".
"""
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dump  # noqa: E402
import kinds  # noqa: E402
import run  # noqa: E402

VMTOOL = os.environ.get("VMTOOL", "./vmtool")
HELD = 12  # each is looked for in all of vmalloc space


def translate(k, va):
    """A physical address, None where nothing is mapped, or Missing."""
    level, _, e = k.entry(va)
    if not e & k.arch.present:
        return None
    return k.arch.pa(e, level) | va & (k.page << (k.arch.shift - 3) * level) - 1


def walk(path, vas):
    for i in range(0, len(vas), 400):
        got = subprocess.run([VMTOOL, "walk", "--json", *map(hex, vas[i:i + 400]), path],
                             capture_output=True, text=True, check=False)
        yield from json.loads(got.stdout)["walk"]


def number(text):
    return None if text is None else int(text, 16)


def main(fixtures, names, directory):
    wrong, n, held = [], 0, 0
    for name in names:
        subject = run.Subject(fixtures, name, directory)
        k = subject.kernel
        want, holder = {}, {}
        for a in k.areas():
            for va in (a.start, a.start + k.page, a.end - 2 * k.page, a.end - k.page):
                try:
                    want[va] = translate(k, va)
                except dump.Missing:
                    continue
        for a, _ in zip(kinds.buffers(k), range(HELD)):
            va = a.start + k.page
            alias = k.direct(k.translate(va))
            want[alias], holder[alias] = k.translate(va), va
        for va, row in zip(want, walk(subject.path, list(want))):
            n += 1
            held += va in holder
            if number(row["phys"]) != want[va] or number(row["holder_at"]) != holder.get(va):
                wrong.append(f"{name} {va:#x}: {row['phys']} {row['holder_at']}, not {want[va]} "
                             f"{holder.get(va)}")
    print(f"{n} addresses, {held} of the direct map, {len(wrong)} wrong")
    print("\n".join(wrong[:20]))
    return 1 if wrong or not held else 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        sys.exit(main(sys.argv[1], sys.argv[2:], scratch))
