# SPDX-License-Identifier: GPL-2.0-or-later
"""What can be broken: each kind is a function of a kernel that gives the writes that break one
thing, a list of (physical address, bytes).  Missing: it cannot exist in this dump."""
import functools
import struct

from dump import Missing
from kernel import LONG, Riscv as RISCV

VM_IOREMAP, VM_ALLOC, VM_MAP, VM_UNINITIALIZED, VM_NO_GUARD = 1, 2, 4, 0x20, 0x40


def entry(at, e):
    return at, struct.pack("<Q", e & LONG)


def first(things, what):
    for thing in things:
        return thing
    raise Missing(what)


def in_pages(k, va):
    """Is it mapped by an entry of the last level?"""
    try:
        level, _, e = k.entry(va)
    except Missing:
        return False
    return level == 0 and bool(e & k.arch.present)


def is_buffer(k, a, pages=2):
    """An area of ordinary vmalloc memory that is mapped in single pages, with its guard page."""
    return (a.vm and a.flags & VM_ALLOC and not a.flags & (VM_UNINITIALIZED | VM_NO_GUARD)
            and a.n >= pages and a.end - a.start == (a.n + 1) * k.page
            and all(in_pages(k, a.start + i * k.page) for i in range(pages))
            and k.arch.is_data(k.entry(a.start)[2]) and not contiguous(k, a.start))


def contiguous(k, va):
    """arm64's bit 52: entries of such a block are one, and are not broken one by one."""
    return hasattr(k.arch, "pxn") and bool(k.entry(va)[2] & 1 << 52)


def buffers(k, pages=2):
    return (a for a in k.areas() if is_buffer(k, a, pages))


def buffer(k, pages=2):
    return first(buffers(k, pages), "no area of single pages")


@functools.lru_cache
def frames_used(k):
    """Those that page tables have for areas of vmalloc."""
    return {k.translate(b.start + i * k.page) & -k.page
            for b in k.areas() if b.vm and b.flags & VM_ALLOC and b.end - b.start < 1 << 24
            for i in range(b.n) if in_pages(k, b.start + i * k.page)}


def free_frame(k, a):
    """A frame that is memory, that is no area's, and no read-only memory of the kernel."""
    used = frames_used(k)
    low, high = (k.translate(k.symbols[s]) & -k.page for s in ("_stext", "__end_rodata"))
    pa = k.translate(a.start) & -k.page
    while pa in used or not k.d.is_ram(pa) or low <= pa < high:
        pa += k.page
    return pa


# ---- page tables ----

def clear_present(k):
    at = k.pte(buffer(k).start)
    return [entry(at, k.d.u64(at) & ~k.arch.present)]


def change_pfn(k):
    a = buffer(k)
    at = k.pte(a.start)
    return [entry(at, k.arch.with_pa(k.d.u64(at), free_frame(k, a)))]


def map_guard(k):
    a = buffer(k)
    return [entry(k.pte(a.end - k.page), k.arch.leaf(free_frame(k, a)))]


def map_hole(k):
    """Between two areas, where a table for it is; not next to one: that may be its guard."""
    areas = k.areas()
    lazy = [(b.start, b.end) for b in k.lazy()]
    frame = free_frame(k, buffer(k))
    for a, b in zip(areas, areas[1:]):
        va = a.end + k.page
        if va + k.page >= b.start or any(s <= va < e for s, e in lazy):
            continue
        try:
            at = k.pte(va)
        except Missing:
            continue
        if not k.d.u64(at):
            return [entry(at, k.arch.leaf(frame))]
    raise Missing("no hole with a table")


def map_lazy(k):
    a = buffer(k)
    for b in k.lazy():
        try:
            return [entry(k.pte(b.start), k.arch.leaf(free_frame(k, a)))]
        except Missing:
            continue
    raise Missing("no freed area with a table")


def write_text(k):
    _, at, e = k.entry(k.symbols["_stext"])
    return [entry(at, k.arch.writable(e))]


def exec_data(k):
    at = k.pte(buffer(k).start)
    return [entry(at, k.arch.executable(k.d.u64(at)))]


def user_bit(k):
    at = k.pte(buffer(k).start)
    return [entry(at, k.arch.for_user(k.d.u64(at)))]


def redirect_ioremap(k):
    a = first((a for a in k.areas() if a.flags & VM_IOREMAP and a.phys and in_pages(k, a.start)),
              "no ioremap of single pages")
    at = k.pte(a.start)
    return [entry(at, k.arch.with_pa(k.d.u64(at), (a.phys & -k.page) + 16 * k.page))]


def outside_ram(k):
    """The last entry that is a table."""
    _, at, e = k.steps(buffer(k).start)[-2]
    return [entry(at, k.arch.with_pa(e, 1 << 40))]


