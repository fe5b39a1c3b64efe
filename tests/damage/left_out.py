#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""left_out.py [-n RUNS] [-e EVERY] DUMP...: what verify calls unknown, against the dump's own bitmap.

DUMP is a kdump.  Its second bitmap, which says which frames are stored, is read here, by the format's
description (makedumpfile's IMPLEMENTATION) and without any code of vmtool.  As it is, without its
BTF, and RUNS times with other frames taken out (one of EVERY), it must hold that

	verify accuses nothing that it does not accuse when all is there;
	each frame that an unknown names is missing in the bitmap, or is no frame of the dump at all;
	each unknown that the whole dump does not have names a frame, or what it follows from does;
	pages of areas that are not compared any more are unknown.

Exit code 1, and the lines that are wrong, when some are.
"""
import argparse
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dump  # noqa: E402

VMTOOL = os.environ.get("VMTOOL", "./vmtool")
DESC = 24  # offset u64, size u32, flags u32, page_flags u64
# What follows from a page that is missing, and is told beside it.
FOLLOWS = ("is broken", "there was no such check", "is empty", "are not known", "is not known", "not judged", "cannot be read",
           "areas that are known have", "no thread has a stack")


class Kdump:
    def __init__(self, path):
        self.path = path
        with open(path, "rb") as f:
            self.blob = bytearray(f.read())
        assert self.blob[:8] == b"KDUMP   ", path
        self.block, sub, maps = struct.unpack_from("<III", self.blob, 428)
        self.frames, = struct.unpack_from("<Q", self.blob, self.block + 96)
        self.ram = (1 + sub) * self.block
        self.stored = self.ram + maps // 2 * self.block
        self.descs = self.ram + maps * self.block

    def bit(self, at, frame):
        return frame < self.frames and bool(self.blob[at + frame // 8] >> frame % 8 & 1)

    def is_stored(self, frame):
        return self.bit(self.stored, frame)

    def is_ram(self, frame):
        return self.bit(self.ram, frame)

    def stored_frames(self):
        return [n for n in range(self.frames) if self.is_stored(n)]

    def btf_frames(self, path):
        """Frames that may begin the kernel's types: their header is there."""
        heads = [struct.pack("<HBBI", 0xeb9f, 1, 0, n) for n in (24, 32)]
        return {pa // self.block for pa, page in dump.load(path).pages.items()
                if any(head in page for head in heads)}

    def without(self, gone, path):
        """A copy that stores all but the frames @gone; their bytes stay, and nothing leads there."""
        blob, out = bytearray(self.blob), []
        for i, frame in enumerate(self.stored_frames()):
            if frame in gone:
                blob[self.stored + frame // 8] &= ~(1 << frame % 8)
            else:
                out.append(bytes(self.blob[self.descs + DESC * i:self.descs + DESC * (i + 1)]))
        out = b"".join(out)
        blob[self.descs:self.descs + len(out)] = out
        with open(path, "wb") as f:
            f.write(blob)
        return Kdump(path)


def verify(path):
    got = subprocess.run([VMTOOL, "verify", "--json", path], capture_output=True, text=True,
                         check=False)
    try:
        return json.loads(got.stdout), got
    except ValueError:
        return None, got


def count(answer, check):
    """What was compared, or is said not to be."""
    c = next(c for c in answer["verify"] if c["id"] == check)
    return c["looked_at"] + c["unknown"]


def unknown_of(answer):
    return {(u["id"], u["why"], u["address"], u["count"]) for u in answer["unknowns"]}


def judge(less, answer, whole):
    """What is wrong with the answer on a dump; @whole: that when nothing was taken out."""
    wrong = [f"accuses: {f['id']} {f['text']} {f['found']}" for f in answer["findings"]
             if whole is None or f not in whole["findings"]]
    known = unknown_of(whole) if whole else set()
    named = any(u["frame"] for u in answer["unknowns"])
    for u in answer["unknowns"]:
        if u["frame"] is not None:
            frame = int(u["frame"], 16)
            if less.is_stored(frame):
                wrong.append(f"frame {frame:#x} is there: {u['id']} {u['why']}")
            elif "left it out" in u["why"] and not less.is_ram(frame):
                wrong.append(f"frame {frame:#x} is no RAM and not left out: {u['id']} {u['why']}")
        elif "left it out" in u["why"]:
            wrong.append(f"which frame? {u['id']} {u['why']} {u['address']}")
        elif (u["id"], u["why"], u["address"], u["count"]) not in known:
            if not named or not any(word in u["why"] for word in FOLLOWS):
                wrong.append(f"names no frame: {u['id']} {u['why']} {u['address']}")
    broken = any("broken" in u["why"] or "areas" in u["why"] for u in answer["unknowns"])
    for check in ("V05", "V09", "V10") if whole and not broken else ():
        if count(answer, check) < count(whole, check):
            wrong.append(f"{check}: {count(answer, check)} pages, of {count(whole, check)}")
    return wrong, sum(u["frame"] is not None for u in answer["unknowns"])


def one(less, path, whole):
    """(wrong, frames named, answered)"""
    answer, got = verify(path)
    if answer is None:
        # What it cannot do without is missing: that is said, and is no crash.
        bad = got.returncode != 3 or not got.stderr
        return [f"exit {got.returncode}: {got.stderr.strip()}"] if bad else [], 0, False
    wrong, named = judge(less, answer, whole)
    if got.returncode not in (0, 4) and not wrong and not answer["findings"]:
        wrong.append(f"exit {got.returncode}: {got.stderr.strip()}")
    return wrong, named, True


def told(path):
    """Frames as people are told of them; what is beyond a thousand is told to nobody."""
    got = subprocess.run([VMTOOL, "verify", "-v", path], capture_output=True, text=True, check=False)
    return {int(n, 16) for n in re.findall(r"^unknown .*\((?:at 0x[0-9a-f]+, )?frame (0x[0-9a-f]+)\)$", got.stdout, re.M)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-e", "--every", type=int, default=1000)
    parser.add_argument("-n", "--runs", type=int, default=0)
    parser.add_argument("-f", "--frames", help="take out these alone: 0x1,0x2")
    parser.add_argument("dumps", nargs="+")
    args = parser.parse_args()
    failed = named = answered = runs = 0
    with tempfile.TemporaryDirectory() as directory:
        for path in args.dumps:
            kdump = Kdump(path)
            whole, _ = verify(path)
            tries = [set()] + ([kdump.btf_frames(path)] if args.runs else [])
            if args.frames:
                tries = [{int(n, 16)} for n in args.frames.split(",")]
            stored = kdump.stored_frames()
            for i in range(args.runs):
                tries.append({n for j, n in enumerate(stored)
                              if (j * 2654435761 >> 7) % args.every == i})
            for gone in tries:
                at = f"{directory}/slim"
                less = kdump.without(gone, at) if gone else kdump
                wrong, n, ok = one(less, at if gone else path, whole)
                runs, named, answered = runs + 1, named + n, answered + ok
                failed += bool(wrong)
                if gone == tries[-1] and ok:
                    frames = {int(u["frame"], 16) for u in verify(less.path)[0]["unknowns"]
                              if u["frame"]}
                    if told(less.path) != frames:
                        wrong.append(f"-v and --json name other frames: {frames ^ told(less.path)}")
                        failed += 1
                for line in wrong[:20]:
                    print(f"{os.path.basename(path)} without {len(gone)} frames "
                          f"({', '.join(hex(n) for n in sorted(gone)[:3])}...): {line}")
    print(f"{runs} dumps, {answered} judged, {named} unknowns name a frame, {failed} wrong")
    return 1 if failed or not runs else 0


if __name__ == "__main__":
    sys.exit(main())
