#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vmtool diff: OLD is a fixture, NEW is made from it.
# shellcheck disable=SC2154 # bats sets stderr and stderr_lines
load helper

V=$F/amd64-6.12/vmallocinfo

# change FILE: what a day does.  Line 20 (a stack) goes; array_map_alloc+0x9b grows by one area of 4
# pages; zram is gone; a new caller comes; unpurged areas are others.
change()
{
	sed -e 20d -e '/\[zram\]/d' -e '/unpurged/d' "$1"
	echo '0xff644f15f0000000-0xff644f15f0005000   20480 array_map_alloc+0x9b/0x220 pages=4 vmalloc N0=4'
	echo '0xff644f15f0010000-0xff644f15f0013000   12288 leak_it+0x1/0x20 [leaky] pages=2 vmalloc N0=2'
}

# header FILE BOOT TIME: a snapshot of FILE on standard output.
header()
{
	printf '# vmtool-snapshot 1\n# time: %s\n# boot_id: %s\n# host: web-17\n' "$3" "$2"
	cat "$1"
}

@test "nothing changed: exit 0 and says so" {
	vt diff $V $V
	is "$status" 0
	has "$output" "No difference"
	vt diff --areas $V $V
	is "$status" 0
	EXPECT=0 check 'assert d["diff"] == [] and d["old"]["areas"] == d["new"]["areas"] == 1064' \
		"$VMTOOL" diff --json $V $V
}

@test "order and unpurged areas are no difference" {
	{ grep -v unpurged $V | tac; echo '0xff644f15f0010000-0xff644f15f0013000   12288 unpurged vm_area'; } >"$T/new"
	vt diff --areas $V "$T/new"
	is "$status" 0
}

@test "golden: callers grown, shrunk, new, gone; exit 1" {
	change $V >"$T/new"
	cp $V "$T/old"
	cd "$T" || return
	"$VMTOOL" diff --width 80 old new >table || code=$?
	is "$code" 1
	"$VMTOOL" diff --areas --width 80 old new >areas || true
	"$VMTOOL" diff --areas --json old new >json || true
	"$VMTOOL" diff --csv old new >csv || true
	cd - >/dev/null || return
	golden diff-callers cat "$T/table"
	golden diff-areas cat "$T/areas"
	golden diff.json cat "$T/json"
	golden diff.csv cat "$T/csv"
	no_wider 80 "$T/table"
	no_wider 80 "$T/areas"
}

@test "rows: what changed and by how much" {
	change $V >"$T/new"
	EXPECT=1 check '
r = {x["caller"]: x for x in d["diff"]}
want = {"kernel_clone+0xbd/0x440": ("shrank", -1, -16384, -20480),
    "array_map_alloc+0x9b/0x220": ("grew", 1, 16384, 20480),
    "leak_it+0x1/0x20 [leaky]": ("new", 1, 8192, 12288)}
for k, w in want.items():
    assert (r[k]["change"], r[k]["areas"], r[k]["resident"], r[k]["size"]) == w, r[k]
gone = [x for x in d["diff"] if x["change"] == "gone"]
assert len(gone) == 3 and all("[zram]" in x["caller"] and x["now"] == 0 for x in gone), gone
assert sum(x["resident"] for x in gone) == -(393216 + 40960 + 16384)
assert len(r) == 6 and all(x["rate"] is None for x in d["diff"])
assert d["new"]["resident"] - d["old"]["resident"] == sum(x["resident"] for x in d["diff"])
n = [abs(x["resident"]) for x in d["diff"]]; assert n == sorted(n, reverse=True)
assert d["join"]["by"] == "address"' "$VMTOOL" diff --json "$V" "$T/new"
}

@test "turned around, new is gone and grown is shrunk" {
	change $V >"$T/new"
	EXPECT=1 check '
r = {x["caller"]: x for x in d["diff"]}
assert r["leak_it+0x1/0x20 [leaky]"]["change"] == "gone"
assert r["array_map_alloc+0x9b/0x220"]["resident"] == -16384' "$VMTOOL" diff --json "$T/new" $V
}

@test "--areas joins real addresses with real ones" {
	change $V >"$T/new"
	EXPECT=1 check '
a = d["areas"]
new = [x for x in a if x["change"] == "new"]; gone = [x for x in a if x["change"] == "gone"]
assert [x["start"] for x in new] == ["0xff644f15f0000000", "0xff644f15f0010000"]
assert new[1]["caller"] == "leak_it+0x1/0x20" and new[1]["module"] == "leaky"
assert len(gone) == 1 + 5 and gone[0]["start"] == "0xff644f1580088000", gone
assert d["join"]["by"] == "address"' "$VMTOOL" diff --areas --json $V "$T/new"
}

@test "--areas joins hashed with hashed of one boot" {
	header $V.hashed b-1 2026-11-22T17:00:00Z >"$T/old"
	{ header $V.hashed b-1 2026-11-22T17:10:00Z | sed 24d
		echo '0x0000000012345678-0x0000000087654321   12288 leak_it+0x1/0x20 pages=2 vmalloc N0=2'; } >"$T/new"
	EXPECT=1 check '
assert d["join"]["by"] == "hash", d["join"]
assert [x["change"] for x in d["areas"]] == ["gone", "new"]
assert d["areas"][0]["start"] == "0x0000000030e23971", d["areas"]' \
		"$VMTOOL" diff --areas --json "$T/old" "$T/new"
}

