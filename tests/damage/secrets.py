#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""secrets.py DUMP FACTS SLIM MARKED: write MARKED, an ELF copy of DUMP that differs wherever SLIM, an
extract of DUMP, has nothing: a word fills the pages it left out (user memory, page cache, vmalloc
buffers), and in its pages every byte is another that is 0 there and was not in DUMP (slab neighbours).
The kernel's image and module memory are searched for symbols and types: what lies there is the
kernel's own, and stays.

Says how many pages and bytes were marked; an extract of MARKED must be that of DUMP.
Exit code 1 when SLIM holds what it must not: a thread's stack, an anonymous page, a program's page.
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dump  # noqa: E402
import kernel  # noqa: E402
import kinds  # noqa: E402

WORD = b"SECRET-SECRET-16"


def stacks(k):
    """Frames of every thread's stack."""
    init, offset = k.symbols["init_task"], k.members["task_struct.tasks"][0]
    for node in k.ring(init + offset):
        stack = k.get(node - offset, "task_struct.stack")
        try:
            yield k.translate(stack) & -dump.PAGE
        except dump.Missing:
            continue


def is_kernels(k):
    """Frames of the image, and of areas."""
    low, high = k.translate(k.symbols["_stext"]), k.translate(k.symbols["_edata"])
    used = kinds.frames_used(k)
    return lambda pa: low & -dump.PAGE <= pa < high + dump.PAGE or pa in used


def mark_page(old, kept):
    """The page with every byte changed that was something and is 0 in @kept: it cannot have been read."""
    page, n = bytearray(old), 0
    for at, (was, has) in enumerate(zip(old, kept)):
        if was and not has:
            page[at] = was ^ 0xff or 0x5a
            n += 1
    return page, n


def main(source, facts, slim, marked):
    d, s = dump.load(source), dump.load(slim)
    k = kernel.Kernel(d, facts)
    leaked = [f"stack {pa:#x}" for pa in stacks(k) if any(s.pages.get(pa, b""))]
    programs = {pa for pa, page in d.pages.items() if page[:4] == b"\x7fELF"}
    leaked += [f"program {pa:#x}" for pa in programs if any(s.pages.get(pa, b""))]
    absent = marked_bytes = 0
    own = is_kernels(k)
    own = {pa for pa in s.pages if own(pa)}
    for pa, old in d.pages.items():
        if pa not in s.pages:
            d.pages[pa] = WORD * (dump.PAGE // 16)
            absent += 1
            continue
        if pa not in own:
            d.pages[pa], n = mark_page(old, s.pages[pa])
            marked_bytes += n
    d.save(marked)
    print(f"{absent} pages left out, {len(programs)} of programs, "
          f"{marked_bytes} bytes of {len(s.pages) - len(own)} pages kept")
    for what in leaked:
        print(f"in the extract: {what}")
    return 1 if leaked or not absent or not marked_bytes else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
