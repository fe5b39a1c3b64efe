# SPDX-License-Identifier: GPL-2.0-or-later
# same.awk BASE BEFORE AFTER LIST: prints how many lines of the base both texts have, how many of
# these the list has not, and how many lines of the list neither text has.  The first of each go to
# the file `why`.  What is freed and waits for a flush stays nowhere: such lines are of no base.
FNR == 1 { file++ }
file == 1 { if (!/ unpurged$/) base[$0] = 1; next }
file == 2 { before[$0] = 1; next }
file == 3 { after[$0] = 1; next }
{ list[$0] = 1 }
END {
	for (line in base) {
		if (!(line in before) || !(line in after))
			continue
		stayed++
		if (!(line in list) && ++missing)
			print "missing: " line >>why
	}
	for (line in list)
		if (!(line in before) && !(line in after) && ++neither <= 2)
			print "in neither: " line >>why
	print stayed + 0, missing + 0, neither + 0
}