def leaves(k):
    """(level, place, entry) of what maps the kernel's image, from its text on."""
    va = k.symbols["_stext"]
    while va < k.symbols["__end_rodata"]:
        level, at, e = k.entry(va)
        if e & k.arch.present:
            yield level, at, e
        va = (va | (k.page << (k.arch.shift - 3) * level) - 1) + 1


def reserved_bit(k):
    """In a large leaf where the architecture has such bits there alone."""
    level, at, e = first(((level, at, e) for level, at, e in leaves(k)
                          if k.arch.has_reserved(level, e)), "no entry that has such bits")
    return [entry(at, k.arch.reserved(e))]


def exec_hole(k):
    """Executable and read-only, where no area is."""
    (at, _), = map_hole(k)
    return [entry(at, k.arch.text(free_frame(k, buffer(k))))]


def raise_order(k):
    """An area whose first frames are not neighbours, recorded as if they were."""
    if not k.has("vm_struct.page_order"):
        raise Missing("no page_order in this kernel")
    for a in buffers(k):
        pair = [k.translate(a.start + i * k.page) // k.page for i in range(2)]
        if pair[1] != pair[0] + 1:
            return [k.put(a.vm, "vm_struct.page_order", 1)]
    raise Missing("all frames come in pairs")


# ---- top levels ----

def user_mms(k):
    """mm_struct of every task, but that of none."""
    init, seen = k.symbols["init_task"], set()
    offset = k.members["task_struct.tasks"][0]
    for node in k.ring(init + offset):
        mm = k.get(node - offset, "task_struct.mm")
        if mm and mm not in seen:
            seen.add(mm)
            yield mm


def top_entry(k, root):
    return k.steps(buffer(k).start, root)[0]


def mm_entry(k):
    """The entry for vmalloc space in the tables of a process that has them to itself."""
    mm = first(user_mms(k), "no process")
    root = k.translate(k.get(mm, "mm_struct.pgd"))
    _, at, e = top_entry(k, root)
    if at == top_entry(k, None)[1] or not e & k.arch.present:
        raise Missing("processes have no such entry of their own")
    return at, e


def drop_top(k):
    at, _ = mm_entry(k)
    return [entry(at, 0)]


def replace_top(k):
    at, e = mm_entry(k)
    return [entry(at, k.arch.with_pa(e, k.arch.pa(e, 0) + k.page))]


# ---- pages[] ----

def frame_twice(k):
    """In the array and in the tables: both say the same."""
    a, b = [x for _, x in zip(range(2), buffers(k))]
    at = k.pte(b.start)
    return [k.put64(b.pages, k.u64(a.pages)),
            entry(at, k.arch.with_pa(k.d.u64(at), k.translate(a.start) & -k.page))]


def swap_pages(k):
    a = buffer(k)
    p, q = k.u64(a.pages), k.u64(a.pages + 8)
    return [k.put64(a.pages, q), k.put64(a.pages + 8, p)]


def zero_refcount(k):
    page = k.u64(buffer(k).pages)
    return [k.put(page, "page._refcount", 0)]


def in_buddy(k):
    page = k.u64(buffer(k).pages)
    value = k.d.number("NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)")
    member = "page._mapcount" if k.has("page._mapcount") else "page.page_type"
    return [k.put(page, member, value)]


# ---- records ----

def change_size(k):
    a = buffer(k)
    return [k.put(a.vm, "vm_struct.size", a.end - a.start + k.page)]


def change_nr_pages(k):
    a = buffer(k)
    return [k.put(a.vm, "vm_struct.nr_pages", a.n - 1)]


def grow_area(k):
    """Its end into the next area."""
    areas = k.areas()
    a = first((a for a, b in zip(areas, areas[1:]) if is_buffer(k, a) and a.end == b.start),
              "no neighbours")
    return [k.put(a.va, "vmap_area.va_end", a.end + k.page)]


def unlink_area(k):
    node = buffer(k).va + k.members["vmap_area.list"][0]
    after, before = k.u64(node), k.u64(node + 8)
    return [k.put64(before, after), k.put64(after + 8, before)]


def loop_list(k):
    """A node leads back to the one two before."""
    node = buffer(k).va + k.members["vmap_area.list"][0]
    node = k.u64(node)
    return [k.put64(node, k.u64(k.u64(node + 8) + 8))]


def move_child(k):
    """The left child becomes the right one."""
    left, right = k.members["rb_node.rb_left"][0], k.members["rb_node.rb_right"][0]
    offset = k.members["vmap_area.rb_node"][0]
    for a in k.areas():
        node = a.va + offset
        if k.u64(node + left) and not k.u64(node + right):
            return [k.put64(node + right, k.u64(node + left)), k.put64(node + left, 0)]
    raise Missing("no node with a left child alone")


def counter(k):
    """By one page."""
    if "nr_vmalloc_pages" in k.symbols:
        va = k.symbols["nr_vmalloc_pages"]
    else:
        va = k.symbols["vm_node_stat"] + 8 * k.enums["NR_VMALLOC"]
    return [k.put64(va, k.u64(va) + 1)]


def lazy_counter(k):
    va = k.symbols["vmap_lazy_nr"]
    return [k.put64(va, k.u64(va) + 1)]


def stack_elsewhere(k):
    """A task's stack_vm_area becomes the vm_struct of a buffer's neighbour in its slab."""
    init, offset = k.symbols["init_task"], k.members["task_struct.tasks"][0]
    node = k.u64(init + offset)
    task = node - offset
    vm = k.get(task, "task_struct.stack_vm_area")
    return [k.put(task, "task_struct.stack_vm_area", vm + 8)]


# ---- the text ----

def hide_line(lines):
    i = next(i for i, line in enumerate(lines) if " vmalloc" in line and "pages=" in line)
    return lines[:i] + lines[i + 1:]


def invent_line(lines):
    """Behind the last area of the first half."""
    line = next(line for line in lines if " ioremap" in line)
    start, end = line.split()[0].split("-")
    width = len(start) - 2
    size = int(end, 16) - int(start, 16)
    at = int(max(l.split()[0].split("-")[1] for l in lines[:20]), 16) + (1 << 35)
    return lines + [f"0x{at:0{width}x}-0x{at + size:0{width}x}{line[len(start) + len(end) + 1:]}"]


def pcpu_unpopulated(k):
    """A page of a percpu area that its chunk does not have."""
    for a in k.areas():
        if not a.vm or a.n or not a.flags & VM_ALLOC:
            continue
        for va in range(a.start, a.end, k.page):
            try:
                level, at, e = k.entry(va)
            except Missing:
                break
            if level == 0 and not e & k.arch.present and is_percpu(k, a):
                return [entry(at, k.arch.leaf(free_frame(k, buffer(k))))]
    raise Missing("no percpu page that is not populated")


def is_percpu(k, a):
    return a.end - a.start >= 1 << 17 and not a.pages


# ---- more of page tables ----

def write_module(k):
    """Text of a module; since 6.13 x86 may have it in larger pages."""
    for start, size in k.modules():
        for va in range(start, start + size, k.page):
            _, at, e = k.entry(va)
            if e & k.arch.present and size >= k.page and not contiguous(k, va):
                return [entry(at, k.arch.writable(e))]
    raise Missing("no module's text")


def write_alias(k):
    """The kernel's text, where the direct map shows it: all of the way there must allow it."""
    steps = k.steps(k.direct(k.translate(k.symbols["_stext"])))
    if not steps[-1][2] & k.arch.present:
        raise Missing("the direct map does not show text")
    return [entry(at, k.arch.writable(e)) for _, at, e in steps if k.arch.is_leaf(e, _)]


def exec_large(k):
    """Data of the direct map, by an entry above the last level."""
    a = buffer(k)
    for i in range(1 << 9):
        level, at, e = k.entry(k.direct(k.d.ram[-1][1] - k.page * (i << 9) - k.page))
        if level and e & k.arch.present and k.arch.is_data(e):
            return [entry(at, k.arch.executable(e))]
    raise Missing(f"no large entry of the direct map near {a.start:#x}")


def user_upper(k):
    """An upper level of the way to data: as user space's, and what is below with it."""
    if not hasattr(k.arch, "huge"):
        raise Missing("upper levels do not give rights to user space")
    a = buffer(k)
    return [entry(at, k.arch.for_user(e)) for _, at, e in k.steps(a.start)]


def user_table(k):
    """RISC-V: U is reserved in what is no leaf."""
    if not isinstance(k.arch, RISCV):
        raise Missing("that bit is legal there")
    _, at, e = k.steps(buffer(k).start)[-2]
    return [entry(at, k.arch.for_user(e))]


def two_parents(k):
    """An entry that is empty leads to a table that has a parent."""
    steps = k.steps(buffer(k).start)
    _, at, e = steps[-2]
    base = at & -k.page
    for i in range(1, k.page // 8):
        other = base + (at + 8 * i) % k.page
        if not k.d.u64(other):
            return [entry(other, k.arch.table(k.arch.pa(e, 0)))]
    raise Missing("no empty entry")


def self_map(k):
    """The last entry that is a table leads to the table it is in."""
    _, at, e = k.steps(buffer(k).start)[-2]
    return [entry(at, k.arch.with_pa(e, at & -k.page))]


def break_block(k):
    """One of the entries of a contiguous block leads elsewhere."""
    va = k.symbols["_stext"]
    while va < k.symbols["__end_rodata"]:
        level, at, e = k.entry(va)
        if not level and contiguous(k, va):
            return [entry(at, k.arch.with_pa(e, k.arch.pa(e, 0) ^ k.page * 64))]
        va += k.page << (k.arch.shift - 3) * level
    raise Missing("no contiguous block in the image")


def lone_napot(k):
    """RISC-V Svnapot: N in one entry alone, whose frame does not say a size that exists."""
    if not isinstance(k.arch, RISCV):
        raise Missing("RISC-V alone")
    for a in buffers(k):
        at = k.pte(a.start)
        if k.d.u64(at) >> 10 & 15 != 8:
            return [entry(at, k.d.u64(at) | 1 << 63)]
    raise Missing("every frame says a size")


def one_napot(k):
    """The same with a size that exists: its neighbours are not of that block."""
    if not isinstance(k.arch, RISCV):
        raise Missing("RISC-V alone")
    at = k.pte(buffer(k).start)
    return [entry(at, k.d.u64(at) & ~(15 << 10) | 1 << 63 | 8 << 10)]


def free_table(k):
    """A table whose struct page says that it is free."""
    value = k.d.number("NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)")
    for a in k.areas():
        for _, at, _ in k.steps(a.start):
            try:
                write = k.put(page_of(k, at), "page._mapcount", value)
            except Missing:
                continue
            if k.d.has(write[0]):
                return [write]
    raise Missing("no struct page of a table is in the image")


def page_of(k, pa):
    """The struct page of a frame, by one that is known."""
    a = buffer(k)
    return k.u64(a.pages) + (pa // k.page - k.translate(a.start) // k.page) * k.sizes["page"]


def page_nowhere(k):
    """pages[0] is of a frame behind all memory; and so says the page table."""
    a = buffer(k)
    pa = (k.d.ram[-1][1] + (1 << 36)) & -(1 << 30)
    at = k.pte(a.start)
    return [k.put64(a.pages, page_of(k, pa)), entry(at, k.arch.with_pa(k.d.u64(at), pa))]


def order_unaligned(k):
    """Two frames in a row, the first of which is odd, recorded as a block of two."""
    if not k.has("vm_struct.page_order"):
        raise Missing("no page_order in this kernel")
    for a in buffers(k):
        pair = [k.translate(a.start + i * k.page) // k.page for i in range(2)]
        if pair[1] == pair[0] + 1 and pair[0] % 2:
            return [k.put(a.vm, "vm_struct.page_order", 1)]
    raise Missing("no such pair")


def wrong_node(k):
    """A red leaf of a node's tree, moved to the tree and list of another, in order and in balance."""
    if not k.has("vmap_node.busy.root"):
        raise Missing("no vmap nodes")
    heads = k.area_heads()
    if len(heads) < 2:
        raise Missing("one node alone")
    left, right = k.members["rb_node.rb_left"][0], k.members["rb_node.rb_right"][0]
    link, node = k.members["vmap_area.list"][0], k.members["vmap_area.rb_node"][0]
    areas = [sorted(k.listed([h]), key=lambda a: a.start) for h in heads[:2]]
    for a in areas[0]:
        rb = a.va + node
        color = k.u64(rb)
        if color & 1 or k.u64(rb + left) or k.u64(rb + right):
            continue
        below = [b for b in areas[1] if b.start < a.start]
        above = [b for b in areas[1] if b.start > a.start]
        if not below or not above:
            continue
        for b, side in ((below[-1], right), (above[0], left)):
            new = b.va + node
            if k.u64(new + side) or not k.u64(new) & 1:
                continue
            old, out = color & ~3, []
            out.append(k.put64(old + (left if k.u64(old + left) == rb else right), 0))
            out += [k.put64(new + side, rb), k.put64(rb, new)]
            mine, before, after = a.va + link, below[-1].va + link, above[0].va + link
            nxt, prev = k.u64(mine), k.u64(mine + 8)
            out += [k.put64(prev, nxt), k.put64(nxt + 8, prev), k.put64(before, mine),
                    k.put64(mine + 8, before), k.put64(mine, after), k.put64(after + 8, mine)]
            return out
    raise Missing("no area that can be moved so")


KINDS = {f.__name__.replace("_", "-"): f for f in (
    clear_present, change_pfn, map_guard, map_hole, map_lazy, write_text, exec_data, user_bit,
    redirect_ioremap, outside_ram, reserved_bit, exec_hole, drop_top, replace_top, frame_twice,
    swap_pages, zero_refcount, in_buddy, change_size, change_nr_pages, grow_area, unlink_area,
    loop_list, move_child, counter, lazy_counter, stack_elsewhere, raise_order, pcpu_unpopulated,
    hide_line, invent_line, write_module, write_alias, exec_large, user_upper, user_table,
    two_parents, self_map, break_block, lone_napot, one_napot, free_table, page_nowhere,
    order_unaligned, wrong_node)}
