# SPDX-License-Identifier: GPL-2.0-or-later
"""Kinds of damage, as in kinds.py: what each CPU keeps for itself."""
import struct

from dump import Missing
from kernel import LONG


# ---- its part of a counter ----

def parts(k):
    """(address, value) of what each CPU has not yet added to NR_VMALLOC, of the first node: 7.1+."""
    if "NR_VMALLOC" not in k.enums:
        raise Missing("one number counts for all CPUs")
    stats = k.get(k.u64(k.symbols["node_data"]), "pglist_data.per_cpu_nodestats")
    at = stats + k.members["per_cpu_nodestat.vm_node_stat_diff"][0] + k.enums["NR_VMALLOC"]
    for offset in k.cpu_offsets():
        va = at + offset & LONG
        yield va, struct.unpack("b", k.read(va, 1))[0]


def put_part(k, va, value):
    return k.translate(va), struct.pack("b", value)


def cpu_counter(k):
    """That of the last CPU alone, by one page."""
    va, part = list(parts(k))[-1]
    return [put_part(k, va, part - 1 if part > 0 else part + 1)]


def cpus_owe(k):
    """What CPUs have not added and the counter change, and their sum does not: nothing is wrong."""
    total, out = 0, []
    for i, (va, part) in enumerate(parts(k)):
        new = -100 if i % 2 else -7
        out.append(put_part(k, va, new))
        total += part - new
    va = k.symbols["vm_node_stat"] + 8 * k.enums["NR_VMALLOC"]
    return out + [k.put64(va, k.u64(va) + total)]


KINDS = {f.__name__.replace("_", "-"): f for f in (cpu_counter, cpus_owe)}