@test "--areas: hashed without a boot id, or of two boots, joins by caller only and says so" {
	change $V.hashed >"$T/new"
	vt diff --areas $V.hashed "$T/new"
	is "$status" 1
	has "$output" "cannot be compared" "boot"
	EXPECT=1 check 'assert d["join"]["by"] == "caller" and d["diff"]' \
		"$VMTOOL" diff --areas --json $V.hashed "$T/new"
	header $V.hashed b-1 1 >"$T/1"
	header $V.hashed b-2 2 >"$T/2"
	EXPECT=0 check 'assert d["join"]["by"] == "caller" and "boots" in d["join"]["why"]' \
		"$VMTOOL" diff --areas --json "$T/1" "$T/2"
}

@test "--areas: real of two boots, real with hashed, and zeroed join by caller only and say so" {
	header $V b-1 1 >"$T/1"
	header $V b-2 2 >"$T/2"
	zeroed $V >"$T/zeroed"
	for pair in "$T/1 $T/2" "$V $V.hashed" "$T/zeroed $T/zeroed" "$V.hashed $T/zeroed"; do
		# shellcheck disable=SC2086 # two files
		vt diff --areas $pair
		is "$pair: $status" "$pair: 0"
		has "$output" "cannot be compared one by one"
	done
}

@test "rates when both carry a time" {
	header $V b-1 2026-11-22T17:00:00Z >"$T/old"
	change $V >"$T/raw"
	header "$T/raw" b-1 2026-11-22T17:00:32Z >"$T/new"
	EXPECT=1 check '
r = {x["caller"]: x for x in d["diff"]}
assert r["array_map_alloc+0x9b/0x220"]["rate"] == 512 and r["kernel_clone+0xbd/0x440"]["rate"] == -512
assert d["new"]["time"] - d["old"]["time"] == 32' "$VMTOOL" diff --json "$T/old" "$T/new"
	vt diff "$T/old" "$T/new"
	has "$output" "in 32 s" "+512 B/s" "-512 B/s"
	EXPECT=1 check 'assert all(x["rate"] is None for x in d["diff"])' "$VMTOOL" diff --json $V "$T/new"
}

@test "seconds since the epoch are a time too; time that runs backwards gives no rate" {
	header $V b-1 1000 >"$T/old"
	change $V >"$T/raw"
	header "$T/raw" b-1 1016 >"$T/new"
	EXPECT=1 check 'assert {x["caller"]: x for x in d["diff"]}["array_map_alloc+0x9b/0x220"]["rate"] == 1024' \
		"$VMTOOL" diff --json "$T/old" "$T/new"
	EXPECT=1 check 'assert all(x["rate"] is None for x in d["diff"])' "$VMTOOL" diff --json "$T/new" "$T/old"
}

@test "--by, -N, -o, -b, -n" {
	change $V >"$T/new"
	EXPECT=1 check '
r = {x["what"]: x["resident"] for x in d["diff"]}
assert r["thread stacks"] == -16384 and r["BPF maps"] == 16384 and r[None] == 8192, r' \
		"$VMTOOL" diff --by what --json $V "$T/new"
	for by in caller function what module kind node size flags; do
		vt diff --by $by $V "$T/new"
		is "$by $status" "$by 1"
	done
	vt diff -N 2 -n -r $V "$T/new"
	is "${#lines[@]}" 2
	vt diff -N 2 $V "$T/new"
	has "$output" "4 more" "-N 0"
	vt diff -b -n -o key,resident $V "$T/new"
	has "$output" "-393216" "+8192"
}

@test "an area that only changed its place is a difference of areas, not of sums" {
	sed '20s/0xff644f1580088000-0xff644f158008d000/0xff644f15f0088000-0xff644f15f008d000/' $V >"$T/new"
	# CSV and raw are one table.
	for format in --csv --raw; do
		vt diff --areas $format $V "$T/new"
		is "$status ${#lines[@]}" "1 3"
		has "${lines[0],,}" change start caller
		has "${lines[1]}" gone 0xff644f1580088000
	done
	vt diff $V "$T/new"
	is "$status" 0
	vt diff --areas $V "$T/new"
	is "$status" 1
	EXPECT=1 check 'assert d["diff"] == [] and [x["change"] for x in d["areas"]] == ["gone", "new"]' \
		"$VMTOOL" diff --areas --json $V "$T/new"
}

@test "one side on standard input; not both" {
	change $V >"$T/new"
	"$VMTOOL" diff --csv $V "$T/new" >"$T/want" || true
	"$VMTOOL" diff --csv $V - <"$T/new" | diff "$T/want" -
	"$VMTOOL" diff --csv - "$T/new" <$V | diff "$T/want" -
	vt diff - -
	is "$status ${#stderr_lines[@]}" "2 2"
}

@test "OLD alone is compared with the live kernel; a file that is not there is exit 3" {
	vt diff
	is "$status ${#stderr_lines[@]}" "2 2"
	vt diff $V nosuch
	is "$status" 3
	has "$stderr" nosuch
	vt diff nosuch $V
	is "$status" 3
	vt diff $V $V $V
	is "$status" 2
	[ -r /proc/vmallocinfo ] || skip "/proc/vmallocinfo is not readable here"
	vt diff $V
	is "$status" 1
	check 'assert d["new"]["path"] == "live"' eval '"$VMTOOL" diff --json $V || [ $? -eq 1 ]'
}

@test "a cut input does not hide a difference: 1 wins over 4" {
	head -c -20 $V >"$T/new"
	vt diff $V "$T/new"
	is "$status" 1
	head -c -1 $V >"$T/new"
	vt diff $V "$T/new"
	is "$status" 4
}
