# SPDX-License-Identifier: GPL-2.0-or-later
# awk -f same.awk what=before TEXT what=after TEXT what=made STARTS what=list LIST
# prints four numbers: how many lines both texts have of areas that lived through, how many of these
# the list has not, how many lines both texts have though an area was made anew at that start
# between them, and how many lines of the list neither text has.  The first of each go to the file
# `why`.  What is freed and waits for a flush stays nowhere: such lines are not counted.
what == "before" { if (!/ unpurged$/) before[$0] = $1; next }
what == "after" { after[$0] = $1; next }
what == "made" { made[$1] = 1; next }
{ list[$0] = 1 }
END {
	for (line in before) {
		if (!(line in after))
			continue
		if (before[line] in made) {
			anew++
			continue
		}
		stayed++
		if (!(line in list) && ++missing)
			print "missing: " line >>why
	}
	for (line in list)
		if (!(line in before) && !(line in after) && ++neither <= 2)
			print "in neither: " line >>why
	print stayed + 0, missing + 0, anew + 0, neither + 0
}
