# SPDX-License-Identifier: GPL-2.0-or-later
"""A kernel in a dump, as far as damage needs it: its own walk of page tables, its own offsets.

Offsets and symbols of each fixture are data (facts/NAME.json): they were taken from the debug
information and /proc/kallsyms of that kernel, not from vmtool.
"""
import functools
import json
import struct

from dump import Missing


class X86:
    """Intel SDM 3A 4.5."""
    present, write, user, huge, nx = 1, 2, 4, 1 << 7, 1 << 63

    def __init__(self, d):
        self.shift, self.levels = 12, 5 if d.info.get("NUMBER(pgtable_l5_enabled)") == "1" else 4
        self.root = (d.hex("SYMBOL(swapper_pg_dir)") - 0xffffffff80000000
                     + d.number("NUMBER(phys_base)"))

    def is_leaf(self, e, level):
        return level == 0 or bool(e & self.huge)

    def pa(self, e, level):
        return e & 0x000ffffffffff000 & -(1 << 12 + 9 * level)

    def with_pa(self, e, pa):
        return e & ~0x000ffffffffff000 | pa

    def leaf(self, pa):
        """A page of data: writable, not executable, global, accessed, dirty."""
        return pa | 0x163 | self.nx

    def writable(self, e):
        return e | self.write

    def executable(self, e):
        return e & ~self.nx

    def for_user(self, e):
        return e | self.user

    def table(self, pa):
        return pa | 0x63

    def is_data(self, e):
        return bool(e & self.write and e & self.nx)

    def text(self, pa):
        return pa | 0x161

    def has_reserved(self, level, e):
        return level == 1

    def reserved(self, e):
        """Bits 20:13 of a 2 MiB leaf."""
        return e | 1 << 13


