# SPDX-License-Identifier: GPL-2.0-or-later
"""
A recorded directory whose truth is known: samples.py DIR SAMPLES SHAPE... [BOOT=N]...

A sample a minute.  Each SHAPE is a caller with so many areas at each moment:
  leak:NAME  one more each minute, under noise     teeth:NAME  up and down seven times
  level:NAME noise alone                           step:NAME   more from two fifths on
A leading BOOT=N SHAPE... begins another boot of N samples; its callers begin anew.
"""
import gzip
import os
import random
import sys
import time

START = 1795370000
AREA = "0x%016x-0x%016x   20480 %s pages=4 vmalloc N0=4\n"


def count(shape, i, n, rnd):
    noise = rnd.gauss(0, 3)
    at = {
        "leak": 20 + i + noise,
        "drain": 20 + n - i + noise,
        "level": 60 + noise,
        "step": (40 if i < n * 2 / 5 else 90) + noise,
        "teeth": 40 + 80 * (i % (n // 7)) / (n // 7) + noise,
        "late": 40 + max(0, i - n * 3 / 4) + noise,
        "same": 30,
    }[shape]
    return max(0, round(at))


def sample(directory, number, seconds, uptime, boot, areas):
    text = (f"# vmtool-snapshot 1\n# writer: vmtool record 0.1\n# time: {seconds}\n"
            f"# uptime: {uptime}.00\n# boot_id: 00000000-0000-0000-0000-{boot:012}\n# host: box\n"
            f"# kernel: 6.12.107\n# page_size: 4096\n# addresses: hashed\n")
    va = 0x5ad0c000
    for caller, n in areas:
        for _ in range(n):
            va += 0x3001
            text += AREA % (va, va ^ 0xabcdef, caller)
    name = time.strftime("vmallocinfo-%Y%m%dT%H%M%SZ", time.gmtime(seconds))
    with gzip.GzipFile(f"{directory}/{name}-{number:06}.gz", "wb", 1, mtime=0) as out:
        out.write(text.encode())


def main():
    directory, boots = sys.argv[1], [[int(sys.argv[2]), []]]
    os.makedirs(directory, mode=0o700, exist_ok=True)
    for word in sys.argv[3:]:
        if word.startswith("BOOT="):
            boots.append([int(word[5:]), []])
        else:
            boots[-1][1].append(word.split(":", 1))
    number, seconds, rnd = 0, START, random.Random(1)
    for boot, (n, shapes) in enumerate(boots, 1):
        for i in range(n):
            number += 1
            areas = [(name, count(shape, i, n, rnd)) for shape, name in shapes]
            sample(directory, number, seconds, 100 + 60 * i, boot, areas)
            seconds += 60
        seconds += 600


main()
