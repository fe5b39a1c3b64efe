# SPDX-License-Identifier: GPL-2.0-or-later
# The sums of `vmtool top` as one would write them by hand: areas, size and resident bytes by caller.
# %.0f, because %d of mawk saturates at 2^31.  pages= comes first after the caller; no loop over
# the words, which would make this a third slower.
$3 == "unpurged" { next }
{
	caller = $3
	i = 4
	if (substr($4, 1, 1) == "[") {
		caller = caller " " $4
		i = 5
	} else if (!index(caller, "+0x"))
		caller = ""
	areas[caller]++
	size[caller] += $2
	if (substr($i, 1, 6) == "pages=" && index($0, " vmalloc"))
		resident[caller] += substr($i, 7) * 4096
}
END {
	for (c in areas)
		printf "%s,%.0f,%.0f,%.0f\n", c, areas[c], size[c], resident[c]
}