class Arm64:
    """Arm ARM D8.3."""
    present, user, read_only, dbm, pxn = 1, 1 << 6, 1 << 7, 1 << 51, 1 << 53

    def __init__(self, d):
        self.shift = d.number("PAGESIZE").bit_length() - 1
        bits = 64 - d.number("NUMBER(TCR_EL1_T1SZ)")
        self.levels = -(-(bits - self.shift) // (self.shift - 3))
        self.root = d.hex("SYMBOL(swapper_pg_dir)") - d.number("NUMBER(kimage_voffset)")
        self.root &= (1 << 64) - 1
        self.bits = bits

    def is_leaf(self, e, level):
        return level == 0 or not e & 2

    def pa(self, e, level):
        return e & 0x0000fffffffff000 & -(1 << self.shift + (self.shift - 3) * level)

    def with_pa(self, e, pa):
        return e & ~0x0000fffffffff000 | pa

    def leaf(self, pa):
        return pa | 0x0068000000000703

    def writable(self, e):
        return e & ~self.read_only | self.dbm

    def executable(self, e):
        return e & ~self.pxn

    def for_user(self, e):
        return e | self.user

    def table(self, pa):
        return pa | 3

    def is_data(self, e):
        return not e & self.read_only and bool(e & self.pxn)

    def text(self, pa):
        return pa | 0x0040000000000783

    def has_reserved(self, level, e):
        """Not in a contiguous block, whose entries are one."""
        return level == 1 and not e & 1 << 52

    def reserved(self, e):
        """Bits of the address within what a block maps."""
        return e | 1 << 17


class Riscv:
    """RISC-V privileged 10.3."""
    present, read, write, execute, user = 1, 2, 4, 8, 16

    def __init__(self, d):
        self.shift = 12
        self.levels = {39: 3, 48: 4, 57: 5}[d.number("NUMBER(VA_BITS)")]
        self.root = d.hex("SYMBOL(swapper_pg_dir)") - d.number("NUMBER(va_kernel_pa_offset)")
        self.root &= (1 << 64) - 1

    def is_leaf(self, e, level):
        return bool(e & 14)

    def pa(self, e, level):
        return (e >> 10 & (1 << 44) - 1) << 12 & -(1 << 12 + 9 * level)

    def with_pa(self, e, pa):
        return e & ~(((1 << 44) - 1) << 10) | pa >> 12 << 10

    def leaf(self, pa):
        return pa >> 12 << 10 | 0xe7

    def writable(self, e):
        return e | self.write | self.read

    def executable(self, e):
        return e | self.execute

    def for_user(self, e):
        return e | self.user

    def table(self, pa):
        return pa >> 12 << 10 | self.present

    def is_data(self, e):
        return bool(e & self.write) and not e & self.execute

    def text(self, pa):
        return pa >> 12 << 10 | 0x6b

    def has_reserved(self, level, e):
        return True

    def reserved(self, e):
        return e | 1 << 58


ARCHS = {"x86_64": X86, "aarch64": Arm64, "riscv64": Riscv}
LONG = (1 << 64) - 1


class Area:
    """One struct vmap_area, and its vm_struct where it has one."""

    def __init__(self, k, va, freed=False):
        self.va = va
        self.start = k.get(va, "vmap_area.va_start")
        self.end = k.get(va, "vmap_area.va_end")
        self.vm = 0 if freed else k.get(va, "vmap_area.vm")
        self.flags = self.pages = self.n = self.phys = self.caller = 0
        if self.vm:
            self.flags = k.get(self.vm, "vm_struct.flags")
            self.pages = k.get(self.vm, "vm_struct.pages")
            self.n = k.get(self.vm, "vm_struct.nr_pages")
            self.phys = k.get(self.vm, "vm_struct.phys_addr")
            self.caller = k.get(self.vm, "vm_struct.caller")


class Kernel:
    def __init__(self, d, facts):
        self.d = d
        with open(facts, encoding="utf-8") as f:
            facts = json.load(f)
        self.symbols = {name: int(va, 16) for name, va in facts["symbols"].items()}
        self.members = {name: tuple(m) for name, m in facts["members"].items()}
        self.sizes, self.enums = facts["sizes"], facts["enums"]
        self.arch = ARCHS[d.machine](d)
        self.page = 1 << self.arch.shift

    # ---- page tables ----

    def steps(self, va, root=None):
        """(level, physical address of the entry, entry), from the root down to where it ends."""
        a, table, out = self.arch, root or self.arch.root, []
        for level in range(a.levels - 1, -1, -1):
            bits = a.shift - 3
            index = va >> a.shift + bits * level & (1 << bits) - 1
            if level == a.levels - 1 and hasattr(a, "bits"):
                index &= (1 << a.bits - a.shift - bits * level) - 1
            at = table + 8 * index
            e = self.d.u64(at)
            out.append((level, at, e))
            if not e & a.present or a.is_leaf(e, level):
                break
            table = a.pa(e, 0)
        return out

    def entry(self, va, root=None):
        """The last step: level, place and value."""
        return self.steps(va, root)[-1]

    def pte(self, va):
        """The place of the last-level entry, mapped or not; Missing when there is no table."""
        level, at, _ = self.entry(va)
        if level:
            raise Missing(f"no table of the last level for {va:#x}")
        return at

    def translate(self, va):
        level, _, e = self.entry(va)
        if not e & self.arch.present:
            raise Missing(f"{va:#x} is not mapped")
        size = self.page << (self.arch.shift - 3) * level
        return self.arch.pa(e, level) | va & size - 1

    # ---- memory ----

    def read(self, va, n):
        out = b""
        while n:
            part = min(n, self.page - va % self.page)
            out += self.d.read(self.translate(va), part)
            va += part
            n -= part
        return out

    def u64(self, va):
        return int.from_bytes(self.read(va, 8), "little")

    def place(self, va, member):
        """Physical address and bytes of a member of the structure at @va."""
        offset, size = self.members[member]
        return self.translate(va + offset), size

    def get(self, va, member):
        offset, size = self.members[member]
        return int.from_bytes(self.read(va + offset, size), "little")

    def has(self, member):
        return member in self.members

    def put(self, va, member, value):
        """What writing @value there would be: a (physical address, bytes)."""
        pa, size = self.place(va, member)
        return pa, (value & (1 << 8 * size) - 1).to_bytes(size, "little")

    def put64(self, va, value):
        return self.translate(va), struct.pack("<Q", value & LONG)

    def direct(self, pa):
        """Where the direct map shows @pa."""
        if "page_offset_base" in self.symbols:
            return self.u64(self.symbols["page_offset_base"]) + pa
        if self.d.machine == "aarch64":
            offset = self.d.number("NUMBER(PHYS_OFFSET)") & LONG
            return pa - offset + LONG + 1 - (1 << self.d.number("NUMBER(VA_BITS)")) & LONG
        # It begins where memory does.
        return pa - self.d.ram[0][0] + self.d.hex("NUMBER(PAGE_OFFSET)")

    # ---- structures ----

    def ring(self, head):
        """The nodes of a circular list."""
        node = self.u64(head)
        while node != head:
            yield node
            node = self.u64(node)

    def area_heads(self):
        if "vmap_nodes" not in self.symbols:
            return [self.symbols["vmap_area_list"]]
        base = self.u64(self.symbols["vmap_nodes"])
        n = int.from_bytes(self.read(self.symbols["nr_vmap_nodes"], 4), "little")
        return [base + i * self.sizes["vmap_node"] + self.members["vmap_node.busy.head"][0]
                for i in range(n)]

    def lazy_heads(self):
        if "vmap_nodes" in self.symbols:
            busy, lazy = (self.members[f"vmap_node.{w}.head"][0] for w in ("busy", "lazy"))
            return [head - busy + lazy for head in self.area_heads()]
        return [self.symbols[n] for n in ("purge_vmap_area_list",) if n in self.symbols]

    def listed(self, heads, freed=False):
        offset = self.members["vmap_area.list"][0]
        return [Area(self, node - offset, freed) for head in heads for node in self.ring(head)]

    @functools.lru_cache
    def areas(self):
        """All busy areas, by address."""
        return sorted(self.listed(self.area_heads()), key=lambda a: a.start)

    @functools.lru_cache
    def lazy(self):
        """Areas that are freed and not yet purged."""
        if "vmap_area.purge_list" not in self.members or self.lazy_heads():
            return self.listed(self.lazy_heads(), True)
        offset, out = self.members["vmap_area.purge_list"][0], []
        node = self.u64(self.symbols["vmap_purge_list"])
        while node:
            out.append(Area(self, node - offset, True))
            node = self.u64(node)
        return out

    def cpu_offsets(self):
        """What is added to the address of a per-CPU variable, for each CPU."""
        n = int.from_bytes(self.read(self.symbols["nr_cpu_ids"], 4), "little")
        return [self.u64(self.symbols["__per_cpu_offset"] + 8 * i) for i in range(n)]

    def in_xarray(self, at):
        """The pointers that the xarray at @at holds (lib/xarray.c: 2 in the low bits of a node)."""
        left, slots = [self.get(at, "xarray.xa_head")], self.members["xa_node.slots"]
        while left:
            e = left.pop()
            if e & 3 == 2 and e > 4096:
                left += [self.u64(e - 2 + slots[0] + i) for i in range(0, slots[1], 8)]
            elif e and not e & 3:
                yield e

    def blocks(self):
        """Every vmap_block: up to 6.1 in one xarray, since 6.2 in one for each CPU."""
        if "vmap_blocks" in self.symbols:
            return list(self.in_xarray(self.symbols["vmap_blocks"]))
        queue = self.symbols["vmap_block_queue"] + self.members["vmap_block_queue.vmap_blocks"][0]
        return [b for offset in self.cpu_offsets() for b in self.in_xarray(queue + offset & LONG)]

    def modules(self):
        """(address, bytes) of the text of each."""
        offset = self.members["module.list"][0]
        for node in self.ring(self.symbols["modules"]):
            module = node - offset
            if self.has("module.mem"):
                part = module + self.members["module.mem"][0]
                yield self.get(part, "module_memory.base"), self.get(part, "module_memory.size")
            else:
                part = module + self.members["module.core_layout"][0]
                yield self.get(part, "module_layout.base"), self.get(part, "module_layout.text_size")

    def pages_of(self, area):
        """The struct page pointers of an area."""
        return [self.u64(area.pages + 8 * i) for i in range(area.n)]
