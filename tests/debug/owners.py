# SPDX-License-Identifier: GPL-2.0-or-later
"""owners.py VMTOOL DEBUG-DIR OWNERS.TSV: ask about all callers of the table, compare owner, source
and chain.  DEBUG-DIR has CAPTURE/vmlinux and the modules' files of each capture."""
import collections
import json
import os
import subprocess
import sys

vmtool, debug, table = sys.argv[1:]
rows = [l.rstrip("\n").split("\t") for l in open(table) if not l.startswith("#")]
by_capture = collections.defaultdict(list)
for row in rows:
    by_capture[row[0]].append(row)
checked = different = 0


def alternatives(note):
    parts = [p.strip() for p in note.split(";")]
    return [a for p in parts if p.startswith("alt=") for a in p[4:].split(",")]


def problems(row, answer):
    capture, caller, owner, file, line, chain, note = row
    if owner == "-":
        return ["known, though its code was freed"] if answer["sure"] == "known" else []
    frames = answer["inlines"] or []
    got = " <- ".join("%s@%s:%s" % (f["function"], f["file"], f["line"]) for f in frames)
    bad = []
    if answer["owner"] not in [owner] + alternatives(note):
        bad.append("owner %s, want %s" % (answer["owner"], owner))
    elif answer["owner"] == owner and answer["source"] != "%s:%s" % (file, line):
        bad.append("source %s, want %s:%s" % (answer["source"], file, line))
    if got != chain:
        bad.append("chain %s\n      want  %s" % (got, chain))
    return bad


for capture, asked in by_capture.items():
    there = os.path.join(debug, capture)
    if not os.path.exists(os.path.join(there, "vmlinux")):
        print("%s: no vmlinux" % there)
        different += 1
        continue
    run = subprocess.run([vmtool, "symbolize", "--no-cache", "--json", "--debug-dir", there] +
                         [row[1] for row in asked], capture_output=True, text=True)
    if run.returncode or run.stderr:
        print("%s: exit %d\n%s" % (capture, run.returncode, run.stderr))
        different += 1
        continue
    for row, answer in zip(asked, json.loads(run.stdout)["symbolize"]):
        checked += 1
        bad = problems(row, answer)
        different += bool(bad)
        for text in bad:
            print("%s %s: %s" % (capture, row[1], text))
print("%d callers, %d different" % (checked, different))
