# SPDX-License-Identifier: GPL-2.0-or-later
"""Kinds of damage, as in kinds.py: what each CPU keeps for itself."""
import struct

from dump import Missing
from kernel import Area, LONG
from kinds import buffer, entry, first, free_frame


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


# ---- its blocks of vm_map_ram ----

def block(k, used_map=True):
    """A vmap_block, the address of its page 0, and of how many the first were handed out."""
    if used_map and not k.has("vmap_block.used_map"):
        raise Missing("no used_map in this kernel")
    b = first(k.blocks(), "no block of vm_map_ram")
    a = Area(k, k.get(b, "vmap_block.va"), freed=True)
    return b, a.start, (a.end - a.start) // k.page - k.get(b, "vmap_block.free")


def give_back(k):
    """Page 0, to be unmapped next: its bit is clear, and it is dirty."""
    b, _, _ = block(k)
    return [k.put(b, "vmap_block.used_map", k.get(b, "vmap_block.used_map") & ~1),
            k.put(b, "vmap_block.dirty", k.get(b, "vmap_block.dirty") + 1)]


def block_dirty_mapped(k):
    """A page that was given back is still mapped."""
    return give_back(k)


def block_dirty(k):
    """The same, unmapped: in order."""
    return give_back(k) + block_unmapped(k)


def block_unmapped(k):
    """Page 0 is in use and not mapped."""
    at = k.pte(block(k, False)[1])
    return [entry(at, k.d.u64(at) & ~k.arch.present)]


def block_rounded(k):
    """Neither is the last: of a range of four pages, three were asked for."""
    _, start, n = block(k, False)
    at = k.pte(start + (n - 1) * k.page)
    return [entry(at, 0)]


def block_free_mapped(k):
    """A page that was not handed out yet."""
    _, start, n = block(k, False)
    return [entry(k.pte(start + n * k.page), k.arch.leaf(free_frame(k, buffer(k))))]


def block_overcounted(k):
    """The same page is in use, too."""
    b, _, n = block(k)
    return [k.put(b, "vmap_block.used_map", k.get(b, "vmap_block.used_map") | 1 << n)]


KINDS = {f.__name__.replace("_", "-"): f for f in (
    cpu_counter, cpus_owe, block_dirty_mapped, block_dirty, block_unmapped, block_rounded,
    block_free_mapped, block_overcounted)}
