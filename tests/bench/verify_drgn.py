#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""V05 and the guards of V06 as drgn would do them, for make bench: verify_drgn.py DUMP VMLINUX.

Prints how many pages, device pages and guards it compared; its status is 1 when one is wrong.
x86-64, kernels before 6.9.  As fast as we could make it: structures, page arrays and tables are
read whole, each table once; follow_phys() of newer drgn, a call for each page, is slower.
"""
import sys
from array import array

import drgn
from drgn.helpers.linux.list import list_for_each_entry

VM_IOREMAP, VM_ALLOC, VM_MAP, VM_DMA_COHERENT = 0x1, 0x2, 0x4, 0x10
VM_UNINITIALIZED, VM_NO_GUARD = 0x20, 0x40
PRESENT, LARGE, ADDRESS = 0x1, 0x80, 0x000FFFFFFFFFF000

prog = drgn.Program()
prog.set_core_dump(sys.argv[1])
prog.load_debug_info([sys.argv[2]])
vmemmap = prog["vmemmap_base"].value_()
page_bytes = drgn.sizeof(prog.type("struct page"))
top = prog["pgdir_shift"].value_()
percpu = prog.symbol("pcpu_get_vm_areas").address
tables, parts = {}, {}


def words(address, n, physical=False):
    numbers = array("Q")
    numbers.frombytes(prog.read(address, 8 * n, physical))
    return numbers


root = words(prog["init_mm"].pgd.value_(), 512)


def frames_of_part(va):
    """Where the 512 pages of the 2 MiB at va are; 0: nowhere."""
    table, shift = root, top
    while True:
        entry = table[va >> shift & 511]
        if not entry & PRESENT:
            return [0] * 512
        if entry & LARGE and shift <= 30:
            start = (entry & ADDRESS & -1 << shift) + (va & (1 << shift) - 1)
            return range(start, start + (512 << 12), 4096)
        at = entry & ADDRESS
        if at not in tables:
            tables[at] = words(at, 512, True)
        table = tables[at]
        if shift == 21:
            return [e & ADDRESS if e & PRESENT else 0 for e in table]
        shift -= 9


def frames(va, n):
    """Where the n pages from va on are."""
    while n:
        part, at = va >> 21, va >> 12 & 511
        if part not in parts:
            parts[part] = frames_of_part(part << 21)
        some = min(n, 512 - at)
        yield from parts[part][at:at + some]
        va += some << 12
        n -= some


pages = devices = guards = wrong = 0
for area in list_for_each_entry("struct vmap_area", prog["vmap_area_list"].address_of_(), "list"):
    if not area.vm:
        continue
    vm = area.vm[0].read_()
    start, size, flags = vm.addr.value_(), vm.size.value_(), vm.flags.value_()
    if flags & VM_UNINITIALIZED:
        continue
    guard = 0 if flags & VM_NO_GUARD or vm.caller.value_() == percpu else 1
    room, n, phys = (size >> 12) - guard, vm.nr_pages.value_(), vm.phys_addr.value_()
    if flags & (VM_ALLOC | VM_MAP | VM_DMA_COHERENT) and vm.pages:
        n = room if not n and flags & VM_DMA_COHERENT else min(n, room)
        pages += n
        have = words(vm.pages.value_(), n)
        wrong += sum(page != vmemmap + (pa >> 12) * page_bytes or not pa
                     for page, pa in zip(have, frames(start, n)))
    elif flags & VM_IOREMAP and phys:
        devices += room
        want = range(phys & -4096, (phys & -4096) + (room << 12), 4096)
        wrong += sum(a != b for a, b in zip(want, frames(start, room)))
    guards += guard
    wrong += guard and any(frames(start + (room << 12), 1))
print(f"{pages} pages, {devices} device pages, {guards} guards")
sys.exit(1 if wrong else 0)
