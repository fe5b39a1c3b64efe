#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""run.py [-a] FIXTURES [DUMP [KIND]]: break slim dumps, one thing at a time: what does verify say?

The cases are in the file of that name: DUMP KIND IDS, the exact set of checks that must report; `ok`:
none, it only looks broken; `-`: it cannot be broken there, and the kind agrees.  Those that begin with + are run with -a, or when a
dump is named.  VMTOOL is the program.  Exit code 1, and the lines that are wrong, when some are.
"""
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import dump  # noqa: E402
import kernel  # noqa: E402
import kinds  # noqa: E402
import percpu  # noqa: E402

KINDS = kinds.KINDS | percpu.KINDS
VMTOOL = os.environ.get("VMTOOL", "./vmtool")
HERE = os.path.dirname(os.path.abspath(__file__))


def read_cases(everything):
    with open(f"{HERE}/cases", encoding="utf-8") as f:
        for line in f:
            words = line.split("#")[0].split()
            if words and words[0] == "+":
                words = words[1:] if everything else []
            if words:
                yield words[0], words[1], set(words[2].split(",")) - {"-", "ok"}, words[2] == "-"


class Subject:
    """A fixture as an ELF file that is patched in place."""

    def __init__(self, fixtures, name, directory):
        fixture = f"{fixtures}/{name}"
        self.dump = dump.load(fixture if os.path.exists(fixture) else fixture + ".gz")
        self.kernel = kernel.Kernel(self.dump, f"{HERE}/facts/{name}.json")
        self.path = f"{directory}/{name}"
        self.text = f"{fixtures}/{name}.vmallocinfo"
        if not os.path.exists(self.text):
            self.text = f"{fixtures}/../{name}/vmallocinfo"
        self.dump.save(self.path)
        self.places = self.dump.places(self.path)

    def patch(self, f, pa, data):
        """Write, and give what was there."""
        base = pa // dump.PAGE * dump.PAGE
        at = self.places[base] + pa - base
        f.seek(at)
        old = f.read(len(data))
        f.seek(at)
        f.write(data)
        f.flush()
        return old

    def verify(self, *more):
        got = subprocess.run([VMTOOL, "verify", "--json", *more, self.path], capture_output=True,
                             text=True, check=False)
        try:
            checks = json.loads(got.stdout)["verify"]
        except (ValueError, KeyError):
            return None, got.returncode, got.stderr
        ids = {c["id"] for c in checks if c["result"] == "finding"}
        return ids, got.returncode, got.stderr

    def run_text(self, kind):
        with open(self.text, encoding="ascii") as f:
            lines = KINDS[kind](f.read().splitlines())
        with open(self.path + ".text", "w", encoding="ascii") as f:
            f.write("\n".join(lines) + "\n")
        return self.verify("--text", self.path + ".text", "--same-moment")

    def run(self, kind):
        if kind.endswith("-line"):
            return self.run_text(kind)
        writes = KINDS[kind](self.kernel)
        with open(self.path, "r+b") as f:
            old = [(pa, self.patch(f, pa, data)) for pa, data in writes]
            answer = self.verify()
            for pa, data in reversed(old):
                self.patch(f, pa, data)
        return answer


def judge(subject, kind, want, impossible):
    """What is wrong, or nothing."""
    try:
        ids, code, stderr = subject.run(kind)
    except dump.Missing as why:
        return "" if impossible else f"cannot be made: {why}"
    if impossible:
        return "can exist here after all"
    if ids is None:
        return f"exit {code}: {stderr.strip()}"
    if ids != want:
        return f"{','.join(sorted(ids)) or 'nothing'} reported, not {','.join(sorted(want)) or 'nothing'}"
    if code != (1 if want else 0):
        return f"exit {code}"
    return ""


def main(fixtures, only_dump=None, only_kind=None, everything=False):
    subjects, wrong, n = {}, 0, 0
    with tempfile.TemporaryDirectory() as directory:
        for name, kind, want, impossible in read_cases(everything or only_dump):
            if only_dump not in (None, name) or only_kind not in (None, kind):
                continue
            if name not in subjects:
                subjects.clear()
                subjects[name] = Subject(fixtures, name, directory)
                ids, code, stderr = subjects[name].verify()
                if ids or code:
                    wrong += 1
                    print(f"{name} unbroken: {ids} exit {code} {stderr}")
            why = judge(subjects[name], kind, want, impossible)
            n += 1
            if why:
                wrong += 1
                print(f"{name} {kind}: {why}")
    print(f"{n} cases, {wrong} wrong")
    return 1 if wrong or not n else 0


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a != "-a"]
    sys.exit(main(*arguments, everything="-a" in sys.argv[1:]))
