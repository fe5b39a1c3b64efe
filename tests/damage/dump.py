# SPDX-License-Identifier: GPL-2.0-or-later
"""Dumps, read and written without any code of vmtool: what the damage tests and extract.bats use.

	d = load(path)             ELF vmcore, or kdump with zlib or plain pages; also of a .gz
	d.read(pa, n), d.write(pa, bytes), d.has(pa)
	d.info["SYMBOL(_stext)"]   VMCOREINFO
	d.save(path)               ELF

As a program: dump.py FILE WORD... counts the pages that hold each word, packed or not.
"""
import gzip
import struct
import sys
import zlib

PAGE = 4096
PT_LOAD, PT_NOTE = 1, 4
# QEMU writes "Unknown" into kdump: the size of the registers tells.
REGISTERS = {336: "x86_64", 392: "aarch64", 376: "riscv64"}
MACHINES = {62: "x86_64", 183: "aarch64", 243: "riscv64"}


class Missing(Exception):
    """The dump does not hold this."""


class Dump:
    def __init__(self, machine):
        self.machine = machine
        self.text = b""
        self.info = {}
        self.pages = {}  # physical address: bytes or bytearray of PAGE
        self.ram = []  # (start, end), in order
        self.notes = []  # (name, type, bytes) but for VMCOREINFO

    def set_info(self, text):
        self.text = text.rstrip(b"\0")
        for line in self.text.decode().splitlines():
            key, _, value = line.partition("=")
            self.info[key] = value

    def number(self, key):
        """A decimal of VMCOREINFO (NUMBER, OFFSET, SIZE), or 0x..."""
        return int(self.info[key], 0)

    def hex(self, key):
        return int(self.info[key], 16)

    def has(self, pa):
        return pa // PAGE * PAGE in self.pages

    def is_ram(self, pa):
        return any(start <= pa < end for start, end in self.ram)

    def read(self, pa, n):
        out = b""
        while n:
            base = pa // PAGE * PAGE
            if base not in self.pages:
                raise Missing(f"physical address {pa:#x}")
            part = self.pages[base][pa - base:pa - base + n]
            out += part
            pa += len(part)
            n -= len(part)
        return bytes(out)

    def u64(self, pa):
        return struct.unpack("<Q", self.read(pa, 8))[0]

    def write(self, pa, data):
        while data:
            base = pa // PAGE * PAGE
            if base not in self.pages:
                raise Missing(f"physical address {pa:#x}")
            page = bytearray(self.pages[base])
            part = data[:base + PAGE - pa]
            page[pa - base:pa - base + len(part)] = part
            self.pages[base] = page
            pa += len(part)
            data = data[len(part):]

    def copy(self):
        """Another that shares the bytes of pages: write() replaces them."""
        d = Dump(self.machine)
        d.text, d.info, d.ram, d.notes = self.text, self.info, self.ram, self.notes
        d.pages = dict(self.pages)
        return d

    @staticmethod
    def places(path):
        """Where the pages of a file that save() wrote are in it."""
        with open(path, "rb") as f:
            blob = f.read(64)
            n, = struct.unpack_from("<H", blob, 56)
            blob += f.read(56 * n)
        out = {}
        for i in range(n):
            kind, _, off, _, pa, size, _, _ = struct.unpack_from("<IIQQQQQQ", blob, 64 + 56 * i)
            if kind == PT_LOAD:
                out.update((pa + at, off + at) for at in range(0, size, PAGE))
        return out

    def save(self, path):
        """ELF: a segment for each run of stored pages, one without bytes for what is left out."""
        loads, blobs = [], []
        pages = sorted(self.pages)
        at, i = 0, 0
        for start, end in self.ram:
            pa = start
            while pa < end:
                first = i
                while i < len(pages) and pages[i] == pa + (i - first) * PAGE and pages[i] < end:
                    i += 1
                n = (i - first) * PAGE
                stop = pages[i] if i < len(pages) and pages[i] < end else end
                loads.append((at, pa, n, stop - pa))
                blobs += [self.pages[p] for p in pages[first:i]]
                at += n
                pa = stop
        notes = b"".join(note(*n) for n in self.notes) + note(b"VMCOREINFO", 0, self.text)
        head = 64 + 56 * (1 + len(loads))
        data = (head + len(notes) + PAGE - 1) // PAGE * PAGE
        number = {name: n for n, name in MACHINES.items()}[self.machine]
        with open(path, "wb") as f:
            f.write(b"\x7fELF\2\1\1".ljust(16, b"\0"))
            f.write(struct.pack("<HHIQQQIHHHHHH", 4, number, 1, 0, 64, 0, 0, 64, 56,
                                1 + len(loads), 0, 0, 0))
            f.write(struct.pack("<IIQQQQQQ", PT_NOTE, 0, head, 0, 0, len(notes), len(notes), 4))
            for off, pa, n, size in loads:
                f.write(struct.pack("<IIQQQQQQ", PT_LOAD, 7, data + off, 0, pa, n, size, PAGE))
            f.write(notes.ljust(data - head, b"\0"))
            f.write(b"".join(blobs))


