# SPDX-License-Identifier: GPL-2.0-or-later
"""The sums of `vmtool top` as one would write them by hand: areas, size, resident by caller."""
import sys

sums = {}
with open(sys.argv[1]) as text:
	for line in text:
		words = line.split()
		caller = words[2]
		if caller == "unpurged":
			continue
		rest = words[3:]
		if "+0x" not in caller:
			caller = ""
		elif rest and rest[0][0] == "[":
			caller += " " + rest[0]
		resident = 0
		if "vmalloc" in rest:
			for word in rest:
				if word.startswith("pages="):
					resident = int(word[6:]) * 4096
					break
		s = sums.get(caller)
		if s is None:
			s = sums[caller] = [0, 0, 0]
		s[0] += 1
		s[1] += int(words[1])
		s[2] += resident
for caller, (areas, size, resident) in sums.items():
	print(f"{caller},{areas},{size},{resident}")
