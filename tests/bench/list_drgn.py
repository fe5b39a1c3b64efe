#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The areas of a dump as drgn lists them, for make bench: list_drgn.py DUMP VMLINUX.

A line for each: address, size, flags, pages, physical address, caller.
"""
import sys

import drgn
from drgn.helpers.linux.list import list_for_each_entry

prog = drgn.Program()
prog.set_core_dump(sys.argv[1])
prog.load_debug_info([sys.argv[2]])


def show(va):
    vm = va.vm
    if not vm:
        start = va.va_start.value_()
        print(f"{start:#x} {va.va_end.value_() - start} 0x0 0 0x0 0x0")
        return
    print(f"{vm.addr.value_():#x} {vm.size.value_()} {vm.flags.value_():#x} "
          f"{vm.nr_pages.value_()} {vm.phys_addr.value_():#x} {vm.caller.value_():#x}")


try:
    heads = [node.busy.head for node in
             (prog["vmap_nodes"][i] for i in range(prog["nr_vmap_nodes"].value_()))]
except KeyError:
    heads = [prog["vmap_area_list"]]
for head in heads:
    for area in list_for_each_entry("struct vmap_area", head.address_of_(), "list"):
        show(area)