def note(name, kind, desc):
    name += b"\0"
    return (struct.pack("<III", len(name), len(desc), kind) + name.ljust(-(-len(name) // 4) * 4, b"\0")
            + desc.ljust(-(-len(desc) // 4) * 4, b"\0"))


def take_notes(d, blob):
    at = 0
    while len(blob) - at >= 12:
        name_n, desc_n, kind = struct.unpack_from("<III", blob, at)
        at += 12
        name = blob[at:at + name_n].rstrip(b"\0")
        at += -(-name_n // 4) * 4
        desc = blob[at:at + desc_n]
        at += -(-desc_n // 4) * 4
        if name == b"VMCOREINFO":
            d.set_info(desc)
        else:
            d.notes.append((name, kind, desc))


def join(ranges):
    out = []
    for start, end in sorted(ranges):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def load_elf(blob):
    machine, = struct.unpack_from("<H", blob, 18)
    phoff, = struct.unpack_from("<Q", blob, 32)
    n, = struct.unpack_from("<H", blob, 56)
    d, ram = Dump(MACHINES[machine]), []
    for i in range(n):
        kind, _, off, _, pa, size, mem, _ = struct.unpack_from("<IIQQQQQQ", blob, phoff + 56 * i)
        if kind == PT_NOTE:
            take_notes(d, blob[off:off + size])
        if kind != PT_LOAD:
            continue
        ram.append((pa, pa + max(size, mem)))
        for at in range(0, size - PAGE + 1, PAGE):
            d.pages[pa + at] = blob[off + at:off + at + PAGE]
    d.ram = join(ram)
    return d


def bits(blob, at, n):
    """The numbers of set bits, a byte of zeros at a time."""
    for i, byte in enumerate(blob[at:at + (n + 7) // 8]):
        if byte:
            yield from (8 * i + k for k in range(8) if byte >> k & 1)


def load_kdump(blob):
    block, sub, maps = struct.unpack_from("<III", blob, 428)
    d = Dump(blob[272:337].rstrip(b"\0").decode())
    text_at, text_n, notes_at, notes_n = struct.unpack_from("<QQQQ", blob, block + 32)
    pfns, = struct.unpack_from("<Q", blob, block + 96)
    take_notes(d, blob[notes_at:notes_at + notes_n])
    if d.machine not in MACHINES.values():
        d.machine = next(REGISTERS[len(desc)] for name, kind, desc in d.notes
                         if name == b"CORE" and kind == 1)
    if text_n:
        d.set_info(blob[text_at:text_at + text_n])
    at, half = (1 + sub) * block, maps // 2 * block
    d.ram = join((n * block, n * block + block) for n in bits(blob, at, pfns))
    descs = at + 2 * half
    for i, n in enumerate(bits(blob, at + half, pfns)):
        off, size, flags = struct.unpack_from("<QII", blob, descs + 24 * i)
        page = blob[off:off + size]
        if flags & 1:
            page = zlib.decompress(page)
        elif flags:
            raise ValueError(f"pages packed with {flags:#x} are not read here")
        for k in range(0, block, PAGE):
            d.pages[n * block + k] = page[k:k + PAGE]
    return d


def load(path):
    with open(path, "rb") as f:
        blob = f.read()
    if blob[:2] == b"\x1f\x8b":
        blob = gzip.decompress(blob)
    return load_kdump(blob) if blob[:8] == b"KDUMP   " else load_elf(blob)


if __name__ == "__main__":
    dump = load(sys.argv[1])
    for word in sys.argv[2:]:
        print(word, sum(word.encode() in page for page in dump.pages.values()))
